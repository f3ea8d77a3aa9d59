"""What every header says about its frame, and whether that agrees with the attributes, before anything is allocated."""

from typing import NamedTuple

from dicom_core import LimitExceeded

from .._descriptor import PixelDescriptor, SampleKind
from .._errors import DecodeError
from .._limits import PixelLimits

__all__ = ["FrameHeader", "agree", "check_size"]


class FrameHeader(NamedTuple):
    """The size of a frame as its own bytes give it."""

    rows: int
    columns: int
    samples: int
    precision: int
    """Bits of a sample."""
    signed: bool = False


def check_size(descriptor: PixelDescriptor, limits: PixelLimits) -> None:
    """Refuse a frame whose decoded size is over the limit."""
    size = descriptor.decoded_bytes
    if size > limits.frame:
        raise LimitExceeded("frame", size, "bytes of one decoded frame", "PixelLimits")


def agree(header: FrameHeader, descriptor: PixelDescriptor, limits: PixelLimits) -> None:
    """Refuse a codestream that would not give the frame that the attributes describe.

    A sample may have fewer bits than Bits Stored, and more where Bits Allocated holds them: encoders that give the
    width of their memory are common, and the bits above Bits Stored are dropped after decoding.
    """
    if descriptor.kind is not SampleKind.INTEGER:
        raise DecodeError("float pixel data cannot be encapsulated in this transfer syntax")
    if (header.rows, header.columns) != (descriptor.rows, descriptor.columns):
        raise DecodeError(
            f"the codestream has {header.rows} rows of {header.columns} pixels, "
            f"the attributes say {descriptor.rows} rows of {descriptor.columns}"
        )
    if header.samples != descriptor.samples:
        raise DecodeError(
            f"the codestream has {header.samples} samples a pixel, Samples per Pixel says {descriptor.samples}"
        )
    if not 1 <= header.precision <= max(8, descriptor.bits_allocated):
        raise DecodeError(
            f"the codestream has {header.precision} bits a sample, Bits Allocated is {descriptor.bits_allocated}"
        )
    check_size(descriptor, limits)
