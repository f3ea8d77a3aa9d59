"""The head of a JPEG XL codestream (ISO 18181-1), and the boxes around it (ISO 18181-2)."""

from typing import NamedTuple

from .._errors import DecodeError
from ._headers import FrameHeader

__all__ = ["JxlHeader", "parse_jxl"]

_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_RECOMPRESSED = b"jbrd"  # the box that holds what is needed to get the JPEG back
_FRONT = 4096
_CODESTREAM = b"\xff\x0a"
_ENOUGH = 64  # bytes that hold everything up to the colour space
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_SIZES = ((9, 1), (13, 1), (18, 1), (30, 1))
_DEPTHS = ((0, 8), (0, 10), (0, 12), (6, 1))
_EXTRA = ((0, 0), (0, 1), (4, 2), (12, 1))
_ENUM = ((0, 0), (0, 1), (4, 2), (6, 18))
_GREY = 1


class JxlHeader(NamedTuple):
    """The size of the image, and whether decoding converts colours to RGB."""

    frame: FrameHeader
    converts: bool


def parse_jxl(data: bytes) -> JxlHeader:
    """Read the head; nothing is allocated."""
    head = _head(data)
    if head[:2] != _CODESTREAM:
        raise DecodeError("this is no JPEG XL codestream", offset=0)
    bits = _Bits(head[2:])
    rows, columns = _size(bits)
    if bits.take(1):  # all default: 8 bits, colour
        return JxlHeader(FrameHeader(rows, columns, 3, 8), converts=True)
    if bits.take(1):
        _extra_fields(bits)
    if bits.take(1):
        raise DecodeError("the JPEG XL image has float samples")
    precision = bits.number(_DEPTHS)
    bits.take(1)  # 16-bit buffers suffice
    if bits.number(_EXTRA):
        raise DecodeError("the JPEG XL image has channels besides grey or colour")
    converts = (
        bool(bits.take(1)) or _RECOMPRESSED in data[:_FRONT]
    )  # from XYB, or from the YCbCr of a JPEG
    default = bits.take(1)
    grey = False
    if not default:
        bits.take(1)  # an ICC profile follows
        grey = bits.number(_ENUM) == _GREY
    frame = FrameHeader(rows, columns, 1 if grey else 3, precision)
    return JxlHeader(frame, converts and not grey)


class _Bits:
    """Bits from the lowest of the first byte on (ISO 18181-1 B.2)."""

    __slots__ = ("_at", "_left", "_value")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise DecodeError("the head of the JPEG XL codestream is cut short")
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return value

    def number(self, kinds: tuple[tuple[int, int], ...]) -> int:
        """U32(): two bits choose how many bits follow, and what is added to them."""
        width, base = kinds[self.take(2)]
        return base + self.take(width)


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)
    rows = 8 * (1 + bits.take(5)) if small else bits.number(_SIZES)
    ratio = bits.take(3)
    if ratio:
        over, under = _RATIOS[ratio - 1]
        return rows, rows * over // under
    return rows, 8 * (1 + bits.take(5)) if small else bits.number(_SIZES)


def _extra_fields(bits: _Bits) -> None:
    bits.take(3)  # orientation: samples are taken as they are stored
    if bits.take(1):  # an intrinsic size, for display
        _size(bits)
    if bits.take(1):
        raise DecodeError("the JPEG XL image has a preview")
    if bits.take(1):
        raise DecodeError("the JPEG XL image is an animation")


def _head(data: bytes) -> bytes:
    """The first bytes of the codestream: bare, in a box, or in several partial ones."""
    if data[:12] != _CONTAINER:
        return data[:_ENOUGH]
    head, at = b"", 12
    while at + 8 <= len(data) and len(head) < _ENOUGH:
        length, kind, body = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], at + 8
        if length == 1:
            length, body = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        end = len(data) if length == 0 else at + length
        if end < body:
            break
        if kind == b"jxlc":
            return data[body : min(end, body + _ENOUGH)]
        if kind == b"jxlp":
            head += data[body + 4 : min(end, body + 4 + _ENOUGH)]
        at = end
    return head
