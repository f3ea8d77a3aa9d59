"""SR templates from the DocBook of PS3.16: ``sect_TID_n`` with ``table_TID_n``."""

import re
from collections.abc import Iterator

from ..docbook import Cell, Part, Table
from ._code_docbook import blocks, properties, text_with_targets
from ._template_model import TemplateRow, TemplateTable, code_text, join, parameters_text

__all__ = ["read_docbook", "references_of"]

_CODE = re.compile(r'(EV|DT)?\s*\(\s*([^,()]+?)\s*,\s*([^,]+?)\s*,\s*["“]([^"”]*)["”]\s*\)')
# "D" before a cross-reference, or "DCID (29)" as older editions have it
_TARGET = re.compile(r"\b([BDE]?)\s*([CT]ID)\s*\(?\s*(?:[CT]ID\s*)?(\d\w*)")
_PARAMETER = re.compile(r"\$\w+")
_REFERENCE = re.compile(f"{_CODE.pattern}|{_TARGET.pattern}|{_PARAMETER.pattern}")
_KEYED = re.compile(r"(?=(?<!\w)(?:UNITS?|GRAPHIC TYPE|\$\w+)\s*=)", re.IGNORECASE)


def read_docbook(part: Part) -> list[TemplateTable]:
    """Every template of a PS3.16 in DocBook."""
    tables = []
    for tid, section, table in blocks(part, "TID"):
        if table is None:
            continue  # a heading, or a template that is retired
        facts = properties(section)
        rows = tuple(_rows(table, tid))
        kind, order, root = (facts.get(key, "").lower() for key in ("type", "order", "root"))
        used = {ref for row in rows for ref in row.references if ref.startswith("$")}
        tables.append(
            TemplateTable(
                tid, tid, section.title, kind.startswith("ext") if kind else None,
                order.startswith("sig") if order else None, root.startswith("y") if root else None,
                "docbook", part.edition, "", tuple(sorted(used)), rows,
            )
        )  # fmt: skip
    return tables


def _rows(table: Table, tid: str) -> Iterator[TemplateRow]:
    at = table.columns(
        "[NL]", "[Rel", "VT", "Concept Name", "VM", "Req", "[Condition]", "[Value Set"
    )  # templates that are no SR tree have no nesting or relationship
    for place, cells in enumerate(table.rows, 1):
        number = cells[0].text or str(place)
        if len(cells) <= max(at):
            raise table.fail(number, f"{len(cells)} cells, the header has {len(table.header)}")
        nesting, relationship, value_type, concept, vm, requirement, condition, _ = (
            text_with_targets(cells[index]) if index >= 0 else "" for index in at
        )
        if nesting.strip(">"):
            raise table.fail(number, f"{nesting!r} is no nesting level")
        constraint, units, parameters, graphic, note = _constraint(
            cells[at[7]] if at[7] >= 0 else None
        )
        names = references_of(concept)
        yield TemplateRow(
            number=number,
            nesting=len(nesting),
            relationship=relationship,
            value_type="NUM" if value_type == "NUMERIC" else value_type,
            concept=join(names),
            vm=vm,
            requirement=requirement,
            condition=condition,
            values=constraint,
            units=units,
            parameters=parameters,
            graphic=graphic,
            note="; ".join(filter(None, (note, "" if names else concept))),
        ).check(table.file, tid)


def references_of(text: str) -> list[str]:
    """The codes, context groups, templates and parameters that a text names, in their order."""
    found = []
    for match in _REFERENCE.finditer(text):
        kind, value, scheme, meaning, letter, target, number = match.groups()
        if value:
            found.append(code_text(kind or "CODE", value, scheme, meaning))
        elif target:
            found.append(f"{letter or 'D'}{target} {number}")
        else:
            found.append(match[0])
    return found


def _constraint(cell: Cell | None) -> tuple[str, str, str, str, str]:
    """A cell of the last column: values, units, parameters of an inclusion, graphic types, other words."""
    values: list[str] = []
    units: list[str] = []
    parameters: list[tuple[str, str]] = []
    graphic, notes = "", []
    for piece in filter(
        None, map(str.strip, _KEYED.split(text_with_targets(cell) if cell else ""))
    ):
        key, equals, rest = piece.partition("=")
        key = key.strip()
        if equals and key.upper() in {"UNIT", "UNITS"}:
            units += references_of(rest)
        elif equals and key.upper() == "GRAPHIC TYPE":
            graphic = " ".join(re.findall(r"[A-Z]{3,}", rest))
        elif equals and key.startswith("$"):
            parameters.append((key, join(references_of(rest)) or "?"))
        elif found := references_of(piece):
            values += found
        else:
            notes.append(piece)
    return join(values), join(units), parameters_text(parameters), graphic, "; ".join(notes)
