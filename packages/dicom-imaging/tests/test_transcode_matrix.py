"""Each transfer syntax to each other one: the report equals what the comparison of pixels shows, and peers read the result."""

import io
import subprocess
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pydicom.encaps
import pytest

import dicom_core as dc
import dicom_imaging as di
from dicom_core.transcoding import Fidelity, TranscodeOptions
from dicom_imaging.transcode import Transcoder, transcode

NATIVE = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "big endian": "1.2.840.10008.1.2.2",
    "deflated": "1.2.840.10008.1.2.1.99",
}
LOSSLESS = {
    "encapsulated": "1.2.840.10008.1.2.1.98",
    "deflated frame": "1.2.840.10008.1.2.8.1",
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG lossless": "1.2.840.10008.1.2.4.57",
    "JPEG lossless SV1": "1.2.840.10008.1.2.4.70",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "J2K lossless": "1.2.840.10008.1.2.4.90",
    "HTJ2K lossless": "1.2.840.10008.1.2.4.201",
    "HTJ2K RPCL": "1.2.840.10008.1.2.4.202",
    "JPEG XL lossless": "1.2.840.10008.1.2.4.110",
}
LOSSY = {
    "JPEG": "1.2.840.10008.1.2.4.50",
    "JPEG extended": "1.2.840.10008.1.2.4.51",
    "JPEG-LS near": "1.2.840.10008.1.2.4.81",
    "J2K": "1.2.840.10008.1.2.4.91",
    "HTJ2K": "1.2.840.10008.1.2.4.203",
    "JPEG XL": "1.2.840.10008.1.2.4.112",
}
ALL = {**NATIVE, **LOSSLESS, **LOSSY}


