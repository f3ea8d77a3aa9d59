"""The marker segments of JPEG (ISO 10918-1 Annex B) and JPEG-LS (ISO 14495-1 Annex C), as far as they say what a frame is."""

from typing import NamedTuple

from .._errors import DecodeError

__all__ = ["Component", "JpegHeader", "parse_jpeg"]

_SOI, _EOI, _SOS, _APP0, _APP14, _TEM = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE, 0x01
_RST = range(0xD0, 0xD8)
_NOT_FRAMES = {0xC4, 0xC8, 0xCC}  # DHT, JPG and DAC stand among the frames
SOF55 = 0xF7  # JPEG-LS


class Component(NamedTuple):
    """A component of a frame: its identifier and sampling factors."""

    identifier: int
    horizontal: int
    vertical: int


class JpegHeader(NamedTuple):
    """What stands before the first scan."""

    start: int
    """Where SOI stands: some writers put bytes before it."""
    process: int
    """The second byte of the SOF marker: 0xC0 baseline, 0xC1 extended, 0xC2 progressive, 0xC3 lossless, 0xF7 JPEG-LS."""
    precision: int
    rows: int
    columns: int
    components: tuple[Component, ...]
    jfif: bool
    adobe: int | None
    """The colour transform of an Adobe segment: 0 none, 1 YCbCr, 2 YCCK; None without such a segment."""
    scanned: int
    """How many components the first scan has."""
    near: int
    """The third parameter of the first scan: NEAR of JPEG-LS."""
    interleave: int
    """The fourth one: how JPEG-LS interleaves."""

    @property
    def subsampled(self) -> bool:
        """Whether a component has fewer samples than another."""
        return len({(one.horizontal, one.vertical) for one in self.components}) > 1


def parse_jpeg(data: bytes) -> JpegHeader:
    """Read up to the first scan; every step goes forward, and nothing is allocated."""
    size = len(data)
    start = _start(data)
    at = start + 2
    frame: tuple[int, int, int, int, tuple[Component, ...]] | None = None
    jfif, adobe = False, None
    while True:
        if at + 4 > size:
            raise DecodeError("the bytes end before the first scan", offset=at)
        if data[at] != 0xFF:
            raise DecodeError("a marker is expected", offset=at)
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker in _RST or marker in {_TEM, _SOI}:
            raise DecodeError("a marker stands where none may", offset=at)
        if marker == _EOI:
            raise DecodeError("the image ends before its first scan", offset=at)
        length = data[at + 2] << 8 | data[at + 3]
        body = at + 4
        end = at + 2 + length
        if length < 2 or end > size:
            raise DecodeError("a marker segment is longer than the data", offset=at)
        if (0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES) or marker == SOF55:
            if frame is not None:
                raise DecodeError("there are two frame headers", offset=at)
            frame = (marker, *_frame(data, body, end))
        elif marker == _APP0 and length >= 7 and data[body : body + 4] == b"JFIF":
            jfif = True
        elif marker == _APP14 and length >= 14 and data[body : body + 5] == b"Adobe":
            adobe = data[body + 11]
        elif marker == _SOS:
            if frame is None:
                raise DecodeError("the first scan comes before the frame header", offset=at)
            scan = _scan(data, body, end)
            return JpegHeader(start, *frame, jfif, adobe, *scan)
        at = end


def _start(data: bytes) -> int:
    if data[:2] == b"\xff\xd8":
        return 0
    found = data[:64].find(b"\xff\xd8\xff")
    if found < 0:
        raise DecodeError("this is no JPEG image: it does not begin with SOI", offset=0)
    return found


def _frame(data: bytes, body: int, end: int) -> tuple[int, int, int, tuple[Component, ...]]:
    if end - body < 6 or end - body < 6 + 3 * data[body + 5]:
        raise DecodeError("the frame header is too short", offset=body)
    count = data[body + 5]
    components = []
    for at in range(body + 6, body + 6 + 3 * count, 3):
        horizontal, vertical = data[at + 1] >> 4, data[at + 1] & 15
        if not (1 <= horizontal <= 4 and 1 <= vertical <= 4):
            raise DecodeError("a sampling factor is not 1 to 4", offset=at)
        components.append(Component(data[at], horizontal, vertical))
    rows = data[body + 1] << 8 | data[body + 2]
    columns = data[body + 3] << 8 | data[body + 4]
    return data[body], rows, columns, tuple(components)


def _scan(data: bytes, body: int, end: int) -> tuple[int, int, int]:
    if end - body < 1 or end - body < 4 + 2 * data[body]:
        raise DecodeError("the scan header is too short", offset=body)
    at = body + 1 + 2 * data[body]
    return data[body], data[at], data[at + 1]
