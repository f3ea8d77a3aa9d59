"""The hot loops of `_kernel` in the style that mypyc compiles best: bytes by index, machine integers.

Same functions, same contract, same suite. Interpreted it is right but slow: it is used where it is
compiled. It needs neither librt nor mypy_extensions at run time.

An index is a list of numbers, tag in the upper and offset in the lower 31 bits, ascending. Objects
are what costs here: a scan counts elements of defined lengths and makes their numbers when somebody
looks for one.
"""

from sys import intern
from typing import Final, TypeAlias, final

try:
    from mypy_extensions import i64
except ImportError:  # compiled code has no more need of the name; interpreted, an int will do
    globals()["i64"] = int

__all__ = [
    "EXPLICIT",
    "EXPLICIT_BE",
    "IMPLICIT",
    "MAX_OFFSET",
    "UNDEFINED",
    "Cursor",
    "count",
    "encoding_in_un",
    "find",
    "header",
    "headers",
    "items",
    "last_tag",
    "level",
    "new_index",
    "over",
    "pick",
    "put",
    "recalled",
    "remove",
    "rows",
    "scan",
    "skip",
    "skip_item",
    "sort",
    "stops",
    "tag_at",
    "tags",
]

IMPLICIT: Final = 0
EXPLICIT: Final = 1
EXPLICIT_BE: Final = 2
UNDEFINED: Final = 0xFFFFFFFF
MAX_OFFSET: Final = 0x7FFFFFFF
MAX_DEPTH: Final = 1000

# One element: tag, VR (empty in implicit VR unless it shows), offset of the value and of its end.
# The end is -1 for an undefined length of anything but a sequence.
Row: TypeAlias = tuple[int, str, int, int]

# Elements that stood side by side: their bytes, their number, and the text of all of them.
Run: TypeAlias = tuple[bytes, int, str]
LONGEST_RUN: Final = 4096  # bytes of a run
MOST_RUNS: Final = 1000  # kept at a time

_SHIFT: Final = 31
_REMEMBERED: Final = 1_000_000
_PIXEL_DATA: Final = 0x7FE00010
_EARLY: Final = (
    0x00080005  # Specific Character Set, which is looked for in every data set with text
)
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD

_SHORT_VRS: Final = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US"
_LONG_VRS: Final = "OB OD OF OL OV OW SQ SV UC UN UR UT UV"


def _kinds() -> bytes:
    """Two letters as a number in base 26 -> 0 unknown, 1 short, 2 long form (PS3.5 7.1.2)."""
    table = bytearray(26 * 26)
    for kind, names in ((1, _SHORT_VRS), (2, _LONG_VRS)):
        for name in names.split():
            table[(ord(name[0]) - 65) * 26 + ord(name[1]) - 65] = kind
    return bytes(table)


def _names() -> list[str]:
    return [
        intern(chr(65 + first) + chr(65 + second)) for first in range(26) for second in range(26)
    ]


_KINDS: Final = _kinds()
_NAMES: Final = _names()


_SQ: Final = 18 * 26 + 16
_UN: Final = 20 * 26 + 13
_OB: Final = 14 * 26 + 1
_OW: Final = 14 * 26 + 22


def _u2(buf: bytes, pos: i64, big: bool) -> i64:
    if big:
        return i64(buf[pos]) << 8 | i64(buf[pos + 1])
    return i64(buf[pos]) | i64(buf[pos + 1]) << 8


def _u4(buf: bytes, pos: i64, big: bool) -> i64:
    if big:
        return (
            i64(buf[pos]) << 24
            | i64(buf[pos + 1]) << 16
            | i64(buf[pos + 2]) << 8
            | i64(buf[pos + 3])
        )
    return (
        i64(buf[pos]) | i64(buf[pos + 1]) << 8 | i64(buf[pos + 2]) << 16 | i64(buf[pos + 3]) << 24
    )


def _tag(buf: bytes, pos: i64, big: bool) -> i64:
    return _u2(buf, pos, big) << 16 | _u2(buf, pos + 2, big)


