"""Palettes, colours, overlays, inversion and tables, pixel by pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray

import dicom_core as dc
import dicom_imaging as di

GREY = np.arange(256, dtype=np.uint8).reshape(16, 16)
STEPS = np.arange(0, 256, 15, dtype=np.uint8)
CUBE = np.stack(np.meshgrid(STEPS, STEPS, STEPS, indexing="ij"), axis=-1).reshape(18, -1, 3)


def source(pixels: NDArray[np.generic], photometric: str = "", **values: object) -> di.ArraySource:
    return di.ArraySource([pixels], dc.Dataset(values), photometric=photometric)


def table(first: int, *entries: int, bits: int = 16) -> dc.Dataset:
    item = dc.Dataset()
    item.set(0x00283002, "US", (len(entries), first, bits))
    item.set(0x00283006, "US", entries)
    return item


@pytest.mark.parametrize("partial", [False, True])
def test_luminance_and_chrominance_are_rounded_exactly(partial: bool) -> None:
    ybr = CUBE.astype(np.float64)
    y, cb, cr = ybr[..., 0], ybr[..., 1] - 128, ybr[..., 2] - 128
    if partial:
        y, cb, cr = (y - 16) * 255 / 219, cb * 255 / 224, cr * 255 / 224
    # the inverse of the equations of C.7.6.3.1.2
    exact = np.stack(
        [y + 1.402 * cr, y - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587, y + 1.772 * cb],
        axis=-1,
    )
    made = di.display_frame(source(CUBE, "YBR_PARTIAL_420" if partial else "YBR_FULL"))
    assert np.array_equal(made, np.floor(np.clip(exact, 0, 255) + 0.5))


def test_rgb_of_16_bits() -> None:
    made = di.display_frame(source(CUBE.astype(np.uint16) * 257))
    assert np.array_equal(made, CUBE)


@pytest.mark.parametrize("photometric", ["HSV", "YBR_RCT", "XYB"])
def test_colour_spaces_that_are_none(photometric: str) -> None:
    if photometric == "YBR_RCT":  # it exists only inside a codestream: these samples are RGB
        assert np.array_equal(di.display_frame(source(CUBE, photometric)), CUBE)
        return
    with pytest.raises(di.UnsupportedPhotometric, match=photometric):
        di.display_frame(source(CUBE, photometric))


def test_four_samples_are_refused_by_name() -> None:
    for photometric in ("ARGB", "CMYK"):
        with pytest.raises(di.UnsupportedPhotometric, match=photometric):
            di.display_frame(source(np.zeros((2, 2, 4), np.uint8), photometric))


def test_low_values_are_white() -> None:
    dark = di.display_frame(source(GREY), window="auto")
    for bright in (
        source(GREY, "MONOCHROME1"),
        source(GREY, PresentationLUTShape="INVERSE"),
        source(GREY, "MONOCHROME1", PresentationLUTShape="INVERSE"),
    ):
        assert np.array_equal(di.display_frame(bright), 255 - dark)
        assert np.array_equal(di.display_frame(bright, invert=False), dark)
    assert np.array_equal(di.display_frame(source(GREY), invert=True), 255 - dark)


def test_presentation_lut_sequence() -> None:
    made = di.display_frame(
        source(GREY, PresentationLUTSequence=[table(0, 0, 65535, 0)]), window="auto"
    )
    assert made[0, 0] == 0
    assert made[15, 15] == 0
    assert made[8, 0] == 255


def test_voi_luts_begin_at_signed_values() -> None:
    pixels = np.array([[-3, -2, -1, 0, 9]], np.int16)
    made = source(pixels, VOILUTSequence=[table(65534, 0, 100, 65535)])  # -2 written as US
    assert di.display_frame(made).tolist() == [[0, 0, 0, 255, 255]]


def test_entries_of_8_bits_packed_in_words() -> None:
    item = dc.Dataset()
    item.set(0x00283002, "US", (4, 0, 8))
    item.set(0x00283006, "OW", bytes([0, 80, 160, 255]))
    pixels = np.array([[0, 1, 2, 3]], np.uint8)
    assert di.display_frame(source(pixels, VOILUTSequence=[item])).tolist() == [[0, 80, 160, 255]]


def test_a_voi_lut_comes_before_a_window_unless_told() -> None:
    item = table(0, 65535, 0)
    item.LUTExplanation = "STEP"
    image = source(GREY, VOILUTSequence=[item], WindowCenter="128", WindowWidth="256")
    assert di.display_frame(image)[0, 0] == 255
    assert di.display_frame(image, lut=False)[0, 0] == 0
    assert np.array_equal(di.display_frame(image, window=1), di.display_frame(image, window="step"))


def palette_of(first: int, colours: list[tuple[int, int, int]], bits: int = 16) -> dc.Dataset:
    ds = dc.Dataset()
    for channel in range(3):
        ds.set(0x00281101 + channel, "US", (len(colours), first, bits))
        data = np.array([colour[channel] for colour in colours], "<u2").tobytes()
        ds.set(0x00281201 + channel, "OW", data)
    return ds


def test_supplemental_palette() -> None:
    ds = palette_of(200, [(65535, 0, 0), (0, 65535, 0)])
    ds.PixelPresentation = "COLOR"
    made = di.display_frame(di.ArraySource([GREY], ds))
    assert made.shape == (16, 16, 3)
    flat = made.reshape(-1, 3)
    assert flat[200].tolist() == [255, 0, 0]
    assert flat[255].tolist() == [0, 255, 0]
    assert flat[199].tolist() == [
        255,
        255,
        255,
    ]  # the brightest grey: colours have no share in the range
    assert flat[0].tolist() == [0, 0, 0]
    del ds["PixelPresentation"]
    assert di.display_frame(di.ArraySource([GREY], ds)).ndim == 2


def test_segmented_palette_in_words_and_bytes() -> None:
    words = np.array([0, 2, 0, 100, 1, 2, 200, 2, 1, 0, 0], "<u2").tobytes()
    octets = bytes([0, 2, 0, 100, 1, 2, 200, 0])
    for data, bits, length in ((words, 16, 6), (octets, 8, 4)):
        ds = dc.Dataset()
        for channel in range(3):
            ds.set(0x00281101 + channel, "US", (length, 0, bits))
            ds.set(0x00281221 + channel, "OW", data)
        made = di.display_frame(di.ArraySource([GREY], ds, photometric="PALETTE COLOR"))
        assert made[0, :4, 0].tolist() == [0, 100, 150, 200]


def overlay_of(ds: dc.Dataset, group: int, **values: tuple[str, object]) -> None:
    keys = {"rows": 0x10, "columns": 0x11, "frames": 0x15, "origin": 0x50, "first": 0x51, "allocated": 0x100,
            "position": 0x102, "data": 0x3000, "label": 0x1500}  # fmt: skip
    for name, (vr, value) in values.items():
        ds.set(group << 16 | keys[name], vr, value)


def test_overlays_lie_where_they_say_and_over_their_frames() -> None:
    ds = dc.Dataset()
    overlay_of(
        ds, 0x6002, rows=("US", 2), columns=("US", 3), frames=("IS", 2), first=("US", 2), origin=("SS", (3, 4)),
        data=("OW", bytes([0b01_101011, 0b1010])), label=("LO", "ROI"),
    )  # fmt: skip
    image = di.ArraySource([GREY * 0] * 3, ds)
    assert di.overlays(image, 0) == []
    (plane,) = di.overlays(image, 1)
    assert plane.bitmap.tolist() == [[1, 1, 0], [1, 0, 1]]
    assert (plane.row, plane.column, plane.label) == (2, 3, "ROI")
    (second,) = di.overlays(image, 2)
    assert second.bitmap.tolist() == [[1, 0, 0], [1, 0, 1]]
    drawn = di.display_frame(image, 1, overlays=True)
    assert drawn[2:4, 3:6].tolist() == [[255, 255, 0], [255, 0, 255]]
    assert drawn.sum() == 4 * 255


def test_overlay_in_the_high_bits() -> None:
    stored = np.arange(16, dtype=np.uint16).reshape(4, 4) * 200
    bits = np.indices((4, 4)).sum(axis=0) % 2
    ds = dc.Dataset()
    ds.set(0x7FE00010, "OW", (stored | bits << 15).astype("<u2").tobytes())
    overlay_of(
        ds, 0x6000, rows=("US", 4), columns=("US", 4), allocated=("US", 16), position=("US", 15)
    )
    image = di.ArraySource([stored], ds, bits=12)
    (plane,) = di.overlays(image, 0)
    assert np.array_equal(plane.bitmap, bits)


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64]
)
def test_all_kinds_of_pixels_are_drawn_by_the_same_formula(dtype: type[np.generic]) -> None:
    pixels = np.linspace(0, 100, 256).astype(dtype).reshape(16, 16)
    made = di.display_frame(source(pixels), window=(50, 81))
    window = di.Window(50, 81)
    assert np.array_equal(made, np.floor(window(pixels) * 255 + 0.5))


@pytest.mark.parametrize("window", [(40, 400), (-600, 1500), (300, 2), (1024, 4096), (127.5, 255)])
@pytest.mark.parametrize("slope", ["1", "0.5", "3.774114"])
@pytest.mark.parametrize("invert", [False, True])
def test_arithmetic_and_table_agree(window: tuple[float, float], slope: str, invert: bool) -> None:
    stored = np.arange(-32768, 32768, dtype=np.int16).reshape(256, 256)
    image = di.ArraySource(
        [stored], dc.Dataset({"RescaleSlope": slope, "RescaleIntercept": "-1024"})
    )
    made = di.display_frame(image, window=window, invert=invert)
    level = di.Window(*window)(stored.astype(np.float64) * float(slope) - 1024)
    expected = np.floor(level * 255 + 0.5)
    assert np.array_equal(made, 255 - expected if invert else expected)


def test_out_is_filled_and_checked() -> None:
    out = np.empty((16, 16), np.uint8)
    assert di.display_frame(source(GREY), out=out) is out
    with pytest.raises(ValueError, match="shape"):
        di.display_frame(source(GREY), out=np.empty((16, 15), np.uint8))


def test_tables_are_bounded() -> None:
    display = di.Display(source(GREY), tables=4)
    for center in range(200):
        display.frame(0, window=(center, 10))
    assert len(display._plans._tables._tables) <= 4
    assert len(display._plans._made) <= 64
