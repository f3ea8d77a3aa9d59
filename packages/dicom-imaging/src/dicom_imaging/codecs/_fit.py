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
    stored = max(1, min(descriptor.bits_stored, descriptor.bits_allocated))
    if descriptor.bits_allocated == 1:
        stored = 1
    bits = min(stored, precision)
    width = dtype.itemsize * 8
    if samples.dtype != dtype:
        same = samples.dtype.itemsize == dtype.itemsize
        samples = samples.view(dtype) if same else samples.astype(dtype)
    if descriptor.signed:
        if signed and precision <= stored:
            return np.ascontiguousarray(samples)
        return _extended(samples, width - bits)
    if signed or precision > stored:
        return _masked(samples, bits, width)
    return np.ascontiguousarray(samples)


def _extended(samples: "Pixels", shift: int) -> "Pixels":
    if not shift:
        return np.ascontiguousarray(samples)
    moved = np.left_shift(samples, shift, order="C")
    return np.right_shift(moved, shift, out=moved)


def _masked(samples: "Pixels", bits: int, width: int) -> "Pixels":
    if bits >= width:
        return np.ascontiguousarray(samples)
    return np.bitwise_and(samples, samples.dtype.type((1 << bits) - 1), order="C")
