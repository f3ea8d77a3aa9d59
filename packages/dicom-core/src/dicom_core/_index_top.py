"""Indexing the top level of a source that is only partly in memory.

Headers are read, large values are stepped over and stay where they are: the data set gets handles.
"""

from collections.abc import Callable
from typing import Final

from ._dataset import Dataset, make_dataset
from ._errors import LimitExceeded, SourceChanged
from ._findings import Collector
from ._fragments import spans_in
from ._index import (
    ALL_TAGS,
    NONE_ODD,
    FoundElement,
    Frame,
    Odd,
    RawElement,
    Reading,
    Stored,
    enter,
    stored_element,
)
from ._index_careful import Careful, Level, header_of
from ._kernel import EXPLICIT_BE, UNDEFINED
from ._kernels import kernel as plain
from ._source import ByteSource, ValueHandle

__all__ = ["HEAD", "PIXELS", "TopLevel", "Window", "fill"]

HEAD: Final = 16 << 10  # one read of this size holds the header of most files
LARGE: Final = 64 << 10  # pixel data from here on stays in the file
HUGE: Final = 4 << 20  # other values from here on stay in the file
WALKED: Final = 32 << 20  # so much is read at once to walk through an undefined length
PIXELS: Final = 0x7FE00008  # Float Pixel Data, Double Float Pixel Data, Pixel Data
_PIXEL_DATA: Final = 0x7FE00010
_set = object.__setattr__


class Window:
    """Bytes of a source from ``base`` on, which can be made to hold more."""

    __slots__ = ("base", "buf", "fetch", "size")

    def __init__(self, buf: bytes, size: int, fetch: Callable[[int, int], bytes]) -> None:
        self.buf = buf
        self.base = 0
        self.size = size
        self.fetch = fetch

    @classmethod
    def over(cls, data: bytes) -> "Window":
        """A window on bytes that are all there."""
        return cls(data, len(data), lambda offset, length: data[offset : offset + length])

    @property
    def complete(self) -> bool:
        """Whether it reaches the end of the source."""
        return self.base + len(self.buf) >= self.size

    def grow(self, need: int = 0) -> None:
        """Hold at least ``need`` bytes, and four times as many as before."""
        want = min(max(4 * len(self.buf), need, HEAD), self.size - self.base)
        before = len(self.buf)
        self.buf = self.fetch(self.base, want)
        if len(self.buf) <= before:
            raise SourceChanged("the source", self.base + before)

    def move(self, base: int) -> None:
        """Begin anew at ``base``."""
        self.base = base
        self.buf = self.fetch(base, min(HEAD, self.size - base))


def fill(node: Stored, index: "plain.Index", odd: Odd) -> None:
    """Give a data set the index that was made for it."""
    _set(node, "_index", index)
    _set(node, "_odd", odd)


