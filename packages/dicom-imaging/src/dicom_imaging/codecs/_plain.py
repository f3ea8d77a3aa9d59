"""Frames that are only wrapped: encapsulated uncompressed (PS3.5 A.4.11) and deflated image frames (PS3.5 A.4.12)."""

import zlib

import numpy as np

from .._descriptor import PixelDescriptor, SampleKind
from .._errors import DecodeError, EncodeError
from .._limits import PixelLimits
from .._native import decode_native, frame_bits
from ._codec import Bytes, Decoded, Encoded, EncodeOptions, Pixels
from ._encoding import full_width, lossless_only, ready, within
from ._headers import check_size

__all__ = ["decode_deflated", "decode_uncompressed", "encode_deflated", "encode_uncompressed"]


_LEVEL = 6


def decode_uncompressed(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame of native bytes, little endian."""
    check_size(descriptor, limits)
    return _decoded(memoryview(data), descriptor)


def decode_deflated(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame, deflated on its own (RFC 1951, without the header of zlib); no more is inflated than it has."""
    check_size(descriptor, limits)
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        raw = engine.decompress(data, _size(descriptor))
    except zlib.error as error:
        raise DecodeError(f"the deflated bytes are broken ({error})") from error
    return _decoded(memoryview(raw), descriptor)


def _size(descriptor: PixelDescriptor) -> int:
    return -(-frame_bits(descriptor) // 8)


def _decoded(raw: memoryview, descriptor: PixelDescriptor) -> Decoded:
    size = _size(descriptor)
    if len(raw) < size:
        raise DecodeError(f"a frame has {size} bytes, here are {len(raw)}", offset=len(raw))
    return Decoded(*decode_native(raw[:size], descriptor))


def encode_uncompressed(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """One frame of native bytes, little endian, in the planar configuration of the descriptor."""
    data = _to_native(pixels, descriptor, uid, options)
    return Encoded(data, full_width(descriptor), lossless=True)


def encode_deflated(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """One frame, deflated on its own; the effort is the level of zlib."""
    level = _LEVEL if options.effort is None else options.effort
    if not 1 <= level <= 9:
        raise EncodeError(f"the effort is {level}; it is 1 to 9", uid)
    raw = _to_native(pixels, descriptor, uid, options)
    engine = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Encoded(engine.compress(raw) + engine.flush(), full_width(descriptor), lossless=True)


def _to_native(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> bytes:
    lossless_only(options, uid)
    pixels = ready(pixels, descriptor, uid)
    if descriptor.kind is SampleKind.INTEGER:
        within(pixels, descriptor, uid)
    if descriptor.bits_allocated == 1:
        return np.packbits(pixels != 0, axis=None, bitorder="little").tobytes()
    if descriptor.samples > 1 and descriptor.planar:
        pixels = np.moveaxis(pixels, -1, 0)
    return pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
