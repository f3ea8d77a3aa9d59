"""Native pixels: bytes to stored values and back, over all that PS3.5 8.1 allows, and what falls short of it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imaging_datasets import header, native

import dicom_core as dc
import dicom_imaging as di

BIG = "1.2.840.10008.1.2.2"
LITTLE = "1.2.840.10008.1.2.1"


Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]


@st.composite
def images(draw: st.DrawFn) -> tuple[Array, int, int]:
    """An array with frames, the bits that are stored, and the planar configuration."""
    dtype = np.dtype(draw(st.sampled_from("? u1 i1 u2 i2 u4 i4 u8 i8 f4 f8".split())))  # noqa: SIM905
    shape: tuple[int, ...] = tuple(draw(st.integers(1, most)) for most in (4, 9, 9))
    if dtype.kind != "b" and draw(st.booleans()):
        shape = (*shape, 3)
    bits = dtype.itemsize * 8
    stored = bits if dtype.kind in "bf" else draw(st.integers(1, bits))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(bool), 1, 0
    if dtype.kind == "f":
        return random.normal(size=shape).astype(dtype), bits, draw(st.integers(0, 1))
    raw = np.frombuffer(random.bytes(int(np.prod(shape)) * dtype.itemsize), dtype).reshape(shape)
    return np.right_shift(raw, bits - stored, dtype=dtype), stored, draw(st.integers(0, 1))


@given(images(), st.sampled_from([LITTLE, BIG]))
def test_what_was_set_is_decoded(made: tuple[Array, int, int], syntax: str) -> None:
    array, stored, planar = made
    dataset = header()
    color = array.ndim == 4
    one = di.set_pixels(
        dataset,
        array,
        photometric="RGB" if color else "MONOCHROME2",
        bits_stored=stored if array.dtype.kind in "ui" else None,
        planar=planar,
    )
    assert one == di.describe(dataset)
    if array.dtype.kind in "iu" and array.dtype.itemsize > 2:
        syntax = LITTLE  # cells of several words: writers of big endian do not agree on their order
    for source in (dataset, dc.DicomFile.new(dataset, syntax).to_bytes()):
        image = di.open(source)
        got = image.array()
        assert got.dtype == ("uint8" if array.dtype.kind == "b" else array.dtype)
        np.testing.assert_array_equal(got, array)
        last = image.frame(-1)
        np.testing.assert_array_equal(last, array[-1])
        assert last.flags.c_contiguous
        assert not image.findings


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize(
    ("stored", "high"), [(12, 11), (12, 15), (12, 13), (1, 0), (1, 15), (16, 15)]
)
def test_high_bit_and_bits_above(signed: int, stored: int, high: int) -> None:
    words = np.array([0x0000, 0xFFFF, 0x8000, 0x7FFF, 0x1234, 0xABCD], "<u2")
    dataset = native(
        words.tobytes(),
        BitsAllocated=16,
        BitsStored=stored,
        HighBit=high,
        PixelRepresentation=signed,
    )
    want = []
    for word in words.tolist():
        value = (word >> (high + 1 - stored)) & ((1 << stored) - 1)
        want.append(value - (1 << stored) if signed and value >> (stored - 1) else value)
    got = di.open(dataset).frame()
    assert got.ravel().tolist() == want
    assert got.dtype == ("int16" if signed else "uint16")


def test_one_bit_frames_begin_within_a_byte() -> None:
    bits = np.random.default_rng(7).integers(0, 2, (5, 3, 3), np.uint8)
    data = np.packbits(bits.ravel(), bitorder="little").tobytes()
    dataset = native(data, "OB", Rows=3, BitsAllocated=1, BitsStored=1, HighBit=0, NumberOfFrames=5)
    image = di.open(dataset)
    assert [image.frame(number).tolist() for number in range(5)] == bits.tolist()
    assert image.index.first_bit(1) == 1


@pytest.mark.parametrize("vr", ["OB", "OW"])
def test_big_endian_words_hold_small_cells(vr: str) -> None:
    """Cells of 8 bits and of 1 bit in OW are swapped in pairs of bytes, those in OB are not (PS3.5 8.1.1)."""
    for bits, frames in ((8, 3), (1, 5)):
        values = np.random.default_rng(bits).integers(0, 2**bits, (frames, 3, 3), np.uint8)
        data = (
            values.tobytes()
            if bits == 8
            else np.packbits(values.ravel(), bitorder="little").tobytes()
        )
        data += bytes(len(data) % 2)
        dataset = native(
            data,
            vr,
            Rows=3,
            BitsAllocated=bits,
            BitsStored=bits,
            HighBit=bits - 1,
            NumberOfFrames=frames,
        )
        file = dc.DicomFile.new(dataset, BIG).to_bytes()
        swapped = data[1::-1] in file and vr == "OW"
        assert swapped == (vr == "OW")
        np.testing.assert_array_equal(di.open(file).array(), values)


def test_twelve_packed_bits() -> None:
    """Two samples in three bytes, as ACR-NEMA 2.0 had it."""
    samples = [0x123, 0xABC, 0xFFF, 0x001, 0x800, 0x7FE, 0x555, 0xAAA, 0x0F0]
    number = sum(value << 12 * at for at, value in enumerate(samples))
    data = number.to_bytes(14, "little")
    dataset = native(
        data, Rows=1, Columns=3, BitsAllocated=12, BitsStored=12, HighBit=11, NumberOfFrames=3
    )
    assert di.open(dataset).array().ravel().tolist() == samples


def test_subsampled_chrominance_is_repeated() -> None:
    color = {"SamplesPerPixel": 3, "PlanarConfiguration": 0, "BitsAllocated": 8}
    half = native(
        bytes(range(16)), "OB", Rows=2, Columns=4, PhotometricInterpretation="YBR_FULL_422", **color
    )
    got = di.open(half).decoded()
    assert got.photometric == "YBR_FULL"
    assert got.pixels[0].tolist() == [[0, 2, 3], [1, 2, 3], [4, 6, 7], [5, 6, 7]]
    assert got.pixels[1, 3].tolist() == [13, 14, 15]
    quarter = native(
        bytes(range(12)),
        "OB",
        Rows=2,
        Columns=4,
        PhotometricInterpretation="YBR_PARTIAL_420",
        **color,
    )
    pixels = di.open(quarter).frame()
    assert pixels[:, :2].tolist() == [[[0, 4, 5], [1, 4, 5]], [[2, 4, 5], [3, 4, 5]]]
    assert pixels[1, 3].tolist() == [9, 10, 11]


def test_X16_subsampled_pixels_of_odd_width() -> None:
    color = {
        "SamplesPerPixel": 3,
        "PlanarConfiguration": 0,
        "PhotometricInterpretation": "YBR_FULL_422",
    }
    image = di.open(native(bytes(range(16)), "OB", Rows=2, Columns=3, **color))
    assert image.frame()[0].tolist() == [[0, 2, 3], [1, 2, 3], [4, 6, 7]]
    with pytest.raises(di.FrameExtractionError):
        di.open(native(bytes(12), "OB", Rows=2, Columns=3, **color)).frame()


def test_pixels_that_are_called_subsampled_and_are_not() -> None:
    color = {
        "SamplesPerPixel": 3,
        "PlanarConfiguration": 0,
        "PhotometricInterpretation": "YBR_FULL_422",
    }
    image = di.open(native(bytes(range(24)), "OB", Rows=2, Columns=4, **color))
    assert image.frame().ravel().tolist() == list(range(24))
    assert [finding.rule for finding in image.findings] == ["not-subsampled"]
    assert image.decoded().photometric == "YBR_FULL"


@pytest.mark.parametrize("length", [0, 4, 6, 10])
def test_X05_pixel_data_that_is_too_short(length: int) -> None:
    dataset = native(bytes(range(1, length + 1)), "OB", NumberOfFrames=2)
    image = di.open(dataset)
    assert [finding.rule for finding in image.findings] == ["pixel-data-short"]
    for number in range(2):
        if 6 * (number + 1) <= length:
            assert image.frame(number).ravel().tolist() == list(
                range(6 * number + 1, 6 * number + 7)
            )
            continue
        with pytest.raises(di.FrameExtractionError) as caught:
            image.frame(number)
        assert caught.value.frame == number
    with pytest.raises(di.FrameExtractionError) as caught:
        _ = di.open(dataset, options=di.PixelOptions(strict=True)).index
    assert caught.value.frame == length // 6
    padded = di.open(dataset, options=di.PixelOptions(pad=True)).array().ravel().tolist()
    assert padded == [*range(1, length + 1), *[0] * (12 - length)]


def test_X05_pixel_data_that_is_too_long() -> None:
    for extra, rules in ((0, []), (2, ["pixel-data-long"]), (8, ["pixel-data-long"])):
        image = di.open(native(bytes(6 + extra), "OB"))
        assert [finding.rule for finding in image.findings] == rules
        assert image.frame().shape == (2, 3)
    padded = native(bytes(10), "OB", Rows=3, Columns=3)  # the byte that makes the length even
    assert not di.open(padded).findings


def test_a_frame_is_a_view_where_it_can_be(tmp_path: Path) -> None:
    dataset = header()
    array = np.arange(24, dtype="u2").reshape(2, 3, 4)
    di.set_pixels(dataset, array)
    path = tmp_path / "a.dcm"
    dc.write(dc.DicomFile.new(dataset, LITTLE), path)
    for image in (
        di.open(path.read_bytes()),
        di.open(path, options=di.PixelOptions(mmap=True)),
    ):
        frame = image.frame(1)
        assert not frame.flags.owndata
        assert not frame.flags.writeable
        np.testing.assert_array_equal(frame, array[1])