class TopLevel:
    """One pass over the top level of a data set."""

    __slots__ = (
        "careful", "collector", "encoding", "first", "first_frame", "frame", "index", "not_zero", "odd",
        "solid", "steps", "stop", "stopped", "unsorted", "window",
    )  # fmt: skip

    def __init__(
        self, window: Window, encoding: int, reading: Reading, stop: int, collector: Collector
    ) -> None:
        self.window = window
        self.encoding = encoding
        self.stop = stop
        self.collector = collector
        self.stopped = False
        self.unsorted = False
        self.odd = Odd(solid=True)
        self.first = self.index = plain.new_index()
        self.first_frame = self.frame = Frame(window.buf, encoding, reading)
        self.careful: Careful | None = None
        self.not_zero = -1  # where in the source a byte was seen that is not zero
        self.steps = 0

    def go_on(self, index: "plain.Index", ends: dict[int, int]) -> None:
        """Begin with what was found already."""
        self.first = self.index = index
        self.frame.ends = ends

    def read(self, pos: int, at: int | None = None) -> Dataset:
        """The data set whose first element is at ``pos`` of the window; reading goes on at ``at``."""
        start, end = pos, -1
        at = pos if at is None else at
        last = plain.last_tag(self.index)
        window, reading = self.window, self.frame.reading
        limit = reading.options.limits.elements
        while True:
            frame = self.frame
            known = plain.count(self.index)
            at = plain.scan(
                frame.buf, at, len(frame.buf), self.encoding, self.stop, limit + 1, last, self.index,
                frame.ends,
            )  # fmt: skip
            if plain.count(self.index) > known:
                last = max(last, plain.last_tag(self.index))
            known = max(plain.count(self.index) + len(self.odd), self.steps)
            if known > limit:
                raise LimitExceeded("elements", known)
            if frame.base + at >= window.size:
                break
            if self.stop < ALL_TAGS and plain.stops(frame.buf, at, self.encoding, last, self.stop):
                self.stopped = True
                break
            if at + 12 > len(frame.buf) and not window.complete:
                self._grow(at + 12)
                continue
            at, moved, last = self._step(at, last)
            if self.stopped:
                break
            if moved >= 0:
                if end < 0:
                    end = at
                self._leave(moved)
                if moved >= window.size:
                    break
                at = 0
        if end < 0:
            end = at
        self._flush()
        if self.unsorted:
            plain.sort(self.first)
        reading.count(plain.count(self.first) + len(self.odd))
        dataset = make_dataset(self.first_frame, start, end, 0)
        fill(dataset, self.first, self.odd)
        return dataset

    def _grow(self, need: int = 0) -> None:
        self.window.grow(need)
        self.frame.buf = self.window.buf

    def _step(self, at: int, last: int) -> tuple[int, int, int]:
        """Deal with the element that the kernel left: (where to go on here, or elsewhere, last tag)."""
        window, frame = self.window, self.frame
        self.steps += 1
        end = window.size - frame.base
        depth = frame.reading.options.limits.depth
        level = Level(
            frame.buf, end, self.encoding, frame.ends, self.collector.reporter(frame.base), depth
        )
        if end - at >= 8:
            tag = level.tag(at)
            if self.stop <= tag and tag > last and tag >> 16 != 0xFFFE:
                self.stopped = True
                return at, -1, last
            if not window.complete and tag >> 16 != 0xFFFE:
                done, moved = self._beyond(level, tag, at)
                if done:
                    return at, moved, max(last, tag) if moved >= 0 else last
        careful = self.careful
        if careful is None:
            careful = self.careful = Careful(level, self._known, last)
        careful.level, careful.last = level, last
        entry, after = careful.next(at)
        if frame is self.first_frame:
            self.odd.solid = False
        if entry is not None:
            self.unsorted |= entry.tag < last
            enter(frame, self.index, self.odd, entry)
        # after an element out of order the kernel has nothing more to compare with
        return after, -1, careful.last

    def _known(self, tag: int) -> bool:
        return (
            tag in self.odd or plain.find(self.index, tag) >= 0 or plain.find(self.first, tag) >= 0
        )

    def _beyond(self, level: Level, tag: int, at: int) -> tuple[bool, int]:
        """An element that may reach beyond the window: grow the window, or leave the value where it
        is. Gives whether that was all, and where in the source to go on.
        """
        frame, window = self.frame, self.window
        if tag == 0 and not any(frame.buf[at : at + 8]) and self._only_zeros(at):
            text = f"{level.end - at} zero bytes follow the last element"
            level.tell("trailing-padding", text, 0, at)
            return True, window.size
        vr, start, length, _ = header_of(level._replace(report=None), tag, at)
        if length == UNDEFINED:
            if vr in {"OB", "OW"} or (not vr and tag == _PIXEL_DATA):
                return True, self._leave_fragments(level, tag, at, vr, start)
            self._grow(min(level.end, WALKED))
            return True, -1
        stop = start + length
        if stop <= len(frame.buf):
            return False, -1
        cut_off = stop > level.end
        if not cut_off and length < (LARGE if tag >= PIXELS else HUGE):
            self._grow(stop)
            return True, -1
        if cut_off:
            have = level.end - start
            text = f"{_tag(tag)} declares {length} bytes, {have} are there"
            level.tell("truncated", text, tag, at, vr, length, have)
            stop = level.end
        self._put(tag, FoundElement(
            vr, b"", 0, 0, self.encoding, frame.base + at,
            handle=ValueHandle(self._source(), frame.base + start, stop - start),
        ))  # fmt: skip
        return True, frame.base + stop

    def _leave_fragments(self, level: Level, tag: int, at: int, vr: str, start: int) -> int:
        base = self.frame.base
        source = _Fetched(self.window)
        spans, after, well = spans_in(
            source, base + start, self.window.size, self.encoding == EXPLICIT_BE
        )
        if not well:
            level.tell("delimiter-missing", f"{_tag(tag)} does not end as it should", tag, at, vr)
        stop = after - 8 if well else base + start + (spans[-1] if spans else 0)
        self._put(tag, FoundElement(
            vr or "OB", b"", 0, 0, self.encoding, base + at, undefined=True, spans=spans,
            handle=ValueHandle(self._source(), base + start, stop - base - start),
        ))  # fmt: skip
        return after

    def _source(self) -> ByteSource:
        source = self.frame.reading.source
        assert source is not None
        return source

    def _put(self, tag: int, found: RawElement) -> None:
        plain.remove(self.index, tag)
        plain.remove(self.first, tag)
        self.odd[tag] = found

    def _only_zeros(self, at: int) -> bool:
        position = self.frame.base + at
        if position <= self.not_zero:
            return False
        while position < self.window.size:
            piece = self.window.fetch(position, min(1 << 20, self.window.size - position))
            zeros = len(piece) - len(piece.lstrip(b"\0"))
            if not piece or zeros < len(piece):
                self.not_zero = position + zeros
                return False
            position += len(piece)
        return True

    def _leave(self, position: int) -> None:
        """Go on with a new window at ``position``."""
        self._flush()
        self.index = plain.new_index()
        self.careful = None
        if position < self.window.size:
            self.window.move(position)
        self.frame = Frame(self.window.buf, self.encoding, self.frame.reading, base=position)

    def _flush(self) -> None:
        """Elements of later windows become single elements: the index is of the first window."""
        if self.frame is self.first_frame or not plain.count(self.index):
            return
        node = make_dataset(self.frame, 0, len(self.frame.buf), 0)
        fill(node, self.index, NONE_ODD)
        for tag in plain.tags(self.index):
            found = stored_element(node, tag)
            assert found is not None
            plain.remove(self.first, tag)
            self.odd[tag] = found


class _Fetched:
    """The source of a window while it is being read."""

    __slots__ = ("window",)

    def __init__(self, window: Window) -> None:
        self.window = window

    @property
    def size(self) -> int:
        return self.window.size

    @property
    def identity(self) -> int:
        return id(self.window)

    def read_range(self, offset: int, length: int) -> bytes:
        return self.window.fetch(offset, min(length, self.window.size - offset))


def _tag(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
