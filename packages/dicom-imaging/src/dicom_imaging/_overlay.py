"""Overlay planes, groups 6000 to 601E: bitmaps over an image (PS3.3 C.9.2, C.9.3)."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ._attributes import integer, text
from ._errors import InvalidOverlay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

    from ._frame_source import FrameSource

__all__ = ["Overlay", "burn", "overlay_groups", "overlays"]

_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION = 0x0010, 0x0011, 0x0015, 0x0022
_TYPE, _SUBTYPE, _ORIGIN, _FRAME_ORIGIN = 0x0040, 0x0045, 0x0050, 0x0051
_ALLOCATED, _POSITION, _LABEL, _DATA = 0x0100, 0x0102, 0x1500, 0x3000
GROUPS: Final = range(0x6000, 0x6020, 2)


class Overlay(NamedTuple):
    """An overlay plane as it lies over one frame."""

    group: int
    """The group of its elements, such as 0x6000."""
    bitmap: "NDArray[np.uint8]"
    """0 and 1, rows by columns."""
    row: int
    """Where its first row lies; 0 is the first row of the image, and it may be negative."""
    column: int
    kind: str = "G"
    """``G`` graphics, ``R`` region of interest."""
    subtype: str = ""
    label: str = ""
    description: str = ""


def overlay_groups(ds: "Dataset") -> list[int]:
    """The groups in which an overlay begins, ascending; one whose elements are all empty is none."""
    return [
        group
        for group in GROUPS
        if any(integer(ds, group << 16 | key) is not None for key in (_ROWS, _COLUMNS))
    ]


def overlays(source: "FrameSource", frame: int = 0) -> list[Overlay]:
    """The overlay planes that lie over a frame. One that cannot be had raises `InvalidOverlay` with its group."""
    found = []
    for group in overlay_groups(source.dataset):
        plane = _overlay(source, frame, group)
        if plane is not None:
            found.append(plane)
    return found


def _overlay(source: "FrameSource", frame: int, group: int) -> Overlay | None:
    ds, base = source.dataset, group << 16
    rows, columns = integer(ds, base | _ROWS), integer(ds, base | _COLUMNS)
    if not rows or not columns:
        raise InvalidOverlay(group, "it has no rows or no columns")
    if (base | _DATA) in ds:
        at = _plane_of_frame(ds, base, frame)
        if at is None:
            return None
        bitmap = _from_data(ds, group, rows, columns, at)
    else:
        bitmap = _from_pixels(source, frame, group, rows, columns)
    row, column = _origin(ds, base)
    return Overlay(
        group, bitmap, row, column, text(ds, base | _TYPE) or "G", text(ds, base | _SUBTYPE),
        text(ds, base | _LABEL), text(ds, base | _DESCRIPTION),
    )  # fmt: skip


def _origin(ds: "Dataset", base: int) -> tuple[int, int]:
    """Counted from 0; the file counts from 1."""
    value = ds.get(base | _ORIGIN)
    if isinstance(value, tuple) and len(value) == 2:
        row, column = value
        if isinstance(row, int) and isinstance(column, int):
            return row - 1, column - 1
    return 0, 0


def _plane_of_frame(ds: "Dataset", base: int, frame: int) -> int | None:
    """Which plane of a multi-frame overlay lies over a frame (C.9.3.1.1); None for none."""
    planes = integer(ds, base | _FRAMES)
    if planes is None:
        return 0  # one plane lies over every frame
    at = frame + 1 - (integer(ds, base | _FRAME_ORIGIN) or 1)
    return at if 0 <= at < planes else None


def _from_data(
    ds: "Dataset", group: int, rows: int, columns: int, plane: int
) -> "NDArray[np.uint8]":
    """The bits of Overlay Data, the first pixel in the lowest bit (PS3.5 8.1.2)."""
    element = ds.element(group << 16 | _DATA)
    first = plane * rows * columns
    start, stop = first // 8, (first + rows * columns + 7) // 8
    if element.vr not in {"OB", "OW", "UN"}:
        raise InvalidOverlay(group, f"its data has the VR {element.vr}")
    if element.length < stop:
        raise InvalidOverlay(
            group, f"{rows} x {columns} bits need {stop} bytes, and {element.length} are there"
        )
    value = element.value
    if not isinstance(value, bytes):
        raise InvalidOverlay(group, "its data is no sequence of bytes")
    bits = np.unpackbits(np.frombuffer(value, np.uint8, stop - start, start), bitorder="little")
    skipped = first - start * 8
    return bits[skipped : skipped + rows * columns].reshape(rows, columns)


def _from_pixels(
    source: "FrameSource", frame: int, group: int, rows: int, columns: int
) -> "NDArray[np.uint8]":
    """An overlay in an unused bit of the pixel words, as PS3.3-2004 C.9.2 had it."""
    descriptor, ds = source.descriptor, source.dataset
    position = integer(ds, group << 16 | _POSITION)
    allocated = integer(ds, group << 16 | _ALLOCATED)
    if position is None or allocated in {None, 1}:
        raise InvalidOverlay(group, "it has no Overlay Data")
    if (
        descriptor.samples != 1
        or allocated != descriptor.bits_allocated
        or position >= descriptor.bits_allocated
    ):
        raise InvalidOverlay(
            group,
            f"bit {position} of {allocated} cannot be in pixels of {descriptor.bits_allocated} bits",
        )
    if descriptor.high_bit - descriptor.bits_stored < position <= descriptor.high_bit:
        raise InvalidOverlay(group, f"bit {position} is in use by the pixels themselves")
    if (rows, columns) != (descriptor.rows, descriptor.columns):
        raise InvalidOverlay(
            group,
            f"it has {rows} x {columns} bits in the pixels of an image of {descriptor.rows} x {descriptor.columns}",
        )
    words = _words(source, frame, group)
    return (words >> np.array(position, words.dtype) & 1).astype(np.uint8).reshape(rows, columns)


def _words(source: "FrameSource", frame: int, group: int) -> "NDArray[np.unsignedinteger]":
    """The pixel words of a frame with all their bits; decoding would have cleared those above Bits Stored."""
    descriptor = source.descriptor
    if descriptor.bits_allocated not in {8, 16}:
        raise InvalidOverlay(
            group, f"it is in pixels of {descriptor.bits_allocated} bits; only 8 and 16 are known"
        )
    data = source.dataset.get("PixelData")
    if not isinstance(data, bytes):
        raise InvalidOverlay(
            group, "it is in the bits of compressed pixels, where there is no room for it"
        )
    count, size = descriptor.rows * descriptor.columns, descriptor.bits_allocated // 8
    if len(data) < (frame + 1) * count * size:
        raise InvalidOverlay(group, f"the pixels of frame {frame} that hold it are not all there")
    return np.frombuffer(data, "u1" if size == 1 else "<u2", count, frame * count * size)


def burn(picture: "NDArray[np.uint8]", planes: list[Overlay]) -> None:
    """Draw overlays white into a grey or RGB picture; what lies outside of it is cut off."""
    rows, columns = picture.shape[:2]
    for plane in planes:
        height, width = plane.bitmap.shape
        top, left = max(0, plane.row), max(0, plane.column)
        bottom, right = min(rows, plane.row + height), min(columns, plane.column + width)
        if top < bottom and left < right:
            part = plane.bitmap[
                top - plane.row : bottom - plane.row, left - plane.column : right - plane.column
            ]
            picture[top:bottom, left:right][part != 0] = 255


# Tracebacks, reprs and pickles name the place that users import from
Overlay.__module__ = overlays.__module__ = "dicom_imaging"
