"""Pixels are written: `set_pixels`, `encapsulate`; programs nobody here wrote read the files."""

import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from struct import unpack
from typing import Literal

import imagecodecs
import numpy as np
import pydicom
import pydicom.encaps
import pytest
from imaging_datasets import JPEG, header
from pydicom.pixels.utils import pixel_array

import dicom_core as dc
import dicom_imaging as di

LITTLE = "1.2.840.10008.1.2.1"
Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]


def jpeg(value: int) -> bytes:
    """A JPEG of 16 x 24 pixels, all of one grey."""
    return bytes(imagecodecs.jpeg8_encode(np.full((16, 24), value, np.uint8), level=90))


def file_of(frames: list[bytes], path: Path, **how: object) -> di.Encapsulated:
    made = di.encapsulate(frames, **how)  # type: ignore[arg-type]
    dataset = header(Rows=16, Columns=24, NumberOfFrames=len(frames))
    made.into(dataset)
    dc.write(dc.DicomFile.new(dataset, JPEG), path)
    return made


FRAMES = [jpeg(value) for value in (10, 100, 200)]


@pytest.mark.parametrize("table", ["basic", "extended", "none"])
@pytest.mark.parametrize("size", [None, 64])
def test_encapsulated_frames_are_found_again(
    tmp_path: Path, table: Literal["basic", "extended", "none"], size: int | None
) -> None:
    path = tmp_path / "a.dcm"
    if table == "extended" and size:
        with pytest.raises(di.EncodeError):
            di.encapsulate(FRAMES, offset_table=table, fragment_size=size)
        return
    file_of(FRAMES, path, offset_table=table, fragment_size=size)
    image = di.open(path)
    assert not image.findings
    assert image.index.how == {"none": "scan"}.get(table, table)
    assert [image.encoded(at).rstrip(b"\0") for at in range(3)] == FRAMES
    assert [int(one.mean().round()) for one in image.frames()] == [10, 100, 200]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pydicom.dcmread(path)
        frames = list(
            pydicom.encaps.generate_frames(
                theirs.PixelData,
                number_of_frames=3,
                extended_offsets=(theirs.ExtendedOffsetTable, theirs.ExtendedOffsetTableLengths)
                if table == "extended"
                else None,
            )
        )
    assert [frame.rstrip(b"\0") for frame in frames] == FRAMES


