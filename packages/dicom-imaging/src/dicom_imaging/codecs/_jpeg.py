"""JPEG baseline, extended, progressive and lossless, decoded by libjpeg-turbo."""

from typing import TYPE_CHECKING

import imagecodecs
import numpy as np

from dicom_core import LimitExceeded

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Decoded
from ._fit import fit
from ._headers import FrameHeader, agree
from ._jpeg_header import JpegHeader, parse_jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decode"]

_PROCESSES = {0xC0, 0xC1, 0xC2, 0xC3}
_PROGRESSIVE, _LOSSLESS = 0xC2, 0xC3
_EOI, _SOS = b"\xff\xd9", b"\xff\xda"
_PI = PhotometricInterpretation
# The same colour space in and out, so that nothing is converted: samples of YCbCr stay such.
_SPACES = {3: "rgb", 4: "cmyk"}


def decode(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame of any JPEG process, whichever of the JPEG transfer syntaxes its label is."""
    whole = bytes(data)
    header = parse_jpeg(whole)
    if header.process not in _PROCESSES:
        kind = (
            "JPEG-LS"
            if header.process == 0xF7
            else f"the JPEG process of SOF{header.process - 0xC0}"
        )
        raise DecodeError(f"the codestream is {kind}, which this transfer syntax does not have")
    size = FrameHeader(header.rows, header.columns, len(header.components), header.precision)
    agree(size, descriptor, limits)
    stream = whole[header.start :]
    if 8 * len(stream) < _fewest_bits(header):
        raise DecodeError(f"an image of this size is not in {len(stream)} bytes", offset=len(whole))
    # inside a scan FF is followed by 00 (ISO 10918-1 B.1.1.5); nothing is decoded after the only scan of an image
    several = header.process == _PROGRESSIVE or header.scanned < len(header.components)
    if several and (scans := stream.count(_SOS)) > limits.scans:
        raise LimitExceeded("scans", scans, "scans of one JPEG image", "PixelLimits")
    ended = _EOI in stream[-64:] or stream.rfind(_EOI) > stream.rfind(_SOS)
    space = _SPACES.get(len(header.components))
    samples = _samples(stream, space) if ended else _without_end(stream, space)
    if header.process == _LOSSLESS and header.precision > 8 and samples.dtype.itemsize == 1:
        raise DecodeError("the decoder gave fewer bits than the frame header says")
    return Decoded(fit(samples, descriptor, header.precision), _photometric(header, descriptor))


def _fewest_bits(header: JpegHeader) -> int:
    """No code is shorter than a bit, and each sample has one, or each block of 8 x 8."""
    if header.process == _LOSSLESS:
        return header.rows * header.columns * len(header.components)
    return -(-header.rows // 8) * -(-header.columns // 8)


def _samples(stream: bytes, space: str | None) -> "NDArray[np.unsignedinteger]":
    try:
        samples: NDArray[np.unsignedinteger] = imagecodecs.jpeg8_decode(
            stream, colorspace=space, outcolorspace=space
        )
    except (RuntimeError, ValueError) as error:
        raise DecodeError(str(error)) from error
    return samples


def _without_end(stream: bytes, space: str | None) -> "NDArray[np.unsignedinteger]":
    """An image without EOI is whole if it does not depend on what comes after its last byte."""
    stream = stream.rstrip(b"\xff")  # half of a marker
    first = _samples(stream + _EOI, space)
    if not np.array_equal(first, _samples(stream + b"\xa5" * 64 + _EOI, space)):
        raise DecodeError("the codestream ends before the image does", offset=len(stream))
    return first


def _photometric(header: JpegHeader, descriptor: PixelDescriptor) -> PhotometricInterpretation:
    """What the samples are: an Adobe or JFIF segment is about them, the attribute may be about the original."""
    named = descriptor.photometric
    if len(header.components) != 3:
        return named
    if header.process == _LOSSLESS:  # here a segment only says that nothing was converted
        return named
    if header.adobe == 0:
        return _PI.RGB if named.is_ybr else named
    ycc = header.adobe == 1 or header.jfif
    if ycc and not named.is_ybr:
        return _PI.YBR_FULL_422 if header.subsampled else _PI.YBR_FULL
    return named
