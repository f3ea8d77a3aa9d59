"""GIF, still and animated: the container is ours, the LZW of imagecodecs."""

from collections.abc import Iterable, Iterator
from struct import pack, unpack_from
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["encode_gif", "palette_of"]

_COLOURS: Final = 256
_GREYS: Final = np.repeat(np.arange(_COLOURS, dtype=np.uint8)[:, np.newaxis], 3, axis=1)
_LOOP: Final = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
# Each of red, green and blue in this many bits, where colours are counted
_BITS: Final = 5


def encode_gif(pictures: "Iterable[NDArray[np.uint8]]", delays: "Iterable[float]") -> bytes:
    """Grey or RGB pictures of one size; ``delays`` in milliseconds, one a picture. Several repeat without end.

    Colours are reduced to 256 a picture; greys are exact.
    """
    return b"".join(_blocks(pictures, delays))


def _blocks(pictures: "Iterable[NDArray[np.uint8]]", delays: Iterable[float]) -> Iterator[bytes]:
    for at, (picture, delay) in enumerate(zip(pictures, delays, strict=True)):
        rows, columns = picture.shape[:2]
        if max(rows, columns) > 0xFFFF:
            raise ValueError(f"GIF takes at most 65535 x 65535 pixels, not {columns} x {rows}")
        if at == 0:
            # A global table of 256 greys: of no use to colours, which bring their own
            yield b"GIF89a" + pack("<HHBBB", columns, rows, 0xF7, 0, 0) + _GREYS.tobytes()
            yield _LOOP
        # Time in hundredths of a second; browsers slow down what is faster than 2
        yield b"\x21\xf9\x04\x00" + pack("<H", min(0xFFFF, max(2, round(delay / 10)))) + b"\x00\x00"
        if picture.ndim == 2:
            yield _image(picture, None)
        else:
            table = palette_of(picture)
            yield _image(_indices(picture, table), table)
    yield b"\x3b"


def _image(indices: "NDArray[np.uint8]", table: "NDArray[np.uint8] | None") -> bytes:
    """One picture: its descriptor, the table of its own, and the LZW data that imagecodecs makes."""
    from imagecodecs import gif_encode

    # Noise grows to 12 bits a pixel, more than imagecodecs makes room for by itself
    room = 2 * indices.size + 4096
    made = bytes(gif_encode(np.ascontiguousarray(indices), colormap=_GREYS, out=room))
    at = 13 + (3 << ((made[10] & 7) + 1) if made[10] & 0x80 else 0)
    while made[at] == 0x21:  # extensions are not needed
        at += 2
        while made[at]:
            at += made[at] + 1
        at += 1
    left, top, columns, rows, flags = unpack_from("<HHHHB", made, at + 1)
    data = at + 10 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    stop = made.rindex(b"\x3b")
    flags &= 0x40  # interlaced or not
    own = b"" if table is None else table.tobytes()
    return (
        b"\x2c"
        + pack("<HHHHB", left, top, columns, rows, flags if table is None else flags | 0x87)
        + own
        + made[data:stop]
    )


def palette_of(picture: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    """256 colours for an RGB picture: its own where it has no more, else by median cut."""
    flat = picture.reshape(-1, 3).astype(np.uint32)
    exact = np.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2])
    if len(exact) <= _COLOURS:
        made = np.zeros((_COLOURS, 3), np.uint8)
        made[: len(exact)] = np.stack([exact >> 16, exact >> 8 & 0xFF, exact & 0xFF], axis=1)
        return made
    counts = np.bincount(_cell(flat), minlength=1 << 3 * _BITS)
    cells = np.flatnonzero(counts)
    mask = (1 << _BITS) - 1
    places = np.stack([cells >> 2 * _BITS, cells >> _BITS & mask, cells & mask], axis=1)
    return _median_cut(places, counts[cells])


def _cell(flat: "NDArray[np.uint32]") -> "NDArray[np.signedinteger]":
    few = (flat >> (8 - _BITS)).astype(np.intp)
    return few[:, 0] << 2 * _BITS | few[:, 1] << _BITS | few[:, 2]


def _median_cut(places: "NDArray[np.int64]", counts: "NDArray[np.int64]") -> "NDArray[np.uint8]":
    """Boxes of colours, the one with most pixels times extent halved again and again; each gives its mean."""
    boxes = [np.arange(len(places))]
    worth = [_worth(places, counts, boxes[0])]
    while len(boxes) < _COLOURS:
        at = int(np.argmax(worth))
        if worth[at] == 0:
            break
        box = boxes[at]
        axis = int(np.argmax(np.ptp(places[box], axis=0)))
        box = box[np.argsort(places[box, axis], kind="stable")]
        half = int(np.searchsorted(np.cumsum(counts[box]), counts[box].sum() / 2)) + 1
        half = min(max(half, 1), len(box) - 1)
        boxes[at], worth[at] = box[:half], _worth(places, counts, box[:half])
        boxes.append(box[half:])
        worth.append(_worth(places, counts, box[half:]))
    made = np.zeros((_COLOURS, 3), np.uint8)
    for at, box in enumerate(boxes):
        mean = np.average(places[box], axis=0, weights=counts[box])
        made[at] = np.floor((mean + 0.5) * (1 << (8 - _BITS)))
    return made


def _worth(
    places: "NDArray[np.int64]", counts: "NDArray[np.int64]", box: "NDArray[np.intp]"
) -> float:
    return float(np.ptp(places[box], axis=0).max() * counts[box].sum()) if len(box) > 1 else 0.0


def _indices(picture: "NDArray[np.uint8]", table: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    """The nearest colour of the table for each pixel, found once for each colour that occurs."""
    flat = picture.reshape(-1, 3).astype(np.uint32)
    found, where = np.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2], return_inverse=True)
    colours = np.stack([found >> 16, found >> 8 & 0xFF, found & 0xFF], axis=1).astype(np.float32)
    wanted = table.astype(np.float32)
    nearest = np.empty(len(colours), np.uint8)
    squares = (wanted * wanted).sum(axis=1)
    for start in range(0, len(colours), 4096):
        part = colours[start : start + 4096]
        # |a - b|^2 without |a|^2, which is the same for all
        nearest[start : start + 4096] = np.argmin(squares - 2 * (part @ wanted.T), axis=1)
    return nearest[where].reshape(picture.shape[:2])
