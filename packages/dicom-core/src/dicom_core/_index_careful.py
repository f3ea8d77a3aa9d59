"""The careful reader of one level of elements or items: for everything that the kernel leaves alone.

It copes with what real files hold (cut off elements, unknown VRs, missing delimiters, padding) and
tells a reporter what it met. It reads headers only, allocates nothing that a length asks for, and
always moves forward.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from dicom_dict import Tag

from ._errors import LimitExceeded
from ._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT, LONG, NAMES, UNDEFINED, unfinished
from ._kernels import kernel as plain

__all__ = [
    "Careful",
    "Entry",
    "Level",
    "Report",
    "careful_fragments",
    "careful_items",
    "guess_encoding",
    "header_of",
]

# (rule, text, tag, offset in the buffer, VR, declared length, available length)
Report: TypeAlias = Callable[[str, str, int, int, str, int, int], None]

ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
MAX_STEPS = 1_000_000
NOWHERE: Final = 1 << 62  # the end of what a walk found no end of
STACK = 120  # levels that can be gone down here, whatever the limit of depth says
_NOT_ZERO: Final = re.compile(rb"[^\0]").search


class Entry(NamedTuple):
    """An element as it was found. ``stop`` is the end of its value, without a delimiter."""

    tag: int
    offset: int
    vr: str
    start: int
    stop: int
    undefined: bool
    plain: bool
    """Whether the kernel's `header` reads it right."""


class Level(NamedTuple):
    """The bytes of one level, how to read them, and whom to tell."""

    buf: bytes
    end: int
    encoding: int
    ends: dict[int, int]
    report: Report | None
    depth: int  # how many more levels may be entered

    def tell(
        self, rule: str, text: str, tag: int, at: int, vr: str = "", want: int = 0, have: int = 0
    ) -> None:
        if self.report is not None:
            self.report(rule, text, tag, at, vr, want, have)

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(
            self.buf[at : at + size], "big" if self.encoding == EXPLICIT_BE else "little"
        )

    def tag(self, at: int) -> int:
        return self.number(at, 2) << 16 | self.number(at + 2, 2)


class Careful:
    """Goes over one level, an element at a time; the kernel may take turns with it.

    ``last`` is the highest tag so far, ``known`` tells whether a tag was met before.
    """

    __slots__ = ("known", "last", "level", "not_zero")

    def __init__(self, level: Level, known: Callable[[int], bool], last: int = -1) -> None:
        self.level = level
        self.known = known
        self.last = last
        self.not_zero = -1  # where a byte was seen that is not zero: nothing before it is padding

    def _is_padding(self, pos: int) -> bool:
        """Whether zeros are all that follows; every byte is looked at once, however often it is asked."""
        level = self.level
        if pos <= self.not_zero or len(level.buf) < level.end:
            return False
        found = _NOT_ZERO(level.buf, pos, level.end)
        if found is not None:
            self.not_zero = found.start()
        return found is None

    def next(self, pos: int) -> tuple[Entry | None, int]:
        """The element at ``pos``, if there is one to use, and where to go on: never ``pos`` itself."""
        level = self.level
        if level.end - pos < 8:
            level.tell("trailing-bytes", f"{level.end - pos} bytes are no element header", 0, pos)
            return None, level.end
        tag = level.tag(pos)
        if tag >> 16 == 0xFFFE:
            return None, _stray_delimiter(level, tag, pos)
        if tag == 0 and self._is_padding(pos):
            text = f"{level.end - pos} zero bytes follow the last element"
            level.tell("trailing-padding", text, 0, pos)
            return None, level.end
        entry, after = _element(level, tag, pos)
        if entry is None:
            return None, after
        if tag <= self.last:
            if self.known(tag):
                text = f"{Tag(tag)} appears again; the last one counts"
                level.tell("tag-duplicate", text, tag, pos, entry.vr)
            else:
                level.tell("tag-order", f"{Tag(tag)} is out of order", tag, pos, entry.vr)
        else:
            self.last = tag
        return entry, after


