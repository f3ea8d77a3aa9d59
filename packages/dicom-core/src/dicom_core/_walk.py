"""Going over the elements of a data set, and over everything in it without recursion."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, final

from ._element import DataElement
from ._index import Frame, Reading, Stored, raw_element
from ._items import Items
from ._level import level_elements
from ._passing import Passing, present

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["walk"]


def walk(root: "Stored", *, deep: bool = True) -> Iterator[DataElement]:
    """Every element, with ``deep`` each before the elements of its items. The limit of depth applies.

    One generator for all levels, and elements filled in place: this loop is as long as a data set.
    Items that nobody has looked into are only passed; who edits them on the way is seen.
    """
    stack: list[_Level] = []
    level: _Level | None = None
    frames = _Passed()
    node, elements = root, iter(level_elements(root))
    reading = root._frame.reading
    made = reading.made
    while True:
        for element in elements:
            if reading.made != made:
                made = reading.made
                node = present(node)
            if element._node is not node:  # somebody looked into it
                element._node = node
            edits = node._edits  # somebody may edit while we walk
            if element._start < 0 or (edits and element._tag in edits):
                tag = element._tag
                found = raw_element(node, tag)
                if found is None:
                    continue
                element = DataElement._of(node, tag, found)
            yield element
            if element._vr == "SQ" and deep:
                value = element.value
                if isinstance(value, Items):
                    if level is not None:
                        stack.append(level)
                    level = _Level(node, elements, reading, made, value, frames)
                    reading, made = level.reading, level.made
                    break
        # to the next item of the innermost sequence, or else on in the data set that holds it
        if level is None:
            return
        item = level.next_item()
        if item is None:
            node, elements = level.node, level.elements
            reading, made = level.outer_reading, level.outer_made
            level = stack.pop() if stack else None
        else:
            node, elements = item, iter(level_elements(item))


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
        "at", "elements", "frame", "items", "made", "node", "outer_made", "outer_reading", "reading", "sequence",
        "spans",
    )  # fmt: skip

    def __init__(
        self,
        node: Stored,
        elements: Iterator[DataElement],
        reading: Reading,
        made: int,
        sequence: Items,
        frames: _Passed,
    ) -> None:
        self.node = node
        self.elements = elements
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
