"""What the tables of PS3.3 hold, whatever file they were read from."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = [
    "FUNCTIONAL_GROUPS", "TYPES", "Book", "Row", "Table", "Use", "Values", "core_name", "paths", "place", "slug",
    "squeeze", "table_of",
]  # fmt: skip

FUNCTIONAL_GROUPS = "IODFunctionalGroupMacros"
"""The target of an include row that means "the functional group macros of this IOD"."""

TYPES = frozenset({"", "1", "1C", "2", "2C", "3"})
_CAPTION = re.compile(
    r"(?P<name>.+?)\s+(?:Functional Group )?(?P<kind>Module|Macro)(?: (?:Attributes|Table))?(?: Description)?$"
)


class Values(NamedTuple):
    """A list of values that an attribute may have."""

    kind: str
    """E for Enumerated Values, D for Defined Terms, empty where the source is silent."""
    number: int | None
    """The value of a multi-valued attribute that the list is for."""
    when: str
    """The condition under which the list holds."""
    terms: tuple[tuple[str, str], ...]
    edition: str


class Row(NamedTuple):
    """A row of a module or macro table: an attribute, an include, or free text ("Any other attribute")."""

    depth: int
    tag: str
    """Eight digits, x where any digit may stand; empty for an include and for free text."""
    include: str
    """The number of the included table; empty for an attribute."""
    name: str
    """Of an include the condition beside it: "if and only if Value Type (0040,A040) is NUM."."""
    type: str
    text: str
    lists: tuple[Values, ...] = ()


class Table(NamedTuple):
    """A module or macro table."""

    label: str
    caption: str
    rows: Sequence[Row]


class Use(NamedTuple):
    """A row of an IOD's table of modules, or of functional group macros."""

    name: str
    section: str
    usage: str
    """M, C or U; empty where the source lost it with a cross-reference."""
    condition: str
    entity: str


class Book(NamedTuple):
    """All of PS3.3 that is wanted."""

    edition: str
    file: str
    iods: dict[str, list[Use]]
    groups: dict[str, list[Use]]
    sections: dict[str, list[str]]
    """The tables of each section, by number."""
    tables: dict[str, Table]


def squeeze(text: str) -> str:
    """Single blanks, no line breaks."""
    return " ".join(text.split())


def slug(name: str) -> str:
    """A name as the JSON tables of 2020 and 2024 spell identifiers."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def core_name(caption: str) -> tuple[str, str]:
    """The name in a caption such as "Patient Module Attributes", and its kind: Module, Macro or nothing."""
    match = _CAPTION.fullmatch(caption)
    return (match["name"], match["kind"]) if match else (caption.removesuffix(" Attributes"), "")


def paths(table: Table) -> Iterator[tuple[str, Row]]:
    """Each row with the tags that lead to it inside its own table: ``00081111.00081150``."""
    above: list[str] = []
    for row in table.rows:
        above = above[: row.depth] + ["?"] * (row.depth - len(above))
        if not row.include:
            above.append(row.tag or "-")
        yield ".".join(above), row


def place(row: Row, number: int) -> str:
    """How a message names a row."""
    return f"{number} {row.include or row.name}"


def table_of(book: Book, use: Use, kind: str) -> Table | None:
    """The table of a module or macro.

    Of the tables in its section the one with its name, else any with its name, else the section's only one.
    """
    here = [
        book.tables[label] for label in book.sections.get(use.section, ()) if label in book.tables
    ]
    wanted = use.name.casefold(), kind
    for tables in (here, book.tables.values()):
        for table in tables:
            name, found = core_name(table.caption)
            if (name.casefold(), found) == wanted:
                return table
    if len(here) != 1:
        return None
    return here[0]