def _item_end(level: Level, pos: int) -> int:
    """The offset after an item of undefined length whose content is at ``pos``."""
    careful = Careful(level, frozenset[int]().__contains__)
    steps = 0
    while level.end - pos >= 8:
        tag = level.tag(pos)
        if tag == ITEM_END:
            return pos + 8
        if tag == SEQUENCE_END:
            return pos
        _, pos = careful.next(pos)
        steps += 1
        if steps > MAX_STEPS:
            raise LimitExceeded("elements", steps)
    return level.end


def _stray_delimiter(level: Level, tag: int, pos: int) -> int:
    """Step over an item or delimiter where an element should be (PS3.5 7.5)."""
    level.tell("delimiter-unexpected", f"{Tag(tag)} stands between elements", tag, pos)
    length = level.number(pos + 4, 4)
    after = pos + 8
    if tag == ITEM and length != UNDEFINED and after + length <= level.end:
        after += length
    return after


def _element(level: Level, tag: int, pos: int) -> tuple[Entry | None, int]:
    """One element and the offset after it; no entry when its header makes no sense."""
    vr, start, length, regular = header_of(level, tag, pos)
    if length == UNDEFINED:
        return _undefined(level, tag, pos, vr, start, regular)
    if start > level.end:
        level.tell("truncated-header", f"the header of {Tag(tag)} is cut off", tag, pos, vr)
        return None, level.end
    stop = start + length
    if stop > level.end:
        available = level.end - start
        text = f"{Tag(tag)} declares {length} bytes, {available} are there"
        level.tell("truncated", text, tag, pos, vr, length, available)
        return Entry(tag, pos, vr, start, level.end, False, False), level.end
    return Entry(tag, pos, vr, start, stop, False, regular), stop


def header_of(level: Level, tag: int, pos: int) -> tuple[str, int, int, bool]:
    """VR, start, declared length, and whether the kernel would see the same."""
    if level.encoding == IMPLICIT:
        return "", pos + 8, level.number(pos + 4, 4), True
    code = level.buf[pos + 4 : pos + 6]
    if code in NAMES:
        if code in LONG:
            if pos + 12 > level.end:
                return NAMES[code], pos + 12, 0, False
            return NAMES[code], pos + 12, level.number(pos + 8, 4), True
        return NAMES[code], pos + 8, level.number(pos + 6, 2), True
    shown = "".join(chr(c) if 32 < c < 127 else f"\\x{c:02x}" for c in code)
    level.tell("vr-unknown", f"{Tag(tag)} has the unknown VR {shown}", tag, pos, "UN")
    # A later edition's VR has the long form (PS3.5 7.1.2 note); others wrote ?? in the short form,
    # or left the VR out. What is followed by something sensible is right.
    candidates = [(pos + 8, level.number(pos + 6, 2)), (pos + 8, level.number(pos + 4, 4))]
    if pos + 12 <= level.end and not level.number(pos + 6, 2):
        candidates.insert(0, (pos + 12, level.number(pos + 8, 4)))
    for start, length in candidates:
        if start + length <= level.end and _sensible(level, tag, start + length):
            return "UN", start, length, False
    start, length = candidates[0]
    return "UN", start, length, False


def _sensible(level: Level, tag: int, pos: int) -> bool:
    """Whether an element could begin at ``pos``, after an element with this tag."""
    if pos == level.end:
        return True
    if pos + 8 > level.end:
        return False
    after = level.tag(pos)
    if after >> 16 == 0xFFFE:
        return True
    return after > tag and (level.encoding == IMPLICIT or level.buf[pos + 4 : pos + 6] in NAMES)


