"""What is drawn lies (X13 to X16): palettes, overlays, windows, profiles. Nothing is read outside, no table is giant."""

from collections.abc import Sequence
from struct import pack

import numpy as np
from numpy.typing import NDArray

import dicom_core as dc
import dicom_imaging as di

from .make import EXPLICIT, element, file, item
from .sandbox import attempt, hostile, over_budget, polite, refused

RAMP = np.arange(65536, dtype=np.uint16).reshape(256, 256)
SMALL = np.arange(256, dtype=np.uint8).reshape(16, 16)


def source(
    pixels: NDArray[np.generic], values: dc.Dataset | None = None, photometric: str = ""
) -> di.ArraySource:
    return di.ArraySource([pixels], values, photometric=photometric)


def palette(
    descriptor: Sequence[int], data: bytes, *, segmented: bool = False, vr: str = "US"
) -> dc.Dataset:
    ds = dc.Dataset()
    for colour in range(3):
        ds.set(0x00281101 + colour, vr, tuple(descriptor))
        ds.set((0x00281221 if segmented else 0x00281201) + colour, "OW", data)
    return ds


def words(*numbers: int) -> bytes:
    return pack(f"<{len(numbers)}H", *numbers)


@hostile(memory=300, seconds=60)
def test_X13_palettes_that_lie() -> None:
    # 0 entries are 65536, whether they are there or not
    for data in (words(*range(65536)), words(7, 9)):
        with over_budget(40):
            drawn = di.display_frame(source(RAMP, palette((0, 0, 16), data), "PALETTE COLOR"))
        assert drawn.shape == (256, 256, 3)
    # indices before the first and beyond the end take the first and the last colour
    ds = palette((2, 100, 8), b"\x11\x22")
    drawn = di.display_frame(source(SMALL, ds, "PALETTE COLOR"))[..., 0].reshape(-1)
    assert set(drawn[:101].tolist()) == {0x11}
    assert set(drawn[101:].tolist()) == {0x22}
    # a first index of -2^31, and other descriptors that cannot be
    for descriptor, vr in (((4, -(2**31), 16), "SL"), ((4, 65535, 16), "US"), ((4, 0, 99), "US")):
        ds = palette(descriptor, words(1, 2, 3, 4), vr=vr)
        attempt(di.display_frame, source(SMALL, ds, "PALETTE COLOR"))
    for ds in (palette((4, 0), words(1, 2, 3, 4)), palette((4, 0, 16), b""), dc.Dataset()):
        refused(di.display_frame, source(SMALL, ds, "PALETTE COLOR"))


@hostile(memory=300, seconds=60)
def test_X13_segmented_palettes_that_loop() -> None:
    loops = [
        words(2, 1, 0, 0),  # an indirect segment that names itself
        words(0, 1, 5, 2, 1, 6, 0),  # the same further on
        words(0, 1, 5, 2, 2, 0, 0),  # more segments than stand before it
        words(0, 1, 5, 2, 1, 2, 0),  # the middle of a segment
        words(0, 1, 5, 2, 1, 0xFFFF, 0xFFFF),  # far outside
        words(1, 9, 5),  # linear, with nothing before
        words(0, 60000, 5),  # cut off
        words(7, 7, 7),  # no such opcode
        words(0, 1, 5, 2),
    ]
    for data in loops:
        ds = palette((256, 0, 16), data, segmented=True)
        error = refused(di.display_frame, source(SMALL, ds, "PALETTE COLOR"))
        assert isinstance(error, di.InvalidLookupTable)
    # a bomb: every segment copies what stands before; the descriptor bounds the work
    bomb = words(0, 2, 1, 2) + words(*([1, 65535, 9] * 2000)) + words(*([2, 2000, 0, 0] * 60000))
    with over_budget(60):
        ds = palette((0, 0, 16), bomb, segmented=True)
        drawn = di.display_frame(source(SMALL, ds, "PALETTE COLOR"))
    assert drawn.shape == (16, 16, 3)
    # segments of no length do nothing, however many there are
    nothing = words(0, 1, 5) + words(*([1, 0, 0] * 80000))
    ds = palette((256, 0, 16), nothing, segmented=True)
    attempt(di.display_frame, source(SMALL, ds, "PALETTE COLOR"))


def overlay(values: dict[int, tuple[str, object]], group: int = 0x6002) -> dc.Dataset:
    ds = dc.Dataset()
    for key, (vr, value) in values.items():
        ds.set(group << 16 | key, vr, value)
    return ds


SIZE: dict[int, tuple[str, object]] = {0x10: ("US", 16), 0x11: ("US", 16)}


@hostile(memory=200, seconds=60)
def test_X14_overlays_that_lie() -> None:
    data = ("OW", b"\xff" * 32)
    embedded: dict[int, tuple[str, object]] = {0x100: ("US", 16), 0x102: ("US", 12)}
    wrong = [
        {0x10: ("US", 65535), 0x11: ("US", 65535), 0x3000: data},
        {0x10: ("US", 16), 0x11: ("US", 0), 0x3000: data},
        {0x10: ("US", 16), 0x3000: data},
        {**SIZE, 0x3000: ("OW", b"")},
        {**SIZE, 0x3000: ("US", 7)},
        SIZE,
        {**SIZE, **embedded},  # the pixels have 8 bits
        {**SIZE, 0x100: ("US", 8), 0x102: ("US", 3)},  # a bit of the pixels themselves
        {**SIZE, 0x15: ("IS", 1000000), 0x51: ("US", 1), 0x3000: ("OB", b"")},
    ]
    for values in wrong:
        with over_budget(20):
            error = refused(di.overlays, source(SMALL, overlay(values)), 0)
        assert isinstance(error, di.InvalidOverlay), error
        assert error.group == 0x6002
        assert "6002" in str(error)
    wide = source(
        np.zeros((16, 16), np.uint32), overlay({**SIZE, 0x100: ("US", 32), 0x102: ("US", 3)})
    )
    assert "6002" in str(refused(di.overlays, wide, 0))
    # where it lies may be anywhere: what is outside of the image is not drawn
    for origin in ((1, 1), (-32768, -32768), (32767, 32767), (10, -3)):
        ds = overlay({**SIZE, 0x50: ("SS", origin), 0x3000: data})
        drawn = di.display_frame(source(SMALL * 0, ds), overlays=True)
        assert drawn.shape == (16, 16)
        assert drawn.any() == (max(map(abs, origin)) < 16)


