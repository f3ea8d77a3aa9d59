"""The hot loops over element headers, in the style that CPython runs fastest.

`_kernel_native` has the same functions in the style that mypyc compiles best. Both pass one contract
suite, and everything above works with either. What they promise:

* They only jump from header to header (PS3.5 7.1) and look at nothing that is odd. At the first
  element that is not plain (cut off, out of order, unknown VR, stray delimiter) `scan` stops and
  gives its offset, `skip` and `items` give -1 or None. The careful reader in `_careful` takes over.
* An index maps a tag to the offset of its element header and nothing else. Its shape is the
  kernel's own business: `new_index`, `put`, `find`, `tags`, `count`.
* Buffers are ``bytes``, exactly. No offset outside them is read, nothing is allocated because a
  length says so.
"""

from itertools import repeat
from struct import Struct, error
from sys import intern
from typing import Final, TypeAlias

__all__ = [
    "EXPLICIT",
    "EXPLICIT_BE",
    "IMPLICIT",
    "MAX_OFFSET",
    "UNDEFINED",
    "count",
    "encoding_in_un",
    "find",
    "header",
    "headers",
    "items",
    "last_tag",
    "new_index",
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
    "tags",
    "unfinished",
]

IMPLICIT: Final = 0
EXPLICIT: Final = 1
EXPLICIT_BE: Final = 2
UNDEFINED: Final = 0xFFFFFFFF
MAX_OFFSET: Final = 1 << 62

Index: TypeAlias = dict[int, int]
# One element: tag, VR (empty in implicit VR unless it shows), offset of the value and of its end.
# The end is -1 for an undefined length of anything but a sequence.
Row: TypeAlias = tuple[int, str, int, int]
# Elements that stood side by side: their bytes, their number, and the text of all of them.
Run: TypeAlias = tuple[bytes, int, str]

LONGEST_RUN: Final = 4096  # bytes of a run
MOST_RUNS: Final = 1000  # kept at a time

# The VRs with a 16-bit length and those with 2 reserved bytes and a 32-bit length (PS3.5 7.1.2).
SHORT: Final = frozenset(b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split())
LONG: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
# Interned, as those of the other kernel: who looks one up in a table finds it by its identity.
NAMES: Final = {vr: intern(vr.decode()) for vr in sorted(SHORT | LONG)}

MAX_DEPTH: Final = 1000  # levels of undefined length that are walked; the policy limit is above
_BOUND = 20_000
_REMEMBERED = 1_000_000
_ODD: Final = 0  # explicit headers that the loops leave to the careful reader
_ODD_IMPLICIT: Final = -1
_PIXEL_DATA = 0x7FE00010
_ITEM_END_LE, _ITEM_END_BE = b"\xfe\xff\x0d\xe0", b"\xff\xfe\xe0\x0d"
_PLAIN_END: Final = _ITEM_END_LE + b"\0\0"
_DELIMITERS = frozenset((_ITEM_END_LE, _ITEM_END_BE, b"\xfe\xff\xdd\xe0", b"\xff\xfe\xe0\xdd"))

_explicit_le = Struct("<6sH").unpack_from
_explicit_be = Struct(">6sH").unpack_from
_implicit = Struct("<II").unpack_from
_tag_le = Struct("<HHI").unpack_from
_tag_be = Struct(">HHI").unpack_from
_long_le = Struct("<I").unpack_from
_long_be = Struct(">I").unpack_from
_short_le = Struct("<H").unpack_from
_short_be = Struct(">H").unpack_from


class _Headers:
    """The first six bytes of an explicit header -> +tag (16-bit length), -tag (32-bit), 0 (odd).

    A memo of pure facts; it also lets all indexes share one int for each tag. What it knows is a plain
    dictionary: a look-up in one that fills itself takes half as long again.
    """

    __slots__ = ("_unpack", "known")

    def __init__(self, order: str) -> None:
        self._unpack = Struct(order + "HH").unpack_from
        self.known: dict[bytes, int] = {}

    def learn(self, head: bytes) -> int:
        """What is not known yet."""
        vr = head[4:]
        if vr not in SHORT and vr not in LONG:
            # delimiters are met all the time, broken headers once
            delimiter = head[:4] in _DELIMITERS
            return self._remember(head, _ODD) if delimiter else _ODD
        group, element = self._unpack(head)
        tag: int = group << 16 | element
        if group == 0xFFFE:
            tag = _ODD
        elif vr in LONG:
            tag = -tag
        return self._remember(head, tag)

    def _remember(self, head: bytes, tag: int) -> int:
        if len(self.known) >= _BOUND:
            self.known.clear()
        self.known[head] = tag
        return tag


