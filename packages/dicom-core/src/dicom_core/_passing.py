"""Items that are only gone over: what a walk has in hand instead of data sets, and how the one becomes the other.

A walk over everything would else leave a data set behind for each item, and a garbage collector that
looks at all of them again and again. `Passing` is an item without a trace: nothing refers to it but the
elements that came from it. Whoever looks into one of their sequences gets the items of the data set
itself, made then (`settle`), so that what is changed there is changed for all.
"""

from typing import TYPE_CHECKING, final

from ._index import Frame, Place, Stored, new_stored
from ._items import Items, dataset_class
from ._nested import stored_sequence

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["Passing", "present", "settle", "settled"]


@final
class Passing(Stored):
    """An item that somebody walks through."""

    __slots__ = ("_above",)

    _above: Items
    """The sequence that it is in, which has made no items, or had not when the walk came by."""

    def __init__(self, frame: Frame, start: int, end: int, number: int, above: Items) -> None:
        self._frame = frame
        self._start = start
        self._end = end
        self._number = number
        self._place = None
        self._fresh = True
        self._charset = self._edits = None
        self._above = above

    def _standing(self) -> Place:
        """Where its sequence stands."""
        chain: list[tuple[int, int]] = []
        above: Items = self._above
        owner = above._owner
        while isinstance(owner, Passing):
            chain.append((owner._number, above._tag))
            above = owner._above
            owner = above._owner
        place = above._place or above._frame.place
        if owner is not None:
            place = (owner._place, owner._number, above._tag)
        for number, tag in reversed(chain):
            place = (place, number, tag)
        return place

    def _load(self, tag: int) -> object:
        return settled(self)._load(tag)


def settled(node: Stored) -> "Dataset":
    """The data set itself; it is made now if it was not yet."""
    if not isinstance(node, Passing):
        return node  # type: ignore[return-value]
    above = node._above
    if above._owner is not None:
        settle(above)
    found = _same_item(above._all(), node)
    if found is None:  # it was removed since: its bytes are still there
        found = new_stored(
            dataset_class(),
            node._frame,
            node._start,
            node._end,
            node._number,
            node._standing(),
            True,
        )
    return found


def settle(items: Items) -> None:
    """Make a sequence that came from a walk one of the data set, and those around it before."""
    chain: list[Items] = []
    one = items
    while True:
        owner = one._owner
        if owner is None:
            break
        chain.append(one)
        if not isinstance(owner, Passing):
            break
        one = owner._above
    for one in reversed(chain):
        owner = one._owner
        if owner is not None:  # else another thread has done it
            _settle(one, settled(owner))


def _settle(one: Items, node: "Dataset") -> None:
    """Make a sequence one of this data set. Threads that do it at once come to the same."""
    tag = one._tag
    undefined = bool(one.undefined_length)
    made: Items = stored_sequence(node, tag, one._start, one._stop, undefined)
    known: object = one
    if not node._edits or tag not in node._edits:  # else it is of this data set no more
        known = node._values.setdefault(tag, one)
    one._frame = made._frame
    one._place = made._place
    if known is not one and isinstance(known, Items):
        one._items = known._all()
        one._same = known
    one._owner = None


def present(node: Stored) -> Stored:
    """The data set itself, if somebody has made it."""
    if not isinstance(node, Passing):
        return node
    above = node._above
    chain: list[Passing] = [node]
    found: Stored | None = None
    while above._items is None:
        owner = above._owner
        if owner is None:
            return node
        if not isinstance(owner, Passing):
            found = owner
            break
        chain.append(owner)
        above = owner._above
    else:
        found = _same_item(above._items, chain.pop())
    while found is not None and chain:
        following = chain.pop()
        known = found._values.get(following._above._tag)
        if not isinstance(known, Items) or known._items is None:
            return node
        found = _same_item(known._items, following)
    return node if found is None else found


def _same_item(items: "list[Dataset]", node: Passing) -> "Dataset | None":
    """The item of the same bytes."""
    number, start, buf = node._number, node._start, node._frame.buf
    if number < len(items):
        item = items[number]
        if item._start == start and item._frame.buf is buf:
            return item
    for item in items:  # some were inserted or removed
        if item._start == start and item._frame.buf is buf:
            return item
    return None
