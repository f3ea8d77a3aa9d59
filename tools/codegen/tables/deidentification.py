"""PS3.15 Annex E: the confidentiality profile (E.1-1), its action codes, its options, and the concepts to clean (E.3.4-1)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from ..docbook import Part, Table, clean
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Source, Sources

__all__ = ["COLUMNS", "Row", "read_concepts", "read_profile", "render"]

JSON = "ps3.15_table_E.1-1_2026.json"
CONTEXT_GROUPS = "ps3.16_context_groups_2026b.json.xz"
ELEMENTS = "ps3.6_data_elements_2026b.json"

# The option columns in the order of the table: our name, and how the heading of the column begins.
COLUMNS = {
    "retain_safe_private": "Rtn. Safe Priv.",
    "retain_uids": "Rtn. UIDs",
    "retain_device_identity": "Rtn. Dev. Id.",
    "retain_institution_identity": "Rtn. Inst. Id.",
    "retain_patient_characteristics": "Rtn. Pat. Chars.",
    "retain_longitudinal_full_dates": "Rtn. Long. Full Dates",
    "retain_longitudinal_modified_dates": "Rtn. Long. Modif. Dates",
    "clean_descriptors": "Clean Desc.",
    "clean_structured_content": "Clean Struct. Cont.",
    "clean_graphics": "Clean Graph.",
}
CONCEPT_COLUMNS = tuple(COLUMNS)[1:8]

# PS3.15 E.2 and E.3 name each option in prose; CID 7050 is the machine-readable list of the codes
# that record them. Two options are about pixels and have no column.
CODES = {
    "113101": "clean_pixel_data",
    "113102": "clean_recognizable_visual_features",
    "113103": "clean_graphics",
    "113104": "clean_structured_content",
    "113105": "clean_descriptors",
    "113106": "retain_longitudinal_full_dates",
    "113107": "retain_longitudinal_modified_dates",
    "113108": "retain_patient_characteristics",
    "113109": "retain_device_identity",
    "113110": "retain_uids",
    "113111": "retain_safe_private",
    "113112": "retain_institution_identity",
}
BASIC_PROFILE = "113100"

PRIVATE = "(gggg,eeee) where gggg is odd"
_NOTE = re.compile(r"\s*\(see Note \d+\)$", re.IGNORECASE)
_TAG = re.compile(r"\(([0-9A-Fx]{4}),([0-9A-Fx]{4})\)")


class Row(NamedTuple):
    """A row of table E.1-1, checked."""

    tag: str
    """Eight digits, x where any digit may stand; ``private`` for the row of all odd groups."""
    name: str
    retired: bool
    in_standard_iod: bool
    basic: str
    options: Mapping[str, str]

    @classmethod
    def make(
        cls, file: str, tag: str, name: str, marks: tuple[bool, bool], basic: str,
        options: Mapping[str, str], actions: Mapping[str, str],
    ) -> "Row":  # fmt: skip
        """Check a row; what is wrong with it names the row."""

        def fail(message: str) -> CodegenError:
            return CodegenError(message, file=file, table="E.1-1", row=tag)

        match = _TAG.fullmatch(tag)
        if match is None and tag != PRIVATE:
            raise fail("not a tag")
        for column, action in {"Basic Prof.": basic, **options}.items():
            if action not in actions:
                raise fail(f"{action!r} in column {column!r} is no action code of table E.1-1a")
        for column in options:
            if column not in COLUMNS:
                raise fail(f"unknown option {column!r}")
        return cls(
            match[1] + match[2] if match else "private",
            _NOTE.sub("", clean(name)),
            *marks,
            basic,
            options,
        )


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/deidentification.py`."""
    part = sources.part(15)
    if part is None:
        raise CodegenError(
            "a part15.xml is needed for the action codes and the concepts to clean",
            file="part15.xml",
        )
    actions = read_actions(part)
    rows, used, differences = _newest(sources, part, actions)
    concepts = read_concepts(part, actions)
    codes, code_source = _codes(sources)
    differences += _unknown_elements(sources, rows, used)
    docbook = sources.docbook_source(part)
    module = Module(
        "De-identification: PS3.15 tables E.1-1, E.1-1a, E.3.4-1, and the codes of CID 7050.",
        list(dict.fromkeys([used, docbook, code_source])),
    )
    module.rows("ACTIONS", ("action", "meaning"), actions.items())
    module.rows("CODES", ("option", "code", "meaning"), codes)
    module.rows(
        "ROWS", ("tag", "name", "retired", "in_standard_iod", "basic", *COLUMNS),
        [(*row[:5], *(row.options.get(column, "") for column in COLUMNS)) for row in rows],
    )  # fmt: skip
    module.rows(
        "CONCEPTS", ("code", "scheme", "value_type", "meaning", "basic", *CONCEPT_COLUMNS), concepts
    )
    return {"_generated/deidentification.py": module.text()}, differences


