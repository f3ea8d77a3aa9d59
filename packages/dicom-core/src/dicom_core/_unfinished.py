"""The top level of a data set in memory that was read up to its first sequence of undefined length.

To find the end of such a sequence means to walk through all of it. That is done when somebody asks
for anything of the data set: then it is read anew and whole, with everything that reading may find or
refuse. Until then elements can be set and the file be written: what was not reached is one run of
bytes, copied as it stands.
"""

from _thread import allocate_lock
from typing import TYPE_CHECKING, Final

from ._dataset import Dataset, make_dataset
from ._findings import Collector
from ._index import ALL_TAGS, NONE_ODD, Frame, RawElement, Reading, Stored
from ._index_top import TopLevel, Window, fill
from ._kernel import EXPLICIT_BE, IMPLICIT, NAMES
from ._kernels import kernel as plain

if TYPE_CHECKING:
    from ._encode import Encoder, Part
    from ._index import Edit
    from ._survey import Survey

__all__ = ["begun", "head_of", "parts_without_the_rest"]

_CHARACTER_SET: Final = 0x00080005
_LOOKS: Final = 100  # places that look like an element, after which it is no use to look on
_set = object.__setattr__


class Begun(Frame):
    """The frame of such a data set."""

    __slots__ = ("_collector", "_lock", "head")

    head: Dataset
    """The elements before the sequence, as a data set of its own."""

    def __init__(self, survey: "Survey", reading: Reading, collector: Collector) -> None:
        buf, encoding = survey.buf, survey.syntax.encoding
        super().__init__(buf, encoding, reading, ends=survey.ends)
        self.unread = True
        self._collector = collector
        self._lock = allocate_lock()
        self.head = make_dataset(Frame(buf, encoding, reading), survey.pos, survey.at, 0)
        fill(self.head, survey.index, NONE_ODD)

    def read_on(self, node: Stored) -> None:
        """Read all of it, once. A limit that is exceeded is exceeded for the next one who asks, too."""
        with self._lock:
            if not self.unread:
                return
            collector = self._collector.copy()
            top = TopLevel(Window.over(self.buf), self.encoding, self.reading, ALL_TAGS, collector)
            whole = top.read(node._start)
            self.ends = whole._frame.ends
            self._collector.found[:], self._collector.more = collector.found, collector.more
            fill(node, whole._index, whole._odd)
            self.unread = False


def begun(survey: "Survey", reading: Reading, collector: Collector) -> Dataset:
    """The data set of a survey that ended before a sequence of undefined length."""
    return make_dataset(Begun(survey, reading, collector), survey.pos, len(survey.buf), 0)


def head_of(dataset: Dataset, meta: Dataset, same: dict[int, int]) -> Dataset:
    """The part of such a data set that was read, if it holds what file meta information says.

    ``same``: tags of file meta information with those of the data set. Else all of it: somebody changed
    the one or the other.
    """
    frame = dataset._frame
    assert isinstance(frame, Begun)
    head, edits = frame.head, dataset._edits or {}
    for tag, own in same.items():
        if own in edits or head.get(own) is None or head.get(own) != meta.get(tag):
            return dataset
    return head


def parts_without_the_rest(node: Dataset, encoder: "Encoder") -> "list[Part] | None":
    """The parts of such a data set with its edits; None where they cannot be told without the rest.

    They can when the edits are before the sequence, and no other element of their tags stands
    behind it: out of order, but for a reader that takes the last one it would be the old value.
    """
    frame = node._frame
    assert isinstance(frame, Begun)
    head, edits = frame.head, node._edits or {}
    at = head._end
    if encoder.encoding != frame.encoding or encoder.options.sequences != "keep":
        return None
    order = "big" if frame.encoding == EXPLICIT_BE else "little"
    group = int.from_bytes(frame.buf[at : at + 2], order)  # type: ignore[arg-type]
    following = group << 16 | int.from_bytes(frame.buf[at + 2 : at + 4], order)  # type: ignore[arg-type]
    length = group << 16  # a group length that counts the rest, too (PS3.5 7.2)
    if length in edits or plain.find(head._index, length) >= 0:
        return None
    if _CHARACTER_SET in edits or any(tag >= following for tag in edits):
        return None
    # a character set that stands too late would count for what is set, if it went beyond ASCII
    tags = edits if all(map(_is_plain, edits.values())) else (*edits, _CHARACTER_SET)
    if not all(_is_absent(frame, tag, at) for tag in tags):
        return None
    twin = make_dataset(head._frame, head._start, at, 0)
    fill(twin, head._index, NONE_ODD)
    _set(twin, "_edits", edits)
    _set(twin, "_values", node._values)
    return [*encoder.data_set(twin), memoryview(frame.buf)[at:]]


def _is_plain(edit: "Edit") -> bool:
    """Whether an edit is the same in every character set, by a glance."""
    if edit is None or isinstance(edit, bytes):
        return edit is None or edit.isascii()
    return isinstance(edit, RawElement) and edit.vr != "SQ" and edit.buf.isascii()


def _is_absent(frame: Frame, tag: int, start: int) -> bool:
    """Whether no element with this tag can stand from ``start`` on: its bytes are nowhere."""
    buf, encoding = frame.buf, frame.encoding
    order = "big" if encoding == EXPLICIT_BE else "little"
    group, element = (tag >> 16).to_bytes(2, order), (tag & 0xFFFF).to_bytes(2, order)  # type: ignore[arg-type]
    end = len(buf)
    for _ in range(_LOOKS):
        end = buf.rfind(group + element, start, end)  # from the end: a quarter of the time of find
        if end < 0:
            return True
        if encoding == IMPLICIT or buf[end + 4 : end + 6] in NAMES:
            return False
        end += 3
    return False