class _Swapped(dict[int, int]):
    """A tag read as one little endian number -> its value; -1 for items and delimiters."""

    __slots__ = ()

    def __missing__(self, number: int) -> int:
        tag = (number & 0xFFFF) << 16 | number >> 16
        if tag >> 16 == 0xFFFE:
            tag = _ODD_IMPLICIT
        if len(self) >= _BOUND:
            self.clear()
        self[number] = tag
        return tag


class _Facts:
    """The first six bytes of an explicit header -> what `_Headers` says, and the VR as a text."""

    __slots__ = ("_headers", "known")

    def __init__(self, headers: _Headers) -> None:
        self._headers = headers
        self.known: dict[bytes, tuple[int, str]] = {}

    def learn(self, head: bytes) -> tuple[int, str]:
        """What is not known yet."""
        tag = self._headers.learn(head)
        facts = (tag, NAMES[head[4:]] if tag else "")
        if not tag:
            return facts
        if len(self.known) >= _BOUND:
            self.known.clear()
        self.known[head] = facts
        return facts


_HEADERS_LE: Final = _Headers("<")
_HEADERS_BE: Final = _Headers(">")
_FACTS_LE: Final = _Facts(_HEADERS_LE)
_FACTS_BE: Final = _Facts(_HEADERS_BE)
_SWAPPED: Final = _Swapped()


def new_index() -> Index:
    """An empty index."""
    return {}


def put(index: Index, tag: int, offset: int) -> None:
    """Add or replace one entry; `sort` after entries that were out of order."""
    index[tag] = offset


def find(index: Index, tag: int) -> int:
    """The offset of the element header, or -1."""
    return index.get(tag, -1)


def headers(buf: bytes, index: Index, encoding: int, end: int, ends: dict[int, int]) -> list[Row]:
    """The rows of an index, ascending; ``end`` is where its level ends."""
    found: list[Row] = []
    add = found.append
    if encoding == IMPLICIT:
        for tag, at in index.items():
            _, length = _implicit(buf, at)
            if length != UNDEFINED:
                start = at + 8
                add((tag, "", start, start + length))
            else:
                add(_undefined_row(buf, tag, at, encoding, end, ends))
        return found
    big = encoding == EXPLICIT_BE
    unpack, _, _, unpack_long = _EXPLICIT[big]
    facts = _FACTS_BE if big else _FACTS_LE
    known = facts.known
    for tag, at in index.items():
        head, length = unpack(buf, at)
        try:
            shown, name = known[head]
        except KeyError:
            shown, name = facts.learn(head)
        if shown > 0:  # 16-bit length
            start = at + 8
            add((tag, name, start, start + length))
            continue
        (length,) = unpack_long(buf, at + 8)
        if length != UNDEFINED:
            start = at + 12
            add((tag, name, start, start + length))
        else:
            add(_undefined_row(buf, tag, at, encoding, end, ends))
    return found


def _undefined_row(
    buf: bytes, tag: int, at: int, encoding: int, end: int, ends: dict[int, int]
) -> Row:
    vr, start, _ = header(buf, at, encoding)
    if encoding == IMPLICIT and tag != _PIXEL_DATA:
        vr = "SQ"
    stop = skip(buf, start, end, encoding, False, ends) - 8 if vr == "SQ" else -1
    return tag, vr, start, stop


def rows(buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]) -> list[Row] | None:
    """The rows of a whole level from ``pos`` to ``end``, without an index; None when it is not plain."""
    if encoding == IMPLICIT:
        return _rows_implicit(buf, pos, end, ends)
    big = encoding == EXPLICIT_BE
    unpack, _, _, unpack_long = _EXPLICIT[big]
    facts = _FACTS_BE if big else _FACTS_LE
    known = facts.known
    found: list[Row] = []
    add = found.append
    last = _ODD  # (0000,0000) has no place here
    try:
        while pos < end:
            head, length = unpack(buf, pos)
            try:
                tag, name = known[head]
            except KeyError:
                tag, name = facts.learn(head)
            if tag > last:  # 16-bit length
                start = pos + 8
                pos = start + length
                add((tag, name, start, pos))
                last = tag
                continue
            tag = -tag
            if tag <= last:
                return None
            start = pos + 12
            (length,) = unpack_long(buf, pos + 8)
            if length != UNDEFINED:
                pos = start + length
                add((tag, name, start, pos))
            else:
                pos = ends.get(start, 0)
                if not start < pos <= end:
                    pos = _undefined(buf, start, end, big, head[4:], ends)
                add((tag, name, start, pos - 8 if name == "SQ" else -1))
            last = tag
    except error:
        return None
    return found if pos == end else None


