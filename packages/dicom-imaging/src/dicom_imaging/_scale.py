"""Pictures in another size: cropped, scaled, with square pixels (PS3.3 C.7.6.3.1.7, 10.7.1.3). numpy only."""

from math import floor
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from ._attributes import numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._frame_source import FrameSource

__all__ = ["Crop", "Scaling", "crop", "fit", "pixel_aspect", "scale"]

Scaling = Literal["auto", "nearest", "area", "linear"]
Crop = tuple[int, int, int, int]
"""Left, top, width and height, in pixels of the frame."""


def pixel_aspect(source: "FrameSource", frame: int = 0) -> float:
    """The height of a pixel over its width; 1 where the file says nothing that makes sense.

    From Pixel Spacing (of the functional groups first), Imager Pixel Spacing, Nominal Scanned Pixel Spacing,
    else Pixel Aspect Ratio.
    """
    ds = source.dataset
    item = source.groups.macro(frame, "PixelMeasuresSequence")
    places = [(item, "PixelSpacing")] if item is not None else []
    places += [(ds, key) for key in _SPACINGS]
    for place, key in places:
        values = numbers(place, key)
        if len(values) >= 2 and all(0 < value < 1e9 for value in values[:2]):
            return values[0] / values[1]
    return 1.0


_SPACINGS: Final = (
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "PixelAspectRatio",
)


def crop(picture: "NDArray[np.generic]", box: Crop) -> "NDArray[np.generic]":
    """A part of a picture, as a view; ValueError where the box is not inside of it."""
    left, top, width, height = box
    rows, columns = picture.shape[:2]
    if (
        left < 0
        or top < 0
        or width < 1
        or height < 1
        or left + width > columns
        or top + height > rows
    ):
        raise ValueError(
            f"the crop {box} (left, top, width, height) is not inside of {columns} x {rows} pixels"
        )
    return picture[top : top + height, left : left + width]


def fit(
    width: int, height: int, viewport: tuple[int, int] | None, aspect: float = 1.0
) -> tuple[int, int]:
    """Width and height of a picture that fills a viewport (width, height) without changing its proportions.

    ``aspect``: the height of a pixel over its width. Without a viewport, the shorter side of a pixel becomes one pixel.
    """
    wide, high = (float(width), height * aspect) if aspect >= 1 else (width / aspect, float(height))
    if viewport is not None:
        if min(viewport) < 1:
            raise ValueError(f"the size {viewport} (width, height) must be positive")
        factor = min(viewport[0] / wide, viewport[1] / high)
        wide, high = wide * factor, high * factor
    return max(1, floor(wide + 0.5)), max(1, floor(high + 0.5))


def scale(
    picture: "NDArray[np.generic]", width: int, height: int, method: Scaling = "auto"
) -> "NDArray[np.generic]":
    """The picture in another size and the same dtype; integers are rounded.

    ``area`` averages what a pixel covers, ``linear`` interpolates between the centres of pixels, ``nearest`` picks one;
    ``auto`` is area where it shrinks and linear where it grows, for each direction.
    """
    if method not in {"auto", "nearest", "area", "linear"}:
        raise ValueError(f"the scaling {method!r} is not one of auto, nearest, area, linear")
    rows, columns = picture.shape[:2]
    if (rows, columns) == (height, width):
        return picture
    if method == "nearest":
        at_row, at_column = _nearest(rows, height), _nearest(columns, width)
        return np.ascontiguousarray(picture[at_row][:, at_column])
    made = _along(picture, height, method)
    turned = _along(np.swapaxes(made, 0, 1), width, method)
    made = np.swapaxes(turned, 0, 1)
    if picture.dtype.kind == "f":
        return np.ascontiguousarray(made, picture.dtype)
    # no clipping: means and interpolations stay between the values that they are made of
    return np.ascontiguousarray(np.floor(made + 0.5), picture.dtype)


def _nearest(length: int, wanted: int) -> "NDArray[np.intp]":
    """Which line each new one is taken from: the one in which its centre lies."""
    return np.minimum((np.arange(wanted) * 2 + 1) * length // (2 * wanted), length - 1)


def _along(lines: "NDArray[np.generic]", wanted: int, method: Scaling) -> "NDArray[np.float32]":
    """Scale the first axis, one new line after the other: memory for no more than the result."""
    length = len(lines)
    out = np.empty((wanted, *lines.shape[1:]), np.float32)
    if length == wanted:
        out[...] = lines
        return out
    shrinks = wanted < length
    if method == "linear" or (method == "auto" and not shrinks):
        at = np.clip((np.arange(wanted) + 0.5) * length / wanted - 0.5, 0, length - 1)
        first = np.minimum(at.astype(np.intp), max(0, length - 2))
        share = (at - first).astype(np.float32)
        for line in range(wanted):
            low, part = first[line], share[line]
            out[line] = lines[low] * (1 - part)
            if part:
                out[line] += lines[low + 1] * part
        return out
    edges = np.arange(wanted + 1) * length / wanted
    for line in range(wanted):
        start, stop = edges[line], edges[line + 1]
        low, high = int(start), min(length, int(np.ceil(stop)))
        # the share that the new line has of each old one
        weights = np.minimum(np.arange(low, high) + 1, stop) - np.maximum(
            np.arange(low, high), start
        )
        weights = (weights / weights.sum()).astype(np.float32)
        out[line] = np.tensordot(weights, lines[low:high].astype(np.float32), axes=1)
    return out