@hostile(memory=300, seconds=60)
def test_X15_numbers_that_are_none() -> None:
    rescale: list[dict[str, object]] = [
        {"RescaleSlope": "1E-30", "RescaleIntercept": "0"},
        {"RescaleSlope": "1E+308", "RescaleIntercept": "1E+308"},
        {"RescaleSlope": "-1E+308", "RescaleIntercept": "1E+308"},
        {"RescaleSlope": "0", "RescaleIntercept": "0"},
    ]
    for values in rescale:
        for window in (None, (40.0, 400.0)):
            with over_budget(30):
                image = source(RAMP, dc.Dataset(values))
                assert di.display_frame(image, window=window).dtype == np.uint8
                assert di.units(image, 0).values.shape == RAMP.shape
    windows: list[tuple[str, str]] = [
        ("40", "0"),
        ("40", "-1"),
        ("1E+308", "1E+308"),
        ("0", "1E-308"),
    ]
    for center, width in windows:
        ds = dc.Dataset({"WindowCenter": center, "WindowWidth": width})
        assert di.display_frame(source(RAMP, ds)).shape == RAMP.shape
        (found,) = di.windows(source(RAMP, ds))
        if not found.usable:
            assert isinstance(
                attempt(di.display_frame, source(RAMP, ds), window=0), di.InvalidWindow
            )
    for bad in ((float("nan"), 1.0), (1.0, float("nan")), (float("inf"), 1.0), (0.0, 0.0)):
        assert isinstance(refused(di.display_frame, source(RAMP), window=bad), di.InvalidWindow)
    # floats that are none are black
    floats = np.array([[np.nan, np.inf], [-np.inf, 1.0]], np.float32)
    assert di.display_frame(source(floats))[0, 0] == 0
    assert di.display_frame(source(floats), window=(0.0, 2.0))[0].tolist() == [0, 255]
    # text that is no number: the window is NaN and passed over, and the picture is drawn all the same
    for bad_text in (b"NaN ", b"abc ", b"1,5 "):
        text = element(0x00281050, "DS", bad_text + b" " * (len(bad_text) & 1)) + element(
            0x00281051, "DS", b"400 "
        )
        image = source(RAMP, dc.read_dataset(text, EXPLICIT))
        assert np.array_equal(di.display_frame(image), di.display_frame(source(RAMP)))


@hostile(memory=300, seconds=60)
def test_X15_tables_that_begin_far_away() -> None:
    for first in (-(2**31), 2**31 - 1):
        for tag in (0x00283000, 0x00283010):
            one = dc.Dataset()
            one.set(0x00283002, "SL", (3, first, 16))
            one.set(0x00283006, "US", (0, 100, 65535))
            ds = dc.Dataset()
            ds.set(tag, "SQ", [one])
            with over_budget(30):
                assert di.display_frame(source(RAMP, ds)).shape == RAMP.shape
                assert di.units(source(RAMP, ds), 0).values.shape == RAMP.shape


@hostile(memory=400, seconds=60)
def test_X16_planes_and_profiles_that_lie() -> None:
    rgb = bytes(range(48))
    head = (
        element(0x00280002, "US", words(3))
        + element(0x00280004, "CS", b"RGB ")
        + element(0x00280006, "US", words(7))
        + element(0x00280010, "US", words(4))
        + element(0x00280011, "US", words(4))
        + element(0x00280100, "US", words(8))
        + element(0x00280101, "US", words(8))
        + element(0x00280102, "US", words(7))
        + element(0x00280103, "US", words(0))
    )
    pixels = element(0x7FE00010, "OB", rgb)

    def drawn(body: bytes) -> None:
        image = di.open(file(body))
        for finding in image.findings:
            polite(str(finding))
        assert image.display(0).shape == (4, 4, 3)

    attempt(drawn, head + pixels)  # a planar configuration that is none
    good = head.replace(words(7) + pack("<HH", 0x28, 0x10), words(0) + pack("<HH", 0x28, 0x10))
    profile = b"\0\0\0\x84scnr" + b"\0" * 28 + b"acsp" + b"\0" * 92
    cases = {
        "icc-profile-ignored": profile,
        "icc-profile-malformed": b"\xff" * 200,
        "icc-profile-size": b"\0" * (17 << 20),
    }
    for rule, value in cases.items():
        body = good + element(0x00282000, "OB", value) + pixels
        image = di.open(file(body))
        assert [finding.rule for finding in image.findings] == [rule]
        drawn(body)
    # 100 MB of it in an optical path, announced and not there
    path = item(element(0x00282000, "OB", b"\0" * 64, length=100 << 20))
    body = good + element(0x00480105, "SQ", path) + pixels
    with over_budget(20):
        attempt(drawn, body)
