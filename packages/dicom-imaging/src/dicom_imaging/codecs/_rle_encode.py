"""Encoding RLE Lossless (PS3.5 Annex G), a whole plane of bytes at once."""

import struct

import numpy as np
from numpy.typing import NDArray

from .._descriptor import PixelDescriptor
from .._errors import EncodeError
from ._codec import Encoded, EncodeOptions, Pixels
from ._encoding import full_width, lossless_only, ready, refuse_float

__all__ = ["encode", "encode_plane"]

_MOST = 15
_RUN = 128  # bytes that one run stands for at most (PS3.5 G.3.1)
Octets = NDArray[np.uint8]


def encode(
    pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
) -> Encoded:
    """One frame; the segments are in the order of PS3.5 G.2."""
    lossless_only(options, uid)
    refuse_float(descriptor, uid)
    pixels = ready(pixels, descriptor, uid)
    planes = _planes(pixels, descriptor)
    if len(planes) > _MOST:
        raise EncodeError(f"RLE has 15 segments at most, this frame needs {len(planes)}", uid)
    segments = [encode_plane(plane) for plane in planes]
    offsets = [64]
    for segment in segments:
        offsets.append(offsets[-1] + len(segment))
    header = struct.pack("<16I", len(segments), *offsets[:-1], *[0] * (_MOST - len(segments)))
    return Encoded(header + b"".join(segments), full_width(descriptor), lossless=True)


def _planes(pixels: Pixels, descriptor: PixelDescriptor) -> list[Octets]:
    rows, columns = descriptor.rows, descriptor.columns
    if descriptor.bits_allocated == 1:  # packed bits have no rows: they go on from one to the next
        return [np.packbits(pixels != 0, axis=None, bitorder="little").reshape(1, -1)]
    width = pixels.dtype.itemsize
    octets = pixels.astype(pixels.dtype.newbyteorder(">"), copy=False)
    parts = octets.view(np.uint8).reshape(rows, columns, descriptor.samples, width)
    return [
        np.ascontiguousarray(parts[:, :, sample, place])
        for sample in range(descriptor.samples)
        for place in range(width)
    ]


def encode_plane(plane: Octets) -> bytes:
    """A segment: rows are encoded one by one (PS3.5 G.3.1), and its length is even.

    Three and more equal bytes become a replicate run, everything between such runs a literal one.
    """
    rows, columns = plane.shape
    same = np.zeros((rows, columns), bool)  # the byte is the one before it
    np.equal(plane[:, 1:], plane[:, :-1], out=same[:, 1:])
    run = np.zeros((rows, columns), bool)  # the byte is one of three equal ones or more
    if columns > 2:
        third = same[:, 1:-1] & same[:, 2:]
        run[:, 2:] = third
        run[:, 1:-1] |= third
        run[:, :-2] |= third
    begins = np.empty((rows, columns), bool)  # a run begins here
    begins[:, 0] = True
    np.not_equal(run[:, 1:], run[:, :-1], out=begins[:, 1:])
    begins[:, 1:] |= run[:, 1:] & ~same[:, 1:]
    flat = plane.reshape(-1)
    starts, lengths = _pieces(np.flatnonzero(begins), flat.size)
    replicate = run.reshape(-1)[starts]
    sizes = np.where(replicate, 2, lengths + 1)
    ends = np.cumsum(sizes)
    total = int(ends[-1])
    out = np.zeros(total + total % 2, np.uint8)
    heads = ends - sizes
    out[heads] = np.where(replicate, 257 - lengths, lengths - 1)  # 257 - 1 is 0: a literal of one
    repeated = heads[replicate] + 1
    out[repeated] = flat[starts[replicate]]
    literal = np.ones(total, bool)
    literal[heads] = False
    literal[repeated] = False
    out[:total][literal] = flat[~run.reshape(-1)]
    return out.tobytes()


def _pieces(starts: NDArray[np.intp], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where runs begin and how long they are, none longer than 128."""
    lengths = np.diff(starts, append=size)
    if not (lengths > _RUN).any():
        return starts, lengths
    counts = -(-lengths // _RUN)
    first = np.cumsum(counts) - counts
    number = np.arange(int(counts.sum())) - np.repeat(first, counts)  # of the piece within its run
    starts = np.repeat(starts, counts) + number * _RUN
    return starts, np.minimum(np.repeat(lengths, counts) - number * _RUN, _RUN)
