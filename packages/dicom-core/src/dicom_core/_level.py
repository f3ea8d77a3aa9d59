"""The elements of one level, all at once, for whoever goes over them."""

from typing import TYPE_CHECKING, Final

from ._ambiguous import public_vrs
from ._codec import DECODERS
from ._element import BLANK, UNSET, WORDS, DataElement, blank
from ._index import (
    CHARACTER_SET,
    NONE_ODD,
    FoundElement,
    Frame,
    Stored,
    all_tags,
    charset_in,
    index_in,
    odd_in,
    put_charset,
    put_fresh,
)
from ._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT
from ._kernels import COMPILED
from ._kernels import kernel as plain

if TYPE_CHECKING:
    from ._kernel_native import Cursor, Row

__all__ = ["level_elements"]

# VRs that need a second look: UN that may be known, choices of the dictionary
_SLOW: Final = frozenset(("", "UN", "US SS", "OB OW", "US OW", "US SS OW"))
_SLOW_BIG: Final = _SLOW | WORDS
_ITEMS: Final = frozenset((b"\xfe\xff\x00\xe0", b""))
_NO_VRS: Final[dict[int, str]] = {}


def level_elements(node: Stored) -> list[DataElement]:
    """The elements of one level in the order of the tags. Those that need a second look begin at -1."""
    frame = node._frame
    encoding, buf = frame.encoding, frame.buf
    slow = _SLOW_BIG if encoding == EXPLICIT_BE else _SLOW
    vrs = public_vrs() if encoding == IMPLICIT else _NO_VRS
    found: list[DataElement] = []
    # The same twice: compiled, a step is a call without objects, which rows are full of (a third of a walk);
    # else rows and a loop over them cost half of such calls.
    if COMPILED:
        cursor = _cursor(node)
        if cursor is not None:
            while cursor.step():
                vr, start, stop = cursor.vr, cursor.start, cursor.stop
                if encoding == IMPLICIT:
                    if not vr:
                        vr = vrs.get(cursor.tag, "")
                    # what does not begin as a sequence must is none, whatever the dictionary says
                    if vr == "SQ" and buf[start : start + 4] not in _ITEMS:
                        vr = ""
                element = DataElement(0, "", BLANK)
                element._node = node
                element._tag = cursor.tag
                element._vr = vr
                element._start = start
                element._stop = stop
                element._found = None
                element._value = UNSET
                if stop < start or vr in slow:
                    _look_again(element, frame, start)
                found.append(element)
            return found
    add, unset = found.append, UNSET
    for tag, vr, start, stop in _rows(node):
        if encoding == IMPLICIT:
            if not vr:
                vr = vrs.get(tag, "")
            if vr == "SQ" and buf[start : start + 4] not in _ITEMS:
                vr = ""
        element = blank(DataElement)
        element._node = node
        element._tag = tag
        element._vr = vr
        element._start = start
        element._stop = stop
        element._found = None
        element._value = unset
        if stop < start or vr in slow:
            _look_again(element, frame, start)
        add(element)
    return found


def _look_again(element: DataElement, frame: Frame, start: int) -> None:
    """Of what stands there as UN, the dictionary often knows the VR (PS3.5 6.2.2); the rest begins at -1.

    What a memo would know it by does not say its VR.
    """
    tag = element._tag
    if element._vr == "UN" and not tag & 0x10000 and element._stop >= start:
        known = public_vrs().get(tag, "")
        if known in DECODERS and frame.encoding == EXPLICIT and frame.memo is None:
            element._found = FoundElement(
                "UN",
                frame.buf,
                start,
                element._stop,
                EXPLICIT,
                frame.base + start - 12,
                base=frame.base,
            )
            element._vr = known
            return
    element._start = -1


def _cursor(node: Stored) -> "Cursor | None":
    """A cursor over the elements; None where they are not all in the plain index, or texts are not those that the
    memo knows.
    """
    frame = node._frame
    buf, start, end, encoding = frame.buf, node._start, node._end, frame.encoding
    charset = frame.charset
    if node._fresh and node._edits is None:
        reading = frame.reading
        if charset is None or end - start > 8 * reading.limit:
            return None
        if start < end and plain.tag_at(buf, start, encoding) <= CHARACTER_SET:
            return None
        cursor = plain.level(buf, start, end, encoding, frame.ends)
        if cursor is not None:
            reading.count(cursor.count())
            node._fresh = False
            node._charset = charset
        return cursor
    if frame.memo is not None and charset_in(node) is not charset:
        return None
    index = index_in(node)
    if odd_in(node) is not NONE_ODD or node._edits:
        return None
    return plain.over(buf, index, encoding, end, frame.ends)


def _rows(node: Stored) -> "list[Row]":
    """The elements of one level in the order of the tags, as `_kernel.rows` gives them.

    Elements that were set or stand elsewhere end at -1. Of a data set that is only walked through, no
    index is made.
    """
    frame = node._frame
    if node._fresh and node._edits is None:
        reading = frame.reading
        rows = None
        if node._end - node._start <= 8 * reading.limit:  # else there may be too many
            rows = plain.rows(frame.buf, node._start, node._end, frame.encoding, frame.ends)
        if rows is not None:
            reading.elements += len(rows)
            if reading.elements > reading.limit:
                reading.count(0)
            put_fresh(node, False)
            charset = frame.charset
            if charset is not None:
                if not rows or rows[0][0] > CHARACTER_SET or not _declares(rows):
                    put_charset(node, charset)
                elif frame.memo is not None:  # its texts are not those that the memo knows
                    return [(tag, vr, 0, -1) for tag, vr, _, _ in rows]
            return rows
    if frame.memo is not None and charset_in(node) is not frame.charset:  # as above
        return [(tag, "", 0, -1) for tag in all_tags(node)]
    rows = plain.headers(frame.buf, index_in(node), frame.encoding, node._end, frame.ends)
    odd, edits = odd_in(node), node._edits
    if odd or edits:
        others = {*odd, *(edits or ())}
        rows = [row for row in rows if row[0] not in others]
        rows += [(tag, "", 0, -1) for tag in others]
        rows.sort()
    return rows


def _declares(rows: "list[Row]") -> bool:
    """Whether there is a character set among these elements."""
    return any(row[0] == CHARACTER_SET for row in rows)
