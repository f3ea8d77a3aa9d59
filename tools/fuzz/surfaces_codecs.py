"""dicom-imaging: the headers of codestreams, and RLE."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

import dicom_imaging as di
from dicom_core import LimitExceeded
from dicom_imaging import codecs
from dicom_imaging.codecs._j2k_header import check_tile_parts, parse_j2k
from dicom_imaging.codecs._jpeg_header import parse_jpeg
from dicom_imaging.codecs._jxl_header import parse_jxl

from .surface import Surface

__all__ = ["SURFACES"]

_GREY = di.PhotometricInterpretation.MONOCHROME2
_FRAME = di.PixelDescriptor(12, 20, 1, 16, 12, 11, False, _GREY)
_RLE = "1.2.840.10008.1.2.5"


@cache
def _encoded(uid: str) -> bytes:
    pixels = np.arange(12 * 20, dtype="u2").reshape(12, 20) // 3
    return codecs.default_registry().encode(pixels, _FRAME, uid).data


def header_seeds() -> Sequence[bytes]:
    return [_encoded(f"1.2.840.10008.1.2.4.{end}") for end in (70, 80, 90, 110, 201, 202)]


def feed_headers(data: bytes) -> None:
    """A header is read, or refused."""
    parsers: tuple[Callable[[bytes], object], ...] = (
        parse_jpeg,
        parse_j2k,
        parse_jxl,
        check_tile_parts,
    )
    for parse in parsers:
        try:
            parse(data)
        except di.DecodeError:
            continue


def rle_seeds() -> Sequence[bytes]:
    return [_encoded(_RLE), _encoded(_RLE)[:70], bytes(64)]


def feed_rle(data: bytes) -> None:
    """Exactly a frame comes out, or a documented error."""
    try:
        decoded = codecs.default_registry().decoder_for(_RLE).decode(data, _FRAME, di.PixelLimits())
    except (di.DecodeError, LimitExceeded):
        return
    if decoded.pixels.shape != (12, 20) or int(decoded.pixels.max()) > 4095:
        raise AssertionError("RLE gives something else than a frame")


SURFACES = (
    Surface("codec-headers", header_seeds, feed_headers, ("dicom_imaging",), 2000),
    Surface("rle", rle_seeds, feed_rle, ("dicom_imaging",), 2000),
)
