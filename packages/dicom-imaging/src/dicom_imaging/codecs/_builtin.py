"""The codecs of this package: a static table, so that a codec loads when it is first used."""

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from .._descriptor import PixelDescriptor
from .._errors import EncodeError
from .._limits import PixelLimits

if TYPE_CHECKING:
    from ._codec import Bytes, Decoded, Encoded, EncodeOptions, Pixels

__all__ = ["BUILTIN", "Builtin"]

_JPEG = "1.2.840.10008.1.2.4."


class Builtin(NamedTuple):
    """A codec of this package: its module is imported by the first call."""

    name: str
    module: str
    decodes: frozenset[str]
    encodes: frozenset[str]
    function: str = ""
    """What follows ``decode`` and ``encode`` in the names of the functions."""

    def decode(self, data: "Bytes", descriptor: PixelDescriptor, limits: PixelLimits) -> "Decoded":
        """One frame; see `Codec`."""
        module = import_module(f"{__package__}.{self.module}")
        decoded: Decoded = getattr(module, f"decode{self.function}")(data, descriptor, limits)
        return decoded

    def encode(
        self, pixels: "Pixels", descriptor: PixelDescriptor, uid: str, options: "EncodeOptions"
    ) -> "Encoded":
        """One frame; see `Encoder`."""
        if uid not in self.encodes:
            raise EncodeError(f"{self.name} does not encode this transfer syntax", uid)
        apart = "" if self.function else "_encode"
        module = import_module(f"{__package__}.{self.module}{apart}")
        encoded: Encoded = getattr(module, f"encode{self.function}")(
            pixels, descriptor, uid, options
        )
        return encoded


def _uids(prefix: str, *ends: int) -> frozenset[str]:
    return frozenset(f"{prefix}{end}" for end in ends)


_of_jpeg = partial(_uids, _JPEG)
_RLE, _DEFLATED, _UNCOMPRESSED = (
    frozenset({f"1.2.840.10008.1.2.{end}"}) for end in ("5", "8.1", "1.98")
)

BUILTIN = (
    Builtin("dicom-imaging-rle", "_rle", _RLE, _RLE),
    # .53 and .55 are retired, and still there; .52, .54 and .56 would be arithmetic coding
    Builtin(
        "imagecodecs-jpeg", "_jpeg", _of_jpeg(50, 51, 53, 55, 57, 70), _of_jpeg(50, 51, 57, 70)
    ),
    Builtin("imagecodecs-jpegls", "_jpegls", _of_jpeg(80, 81), _of_jpeg(80, 81)),
    Builtin(
        "imagecodecs-j2k",
        "_j2k",
        _of_jpeg(90, 91, 92, 93, 201, 202, 203),
        _of_jpeg(90, 91, 201, 202, 203),
    ),
    Builtin("imagecodecs-jpegxl", "_jxl", _of_jpeg(110, 111, 112), _of_jpeg(110, 112)),
    Builtin("dicom-imaging-deflated", "_plain", _DEFLATED, _DEFLATED, "_deflated"),
    Builtin("dicom-imaging-uncompressed", "_plain", _UNCOMPRESSED, _UNCOMPRESSED, "_uncompressed"),
)
