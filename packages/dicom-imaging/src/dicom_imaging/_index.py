"""`FrameIndex`: where the bytes of each frame are in the source, as a small value that can be stored."""

import sys
from array import array
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final, Self

from ._errors import FrameExtractionError, PixelDataError

if TYPE_CHECKING:
    from dicom_core import ByteSource

__all__ = ["FrameIndex", "identity_text"]

_MAGIC: Final = b"DICOM frame index 1\n"
_WAYS: Final = frozenset(("native", "basic", "extended", "scan"))


class FrameIndex:
    """Where each frame is: ranges of bytes in the source, none of which reaches out of the pixel data.

    It is made from the headers of fragments and the offset tables alone, compared by value, and kept by `to_bytes`: a
    slide whose index was stored opens without a look at its fragments. It names the state of the source it was made of.
    """

    __slots__ = ("_ends", "_firsts", "_native", "_starts", "frames", "how", "source", "why")

    how: str
    """``native``, ``basic`` or ``extended`` (the offset table that was used), or ``scan``."""
    frames: int
    """The frames that the data set announces."""
    source: str
    """The state of the source."""
    why: str
    """Why some frames cannot be found; empty where all are."""

    def __init__(self, how: str, frames: int, why: str = "") -> None:
        self.how = how
        self.frames = frames
        self.source = ""
        self.why = why
        self._native = (0, 0, 0)
        self._starts = array("Q")
        self._ends = array("Q")
        self._firsts: array[int] | None = None

    @classmethod
    def native(cls, frames: int, offset: int, length: int, bits: int) -> Self:
        """Frames of so many bits, one after the other."""
        self = cls("native", frames)
        self._native = (offset, length, bits)
        return self

    @classmethod
    def encapsulated(
        cls,
        how: str,
        frames: int,
        spans: "tuple[array[int], array[int]]",
        firsts: "array[int] | None",
        why: str = "",
    ) -> Self:
        """Starts and ends of all fragments, and the first fragment of each frame; None: each frame has one."""
        self = cls(how, frames, why)
        self._starts, self._ends = spans
        self._firsts = firsts
        return self

    def moved(self, shift: int, source: str) -> "FrameIndex":
        """The same frames at other offsets, in a source of this state."""
        self.source = source
        offset, length, bits = self._native
        if shift and bits:
            self._native = (offset + shift, length, bits)
        elif shift:
            self._starts = array("Q", (at + shift for at in self._starts))
            self._ends = array("Q", (at + shift for at in self._ends))
        return self

    def __len__(self) -> int:
        return self.frames

    @property
    def found(self) -> int:
        """How many frames have bytes."""
        if self.how == "native":
            _, length, bits = self._native
            return min(self.frames, length * 8 // bits)
        return min(self.frames, len(self._starts if self._firsts is None else self._firsts))

    def spans(self, frame: int) -> list[tuple[int, int]]:
        """The offset and length of each piece of a frame in the source.

        Of native pixels, the bytes that hold the frame; `first_bit` tells where in the first one it begins.
        """
        if not 0 <= frame < self.frames:
            raise IndexError(f"frame {frame} of {self.frames}")
        if self.how == "native":
            offset, length, bits = self._native
            start, stop = frame * bits // 8, -(-(frame + 1) * bits // 8)
            if stop > length:
                have = f"{max(length - start, 0)} of {stop - start} bytes"
                raise FrameExtractionError(
                    frame, f"the pixel data ends before it, {have} are there"
                )
            return [(offset + start, stop - start)]
        firsts, count = self._firsts, len(self._starts)
        first, after = frame, frame + 1
        if firsts is not None:
            first = firsts[frame] if frame < len(firsts) else count
            after = firsts[frame + 1] if frame + 1 < len(firsts) else count
        if first >= count:
            raise FrameExtractionError(frame, self.why or f"there are {count} fragments only")
        return [(self._starts[at], self._ends[at] - self._starts[at]) for at in range(first, after)]

    def first_bit(self, frame: int) -> int:
        """Where in its first byte a frame begins: not 0 only of native pixels of 1 or 12 bits (PS3.5 8.1.1)."""
        return frame * self._native[2] % 8

    def rest(self, frame: int) -> tuple[int, int]:
        """Of a native frame that is cut off: the offset and length of what is there."""
        offset, length, bits = self._native
        start = min(frame * bits // 8, length)
        return offset + start, min(length - start, -(-bits // 8))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrameIndex):
            return NotImplemented
        return self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash((self.how, self.frames, self.source, self._native, len(self._starts)))

    def _parts(self) -> tuple[object, ...]:
        return (
            self.how,
            self.frames,
            self.source,
            self.why,
            self._native,
            self._starts,
            self._ends,
            self._firsts,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return FrameIndex.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"<FrameIndex: {self.frames} frames, {self.how}>"

    # --- storing --------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The index for storing; `from_bytes` takes it back on any machine."""
        import json

        head = {
            "how": self.how, "frames": self.frames, "source": self.source, "why": self.why,
            "native": self._native, "fragments": len(self._starts),
            "firsts": None if self._firsts is None else len(self._firsts),
        }  # fmt: skip
        numbers = [self._starts, self._ends, self._firsts or array("Q")]
        return b"".join(
            (_MAGIC, json.dumps(head).encode(), b"\n", *(_little(one).tobytes() for one in numbers))
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "FrameIndex":
        """An index that was stored. Raises `PixelDataError` for anything else, cut off or changed as it may be."""
        try:
            self = cls._from_bytes(data)
        except (ValueError, TypeError, KeyError) as error:
            raise PixelDataError("these bytes are no frame index; make it anew") from error
        return self

    @classmethod
    def _from_bytes(cls, data: bytes) -> "FrameIndex":
        import json

        if not data.startswith(_MAGIC):
            raise ValueError("no magic")
        line = data.index(b"\n", len(_MAGIC)) + 1
        head = json.loads(data[len(_MAGIC) : line])
        frames, fragments, firsts = head["frames"], head["fragments"], head["firsts"]
        offset, length, bits = head["native"]
        texts = (head["how"], head["source"], head["why"])
        numbers = (frames, fragments, 0 if firsts is None else firsts, offset, length, bits)
        if not all(type(one) is int and one >= 0 for one in numbers) or texts[0] not in _WAYS:
            raise ValueError("wrong head")
        if not all(isinstance(one, str) for one in texts):
            raise TypeError("wrong head")
        if len(data) != line + 8 * (2 * fragments + (firsts or 0)):
            raise ValueError("wrong length")
        self = cls(texts[0], frames, texts[2])
        self.source = texts[1]
        self._native = (offset, length, bits)
        if self.how == "native" and not bits:
            raise ValueError("wrong head")
        arrays = array("Q")
        arrays.frombytes(data[line:])
        arrays = _little(arrays)
        self._starts, self._ends = arrays[:fragments], arrays[fragments : 2 * fragments]
        if any(end < start for start, end in zip(self._starts, self._ends, strict=True)):
            raise ValueError("ranges that end before they begin")
        if firsts is not None:
            self._firsts = arrays[2 * fragments :]
            if list(self._firsts) != sorted(set(self._firsts)):
                raise ValueError("frames out of order")
        return self


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "little":
        return numbers
    swapped = array("Q", numbers)
    swapped.byteswap()
    return swapped


def identity_text(source: "ByteSource") -> str:
    """The identity of a source as a text that holds in another process, too.

    A file is known by size and time of change, so that a copy of both, file and index, still fits.
    """
    from hashlib import sha256

    from dicom_core import BytesSource, PathSource

    if isinstance(source, BytesSource):
        ends = source.data[:65536] + source.data[-65536:]
        return f"bytes {source.size} {sha256(ends).hexdigest()}"
    identity: Hashable = source.identity
    if isinstance(source, PathSource) and isinstance(identity, tuple):
        return f"file {identity[2]} {identity[3]}"
    return f"source {source.size} {identity!r}"


# Tracebacks, reprs and pickles name the place that users import from
FrameIndex.__module__ = "dicom_imaging"