def _undefined(
    level: Level, tag: int, pos: int, vr: str, start: int, regular: bool
) -> tuple[Entry, int]:
    """An element of undefined length (PS3.5 7.1.2, 7.5, A.4)."""
    fragments = vr in {"OB", "OW"} or (not vr and tag == 0x7FE00010)
    encoding = level.encoding
    if vr == "UN":
        encoding = plain.encoding_in_un(level.buf, start, encoding)
    if vr not in {"", "SQ", "UN", "OB", "OW"}:
        level.tell("undefined-length", f"{Tag(tag)} of VR {vr} has no length", tag, pos, vr)
        fragments, regular = False, False
    after = level.ends.get(~start, level.end + 1)  # of one that was met before and does not close
    if after <= level.end:
        level.tell("delimiter-missing", f"{Tag(tag)} does not end", tag, pos, vr)
        return Entry(tag, pos, vr, start, after, True, False), after
    after = plain.skip(level.buf, start, level.end, encoding, fragments, level.ends)
    if after >= 0:
        return Entry(tag, pos, vr, start, after - 8, True, regular), after
    if level.depth <= 0:
        raise LimitExceeded("depth", 1, f"at byte {pos} of the data set")
    if not fragments:
        _give_up(level, start, encoding, in_item=False)
    if fragments:
        stop, after = careful_fragments(level, start)
        last = start
    else:
        spans, after = careful_items(
            level._replace(encoding=encoding, report=None), start, undefined=True
        )
        stop = last = spans[-1] if spans else start
    closed = after - 8 >= last and _closed(level, after, encoding)
    if not fragments:
        _remember(level, start, after, closed=closed)
    if not closed:
        level.tell("delimiter-missing", f"{Tag(tag)} does not end", tag, pos, vr)
    return Entry(tag, pos, vr, start, stop, True, False), after


def _closed(level: Level, after: int, encoding: int) -> bool:
    tail = level.buf[after - 8 : after - 4]
    return tail == (b"\xff\xfe\xe0\xdd" if encoding == EXPLICIT_BE else b"\xfe\xff\xdd\xe0")


def _give_up(level: Level, start: int, encoding: int, *, in_item: bool) -> None:
    """Remember of every level within that it does not end either, so that the rest is not walked once for each."""
    if level.ends.get(start) == NOWHERE or len(level.ends) >= MAX_STEPS:
        return
    level.ends[start] = NOWHERE
    for inner in unfinished(level.buf, start, level.end, encoding, level.ends, in_item):
        level.ends[inner] = NOWHERE


def _remember(level: Level, start: int, after: int, *, closed: bool) -> None:
    """Where content ends. The kernel takes it that 8 bytes of delimiter stand before that; what has
    none is remembered where the kernel does not look.
    """
    if len(level.ends) < MAX_STEPS:
        level.ends[start if closed else ~start] = after


def careful_fragments(level: Level, pos: int) -> tuple[int, int]:
    """Where encapsulated bytes stop that do not end as they should: (stop, offset after)."""
    end = level.end
    while end - pos >= 8:
        tag, length = level.tag(pos), level.number(pos + 4, 4)
        if tag == SEQUENCE_END:
            return pos, pos + 8
        if tag != ITEM:
            level.tell("fragment-expected", f"{Tag(tag)} stands between fragments", tag, pos)
            return pos, end
        if pos + 8 + length > end:
            have = end - pos - 8
            level.tell("truncated", "a fragment is cut off", tag, pos, "", length, have)
            return end, end
        pos += 8 + length
    return pos, end


