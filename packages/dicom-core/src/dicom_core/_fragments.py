"""Encapsulated pixel data as what it is: a basic offset table and fragments (PS3.5 A.4)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from ._source import ByteSource, BytesSource, ValueHandle

__all__ = ["Fragments"]


class Fragments(Sequence[bytes]):
    """The fragments of encapsulated pixel data, read one by one when asked for.

    As a sequence it holds the fragments without the first item, which is in `offset_table`.
    """

    __slots__ = ("_handle", "_spans", "offset_table")

    offset_table: bytes
    """The value of the first item, as it stands there; often empty."""

    def __init__(self, fragments: Iterable[bytes] = (), offset_table: bytes = b"") -> None:
        pieces = [bytes(fragment) for fragment in fragments]
        self._spans: list[int] = []
        position = 0
        for piece in pieces:
            self._spans += (position, position + len(piece))
            position += len(piece)
        data = b"".join(pieces)
        self._handle = ValueHandle(BytesSource(data), 0, len(data))
        self.offset_table = offset_table

    @classmethod
    def found(cls, handle: ValueHandle, spans: list[int]) -> "Fragments":
        """From where all the items are in a value, the first one included: start, end, start, end ..."""
        self = cls.__new__(cls)
        self._handle = handle
        self._spans = spans[2:]
        start, end = spans[:2] if spans else (0, 0)
        self.offset_table = handle.read_range(start, end - start) if end > start else b""
        return self

    def __len__(self) -> int:
        return len(self._spans) // 2

    def _span(self, number: int) -> tuple[int, int]:
        count = len(self)
        if not -count <= number < count:
            raise IndexError(f"fragment {number} of {count}")
        number %= count
        return self._spans[2 * number], self._spans[2 * number + 1]

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> list[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | list[bytes]:
        if isinstance(number, slice):
            return [self[at] for at in range(*number.indices(len(self)))]
        start, end = self._span(number)
        return self._handle.read_range(start, end - start)

    def view(self, number: int) -> memoryview:
        """A fragment without a copy where it is in memory."""
        start, end = self._span(number)
        source, offset = self._handle.source, self._handle.offset
        if isinstance(source, BytesSource):
            return memoryview(source.data)[offset + start : offset + end]
        return memoryview(self._handle.read_range(start, end - start))

    def parts(self) -> Iterator[bytes | ValueHandle]:
        """The fragments, those that are not in memory as handles on where they are."""
        handle, spans = self._handle, self._spans
        in_memory = isinstance(handle.source, BytesSource)
        for number in range(len(self)):
            start, end = spans[2 * number], spans[2 * number + 1]
            yield self[number] if in_memory else handle.part(start, end - start)

    @property
    def handle(self) -> ValueHandle:
        """The bytes that hold the fragments; offsets in `spans` count from their begin."""
        return self._handle

    @property
    def spans(self) -> list[int]:
        """Where each fragment is in `handle`, without reading any: start, end, start, end ..."""
        return list(self._spans)

    @property
    def sizes(self) -> list[int]:
        """The length of each fragment, without reading any."""
        return [end - start for start, end in zip(self._spans[::2], self._spans[1::2], strict=True)]

    def __iter__(self) -> Iterator[bytes]:
        for number in range(len(self)):
            yield self[number]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fragments):
            return NotImplemented
        return (
            self.offset_table == other.offset_table
            and self.sizes == other.sizes
            and all(mine == theirs for mine, theirs in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        return Fragments, (list(self), self.offset_table)

    def __repr__(self) -> str:
        return f"<Fragments: {len(self)}, {sum(self.sizes)} bytes>"


def spans_in(source: ByteSource, pos: int, end: int, big: bool) -> tuple[list[int], int, bool]:
    """The items of encapsulated bytes at ``pos``, the offset after them, and whether all is well.

    The items count from ``pos``: start, end, start, end ... A cut-off one ends at ``end``. Only their
    headers are read; small fragments share a read.
    """
    spans: list[int] = []
    first, base, window = pos, pos, source.read_range(pos, min(4096, end - pos))
    while end - pos >= 8:
        at = pos - base
        if at + 8 > len(window):
            base, at = pos, 0
            window = source.read_range(pos, min(4096, end - pos))
        group = window[at : at + 4]
        length = int.from_bytes(window[at + 4 : at + 8], "big" if big else "little")
        if group == (b"\xff\xfe\xe0\xdd" if big else b"\xfe\xff\xdd\xe0"):
            return spans, pos + 8, True
        if group != (b"\xff\xfe\xe0\x00" if big else b"\xfe\xff\x00\xe0"):
            return spans, end, False
        stop = min(pos + 8 + length, end)
        spans += (pos + 8 - first, stop - first)
        if stop < pos + 8 + length:
            return spans, end, False
        pos = stop
    return spans, end, False


# Tracebacks, reprs and pickles name the place that users import from
Fragments.__module__ = "dicom_core"
