"""Peers decode what is encoded here, and what they encode is decoded here, to the same values."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from imaging_frames import descriptor_of, frames, picture
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder

import dicom_imaging as di
from dicom_imaging import codecs
from dicom_imaging.codecs import EncodeOptions

PI = di.PhotometricInterpretation
REGISTRY = codecs.default_registry()
LIMITS = di.PixelLimits()
RLE = "1.2.840.10008.1.2.5"
BASELINE, EXTENDED, P14, SV1, JLS, NEAR, J2K, J2K_LOSSY, HT, HT_RPCL, HT_LOSSY, JXL = (
    f"1.2.840.10008.1.2.4.{end}" for end in (50, 51, 57, 70, 80, 81, 90, 91, 201, 202, 203, 110)
)

KINDS = {
    "grey 8": descriptor_of((61, 80), 8),
    "grey 12 in 16": descriptor_of((61, 80), 16, stored=12),
    "grey 16": descriptor_of((61, 80), 16),
    "signed 12 in 16": descriptor_of((61, 80), 16, stored=12, signed=True),
    "signed 16": descriptor_of((61, 80), 16, signed=True),
    "rgb": descriptor_of((61, 80), 8, samples=3),
    "ybr": descriptor_of((61, 80), 8, samples=3, photometric=PI.YBR_FULL),
}
SOME = {
    BASELINE: ("grey 8", "rgb"),
    EXTENDED: ("grey 8", "grey 12 in 16"),
    HT_LOSSY: ("grey 8", "grey 12 in 16"),
}
PLUGINS = [
    *((uid, "pylibjpeg") for uid in (RLE, BASELINE, EXTENDED, P14, SV1, J2K, J2K_LOSSY, HT, HT_RPCL, HT_LOSSY)),
    *((uid, "pyjpegls") for uid in (JLS, NEAR)),
    *((uid, "gdcm") for uid in (BASELINE, P14, SV1, JLS, NEAR, J2K, J2K_LOSSY)),
]  # fmt: skip
NEAREST = 3


def written(path: Path, uid: str, kind: str) -> tuple[codecs.Pixels, codecs.Encoded]:
    """A file with one frame of ours, and what we think that the frame is."""
    descriptor = KINDS[kind]
    pixels = picture(descriptor, "smooth", 1)
    options = EncodeOptions(near=NEAREST if uid == NEAR else 0, lossy=True)
    encoded = REGISTRY.encode(pixels, descriptor, uid, options)
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.UID(uid)
    meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.UID("1.2.3.4")
    ds = pydicom.Dataset()
    ds.file_meta = meta
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4"
    ds.Rows, ds.Columns = descriptor.rows, descriptor.columns
    ds.BitsAllocated, ds.BitsStored = descriptor.bits_allocated, descriptor.bits_stored
    ds.HighBit, ds.PixelRepresentation = descriptor.high_bit, int(descriptor.signed)
    ds.SamplesPerPixel, ds.PhotometricInterpretation = descriptor.samples, str(encoded.photometric)
    if descriptor.samples > 1:
        ds.PlanarConfiguration = 0
    ds.PixelData = encapsulate([encoded.data])
    ds["PixelData"].VR = "OB"
    ds.save_as(path, enforce_file_format=True)
    told = descriptor._replace(photometric=encoded.photometric)
    return REGISTRY.decoder_for(uid).decode(encoded.data, told, LIMITS).pixels, encoded


def agrees(uid: str, theirs: codecs.Pixels, ours: codecs.Pixels, encoded: codecs.Encoded) -> None:
    assert theirs.shape == ours.shape
    difference = np.abs(theirs.astype(np.int64) - ours.astype(np.int64))
    if encoded.lossless or uid in {NEAR, HT_LOSSY}:
        assert not difference.any()
        return
    # two inverse transforms may round, and chrominance be interpolated or not
    assert difference.mean() < 1.5
    assert difference.max() <= (40 if encoded.photometric is PI.YBR_FULL_422 else 2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("uid", "plugin"), PLUGINS)
def test_pydicom_decodes_what_is_encoded_here(
    tmp_path: Path, uid: str, plugin: str, kind: str
) -> None:
    lossy = uid in {BASELINE, EXTENDED, HT_LOSSY}
    if lossy and kind not in SOME[uid]:
        return  # what these syntaxes do not hold is in the tests of encoding
    path = tmp_path / "ours.dcm"
    ours, encoded = written(path, uid, kind)
    decoder = get_decoder(uid)
    if plugin not in decoder.available_plugins:
        pytest.skip(f"pydicom has no {plugin} here")
    ds = pydicom.dcmread(path)
    theirs, _ = decoder.as_array(ds, decoding_plugin=plugin, raw=True)
    agrees(uid, theirs, ours, encoded)


PROGRAMS = [
    *(("dcmdrle", RLE, kind) for kind in ("grey 8", "grey 12 in 16", "signed 16", "rgb")),
    *(("dcmdjpeg", BASELINE, kind) for kind in ("grey 8",)),
    *(("dcmdjpeg", EXTENDED, kind) for kind in ("grey 8", "grey 12 in 16")),
    *(("dcmdjpeg", uid, kind) for uid in (P14, SV1) for kind in KINDS),
    *(("dcmdjpls", uid, kind) for uid in (JLS, NEAR) for kind in KINDS),
]


@pytest.mark.parametrize(("program", "uid", "kind"), PROGRAMS)
def test_dcmtk_decodes_what_is_encoded_here(
    tmp_path: Path, peer: Callable[[str], str], program: str, uid: str, kind: str
) -> None:
    path, native = tmp_path / "ours.dcm", tmp_path / "native.dcm"
    ours, encoded = written(path, uid, kind)
    colours = ["+cn"] if program == "dcmdjpeg" else []
    subprocess.run([peer(program), *colours, path, native], check=True, capture_output=True)
    ds = pydicom.dcmread(native)
    theirs, _ = get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds, raw=True)
    agrees(uid, theirs, ours, encoded)


@pytest.mark.parametrize("kind", ["grey 8", "grey 12 in 16", "grey 16", "rgb"])
def test_djxl_decodes_what_is_encoded_here(
    tmp_path: Path, peer: Callable[[str], str], kind: str
) -> None:
    ours = picture(KINDS[kind], "smooth", 1)
    encoded = REGISTRY.encode(ours, KINDS[kind], JXL)
    source, target = tmp_path / "ours.jxl", tmp_path / ("ours.ppm" if kind == "rgb" else "ours.pgm")
    source.write_bytes(encoded.data)
    subprocess.run([peer("djxl"), source, target], check=True, capture_output=True)
    magic, size, most, data = target.read_bytes().split(b"\n", 3)
    assert magic in {b"P5", b"P6"}
    assert size.split() == [b"80", b"61"]
    theirs = np.frombuffer(data, ">u2" if int(most) > 255 else "u1").reshape(ours.shape)
    if int(most) == 4095 and theirs.max() > 4095:  # djxl 0.7 announces 12 bits and writes 16
        theirs = np.round(theirs / 65535 * 4095).astype(int)
    assert np.array_equal(theirs, ours)


def _carried(name: str) -> str:
    """A file of pydicom's wheel; nothing is fetched."""
    return str(get_testdata_file(name, download=False))


