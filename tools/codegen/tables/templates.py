"""PS3.16 Annexes A and C: SR templates; PS3.3 A.35: what each SR IOD permits."""

import re
from collections.abc import Iterable
from typing import Any

from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Source, Sources
from . import codes, context_groups
from ._code_docbook import newer_part
from ._template_annex import ANNEX_C, Known, read_annex
from ._template_docbook import read_docbook
from ._template_json import PAGES, VALIDATOR, page_differences, read_pages, read_validator
from ._template_model import (
    COLUMNS,
    RELATIONSHIPS,
    VALUE_TYPES,
    TemplateRow,
    TemplateTable,
    words_of,
)

__all__ = ["corrected", "merge", "render"]

UIDS = "ps3.6_uids_2026b.json"
# Cells where the validator's reading is known to depart from the table: requirement types were
# changed to tell similar templates apart, conditions folded into them, and first rows merged with
# the row that includes the template.
FAULTS = frozenset(
    {
        ("1500", "7", "req"), ("1500", "8", "req"), ("1500", "9", "req"), ("1001", "1", "req"),
        ("1001", "2", "req"), ("1001", "3", "req"), ("3602", "7", "req"), ("4022", "1", "req"),
        ("10023", "3", "req"), ("5202", "1", "vm"),
        ("1501", "1", "req"), ("1501", "1", "vm"),
    }
)  # fmt: skip


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/templates.py` and `_generated/sr.py`."""
    names = sources.names()
    known, files = _known(sources), []
    part = newer_part(sources, "2024d")  # the table itself before a reading of the same edition
    candidates: list[TemplateTable] = []
    differences: list[Difference] = []
    if part is not None:
        candidates += read_docbook(part)
        files.append(sources.docbook_source(part))
    if VALIDATOR in names:
        tables = read_validator(sources)
        if PAGES in names:
            tables, differences = _all_corrected(tables, page_differences(sources))
        candidates += tables
        files.append(sources.source(VALIDATOR, "PS3.16", "2024e"))
    if ANNEX_C in names:
        candidates += read_annex(sources, known)
        files.append(sources.source(ANNEX_C, "PS3.16", "2020c"))
    if PAGES in names:
        candidates += read_pages(sources)
        files.append(sources.source(PAGES, "PS3.16", "2016 to 2026a"))
    if not candidates:
        raise CodegenError("neither this table nor a part16.xml is there", file=VALIDATOR)
    taken, found = merge(candidates)
    taken = [_filled(table, known) for table in taken]
    made = {"_generated/templates.py": _module(taken, files)}
    if VALIDATOR in names:
        made["_generated/sr.py"] = _sr_module(sources, {table.tid for table in taken}, known)
    return made, [*differences, *found]


def _module(tables: list[TemplateTable], files: list[Source]) -> str:
    module = Module("SR templates: PS3.16 Annexes A and C.", files)
    columns = ("tid", "standard_tid", "name", "extensible", "order", "root", "source", "edition",
               "complete", "missing", "parameters")  # fmt: skip
    module.rows(
        "TEMPLATES",
        columns,
        [
            (
                t.tid, t.standard_tid, t.name, _flag(t.extensible), _flag(t.order_significant),
                _flag(t.root), t.source, t.edition, t.complete, t.missing, " ".join(t.parameters),
            )
            for t in tables
        ],
    )  # fmt: skip
    module.groups("ROWS", COLUMNS, {table.tid: table.rows for table in tables})
    return module.text()


def _flag(value: bool | None) -> str:
    return "" if value is None else "1" if value else "0"


def merge(candidates: Iterable[TemplateTable]) -> tuple[list[TemplateTable], list[Difference]]:
    """One table a template: the first candidate, unless a later one is complete and newer."""
    taken: dict[str, TemplateTable] = {}
    differences: list[Difference] = []
    for table in candidates:
        other = taken.get(table.tid)
        if other is None:
            taken[table.tid] = table
            continue
        if other.source == table.source:
            raise CodegenError(
                "the template stands twice", file=table.source, table=f"TID {table.tid}"
            )
        if table.complete and _year(table.edition) > _year(other.edition):
            taken[table.tid] = table
            differences += _compare(table, other)
        else:
            differences += _compare(other, table)
    return sorted(taken.values(), key=_order), differences


def _year(edition: str) -> str:
    match = re.search(r"\d{4}[a-z]?", edition)
    return match[0] if match else ""


def _order(table: TemplateTable) -> tuple[int, str]:
    return int(table.standard_tid), table.tid


def _compare(taken: TemplateTable, other: TemplateTable) -> list[Difference]:
    """What two sources say otherwise about the same rows."""
    ours, theirs = ({row.number: row for row in table.rows} for table in (taken, other))
    found = []
    for number in dict.fromkeys([*ours, *theirs]):
        a, b = ours.get(number), theirs.get(number)
        pairs = [("row", "present" if a else "absent", "present" if b else "absent")]
        if a and b:
            pairs = [
                (field, str(getattr(a, field)), str(getattr(b, field)))
                for field in ("nesting", "relationship", "value_type", "vm", "requirement")
            ]
        found += [
            Difference(
                f"TID {taken.tid}", f"row {number}", field, mine, f"{taken.source} {taken.edition}",
                his, f"{other.source} {other.edition}", "newer edition",
            )
            for field, mine, his in pairs if mine != his
        ]  # fmt: skip
    return found


def _all_corrected(
    tables: list[TemplateTable], pages: dict[str, list[list[Any]]]
) -> tuple[list[TemplateTable], list[Difference]]:
    made, differences = [], []
    for table in tables:
        new, found = corrected(table, pages.get(table.tid, []))
        made.append(new)
        differences += found
    return made, differences


def corrected(
    table: TemplateTable, pages: list[list[Any]]
) -> tuple[TemplateTable, list[Difference]]:
    """The validator's reading with the relationships of the table put back where they are lost.

    It drops the relationship of an inclusion, and merges the first row of an included template
    with the row that includes it. Other differences are taken for changes since 2016.
    """
    by_row: dict[str, dict[str, tuple[str, str]]] = {}
    for number, field, *texts in pages:
        if len(texts) == 2:
            old, new = ("" if text is None else str(text) for text in texts)
            by_row.setdefault(number, {})[field] = (old, new)
    rows, differences = [], []
    for row in table.rows:
        cells = by_row.get(row.number, {})
        put_back = _faults(table.tid, row, cells)
        for field, (old, new) in cells.items():
            take_old = field in put_back
            differences.append(
                Difference(
                    f"TID {table.tid}", f"row {row.number}", field, old if take_old else new,
                    "mid-2016" if take_old else "2024e", new if take_old else old,
                    "2024e" if take_old else "mid-2016",
                    "lost in the reading of 2024e" if take_old else "newer edition",
                )
            )  # fmt: skip
        old_texts = {field: cells[field][0] for field in put_back}
        rows.append(
            row._replace(
                relationship=old_texts.get("rel", row.relationship),
                requirement=old_texts.get("req", row.requirement),
                vm=old_texts.get("vm", row.vm),
                # A condition that came with a changed requirement type is the reader's own.
                xpath="" if old_texts.get("req") in {"M", "U"} else row.xpath,
            )
        )
    return table._replace(rows=tuple(rows)), differences


def _faults(tid: str, row: TemplateRow, cells: dict[str, tuple[str, str]]) -> set[str]:
    """The fields of a row that the older table has right."""
    found = {field for field in cells if (tid, row.number, field) in FAULTS}
    if {"vt", "nl", "code"} & cells.keys() or "rel" not in cells:
        return found  # by now another row has this number
    old, new = cells["rel"]
    if not old and new and row.nesting == 0:
        return found | {field for field in ("rel", "req", "vm") if field in cells}
    if old in RELATIONSHIPS and not new and row.value_type == "INCLUDE":
        found.add("rel")
    return found


def _known(sources: Sources) -> Known:
    """Meanings, names of context groups and words, from the other tables of this part."""
    groups, _ = context_groups.with_meanings(context_groups.newest(sources)[0], "")
    rows, _ = codes.newest(sources)
    meanings = {(row.code, row.scheme): row.meaning for g in groups for row in g.rows if row.scheme}
    meanings |= {(row.code, "DCM"): row.meaning for row in rows}
    texts = [*meanings.values(), *(g.name for g in groups), *(row.definition for row in rows)]
    words = {re.sub(r"[^A-Za-z]", "", word).lower() for text in texts for word in text.split()}
    return Known({g.name: g.cid for g in groups}, meanings, frozenset(words - {""}))


def _filled(table: TemplateTable, known: Known) -> TemplateTable:
    """The table with a meaning for each code that came without."""

    def fill(match: re.Match[str]) -> str:
        start, scheme, value = match.groups()
        meaning = known.meanings.get((value, scheme)) or value
        return f"{start}{scheme} {value} {meaning}"

    bare = re.compile(r"((?:EV|DT|CODE)(?:<[^>]*>)? )(\S+) (\S+)$")
    rows = (
        row._replace(concept=bare.sub(fill, row.concept), units=bare.sub(fill, row.units))
        for row in table.rows
    )
    return table._replace(rows=tuple(rows))


def _sr_module(sources: Sources, tids: set[str], known: Known) -> str:
    """The SR IODs: their SOP classes, root templates, and permitted relationships."""
    data = sources.json(VALIDATOR)
    files = [sources.source(VALIDATOR, "PS3.16", "2024e")]
    names = {}
    if UIDS in sources.names():
        files.append(sources.source(UIDS, "PS3.6", "2026b"))
        names = {row["uid"]: row["name"] for row in sources.json(UIDS)["rows"]}

    def concept(root: dict[str, str], end: str) -> tuple[str, str, str]:
        value, scheme = root.get(f"cv{end}", ""), root.get(f"csd{end}", "")
        return value, scheme, known.meanings.get((value, scheme), "")

    iods, roots, uid_of = [], [], {}
    for iod in data["iods"]:
        name = names.get(iod["sop_class"], words_of(iod["name"])).removesuffix(" Storage")
        iods.append((iod["sop_class"], name))
        uid_of[iod["name"]] = iod["sop_class"]
        for root in iod["root_templates"]:
            if root["tid"] in tids:
                required = root.get("tidRequired") == "T"
                roots.append(
                    (
                        iod["sop_class"],
                        root["tid"],
                        required,
                        *concept(root, "DocumentTitle"),
                        *concept(root, "ProcedureReported"),
                    )
                )
    permitted: dict[str, list[tuple[str, str, str, bool]]] = {}
    for given in data["content_item_constraints"]:
        uid = uid_of[given["iod"].removesuffix("ContentItemConstraints")]
        permitted[uid] = [
            _permitted(uid, rule["parent"], child)
            for rule in given["constraints"]
            for child in rule["children"]
        ]
    module = Module("SR IODs: PS3.3 A.35.", files)
    module.rows("IODS", ("sop_class", "name"), iods)
    module.rows(
        "ROOTS",
        (
            "sop_class",
            "tid",
            "required",
            "title",
            "title_scheme",
            "title_meaning",
            "procedure",
            "procedure_scheme",
            "procedure_meaning",
        ),
        dict.fromkeys(roots),
    )
    module.groups("PERMITTED", ("parent", "relationship", "child", "by_reference"), permitted)
    return module.text()


def _permitted(uid: str, parent: str, child: dict[str, Any]) -> tuple[str, str, str, bool]:
    row = (
        parent.upper(),
        child["relationship"],
        child["value_type"].upper(),
        child["by_reference"] == "T",
    )
    if row[0] not in VALUE_TYPES or row[1] not in RELATIONSHIPS or row[2] not in VALUE_TYPES:
        raise CodegenError(
            "unknown value type or relationship", file=VALIDATOR, table=uid, row=repr(row)
        )
    return row
