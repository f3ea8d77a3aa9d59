"""dicom-imaging, display: palettes, segments, lookup tables, overlays, windows of a data set from anybody."""

from collections.abc import Sequence
from struct import pack

import numpy as np

import dicom_core as dc
import dicom_imaging as di

from .surface import Surface, polite

__all__ = ["SURFACES"]

_GREY = np.arange(256, dtype=np.uint8).reshape(16, 16)
_SIGNED = (np.arange(256, dtype=np.int16) * 256).reshape(16, 16)
_LIMIT = 1 << 16


def _words(*numbers: int) -> bytes:
    return pack(f"<{len(numbers)}H", *(number & 0xFFFF for number in numbers))


def _palette(data: bytes, *, segmented: bool) -> bytes:
    ds = dc.Dataset()
    for colour in range(3):
        ds.set(0x00281101 + colour, "US", (16, 0, 16))
        ds.set((0x00281221 if segmented else 0x00281201) + colour, "OW", data)
    return ds.to_bytes()


def display_seeds() -> Sequence[bytes]:
    table = dc.Dataset()
    table.set(0x00283002, "US", (4, 63488, 12))
    table.set(0x00283006, "OW", _words(0, 100, 2000, 4095))
    tables = dc.Dataset({"VOILUTSequence": [table], "ModalityLUTSequence": [table.copy()]})
    overlay = dc.Dataset()
    for key, vr, value in (
        (0x10, "US", 16), (0x11, "US", 16), (0x40, "CS", "G"), (0x50, "SS", (1, -2)), (0x100, "US", 1),
        (0x102, "US", 0), (0x3000, "OW", b"\x55" * 32),
    ):  # fmt: skip
        overlay.set(0x60000000 | key, vr, value)
    window = dc.Dataset(
        {"WindowCenter": ("40", "1"), "WindowWidth": ("400", "0"), "VOILUTFunction": "SIGMOID"}
    )
    window.update(
        {"RescaleSlope": "2", "RescaleIntercept": "-1024", "PixelAspectRatio": ("4", "3")}
    )
    return [
        _palette(_words(*range(16)), segmented=False),
        _palette(_words(0, 2, 1, 9, 1, 6, 900, 2, 1, 0, 0), segmented=True),
        tables.to_bytes(),
        overlay.to_bytes(),
        window.to_bytes(),
    ]


def feed_display(data: bytes) -> None:
    """Drawing gives a picture of the right shape, or says in a sentence why not; so do units, windows and overlays."""
    try:
        ds = dc.read_dataset(data)
    except dc.DicomError:
        return
    for pixels, photometric in (
        (_GREY, "PALETTE COLOR"),
        (_GREY, "MONOCHROME1"),
        (_SIGNED, "MONOCHROME2"),
    ):
        source = di.ArraySource([pixels], ds, photometric=photometric)
        try:
            drawn = di.display_frame(source, overlays=True)
            if drawn.shape[:2] != pixels.shape or drawn.dtype != np.uint8:
                raise AssertionError(f"a picture of {drawn.shape} in {drawn.dtype}")
        except dc.DicomError as error:
            polite(error)
        for look in (di.units, di.overlays, di.windows, di.real_world):
            try:
                look(source, 0)
            except dc.DicomError as error:
                polite(error)
        try:
            di.render(source, size=(8, 8), aspect=True)
        except dc.DicomError as error:
            polite(error)


def segment_seeds() -> Sequence[bytes]:
    return [
        _words(0, 2, 1, 9, 1, 6, 900, 2, 1, 0, 0),
        _words(0, 1, 5) + _words(1, 200, 65535) * 4,
        _words(0, 3, 1, 2, 3, 2, 1, 0, 0, 2, 2, 0, 0),
    ]


def feed_segments(data: bytes) -> None:
    """Segments expand to no more than was announced, in words and in bytes."""
    for bits in (8, 16):
        ds = dc.Dataset()
        for colour in range(3):
            ds.set(0x00281101 + colour, "US", (256, 0, bits))
            ds.set(0x00281221 + colour, "OW", data[:_LIMIT] + b"\0" * (len(data[:_LIMIT]) & 1))
        try:
            di.display_frame(di.ArraySource([_GREY], ds, photometric="PALETTE COLOR"))
        except dc.DicomError as error:
            polite(error)


SURFACES = (
    Surface("display", display_seeds, feed_display, ("dicom_imaging",), 60),
    Surface("segmented-palettes", segment_seeds, feed_segments, ("dicom_imaging",), 1000),
)