def _newest(
    sources: Sources, part: Part, actions: Mapping[str, str]
) -> tuple[list[Row], Source, list[Difference]]:
    """The rows of the newest table, and what the other source says otherwise."""
    docbook, twice = read_profile(part, actions)
    if JSON not in sources.names():
        return docbook, sources.docbook_source(part), twice
    data = sources.json(JSON)
    # The file says "rows of 2026c/2026d; ...": the newest edition named is what its rows are.
    edition = max(re.findall(r"\d{4}[a-z]", data["edition"]), default="")
    if part.edition > edition:
        return docbook, sources.docbook_source(part), twice
    rows = [
        Row.make(
            JSON, row["tag"], row["name"], (row["retired"], row["in_standard_iod"]), row["basic_profile"],
            row["options"], actions,
        )
        for row in data["rows"]
    ]  # fmt: skip
    if (first := _twin(rows)) is not None:
        raise CodegenError("the tag stands twice", file=JSON, table="E.1-1", row=first.tag)
    differences = twice + _compare(rows, edition, docbook, part.edition)
    return rows, sources.source(JSON, data["part"], edition), differences


def read_actions(part: Part) -> dict[str, str]:
    """Table E.1-1a: action code -> meaning."""
    return {cells[0].text: cells[1].text for cells in part.table("E.1-1a").rows}


def read_profile(part: Part, actions: Mapping[str, str]) -> tuple[list[Row], list[Difference]]:
    """Table E.1-1 of a PS3.15 in DocBook.

    PS3.15 2023b has three rows twice, with K and with C under one option. The first is taken, and
    the other is reported; rows that differ in what the basic profile does are refused.
    """
    table = part.table("E.1-1")
    at = table.columns("Attribute Name", "Tag", "Retd.", "In Std.", "Basic Prof.")
    options = dict(zip(COLUMNS, table.columns(*COLUMNS.values()), strict=True))
    rows: dict[str, Row] = {}
    twice = []
    for cells in table.rows:
        name, tag, retired, standard, basic = (cells[index].text for index in at)
        chosen = {
            column: cells[index].text for column, index in options.items() if cells[index].text
        }
        # Repeating groups are written (50xx,xxxx) or, in some editions, with capital letters.
        tag = tag if tag == PRIVATE else tag.upper().replace("X", "x")
        row = Row.make(
            table.file, tag, name, (retired == "Y", standard == "Y"), basic, chosen, actions
        )
        first = rows.setdefault(row.tag, row)
        if first is row:
            continue
        if first.basic != row.basic:
            raise table.fail(tag, f"the tag stands twice, with {first.basic} and with {row.basic}")
        for option in COLUMNS:
            one, two = first.options.get(option, ""), row.options.get(option, "")
            if one != two:
                twice.append(
                    Difference(
                        "PS3.15 E.1-1",
                        row.tag,
                        option,
                        one,
                        part.edition,
                        two,
                        part.edition,
                        "the row stands twice",
                    )
                )
    return list(rows.values()), twice


