"""Transcoding: what changes beside the pixels, what is refused, which syntax is chosen, and that memory stays small."""

import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pydicom
import pydicom.data
import pytest

import dicom_core as dc
import dicom_imaging as di
from dicom_core.transcoding import Fidelity, FidelityReport, TranscodeError, TranscodeOptions
from dicom_core.transcoding import Transcoder as Protocol
from dicom_imaging._spool import Spool
from dicom_imaging.transcode import (
    PreferredTransferSyntaxes,
    Transcoder,
    choose,
    predict,
    transcode,
)

FOLDER = Path(str(pydicom.data.get_testdata_file("CT_small.dcm", download=False))).parent
CT = FOLDER / "CT_small.dcm"
EXPLICIT, IMPLICIT, BIG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
RLE, JPEG, J2K, LS = (
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.80",
)


def test_the_protocol_of_the_core_is_fulfilled() -> None:
    assert isinstance(Transcoder(), Protocol)
    assert isinstance(dc.transcoding.find_transcoder(), Transcoder)


def test_by_keyword_and_the_file_given_stays_as_it_is() -> None:
    file = dc.read(CT)
    done = transcode(file, "RLELossless")
    assert done.file.transfer_syntax == RLE
    assert file.transfer_syntax == EXPLICIT
    assert not file.is_edited
    assert done.report.ratio is not None
    assert done.report.ratio > 1


def test_private_meta_information_and_preamble_are_kept() -> None:
    file = dc.read(CT)
    file.meta.SourceApplicationEntityTitle = "SCANNER"
    file.preamble = b"II*\0".ljust(128, b"\0")
    again = dc.read(dc.to_bytes(transcode(file, RLE).file))
    assert again.meta.SourceApplicationEntityTitle == "SCANNER"
    assert again.preamble == file.preamble
    assert again.meta.TransferSyntaxUID == RLE


REFUSED = [
    ("1.2.3.4", False, "no transfer syntax of the standard"),
    ("NoSuchThing", False, "NoSuchThing"),
    (JPEG, False, "loses detail"),
    (JPEG, True, "at most 8 bits"),
    ("1.2.840.10008.1.2.4.100", True, "no installed codec encodes MPEG2"),
]