def test_the_offsets_are_those_of_the_items(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    made = file_of(FRAMES, path, fragment_size=100)
    data = path.read_bytes()
    first = data.index(FRAMES[0][:100]) - 8
    for offset, frame in zip(unpack("<3I", made.fragments.offset_table), FRAMES, strict=True):
        item = data[first + offset :]
        assert item[:4] == b"\xfe\xff\x00\xe0"
        assert item[8:].startswith(frame[:100])


@pytest.mark.parametrize("table", ["basic", "none"])
@pytest.mark.parametrize("size", [None, 128])
def test_dcmtk_decodes_what_was_encapsulated(
    tmp_path: Path, peer: Callable[[str], str], table: str, size: int | None
) -> None:
    path, out = tmp_path / "a.dcm", tmp_path / "b.dcm"
    file_of(FRAMES, path, offset_table=table, fragment_size=size)
    subprocess.run([peer("dcmdjpeg"), str(path), str(out)], check=True, capture_output=True)
    np.testing.assert_array_equal(di.open(out).array(), di.open(path).array())


def test_what_cannot_be_encapsulated() -> None:
    for size in (3, 0):
        with pytest.raises(di.EncodeError):
            di.encapsulate(FRAMES, fragment_size=size)
    with pytest.raises(di.EncodeError, match="frame 1"):
        di.encapsulate([b"a", b""])
    assert len(di.encapsulate([]).fragments) == 0


RNG = np.random.default_rng(1)
ARRAYS: dict[str, tuple[Array, dict[str, object]]] = {
    "8 bits": (RNG.integers(0, 255, (5, 7), np.uint8), {}),
    "signed": (RNG.integers(-30000, 30000, (5, 7), np.int16), {}),
    "12 of 16": (RNG.integers(0, 4095, (5, 7), np.uint16), {"bits_stored": 12}),
    "frames": (RNG.integers(0, 255, (4, 5, 7), np.uint8), {}),
    "colour": (RNG.integers(0, 255, (5, 7, 3), np.uint8), {}),
    "planes": (RNG.integers(0, 255, (2, 5, 7, 3), np.uint8), {"planar": 1}),
    "YBR": (RNG.integers(0, 255, (5, 7, 3), np.uint8), {"photometric": "YBR_FULL"}),
    "32 bits": (RNG.integers(0, 2**31, (5, 7), np.uint32), {}),
    "one bit": (RNG.integers(0, 2, (3, 5, 7), np.uint8).astype(bool), {}),
    "float": (RNG.normal(size=(5, 7)).astype(np.float32), {}),
    "double": (RNG.normal(size=(2, 5, 7)), {}),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_pydicom_reads_the_pixels_that_were_set(tmp_path: Path, name: str) -> None:
    array, how = ARRAYS[name]
    dataset = header()
    di.set_pixels(dataset, array, **how)  # type: ignore[arg-type]
    path = tmp_path / "a.dcm"
    dc.write(dc.DicomFile.new(dataset, LITTLE), path)
    np.testing.assert_array_equal(pixel_array(path, raw=True), array)


@pytest.mark.parametrize("name", ["8 bits", "signed", "12 of 16", "colour", "planes"])
def test_dcmtk_reads_the_pixels_that_were_set(
    tmp_path: Path, peer: Callable[[str], str], name: str
) -> None:
    """As a picture without a window, which DCMTK draws from the stored values."""
    array, how = ARRAYS[name]
    dataset = header(Modality="OT")
    di.set_pixels(dataset, array, **how)  # type: ignore[arg-type]
    path, out = tmp_path / "a.dcm", tmp_path / "a.pnm"
    dc.write(dc.DicomFile.new(dataset, LITTLE), path)
    subprocess.run(
        [peer("dcm2pnm"), "+op", "+Wm" if array.shape[-1] != 3 else "-W", str(path), str(out)],
        check=True,
        capture_output=True,
    )
    head, *_ = out.read_bytes().split(b"\n255\n")
    assert head.split()[-2:] == [b"7", b"5"]
    pixels = np.frombuffer(out.read_bytes()[len(head) + 5 :], np.uint8)
    if array.shape[-1] == 3:
        want = array.reshape(-1, 5, 7, 3)[0]
        np.testing.assert_array_equal(pixels.reshape(5, 7, 3), want)
    else:
        order = np.argsort(array.ravel(), kind="stable")
        assert (np.diff(pixels[order].astype(int)) >= 0).all()


def test_attributes_that_are_no_longer_true_go() -> None:
    dataset = header(NumberOfFrames=3, PlanarConfiguration=0)
    dataset.SmallestImagePixelValue = 3
    dataset.FloatPixelData = bytes(8)
    one = di.set_pixels(dataset, np.zeros((4, 5), np.uint8))
    assert (one.rows, one.columns, one.frames) == (4, 5, 1)
    assert dataset.NumberOfFrames == 1
    for keyword in ("SmallestImagePixelValue", "FloatPixelData", "PlanarConfiguration"):
        assert keyword not in dataset
    di.set_pixels(dataset, np.zeros((4, 5), np.float64))
    for keyword in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        assert keyword not in dataset


@pytest.mark.parametrize(
    ("array", "how"),
    [
        (np.zeros((2, 2), np.float16), {}),
        (np.zeros((2, 2), complex), {}),
        (np.zeros(4, np.uint8), {}),
        (np.zeros((0, 4), np.uint8), {}),
        (np.zeros((2, 70000), np.uint8), {}),
        (np.zeros((2, 2), np.uint8), {"photometric": "RGB"}),
        (np.zeros((2, 2, 3), np.uint8), {"photometric": "YBR_FULL_422"}),
        (np.full((2, 2), 4096, np.uint16), {"bits_stored": 12}),
        (np.full((2, 2), -2049, np.int16), {"bits_stored": 12}),
        (np.zeros((2, 2), np.uint8), {"bits_stored": 9}),
        (np.zeros((2, 2, 3), np.uint8), {"planar": 2}),
    ],
)
def test_what_dicom_cannot_hold(array: Array, how: dict[str, object]) -> None:
    dataset = header()
    before = dataset.copy()
    with pytest.raises(di.EncodeError):
        di.set_pixels(dataset, array, **how)  # type: ignore[arg-type]
    assert dataset == before
