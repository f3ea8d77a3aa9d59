"""The DocBook of PS3.16: tables known by their xml:id, cells with their cross-references."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from ..docbook import Cell, Part, Section, Table, clean
from ..errors import CodegenError
from ..sources import Sources

__all__ = ["PART", "blocks", "newer_part", "properties", "text_with_targets"]

PART = 16
_DB = "{http://docbook.org/ns/docbook}"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_TARGET = re.compile(r"sect_([CT]ID)_(\w+)")


def newer_part(sources: Sources, edition: str | None) -> Part | None:
    """The DocBook of PS3.16 when it is there and newer than the edition of the other source."""
    part = sources.part(PART)
    return part if part is not None and (edition is None or part.edition > edition[:5]) else None


def blocks(part: Part, kind: str) -> Iterator[tuple[str, Section, Table | None]]:
    """Each ``sect_CID_n`` or ``sect_TID_n``: its number, itself, and its table if it has one."""
    prefix = f"sect_{kind}_"
    seen: set[str] = set()
    for section in part.sections():
        if not section.id.startswith(prefix):
            continue
        number = section.id.removeprefix(prefix)
        if number in seen:
            raise CodegenError("the section stands twice", file=part.file, table=f"{kind} {number}")
        seen.add(number)
        node = next(
            (
                n
                for n in section.node.iter(_DB + "table")
                if n.get(_XML_ID) == f"table_{kind}_{number}"
            ),
            None,
        )
        table = None if node is None else Table(node, part.file)
        if table is not None:
            table.label = f"{kind} {number}"
        yield number, section, table


def properties(section: Section) -> dict[str, str]:
    """The list under the title of a section: Keyword, Type, Version, UID; Order, Root."""
    found = {}
    for entry in section.node.findall(f"{_DB}variablelist/{_DB}varlistentry"):
        term, item = entry.find(_DB + "term"), entry.find(_DB + "listitem")
        if term is not None and item is not None:
            found[clean("".join(term.itertext())).rstrip(":").lower()] = clean(
                "".join(item.itertext())
            )
    return found


def text_with_targets(cell: Cell) -> str:
    """The text of a cell; a cross-reference stands as its target: ``CID 29``, ``TID 1500``."""
    return clean("".join(_pieces(cell.node)))


def _pieces(node: ET.Element) -> Iterator[str]:
    if node.tag in {_DB + "xref", _DB + "olink"}:
        target = node.get("linkend") or node.get("targetptr") or ""
        match = _TARGET.fullmatch(target)
        yield f"{match[1]} {match[2]}" if match else target
    else:
        yield node.text or ""
        for child in node:
            yield from _pieces(child)
            yield child.tail or ""
    if node.tag == _DB + "para":
        yield "\n"