def careful_items(level: Level, pos: int, *, undefined: bool) -> tuple[list[int], int]:
    """Starts and ends of the content of items, and the offset after the sequence."""
    end = level.end
    spans: list[int] = []
    while pos < end:
        if len(spans) > 2 * MAX_STEPS:
            raise LimitExceeded("elements", len(spans) // 2, f"at byte {pos} of the data set")
        if end - pos < 8:
            level.tell("trailing-bytes", f"{end - pos} bytes are no item header", 0, pos)
            return spans, end
        tag, length = level.tag(pos), level.number(pos + 4, 4)
        if tag == SEQUENCE_END:
            if not undefined:
                text = "a delimiter ends a sequence of defined length"
                level.tell("delimiter-unexpected", text, tag, pos)
            return spans, pos + 8
        if tag == ITEM_END:
            level.tell("delimiter-unexpected", "an item delimiter stands between items", tag, pos)
            if undefined and spans and level.tag(pos + 8) not in {ITEM, SEQUENCE_END}:
                return spans, pos  # the enclosing item ends here: the sequence was never closed
            pos += 8
            continue
        if tag != ITEM:
            level.tell("item-expected", f"{Tag(tag)} stands where an item should", tag, pos)
            return spans, pos if undefined else end
        pos = _item(level, pos + 8, length, spans)
    if undefined:
        level.tell("delimiter-missing", "a sequence has no delimiter", SEQUENCE_END, end)
    return spans, end


def _item(level: Level, start: int, length: int, spans: list[int]) -> int:
    """Add the content of one item; the offset after it."""
    if length != UNDEFINED:
        stop = start + length
        if stop > level.end:
            have = level.end - start
            text = f"an item declares {length} bytes, its sequence has {have}"
            level.tell("item-overrun", text, ITEM, start - 8, "", length, have)
            stop = level.end
        spans += (start, stop)
        return stop
    closed = False
    after = level.ends.get(~start, level.end + 1)
    if after > level.end:
        after = plain.skip_item(level.buf, start, level.end, level.encoding, level.ends)
        closed = after >= 0
        if not closed:
            if level.depth <= 0:
                raise LimitExceeded("depth", 1, f"at byte {start} of the data set")
            _give_up(level, start, level.encoding, in_item=True)
            deeper = min(level.depth, STACK) - 1
            after = _item_end(level._replace(report=None, depth=deeper), start)
            closed = after - 8 >= start and level.tag(after - 8) == ITEM_END
            _remember(level, start, after, closed=closed)
    spans += (start, after - 8 if closed else after)
    if not closed:
        level.tell("delimiter-missing", "an item has no delimiter", ITEM, start - 8)
    return after


def encoding_fits(buf: bytes, pos: int, end: int, encoding: int, *, whole: bool = False) -> bool:
    """Whether the first elements at ``pos`` make sense in this encoding; ``whole``: none is cut off."""
    level = Level(buf, end, encoding, {}, None, 0)
    last = -1
    for _ in range(3):
        if end - pos < 8:
            return last >= 0
        tag = level.tag(pos)
        if tag <= last or tag >> 16 == 0xFFFE:
            return False
        if encoding != IMPLICIT:
            if level.buf[pos + 4 : pos + 6] not in NAMES:
                return False
        elif level.buf[pos + 4 : pos + 6] in NAMES or (last < 0 and tag >> 31):
            return False
        _, start, length, _ = header_of(level, tag, pos)
        if whole and start + length > end:
            return length == UNDEFINED
        if length == UNDEFINED or start + length > end:
            return last >= 0 or (start <= end and _begins_well(level, start, length))
        last, pos = tag, start + length
    return True


def _begins_well(level: Level, start: int, length: int) -> bool:
    """Whether a first element may go beyond what is there: a VR vouches for it, or an item does."""
    if level.encoding != IMPLICIT:
        return True
    return length == UNDEFINED and level.end - start >= 8 and level.tag(start) == ITEM


def guess_encoding(buf: bytes, pos: int, end: int, labelled: int) -> int:
    """The encoding the first elements are in; the labelled one when nothing fits better.

    In the wrong byte order a data set begins with group 0800 where 0008 is meant.
    """
    first, second = buf[pos : pos + 1], buf[pos + 1 : pos + 2]
    big = first == b"\0" != second
    twin = EXPLICIT_BE if big else EXPLICIT
    doubtful = labelled in {EXPLICIT, EXPLICIT_BE} and labelled != twin and (big or second == b"\0")
    if encoding_fits(buf, pos, end, labelled) and not (
        doubtful
        and encoding_fits(buf, pos, end, twin, whole=True)
        and not encoding_fits(buf, pos, end, labelled, whole=True)
    ):
        return labelled
    for encoding in (twin, IMPLICIT, EXPLICIT if big else EXPLICIT_BE):
        if encoding != labelled and encoding_fits(buf, pos, end, encoding):
            return encoding
    return labelled
