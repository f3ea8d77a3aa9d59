"""A data set as rows: one an element, items numbered, nothing kept in memory; and the rows as lines of text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from ._display import clean, value_text
from ._errors import DicomError
from ._file import DicomFile

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._element import DataElement
    from ._sequence import Sequence

__all__ = ["Look", "Row", "line_of", "lines", "rows", "text_of"]

# str() of a data set stops after so many lines; lines() and `dicom dump` do not
LONGEST: Final = 2000
_NAME: Final = 32


class Look(NamedTuple):
    """How much is shown."""

    width: int = 120
    """Columns of a line."""
    depth: int = 100
    """Levels of sequences that are opened."""
    items: int | None = None
    """Items of a sequence that are shown; None for all."""
    meanings: bool = True
    """Whether UIDs of the standard stand with their names."""


_LOOK: Final = Look()


class Row(NamedTuple):
    """One line of a dump."""

    depth: int
    item: int | None
    """The number of the item that begins with this row."""
    tag: str
    vr: str
    name: str
    value: str
    kind: str
    """What `value_text` says, or ``note`` for a row that is no element."""
    meaning: str = ""


def rows(dataset: "Dataset", look: Look = _LOOK) -> Iterator[Row]:
    """Every element, each sequence followed by its items, without recursion."""
    stack: list[Iterator[Row | Sequence]] = [_level(dataset, 0, None, look)]
    while stack:
        row = next(stack[-1], None)
        if row is None:
            stack.pop()
        elif isinstance(row, Row):
            yield row
        else:
            stack.append(_items(row, len(stack), look))


def _items(sequence: "Sequence", depth: int, look: Look) -> "Iterator[Row | Sequence]":
    for number, item in enumerate(sequence):
        if look.items is not None and number >= look.items:
            more = len(sequence) - number
            yield Row(depth, None, "", "", "", f"... {more} more item{'s'[: more > 1]}", "note")
            return
        yield from _level(item, depth, number, look)


def _level(
    dataset: "Dataset", depth: int, number: int | None, look: Look
) -> "Iterator[Row | Sequence]":
    try:
        tags = list(dataset)
    except DicomError as error:
        yield Row(depth, number, "", "", "", str(error), "bad")
        return
    if not tags and number is not None:
        yield Row(depth, number, "", "", "", "(empty item)", "note")
    for tag in tags:
        if tag not in dataset:  # deleted by the caller meanwhile
            continue
        element = dataset.element(tag)
        value, kind = value_text(element, max(look.width - 52, 24))
        meaning = _meaning(value) if kind == "uid" and look.meanings else ""
        yield Row(
            depth,
            number,
            str(element.tag),
            element.vr,
            _name(dataset, element),
            value,
            kind,
            meaning,
        )
        number = None
        if kind == "sequence" and value != "0 items":
            if depth >= look.depth:
                yield Row(depth + 1, None, "", "", "", "... not shown", "note")
                continue
            yield _sequence(element)


def _sequence(element: "DataElement") -> "Sequence":
    from ._sequence import Sequence

    value = element.value
    assert isinstance(value, Sequence)
    return value


def _name(dataset: "Dataset", element: "DataElement") -> str:
    """The keyword; of a private element, who made it."""
    tag = int(element.tag)
    if not tag & 0x10000:
        return element.keyword or ("GroupLength" if not tag & 0xFFFF else "?")
    block = tag & 0xFFFF
    if 0x10 <= block <= 0xFF:
        return "PrivateCreator"
    creator = (tag & 0xFFFF0000) | (block >> 8)
    if block < 0x1000 or creator not in dataset:
        return "[private]"
    return f"[{clean(dataset.element(creator).text)}]"


def _meaning(uid: str) -> str:
    if not uid.startswith("1.2.840.10008."):
        return ""
    from dicom_dict import UnknownEntry
    from dicom_dict import uid as entry_of

    try:
        return entry_of(uid).name
    except UnknownEntry:
        return ""


def line_of(row: Row) -> tuple[str, str, str]:
    """A row in three parts: what stands before the value (padded), the value, and what follows it."""
    indent = "    " * row.depth
    if row.item is not None:
        indent = indent[:-4] + f"{row.item}.".ljust(4)
    if row.kind in {"note", "bad"} and not row.tag:
        return indent, row.value, ""
    room = max(_NAME - 4 * row.depth, 8)
    name = row.name if len(row.name) <= _NAME else row.name[: _NAME - 3] + "..."
    head = f"{indent}{row.tag} {row.vr:2} {name:{room}} "
    return head, row.value, f"  = {row.meaning}" if row.meaning else ""


def lines(source: "DicomFile | Dataset", look: Look = _LOOK) -> Iterator[str]:
    """The lines of a dump, one by one; of a file, the file meta information first."""
    if isinstance(source, DicomFile):
        if len(source.meta):
            yield from lines(source.meta, look)
            yield ""
        source = source.dataset
    for row in rows(source, look):
        yield "".join(line_of(row)).rstrip()


def text_of(source: "DicomFile | Dataset") -> str:
    """What ``str()`` gives: the dump, stopped where nobody would read on."""
    found: list[str] = []
    for line in lines(source):
        if len(found) == LONGEST:
            found.append("... and more; `dicom dump`, .walk() and .elements() show everything")
            break
        found.append(line)
    return "\n".join(found)
