"""The registry of UIDs, and what a transfer syntax means."""

import pickle
import re
from collections import Counter
from unittest.mock import patch

import pytest

import dicom_dict as dd
from dicom_dict import Fidelity, TransferSyntax, UIDKind, UnknownEntry, transfer_syntax, uid

ENTRIES = tuple(dd.uids())


def test_the_registry_is_complete() -> None:
    # PS3.6 2026b: table A-1 464 rows, A-2 29, A-3 1,469, A-4 24.
    kinds = Counter(entry.kind for entry in ENTRIES)
    assert len(ENTRIES) == 464 + 29 + 1469 + 24
    assert kinds[UIDKind.SOP_CLASS] == 311
    assert kinds[UIDKind.TRANSFER_SYNTAX] == 63
    assert kinds[UIDKind.META_SOP_CLASS] == 9
    assert kinds[UIDKind.CONTEXT_GROUP] == 1469
    assert kinds[UIDKind.LDAP_OID] == 39


def test_look_up_both_ways() -> None:
    for entry in ENTRIES:
        assert uid(entry.uid) == entry
        assert re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+", entry.uid)
        if entry.keyword:
            assert uid(entry.keyword) == entry
        if entry.name:
            assert uid(entry.name).name == entry.name


def test_a_name_that_was_used_twice_means_the_one_in_force() -> None:
    assert uid("Nuclear Medicine Image Storage") == (
        "1.2.840.10008.5.1.4.1.1.20",
        "NuclearMedicineImageStorage",
        "Nuclear Medicine Image Storage",
        UIDKind.SOP_CLASS,
        False,
        "",
    )


@pytest.mark.parametrize(
    ("asked", "suggestion"),
    [
        ("CTImageStorag", "CTImageStorage"),
        ("1.2.840.10008.5.1.4.1.1.2222", "1.2.840.10008.5.1.4.1.1.2.2"),
    ],
)
def test_an_unknown_uid_names_the_nearest(asked: str, suggestion: str) -> None:
    with pytest.raises(UnknownEntry, match="no UID") as caught:
        uid(asked)
    assert suggestion in caught.value.suggestions


def test_named_constants() -> None:
    assert dd.sop_classes.Verification == "1.2.840.10008.1.1"
    assert (
        dd.sop_classes.StudyRootQueryRetrieveInformationModelFind == "1.2.840.10008.5.1.4.1.2.2.1"
    )
    assert dd.well_known.DICOMApplicationContext == "1.2.840.10008.3.1.1.1"
    for module, kinds in ((dd.sop_classes, {UIDKind.SOP_CLASS, UIDKind.META_SOP_CLASS}),):
        names = [name for name in dir(module) if not name.startswith("_")]
        assert {getattr(module, name) for name in names} == {
            entry.uid for entry in ENTRIES if entry.kind in kinds and entry.keyword
        }
    for name in dir(dd.well_known):
        assert uid(getattr(dd.well_known, name)).keyword == name


def test_a_constant_of_another_kind_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no SOP class"):
        dd.sop_classes.ExplicitVRLittleEndian  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="did you mean JPEG2000"):
        dd.transfer_syntaxes.JPEG200  # type: ignore[attr-defined]  # noqa: B018


