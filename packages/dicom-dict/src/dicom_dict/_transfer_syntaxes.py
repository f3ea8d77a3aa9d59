"""What a transfer syntax means for reading a data set and its pixels (PS3.5 section 10, Annex A, section 8.2).

The registry (PS3.6) names the syntaxes; their properties are prose in PS3.5, so they stand here by
family, each with its clause.
"""

from collections.abc import Iterator
from enum import StrEnum, unique
from functools import cache
from typing import NamedTuple

from ._uids import UIDKind, find_uid, uids

__all__ = ["Fidelity", "TransferSyntax", "known_transfer_syntaxes", "transfer_syntax"]


@unique
class Fidelity(StrEnum):
    """Whether pixels come back as they were."""

    EXACT = "exact"
    """Not compressed, or compressed as bytes."""
    LOSSLESS = "lossless"
    LOSSY = "lossy"
    EITHER = "either"
    """The codestream decides, such as JPEG 2000 (PS3.5 A.4.4)."""


class TransferSyntax(NamedTuple):
    """A transfer syntax and what follows from it."""

    uid: str
    keyword: str
    """Empty of a syntax that the standard does not know."""
    name: str
    retired: bool
    implicit: bool
    little_endian: bool
    deflated: bool
    """Whether the whole data set after the file meta is compressed (PS3.5 A.5)."""
    encapsulated: bool
    """Whether Pixel Data is a sequence of fragments (PS3.5 A.4)."""
    fidelity: Fidelity
    codec: str
    """The family of the codestream (``jpeg``, ``jpeg-lossless``, ``jpeg-ls``, ``jpeg2000``, ``htj2k``, ``jpegxl``,
    ``rle``, ``deflate``, ``mpeg2``, ``h264``, ``h265``, ``jpip``, ``smpte2110``), or empty."""
    bits_stored: tuple[int, int] | None
    """The least and the most Bits Stored that PS3.5 8.2 allows; None where it sets no bounds."""
    known: bool
    """Whether the standard knows it. An unknown one is taken for encapsulated Explicit VR Little Endian, as all
    newer syntaxes of the standard are (PS3.5 A.4)."""

    @property
    def explicit(self) -> bool:
        """Whether each element says its VR."""
        return not self.implicit

    @property
    def is_lossy(self) -> bool:
        """Whether pixels may have been changed."""
        return self.fidelity in {Fidelity.LOSSY, Fidelity.EITHER}

    def __str__(self) -> str:
        return self.name or self.uid


class _Family(NamedTuple):
    codec: str
    fidelity: Fidelity
    bits: tuple[int, int] | None
    encapsulated: bool = True


_JPEG8 = _Family("jpeg", Fidelity.LOSSY, (8, 8))  # 8.2.1
_JPEG12 = _Family("jpeg", Fidelity.LOSSY, (8, 12))
_JPEG_LOSSLESS = _Family("jpeg-lossless", Fidelity.LOSSLESS, (1, 16))
_MPEG2 = _Family("mpeg2", Fidelity.LOSSY, (8, 8))  # 8.2.5, 8.2.6
_H264 = _Family("h264", Fidelity.LOSSY, (8, 8))  # 8.2.7 to 8.2.9
_JPIP = _Family(
    "jpip", Fidelity.EITHER, None, encapsulated=False
)  # A.6, A.7: pixels stand elsewhere
_SMPTE = _Family("smpte2110", Fidelity.EXACT, None, encapsulated=False)  # PS3.22

