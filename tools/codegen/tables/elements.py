"""PS3.6 chapters 6 to 9 and PS3.7 Annex E: data elements, file meta, directory and command elements."""

import re
from typing import NamedTuple

from ..docbook import Part, Table
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Source, Sources

__all__ = ["Element", "every_element", "render"]

JSON = "ps3.6_data_elements_2026b.json"
COLUMNS = ("tag", "keyword", "name", "vrs|vm|flags|pattern")
_TAG = re.compile(r"\(([0-9A-Fx]{4}),([0-9A-Fx]{4})\)")
_VRS = frozenset(
    "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()  # noqa: SIM905
)


class Element(NamedTuple):
    """A row of the data dictionary, checked."""

    tag: str
    """Eight digits, upper case; x where any digit may stand."""
    keyword: str
    name: str
    vrs: str
    vm: str
    retired: bool
    note: str

    @classmethod
    def make(
        cls,
        file: str,
        table: str,
        tag: str,
        keyword: str,
        name: str,
        vr: str,
        vm: str,
        retired: bool,
        note: str,
    ) -> "Element":
        """Check a row; what is wrong with it names the row."""

        def fail(message: str) -> CodegenError:
            return CodegenError(message, file=file, table=table, row=tag)

        match = _TAG.fullmatch(tag.replace("X", "x"))
        if match is None:
            raise fail("not a tag")
        vrs = "" if vr in {"NONE", "", "See Note 2", "See Note"} else vr.replace(" or ", " ")
        unknown = set(vrs.split()) - _VRS
        if unknown:
            raise fail(f"unknown VR {', '.join(sorted(unknown))}")
        if keyword and not keyword.isidentifier():
            raise fail(f"{keyword!r} is no keyword")
        if not re.fullmatch(r"\d+(-(\d+|\d*n))?( or \d+(-(\d+|\d*n))?)*|", vm):
            raise fail(f"{vm!r} is no value multiplicity")
        return cls(match[1] + match[2], keyword, name, vrs, vm or "1", retired, note)


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/elements.py`, and the stub that names each tag."""
    rows, used = _newest(sources)
    _, command_source = _commands(sources)
    differences = _compare(sources, {row.tag: row for row in rows}, used.edition)
    every = every_element(sources)
    plain = _plain(every)
    module = Module(
        "Data elements: PS3.6 tables 6-1, 7-1, 8-1, 9-1; PS3.7 tables E.1-1, E.2-1.",
        [used, command_source],
    )
    module.rows("ROWS", COLUMNS, [_row(row, _lowest(row, plain)) for row in every])
    return {"_generated/elements.py": module.text(), "tags.pyi": _stub(every)}, differences


def every_element(sources: Sources) -> list[Element]:
    """The whole dictionary, in the order of the tags."""
    rows, used = _newest(sources)
    commands, _ = _commands(sources)
    plain = _plain([*commands, *rows])
    every = sorted([*commands, *rows], key=lambda row: _lowest(row, plain))
    _refuse_twins(every, used.file)
    return every


def _plain(rows: list[Element]) -> set[str]:
    return {row.tag for row in rows if "x" not in row.tag}


def _lowest(row: Element, plain: set[str]) -> str:
    """The tag, or of a repeating element the lowest one that is no other element's.

    (0028,04x0) is an example: (0028,0400) is an element of its own.
    """
    free = row.tag.count("x")
    for number in range(16**free):
        digits = iter(f"{number:0{free}X}")
        tag = (
            "".join(next(digits) if digit == "x" else digit for digit in row.tag)
            if free
            else row.tag
        )
        if not free or tag not in plain:
            return tag
    raise CodegenError(
        "every tag that the mask allows is another element's", file=JSON, row=row.tag
    )


def _row(row: Element, lowest: str) -> tuple[str, ...]:
    # The last four share a field: few combinations exist, so that readers can keep each once.
    flags = f"R {row.note}".strip() if row.retired else f"- {row.note}" if row.note else ""
    kind = "|".join((row.vrs, row.vm, flags, row.tag if "x" in row.tag else ""))
    return lowest, row.keyword, row.name, kind


def _newest(sources: Sources) -> tuple[list[Element], Source]:
    """The rows of the newest PS3.6: its DocBook when that is newer than the table in JSON."""
    part = sources.part(6)
    data = sources.json(JSON) if JSON in sources.names() else None
    if part is not None and (data is None or part.edition > data["edition"]):
        return read_docbook(part), sources.docbook_source(part)
    if data is None:
        raise CodegenError("neither this table nor a part06.xml is there", file=JSON)
    rows = [
        Element.make(
            JSON,
            row["table"],
            row["tag"],
            row["keyword"],
            row["name"],
            row["vr"],
            row["vm"],
            row["retired"],
            row["note"] or "",
        )
        for row in data["rows"]
    ]
    return rows, sources.source(JSON, data["part"], data["edition"])


def read_docbook(part: Part) -> list[Element]:
    """The element tables of a PS3.6 in DocBook."""
    rows = []
    for label in ("6-1", "7-1", "8-1", "9-1"):
        if part.has_table(label):
            rows += list(_docbook_rows(part.table(label)))
    return rows


def _docbook_rows(table: Table) -> list[Element]:
    at = table.columns("Tag", "Name", "Keyword", "VR", "VM")
    rows = []
    for cells in table.rows:
        tag, name, keyword, vr, vm = (cells[index].text for index in at)
        # The last column has no heading; it says RET, RET (2007), DICONDE or DICOS.
        note = cells[5].text if len(cells) > 5 else ""
        marks = note.split()
        other = next((mark for mark in marks if mark in {"DICONDE", "DICOS"}), "")
        rows.append(
            Element.make(
                table.file, table.label, tag, keyword, name, vr, vm, note.startswith("RET"), other
            )
        )
    return rows


def _commands(sources: Sources) -> tuple[list[Element], Source]:
    """The command dictionary; "Command Group Length" and the retired fields included."""
    part = sources.part(7)
    if part is None:
        raise CodegenError("a part07.xml is needed for the command dictionary", file="part07.xml")
    rows = []
    for label, retired in (("E.1-1", False), ("E.2-1", True)):
        table = part.table(label)
        at = table.columns("Tag", "Message Field", "Keyword", "VR", "VM")
        for cells in table.rows:
            tag, name, keyword, vr, vm = (cells[index].text for index in at)
            rows.append(Element.make(table.file, label, tag, keyword, name, vr, vm, retired, ""))
    return rows, sources.docbook_source(part)


def _compare(sources: Sources, taken: dict[str, Element], edition: str) -> list[Difference]:
    """What the DocBook says otherwise about rows that both have."""
    part = sources.part(6)
    if part is None or part.edition == edition:
        return []
    found = []
    for other in read_docbook(part):
        row = taken.get(other.tag)
        if row is None:
            found.append(
                Difference(
                    "PS3.6 element",
                    other.tag,
                    "row",
                    "absent",
                    edition,
                    other.keyword,
                    part.edition,
                )
            )
            continue
        for field in ("keyword", "name", "vrs", "vm", "retired"):
            ours, theirs = str(getattr(row, field)), str(getattr(other, field))
            if ours != theirs:
                found.append(
                    Difference(
                        "PS3.6 element",
                        other.tag,
                        field,
                        ours,
                        edition,
                        theirs,
                        part.edition,
                        "the newer edition is taken",
                    )
                )
    return found


def _refuse_twins(rows: list[Element], file: str) -> None:
    for field in ("tag", "keyword"):
        seen: dict[str, Element] = {}
        for row in rows:
            key = getattr(row, field)
            if key and key in seen:
                raise CodegenError(
                    f"the {field} stands twice: {seen[key].name} and {row.name}", file=file, row=key
                )
            seen[key] = row


def _stub(rows: list[Element]) -> str:
    """`tags.pyi`: what a type checker and an editor see of the lazy module `tags`."""
    lines = [
        "# Generated by tools/codegen. Do not edit: run `./dev generate`.",
        "from typing import Final",
        "",
        "from ._tag import Tag",
        "",
    ]
    for row in sorted((row for row in rows if row.keyword), key=lambda row: row.keyword):
        vrs = row.vrs.replace(" ", " or ") or "no VR"
        retired = ", retired" if row.retired else ""
        tag = f"({row.tag[:4]},{row.tag[4:]})"
        lines.append(f"{row.keyword}: Final[Tag]  # {tag} {vrs} {row.vm}{retired}")
    return "\n".join(lines) + "\n"
