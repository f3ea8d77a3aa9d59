"""The main header of JPEG 2000 and HTJ2K (ISO 15444-1 Annex A), and the boxes of JP2 that some writers put around it."""

from typing import NamedTuple

from .._errors import DecodeError
from ._headers import FrameHeader

__all__ = ["J2kHeader", "check_tile_parts", "parse_j2k"]

_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_TILE_PART = 14  # bytes of the shortest one: SOT and SOD
_SOC_SIZ = b"\xff\x4f\xff\x51"
_COD, _SOT = 0x52, 0x90
_SOT_MARKER = b"\xff\x90\x00\x0a"


class J2kHeader(NamedTuple):
    """What the main header says."""

    start: int
    """Where the codestream begins."""
    end: int
    frame: FrameHeader
    high_throughput: bool
    reversible: bool
    component_transform: bool


def parse_j2k(data: bytes) -> J2kHeader:
    """Read the main header; nothing is allocated."""
    start, end = _codestream(data)
    if data[start : start + 4] != _SOC_SIZ:
        raise DecodeError("this is no JPEG 2000 codestream", offset=start)
    at = start + 4
    length = _u16(data, at, end)
    if length < 41 or at + length > end:
        raise DecodeError("the SIZ segment is cut short", offset=at)
    capabilities = _u16(data, at + 2, end)
    frame = _size(data, at, length, end - start)
    at += length
    reversible = transform = None
    while reversible is None:
        if at + 4 > end:
            raise DecodeError("the main header is cut short", offset=at)
        marker = data[at + 1]
        if data[at] != 0xFF or marker == _SOT:
            raise DecodeError("the main header has no COD segment", offset=at)
        length = _u16(data, at + 2, end)
        if length < 2 or at + 2 + length > end:
            raise DecodeError("a marker segment is longer than the data", offset=at)
        if marker == _COD:
            reversible, transform = _style(data, at + 4, length - 2)
        at += 2 + length
    return J2kHeader(start, end, frame, bool(capabilities & 0x4000), reversible, bool(transform))


def check_tile_parts(stream: bytes) -> None:
    """Refuse a codestream whose tile-parts are cut short (ISO 15444-1 A.4.2)."""
    at = stream.find(_SOT_MARKER)
    if at < 0:
        raise DecodeError("the codestream has no tile-part", offset=len(stream))
    while stream[at : at + 4] == _SOT_MARKER:
        length = _u32(stream, at + 6) if at + _TILE_PART <= len(stream) else _TILE_PART
        if length == 0:  # up to EOC
            return
        if length < _TILE_PART or at + length > len(stream):
            raise DecodeError("a tile-part is cut short", offset=at)
        at += length


def _u16(data: bytes, at: int, end: int) -> int:
    if at + 2 > end:
        raise DecodeError("the main header is cut short", offset=at)
    return data[at] << 8 | data[at + 1]


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _codestream(data: bytes) -> tuple[int, int]:
    """Where the codestream stands: at the beginning, or in the first jp2c box (ISO 15444-1 Annex I)."""
    if data[:12] != _SIGNATURE:
        return 0, len(data)
    at = 12
    while at + 8 <= len(data):
        length, kind, head = _u32(data, at), data[at + 4 : at + 8], 8
        if length == 1 and at + 16 <= len(data):
            length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = len(data) if length == 0 else at + length
        if kind == b"jp2c":
            return at + head, min(end, len(data))
        if end < at + head:
            break
        at = end
    raise DecodeError("the JP2 file holds no codestream", offset=min(at, len(data)))


def _size(data: bytes, at: int, length: int, available: int) -> FrameHeader:
    x, y, x0, y0, tile_x, tile_y, tile_x0, tile_y0 = (_u32(data, at + 4 + 4 * n) for n in range(8))
    count = data[at + 36] << 8 | data[at + 37]
    if not count or length < 38 + 3 * count:
        raise DecodeError("the SIZ segment does not hold its components", offset=at)
    if not (x > x0 and y > y0):
        raise DecodeError("the image area is empty", offset=at)
    # Table A.9: the first tile holds the upper left of the image, and a tile is never empty.
    if not (
        tile_x and tile_y and tile_x0 <= x0 < tile_x0 + tile_x and tile_y0 <= y0 < tile_y0 + tile_y
    ):
        raise DecodeError("the tiles do not cover the image", offset=at)
    tiles = -(-(x - tile_x0) // tile_x) * -(-(y - tile_y0) // tile_y)
    if tiles > 65535 or tiles * _TILE_PART > available:
        raise DecodeError(f"{tiles} tiles cannot stand in {available} bytes", offset=at)
    kinds = {data[at + 38 + 3 * n : at + 41 + 3 * n] for n in range(count)}
    if len(kinds) != 1:
        raise DecodeError("the components differ in their size, depth or sign", offset=at)
    depth, step_x, step_y = kinds.pop()
    if (step_x, step_y) != (1, 1):
        raise DecodeError("the components are sub-sampled", offset=at)
    return FrameHeader(y - y0, x - x0, count, (depth & 0x7F) + 1, bool(depth & 0x80))


def _style(data: bytes, at: int, size: int) -> tuple[bool, bool]:
    if size < 10:
        raise DecodeError("the COD segment is cut short", offset=at)
    transform, levels, wavelet = data[at + 4], data[at + 5], data[at + 9]
    if levels > 32:
        raise DecodeError(f"there are {levels} decomposition levels; 32 are the most", offset=at)
    if not (data[at + 2] or data[at + 3]):
        raise DecodeError("there are no quality layers", offset=at)
    return wavelet == 1, bool(transform)
