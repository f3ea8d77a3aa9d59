"""RLE Lossless (PS3.5 Annex G)."""

import struct
from collections.abc import Callable, Sized
from itertools import pairwise

import imagecodecs
import numpy as np

from .._descriptor import PixelDescriptor, SampleKind
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Decoded, Pixels
from ._fit import fit
from ._headers import check_size

__all__ = ["decode"]

_unpack: Callable[..., Sized] = imagecodecs.packbits_decode
_HEADER = struct.Struct("<16I")
_MOST = 15
_EXPANSION = 64  # two bytes stand for 128 at most
_PADDING = b"\x00\x80"


def decode(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame: a byte plane per segment, the most significant bytes first, sample after sample (PS3.5 G.2)."""
    check_size(descriptor, limits)
    if descriptor.kind is not SampleKind.INTEGER:
        raise DecodeError("float pixel data cannot be encapsulated in this transfer syntax")
    view = memoryview(data)
    pixels = descriptor.rows * descriptor.columns
    packed = descriptor.bits_allocated == 1
    size = -(-pixels // 8) if packed else pixels
    width = -(-descriptor.bits_allocated // 8)
    spans = _segments(view, descriptor.samples * width)
    for number, (start, end) in enumerate(spans):
        if (end - start) * _EXPANSION < size:
            raise DecodeError(
                f"{end - start} bytes cannot hold {size}", segment=number, offset=start
            )
    planes = np.empty((len(spans), size), np.uint8)
    for number, (start, end) in enumerate(spans):
        _segment(view[start:end], planes[number], number, start)
    if packed:
        bits = np.unpackbits(planes.reshape(-1), count=pixels, bitorder="little")
        return Decoded(bits.reshape(descriptor.shape), descriptor.photometric)
    samples = _joined(planes, descriptor.samples, width)
    return Decoded(fit(samples, descriptor, descriptor.bits_allocated), descriptor.photometric)


def _segments(view: memoryview, wanted: int) -> list[tuple[int, int]]:
    """Where the segments are: the header has 16 numbers, the count and 15 offsets (PS3.5 G.5)."""
    if len(view) < _HEADER.size:
        raise DecodeError("the RLE header is cut short", offset=len(view))
    count, *offsets = _HEADER.unpack_from(view)
    if not 1 <= count <= _MOST:
        raise DecodeError(f"the RLE header announces {count} segments; 1 to 15 may be", offset=0)
    if count != wanted:
        raise DecodeError(f"there are {count} RLE segments, the attributes ask for {wanted}")
    edges = [*offsets[:count], len(view)]
    for number in range(count):
        if not _HEADER.size <= edges[number] <= edges[number + 1]:
            raise DecodeError(
                "a segment begins outside of its place", segment=number, offset=edges[number]
            )
    return list(pairwise(edges))


def _segment(data: memoryview, plane: Pixels, number: int, start: int) -> None:
    try:
        done = len(_unpack(data, out=plane.data))
    except RuntimeError:  # it gives more than the plane, or ends within a run: looked at run by run
        done = _careful(data, plane.data, number, start)
    if done < len(plane):
        raise DecodeError(
            f"a segment gives {done} bytes, {len(plane)} are needed",
            segment=number,
            offset=start + len(data),
        )


def _careful(data: memoryview, plane: memoryview, number: int, start: int) -> int:
    """The same run by run: a run over the end is cut, and padding may follow; nothing else may."""
    at = done = 0
    size, stop = len(plane), len(data)
    while done < size and at < stop:
        head = data[at]
        if head < 128:
            part = data[at + 1 : at + 2 + head][: size - done]
            at += 2 + head
        elif head > 128 and at + 1 < stop:
            part = memoryview(bytes(data[at + 1 : at + 2]) * min(257 - head, size - done))
            at += 2
        else:
            at += 1
            continue
        plane[done : done + len(part)] = part
        done += len(part)
    rest = bytes(data[at:])
    if len(rest) > 1 and rest.strip(
        _PADDING
    ):  # writers pad with a zero, a blank, or with runs of nothing
        raise DecodeError("a segment gives more than its plane", segment=number, offset=start + at)
    return done


def _joined(planes: Pixels, samples: int, width: int) -> Pixels:
    """Bytes of planes to samples of pixels."""
    size = planes.shape[1]
    if width == 1:
        return planes[0] if samples == 1 else np.ascontiguousarray(planes.T)
    joined = np.empty((size, samples), f"<u{width}")
    octets = joined.view(np.uint8).reshape(size, samples, width)
    for sample in range(samples):
        for place in range(width):
            octets[:, sample, width - 1 - place] = planes[sample * width + place]
    return joined.astype(f"=u{width}", copy=False)
