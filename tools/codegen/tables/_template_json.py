"""SR templates in JSON: the reading of a validator (about 2024e), and tables collected from pages."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import CodegenError
from ..sources import Sources
from ._template_model import (
    TemplateRow,
    TemplateTable,
    code_text,
    join,
    parameters_text,
    words_of,
)

__all__ = ["PAGES", "VALIDATOR", "page_differences", "read_pages", "read_validator"]

VALIDATOR = "ps3.16_templates_2024e.json.xz"
PAGES = "ps3.16_templates_from_pages.json"
# What the validator calls the shapes, as graphic types of PS3.3 C.18.6.1.2 and C.18.9.1.2.
_SHAPES = {
    "NOT_MULTIPOINT": "POINT POLYLINE CIRCLE ELLIPSE",
    "POLYLINE_CIRCLE_ELLIPSE": "POLYLINE CIRCLE ELLIPSE",
    "ELLIPSE_OR_POLYLINE": "ELLIPSE POLYLINE",
}
_JOINED = re.compile(
    r"(?:PMP_)?(?:CID)?(\d{4,5})[A-Za-z]*"
    r"(?:_With\w+|(?:_PLUS_|_and_|_|AndCID)(\d{4,5})(?:_?[A-Za-z]+)?)"
)
Json = dict[str, Any]


def read_validator(sources: Sources) -> list[TemplateTable]:
    """The templates of the standard; private ones of research projects are left out."""
    data = sources.json(VALIDATOR)
    tables = []
    for given in data["templates"]:
        if given["standard_tid"] is None:
            continue
        tid = given["tid"]
        rows = tuple(row.check(VALIDATOR, tid) for row in _validator_rows(given["rows"], 0, tid))
        tables.append(
            TemplateTable(
                tid, given["standard_tid"], words_of(given["name"]), given["extensible"],
                given["order_significant"], given["root"], "validator", data["edition"], "",
                (), rows,
            )
        )  # fmt: skip
    return tables


def _validator_rows(rows: list[Json], nesting: int, tid: str) -> Iterator[TemplateRow]:
    for row in rows:
        try:
            yield _validator_row(row, nesting)
        except (KeyError, ValueError) as error:
            raise CodegenError(
                str(error), file=VALIDATOR, table=f"TID {tid}", row=row.get("row", "")
            ) from error
        yield from _validator_rows(row.get("children", []), nesting + 1, tid)


def _validator_row(row: Json, nesting: int) -> TemplateRow:
    include = row["kind"] == "include"
    concept = [f"DTID {row['include_tid']}"] if include else []
    former = row.get("concept_name_alt")
    if name := row.get("concept_name"):
        concept.append(_plain(name, former and (former["code"], former["scheme"])))
    if bound := row.get("concept_name_cid"):
        concept.append(_bound(bound))
    values = [_bound(row["value_cid"])] if "value_cid" in row else []
    if "value_code" in row:
        values.append(_plain(row["value_code"]))
    # Units are UCUM codes (PS3.3 C.18.1); one row does not say so.
    units = [_plain({**row["units"], "scheme": "UCUM"})] if "units" in row else []
    if "units_cid" in row:
        units.append(_bound(row["units_cid"]))
    condition = " ".join(row.get("condition_xpath", "").split())
    note = "may be present otherwise" if row.get("may_be_present_otherwise") else ""
    given = (row.get("parameters") or {}).items()
    shape: str = row.get("graphic_type", "")
    return TemplateRow(
        number=row["row"],
        nesting=nesting,
        relationship=" ".join(row.get("relationship", "").split()),
        value_type="INCLUDE" if include else row["value_type"].upper(),
        concept=join(concept),
        vm=_vm(row.get("vm")),
        requirement=row.get("requirement", ""),
        xpath=condition,
        values=join(values),
        units=join(units),
        parameters=parameters_text((f"${name}", _passed(value)) for name, value in given),
        graphic=_SHAPES.get(shape, shape),
        points=_vm(row.get("num_points")),
        note=note,
    )


def _plain(code: Json, former: tuple[str, str] | None = None) -> str:
    return code_text("CODE", code["code"], code["scheme"], code["meaning"], former)


def _bound(given: Json) -> str:
    kind, name = f"{given['binding']}CID", given["cid"]
    if name.isdigit():
        return f"{kind} {name}"
    # A value set of the validator's own: some are named after the context groups in them, the
    # others stand for codes that the table lists in words.
    match = _JOINED.fullmatch(name)
    numbers = [number for number in match.groups() if number] if match else []
    return (
        join(f"{kind} ?{number} the validator names it {name}" for number in numbers) or f"{kind} ?"
    )


def _passed(tid: str) -> str:
    """A template that is passed as a parameter; the validator's own ones are in no table."""
    return "DTID ?" if tid.startswith("PMP_") else f"DTID {tid}"


