"""Going over the elements of a data set, and over everything in it without recursion."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ._ambiguous import public_vrs
from ._element import WORDS, DataElement
from ._index import raw_element
from ._kernel import EXPLICIT_BE, IMPLICIT, UNDEFINED
from ._kernels import kernel as plain
from ._sequence import Sequence

if TYPE_CHECKING:
    from ._dataset_read import Readable

__all__ = ["SLOW", "elements", "walk"]

# VRs that need a second look: UN that may be known, choices of the dictionary
SLOW: Final = frozenset(("", "UN", "US SS", "OB OW", "US OW", "US SS OW"))
SLOW_BIG: Final = SLOW | WORDS
_UNSET: Final = DataElement._unset()
_new = object.__new__


def elements(node: "Readable") -> Iterator[DataElement]:
    """Every element of one level, in the order of the tags."""
    odd, edits = node._odd, node._edits
    special: list[int] = []
    if edits or odd:
        special = sorted({*odd, *(edits or ())})
    frame = node._frame
    encoding = frame.encoding
    slow = SLOW_BIG if encoding == EXPLICIT_BE else SLOW
    public = public_vrs() if encoding == IMPLICIT else None
    for tag, vr, start, length in plain.headers(frame.buf, node._index, encoding):
        if special and special[0] <= tag:
            yield from _special(node, special, tag)
            if edits and tag in edits:
                continue
        if public is not None:
            vr = public.get(tag, "")
        if vr in slow or length == UNDEFINED:
            found = raw_element(node, tag)
            if found is not None:
                yield DataElement._of(node, tag, found)
            continue
        element = _new(DataElement)
        element._node = node
        element._tag = tag
        element._vr = vr
        element._start = start
        element._stop = start + length
        element._found = None
        element._value = _UNSET
        yield element
    yield from _special(node, special, 1 << 32)


def _special(node: "Readable", special: list[int], last: int) -> Iterator[DataElement]:
    """Elements that were edited or stand elsewhere, up to the tag ``last``."""
    while special and special[0] <= last:
        tag = special.pop(0)
        found = raw_element(node, tag)
        if found is not None:  # it was not deleted
            yield DataElement._of(node, tag, found)


def walk(root: "Readable") -> Iterator[DataElement]:
    """Every element, each before the elements of its items. The limit of depth applies."""
    stack: list[tuple[Iterator[DataElement], Iterator[Readable]]] = []
    current = elements(root)
    while True:
        for element in current:
            yield element
            if element._vr == "SQ":
                value = element.value
                if isinstance(value, Sequence):
                    stack.append((current, iter(list(value))))
                    break
        while stack:
            outer, items = stack[-1]
            item = next(items, None)
            if item is not None:
                current = elements(item)
                break
            stack.pop()
            current = outer
            break
        else:
            return