def _vr(buf: bytes, pos: i64) -> i64:
    """The VR at ``pos`` as its number in base 26, -1 when it is none."""
    first, second = i64(buf[pos]) - 65, i64(buf[pos + 1]) - 65
    if first < 0 or first > 25 or second < 0 or second > 25:
        return -1
    return first * 26 + second


@final
class Index:
    """Where elements are: numbers, and before them a run of elements that is not yet made numbers."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        # The run: so many elements, the offset of the first in these bytes, and the last tag.
        self.waiting: i64 = 0
        self.begin: i64 = 0
        self.last: i64 = -1
        self.buf: bytes = b""
        self.encoding: int = 0

    def made(self) -> list[int]:
        """The numbers, made now if they are not yet.

        Threads may make them at once: they make the same ones, and the last that is done wins.
        """
        if self.waiting > 0:
            numbers = _numbers(self.buf, self.begin, self.encoding, self.waiting)
            self.numbers = numbers
            self.waiting = 0
            return numbers
        return self.numbers


def _numbers(buf: bytes, at: i64, encoding: int, number: i64) -> list[int]:
    """The numbers of elements that `scan` has gone over, all of defined length."""
    found: list[int] = []
    big = encoding == EXPLICIT_BE
    while number > 0:
        found.append(int(_tag(buf, at, big) << _SHIFT | at))
        at = _after(buf, at, encoding, big)
        number -= 1
    return found


def _after(buf: bytes, at: i64, encoding: int, big: bool) -> i64:
    """Where an element of defined length ends that is known to be plain."""
    if encoding == IMPLICIT:
        return at + 8 + _u4(buf, at + 4, False)
    if i64(_KINDS[_vr(buf, at + 4)]) == 1:
        return at + 8 + _u2(buf, at + 6, big)
    return at + 12 + _u4(buf, at + 8, big)


def new_index() -> Index:
    """An empty index."""
    return Index()


def put(index: Index, tag: int, offset: int) -> None:
    """Add or replace one entry; `sort` after entries that were out of order."""
    numbers = index.made()
    at = _position(numbers, tag)
    if at < len(numbers) and numbers[at] >> _SHIFT == tag:
        numbers[at] = tag << _SHIFT | offset
        return
    numbers.insert(at, tag << _SHIFT | offset)


def _position(numbers: list[int], tag: int) -> int:
    """Where a tag is, or would be."""
    low: int = 0
    high: int = len(numbers)
    if not high or numbers[high - 1] >> _SHIFT < tag:
        return high
    while low < high:
        middle = (low + high) >> 1
        if numbers[middle] >> _SHIFT < tag:
            low = middle + 1
        else:
            high = middle
    return low


def remove(index: Index, tag: int) -> None:
    """Forget an entry, if there is one."""
    numbers = index.made()
    at = _position(numbers, tag)
    if at < len(numbers) and numbers[at] >> _SHIFT == tag:
        del numbers[at]


def sort(index: Index) -> None:
    """Bring an index in the order of tags after elements that were out of order."""
    index.made().sort()


def find(index: Index, tag: int) -> int:
    """The offset of the element header, or -1."""
    if index.waiting > 0 and tag <= _EARLY:
        return _first(index, i64(tag))
    numbers = index.made()
    at = _position(numbers, tag)
    if at < len(numbers):
        entry = numbers[at]
        if entry >> _SHIFT == tag:
            return entry & MAX_OFFSET
    return -1


def _first(index: Index, wanted: i64) -> int:
    """The offset of a tag that would be among the first of a run, or -1: no numbers are made for it."""
    buf, encoding = index.buf, index.encoding
    at, left = index.begin, index.waiting
    big = encoding == EXPLICIT_BE
    while left > 0:
        tag = _tag(buf, at, big)
        if tag >= wanted:
            return int(at) if tag == wanted else -1
        at = _after(buf, at, encoding, big)
        left -= 1
    return -1


def recalled(
    buf: bytes,
    index: Index,
    end: int,
    memo: dict[bytes, str],
    most: int,
    runs: dict[int, Run] | None,
) -> tuple[list[str], list[int]]:
    """What ``memo`` holds for the bytes from each element to the next; what has more than ``most``
    bytes it does not hold.

    What is not held is an empty piece, and the second list says of each: its place among the pieces,
    the offset of the element and that of the next. With ``runs``, neighbours that were held in an
    earlier level and are the same here are one piece: it keeps them by the tag of the first. That is
    only for levels whose elements are all indexed and stand one after the other: there the same bytes
    are the same elements.
    """
    numbers = index.made()
    pieces: list[str] = []
    missing: list[int] = []
    number: i64 = 0
    first: i64 = 0  # those from here on were held one by one
    last: i64 = len(numbers)
    most_bytes = i64(most)
    begun: i64 = 0
    entry: i64 = 0
    after: i64 = 0
    while number < last:
        entry = i64(numbers[number])
        at = entry & MAX_OFFSET
        if number == first:
            begun = at
        if runs is not None:
            run = runs.get(int(entry >> _SHIFT))
            if run is not None:
                key = run[0]
                behind = number + i64(run[1])
                after = at + len(key)
                if behind <= last:
                    next_at = i64(numbers[behind]) & MAX_OFFSET if behind < last else i64(end)
                    if next_at == after and buf[at:after] == key:
                        if number - first > 1:
                            _join(buf[begun:at], numbers[first], number - first, pieces, runs)
                        pieces.append(run[2])
                        number = first = behind
                        continue
        after = i64(numbers[number + 1]) & MAX_OFFSET if number + 1 < last else i64(end)
        # elements out of order have no end after their start, and compiled code has no such slice
        piece = memo.get(buf[at:after]) if at < after <= at + most_bytes else None
        if piece is None or after - begun > LONGEST_RUN:
            if number - first > 1 and runs is not None:
                _join(buf[begun:at], numbers[first], number - first, pieces, runs)
            first = number
            begun = at
        if piece is None:
            missing.append(len(pieces))
            missing.append(int(at))
            missing.append(int(after))
            pieces.append("")
            first = number + 1
        else:
            pieces.append(piece)
        number += 1
    if number - first > 1 and runs is not None:
        _join(buf[begun:end], numbers[first], number - first, pieces, runs)
    return pieces, missing


def _join(key: bytes, entry: int, count: i64, pieces: list[str], runs: dict[int, Run]) -> None:
    """Make a run of the elements of the last pieces."""
    if len(runs) >= MOST_RUNS:
        runs.clear()
    texts = [piece for piece in pieces[len(pieces) - count :] if piece]
    runs[entry >> _SHIFT] = (key, int(count), ",".join(texts))


def tags(index: Index) -> list[int]:
    """All tags, ascending."""
    return [entry >> _SHIFT for entry in index.made()]


def count(index: Index) -> int:
    """How many elements."""
    waiting = index.waiting
    return int(waiting) if waiting > 0 else len(index.numbers)


def last_tag(index: Index) -> int:
    """The highest tag, -1 when there is none."""
    if index.waiting > 0:
        return int(index.last)
    return index.numbers[-1] >> _SHIFT if index.numbers else -1


@final
class Cursor:
    """Goes over the elements of a level one at a time: `tag`, `vr`, `start` and `stop` are those of a row.

    Nothing is made of what it passes. The level was looked at before: all of it is plain.
    """

    def __init__(
        self,
        buf: bytes,
        encoding: int,
        at: int,
        left: int,
        numbers: list[int] | None,
        end: int,
        ends: dict[int, int],
    ) -> None:
        self.buf = buf
        self.encoding = encoding
        self.at: i64 = i64(at)  # of the next element, or its place among the numbers
        self.left: i64 = i64(left)
        self.numbers = numbers
        self.end: i64 = i64(end)
        self.ends = ends
        self.tag = 0
        self.vr = ""
        self.start = 0
        self.stop = 0

    def count(self) -> int:
        """How many elements are to come."""
        return int(self.left)

    def step(self) -> bool:
        """Go to the next element; False after the last one."""
        if self.left <= 0:
            return False
        self.left -= 1
        numbers = self.numbers
        buf, at = self.buf, self.at
        if numbers is not None:
            self.at += 1
            at = i64(numbers[at] & MAX_OFFSET)
        encoding = self.encoding
        big = encoding == EXPLICIT_BE
        tag = _tag(buf, at, big)
        self.tag = int(tag)
        vr: i64 = -1
        name = ""
        if encoding == IMPLICIT:
            start = at + 8
            length = _u4(buf, at + 4, False)
        else:
            vr = _vr(buf, at + 4)
            name = _NAMES[vr]
            if _KINDS[vr] == 2:
                start = at + 12
                length = _u4(buf, at + 8, big)
            else:
                start = at + 8
                length = _u2(buf, at + 6, big)
        self.start = int(start)
        after = start + length
        if length != UNDEFINED:
            self.stop = int(after)
        else:
            if encoding == IMPLICIT:
                pixels = tag == _PIXEL_DATA
                after = i64(skip(buf, int(start), int(self.end), IMPLICIT, pixels, self.ends))
                if not pixels:
                    name = "SQ"
            else:
                after = _undefined(buf, start, self.end, encoding, vr, self.ends)
            self.stop = int(after - 8) if after >= 8 and name == "SQ" else -1
        self.vr = name
        if numbers is None:
            self.at = after
        return True


def over(buf: bytes, index: Index, encoding: int, end: int, ends: dict[int, int]) -> Cursor:
    """The elements of an index, ascending; ``end`` is where its level ends."""
    waiting = index.waiting
    if waiting > 0:
        return Cursor(buf, encoding, int(index.begin), int(waiting), None, end, ends)
    return Cursor(buf, encoding, 0, len(index.numbers), index.numbers, end, ends)


def level(buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]) -> Cursor | None:
    """The elements of a whole level from ``pos`` to ``end``, without an index; None when it is not plain."""
    at: i64 = i64(pos)
    bound: i64 = i64(end)
    before: i64 = -1
    counted: i64 = 0
    big = encoding == EXPLICIT_BE
    explicit = encoding != IMPLICIT
    kinds = _KINDS
    if bound > len(buf):
        return None
    while at + 8 <= bound:
        tag = _tag(buf, at, big)
        if tag <= before or tag >> 16 == 0xFFFE:
            return None
        start, length = _value(buf, at, bound, tag, explicit, big, kinds)
        if start < 0:
            return None
        at = start + length
        if length == UNDEFINED:
            at = _end(buf, start, bound, tag, encoding, ends)
        if at < 0 or at > bound:
            return None
        before = tag
        counted += 1
    if at != bound:
        return None
    return Cursor(buf, encoding, pos, int(counted), None, end, ends)


def headers(buf: bytes, index: Index, encoding: int, end: int, ends: dict[int, int]) -> list[Row]:
    """The rows of an index, ascending; ``end`` is where its level ends."""
    return _all(over(buf, index, encoding, end, ends))


def rows(buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]) -> list[Row] | None:
    """The rows of a whole level from ``pos`` to ``end``, without an index; None when it is not plain."""
    cursor = level(buf, pos, end, encoding, ends)
    return None if cursor is None else _all(cursor)


def _all(cursor: Cursor) -> list[Row]:
    found: list[Row] = []
    while cursor.step():
        found.append((cursor.tag, cursor.vr, cursor.start, cursor.stop))
    return found


def header(buf: bytes, pos: int, encoding: int) -> tuple[str, int, int]:
    """VR (empty in implicit VR), offset of the value and declared length of an indexed element."""
    at = i64(pos)
    big = encoding == EXPLICIT_BE
    if encoding == IMPLICIT:
        return "", pos + 8, int(_u4(buf, at + 4, False))
    vr = _vr(buf, at + 4)
    if _KINDS[vr] == 2:
        return _NAMES[vr], pos + 12, int(_u4(buf, at + 8, big))
    return _NAMES[vr], pos + 8, int(_u2(buf, at + 6, big))


def tag_at(buf: bytes, pos: int, encoding: int) -> int:
    """The tag of the header at ``pos``, -1 where there is no room for one."""
    return int(_tag(buf, i64(pos), encoding == EXPLICIT_BE)) if pos + 8 <= len(buf) else -1


def stops(buf: bytes, pos: int, encoding: int, last: int, stop: int) -> bool:
    """Whether a header stands at ``pos`` whose tag is from ``stop`` on, in order after ``last``."""
    if pos + 12 > len(buf):
        return False
    tag = int(_tag(buf, i64(pos), encoding == EXPLICIT_BE))
    return tag >= stop and tag > last and tag >> 16 != 0xFFFE


def scan(
    buf: bytes,
    pos: int,
    end: int,
    encoding: int,
    stop: int,
    budget: int,
    last: int,
    index: Index,
    ends: dict[int, int] | None,
) -> int:
    """Index the elements of one level from ``pos`` on; the offset of the first not indexed.

    It stops at ``end``, before a tag >= ``stop``, after ``budget`` elements, before an element that
    is not complete before ``end``, that does not follow ``last`` in order (-1 at the start), or
    that is odd. ``ends`` remembers where undefined lengths ended; without it, it stops at those too.
    """
    at: i64 = i64(pos)
    bound: i64 = i64(min(end, len(buf)))
    before: i64 = i64(last)
    limit: i64 = i64(stop)
    left: i64 = i64(budget)
    big = encoding == EXPLICIT_BE
    explicit = encoding != IMPLICIT
    kinds = _KINDS
    numbers: list[int] | None = None
    if index.waiting > 0 or len(index.numbers) > 0:
        numbers = index.made()
        index.buf = b""  # these are other bytes, and the first ones need no longer be kept
    begin = at
    counted: i64 = 0
    while left > 0 and at + 8 <= bound and at <= MAX_OFFSET:
        tag = _tag(buf, at, big)
        if tag <= before or tag >= limit or tag >> 16 == 0xFFFE:
            break
        start, length = _value(buf, at, bound, tag, explicit, big, kinds)
        if start < 0:
            break
        after = start + length
        if length == UNDEFINED:
            if ends is None:
                break
            after = _end(buf, start, bound, tag, encoding, ends)
            if numbers is None:  # a second walk over this would cost more than numbers
                numbers = index.numbers = _numbers(buf, begin, encoding, counted)
        if after < 0 or after > bound:
            break
        if numbers is None:
            counted += 1
        else:
            numbers.append(int(tag << _SHIFT | at))
        before = tag
        at = after
        left -= 1
    if numbers is None and counted > 0:
        index.buf = buf
        index.begin = begin
        index.encoding = encoding
        index.last = before
        index.waiting = counted
    return int(at)


def pick(
    buf: bytes, pos: int, encoding: int, stop: int, budget: int, wanted: list[int]
) -> tuple[int, list[int]]:
    """Where the elements ``wanted`` are, ascending tags below ``stop``, -1 for each that is not there.

    It goes over one level from ``pos`` on as `scan` does, without an index; first comes the offset
    where it stopped.
    """
    found = [-1] * len(wanted)
    at: i64 = i64(pos)
    bound: i64 = len(buf)
    before: i64 = -1
    limit: i64 = i64(stop)
    left: i64 = i64(budget)
    number: i64 = 0
    many: i64 = len(wanted)
    want: i64 = i64(wanted[0]) if wanted else limit
    big = encoding == EXPLICIT_BE
    explicit = encoding != IMPLICIT
    kinds = _KINDS
    ends: dict[int, int] = {}
    while left > 0 and at + 8 <= bound and at <= MAX_OFFSET:
        tag = _tag(buf, at, big)
        if tag <= before or tag >= limit or tag >> 16 == 0xFFFE:
            break
        start, length = _value(buf, at, bound, tag, explicit, big, kinds)
        if start < 0:
            break
        after = start + length
        if length == UNDEFINED:
            after = _end(buf, start, bound, tag, encoding, ends)
        if after < 0 or after > bound:
            break
        while tag >= want:
            if tag == want:
                found[number] = int(at)
            number += 1
            want = i64(wanted[number]) if number < many else limit
        before = tag
        at = after
        left -= 1
    return int(at), found


def _value(
    buf: bytes, at: i64, bound: i64, tag: i64, explicit: bool, big: bool, kinds: bytes
) -> tuple[i64, i64]:
    """Offset and length of the value of the element at ``at``; the offset is -1 when the header is odd.

    Compiled, the tuple is no object, and none of this is a call.
    """
    if not explicit:
        return at + 8, _u4(buf, at + 4, False)
    vr = _vr(buf, at + 4)
    if vr < 0 or tag == 0:
        return -1, 0
    kind = i64(kinds[vr])
    if kind == 1:
        return at + 8, _u2(buf, at + 6, big)
    if kind == 2 and at + 12 <= bound:
        return at + 12, _u4(buf, at + 8, big)
    return -1, 0


def _end(buf: bytes, start: i64, bound: i64, tag: i64, encoding: int, ends: dict[int, int]) -> i64:
    """The offset after the element of undefined length whose value is at ``start``, or -1."""
    if encoding == IMPLICIT:
        pixels = tag == _PIXEL_DATA
        return i64(skip(buf, int(start), int(bound), IMPLICIT, pixels, ends))
    return _undefined(buf, start, bound, encoding, _vr(buf, start - 8), ends)


def _undefined(buf: bytes, pos: i64, end: i64, encoding: int, vr: i64, ends: dict[int, int]) -> i64:
    if vr == _SQ:
        return i64(skip(buf, int(pos), int(end), encoding, False, ends))
    if vr == _UN:
        inner = encoding_in_un(buf, int(pos), encoding)
        return i64(skip(buf, int(pos), int(end), inner, False, ends))
    if vr == _OB or vr == _OW:  # noqa: PLR1714, SIM109 - a tuple would hold objects
        return i64(skip(buf, int(pos), int(end), encoding, True, ends))
    return -1


def encoding_in_un(buf: bytes, pos: int, encoding: int) -> int:
    """The encoding of items in UN: implicit VR little endian (PS3.5 6.2.2, CP-246).

    Some writers only replaced SQ by UN; a VR in the first header of the first item gives them away.
    """
    if pos + 14 > len(buf):
        return IMPLICIT
    vr = _vr(buf, i64(pos) + 12)
    return encoding if vr >= 0 and _KINDS[vr] != 0 else IMPLICIT


def skip(
    buf: bytes, pos: int, end: int, encoding: int, fragments: bool, ends: dict[int, int]
) -> int:
    """The offset after the delimiter of a sequence of undefined length whose content is at ``pos``.

    With ``fragments`` items hold bytes, not data sets (PS3.5 A.4). -1 when it does not end in a
    plain way before ``end`` or goes deeper than `MAX_DEPTH`.
    """
    known = ends.get(pos)
    if known is not None:
        return known if known <= end else -1
    bound = min(end, len(buf))
    if fragments:
        return int(_skip_fragments(buf, i64(pos), i64(bound), encoding == EXPLICIT_BE))
    return int(_walk(buf, i64(pos), i64(bound), encoding, ends, False))


def skip_item(buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]) -> int:
    """The offset after the delimiter of an item of undefined length whose content is at ``pos``, or -1."""
    known = ends.get(pos)
    if known is not None:
        return known if known <= end else -1
    return int(_walk(buf, i64(pos), i64(min(end, len(buf))), encoding, ends, True))


def _skip_fragments(buf: bytes, pos: i64, end: i64, big: bool) -> i64:
    while pos + 8 <= end:
        tag = _tag(buf, pos, big)
        length = _u4(buf, pos + 4, big)
        pos += 8
        if tag == _SEQUENCE_END:
            return pos
        if tag != _ITEM or length == UNDEFINED:
            return -1
        pos += length
    return -1


def _walk(
    buf: bytes, pos: i64, end: i64, encoding: int, ends: dict[int, int], in_item: bool
) -> i64:
    """Walk items of undefined length without recursion, from the content of a sequence or item.

    In an item come its sequences of undefined length, in those come their items: a count of levels is
    all that has to be kept. It is one loop because data of undefined lengths is mostly small
    sequences: a call and a stack entry a level cost more than all headers.
    """
    start = pos
    depth: i64 = 0
    big = encoding == EXPLICIT_BE
    explicit = encoding != IMPLICIT
    marker: i64 = 0xFF if big else 0xFE
    kinds = _KINDS
    while True:
        opened = False
        if in_item:
            while pos + 8 <= end:
                # One byte tells most elements from delimiters and from tags that need a closer look.
                first = i64(buf[pos])
                tag: i64 = -1
                if first == marker or first == 0 or not explicit:  # noqa: PLR1714
                    tag = _tag(buf, pos, big)
                    if tag >> 16 == 0xFFFE:
                        if tag != _ITEM_END:
                            return -1
                        pos += 8
                        break
                vr: i64 = -1
                if explicit:
                    vr = _vr(buf, pos + 4)
                    if vr < 0 or tag == 0:
                        return -1
                    kind = i64(kinds[vr])
                    if kind == 1:
                        pos += 8 + _u2(buf, pos + 6, big)
                        continue
                    if kind == 0 or pos + 12 > end:
                        return -1
                    length = _u4(buf, pos + 8, big)
                    pos += 12
                else:
                    length = _u4(buf, pos + 4, False)
                    pos += 8
                if length != UNDEFINED:
                    pos += length
                    continue
                if not explicit and tag != _PIXEL_DATA:
                    opened = True
                    break
                if vr == _SQ:
                    opened = True
                    break
                if vr == _UN:
                    if encoding_in_un(buf, int(pos), encoding) == encoding:
                        opened = True
                        break
                    # implicit VR from here on down: this goes one call deep, never more
                    pos = _walk(buf, pos, end, IMPLICIT, ends, False)
                elif vr == _OB or vr == _OW or not explicit:  # noqa: PLR1714, SIM109
                    pos = _skip_fragments(buf, pos, end, big)
                else:
                    return -1
                if pos < 0:
                    return -1
            else:
                return -1
        else:
            while True:
                if pos + 8 > end:
                    return -1
                tag = _tag(buf, pos, big)
                pos += 8
                if tag == _SEQUENCE_END:
                    break
                if tag != _ITEM:
                    return -1
                length = _u4(buf, pos - 4, big)
                if length == UNDEFINED:
                    opened = True
                    break
                pos += length
        if opened:
            depth += 1
            if depth > 2 * MAX_DEPTH:
                return -1
        else:
            if depth == 0:
                break
            depth -= 1
        in_item = not in_item
    # Walking again is cheaper here than remembering every level on the way.
    if len(ends) < _REMEMBERED:
        ends[int(start)] = int(pos)
    return pos


def items(buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]) -> list[int] | None:
    """The content of the items of a sequence, as start, end, start, end ...; None when odd.

    ``end`` is where the content of the sequence ends: for an undefined length, after its delimiter.
    """
    spans: list[int] = []
    at: i64 = i64(pos)
    bound: i64 = i64(end)
    big = encoding == EXPLICIT_BE
    while at < bound:
        if at + 8 > len(buf):
            return None
        tag = _tag(buf, at, big)
        length = _u4(buf, at + 4, big)
        at += 8
        if tag == _ITEM:
            spans.append(int(at))
            if length != UNDEFINED:
                at += length
                spans.append(int(at))
                continue
            after = skip_item(buf, int(at), end, encoding, ends)
            if after < 0:
                return None
            at = i64(after)
            spans.append(after - 8)
        elif tag == _SEQUENCE_END and at == bound:
            break
        else:
            return None
    return spans if at == bound else None