def _rows_implicit(buf: bytes, pos: int, end: int, ends: dict[int, int]) -> list[Row] | None:
    unpack, swapped = _implicit, _SWAPPED
    found: list[Row] = []
    add = found.append
    last = -1
    try:
        while pos < end:
            number, length = unpack(buf, pos)
            tag = swapped[number]
            if tag <= last:
                return None
            start = pos + 8
            if length != UNDEFINED:
                pos = start + length
                add((tag, "", start, pos))
            else:
                pos = skip(buf, start, end, IMPLICIT, tag == _PIXEL_DATA, ends)
                if pos < 0:
                    return None
                add((tag, "SQ", start, pos - 8) if tag != _PIXEL_DATA else (tag, "", start, -1))
            last = tag
    except error:
        return None
    return found if pos == end else None


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
    offsets = [*index.values(), end]
    here = list(index)
    pieces: list[str] = []
    missing: list[int] = []
    get, add = memo.get, pieces.append
    known = None if runs is None else runs.get
    number, first, last = 0, 0, len(here)  # those from ``first`` on were held one by one
    while number < last:
        at = offsets[number]
        run = None if known is None else known(here[number])
        if run is not None:
            key, count, text = run
            behind = number + count
            if behind <= last and offsets[behind] == at + len(key) and buf.startswith(key, at):
                if number - first > 1 and runs is not None:
                    _join(buf, offsets, here[first], first, number, pieces, runs)
                add(text)
                number = first = behind
                continue
        after = offsets[number + 1]
        piece = get(buf[at:after]) if after - at <= most else None
        if piece is None or after - offsets[first] > LONGEST_RUN:
            if number - first > 1 and runs is not None:
                _join(buf, offsets, here[first], first, number, pieces, runs)
            first = number
        if piece is None:
            missing += (len(pieces), at, after)
            piece = ""
            first = number + 1
        add(piece)
        number += 1
    if number - first > 1 and runs is not None:
        _join(buf, offsets, here[first], first, number, pieces, runs)
    return pieces, missing


def _join(
    buf: bytes,
    offsets: list[int],
    tag: int,
    first: int,
    behind: int,
    pieces: list[str],
    runs: dict[int, Run],
) -> None:
    """Make a run of the elements of the last pieces."""
    if len(runs) >= MOST_RUNS:
        runs.clear()
    count = behind - first
    text = ",".join(filter(None, pieces[-count:]))
    runs[tag] = (buf[offsets[first] : offsets[behind]], count, text)


def tags(index: Index) -> list[int]:
    """All tags, ascending."""
    return list(index)


def count(index: Index) -> int:
    """How many elements."""
    return len(index)


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
    if encoding == IMPLICIT:
        return _scan_implicit(buf, pos, end, stop, budget, last, index, ends)
    return _scan_explicit(buf, pos, end, encoding == EXPLICIT_BE, stop, budget, last, index, ends)


def _scan_explicit(
    buf: bytes,
    pos: int,
    end: int,
    big: bool,
    stop: int,
    budget: int,
    last: int,
    index: Index,
    ends: dict[int, int] | None,
) -> int:
    unpack, known, learn, unpack_long = _EXPLICIT[big]
    last = max(last, _ODD)  # (0000,0000) has no place here
    try:
        # At the end the next header is past ``end``, or past the buffer: no look at pos is needed.
        for _ in repeat(None, budget):
            head, length = unpack(buf, pos)
            try:
                tag = known[head]
            except KeyError:
                tag = learn(head)
            if tag > last:  # 16-bit length
                after = pos + 8 + length
                if after > end or tag >= stop:
                    break
            else:
                tag = -tag
                if tag <= last or tag >= stop:
                    break
                (length,) = unpack_long(buf, pos + 8)
                after = pos + 12 + length
                if length == UNDEFINED:
                    if pos >= end or ends is None:
                        break
                    after = _undefined(buf, pos + 12, end, big, head[4:], ends)
                if after > end:
                    break
            index[tag] = pos
            last = tag
            pos = after
    except error:  # the buffer ends within the header at pos
        return pos
    return pos


