"""`encapsulate`: encoded frames as fragments with an offset table (PS3.5 A.4)."""

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

import dicom_core as dc

from ._errors import EncodeError
from ._spool import Spool

if TYPE_CHECKING:
    from .codecs import Bytes

__all__ = ["Encapsulated", "encapsulate"]

_MOST = (1 << 32) - 2  # of a fragment, and of an offset in the Basic Offset Table


class Encapsulated(NamedTuple):
    """Encapsulated frames, and the Extended Offset Table where one was asked for."""

    fragments: dc.Fragments
    extended_offset_table: bytes | None = None
    extended_offset_table_lengths: bytes | None = None

    def into(self, dataset: dc.Dataset) -> None:
        """Set Pixel Data, and the Extended Offset Table or nothing in its place."""
        dataset.set("PixelData", "OB", self.fragments)
        for keyword, value in (
            ("ExtendedOffsetTable", self.extended_offset_table),
            ("ExtendedOffsetTableLengths", self.extended_offset_table_lengths),
        ):
            if value is not None:
                dataset.set(keyword, "OV", value)
            elif keyword in dataset:
                del dataset[keyword]


def encapsulate(
    frames: "Iterable[Bytes]",
    *,
    offset_table: Literal["basic", "extended", "none"] = "basic",
    fragment_size: int | None = None,
) -> Encapsulated:
    """Encoded frames, one after the other, as the value of Pixel Data.

    ``fragment_size``: frames are cut into fragments of at most so many bytes, an even number; by default each frame is
    one fragment, as the Extended Offset Table and some syntaxes want it. What is much waits in a temporary file.
    Raises `EncodeError` for what cannot be.
    """
    if fragment_size is not None and (fragment_size < 2 or fragment_size % 2):
        raise EncodeError(f"fragment_size is {fragment_size}; it is an even number above 0")
    if fragment_size is not None and offset_table == "extended":
        raise EncodeError("with an extended offset table each frame is one fragment")
    spool, spans = Spool(), [0, 0]  # the first item is the table, which is kept beside
    offsets, lengths = array("Q"), array("Q")
    at = 0
    for number, frame in enumerate(frames):
        if not len(frame):
            raise EncodeError(f"frame {number} has no bytes")
        offsets.append(at)
        lengths.append(len(frame))
        step = fragment_size or len(frame)
        if step > _MOST:
            raise EncodeError(f"frame {number} has {len(frame)} bytes, a fragment at most {_MOST}")
        for start in range(0, len(frame), step):
            piece = bytes(frame[start : start + step])
            begin = spool.add(piece)
            spans += (begin, begin + len(piece))
            at += 8 + len(piece) + (len(piece) & 1)
    fragments = dc.Fragments.found(spool.handle(), spans)
    if offset_table == "basic":
        if offsets and offsets[-1] > _MOST:
            raise EncodeError(f"the frames have {at} bytes; use offset_table='extended'")
        fragments.offset_table = _packed(offsets, 4)
        return Encapsulated(fragments)
    if offset_table == "none":
        return Encapsulated(fragments)
    return Encapsulated(fragments, _packed(offsets, 8), _packed(lengths, 8))


def _packed(numbers: "array[int]", size: int) -> bytes:
    return b"".join(number.to_bytes(size, "little") for number in numbers)


# Tracebacks, reprs and pickles name the place that users import from
Encapsulated.__module__ = encapsulate.__module__ = "dicom_imaging"
