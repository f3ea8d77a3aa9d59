"""The bytes of a sequence and what was made of them: the lower half of `Sequence` (PS3.5 7.5).

It is apart because this half is compiled, and what inherits from `MutableSequence` cannot be.
"""

from _thread import allocate_lock
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ._errors import LimitExceeded
from ._index import Frame, Place, new_stored
from ._index_careful import Level, careful_items
from ._kernel import EXPLICIT_BE
from ._kernels import kernel as plain
from ._kernels import mypyc_attr

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["Items"]

making: Final = allocate_lock()  # two threads must not make two sets of items


@mypyc_attr(allow_interpreted_subclasses=True)
class Items:
    """Data sets that are made when they are first touched."""

    __slots__ = ("_changed", "_frame", "_items", "_place", "_start", "_stop", "undefined_length")

    _changed: bool
    _frame: Frame
    _items: "list[Dataset] | None"
    _place: Place
    _start: int
    _stop: int
    undefined_length: bool | None
    """How its length was written: True for undefined, False for defined, None if it was never read."""

    def _all(self) -> "list[Dataset]":
        items = self._items
        if items is None:
            with making:
                items = self._items
                if items is None:
                    items = self._items = self._make()
        return items

    def _make(self) -> "list[Dataset]":
        frame, start, stop = self._frame, self._start, self._stop
        reading = frame.reading
        limits = reading.options.limits
        if frame.depth > limits.depth:
            raise LimitExceeded("depth", frame.depth, f"at byte {frame.base + start}")
        spans = None
        # An item has 8 bytes at least: short sequences cannot have too many.
        if stop - start <= 8 * reading.limit or not self._may_have_more_than(reading.limit):
            spans = plain.items(frame.buf, start, stop, frame.encoding, frame.ends)
        if spans is None:
            level = Level(
                frame.buf, self._stop, frame.encoding, frame.ends, None, limits.depth - frame.depth
            )
            spans, _ = careful_items(level, self._start, undefined=bool(self.undefined_length))
        count = len(spans) // 2
        reading.count(count)
        cls, place = dataset_class(), self._place or frame.place
        if count == 1:
            return [new_stored(cls, frame, spans[0], spans[1], 0, place, True)]
        starts, stops = spans[::2], spans[1::2]
        return [
            new_stored(cls, frame, starts[number], stops[number], number, place, True)
            for number in range(count)
        ]

    def _may_have_more_than(self, number: int) -> bool:
        """Whether there could be more items: what looks like their tag."""
        big = self._frame.encoding == EXPLICIT_BE
        tag = b"\xff\xfe\xe0\x00" if big else b"\xfe\xff\x00\xe0"
        return self._frame.buf.count(tag, self._start, self._stop) > number


@lru_cache(maxsize=1)
def dataset_class() -> "type[Dataset]":
    """`Dataset`, which stands above this module; an import statement in a loop costs a microsecond."""
    from ._dataset import Dataset

    return Dataset
