"""`describe`: what the attributes say, or which of them says something impossible (X02 to X04)."""

from typing import Final

import pytest
from imaging_datasets import header, native

import dicom_core as dc
import dicom_imaging as di

GROUP: Final = "(0028,"


def test_a_descriptor_is_made() -> None:
    one = di.describe(
        header(Rows=4, BitsAllocated=16, BitsStored=12, HighBit=11, PixelRepresentation=1)
    )
    assert one == di.PixelDescriptor(
        4, 3, 1, 16, 12, 11, True, di.PhotometricInterpretation.MONOCHROME2
    )
    assert (one.dtype, one.shape, one.decoded_bytes, one.frames) == ("int16", (4, 3), 24, 1)


@pytest.mark.parametrize(
    ("keyword", "tag"),
    [
        ("Rows", "(0028,0010)"),
        ("Columns", "(0028,0011)"),
        ("SamplesPerPixel", "(0028,0002)"),
        ("PhotometricInterpretation", "(0028,0004)"),
        ("BitsAllocated", "(0028,0100)"),
        ("BitsStored", "(0028,0101)"),
        ("PixelRepresentation", "(0028,0103)"),
    ],
)
def test_what_is_missing_is_named(keyword: str, tag: str) -> None:
    for dataset in (header(**{keyword: None}), header()):
        if keyword in dataset:
            dataset[keyword] = None  # empty
        with pytest.raises(di.MissingPixelDescriptor) as caught:
            di.describe(dataset)
        assert (caught.value.tag, caught.value.keyword) == (tag, keyword)


def test_what_real_files_leave_out_is_filled_in() -> None:
    dataset = header(HighBit=None, SamplesPerPixel=3, PhotometricInterpretation="RGB", BitsStored=8)
    dataset.NumberOfFrames = None
    one = di.describe(dataset)
    assert (one.high_bit, one.planar, one.frames) == (7, 0, 1)


@pytest.mark.parametrize(
    ("vr", "value"), [("US", 0), ("UL", 2), ("DS", "2"), ("SS", 2), ("LO", "two"), ("US", (2, 3))]
)
@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
def test_X02_sizes_that_are_no_number_above_0(keyword: str, vr: str, value: object) -> None:
    dataset = header()
    dataset.set(keyword, vr, value)
    with pytest.raises(di.InvalidPixelDescriptor) as caught:
        di.describe(dataset)
    assert caught.value.tag == str(dc.tags.Rows if keyword == "Rows" else dc.tags.Columns)
    assert caught.value.vr == vr
    assert keyword in str(caught.value)


@pytest.mark.parametrize("text", ["-1", "0", "1\\2", "two", "1.5", "9" * 13])
def test_X03_numbers_of_frames_that_are_none(text: str) -> None:
    dataset = native(bytes(6))
    dataset.set("NumberOfFrames", "LO", text.split("\\"))
    with pytest.raises(di.InvalidPixelDescriptor) as caught:
        di.describe(dataset)
    assert (caught.value.tag, caught.value.vr) == ("(0028,0008)", "LO")


@pytest.mark.parametrize(
    "bits",
    [
        (0, 8, 7), (7, 7, 6), (17, 16, 15), (65535, 16, 15), (8, 9, 8), (8, 0, 0), (16, 12, 16),
        (16, 12, 5), (24, 24, 23),
    ],
)  # fmt: skip
def test_X04_bits_that_do_not_fit(bits: tuple[int, int, int]) -> None:
    allocated, stored, high = bits
    with pytest.raises(di.InvalidPixelDescriptor) as caught:
        di.describe(header(BitsAllocated=allocated, BitsStored=stored, HighBit=high))
    assert caught.value.values == {
        "BitsAllocated": allocated,
        "BitsStored": stored,
        "HighBit": high,
    }
    assert all(str(one) in str(caught.value) for one in bits)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PhotometricInterpretation", "GREY"),
        ("SamplesPerPixel", 5),
        ("PixelRepresentation", 2),
        ("PlanarConfiguration", 2),
    ],
)
def test_values_that_the_standard_does_not_know(keyword: str, value: object) -> None:
    with pytest.raises(di.InvalidPixelDescriptor) as caught:
        di.describe(header(**{keyword: value}))
    assert keyword in str(caught.value)
    assert caught.value.values == {keyword: value}


@pytest.mark.parametrize(
    ("keyword", "bits", "dtype"),
    [("FloatPixelData", 32, "float32"), ("DoubleFloatPixelData", 64, "float64")],
)
def test_float_pixels_need_no_bits_stored(keyword: str, bits: int, dtype: str) -> None:
    dataset = header(BitsAllocated=bits, BitsStored=None, HighBit=None, PixelRepresentation=None)
    assert di.describe(dataset).dtype == dtype  # of a header alone, Bits Allocated tells
    dataset[keyword] = bytes(6 * bits // 8)
    assert di.describe(dataset).dtype == dtype
    dataset.BitsAllocated = 16
    with pytest.raises(di.InvalidPixelDescriptor):
        di.describe(dataset)


def test_functional_groups_are_found_by_frame() -> None:
    dataset = header(NumberOfFrames=2)
    for name, count in (("Shared", 1), ("PerFrame", 2)):
        items = []
        for number in range(count):
            item, macro = dc.Dataset(), dc.Dataset({"RescaleSlope": number + 1})
            item.set("PixelValueTransformationSequence", "SQ", [macro])
            items.append(item)
        dataset[f"{name}FunctionalGroupsSequence"] = items
    del dataset.PerFrameFunctionalGroupsSequence[1]["PixelValueTransformationSequence"]  # type: ignore[index]
    dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence[0].RescaleSlope = 7  # type: ignore[index]
    groups = di.FunctionalGroups(dataset)
    assert len(groups) == 2
    slopes = [groups.macro(frame, "PixelValueTransformationSequence") for frame in range(3)]
    assert [None if one is None else one["RescaleSlope"] for one in slopes] == [1, 7, 7]
    assert groups.macro(0, "PlanePositionSequence") is None
    assert groups.frame(2) is None
    empty = di.FunctionalGroups(header())
    assert empty.macro(0, "PlanePositionSequence") is None
    assert len(empty) == 0