# PS3.5 section 10 and Annex A, every syntax in force: implicit, little endian, deflated, encapsulated, fidelity, codec,
# bits.
SYNTAXES = """
ImplicitVRLittleEndian                           i l - - exact    -             -
ExplicitVRLittleEndian                           - l - - exact    -             -
EncapsulatedUncompressedExplicitVRLittleEndian   - l - e exact    -             -
DeflatedExplicitVRLittleEndian                   - l d - exact    -             -
JPEGBaseline8Bit                                 - l - e lossy    jpeg          8-8
JPEGExtended12Bit                                - l - e lossy    jpeg          8-12
JPEGLossless                                     - l - e lossless jpeg-lossless 1-16
JPEGLosslessSV1                                  - l - e lossless jpeg-lossless 1-16
JPEGLSLossless                                   - l - e lossless jpeg-ls       2-16
JPEGLSNearLossless                               - l - e lossy    jpeg-ls       2-16
JPEG2000Lossless                                 - l - e lossless jpeg2000      1-38
JPEG2000                                         - l - e either   jpeg2000      1-38
JPEG2000MCLossless                               - l - e lossless jpeg2000      1-38
JPEG2000MC                                       - l - e either   jpeg2000      1-38
JPIPReferenced                                   - l - - either   jpip          -
JPIPReferencedDeflate                            - l d - either   jpip          -
MPEG2MPML                                        - l - e lossy    mpeg2         8-8
MPEG2MPMLF                                       - l - e lossy    mpeg2         8-8
MPEG2MPHL                                        - l - e lossy    mpeg2         8-8
MPEG2MPHLF                                       - l - e lossy    mpeg2         8-8
MPEG4HP41                                        - l - e lossy    h264          8-8
MPEG4HP41F                                       - l - e lossy    h264          8-8
MPEG4HP41BD                                      - l - e lossy    h264          8-8
MPEG4HP41BDF                                     - l - e lossy    h264          8-8
MPEG4HP422D                                      - l - e lossy    h264          8-8
MPEG4HP422DF                                     - l - e lossy    h264          8-8
MPEG4HP423D                                      - l - e lossy    h264          8-8
MPEG4HP423DF                                     - l - e lossy    h264          8-8
MPEG4HP42STEREO                                  - l - e lossy    h264          8-8
MPEG4HP42STEREOF                                 - l - e lossy    h264          8-8
HEVCMP51                                         - l - e lossy    h265          8-8
HEVCM10P51                                       - l - e lossy    h265          10-10
JPEGXLLossless                                   - l - e lossless jpegxl        -
JPEGXLJPEGRecompression                          - l - e lossy    jpegxl        8-8
JPEGXL                                           - l - e either   jpegxl        -
HTJ2KLossless                                    - l - e lossless htj2k         1-38
HTJ2KLosslessRPCL                                - l - e lossless htj2k         1-38
HTJ2K                                            - l - e either   htj2k         1-38
JPIPHTJ2KReferenced                              - l - - either   jpip          -
JPIPHTJ2KReferencedDeflate                       - l d - either   jpip          -
RLELossless                                      - l - e lossless rle           1-16
SMPTEST211020UncompressedProgressiveActiveVideo  - l - - exact    smpte2110     -
SMPTEST211020UncompressedInterlacedActiveVideo   - l - - exact    smpte2110     -
SMPTEST211030PCMDigitalAudio                     - l - - exact    smpte2110     -
DeflatedImageFrameCompression                    - l - e exact    deflate       -
"""
ROWS = {line.split()[0]: line.split()[1:] for line in SYNTAXES.strip().splitlines()}


def described(syntax: TransferSyntax) -> list[str]:
    bits = "-".join(map(str, syntax.bits_stored)) if syntax.bits_stored else "-"
    flags = zip(
        "ilde",
        (syntax.implicit, syntax.little_endian, syntax.deflated, syntax.encapsulated),
        strict=True,
    )
    return [
        *(letter if flag else "-" for letter, flag in flags),
        syntax.fidelity,
        syntax.codec or "-",
        bits,
    ]


def test_every_transfer_syntax_in_force() -> None:
    found = {
        syntax.keyword: described(syntax)
        for syntax in dd.known_transfer_syntaxes()
        if not syntax.retired
    }
    assert found == ROWS


def test_big_endian_is_retired_but_known() -> None:
    syntax = dd.transfer_syntaxes.ExplicitVRBigEndian
    assert (syntax.retired, syntax.little_endian, syntax.explicit, syntax.encapsulated) == (
        True,
        False,
        True,
        False,
    )


def test_an_unknown_uid_is_usable_and_an_unknown_name_is_an_error() -> None:
    private = transfer_syntax("1.2.3.4.5")
    assert (
        private.known,
        private.explicit,
        private.little_endian,
        private.fidelity,
        str(private),
    ) == (False, True, True, Fidelity.EITHER, "1.2.3.4.5")
    with pytest.raises(UnknownEntry, match="no transfer syntax 'JPEG200'; did you mean JPEG2000"):
        transfer_syntax("JPEG200")


def test_nothing_is_compared_before_somebody_asks_for_suggestions() -> None:
    def compared(*_: object, **__: object) -> list[str]:
        raise AssertionError("names are compared")

    with patch("difflib.get_close_matches", compared):
        with pytest.raises(UnknownEntry) as caught:
            uid("1.2.840.10008.99")
        with pytest.raises(AssertionError):
            _ = caught.value.suggestions
        with pytest.raises(UnknownEntry) as long:
            uid("1." * 1000)
        assert long.value.suggestions == ()
    assert pickle.loads(pickle.dumps(caught.value)).suggestions == caught.value.suggestions