def _scan_implicit(
    buf: bytes,
    pos: int,
    end: int,
    stop: int,
    budget: int,
    last: int,
    index: Index,
    ends: dict[int, int] | None,
) -> int:
    unpack, swapped = _implicit, _SWAPPED
    try:
        for _ in repeat(None, budget):
            number, length = unpack(buf, pos)
            tag = swapped[number]
            if not last < tag < stop or pos >= end:
                break
            if length != UNDEFINED:
                after = pos + 8 + length
            elif ends is None:
                break
            else:
                after = skip(buf, pos + 8, end, IMPLICIT, tag == _PIXEL_DATA, ends)
                if after < 0:
                    break
            if after > end:
                break
            index[tag] = pos
            last = tag
            pos = after
    except error:  # the buffer ends within the header at pos
        return pos
    return pos


def pick(
    buf: bytes, pos: int, encoding: int, stop: int, budget: int, wanted: list[int]
) -> tuple[int, list[int]]:
    """Where the elements ``wanted`` are, ascending tags below ``stop``, -1 for each that is not there.

    It goes over one level from ``pos`` on as `scan` does, without an index; first comes the offset
    where it stopped.
    """
    begin, end = pos, len(buf)
    if encoding == IMPLICIT:
        return _pick_slowly(buf, pos, encoding, stop, budget, wanted)
    big = encoding == EXPLICIT_BE
    unpack, known, learn, unpack_long = _EXPLICIT[big]
    found = dict.fromkeys(wanted, -1)
    following = iter(wanted)
    want = next(following, stop)
    last = _ODD  # (0000,0000) has no place here
    try:
        for _ in repeat(None, budget):
            head, length = unpack(buf, pos)
            try:
                tag = known[head]
            except KeyError:
                tag = learn(head)
            if tag > last:  # 16-bit length
                after = pos + 8 + length
            else:
                tag = -tag
                if tag <= last:
                    break
                (length,) = unpack_long(buf, pos + 8)
                after = pos + 12 + length
                if length == UNDEFINED and tag < stop:
                    after = _undefined(buf, pos + 12, end, big, head[4:], {})
            if tag >= want:  # one look for all that is not wanted, and for the end afterwards
                if tag >= stop or after > end:
                    break
                while tag > want:
                    want = next(following, stop)
                if tag == want:
                    found[tag] = pos
                    want = next(following, stop)
            last = tag
            pos = after
    except error:  # the buffer ends within the header at pos
        pass
    if pos > end:  # within the element before pos
        return _pick_slowly(buf, begin, encoding, stop, budget, wanted)
    return pos, list(found.values())


def _pick_slowly(
    buf: bytes, pos: int, encoding: int, stop: int, budget: int, wanted: list[int]
) -> tuple[int, list[int]]:
    index: Index = {}
    pos = scan(buf, pos, len(buf), encoding, stop, budget, -1, index, {})
    return pos, [index.get(tag, -1) for tag in wanted]


_EXPLICIT: Final = (
    (_explicit_le, _HEADERS_LE.known, _HEADERS_LE.learn, _long_le),
    (_explicit_be, _HEADERS_BE.known, _HEADERS_BE.learn, _long_be),
)


def _undefined(buf: bytes, pos: int, end: int, big: bool, vr: bytes, ends: dict[int, int]) -> int:
    """Where an element of undefined length ends; past ``end`` if that is not plain to see."""
    encoding = EXPLICIT_BE if big else EXPLICIT
    if vr == b"SQ":
        after = skip(buf, pos, end, encoding, False, ends)
    elif vr == b"UN":
        after = skip(buf, pos, end, encoding_in_un(buf, pos, encoding), False, ends)
    elif vr in (b"OB", b"OW"):
        after = skip(buf, pos, end, encoding, True, ends)
    else:
        after = -1
    return end + 1 if after < 0 else after


def encoding_in_un(buf: bytes, pos: int, encoding: int) -> int:
    """The encoding of items in UN: implicit VR little endian (PS3.5 6.2.2, CP-246).

    Some writers only replaced SQ by UN; a VR in the first header of the first item gives them away.
    """
    return encoding if buf[pos + 12 : pos + 14] in NAMES else IMPLICIT


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
    try:
        if fragments:
            return _skip_fragments(buf, pos, end, encoding)
        return _walk(buf, pos, end, encoding, ends, False, [])
    except error:
        return -1


