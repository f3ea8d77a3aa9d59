"""Going over a data set and everything in it without recursion."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._element import DataElement
from ._index import all_tags, raw_element
from ._sequence import Sequence

if TYPE_CHECKING:
    from ._dataset_read import Readable

__all__ = ["walk"]


def walk(root: "Readable") -> Iterator[DataElement]:
    """Every element, each before the elements of its items. The limit of depth applies."""
    stack: list[Iterator[Readable | DataElement]] = [iter([root])]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif isinstance(node, DataElement):
            yield node
            if node.vr == "SQ":
                value = node.value
                if isinstance(value, Sequence):
                    stack.append(iter(list(value)))
        else:
            stack.append(_elements(node))


def _elements(node: "Readable") -> Iterator[DataElement]:
    for tag in all_tags(node):
        found = raw_element(node, tag)
        if found is not None:  # it may have been deleted while the caller walks
            yield DataElement._of(node, tag, found)
