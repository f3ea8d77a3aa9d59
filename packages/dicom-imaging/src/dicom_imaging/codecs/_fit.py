"""From what a decoder gives to the stored values that the attributes describe."""

from typing import TYPE_CHECKING

import numpy as np

from .._descriptor import PixelDescriptor
from .._errors import DecodeError

if TYPE_CHECKING:
    from ._codec import Pixels

__all__ = ["fit"]


def fit(
    samples: "Pixels", descriptor: PixelDescriptor, precision: int, *, signed: bool = False
) -> "Pixels":
    """The samples in the shape and dtype of the descriptor, C-contiguous.

    ``precision`` is how many bits of a sample may be set; the codestream says so, or Bits Allocated does. Where the
    codestream has no sign but the attributes do, the topmost of these bits is the sign; where it has and they do not,
    the bits are taken as they are. What stands above Bits Stored is dropped.
    """
    shape, dtype = descriptor.shape, np.dtype(descriptor.dtype)
    if samples.shape != shape:
        if samples.size != np.prod(shape, dtype=object):
            raise DecodeError(f"the decoder gave an array of {samples.shape}, not of {shape}")
        samples = samples.reshape(shape)
    stored = 1 if descriptor.bits_allocated == 1 else descriptor.bits_stored
    if samples.dtype != dtype:
        same = samples.dtype.itemsize == dtype.itemsize
        samples = samples.view(dtype) if same else samples.astype(dtype)
    width = dtype.itemsize * 8
    top = min(precision, stored)
    if stored < descriptor.high_bit + 1 <= precision:  # Bits Stored are not at the bottom
        top = descriptor.high_bit + 1
    below = max(0, top - stored)
    if descriptor.signed:
        if signed and not below and precision <= stored:
            return np.ascontiguousarray(samples)
        return _extended(samples, width - top, below)
    if signed or precision > stored:
        return _masked(samples, top, below, width)
    return np.ascontiguousarray(samples)


def _extended(samples: "Pixels", above: int, below: int) -> "Pixels":
    """The bits between, moved to the top of their cell and back, so that the sign fills what is above them."""
    if not (above or below):
        return np.ascontiguousarray(samples)
    moved = np.left_shift(samples, above, order="C")
    return np.right_shift(moved, above + below, out=moved)


def _masked(samples: "Pixels", top: int, below: int, width: int) -> "Pixels":
    if top < width:
        samples = np.bitwise_and(samples, samples.dtype.type((1 << top) - 1), order="C")
    return np.right_shift(samples, below, order="C") if below else np.ascontiguousarray(samples)
