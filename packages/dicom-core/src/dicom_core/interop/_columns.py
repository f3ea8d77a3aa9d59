"""The columns of a table of headers: attributes, their types, and what is in their sequences."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from attrs import frozen

from dicom_dict import Tag, find_element

from .._element import ONE_VALUE
from .._errors import LimitExceeded, ValueDecodeError
from .._sequence import Sequence
from ..query._tree import parse_path

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["BYTES", "Column", "columns", "columns_in"]

BYTES: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_WHOLE: Final = frozenset(("IS", "SL", "SS", "SV", "UL", "US", "UV"))
_REAL: Final = _WHOLE | {"DS", "FD", "FL"}
_DEPTH: Final = 16
_COLUMNS: Final = 20_000


@frozen
class Column:
    """One attribute of a table."""

    name: str
    """The keyword, or eight digits."""
    tag: Tag
    vr: str
    """Of its values. Where files differ, one that holds them all: SV for whole numbers, FD for numbers, else UT."""
    many: bool = False
    """Whether a cell is a list: the dictionary allows several values, or several were met."""
    columns: "tuple[Column, ...]" = ()
    """Of a sequence: what is in its items."""


def columns(*keys: str | int) -> tuple[Column, ...]:
    """The columns of tags, keywords and paths with dots, as the dictionary knows them.

    Paths into one sequence are columns of one column. A bare sequence has no columns until it was looked
    into; `columns_in` does that.
    """
    root = _Node(Tag(0), "SQ")
    for key in keys:
        path = (Tag(key),) if isinstance(key, int) else parse_path(key)
        node = root
        for tag in path:
            node = node.child(tag)
    return root.columns()


def columns_in(
    datasets: "Iterable[Dataset]", within: tuple[Column, ...] = ()
) -> tuple[Column, ...]:
    """The columns that hold everything of these data sets, or of what ``within`` names.

    Bytes (pixel data, unknown VRs) are left out unless they are named; so are sequences that are always empty.
    """
    root = _Node(Tag(0), "SQ")
    for column in within:
        root.copy(column)
    for dataset in datasets:
        root.see(dataset, 0, named=bool(within))
    return root.columns()


class _Node:
    """What is known of an attribute so far."""

    def __init__(self, tag: Tag, vr: str) -> None:
        self.tag = tag
        self.vr = vr
        self.named = False
        self.many = False
        self.children: dict[int, _Node] = {}

    def child(self, tag: Tag) -> "_Node":
        """The node of an attribute in the items, as the dictionary knows it."""
        found = self.children.get(tag)
        if found is None:
            entry = find_element(tag)
            vrs = entry.vrs if entry is not None else ()
            vr = (
                ""
                if not vrs
                else str(vrs[0])
                if len(vrs) == 1
                else _joined([str(one) for one in vrs])
            )
            found = self.children[tag] = _Node(tag, vr)
            found.many = entry is not None and not entry.vm.is_single and vr not in ONE_VALUE
            found.named = True
            self.vr = "SQ"
        return found

    def copy(self, column: Column) -> None:
        """Take a column as it is."""
        node = self.children[column.tag] = _Node(column.tag, column.vr)
        node.many, node.named = column.many, True
        for inner in column.columns:
            node.copy(inner)

    def see(self, dataset: "Dataset", depth: int, *, named: bool) -> None:
        """Look at a data set or item; with ``named``, only at what has a node already."""
        if depth > _DEPTH:
            raise LimitExceeded("columns depth", depth)
        for element in dataset.elements():
            tag, vr = element.tag, element.vr
            node = self.children.get(tag)
            if node is None:
                if named or tag & 0xFFFF == 0 or vr in BYTES:
                    continue
                node = self.child(tag)
                node.vr, node.named = vr, False
                if len(self.children) > _COLUMNS:
                    raise LimitExceeded("columns", len(self.children))
            if element.is_empty:
                continue
            if vr == "SQ" and node.vr in {"SQ", ""}:
                value = element.value
                if isinstance(value, Sequence):
                    # The columns of a sequence that are named are the ones that are wanted
                    closed = bool(node.children) and node.named and named
                    for item in value:
                        node.see(item, depth + 1, named=closed)
                continue
            if node.vr != vr:
                node.vr = vr if not node.vr else _joined([node.vr, vr])
            node.many = node.many or _is_several(element)

    def columns(self) -> tuple[Column, ...]:
        """What was named in that order, then what was found, in the order of the tags."""
        children = self.children
        order = sorted(children, key=lambda tag: 0 if children[tag].named else tag)
        return tuple(
            Column(_name(tag), Tag(tag), node.vr or "UT", node.many, node.columns())
            for tag, node in ((tag, children[tag]) for tag in order)
            if node.vr != "SQ" or node.children or node.named
        )


def _is_several(element: object) -> bool:
    try:
        value = getattr(element, "value", None)
    except ValueDecodeError:
        return False
    return isinstance(value, tuple) and len(value) > 1


def _joined(vrs: list[str]) -> str:
    """One VR that can hold the values of all."""
    found = set(vrs)
    if len(found) == 1:
        return vrs[0]
    if found <= _WHOLE:
        return "SL" if found == {"US", "SS"} else "SV"
    if found <= _REAL:
        return "FD"
    if found <= BYTES or found <= BYTES | {"US", "SS"}:
        return "OB"
    return "UT"


def _name(tag: int) -> str:
    entry = find_element(tag)
    return entry.keyword if entry is not None and entry.keyword else f"{tag:08X}"


# Tracebacks, reprs and pickles name the place that users import from
Column.__module__ = columns.__module__ = columns_in.__module__ = "dicom_core.interop"
