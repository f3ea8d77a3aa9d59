"""Encoding JPEG-LS, lossless and near-lossless, by CharLS."""

import imagecodecs
import numpy as np

from .._descriptor import PixelDescriptor
from .._errors import EncodeError
from ._codec import Encoded, EncodeOptions, Pixels
from ._encoding import (
    as_unsigned,
    full_width,
    lossless_only,
    ready,
    refuse_float,
    refuse_palette,
    within,
)

__all__ = ["encode"]

_LOSSLESS = "1.2.840.10008.1.2.4.80"
_SPIFF = b"\xff\xe8"


def encode(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """One frame. The precision is Bits Allocated, as imagecodecs offers no other; negative values keep all bits."""
    refuse_float(descriptor, uid)
    pixels = ready(pixels, descriptor, uid)
    if descriptor.bits_allocated not in {8, 16}:
        raise EncodeError(
            f"JPEG-LS has 8 or 16 bits allocated, these are {descriptor.bits_allocated}", uid
        )
    if descriptor.samples not in {1, 3}:
        raise EncodeError("JPEG-LS in DICOM has 1 or 3 samples a pixel", uid)
    if uid == _LOSSLESS:
        lossless_only(options, uid)
    elif options.near:
        refuse_palette(descriptor, uid)
    if not 0 <= options.near <= 127:
        raise EncodeError(f"the largest error is {options.near}; it is 0 to 127", uid)
    within(pixels, descriptor, uid)
    data = _call(pixels, options.near, uid)
    if options.near:
        data = _bounded(data, pixels, descriptor, options.near, uid)
    return Encoded(data, full_width(descriptor), lossless=not options.near)


def _call(pixels: Pixels, near: int, uid: str) -> bytes:
    try:
        data = imagecodecs.jpegls_encode(as_unsigned(pixels), level=near)
    except (RuntimeError, ValueError) as error:
        raise EncodeError(str(error), uid) from error
    return _without_spiff(bytes(data))


def _without_spiff(data: bytes) -> bytes:
    """CharLS puts a SPIFF header in front, which older readers stumble over."""
    at = 2
    while data[at : at + 2] == _SPIFF:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:2] + data[at:]


def _bounded(
    data: bytes, pixels: Pixels, descriptor: PixelDescriptor, near: int, uid: str
) -> bytes:
    """The codestream has more bits than Bits Stored, so that an error may lead out of their range: then less is lost."""
    bits = descriptor.bits_stored
    if bits >= pixels.dtype.itemsize * 8:
        return data
    low = -(1 << (bits - 1)) if descriptor.signed else 0
    high = low + (1 << bits) - 1
    while near:
        decoded = np.asarray(imagecodecs.jpegls_decode(data)).view(pixels.dtype)
        if int(decoded.max()) <= high and int(decoded.min()) >= low:
            return data
        near -= 1
        data = _call(pixels, near, uid)
    return data