def textured(rows: int, columns: int, samples: int, bits: int, frames: int) -> np.ndarray:
    """Something like a picture: smooth, with noise, so that loss shows."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:rows, 0:columns]
    top = (1 << bits) - 1
    planes = []
    for number in range(frames * samples):
        wave = 0.5 + 0.4 * np.sin(x / (5 + number) + y / 9)
        noise = random.normal(0, 0.02, (rows, columns))
        planes.append(np.clip((wave + noise) * top, 0, top))
    made = np.stack(planes).reshape(frames, samples, rows, columns).transpose(0, 2, 3, 1)
    return made if samples > 1 else made[..., 0]


def image(kind: str) -> dc.DicomFile:
    """A synthetic image: grey8, grey12, grey16, signed16, colour, palette, bits."""
    shapes = {
        "grey8": (1, 8, 8, False), "grey12": (1, 16, 12, False), "grey16": (1, 16, 16, False),
        "signed16": (1, 16, 16, True), "signed12": (1, 16, 12, True), "colour": (3, 8, 8, False),
        "palette": (1, 8, 8, False), "bits": (1, 1, 1, False),
    }  # fmt: skip
    samples, allocated, stored, signed = shapes[kind]
    rows, columns, frames = 37, 50, 3
    values = textured(rows, columns, samples, stored, frames)
    if signed:
        values = values - (1 << (stored - 1))
    ds = dc.Dataset()
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7.3" if samples > 1 else "1.2.840.10008.5.1.4.1.1.7.2"
    ds.SOPInstanceUID = dc.generate_uid()
    ds.ImageType = ("ORIGINAL", "PRIMARY")
    ds.Modality = "OT"
    ds.PatientName, ds.PatientID = "Doe^Jane", "1"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = dc.generate_uid(), dc.generate_uid()
    ds.SamplesPerPixel = samples
    ds.PhotometricInterpretation = (
        "RGB" if samples > 1 else "PALETTE COLOR" if kind == "palette" else "MONOCHROME2"
    )
    if samples > 1:
        ds.PlanarConfiguration = 0
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames, rows, columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, stored, stored - 1
    ds.PixelRepresentation = int(signed)
    if kind == "palette":
        for colour in ("Red", "Green", "Blue"):
            ds[f"{colour}PaletteColorLookupTableDescriptor"] = (256, 0, 16)
            table = np.arange(256, dtype="<u2") * 257
            ds[f"{colour}PaletteColorLookupTableData"] = table.tobytes()
    if kind == "bits":
        packed = np.packbits((values > 0.5).astype(np.uint8).reshape(-1), bitorder="little")
        ds.set("PixelData", "OB", packed.tobytes())
    else:
        data = values.astype(f"<{'i' if signed else 'u'}{allocated // 8}").tobytes()
        ds.set("PixelData", "OW" if allocated > 8 else "OB", data)
    return dc.read(dc.to_bytes(dc.DicomFile.new(ds)))


def stored(file: dc.DicomFile) -> np.ndarray:
    """The stored values of all frames, of YBR in RGB."""
    opened = di.open(file)
    frames = []
    for number in range(len(opened)):
        decoded = opened.decoded(number)
        pixels = decoded.pixels
        if decoded.photometric.is_ybr:
            from dicom_imaging._colour import to_rgb

            pixels = to_rgb(decoded, opened.descriptor.bits_stored)
        frames.append(pixels)
    return np.stack(frames)


KINDS = ["grey8", "grey12", "grey16", "signed16", "signed12", "colour", "palette", "bits"]


@pytest.mark.parametrize("to", ALL)
@pytest.mark.parametrize("kind", KINDS)
def test_the_report_is_what_pixels_show(kind: str, to: str) -> None:
    transcoder, options = Transcoder(), TranscodeOptions(lossy=True)
    before = image(kind)
    report = transcoder.predict(before, ALL[to], options)
    if report.fidelity is Fidelity.IMPOSSIBLE:
        with pytest.raises(di.transcode.TranscodeError) as caught:
            transcoder.transcode(before, ALL[to], options)
        assert caught.value.report == report
        assert report.reason
        return
    done = transcoder.transcode(before, ALL[to], options)
    assert done.report.fidelity == report.fidelity
    after = dc.read(dc.to_bytes(done.file))
    assert after.transfer_syntax == ALL[to]
    assert not after.findings
    first, second = stored(before), stored(after)
    assert first.shape == second.shape
    same = np.array_equal(first, second)
    assert same == (report.fidelity in {Fidelity.BIT_EXACT, Fidelity.LOSSLESS})
    marked = after.dataset.LossyImageCompression == "01"
    assert marked == (report.fidelity is Fidelity.LOSSY)
    if marked:
        difference = np.abs(first.astype(np.int64) - second.astype(np.int64)).max()
        assert done.report.largest_error == difference
        assert after.dataset.SOPInstanceUID != before.dataset.SOPInstanceUID
        assert after.meta.MediaStorageSOPInstanceUID == after.dataset.SOPInstanceUID
        assert after.dataset.ImageType == ("DERIVED", "PRIMARY")
        assert after.dataset.LossyImageCompressionMethod
        assert after.dataset.LossyImageCompressionRatio
    else:
        assert after.dataset.SOPInstanceUID == before.dataset.SOPInstanceUID


@pytest.mark.parametrize("to", [*NATIVE, *LOSSLESS])
@pytest.mark.parametrize("start", ALL)
def test_pairs_that_keep_every_value(start: str, to: str) -> None:
    original = image("grey8" if start in LOSSY else "grey12")
    before = dc.read(dc.to_bytes(transcode(original, ALL[start], lossy=True).file))
    done = transcode(before, ALL[to])
    after = dc.read(dc.to_bytes(done.file))
    assert np.array_equal(stored(before), stored(after))
    assert start in LOSSY or np.array_equal(stored(original), stored(after))
    exact = (start in NATIVE and to in NATIVE) or start == to
    assert done.report.fidelity is (Fidelity.BIT_EXACT if exact else Fidelity.LOSSLESS)
    assert after.dataset.LossyImageCompression == before.dataset.LossyImageCompression


@pytest.mark.parametrize("to", LOSSY)
@pytest.mark.parametrize("start", [*LOSSLESS, *LOSSY])
def test_lossy_targets_need_leave_and_leave_marks(start: str, to: str) -> None:
    kind = "grey8"
    before = dc.read(dc.to_bytes(transcode(image(kind), ALL[start], lossy=True).file))
    if start == to:
        assert transcode(before, ALL[to]).report.fidelity is Fidelity.BIT_EXACT
        return
    choice = to in {"JPEG-LS near", "J2K", "HTJ2K", "JPEG XL"}
    if choice:
        kept = transcode(before, ALL[to])
        assert kept.report.fidelity is Fidelity.LOSSLESS
        assert np.array_equal(stored(before), stored(dc.read(dc.to_bytes(kept.file))))
    else:
        with pytest.raises(di.transcode.TranscodeError, match="loses detail"):
            transcode(before, ALL[to])
    done = transcode(before, ALL[to], lossy=True)
    after = dc.read(dc.to_bytes(done.file)).dataset
    methods = after.LossyImageCompressionMethod
    assert methods is not None
    assert len(methods) == len(after.LossyImageCompressionRatio or ()) == 1 + (start in LOSSY)


# --- peers -----------------------------------------------------------------------------------------

# Who reads what: the command of DCMTK or GDCM that gives native pixels, or pydicom's plug-ins
DCMTK = {
    "RLE": "dcmdrle", "JPEG": "dcmdjpeg", "JPEG extended": "dcmdjpeg", "JPEG lossless": "dcmdjpeg",
    "JPEG lossless SV1": "dcmdjpeg", "JPEG-LS": "dcmdjpls", "JPEG-LS near": "dcmdjpls",
    "implicit": "dcmconv", "explicit": "dcmconv", "big endian": "dcmconv", "deflated": "dcmconv",
}  # fmt: skip
GDCM = {
    "implicit",
    "explicit",
    "big endian",
    "deflated",
    "RLE",
    "JPEG",
    "JPEG lossless",
    "JPEG lossless SV1",
    "JPEG-LS",
    "J2K lossless",
    "J2K",
}
PYDICOM = {
    "implicit", "explicit", "big endian", "deflated", "RLE", "JPEG", "JPEG extended", "JPEG lossless",
    "JPEG lossless SV1", "JPEG-LS", "JPEG-LS near", "J2K lossless", "J2K", "HTJ2K lossless", "HTJ2K RPCL", "HTJ2K",
}  # fmt: skip


def made(kind: str, to: str, folder: Path) -> Path:
    report = Transcoder().predict(image(kind), ALL[to], TranscodeOptions(lossy=True))
    if report.fidelity is Fidelity.IMPOSSIBLE:
        pytest.skip(report.reason)
    path = folder / "made.dcm"
    dc.write(transcode(image(kind), ALL[to], lossy=True).file, path)
    return path


def agree(kind: str, to: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """Lossless and JPEG-LS values are equal; of transforms, decoders may round by one."""
    theirs = theirs.reshape(ours.shape)
    if to in LOSSY and to != "JPEG-LS near":
        # subsampled chrominance is interpolated by some and repeated by others
        tolerance = 60 if kind == "colour" else 2
        difference = np.abs(ours.astype(np.int64) - theirs.astype(np.int64))
        assert difference.max() <= tolerance
        assert difference.mean() <= 3
    else:
        assert np.array_equal(ours, theirs)


def of_pydicom(path: Path) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path).pixel_array


@pytest.mark.parametrize("to", sorted(PYDICOM))
@pytest.mark.parametrize("kind", KINDS)
def test_pydicom_reads_it(kind: str, to: str, tmp_path: Path) -> None:
    if kind == "bits" and to not in NATIVE and to != "J2K lossless":
        pytest.skip("pydicom's plug-ins decode one bit of JPEG 2000 only")
    path = made(kind, to, tmp_path)
    agree(kind, to, stored(dc.read(path)), of_pydicom(path))


@pytest.mark.parametrize("to", ["encapsulated", "deflated frame"])
@pytest.mark.parametrize("kind", KINDS)
def test_frames_that_are_only_wrapped(kind: str, to: str, tmp_path: Path) -> None:
    """No peer decodes these two; pydicom finds the frames, zlib inflates them, and native bytes are there (PS3.5 A.4.12)."""
    ds = pydicom.dcmread(made(kind, to, tmp_path))
    frames = list(pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=ds.NumberOfFrames))
    if to == "deflated frame":
        frames = [zlib.decompress(frame, -zlib.MAX_WBITS) for frame in frames]
    native = di.open(image(kind))
    for number, frame in enumerate(frames):
        values = native.frame(number)
        wanted = (
            np.packbits(values.astype(np.uint8), bitorder="little") if kind == "bits" else values
        )
        assert frame[: wanted.nbytes] == wanted.tobytes()
        assert len(frame) <= wanted.nbytes + 1


@pytest.mark.parametrize("to", sorted(DCMTK))
@pytest.mark.parametrize("kind", KINDS)
def test_dcmtk_reads_it(kind: str, to: str, tmp_path: Path, peer: Callable[[str], str]) -> None:
    path, out = made(kind, to, tmp_path), tmp_path / "native.dcm"
    if kind == "bits" and to not in NATIVE:
        pytest.skip("DCMTK's decoders take no pixels of one bit")
    plain = ["+te"] if to in NATIVE else []
    subprocess.run([peer(DCMTK[to]), *plain, path, out], check=True, capture_output=True)
    agree(kind, to, stored(dc.read(path)), of_pydicom(out))


@pytest.mark.parametrize("to", sorted(GDCM))
@pytest.mark.parametrize("kind", KINDS)
def test_gdcm_reads_it(kind: str, to: str, tmp_path: Path, peer: Callable[[str], str]) -> None:
    path, out = made(kind, to, tmp_path), tmp_path / "native.dcm"
    if kind == "bits" and to not in NATIVE:
        pytest.skip("GDCM's codecs take no pixels of one bit")
    subprocess.run([peer("gdcmconv"), "--raw", path, out], check=True, capture_output=True)
    native = dc.read(out)
    if (
        native.dataset.PhotometricInterpretation == "YBR_FULL_422"
    ):  # it keeps the label of what it expanded
        native.dataset.PhotometricInterpretation = "YBR_FULL"
    agree(kind, to, stored(dc.read(path)), stored(native))


@pytest.mark.parametrize("to", ["JPEG XL lossless", "JPEG XL"])
@pytest.mark.parametrize("kind", ["grey8", "grey12", "grey16", "colour"])
def test_libjxl_reads_it(kind: str, to: str, tmp_path: Path, peer: Callable[[str], str]) -> None:
    path = made(kind, to, tmp_path)
    opened = di.open(path)
    (tmp_path / "frame.jxl").write_bytes(opened.encoded(1))
    colour = kind == "colour"
    out = tmp_path / f"frame.{'ppm' if colour else 'pgm'}"
    words = [peer("djxl"), str(tmp_path / "frame.jxl"), str(out)]
    if kind == "grey12":  # djxl 0.7 writes 12 bits as 16 whatever the header of the picture says
        words.append("--bits_per_sample=16")
    subprocess.run(words, check=True, capture_output=True)
    theirs = netpbm(out.read_bytes())
    if kind == "grey12":
        theirs = np.rint(theirs * (4095 / 65535)).astype(np.uint16)
    ours = opened.decoded(1).pixels
    agree("grey8" if to == "JPEG XL" else kind, to, ours, theirs.reshape(ours.shape))


def netpbm(data: bytes) -> np.ndarray:
    """A binary PGM or PPM."""
    stream = io.BytesIO(data)
    words: list[bytes] = []
    while len(words) < 4:
        words += stream.readline().split(b"#")[0].split()
    kind, columns, rows, top = words[0], int(words[1]), int(words[2]), int(words[3])
    values = np.frombuffer(stream.read(), ">u2" if top > 255 else "u1")
    if values.max() > top:  # djxl 0.7 announces the depth of the codestream, and writes 16 bits
        values = np.round(values / 65535 * top).astype(np.uint16)
    shape = (rows, columns, 3) if kind == b"P6" else (rows, columns)
    return values.reshape(shape)
