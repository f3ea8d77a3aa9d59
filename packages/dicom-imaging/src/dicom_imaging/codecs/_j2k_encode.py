"""Encoding JPEG 2000 by OpenJPEG and High-Throughput JPEG 2000 by OpenJPH."""

import math
from collections.abc import Callable
from typing import NamedTuple

import imagecodecs
import numpy as np

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import EncodeError
from ._codec import Encoded, EncodeOptions, Pixels
from ._encoding import full_width, lossless_only, ready, refuse_float, refuse_palette, within
from ._j2k_precision import with_precision
from ._openjph import ready_openjph

__all__ = ["encode"]

_PI = PhotometricInterpretation
_J2K_LOSSLESS, _J2K, _HT, _HT_RPCL, _HT_LOSSY = (
    f"1.2.840.10008.1.2.4.{end}" for end in (90, 91, 201, 202, 203)
)
_PART1 = {_J2K_LOSSLESS, _J2K}
_LOSSY = {_J2K, _HT_LOSSY}
_openjpeg: Callable[..., bytes | bytearray] = imagecodecs.jpeg2k_encode
_openjph: Callable[..., bytes | bytearray] = imagecodecs.htj2k_encode
_MOST_BITS = {_J2K_LOSSLESS: 24, _J2K: 24}  # what OpenJPEG keeps in 32 bits; OpenJPH keeps all 32
_QUALITY = 90
_DECIBELS = (10.0, 110.0)
_TRIES = 10
_NEAR = 0.97  # of the size asked for is near enough
_THUMBNAIL = 64  # the base resolution of an RPCL codestream (PS3.5 10.18)


class _Work(NamedTuple):
    """One frame, and what was decided about it."""

    uid: str
    pixels: Pixels
    descriptor: PixelDescriptor
    bits: int
    transform: bool


def encode(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """One frame: colours of RGB go through the component transform, others are taken as they are (PS3.5 8.2.4)."""
    refuse_float(descriptor, uid)
    pixels = ready(pixels, descriptor, uid)
    bits = 1 if descriptor.bits_allocated == 1 else descriptor.bits_stored
    most = _MOST_BITS.get(uid, 32)
    if bits > most or descriptor.bits_allocated > 32:
        raise EncodeError(f"at most {most} bits are kept, these are {bits}", uid)
    if bits == 1 and uid not in _PART1:
        raise EncodeError("HTJ2K in DICOM has no single bits", uid)
    within(pixels, descriptor, uid)
    transform = descriptor.photometric is _PI.RGB and descriptor.samples == 3
    work = _Work(uid, pixels, descriptor, bits, transform)
    if not (options.lossy and uid in _LOSSY):
        lossless_only(options, uid)
        given = _PI.YBR_RCT if transform else full_width(descriptor)
        return Encoded(_encode(work, None), given, lossless=True)
    refuse_palette(descriptor, uid)
    data = _with_loss(work, options)
    return Encoded(data, _PI.YBR_ICT if transform else full_width(descriptor), lossless=False)


def _encode(work: _Work, decibels: float | None) -> bytes:
    coder = _part1
    if work.uid not in _PART1:
        ready_openjph()
        coder = _part15
    try:
        return coder(work, decibels)
    except (RuntimeError, ValueError) as error:
        raise EncodeError(str(error), work.uid) from error


def _part1(work: _Work, decibels: float | None) -> bytes:
    data = _openjpeg(
        work.pixels,
        level=0 if decibels is None else decibels,
        codecformat="j2k",
        bitspersample=work.bits,
        reversible=decibels is None,
        mct=work.transform,
        planar=False,
        numthreads=1,
    )
    return bytes(data)


def _part15(work: _Work, decibels: float | None) -> bytes:
    """OpenJPH codes all bits of the array, so that Bits Stored is brought in here.

    Signed samples have no level shift (ISO 15444-1 G.1): those of fewer bits are coded alike. Unsigned ones are
    shifted by what a decoder adds to samples of that precision, and coded as signed.
    """
    pixels, descriptor, bits = work.pixels, work.descriptor, work.bits
    size = pixels.dtype.itemsize
    fewer = 8 * size - bits
    if fewer and not descriptor.signed:
        shift = np.array(1 << (bits - 1), pixels.dtype)
        pixels = np.subtract(pixels, shift, dtype=pixels.dtype).view(f"i{size}")
    smaller = min(descriptor.rows, descriptor.columns)
    levels = max(5, math.ceil(math.log2(max(1.0, smaller / _THUMBNAIL))))
    progressive = work.uid == _HT_RPCL
    data = _openjph(
        pixels,
        level=None if decibels is None else 10 ** ((6.5 - decibels) / 20) / (1 << fewer),
        rgb=work.transform,
        planar=False,
        resolutions=levels,
        reversible=decibels is None,
        tlm=progressive,
        tilepart=imagecodecs.HTJ2K.TILEPART.RESOLUTIONS if progressive else None,
    )
    if not fewer:
        return bytes(data)
    scaled = decibels is not None
    return with_precision(bytes(data), bits, fewer, signed=descriptor.signed, scaled=scaled)


def _with_loss(work: _Work, options: EncodeOptions) -> bytes:
    """By quality: 20 dB and a third of one for each step; by ratio: the best that is not larger than asked for."""
    if options.ratio is None:
        quality = _QUALITY if options.quality is None else options.quality
        if not 1 <= quality <= 100:
            raise EncodeError(f"the quality is {quality}; it is 1 to 100", work.uid)
        return _encode(work, 20 + quality / 3)
    if options.ratio < 1:
        raise EncodeError(f"the ratio is {options.ratio}; it is 1 at least", work.uid)
    descriptor = work.descriptor
    native = descriptor.rows * descriptor.columns * descriptor.samples * descriptor.bits_allocated
    target = native / 8 / options.ratio
    low, high = _DECIBELS
    best = smallest = b""
    for _ in range(_TRIES):
        middle = (low + high) / 2
        data = _encode(work, middle)
        if not smallest or len(data) < len(smallest):
            smallest = data
        if len(data) > target:
            high = middle
            continue
        best = max(best, data, key=len)
        if len(best) >= _NEAR * target:
            break
        low = middle
    return best or smallest
