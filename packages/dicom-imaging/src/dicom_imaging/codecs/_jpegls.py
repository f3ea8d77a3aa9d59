"""JPEG-LS, lossless and near-lossless, by CharLS."""

import imagecodecs
import numpy as np

from .._descriptor import PixelDescriptor
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Decoded
from ._fit import fit
from ._headers import FrameHeader, agree
from ._jpeg_header import SOF55, parse_jpeg

__all__ = ["decode"]

_EOI = b"\xff\xd9"


def decode(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame."""
    stream = bytes(data)
    header = parse_jpeg(stream)
    if header.process != SOF55:
        raise DecodeError("the codestream is JPEG, not JPEG-LS")
    size = FrameHeader(header.rows, header.columns, len(header.components), header.precision)
    agree(size, descriptor, limits)
    if header.near > min(255, ((1 << header.precision) - 1) // 2):  # ISO 14495-1 C.2.3
        raise DecodeError(f"NEAR is {header.near}, which {header.precision} bits cannot have")
    try:
        # CharLS 2.4.3 looks for the end of a cut codestream for seconds unless there is one
        samples = imagecodecs.jpegls_decode(stream[header.start :] + _EOI)
    except (RuntimeError, ValueError) as error:
        raise DecodeError(str(error)) from error
    if descriptor.samples > 1 and samples.shape == (descriptor.samples, *descriptor.shape[:2]):
        samples = np.moveaxis(samples, 0, -1)  # interleave mode 0: plane after plane
    return Decoded(fit(samples, descriptor, header.precision), descriptor.photometric)
