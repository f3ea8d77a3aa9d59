"""PS3.3 in DocBook: tables known by their headings, rows with ">" for nesting, value lists in the cells."""

import re

from ..docbook import NS, Cell, Part
from ..docbook import Table as DocBookTable
from ..errors import CodegenError
from ._iod_json import read_usage
from ._iod_model import FUNCTIONAL_GROUPS, TYPES, Book, Row, Table, Use, Values
from ._iod_titles import read_title

__all__ = ["read_docbook"]

_TAG = re.compile(r"\(\s*([0-9A-F]{4}|[56]0xx)\s*,\s*([0-9A-F]{4})\s*\)")
_INCLUDE = re.compile(r"\W*include\b", re.IGNORECASE)
_EXAMPLES = "5.4-"


def read_docbook(part: Part) -> Book:
    """Everything that a part03.xml, whole or an excerpt, holds."""
    iods: dict[str, list[Use]] = {}
    groups: dict[str, list[Use]] = {}
    tables: dict[str, Table] = {}
    for table in part.tables():
        titles = [title.lower() for title in table.header]
        if titles[:2] == ["ie", "module"]:
            iods[table.caption.removesuffix(" IOD Modules")] = _modules(table)
        elif titles and titles[0] == "functional group macro":
            # A caption may shorten the name of the IOD, whose table of modules stands before it.
            named = table.caption.removesuffix(" Functional Group Macros")
            groups[named if named in iods else next(reversed(iods), named)] = _macros(table)
        elif titles[:2] == ["attribute name", "tag"] and not table.label.startswith(_EXAMPLES):
            tables[table.label] = Table(table.label, table.caption, _rows(table, part.edition))
    return Book(part.edition, part.file, iods, groups, _sections(part, tables), tables)


def _modules(table: DocBookTable) -> list[Use]:
    entity, module, reference, usage = table.columns("IE", "Module", "Reference", "Usage")
    return [
        _use(table, row[module], row[reference], row[usage], row[entity].text)
        for row in table.rows
        if len(row) == len(table.header)
    ]


def _macros(table: DocBookTable) -> list[Use]:
    macro, section, usage = table.columns("Functional Group Macro", "Section", "Usage")
    return [_use(table, row[macro], row[section], row[usage], "") for row in table.rows]


def _use(table: DocBookTable, name: Cell, reference: Cell, usage: Cell, entity: str) -> Use:
    letter, condition = read_usage(usage.text, table.file, table.label, name.text)
    if not reference.links:
        raise table.fail(name.text, "no reference to a section")
    return Use(name.text, reference.links[0].removeprefix("sect_"), letter, condition, entity)


def _rows(table: DocBookTable, edition: str) -> list[Row]:
    # A description headed otherwise is the last column, which is what -1 says.
    name_at, tag_at, type_at, text_at = table.columns(
        "Attribute Name", "Tag", "[Type]", "[Attribute Description]"
    )
    rows = []
    for number, cells in enumerate(table.rows, 1):
        if len(cells) <= tag_at:
            raise table.fail(str(number), f"{len(cells)} cells under {len(table.header)} headings")
        title = cells[name_at].text
        name = title.lstrip("> ")
        depth = title[: len(title) - len(name)].count(">")
        text = _paragraphs(cells[text_at])
        if _INCLUDE.match(title):
            beside = _INCLUDE.sub("", title).lstrip(". ")
            target = _target(cells[name_at])
            rows.append(
                Row(depth, "", target, beside if beside.startswith("if ") else "", "", text)
            )
            continue
        match = _TAG.fullmatch(cells[tag_at].text)
        spans = cells[name_at] is cells[tag_at]
        if match is None and not spans:
            raise table.fail(f"{number} {name}", f"{cells[tag_at].text!r} is not a tag")
        if match is None and not name.startswith("Any "):
            continue  # a heading that spans the row, such as "BASIC CODED ENTRY ATTRIBUTES"
        kind = cells[type_at].text if type_at >= 0 and match is not None else ""
        if kind not in TYPES:
            raise table.fail(f"{number} {name}", f"unknown type {kind!r}")
        tag = match[1] + match[2] if match else ""
        rows.append(Row(depth, tag, "", name, kind, text, _lists(cells[text_at], edition)))
    return rows


def _target(cell: Cell) -> str:
    links = cell.links
    if not links:
        return FUNCTIONAL_GROUPS  # "Include one or more Functional Group Macros": the only rows without a link
    return links[0].removeprefix("table_") if links[0].startswith("table_") else links[0]


def _paragraphs(cell: Cell) -> str:
    """The paragraphs of a cell, a line each; the value lists are read apart."""
    skip = {
        id(para)
        for found in cell.node.iter(NS + "variablelist")
        for para in found.iter(NS + "para")
    }
    lines = []
    for para in cell.node.iter(NS + "para"):
        if id(para) in skip:
            continue
        words = []
        for node in para.iter():
            words.append(node.text or "")
            if node.tag in {NS + "xref", NS + "olink"}:
                target = node.get("linkend") or node.get("targetptr") or ""
                kind, _, number = target.partition("_")
                words.append({"sect": "Section ", "table": "Table "}.get(kind, "") + number)
            if node is not para:
                words.append(node.tail or "")
        lines.append(" ".join("".join(words).replace("\u200b", "").split()))
    return "\n".join(line for line in lines if line)


def _lists(cell: Cell, edition: str) -> tuple[Values, ...]:
    found = []
    for title, terms in cell.value_lists:
        meaning = read_title(title)
        if meaning is not None:
            found.append(
                Values(*meaning, tuple((term.term, term.meaning) for term in terms), edition)
            )
    return tuple(found)


def _sections(part: Part, tables: dict[str, Table]) -> dict[str, list[str]]:
    """The tables that stand in each section itself, not in a section below it."""
    found: dict[str, list[str]] = {}
    for section in part.sections():
        for node in section.node.iter(NS + "table"):
            label = node.get("label") or ""
            if label in tables:
                # Sections come outer before inner, so that the innermost one is the last to claim a table.
                for others in found.values():
                    if label in others:
                        others.remove(label)
                found.setdefault(section.id.removeprefix("sect_"), []).append(label)
    if not found and tables:
        raise CodegenError("tables, but no section that holds one", file=part.file)
    return {section: labels for section, labels in found.items() if labels}
