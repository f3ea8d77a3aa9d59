"""Pixel Padding Value (0028,0120) and Range Limit (0028,0121): pixels that are no image (PS3.3 C.7.5.1.1.2)."""

from typing import TYPE_CHECKING

import numpy as np

from ._attributes import integer
from ._descriptor import SampleKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._frame_source import FrameSource

__all__ = ["padding_mask", "padding_range"]


def padding_range(source: "FrameSource") -> tuple[float, float] | None:
    """The lowest and the highest stored value that is padding, both included; None where the file names none."""
    ds, descriptor = source.dataset, source.descriptor
    if descriptor.samples != 1:
        return None
    if descriptor.kind is not SampleKind.INTEGER:
        prefix = "Float" if descriptor.kind is SampleKind.FLOAT else "DoubleFloat"
        low, high = (ds.get(f"{prefix}PixelPadding{part}") for part in ("Value", "RangeLimit"))
        if not isinstance(low, int | float):
            return None
        high = high if isinstance(high, int | float) else low
        return float(min(low, high)), float(max(low, high))
    first = integer(ds, "PixelPaddingValue")
    if first is None:
        return None
    last = integer(ds, "PixelPaddingRangeLimit")
    ends = [_stored(value, source) for value in (first, first if last is None else last)]
    return min(ends), max(ends)


def _stored(value: int, source: "FrameSource") -> int:
    """The value as the pixels have it: written with the wrong sign, it means the same bits."""
    bits = source.descriptor.bits_allocated
    value &= (1 << bits) - 1
    if source.descriptor.signed and value >> (bits - 1):
        value -= 1 << bits
    return value


def padding_mask(
    source: "FrameSource", pixels: "NDArray[np.generic]"
) -> "NDArray[np.bool_] | None":
    """Which stored values are padding; None where the file names no padding value."""
    ends = padding_range(source)
    if ends is None:
        return None
    low, high = ends
    if low == high:
        return np.asarray(pixels == low)
    return np.asarray(np.greater_equal(pixels, low) & np.less_equal(pixels, high))


# Tracebacks, reprs and pickles name the place that users import from
padding_mask.__module__ = "dicom_imaging"
