"""PS3.15 A.5: the audit trail messages, their general format, and the values of their coded fields."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree as ET

from ..docbook import NS, XML_ID, Cell, Part, Table, clean
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Sources

__all__ = ["Field", "full_text", "read_entity", "read_message", "render"]

MESSAGES = 15
# The tables of values of coded fields: the field, and the table.
VALUE_TABLES = {
    "AuditSourceTypeCode": "A.5.1.2.1-1",
    "ParticipantObjectTypeCodeRole": "A.5.1.2.2-1",
    "ParticipantObjectDataLifeCycle": "A.5.1.2.3-1",
    "ParticipantObjectIDTypeCode": "A.5.1.2.4-1",
}
ROLE_DESCRIPTIONS = "A.5.2.6-1"
# The schema of A.5.1 alone has these: lines such as `"1" |   ## Machine Name`.
SCHEMA_FIELDS = ("NetworkAccessPointTypeCode",)

_ENTITY = re.compile(
    r"(?:(?P<kind>[\w ]+): )?(?P<role>.+?)\s*\((?P<least>\d)(?:\.\.(?P<most>\d|[Nn]))?\)"
)
_KINDS = {"Active Participant": "Active Participant", "Participating Object": "Participant Object"}
# Codes and values are joined with ; and | in a field of the generated table.
_CODE = re.compile(r'(?:EV|DT) \((\w+), (\w+), "([^";|]+)"\)')
# Only where the text says that what follows are the values, not where prose uses a value.
_VALUES = re.compile(
    r"(?:Shall be|(?:Shall be )?[Ee]numerated [Vv]alue|Defined Terms)s?:?\s+(?=\w+ = )(.*)"
)
_VALUE = re.compile(
    r"(?:^|\s)([A-Z]|\d+) = \(?(\w[\w -]*?)\)?(?=\s(?:[A-Z]|\d+) = |\s(?:EV|DT) \(|\)|\s*$|\sif\b)"
)
_GROUP = re.compile(r"DCID (\d+)")
_SCHEMA_VALUE = re.compile(r'"(\d+)"[ }?|]*##\s*(.+)')


class Field(NamedTuple):
    """A field of a message, checked."""

    entity: str
    """Event, Active Participant or Participant Object."""
    role: str
    least: str
    most: str
    name: str
    optionality: str
    constraint: str
    codes: str
    values: str
    groups: str


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/audit.py`."""
    part = sources.part(15)
    if part is None:
        raise CodegenError("a part15.xml is needed for the audit messages", file="part15.xml")
    module = Module("Audit trail messages: PS3.15 A.5.", [sources.docbook_source(part)])
    sections = {section.get(XML_ID): section for section in part.root.iter(NS + "section")}
    messages = {}
    for number in range(1, MESSAGES + 1):
        title = (
            sections[f"sect_A.5.3.{number}"].findtext(NS + "title")
            if f"sect_A.5.3.{number}" in sections
            else None
        )
        if title is None:
            raise CodegenError("no such section", file=part.file, table=f"A.5.3.{number}")
        messages[clean(title)] = list(read_message(part.table(f"A.5.3.{number}-1")))
    general = list(_general(part.table("A.5.2-1")))
    values, differences = _values(part)
    module.rows(
        "GENERAL",
        ("name", "entity", "optionality", "description", "constraint", "groups"),
        general,
    )
    module.groups("VALUES", ("value", "meaning", "note"), values)
    module.groups("MESSAGES", Field._fields, messages)
    return {"_generated/audit.py": module.text()}, differences


def full_text(node: ET.Element) -> str:
    """All text of a cell, with the targets of cross-references and the terms of value lists in their places."""
    return clean("".join(_pieces(node)))