# By the beginning of the keyword, the longest that fits; the native syntaxes are not here.
_FAMILIES = {
    "EncapsulatedUncompressed": _Family("", Fidelity.EXACT, None),  # A.4.11
    "DeflatedImageFrame": _Family("deflate", Fidelity.EXACT, None),  # A.4.13
    "JPEGBaseline8Bit": _JPEG8,
    "JPEGExtended": _JPEG12,
    "JPEGSpectralSelection": _JPEG12,
    "JPEGFullProgression": _JPEG12,
    "JPEGLossless": _JPEG_LOSSLESS,
    "JPEGLSLossless": _Family("jpeg-ls", Fidelity.LOSSLESS, (2, 16)),  # 8.2.3
    "JPEGLSNearLossless": _Family("jpeg-ls", Fidelity.LOSSY, (2, 16)),
    "JPEG2000": _Family("jpeg2000", Fidelity.EITHER, (1, 38)),  # 8.2.4
    "JPEG2000Lossless": _Family("jpeg2000", Fidelity.LOSSLESS, (1, 38)),
    "JPEG2000MC": _Family("jpeg2000", Fidelity.EITHER, (1, 38)),
    "JPEG2000MCLossless": _Family("jpeg2000", Fidelity.LOSSLESS, (1, 38)),
    "HTJ2K": _Family("htj2k", Fidelity.EITHER, (1, 38)),  # 8.2.14
    "HTJ2KLossless": _Family("htj2k", Fidelity.LOSSLESS, (1, 38)),
    "JPEGXL": _Family("jpegxl", Fidelity.EITHER, None),  # 8.2.15
    "JPEGXLLossless": _Family("jpegxl", Fidelity.LOSSLESS, None),
    "JPEGXLJPEGRecompression": _Family(
        "jpegxl", Fidelity.LOSSY, (8, 8)
    ),  # a JPEG Baseline codestream lies within
    "RLELossless": _Family("rle", Fidelity.LOSSLESS, (1, 16)),  # 8.2.2
    "MPEG2": _MPEG2,
    "MPEG4": _H264,
    "HEVCMP": _Family("h265", Fidelity.LOSSY, (8, 8)),  # 8.2.10
    "HEVCM10P": _Family("h265", Fidelity.LOSSY, (10, 10)),  # 8.2.11
    "JPIP": _JPIP,
    "SMPTE": _SMPTE,
    "RFC2557": _Family("", Fidelity.EXACT, None, encapsulated=False),
    "XMLEncoding": _Family("", Fidelity.EXACT, None, encapsulated=False),
}
_NATIVE = _Family("", Fidelity.EXACT, None, encapsulated=False)


@cache
def _known(text: str) -> TransferSyntax | None:
    entry = find_uid(text)
    if entry is None or entry.kind is not UIDKind.TRANSFER_SYNTAX:
        return None
    keyword = entry.keyword
    fitting = [start for start in _FAMILIES if keyword.startswith(start)]
    family = _FAMILIES[max(fitting, key=len)] if fitting else _NATIVE
    return TransferSyntax(
        entry.uid,
        keyword,
        entry.name,
        entry.retired,
        implicit="ImplicitVR" in keyword,
        little_endian="BigEndian" not in keyword,
        deflated=keyword.startswith("DeflatedExplicitVR")
        or (family is _JPIP and keyword.endswith("Deflate")),
        encapsulated=family.encapsulated,
        fidelity=family.fidelity,
        codec=family.codec,
        bits_stored=family.bits,
        known=True,
    )


def transfer_syntax(key: str) -> TransferSyntax:
    """The transfer syntax of a UID, keyword or name.

    A UID that the standard does not know gives a usable object with ``known`` false; a name that it
    does not know raises ``UnknownEntry``.

    >>> transfer_syntax("1.2.840.10008.1.2.4.90").fidelity
    <Fidelity.LOSSLESS: 'lossless'>
    """
    found = _known(key) if key else None
    if found is not None:
        return found
    if key and not key[0].isdigit():
        from ._errors import UnknownEntry
        from ._nearest import nearest

        raise UnknownEntry(
            "transfer syntax",
            key,
            nearest(key, [entry.keyword for entry in uids(UIDKind.TRANSFER_SYNTAX)]),
        )
    return TransferSyntax(
        key, "", "", retired=False, implicit=False, little_endian=True, deflated=False, encapsulated=True,
        fidelity=Fidelity.EITHER, codec="", bits_stored=None, known=False,
    )  # fmt: skip


def known_transfer_syntaxes() -> Iterator[TransferSyntax]:
    """Every transfer syntax of the registry, retired ones included."""
    return (transfer_syntax(entry.uid) for entry in uids(UIDKind.TRANSFER_SYNTAX))


# Tracebacks, reprs and pickles name the place that users import from
Fidelity.__module__ = TransferSyntax.__module__ = transfer_syntax.__module__ = "dicom_dict"
known_transfer_syntaxes.__module__ = "dicom_dict"
