"""Encoding JPEG baseline, extended and lossless, by libjpeg-turbo."""

from collections.abc import Callable

import imagecodecs

from .._descriptor import PhotometricInterpretation, PixelDescriptor
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

_BASELINE, _EXTENDED, _SV1 = (f"1.2.840.10008.1.2.4.{end}" for end in (50, 51, 70))
_PI = PhotometricInterpretation
_encode: Callable[..., bytes | bytearray] = imagecodecs.jpeg8_encode
_ADOBE, _SOF3, _SOS = b"\xff\xee", b"\xff\xc3", b"\xff\xda"
_QUALITY = 90
_THOROUGH = 7  # from this effort on every predictor is tried


def encode(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """One frame; the transfer syntax chooses the process."""
    refuse_float(descriptor, uid)
    pixels = ready(pixels, descriptor, uid)
    if descriptor.samples not in {1, 3}:
        raise EncodeError("JPEG in DICOM has 1 or 3 samples a pixel", uid)
    if not (1 <= descriptor.rows <= 65535 and 1 <= descriptor.columns <= 65535):
        raise EncodeError("JPEG has 65535 rows and columns at most", uid)
    if uid in {_BASELINE, _EXTENDED}:
        return _lossy(pixels, descriptor, uid, options)
    return _lossless(pixels, descriptor, uid, options)


def _lossy(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """Bits Stored and samples are those of Table 8.2.1-1 of PS3.5."""
    refuse_palette(descriptor, uid)
    if descriptor.signed:
        raise EncodeError("lossy JPEG has no signed samples", uid)
    bits = descriptor.bits_stored
    wide = bits > 8 or descriptor.bits_allocated > 8
    if uid == _BASELINE and wide:
        raise EncodeError(
            f"JPEG baseline has 8 bits a sample, these are {descriptor.bits_allocated}", uid
        )
    if bits not in {8, 12} or descriptor.bits_allocated > 16:
        raise EncodeError(f"lossy JPEG has 8 or 12 bits a sample, these are {bits}", uid)
    if descriptor.bits_allocated == 16 and bits == 8:
        raise EncodeError("lossy JPEG of 8 bits has 8 bits allocated, these are 16", uid)
    if uid == _EXTENDED and descriptor.samples > 1:
        raise EncodeError("JPEG extended in DICOM is for one sample a pixel", uid)
    within(pixels, descriptor, uid)
    quality = _QUALITY if options.quality is None else options.quality
    if not 1 <= quality <= 100:
        raise EncodeError(f"the quality is {quality}; it is 1 to 100", uid)
    colour = descriptor.samples == 3
    given = "ycbcr" if descriptor.photometric.is_ybr else "rgb"
    data = _call(
        uid,
        pixels,
        level=round(quality),
        colorspace=given if colour else None,
        outcolorspace="ycbcr" if colour else None,
        subsampling="422" if colour else None,
        optimize=options.effort is not None and options.effort > 1,
        bitspersample=12 if wide else 8,
    )
    return Encoded(data, _PI.YBR_FULL_422 if colour else descriptor.photometric, lossless=False)


def _lossless(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """Table 8.2.1-2 of PS3.5. Negative values take all bits: neighbours differ by little only modulo 65536."""
    lossless_only(options, uid)
    if descriptor.bits_allocated not in {8, 16}:
        raise EncodeError(
            f"lossless JPEG has 8 or 16 bits allocated, these are {descriptor.bits_allocated}", uid
        )
    within(pixels, descriptor, uid)
    predictor = options.predictor
    if predictor is not None and not 1 <= predictor <= 7:
        raise EncodeError(f"the predictor is {predictor}; it is 1 to 7", uid)
    if uid == _SV1 and predictor not in {None, 1}:
        raise EncodeError("this transfer syntax has the first predictor only", uid)
    samples = as_unsigned(pixels)
    lowest = 2 if descriptor.bits_allocated == 8 else 9
    bits = descriptor.bits_allocated if descriptor.signed else max(lowest, descriptor.bits_stored)
    tried = [predictor or 1]
    if uid != _SV1 and predictor is None and (options.effort or 0) >= _THOROUGH:
        tried = list(range(1, 8))
    # imagecodecs 2026.3.6 writes lossless YCbCr with a scan header that names the wrong Huffman tables, so that
    # samples of any colour space go in as RGB.
    colour = {"colorspace": "rgb", "outcolorspace": "rgb"} if descriptor.samples == 3 else {}
    found = (
        # without bitspersample imagecodecs writes wrong pixels
        _call(uid, samples, lossless=True, predictor=one, bitspersample=bits, **colour)
        for one in tried
    )
    data = min(found, key=len)
    if descriptor.samples == 3 and descriptor.photometric.is_ybr:
        data = _not_rgb(data)
    return Encoded(data, full_width(descriptor), lossless=True)


def _not_rgb(data: bytes) -> bytes:
    """The same image without the Adobe segment and the identifiers that call its components R, G and B."""
    at = data.index(_ADOBE)
    data = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    stream = bytearray(data)
    frame, scan = data.index(_SOF3), data.index(_SOS)
    for number in range(3):
        stream[frame + 10 + 3 * number] = stream[scan + 5 + 2 * number] = number + 1
    return bytes(stream)


def _call(uid: str, samples: Pixels, **words: object) -> bytes:
    try:
        return bytes(_encode(samples, **words))
    except (RuntimeError, ValueError) as error:
        raise EncodeError(str(error), uid) from error
