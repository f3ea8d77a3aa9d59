"""Reading NEMA's DocBook: parts, sections, tables with their spans resolved, value lists."""

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from .errors import CodegenError

__all__ = ["Cell", "Part", "Section", "Table", "Term", "clean"]

NS = "{http://docbook.org/ns/docbook}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_EDITION = re.compile(r"PS3\.(\d+)\s+(\d{4}[a-z]?)")
MOST_SPAN = 10_000  # because the longest table of the standard has about 5,300 rows
_BLANK = re.compile(r"\s+")


def clean(text: str) -> str:
    """Text without zero-width spaces (U+200B stands in keywords and UIDs) and with single blanks."""
    return _BLANK.sub(" ", text.replace("\u200b", "").replace("\ufeff", "")).strip()


class Term(NamedTuple):
    """An entry of a value list."""

    term: str
    meaning: str


class Cell:
    """A cell of a table."""

    def __init__(self, node: ET.Element) -> None:
        self.node = node

    @functools.cached_property
    def text(self) -> str:
        """All text in the cell."""
        return clean(
            " ".join("".join(para.itertext()) for para in self.node.iter(NS + "para"))
            or "".join(self.node.itertext())
        )

    @property
    def first_paragraph(self) -> str:
        """The text of the first paragraph alone."""
        para = self.node.find(f".//{NS}para")
        return clean("".join(para.itertext())) if para is not None else self.text

    @property
    def links(self) -> list[str]:
        """The targets of the cross-references in the cell; their text is made by a stylesheet, not stored."""
        return [
            target
            for node in self.node.iter()
            if node.tag in {NS + "xref", NS + "olink"}
            and (target := node.get("linkend") or node.get("targetptr"))
        ]

    @property
    def is_italic(self) -> bool:
        """Whether the text is emphasised: the mark of retired rows."""
        return any(node.get("role") == "italic" for node in self.node.iter(NS + "emphasis"))

    @property
    def value_lists(self) -> list[tuple[str, list[Term]]]:
        """The value lists in the cell, each with its title."""
        return [_value_list(node) for node in self.node.iter(NS + "variablelist")]


class Table:
    """A table whose rows all have as many cells as the header (a span repeats its cell)."""

    def __init__(self, node: ET.Element, file: str) -> None:
        self.id = node.get(XML_ID) or ""
        self.label = node.get("label") or ""
        self.caption = _text(node.find(NS + "caption"))
        self.file = file
        head = [row for part in node.findall(NS + "thead") for row in part.findall(NS + "tr")]
        self.header = [Cell(cell).text for cell in _cells(head[-1])] if head else []
        body = [row for part in node.findall(NS + "tbody") for row in part.findall(NS + "tr")]
        self.rows = list(_spread(body, file, self.label))

    def columns(self, *wanted: str) -> list[int]:
        """The positions of the columns whose headings begin with these words; -1 for one in brackets that is absent."""
        found = []
        for word in wanted:
            optional, word = word.startswith("["), word.strip("[]")
            for index, title in enumerate(self.header):
                if title.lower().startswith(word.lower()):
                    found.append(index)
                    break
            else:
                if not optional:
                    raise CodegenError(
                        f"no column {word!r}; it has {self.header}",
                        file=self.file,
                        table=self.label,
                    )
                found.append(-1)
        return found

    def fail(self, row: str, message: str) -> CodegenError:
        """The error that names a row of this table."""
        return CodegenError(message, file=self.file, table=self.label, row=row)


class Section(NamedTuple):
    """A section or chapter: its identifier, its title, and its XML."""

    id: str
    title: str
    node: ET.Element

    @property
    def paragraphs(self) -> list[str]:
        """The text of the section's own paragraphs."""
        return [clean("".join(para.itertext())) for para in self.node.findall(NS + "para")]


class Part:
    """One part of the standard."""

    def __init__(self, root: ET.Element, file: str) -> None:
        subtitle = root.findtext(NS + "subtitle") or ""
        match = _EDITION.search(subtitle)
        if root.tag != NS + "book" or match is None:
            raise CodegenError(
                f"not a part of the standard in DocBook: the root is <{root.tag.removeprefix(NS)}> with subtitle {subtitle!r}; "
                "expected <book> with a subtitle such as 'DICOM PS3.6 2026c - Data Dictionary'",
                file=file,
            )
        self.name = f"PS3.{match[1]}"
        self.edition = match[2]
        self.file = file
        self.root = root

    @classmethod
    def parse(cls, data: bytes, file: str) -> "Part":
        """Read a part; a file that is no XML says where it breaks."""
        try:
            return cls(ET.fromstring(data), file)
        except ET.ParseError as error:
            raise CodegenError(f"broken XML: {error}", file=file) from error

    @functools.cached_property
    def _tables(self) -> dict[str, ET.Element]:
        return {node.get("label") or "": node for node in self.root.iter(NS + "table")}

    def has_table(self, label: str) -> bool:
        """Whether there is a table of this number."""
        return label in self._tables

    def table(self, label: str) -> Table:
        """The table of this number, such as ``6-1``."""
        if label not in self._tables:
            raise CodegenError("no such table", file=self.file, table=label)
        table = Table(self._tables[label], self.file)
        if not table.rows:
            raise CodegenError("the table has no rows", file=self.file, table=label)
        return table

    def tables(self) -> Iterator[Table]:
        """Every table."""
        return (Table(node, self.file) for node in self._tables.values())

    def sections(self) -> Iterator[Section]:
        """Every section and chapter, outer before inner."""
        for node in self.root.iter():
            if node.tag in {NS + "section", NS + "chapter", NS + "appendix"}:
                yield Section(node.get(XML_ID) or "", _text(node.find(NS + "title")), node)


def _text(node: ET.Element | None) -> str:
    return clean("".join(node.itertext())) if node is not None else ""


def _cells(row: ET.Element) -> list[ET.Element]:
    return [cell for cell in row if cell.tag in {NS + "td", NS + "th"}]


def _spread(rows: list[ET.Element], file: str, label: str) -> Iterator[list[Cell]]:
    """Rows of cells with rowspan and colspan resolved: a span stands in each place it covers."""
    hanging: dict[int, tuple[int, Cell]] = {}
    for row in rows:
        cells: list[Cell] = []

        def take_hanging(cells: list[Cell] = cells) -> None:
            while (hang := hanging.get(len(cells))) is not None:
                left, cell = hang
                if left == 1:
                    del hanging[len(cells)]
                else:
                    hanging[len(cells)] = left - 1, cell
                cells.append(cell)

        for node in _cells(row):
            take_hanging()
            cell = Cell(node)
            down = _span(node, "rowspan", file, label)
            for _ in range(_span(node, "colspan", file, label)):
                if down > 1:
                    hanging[len(cells)] = down - 1, cell
                cells.append(cell)
        take_hanging()
        yield cells


def _span(node: ET.Element, name: str, file: str, label: str) -> int:
    """How many places a cell covers in one direction."""
    text = node.get(name) or "1"
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MOST_SPAN):
        row = clean("".join(node.itertext()))[:40]
        raise CodegenError(
            f"{name} {text!r} is no number from 1 to {MOST_SPAN}", file=file, table=label, row=row
        )
    return int(text)


def _value_list(node: ET.Element) -> tuple[str, list[Term]]:
    terms = [
        Term(_text(term), _text(entry.find(NS + "listitem")))
        for entry in node.iter(NS + "varlistentry")
        if (term := entry.find(NS + "term")) is not None
    ]
    return _text(node.find(NS + "title")), terms
