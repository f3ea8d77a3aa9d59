"""Going over the elements of a data set, and over everything in it without recursion."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ._ambiguous import public_vrs
from ._element import WORDS, DataElement, blank
from ._index import Stored, level_rows, raw_element
from ._items import Items
from ._kernel import EXPLICIT_BE, IMPLICIT

if TYPE_CHECKING:
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
    """
    stack: list[tuple[Stored, Iterator[Row], Iterator[Stored]]] = []
    node, rows = root, iter(_rows(root))
    while True:
        slow = SLOW_BIG if node._frame.encoding == EXPLICIT_BE else SLOW
        for tag, vr, start, stop in rows:
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
                    stack.append((node, rows, iter(tuple(value._all()))))
                    break
        # to the next item of the innermost sequence, or else on in the data set that holds it
        if not stack:
            return
        outer, outer_rows, items = stack[-1]
        item = next(items, None)
        if item is None:
            stack.pop()
            node, rows = outer, outer_rows
        else:
            node, rows = item, iter(_rows(item))


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
