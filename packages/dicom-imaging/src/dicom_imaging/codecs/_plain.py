"""Frames that are only wrapped: encapsulated uncompressed (PS3.5 A.4.11) and deflated image frames (PS3.5 A.4.12)."""

import zlib

import numpy as np

from .._descriptor import PixelDescriptor, SampleKind
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Decoded, Pixels
from ._fit import fit
from ._headers import check_size

__all__ = ["decode_deflated", "decode_uncompressed"]


def decode_uncompressed(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame of native bytes, little endian."""
    check_size(descriptor, limits)
    return Decoded(_native(memoryview(data), descriptor), descriptor.photometric)


def decode_deflated(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame, deflated on its own (RFC 1951, without the header of zlib)."""
    check_size(descriptor, limits)
    size = _native_size(descriptor)
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = engine.decompress(data, size)
    except zlib.error as error:
        raise DecodeError(f"the deflated bytes are broken ({error})") from error
    return Decoded(_native(memoryview(raw), descriptor), descriptor.photometric)


def _native_size(descriptor: PixelDescriptor) -> int:
    bits = descriptor.rows * descriptor.columns * descriptor.samples * descriptor.bits_allocated
    return -(-bits // 8)


def _native(raw: memoryview, descriptor: PixelDescriptor) -> Pixels:
    size = _native_size(descriptor)
    if len(raw) < size:
        raise DecodeError(f"a frame has {size} bytes, here are {len(raw)}", offset=len(raw))
    count = descriptor.rows * descriptor.columns * descriptor.samples
    if descriptor.bits_allocated == 1:
        packed = np.frombuffer(raw, np.uint8, size)
        bits = np.unpackbits(packed, count=count, bitorder="little")
        return bits.reshape(descriptor.shape)
    samples: Pixels
    samples = np.frombuffer(raw, np.dtype(descriptor.dtype).newbyteorder("<"), count)
    samples = samples.astype(
        descriptor.dtype
    )  # a copy of our own, in the byte order of the machine
    if descriptor.samples > 1 and descriptor.planar:
        planes = samples.reshape(descriptor.samples, descriptor.rows, descriptor.columns)
        samples = np.ascontiguousarray(np.moveaxis(planes, 0, -1))
    if descriptor.kind is not SampleKind.INTEGER:
        return samples.reshape(descriptor.shape)
    return fit(samples, descriptor, descriptor.bits_allocated)
