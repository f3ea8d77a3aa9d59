"""`Sequence`: the items of a sequence, list-like, made when they are first touched (PS3.5 7.5)."""

from collections.abc import Iterable, Iterator, MutableSequence
from typing import TYPE_CHECKING, overload

from ._index import EMPTY, Stored
from ._items import Items, dataset_class

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["Sequence"]


class Sequence(Items, MutableSequence["Dataset"]):
    """A list of data sets. Nothing of it is parsed before the first look at it."""

    __slots__ = ()

    def __init__(self, items: "Iterable[Dataset]" = ()) -> None:
        self._frame = EMPTY
        self._owner = self._place = self._same = None
        self._start = self._stop = self._tag = 0
        self._changed = True
        self.undefined_length = None
        self._items = made = list(items)
        kind = dataset_class()
        for item in made:
            if type(item) is not kind:
                _checked(item)

    @property
    def is_edited(self) -> bool:
        """Whether items were added, replaced or removed, or an item was edited."""
        stack: list[Items] = [self]
        while stack:
            one = stack.pop()
            if one._same is not None:
                one = one._same
            if one._changed:
                return True
            for item in one._items or ():
                if item._edits:
                    return True
                below = list(item._values.values())
                stack.extend(value for value in below if isinstance(value, Sequence))
        return False

    def _mark(self) -> None:
        """Items were added, replaced or removed."""
        self._changed = True
        if self._same is not None:
            self._same._changed = True

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
        self._mark()

    def __delitem__(self, index: int | slice) -> None:
        del self._all()[index]
        self._mark()

    def insert(self, index: int, value: "Dataset") -> None:
        """Insert a data set before ``index``."""
        self._all().insert(index, _checked(value))
        self._mark()

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


def _checked(item: object) -> "Dataset":
    if not isinstance(item, dataset_class()):
        raise TypeError(f"an item of a sequence is a Dataset, not {type(item).__name__}")
    return item


# Tracebacks, reprs and pickles name the place that users import from
Sequence.__module__ = "dicom_core"
