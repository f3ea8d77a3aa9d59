"""`Sequence`: the items of a sequence, list-like, made when they are first touched (PS3.5 7.5)."""

from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, overload

from ._errors import LimitExceeded
from ._index import EMPTY, Frame, Place, Stored
from ._index_careful import Level, careful_items
from ._kernel import EXPLICIT_BE
from ._kernels import kernel as plain

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["Sequence"]

making: Final = allocate_lock()  # two threads must not make two sets of items


class Sequence(MutableSequence["Dataset"]):
    """A list of data sets. Nothing of it is parsed before the first look at it."""

    __slots__ = ("_changed", "_frame", "_items", "_place", "_start", "_stop", "undefined_length")

    _items: "list[Dataset] | None"
    undefined_length: bool | None
    """How its length was written: True for undefined, False for defined, None if it was never read."""

    def __init__(self, items: "Iterable[Dataset]" = ()) -> None:
        self._frame: Frame = EMPTY
        self._place: Place = None
        self._start = self._stop = 0
        self._changed = True
        self.undefined_length = None
        self._items = made = list(items)
        kind = _kind()
        for item in made:
            if type(item) is not kind:
                _checked(item)

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
        make = _maker()
        place = self._place
        if count == 1:
            return [make(frame, spans[0], spans[1], 0, place, True)]
        starts, stops = spans[::2], spans[1::2]
        return [
            make(frame, starts[number], stops[number], number, place, True)
            for number in range(count)
        ]

    def _may_have_more_than(self, number: int) -> bool:
        """Whether there could be more items: what looks like their tag."""
        big = self._frame.encoding == EXPLICIT_BE
        tag = b"\xff\xfe\xe0\x00" if big else b"\xfe\xff\x00\xe0"
        return self._frame.buf.count(tag, self._start, self._stop) > number

    @property
    def is_edited(self) -> bool:
        """Whether items were added, replaced or removed, or an item was edited."""
        stack = [self]
        while stack:
            one = stack.pop()
            if one._changed:
                return True
            for item in one._items or ():
                if item._edits:
                    return True
                below = list(item._values.values())
                stack.extend(value for value in below if isinstance(value, Sequence))
        return False

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, index: int) -> "Dataset": ...
    @overload
    def __getitem__(self, index: slice) -> "list[Dataset]": ...
    def __getitem__(self, index: int | slice) -> "Dataset | list[Dataset]":
        return self._all()[index]

    @overload
    def __setitem__(self, index: int, value: "Dataset") -> None: ...
    @overload
    def __setitem__(self, index: slice, value: "Iterable[Dataset]") -> None: ...
    def __setitem__(self, index: int | slice, value: "Dataset | Iterable[Dataset]") -> None:
        items = self._all()
        if isinstance(index, slice):
            assert not isinstance(value, Stored)
            items[index] = [_checked(item) for item in value]
        else:
            items[index] = _checked(value)
        self._changed = True

    def __delitem__(self, index: int | slice) -> None:
        del self._all()[index]
        self._changed = True

    def insert(self, index: int, value: "Dataset") -> None:
        """Insert a data set before ``index``."""
        self._all().insert(index, _checked(value))
        self._changed = True

    def __iter__(self) -> "Iterator[Dataset]":
        return iter(self._all())

    def copy(self) -> "Sequence":
        """An independent sequence of copies of the items."""
        twin = Sequence(item.copy() for item in self._all())
        twin.undefined_length = self.undefined_length
        return twin

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence | list | tuple):
            return NotImplemented
        mine = self._all()
        return len(mine) == len(other) and all(a == b for a, b in zip(mine, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        return Sequence, (list(self._all()),)

    def __repr__(self) -> str:
        count = len(self._all())
        return f"<Sequence of {count} item{'' if count == 1 else 's'}>"


_new = object.__new__


def found_sequence(frame: Frame, place: Place, start: int, stop: int, undefined: bool) -> Sequence:
    """The sequence whose items, of this frame, are between two offsets; none of it is parsed."""
    self = _new(Sequence)
    self._frame = frame
    self._place = place
    self._start = start
    self._stop = stop
    self._changed = False
    self.undefined_length = undefined
    self._items = None
    return self


@lru_cache(maxsize=1)
def _maker() -> "Callable[[Frame, int, int, int, Place, bool], Dataset]":
    """`make_dataset`, which stands above this module; an import statement in a loop costs a microsecond."""
    from ._dataset import make_dataset

    return make_dataset


@lru_cache(maxsize=1)
def _kind() -> "type[Dataset]":
    from ._dataset import Dataset

    return Dataset


def _checked(item: object) -> "Dataset":
    if not isinstance(item, _kind()):
        raise TypeError(f"an item of a sequence is a Dataset, not {type(item).__name__}")
    return item


# Tracebacks, reprs and pickles name the place that users import from
Sequence.__module__ = "dicom_core"
