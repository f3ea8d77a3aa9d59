"""The bytes of a sequence and what was made of them: the lower half of `Sequence` (PS3.5 7.5).

It is apart because this half is compiled, and what inherits from `MutableSequence` cannot be.
"""

from _thread import allocate_lock
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ._errors import LimitExceeded
from ._index import Frame, Place, Reading, Stored, new_stored
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

    __slots__ = (
        "_changed", "_frame", "_items", "_owner", "_place", "_same", "_start", "_stop", "_tag",
        "undefined_length",
    )  # fmt: skip

    _changed: bool
    _frame: Frame
    _items: "list[Dataset] | None"
    _owner: Stored | None
    """Of a sequence that came from a walk, and that its data set does not know yet: see `_passing`."""
    _place: Place
    _same: "Items | None"
    """The sequence of the data set, where that had one already: both have one list of items."""
    _start: int
    _stop: int
    _tag: int
    """Of one with an owner."""
    undefined_length: bool | None
    """How its length was written: True for undefined, False for defined, None if it was never read."""

    def _all(self) -> "list[Dataset]":
        items = self._items
        if items is None and self._owner is not None:
            from ._passing import settle

            settle(self)
            items = self._items
        if items is None:
            with making:
                items = self._items
                if items is None:
                    items = self._items = self._make()
        return items

    def _make(self) -> "list[Dataset]":
        frame = self._frame
        spans = self._spans(frame.reading)
        frame.reading.made += 1
        cls, place = dataset_class(), self._place or frame.place
        if len(spans) == 2:
            return [new_stored(cls, frame, spans[0], spans[1], 0, place, True)]
        starts, stops = spans[::2], spans[1::2]
        return [
            new_stored(cls, frame, starts[number], stops[number], number, place, True)
            for number in range(len(starts))
        ]

    def _spans(self, reading: Reading) -> list[int]:
        """Where the content of each item is: start, end, start, end ...; the items are counted."""
        frame, start, stop = self._frame, self._start, self._stop
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
        reading.count(len(spans) // 2)
        return spans

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