def skip_item(buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]) -> int:
    """The offset after the delimiter of an item of undefined length whose content is at ``pos``, or -1."""
    known = ends.get(pos)
    if known is not None:
        return known if known <= end else -1
    try:
        return _walk(buf, pos, end, encoding, ends, True, [])
    except error:
        return -1


def unfinished(
    buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int], in_item: bool
) -> list[int]:
    """The content starts of the levels that a walk from ``pos`` leaves open where it cannot go on.

    A walk from any of them ends at the same place in the same way. For the careful reader, whichever kernel is
    in use.
    """
    stack: list[tuple[int, int, bool]] = []
    try:
        if _walk(buf, pos, end, encoding, ends, in_item, stack) >= 0 or len(stack) >= 2 * MAX_DEPTH:
            return []
    except error:
        pass
    return [start for start, _, _ in stack]


def _skip_fragments(buf: bytes, pos: int, end: int, encoding: int) -> int:
    unpack = _tag_be if encoding == EXPLICIT_BE else _tag_le
    while pos < end:
        group, element, length = unpack(buf, pos)
        pos += 8
        if group != 0xFFFE:
            return -1
        if element == 0xE000 and length != UNDEFINED:
            pos += length
        elif element == 0xE0DD:
            return pos if pos <= end else -1
        else:
            return -1
    return -1


def _walk(
    buf: bytes,
    pos: int,
    end: int,
    encoding: int,
    ends: dict[int, int],
    in_item: bool,
    stack: list[tuple[int, int, bool]],
) -> int:
    """Walk items of undefined length with an explicit stack, from the content of a sequence or item.

    ``stack`` holds the levels that are open, also where nothing can be made of what follows.

    Content starts seen on the way, of sequences as of items, are remembered in ``ends`` with the
    offset after their delimiter. Positions only grow, so that one look at ``end`` at the close of
    each level is enough.
    """
    start = pos
    unpack, item, sequence_end = _ITEMS[encoding == EXPLICIT_BE]
    room = _REMEMBERED - len(ends)
    while True:
        if in_item:
            if encoding == IMPLICIT:
                pos, inner = _walk_implicit(buf, pos, end, ends)
            else:
                pos, inner = _walk_explicit(buf, pos, end, encoding, ends)
            if inner >= 0:  # content of a nested sequence, in this encoding
                if len(stack) >= 2 * MAX_DEPTH:
                    return -1
                stack.append((start, encoding, True))
                if inner != encoding:
                    unpack, item, sequence_end = _ITEMS[inner == EXPLICIT_BE]
                start, encoding = pos, inner
                number, length = unpack(buf, pos)
                if number == item and length == UNDEFINED and pos + 8 <= end:  # as most begin
                    stack.append((start, encoding, False))
                    start = pos = pos + 8
                else:
                    in_item = False
                continue
            if inner == _NOT_PLAIN:
                return -1
        else:
            while True:
                number, length = unpack(buf, pos)
                pos += 8
                if number != item or length == UNDEFINED or pos > end:
                    break
                pos += length
            if number == item and pos <= end:
                stack.append((start, encoding, False))
                start, in_item = pos, True
                continue
            if number != sequence_end:
                return -1
        # a delimiter closes this level
        if pos > end:
            return -1
        if room > 0:
            ends[start] = pos
            room -= 1
        if not stack:
            return pos
        start, around, in_item = stack.pop()
        if around != encoding:
            encoding = around
            unpack, item, sequence_end = _ITEMS[encoding == EXPLICIT_BE]


_CLOSED, _NOT_PLAIN = -1, -2
_ITEMS: Final = (
    (Struct("<II").unpack_from, 0xE000FFFE, 0xE0DDFFFE),
    (Struct(">II").unpack_from, 0xFFFEE000, 0xFFFEE0DD),
)