@pytest.mark.parametrize(("to", "lossy", "reason"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refusals_say_why(to: str, lossy: bool, reason: str) -> None:
    with pytest.raises(TranscodeError, match=reason) as caught:
        transcode(dc.read(CT), to, lossy=lossy)
    assert caught.value.report.fidelity is Fidelity.IMPOSSIBLE


def test_wide_pixels_do_not_change_their_byte_order() -> None:
    ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.30"})
    di.set_pixels(ds, np.arange(16, dtype="uint32").reshape(4, 4))
    file = dc.DicomFile.new(ds)
    assert transcode(file, IMPLICIT).report.fidelity is Fidelity.BIT_EXACT
    with pytest.raises(TranscodeError, match="no agreed byte order"):
        transcode(file, BIG)
    with pytest.raises(TranscodeError, match="no agreed byte order"):
        transcode(transcode(file, RLE).file, BIG)


def test_a_header_and_a_report_cannot_be_compressed() -> None:
    with pytest.raises(TranscodeError, match="only the header"):
        transcode(dc.read_header(CT), RLE)
    report = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11"})
    with pytest.raises(TranscodeError, match="no pixels"):
        transcode(dc.DicomFile.new(report), RLE)
    assert predict(dc.DicomFile.new(report), IMPLICIT).fidelity is Fidelity.BIT_EXACT


def test_mpeg_cannot_be_decoded_and_says_so() -> None:
    file = dc.read(CT)
    ds = file.dataset.copy()
    ds.set("PixelData", "OB", dc.Fragments([b"\0\0\1\xb3" + bytes(100)]))
    video = dc.DicomFile(ds, file.meta.copy(), "1.2.840.10008.1.2.4.100")
    assert "MPEG2" in predict(video, EXPLICIT).reason


def test_icons_are_decompressed_with_the_image() -> None:
    file = dc.read(CT)
    icon = dc.Dataset()
    icon.SamplesPerPixel, icon.PhotometricInterpretation = 1, "MONOCHROME2"
    icon.Rows, icon.Columns, icon.BitsAllocated, icon.BitsStored = 4, 4, 8, 8
    icon.HighBit, icon.PixelRepresentation = 7, 0
    icon.set("PixelData", "OB", bytes(range(16)))
    compressed = transcode(_with_pixels(icon), RLE).file.dataset
    small = icon.copy()
    small.set("PixelData", "OB", compressed["PixelData"])
    done = transcode(file, RLE).file
    done.dataset["IconImageSequence"] = [small]
    back = dc.read(dc.to_bytes(transcode(dc.read(dc.to_bytes(done)), EXPLICIT).file))
    sequence = back.dataset.IconImageSequence
    assert sequence is not None
    assert sequence[0]["PixelData"] == bytes(range(16))
    assert back.dataset["PixelData"] == file.dataset["PixelData"]


def _with_pixels(ds: dc.Dataset) -> dc.DicomFile:
    whole = ds.copy()
    whole.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    return dc.DicomFile.new(whole)


def test_overlays_in_the_words_get_their_own_element() -> None:
    values = np.arange(64, dtype="<u2").reshape(8, 8)
    bitmap = np.indices((8, 8)).sum(0) % 2
    ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"})
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 16, 12, 11
    ds.set(0x60000010, "US", 8)
    ds.set(0x60000011, "US", 8)
    ds.set(0x60000040, "CS", "G")
    ds.set(0x60000050, "SS", (1, 1))
    ds.set(0x60000100, "US", 16)
    ds.set(0x60000102, "US", 15)
    ds.set("PixelData", "OW", (values | bitmap.astype("<u2") << 15).astype("<u2").tobytes())
    done = transcode(dc.DicomFile.new(ds), RLE).file.dataset
    packed = np.frombuffer(done.element(0x60003000).raw, "u1")
    assert np.array_equal(np.unpackbits(packed, bitorder="little")[:64].reshape(8, 8), bitmap)
    assert done[0x60000100] == 1
    assert done[0x60000102] == 0
    assert np.array_equal(di.open(done, transfer_syntax=RLE).frame(0), values)


def test_bits_run_on_from_frame_to_frame() -> None:
    frames = np.random.default_rng(1).integers(0, 2, (5, 3, 7), dtype=np.uint8)
    ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.1", "NumberOfFrames": 5})
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 3, 7, 1, 1, 0
    packed = np.packbits(frames.reshape(-1), bitorder="little").tobytes()
    ds.set("PixelData", "OB", packed)
    compressed = transcode(dc.DicomFile.new(ds), RLE).file
    back = transcode(dc.read(dc.to_bytes(compressed)), EXPLICIT).file
    assert back.dataset["PixelData"] == packed
    assert np.array_equal(di.open(back).array(), frames)


@pytest.mark.parametrize(
    ("table", "size", "basic", "extended"),
    [("basic", None, 4, 0), ("none", None, 0, 0), ("extended", None, 0, 8), ("basic", 2048, 4, 0)],
)
def test_offset_tables(
    table: Literal["basic", "extended", "none"],
    size: int | None,
    basic: int,
    extended: int,
    peer: Callable[[str], str],
    tmp_path: Path,
) -> None:
    file = dc.read(CT)
    ds = file.dataset.copy()
    ds.NumberOfFrames = 3
    ds.set("PixelData", "OW", ds.element("PixelData").raw * 3)
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7.3"
    done = transcode(dc.DicomFile.new(ds), RLE, offset_table=table, fragment_size=size).file
    dc.write(done, tmp_path / "out.dcm")
    again = dc.read(tmp_path / "out.dcm").dataset
    fragments = again["PixelData"]
    assert isinstance(fragments, dc.Fragments)
    assert len(fragments.offset_table) == 3 * basic
    assert len(again.ExtendedOffsetTable or b"") == 3 * extended
    assert len(fragments) > 3 if size else len(fragments) == 3
    assert np.array_equal(
        di.open(tmp_path / "out.dcm").array(), di.open(ds, transfer_syntax=EXPLICIT).array()
    )
    if size is None:
        subprocess.run([peer("dcmdrle"), tmp_path / "out.dcm", tmp_path / "raw.dcm"], check=True)
        assert pydicom.dcmread(tmp_path / "raw.dcm").PixelData == ds["PixelData"]


def test_an_extended_table_needs_one_fragment_a_frame() -> None:
    with pytest.raises(TranscodeError, match="fragment"):
        transcode(dc.read(CT), RLE, offset_table="extended", fragment_size=100)


# --- peers decompress the same ------------------------------------------------------------------------

DECOMPRESS = [
    ("MR_small_RLE.dcm", "dcmdrle"), ("SC_rgb_rle.dcm", "dcmdrle"), ("SC_rgb_rle_16bit.dcm", "dcmdrle"),
    ("MR_small_jpeg_ls_lossless.dcm", "dcmdjpls"), ("JPEG-LL.dcm", "dcmdjpeg"), ("JPGLosslessP14SV1_1s_1f_8b.dcm", "dcmdjpeg"),
    ("J2K_pixelrep_mismatch.dcm", ""), ("MR_small_jp2klossless.dcm", ""), ("693_J2KR.dcm", ""), ("US1_J2KR.dcm", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "program"), DECOMPRESS, ids=[row[0] for row in DECOMPRESS])
def test_decompressing_as_peers_do(
    name: str, program: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    path, out = FOLDER / name, tmp_path / "native.dcm"
    if not path.exists():
        pytest.skip(f"{name} is not in the wheel of pydicom")
    words = (
        [peer(program), "+cn"]
        if program == "dcmdjpeg"
        else [peer(program)]
        if program
        else [peer("gdcmconv"), "--raw"]
    )
    subprocess.run([*words, path, out], check=True, capture_output=True)
    ours = transcode(dc.read(path), EXPLICIT).file.dataset
    theirs = dc.read(out)
    assert np.array_equal(di.open(ours, transfer_syntax=EXPLICIT).array(), di.open(theirs).array())
    for keyword in (
        "PhotometricInterpretation",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "SamplesPerPixel",
    ):
        assert ours.get(keyword) == theirs.dataset.get(keyword), keyword


def test_a_forgotten_mark_of_loss_is_written() -> None:
    path = FOLDER / "SC_rgb_jpeg_dcmtk.dcm"
    if not path.exists():
        pytest.skip("the file is not in the wheel of pydicom")
    file = dc.read(path)
    del file.dataset["LossyImageCompression"]
    done = transcode(file, EXPLICIT)
    assert done.file.dataset.LossyImageCompression == "01"
    assert done.file.dataset.LossyImageCompressionMethod
    assert "LossyImageCompression" in done.report.changed


# --- choosing -------------------------------------------------------------------------------------------

CHOICES = [
    (EXPLICIT, [IMPLICIT, EXPLICIT], False, EXPLICIT),
    (EXPLICIT, [IMPLICIT], False, IMPLICIT),
    (J2K, [IMPLICIT, J2K], False, J2K),
    (J2K, [IMPLICIT, EXPLICIT], False, EXPLICIT),
    (EXPLICIT, [J2K, LS], False, LS),
    (EXPLICIT, ["JPEG2000"], False, "1.2.840.10008.1.2.4.91"),
    (EXPLICIT, [JPEG], False, None),
    (EXPLICIT, [JPEG], True, None),  # 16 bits do not fit
    (EXPLICIT, ["1.2.840.10008.1.2.4.100"], True, None),
    (EXPLICIT, [], False, None),
    (EXPLICIT, [BIG, IMPLICIT], False, IMPLICIT),
]


@pytest.mark.parametrize(("source", "accepted", "lossy", "want"), CHOICES)
def test_choosing(source: str, accepted: list[str], lossy: bool, want: str | None) -> None:
    file = transcode(dc.read(CT), source).file
    assert choose(file, accepted, lossy=lossy) == want


def test_preferences_are_a_value() -> None:
    small = PreferredTransferSyntaxes(order=("JPEG2000Lossless",))
    transcoder = Transcoder(preferences=small)
    assert transcoder.choose(dc.read(CT), [IMPLICIT, J2K]) == J2K
    only = Transcoder(preferences=small._replace(others=False))
    assert only.choose(dc.read(CT), [IMPLICIT]) is None


def test_lossless_before_lossy() -> None:
    def predicted(uid: str) -> FidelityReport:
        fidelity = Fidelity.LOSSY if uid == JPEG else Fidelity.LOSSLESS
        return FidelityReport("", uid, fidelity)

    assert (
        PreferredTransferSyntaxes(order=(JPEG, RLE)).best(EXPLICIT, [JPEG, RLE], predicted) == RLE
    )


# --- the spool -------------------------------------------------------------------------------------------


def test_a_spool_moves_to_a_file() -> None:
    pieces = [bytes([number]) * 1000 for number in range(50)]
    small, large = Spool(), Spool(in_memory=10_000)
    for piece in pieces:
        assert small.add(piece) == large.add(piece)
    first, second = small.handle(), large.handle()
    assert first.read() == second.read() == b"".join(pieces)
    assert second.read_range(1500, 1000) == b"".join(pieces)[1500:2500]
    assert not isinstance(second.source, dc.BytesSource)


def test_options_are_those_of_the_core() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = Transcoder().transcode(dc.read(CT), J2K, TranscodeOptions(effort=1, workers=1))
    assert done.report.fidelity is Fidelity.LOSSLESS


@pytest.mark.parametrize(
    ("media_type", "magic"),
    [("image/png", b"\x89PNG"), ("image/jpeg", b"\xff\xd8\xff"), ("image/gif", b"GIF8")],
)
def test_rendering_through_the_protocol(media_type: str, magic: bytes) -> None:
    transcoder = dc.transcoding.find_transcoder()
    options = dc.transcoding.RenderOptions(window=(40, 400), size=(64, 32))
    assert transcoder.render(dc.read(CT), 0, media_type, options).startswith(magic)
    with pytest.raises(di.RenderError, match="image/png"):
        transcoder.render(dc.read(CT), 0, "image/tiff")


def test_an_undefined_length_without_fragments_is_refused() -> None:
    raw = dc.to_bytes(transcode(dc.read(CT), RLE).file)
    at = raw.rindex(b"\xe0\x7f\x10\x00OB")
    broken = dc.read(raw[: at + 4] + b"OF" + raw[at + 6 :])
    with pytest.raises(di.FrameExtractionError, match="no fragments"):
        di.open(broken)