ENCODERS = [
    ("dcmcrle", []),
    ("dcmcjpls", ["+el"]),
    ("dcmcjpls", ["+en"]),
    ("dcmcjpeg", ["+e1"]),
    *(("dcmcjpeg", ["+el", "+sv", str(selection)]) for selection in range(1, 8)),
]


@pytest.mark.parametrize(("program", "words"), ENCODERS, ids="".join)
@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "examples_rgb_color.dcm"])
def test_what_dcmtk_encodes_is_decoded_here(
    tmp_path: Path, peer: Callable[[str], str], program: str, words: list[str], name: str
) -> None:
    source, target = _carried(name), tmp_path / "theirs.dcm"
    if words == ["+en"] and name != "examples_rgb_color.dcm":
        return  # DCMTK refuses signed samples there
    subprocess.run([peer(program), *words, source, target], check=True, capture_output=True)
    wanted = pydicom.dcmread(source).pixel_array
    if words == ["+en"]:
        native = tmp_path / "native.dcm"
        subprocess.run([peer("dcmdjpls"), target, native], check=True, capture_output=True)
        wanted = pydicom.dcmread(native).pixel_array
    for frame in frames(target):
        decoded = REGISTRY.decoder_for(frame.uid).decode(frame.data, frame.descriptor, LIMITS)
        assert np.array_equal(decoded.pixels, wanted)


@pytest.mark.parametrize("words", [["+eb"], ["+eb", "+s2"]], ids="".join)
def test_lossy_jpeg_of_dcmtk(tmp_path: Path, peer: Callable[[str], str], words: list[str]) -> None:
    target = tmp_path / "theirs.dcm"
    source = _carried("examples_rgb_color.dcm")
    subprocess.run([peer("dcmcjpeg"), *words, source, target], check=True, capture_output=True)
    native = tmp_path / "native.dcm"
    subprocess.run([peer("dcmdjpeg"), "+cn", target, native], check=True, capture_output=True)
    ds = pydicom.dcmread(native)
    theirs, _ = get_decoder(ds.file_meta.TransferSyntaxUID).as_array(ds, raw=True)
    for frame in frames(target):
        ours = REGISTRY.decoder_for(frame.uid).decode(frame.data, frame.descriptor, LIMITS).pixels
        difference = np.abs(ours.astype(int) - theirs.astype(int))
        assert difference.max() <= 1 or difference.mean() < 1.5