def _walk_explicit(
    buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]
) -> tuple[int, int]:
    """Go over the elements of an item of undefined length.

    Gives (offset after the delimiter, _CLOSED), or (content of a nested sequence of undefined
    length, its encoding), or (offset, _NOT_PLAIN).
    """
    big = encoding == EXPLICIT_BE
    unpack, known, learn, unpack_long = _EXPLICIT[big]
    while pos < end:
        head, length = unpack(buf, pos)
        try:
            tag = known[head]
        except KeyError:
            tag = learn(head)
        if tag > 0:
            pos += 8 + length
            continue
        if tag == _ODD:
            if head == _PLAIN_END and not big:  # nearly all: without a look at the tag alone
                return pos + 8, _CLOSED
            closed = head[:4] == (_ITEM_END_BE if big else _ITEM_END_LE)
            return pos + 8, _CLOSED if closed else _NOT_PLAIN
        (length,) = unpack_long(buf, pos + 8)
        pos += 12
        if length != UNDEFINED:
            pos += length
            continue
        vr = head[4:]
        if pos in ends:
            pos = ends[pos]
        elif vr == b"SQ":
            return pos, encoding
        elif vr == b"UN":
            return pos, encoding_in_un(buf, pos, encoding)
        elif vr in (b"OB", b"OW"):
            pos = _skip_fragments(buf, pos, end, encoding)
            if pos < 0:
                return pos, _NOT_PLAIN
        else:
            return pos, _NOT_PLAIN
    return pos, _NOT_PLAIN


def _walk_implicit(buf: bytes, pos: int, end: int, ends: dict[int, int]) -> tuple[int, int]:
    """The same in implicit VR."""
    while pos < end:
        number, length = _implicit(buf, pos)
        tag = _SWAPPED[number]
        pos += 8
        if tag == _ODD_IMPLICIT:
            return pos, _CLOSED if number == 0xE00DFFFE else _NOT_PLAIN
        if length != UNDEFINED:
            pos += length
        elif pos in ends:
            pos = ends[pos]
        elif tag == _PIXEL_DATA:
            pos = _skip_fragments(buf, pos, end, IMPLICIT)
            if pos < 0:
                return pos, _NOT_PLAIN
        else:
            return pos, IMPLICIT
    return pos, _NOT_PLAIN


def items(buf: bytes, pos: int, end: int, encoding: int, ends: dict[int, int]) -> list[int] | None:
    """The content of the items of a sequence, as start, end, start, end ...; None when odd.

    ``end`` is where the content of the sequence ends: for an undefined length, after its delimiter.
    """
    unpack = _tag_be if encoding == EXPLICIT_BE else _tag_le
    spans: list[int] = []
    add = spans.append
    try:
        while pos < end:
            group, element, length = unpack(buf, pos)
            pos += 8
            if group != 0xFFFE:
                return None
            if element == 0xE000:
                add(pos)
                if length != UNDEFINED:
                    pos += length
                    add(pos)
                    continue
                after = ends.get(pos)
                if after is None:
                    after = _walk(buf, pos, end, encoding, ends, True, [])
                    if after < 0:
                        return None
                pos = after
                add(pos - 8)
            elif element == 0xE0DD and pos == end:
                break
            else:
                return None
    except error:
        return None
    return spans if pos == end else None


def header(buf: bytes, pos: int, encoding: int) -> tuple[str, int, int]:
    """VR (empty in implicit VR), offset of the value and declared length of an indexed element."""
    if encoding == IMPLICIT:
        return "", pos + 8, _long_le(buf, pos + 4)[0]
    vr = buf[pos + 4 : pos + 6]
    if vr in LONG:
        read = _long_be if encoding == EXPLICIT_BE else _long_le
        return NAMES[vr], pos + 12, read(buf, pos + 8)[0]
    read = _short_be if encoding == EXPLICIT_BE else _short_le
    return NAMES[vr], pos + 8, read(buf, pos + 6)[0]


def sort(index: Index) -> None:
    """Bring an index in the order of tags after elements that were out of order."""
    entries = sorted(index.items())
    index.clear()
    index.update(entries)


def remove(index: Index, tag: int) -> None:
    """Forget an entry, if there is one."""
    index.pop(tag, None)


def last_tag(index: Index) -> int:
    """The tag that was entered last, -1 when there is none."""
    return next(reversed(index), -1)


def stops(buf: bytes, pos: int, encoding: int, last: int, stop: int) -> bool:
    """Whether a header stands at ``pos`` whose tag is from ``stop`` on, in order after ``last``."""
    if pos + 12 > len(buf):
        return False
    group, element, _ = (_tag_be if encoding == EXPLICIT_BE else _tag_le)(buf, pos)
    tag: int = group << 16 | element
    return tag >= stop and tag > last and group != 0xFFFE
