"""Colours: luminance and chrominance to RGB, samples of any size to 8 bits (PS3.3 C.7.6.3.1.2)."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._descriptor import PhotometricInterpretation
from ._errors import UnsupportedPhotometric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .codecs import Decoded

__all__ = ["draw_colours", "to_rgb", "ybr_to_rgb"]

_P = PhotometricInterpretation
_FULL: Final = frozenset((_P.YBR_FULL, _P.YBR_FULL_422))
_PARTIAL: Final = frozenset((_P.YBR_PARTIAL_420, _P.YBR_PARTIAL_422))
# YBR_ICT and YBR_RCT exist only inside a codestream (PS3.5 8.2.4): samples that are in none were transformed by whoever
# decompressed them and forgot to say so
_RGB: Final = frozenset((_P.RGB, _P.YBR_ICT, _P.YBR_RCT))

# The inverse of Y = 0.299 R + 0.587 G + 0.114 B with Cb and Cr scaled to the same range
_RED_CR: Final = 1.402
_GREEN_CB: Final = -0.114 * 1.772 / 0.587
_GREEN_CR: Final = -0.299 * 1.402 / 0.587
_BLUE_CB: Final = 1.772
# Rows are converted together up to this many pixels, so that the planes stay in the cache
_BLOCK: Final = 1 << 15


def to_rgb(decoded: "Decoded", bits: int) -> "NDArray[np.generic]":
    """RGB samples of ``bits`` bits in the dtype of the decoded ones."""
    pixels, photometric = decoded
    if photometric in _FULL or photometric in _PARTIAL:
        out = np.empty_like(pixels)
        ybr_to_rgb(pixels, bits, out, partial=photometric in _PARTIAL)
        return out
    if photometric not in _RGB:
        raise UnsupportedPhotometric(photometric, _WHY.get(photometric, ""))
    return pixels


def draw_colours(decoded: "Decoded", bits: int, out: "NDArray[np.uint8]") -> None:
    """Write a colour frame as RGB in 8 bits to ``out``."""
    if decoded.pixels.ndim != 3 or decoded.pixels.shape[2] != 3:
        samples = decoded.pixels.shape[2] if decoded.pixels.ndim == 3 else 1
        raise UnsupportedPhotometric(
            decoded.photometric, f"a pixel has {samples} samples and not three"
        )
    if bits == 8 and decoded.pixels.dtype == np.uint8 and decoded.photometric not in _RGB:
        if decoded.photometric not in _FULL and decoded.photometric not in _PARTIAL:
            raise UnsupportedPhotometric(decoded.photometric, _WHY.get(decoded.photometric, ""))
        ybr_to_rgb(decoded.pixels, 8, out, partial=decoded.photometric in _PARTIAL)
        return
    rgb = to_rgb(decoded, bits)
    if bits == 8:
        np.copyto(out, rgb, casting="unsafe")
        return
    top = (1 << bits) - 1
    for start in range(0, len(rgb), _rows(rgb)):
        part = rgb[start : start + _rows(rgb)].astype(np.float64)
        np.multiply(part, 255 / top, out=part)
        np.add(part, 0.5, out=part)
        np.clip(part, 0, 255, out=part)
        np.copyto(out[start : start + len(part)], part, casting="unsafe")


_WHY: Final = {
    _P.HSV: "it was retired from the standard in 1998, and no file is known that has it",
    _P.ARGB: "it was retired from the standard",
    _P.CMYK: "it was retired from the standard, which does not say how it becomes RGB",
    _P.XYB: "it exists only inside a JPEG XL codestream",
    _P.MONOCHROME1: "grey pixels have one sample",
    _P.MONOCHROME2: "grey pixels have one sample",
    _P.PALETTE_COLOR: "an index into a palette is one sample",
}


def _rows(pixels: "NDArray[np.generic]") -> int:
    return max(1, _BLOCK // max(1, int(pixels.shape[1])))


def ybr_to_rgb(
    pixels: "NDArray[np.generic]", bits: int, out: "NDArray[np.generic]", *, partial: bool = False
) -> None:
    """Convert Y, Cb, Cr on the last axis to R, G, B, rounded to the nearest; ``partial``: Y from 16 to 235 of 8 bits."""
    half, top = 1 << (bits - 1), (1 << bits) - 1
    # Where samples have more than 16 bits, float32 would lose some
    kind = np.float32 if bits <= 16 else np.float64
    gain, chroma, black = 1.0, 1.0, 0.0
    if partial:
        # ITU-R BT.601: 219 steps of luminance and 224 of chrominance in 8 bits
        gain, chroma = 255 / 219, 255 / 224
        black = 16 * (1 << bits) / 256
    height = _rows(pixels)
    columns = pixels.shape[1]
    y, cb, cr, made, aside = (np.empty((height, columns), kind) for _ in range(5))
    for start in range(0, len(pixels), height):
        part = pixels[start : start + height]
        count = len(part)
        luma, blue, red, work = y[:count], cb[:count], cr[:count], made[:count]
        share = aside[:count]
        np.subtract(part[..., 0], kind(black), out=luma)
        np.subtract(part[..., 1], kind(half), out=blue)
        np.subtract(part[..., 2], kind(half), out=red)
        if partial:
            luma *= kind(gain)
            blue *= kind(chroma)
            red *= kind(chroma)
        luma += kind(0.5)
        target = out[start : start + count]
        for channel, factors in enumerate(_FACTORS):
            summed = luma
            for plane, factor in zip((blue, red), factors, strict=True):
                if factor:
                    np.multiply(plane, kind(factor), out=share)
                    summed = np.add(summed, share, out=work)
            np.clip(summed, 0, top, out=work)
            np.copyto(target[..., channel], work, casting="unsafe")


_FACTORS: Final = ((0.0, _RED_CR), (_GREEN_CB, _GREEN_CR), (_BLUE_CB, 0.0))
