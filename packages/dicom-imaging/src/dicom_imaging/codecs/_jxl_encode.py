"""Encoding JPEG XL by libjxl."""

from collections.abc import Callable

import imagecodecs
import numpy as np

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import EncodeError
from ._codec import Encoded, EncodeOptions, Pixels
from ._encoding import full_width, lossless_only, ready, refuse_float, refuse_palette, within

__all__ = ["encode"]

_LOSSLESS = "1.2.840.10008.1.2.4.110"
_PI = PhotometricInterpretation
_encode: Callable[..., bytes | bytearray] = imagecodecs.jpegxl_encode
_EFFORT = 3  # 5 % larger than what libjxl does by default, at an eighth of the time
_QUALITY = 90


def encode(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """One frame, bare of the container."""
    refuse_float(descriptor, uid)
    pixels = ready(pixels, descriptor, uid)
    if descriptor.signed:
        raise EncodeError("JPEG XL has no signed samples; use JPEG 2000, JPEG-LS or RLE", uid)
    if descriptor.bits_allocated > 16:
        raise EncodeError(
            f"JPEG XL has 16 bits allocated at most, these are {descriptor.bits_allocated}", uid
        )
    if descriptor.samples not in {1, 3}:
        raise EncodeError("JPEG XL in DICOM has 1 or 3 samples a pixel", uid)
    within(pixels, descriptor, uid)
    effort = _EFFORT if options.effort is None else options.effort
    if not 1 <= effort <= 9:
        raise EncodeError(f"the effort is {effort}; it is 1 to 9", uid)
    lossless_only(options, uid)
    lossy = options.lossy and uid != _LOSSLESS
    words: dict[str, object] = {"lossless": True}
    if lossy:
        refuse_palette(descriptor, uid)
        quality = _QUALITY if options.quality is None else options.quality
        if not 1 <= quality <= 100:
            raise EncodeError(f"the quality is {quality}; it is 1 to 100", uid)
        words = {"level": round(quality)}
    bits = 1 if descriptor.bits_allocated == 1 else descriptor.bits_stored
    if bits <= 8:
        pixels = pixels.astype(np.uint8, copy=False)  # libjxl takes so few bits from bytes only
    try:
        data = _encode(
            pixels,
            effort=effort,
            bitspersample=bits,
            usecontainer=False,
            numthreads=1,
            **words,
        )
    except (RuntimeError, ValueError) as error:
        raise EncodeError(str(error), uid) from error
    colour = lossy and descriptor.samples == 3 and descriptor.photometric is _PI.RGB
    return Encoded(bytes(data), _PI.XYB if colour else full_width(descriptor), lossless=not lossy)