def _pieces(node: ET.Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag in {NS + "xref", NS + "olink"} and not "".join(child.itertext()).strip():
            yield _target(child.get("linkend") or child.get("targetptr") or "")
        elif child.tag == NS + "term":
            yield f" {''.join(child.itertext()).strip()} = "
        else:
            yield from _pieces(child)
        if child.tag == NS + "para":
            yield " "
        yield child.tail or ""


def _target(link: str) -> str:
    """What the stylesheet would print for a reference: "DCID 400" stands as D and a link."""
    word, _, rest = link.partition("_")
    if word == "sect" and rest.startswith("CID_"):
        return f"CID {rest[4:]}"
    return f"{'Table ' if word == 'table' else ''}{rest}"


def read_entity(text: str, first_field: str) -> tuple[str, str, str, str]:
    """Kind, role, least and most of a text such as "Active Participant: Media (1)", ("", "", "", "") if it is none.

    The patient, order and procedure records leave the kind out; the fields tell it.
    """
    if text == "Event":
        return "Event", "", "1", "1"
    match = _ENTITY.fullmatch(text)
    if match is None or (match["kind"] or "Participating Object") not in _KINDS:
        return "", "", "", ""
    guessed = (
        "Participating Object"
        if first_field.startswith("ParticipantObject")
        else "Active Participant"
    )
    most = match["most"] or match["least"]
    return (
        _KINDS[match["kind"] or guessed],
        match["role"].rstrip("."),
        match["least"],
        "" if most in "Nn" else most,
    )


def read_message(table: Table) -> Iterator[Field]:
    """The rows of one of the tables A.5.3.x-1."""
    at = table.columns("Real World", "Field Name", "Opt.", "Value")
    first: dict[int, str] = {}
    for cells in table.rows:
        entity_cell, name_cell, optionality_cell, constraint_cell = (cells[index] for index in at)
        name, optionality = name_cell.text, optionality_cell.text
        kind, role, least, most = read_entity(
            entity_cell.text, first.setdefault(id(entity_cell.node), name)
        )
        if not kind:
            raise table.fail(
                name, f"{entity_cell.text!r} is no entity such as 'Active Participant: Media (1)'"
            )
        if optionality not in {"M", "U", "MC", "UC", "C"}:
            raise table.fail(name, f"{optionality!r} is no optionality (M, U, MC, UC)")
        text = full_text(constraint_cell.node)
        constraint = "" if text == "not specialized" else text
        yield Field(
            kind,
            role,
            least,
            most,
            name,
            optionality,
            constraint,
            _codes(text),
            _listed(text),
            " ".join(_GROUP.findall(text)),
        )


def _codes(text: str) -> str:
    return "; ".join("|".join(code) for code in _CODE.findall(text))


def _listed(text: str) -> str:
    match = _VALUES.match(text)
    return (
        "; ".join(f"{value}|{meaning}" for value, meaning in _VALUE.findall(match[1]))
        if match
        else ""
    )


def _general(table: Table) -> Iterator[tuple[str, ...]]:
    """Table A.5.2-1; its first column has no heading."""
    name, optionality, description, constraint = table.columns(
        "Field Name", "Opt.", "Description", "Additional"
    )
    for cells in table.rows:
        entity = cells[0].text.removesuffix(" (multi-valued)")
        if entity not in {"Event", "Active Participant", "Audit Source", "Participant Object"}:
            raise table.fail(cells[name].text, f"unknown entity {entity!r}")
        text = full_text(cells[constraint].node)
        yield (
            cells[name].text, entity, cells[optionality].text, full_text(cells[description].node), text,
            " ".join(_GROUP.findall(text)),
        )  # fmt: skip


def _values(part: Part) -> tuple[dict[str, list[tuple[str, str, str]]], list[Difference]]:
    """Field -> its values with their meanings, and a note: the object types they go with, or a description."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for field, label in VALUE_TABLES.items():
        found[field] = [_value_row(cells) for cells in part.table(label).rows]
    differences = []
    roles = {value: meaning for value, meaning, _ in found["ParticipantObjectTypeCodeRole"]}
    for cells in part.table(ROLE_DESCRIPTIONS).rows:
        value, meaning = cells[0].text, cells[1].text
        if roles.get(value) != meaning:
            taken, edition = roles.get(value, "absent"), part.edition
            differences.append(
                Difference(
                    "PS3.15 A.5.1.2.2-1",
                    value,
                    "meaning",
                    taken,
                    edition,
                    meaning,
                    f"A.5.2.6-1 of {edition}",
                )
            )
    for field in SCHEMA_FIELDS:
        found[field] = _schema_values(part, field)
    general = part.table("A.5.2-1")
    name_at, at = general.columns("Field Name", "Additional")
    for cells in general.rows:  # EventActionCode, EventOutcomeIndicator, ParticipantObjectTypeCode
        rows = [
            (term, meaning, "") for _, terms in cells[at].value_lists for term, meaning in terms
        ]
        if rows:
            found[cells[name_at].text] = rows
    return found, differences


def _value_row(cells: list[Cell]) -> tuple[str, str, str]:
    return cells[0].text, cells[1].text, cells[2].text if len(cells) > 2 else ""


def _schema_values(part: Part, field: str) -> list[tuple[str, str, str]]:
    for listing in part.root.iter(NS + "programlisting"):
        text = "".join(listing.itertext())
        at = text.find(f"attribute {field} {{")
        if at >= 0:
            end = text.find("\n\n", at)
            rows = [
                (value, clean(meaning), "")
                for value, meaning in _SCHEMA_VALUE.findall(text[at:end])
            ]
            if rows:
                return rows
    raise CodegenError("the schema of A.5.1 does not list its values", file=part.file, row=field)
