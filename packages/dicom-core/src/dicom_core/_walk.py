"""Going over the elements of a data set, and over everything in it without recursion."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, final

from ._ambiguous import public_vrs
from ._element import WORDS, DataElement, blank
from ._index import Frame, Reading, Stored, level_rows, raw_element
from ._items import Items
from ._kernel import EXPLICIT_BE, IMPLICIT
from ._passing import Passing, present

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._kernel_native import Row

__all__ = ["walk"]

# VRs that need a second look: UN that may be known, choices of the dictionary
SLOW: Final = frozenset(("", "UN", "US SS", "OB OW", "US OW", "US SS OW"))
SLOW_BIG: Final = SLOW | WORDS
_ITEMS: Final = frozenset((b"\xfe\xff\x00\xe0", b""))
_UNSET: Final = DataElement._unset()


def walk(root: "Stored", *, deep: bool = True) -> Iterator[DataElement]:
    """Every element, with ``deep`` each before the elements of its items. The limit of depth applies.

    One generator for all levels, and elements filled in place: this loop is as long as a data set.
    Items that nobody has looked into are only passed; who edits them on the way is seen.
    """
    stack: list[_Level] = []
    level: _Level | None = None
    frames = _Passed()
    node, rows = root, iter(_rows(root))
    reading = root._frame.reading
    made = reading.made
    while True:
        slow = SLOW_BIG if node._frame.encoding == EXPLICIT_BE else SLOW
        for tag, vr, start, stop in rows:
            if reading.made != made:
                made = reading.made
                node = present(node)
            edits = node._edits  # somebody may edit while we walk
            if stop < start or vr in slow or (edits and tag in edits):
                found = raw_element(node, tag)
                if found is None:
                    continue
                element = DataElement._of(node, tag, found)
                vr = element._vr
            else:
                element = blank(DataElement)
                element._node = node
                element._tag = tag
                element._vr = vr
                element._start = start
                element._stop = stop
                element._found = None
                element._value = _UNSET
            yield element
            if vr == "SQ" and deep:
                value = element.value
                if isinstance(value, Items):
                    if level is not None:
                        stack.append(level)
                    level = _Level(node, rows, reading, made, value, frames)
                    reading, made = level.reading, level.made
                    break
        # to the next item of the innermost sequence, or else on in the data set that holds it
        if level is None:
            return
        item = level.next_item()
        if item is None:
            node, rows = level.node, level.rows
            reading, made = level.outer_reading, level.outer_made
            level = stack.pop() if stack else None
        else:
            node, rows = item, iter(_rows(item))


@final
class _Passed:
    """The frames of items that are only passed."""

    __slots__ = ("frame", "reading", "same")

    def __init__(self) -> None:
        self.reading: Reading | None = None
        self.frame: Frame | None = None
        self.same: Frame | None = None

    def of(self, frame: Frame) -> Frame:
        """The same, but what is passed is counted for this walk alone, beginning with what is counted already:
        to go over it again adds nothing to what is in memory.
        """
        same = self.same
        if same is None or self.frame is not frame:
            reading = frame.reading
            if same is None or self.frame is None or self.frame.reading is not reading:
                self.reading = Reading(reading.options, reading.source, reading.elements)
            assert self.reading is not None
            same = self.same = frame.counted_by(self.reading)
            same.memo = frame.memo
            self.frame = frame
        return same


@final
class _Level:
    """The items of one sequence on the way, and where to go on after them."""

    __slots__ = (
        "at", "frame", "items", "made", "node", "outer_made", "outer_reading", "reading", "rows",
        "sequence", "spans",
    )  # fmt: skip

    def __init__(
        self,
        node: Stored,
        rows: "Iterator[Row]",
        reading: Reading,
        made: int,
        sequence: Items,
        frames: _Passed,
    ) -> None:
        self.node = node
        self.rows = rows
        self.outer_reading = reading
        self.outer_made = made
        self.sequence = sequence
        self.at = 0
        self.items: list[Dataset] | None = None
        self.spans: list[int] | None = None
        frame = sequence._frame
        if sequence._items is not None:
            self.items = [*sequence._items]
        else:
            if sequence._owner is None:
                reading = frame.reading
                made = reading.made if reading is not self.outer_reading else made
                frame = frames.of(frame)
            self.spans = sequence._spans(frame.reading)
        self.frame = frame
        self.reading = reading
        self.made = made

    def next_item(self) -> Stored | None:
        """The next item."""
        at = self.at
        self.at = at + 1
        items, spans = self.items, self.spans
        if items is not None:
            return items[at] if at < len(items) else None
        assert spans is not None
        if 2 * at >= len(spans):
            return None
        item: Stored = Passing(self.frame, spans[2 * at], spans[2 * at + 1], at, self.sequence)
        return present(item) if self.reading.made != self.made else item


def _rows(node: "Stored") -> "list[Row]":
    """The elements of one level, in the order of the tags; those that need a second look end at -1."""
    rows = level_rows(node)
    if node._frame.encoding == IMPLICIT:
        buf, vrs = node._frame.buf, public_vrs()
        rows = [
            # what does not begin as a sequence must is none, whatever the dictionary says
            (tag, "" if vr == "SQ" and buf[start : start + 4] not in _ITEMS else vr, start, stop)
            for tag, known, start, stop in rows
            for vr in (known or vrs.get(tag, ""),)
        ]
    return rows