def _vm(pair: list[str] | None) -> str:
    if not pair:
        return ""
    low, high = pair[0], pair[1].split("-")[-1]
    return low if low == high else f"{low}-{high}"


def read_pages(sources: Sources) -> list[TemplateTable]:
    """The templates whose rows were collected from pages; what no page shows is open."""
    tables = []
    for given in sources.json(PAGES)["templates"]:
        tid = given["tid"]
        rows = []
        for row in given["rows"]:
            try:
                rows.append(_page_row(row).check(PAGES, tid))
            except (KeyError, ValueError) as error:
                raise CodegenError(
                    str(error), file=PAGES, table=f"TID {tid}", row=row.get("row", "")
                ) from error
        kind, order, root = given["type"], given["order"], given["root"]
        if any((row.get("constraint") or {}).get("root") for row in given["rows"]):
            root = True
        tables.append(
            TemplateTable(
                tid, tid, given["name"], None if kind is None else kind == "Extensible",
                None if order is None else order == "Significant", root, "pages",
                given["edition"].removeprefix("rows "), given.get("missing_rows", ""),
                tuple(p["name"] for p in given["parameters"]), tuple(rows),
            )
        )  # fmt: skip
    return tables


def _page_row(row: Json) -> TemplateRow:
    constraint = row.get("constraint") or {}
    concept = row["include"] if "include" in row else row["concept_name"]
    notes = [row.get("concept_note", ""), constraint.get("note", "")]
    if "value" in constraint:
        notes.append(f"value: {constraint['value']}")
    for key, value in constraint.get("table", {}).items():
        notes.append(
            f"{key.lower()}: {_page_reference(value) if isinstance(value, dict) else value}"
        )
    given = constraint.get("parameters", {})
    return TemplateRow(
        number=row["row"],
        nesting=row["nl"],
        relationship=("R-" if row.get("by_reference") else "") + (row["relationship"] or ""),
        value_type=row["value_type"],
        concept=_page_reference(concept) if concept else "",
        vm=row["vm"] or "",
        requirement=row["requirement"] or "",
        condition=" ".join((row["condition"] or "").split()),
        values=_page_references(constraint.get("values", [])),
        units=_page_references(constraint.get("units", [])),
        parameters=parameters_text(
            (name, _page_references(value)) for name, value in given.items()
        ),
        graphic=" ".join(constraint.get("graphic_type", [])),
        note="; ".join(filter(None, notes)),
    )


def _page_references(given: Iterable[Json]) -> str:
    # Two references that are both open are still two: "DCID ? || DCID ?" says how many there are.
    return " || ".join(map(_page_reference, given))


def _page_reference(given: Json) -> str:
    kind = given["kind"]
    if kind == "param":
        return str(given["param"])
    if kind == "ref_lost":
        return "?"
    if "code" in given:
        former = given.get("original")
        if given.get("kind_not_shown"):
            kind = "CODE"
        pair = former and (former["code"], former["scheme"])
        return code_text(kind, given["code"], given["scheme"], given["meaning"], pair)
    number = given["tid"] if "tid" in given else given["cid"]
    if number is not None:
        return f"{kind} {number}"
    guess = given.get("inferred")
    if guess is None:
        return f"{kind} ?"
    return f"{kind} ?{guess.get('tid') or guess.get('cid')} {guess['by']}"


def page_differences(sources: Sources) -> dict[str, list[list[Any]]]:
    """By template, how the mid-2016 tables differ from the validator's reading."""
    found: dict[str, list[list[Any]]] = sources.json(PAGES)["cross_check_differences"]
    return found
