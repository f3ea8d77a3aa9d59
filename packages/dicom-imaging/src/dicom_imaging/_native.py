"""Native pixels: from the bytes of a frame to stored values (PS3.5 8.1, PS3.3 C.7.6.3.1)."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._descriptor import PhotometricInterpretation, PixelDescriptor, SampleKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .codecs import Bytes, Pixels

__all__ = ["decode_native", "frame_bits", "is_subsampled", "stored_values", "swap_words"]

_HALF_WIDTH: Final = frozenset(
    (PhotometricInterpretation.YBR_FULL_422, PhotometricInterpretation.YBR_PARTIAL_422)
)
_HALF_BOTH: Final = PhotometricInterpretation.YBR_PARTIAL_420


def is_subsampled(descriptor: PixelDescriptor) -> bool:
    """Whether several luminances share one pair of chrominances in native pixels (PS3.3 C.7.6.3.1.2)."""
    return descriptor.samples == 3 and (
        descriptor.photometric in _HALF_WIDTH or descriptor.photometric is _HALF_BOTH
    )


def frame_bits(descriptor: PixelDescriptor) -> int:
    """The bits of one frame as native pixel data holds it, exactly."""
    rows, columns, bits = descriptor.rows, descriptor.columns, descriptor.bits_allocated
    if not is_subsampled(descriptor):
        return rows * columns * descriptor.samples * bits
    pairs = -(-columns // 2)
    if descriptor.photometric is _HALF_BOTH:
        return -(-rows // 2) * pairs * 6 * bits
    return rows * pairs * 4 * bits


def swap_words(data: "Bytes") -> bytes:
    """Big endian 16-bit words as little endian ones: cells below 16 bits are packed into words (PS3.5 8.1.1)."""
    whole = len(data) & ~1
    swapped = np.frombuffer(data[:whole], ">u2").astype("<u2").tobytes()
    return swapped + bytes(data[whole:])


def decode_native(
    data: "Bytes", descriptor: PixelDescriptor, *, first_bit: int = 0, big: bool = False
) -> "tuple[Pixels, PhotometricInterpretation]":
    """Stored values of one frame, and the colour space that they are in.

    ``data``: the bytes that hold the frame, which begins at ``first_bit`` of the first one; ``big``: samples of 16 bits
    and more are big endian. The result is a read-only view of the bytes wherever they are what is wanted.
    """
    photometric = descriptor.photometric
    samples = _samples(data, descriptor, first_bit, big)
    if is_subsampled(descriptor):
        # chrominance has full width then, and the name says so where there is one
        if photometric is PhotometricInterpretation.YBR_FULL_422:
            photometric = PhotometricInterpretation.YBR_FULL
        return stored_values(_expanded(samples, descriptor), descriptor), photometric
    rows, columns, count = descriptor.rows, descriptor.columns, descriptor.samples
    pixels: Pixels
    if count == 1:
        pixels = samples.reshape(rows, columns)
    elif descriptor.planar:
        pixels = np.ascontiguousarray(samples.reshape(count, rows, columns).transpose(1, 2, 0))
    else:
        pixels = samples.reshape(rows, columns, count)
    return stored_values(pixels, descriptor), photometric


def _samples(
    data: "Bytes", descriptor: PixelDescriptor, first_bit: int, big: bool
) -> "NDArray[np.generic]":
    """All samples of a frame in the order in which they are stored."""
    bits = descriptor.bits_allocated
    count = frame_bits(descriptor) // bits
    if bits == 1:
        packed = np.frombuffer(data, np.uint8)
        return np.unpackbits(packed, count=first_bit + count, bitorder="little")[first_bit:]
    if bits == 12:
        return _packed12(np.frombuffer(data, np.uint8), count, first_bit == 4)
    kind = {SampleKind.INTEGER: "u", SampleKind.FLOAT: "f", SampleKind.DOUBLE: "f"}[descriptor.kind]
    samples = np.frombuffer(data, f"{'>' if big else '<'}{kind}{bits // 8}", count)
    return samples.astype(samples.dtype.newbyteorder("=")) if big else samples


def _packed12(data: "NDArray[np.uint8]", count: int, half: bool) -> "NDArray[np.generic]":
    """Two samples in three bytes, from the least significant bit on (ACR-NEMA 2.0)."""
    total = count + half
    words = np.zeros(-(-total // 2) * 3, np.uint16)
    words[int(half) : int(half) + len(data)] = data  # half a triple came before
    triples = words.reshape(-1, 3)
    samples = np.empty((len(triples), 2), np.uint16)
    samples[:, 0] = triples[:, 0] | (triples[:, 1] & 0xF) << 8
    samples[:, 1] = triples[:, 1] >> 4 | triples[:, 2] << 4
    return samples.reshape(-1)[int(half) : total]


def _expanded(samples: "NDArray[np.generic]", descriptor: PixelDescriptor) -> "NDArray[np.generic]":
    """Chrominance repeated to the size of luminance; nothing is interpolated."""
    rows, columns = descriptor.rows, descriptor.columns
    pairs = -(-columns // 2)
    if descriptor.photometric is not _HALF_BOTH:
        groups = samples.reshape(rows, pairs, 4)
        pixels = np.empty((rows, pairs, 2, 3), samples.dtype)
        pixels[..., 0] = groups[..., :2]
        pixels[..., 1] = groups[..., 2:3]
        pixels[..., 2] = groups[..., 3:4]
        return np.ascontiguousarray(pixels.reshape(rows, pairs * 2, 3)[:, :columns])
    # four luminances, of two rows, before each pair of chrominances
    lines = -(-rows // 2)
    blocks = samples.reshape(lines, pairs, 6)
    luminance = blocks[..., :4].reshape(lines, pairs, 2, 2)
    pixels = np.empty((lines, 2, pairs, 2, 3), samples.dtype)
    pixels[..., 0] = luminance.transpose(0, 2, 1, 3)
    pixels[..., 1] = blocks[:, None, :, None, 4]
    pixels[..., 2] = blocks[:, None, :, None, 5]
    return np.ascontiguousarray(pixels.reshape(lines * 2, pairs * 2, 3)[:rows, :columns])


def stored_values(pixels: "Pixels", descriptor: PixelDescriptor) -> "Pixels":
    """The bits from High Bit down, shifted to the bottom; bits above are cleared or extend the sign.

    Where all samples are that already, this is a view.
    """
    if descriptor.kind is not SampleKind.INTEGER:
        return pixels
    stored, signed = descriptor.bits_stored, descriptor.signed
    allocated = pixels.dtype.itemsize * 8
    shift = descriptor.high_bit + 1 - stored
    if signed:
        pixels = pixels.view(f"i{allocated // 8}")
    if stored == descriptor.bits_allocated == allocated or (
        not shift and _fits(pixels, descriptor)
    ):
        return pixels
    if not signed:
        return np.bitwise_and(np.right_shift(pixels, shift), (1 << stored) - 1, dtype=pixels.dtype)
    # to the top of the cell, and back with the sign
    top = np.left_shift(pixels, allocated - stored - shift)
    return np.right_shift(top, allocated - stored, dtype=pixels.dtype)


def _fits(pixels: "NDArray[np.generic]", descriptor: PixelDescriptor) -> bool:
    """Whether no sample has bits above Bits Stored; two passes without memory are cheaper than a copy."""
    stored = descriptor.bits_stored
    if not descriptor.signed:
        return bool(pixels.max() < 1 << stored)
    half = 1 << (stored - 1)
    return bool(pixels.max() < half and pixels.min() >= -half)
