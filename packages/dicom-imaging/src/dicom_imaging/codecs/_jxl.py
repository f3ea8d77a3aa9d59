"""JPEG XL by libjxl."""

import imagecodecs

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Decoded
from ._fit import fit
from ._headers import agree
from ._jxl_header import parse_jxl

__all__ = ["decode"]

_PI = PhotometricInterpretation


def decode(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame; a recompressed JPEG is decoded as any other."""
    stream = bytes(data)
    header = parse_jxl(stream)
    agree(header.frame, descriptor, limits)
    try:
        # frames decode in parallel, so that the threads of libjxl would only be in the way
        samples = imagecodecs.jpegxl_decode(stream, keeporientation=True, numthreads=1)
    except (RuntimeError, ValueError) as error:
        raise DecodeError(str(error)) from error
    given = _PI.RGB if header.converts else descriptor.photometric
    return Decoded(fit(samples, descriptor, header.frame.precision), given)