def read_concepts(part: Part, actions: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Table E.3.4-1: the concepts of content items, with the actions of the profile and of seven options."""
    table = part.table("E.3.4-1")
    at = table.columns("Code Value", "Coding Scheme", "Value Type", "Code Meaning", "Basic Prof.")
    options = table.columns(*(COLUMNS[name] for name in CONCEPT_COLUMNS))
    rows = []
    for cells in table.rows:
        facts = [cells[index].text for index in at]
        chosen = [cells[index].text for index in options]
        for action in (facts[-1], *filter(None, chosen)):
            if action not in actions:
                raise _bad_concept(table, facts[0], action)
        rows.append((*facts, *chosen))
    return rows


def _bad_concept(table: Table, code: str, action: str) -> CodegenError:
    return table.fail(code, f"{action!r} is no action code of table E.1-1a")


def _codes(sources: Sources) -> tuple[list[tuple[str, str, str]], Source]:
    """What to record in De-identification Method Code Sequence: the profile first, then the options."""
    data = sources.json(CONTEXT_GROUPS)
    group = next((group for group in data["groups"] if str(group["cid"]) == "7050"), None)
    if group is None:
        raise CodegenError("the group is missing", file=CONTEXT_GROUPS, table="CID 7050")
    meanings = {row["code"]: row["meaning"] for row in group["rows"]}
    wanted = {BASIC_PROFILE: "basic", **CODES}
    if meanings.keys() != wanted.keys():
        odd = ", ".join(sorted(meanings.keys() ^ wanted.keys()))
        raise CodegenError(
            "the codes are not those of the known options",
            file=CONTEXT_GROUPS,
            table="CID 7050",
            row=odd,
        )
    rows = [(name, code, meanings[code]) for code, name in wanted.items()]
    return rows, sources.source(CONTEXT_GROUPS, "PS3.16", data["edition"].split(";")[0])


def _compare(ours: list[Row], edition: str, theirs: list[Row], other: str) -> list[Difference]:
    table, found = "PS3.15 E.1-1", []
    before = {row.tag: row for row in theirs}
    for row in ours:
        old = before.pop(row.tag, None)
        if old is None:
            found.append(
                Difference(table, row.tag, "row", row.name, edition, "absent", other, "added since")
            )
            continue
        for field in ("name", "retired", "in_standard_iod", "basic"):
            a, b = str(getattr(row, field)), str(getattr(old, field))
            if a != b:
                found.append(
                    Difference(table, row.tag, field, a, edition, b, other, "newer edition")
                )
        for option in COLUMNS:
            a, b = row.options.get(option, ""), old.options.get(option, "")
            if a != b:
                found.append(
                    Difference(table, row.tag, option, a, edition, b, other, "newer edition")
                )
    found += [
        Difference(table, tag, "row", "absent", edition, row.name, other)
        for tag, row in before.items()
    ]
    return found


def _unknown_elements(sources: Sources, rows: list[Row], used: Source) -> list[Difference]:
    """Rows whose tag or name the data dictionary does not have so; command elements (PS3.7) are not in PS3.6."""
    if ELEMENTS not in sources.names():
        return []
    data = sources.json(ELEMENTS)
    names = {row["tag"].strip("()").replace(",", ""): row["name"] for row in data["rows"]}
    return [
        Difference(
            "PS3.15 E.1-1",
            row.tag,
            "name",
            row.name,
            used.edition,
            names.get(row.tag, "absent"),
            f"PS3.6 {data['edition']}",
        )
        for row in rows
        if "x" not in row.tag
        and row.tag != "private"
        and row.tag[:4] != "0000"
        and names.get(row.tag) != row.name
    ]


def _twin(rows: list[Row]) -> Row | None:
    seen = set()
    for row in rows:
        if row.tag in seen:
            return row
        seen.add(row.tag)
    return None
