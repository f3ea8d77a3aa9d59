"""PS3.6 Annex A: the registry of UIDs, tables A-1 to A-4."""

import re
from typing import NamedTuple

from ..docbook import Part, Table
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Source, Sources

__all__ = ["Uid", "render"]

JSON = "ps3.6_uids_2026b.json"
COLUMNS = ("uid", "keyword", "name", "kind", "flags")
KINDS = {
    "SOP Class": "SOP Class",
    "Meta SOP Class": "Meta SOP Class",
    "Transfer Syntax": "Transfer Syntax",
    "Well-known SOP Instance": "Well-known SOP Instance",
    "Well-known Printer SOP Instance": "Well-known SOP Instance",
    "Well-known Print Queue SOP Instance": "Well-known SOP Instance",
    "Well-known frame of reference": "Well-known Frame of Reference",
    "Synchronization Frame of Reference": "Synchronization Frame of Reference",
    "Coding Scheme": "Coding Scheme",
    "DICOM UIDs as a Coding Scheme": "Coding Scheme",
    "Application Context Name": "Application Context Name",
    "Application Hosting Model": "Application Hosting Model",
    "Service Class": "Service Class",
    "Mapping Resource": "Mapping Resource",
    "LDAP OID": "LDAP OID",
    "Context Group UID": "Context Group",
    "Document TemplateID": "Document Template",
    "Section TemplateID": "Section Template",
    "Entry TemplateID": "Entry Template",
    "Element Set TemplateID": "Element Set Template",
}
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_SUFFIX = re.compile(r":\s*\(?((?:DICOS|DICONDE)[\w ]*|\d{4}[a-z]?)\)?$")


class Uid(NamedTuple):
    """A row of the registry, checked."""

    uid: str
    keyword: str
    name: str
    kind: str
    retired: bool
    note: str

    @classmethod
    def make(
        cls,
        file: str,
        table: str,
        uid: str,
        keyword: str,
        name: str,
        kind: str,
        retired: bool,
        compared: bool = False,
    ) -> "Uid":
        """Check a row, and take apart what the name column holds beside the name.

        An older edition that is only compared may hold kinds of its own (2015b has a misprint).
        """
        if not _UID.fullmatch(uid) or len(uid) > 64:
            raise CodegenError("not a UID", file=file, table=table, row=uid)
        if kind not in KINDS and not compared:
            raise CodegenError(f"unknown type of UID {kind!r}", file=file, table=table, row=uid)
        if keyword and not keyword.isidentifier():
            keyword = ""  # "-" stands where a retired row has none
        retired = retired or name.endswith("(Retired)")
        name = name.removesuffix("(Retired)").strip()
        name = re.sub(r"\s*with identifier\b.*$", "", name)
        note = ""
        if match := _SUFFIX.search(name):
            name, note = name[: match.start()].strip(), match[1].strip()
        return cls(uid, keyword, name, KINDS.get(kind, kind), retired, note)


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/uids.py`, and the stubs that name SOP classes and other well-known UIDs."""
    rows, used = _newest(sources)
    seen: set[str] = set()
    for row in rows:
        if row.uid in seen:
            raise CodegenError("the UID stands twice", file=used.file, row=row.uid)
        seen.add(row.uid)
    rows.sort(key=lambda row: [int(part) for part in row.uid.split(".")])
    module = Module("Unique identifiers: PS3.6 tables A-1 to A-4.", [used])
    module.rows(
        "ROWS", COLUMNS, [(row.uid, row.keyword, row.name, row.kind, _flags(row)) for row in rows]
    )
    files = {
        "_generated/uids.py": module.text(),
        "sop_classes.pyi": _stub(
            [row for row in rows if row.kind in {"SOP Class", "Meta SOP Class"}]
        ),
        "well_known.pyi": _stub(
            [
                row
                for row in rows
                if row.kind
                not in {"SOP Class", "Meta SOP Class", "Transfer Syntax", "Context Group"}
            ]
        ),
        "transfer_syntaxes.pyi": _syntax_stub(
            [row for row in rows if row.kind == "Transfer Syntax"]
        ),
    }
    return files, _compare(sources, {row.uid: row for row in rows}, used.edition)


def _flags(row: Uid) -> str:
    return " ".join(
        part for part in ("R" if row.retired else "-" if row.note else "", row.note) if part
    )


def _newest(sources: Sources) -> tuple[list[Uid], Source]:
    part = sources.part(6)
    data = sources.json(JSON) if JSON in sources.names() else None
    if part is not None and (data is None or part.edition > data["edition"][:5]):
        return read_docbook(part), sources.docbook_source(part)
    if data is None:
        raise CodegenError("neither this table nor a part06.xml is there", file=JSON)
    rows = [
        Uid.make(
            JSON, row["table"], row["uid"], row["keyword"], row["name"], row["type"], row["retired"]
        )
        for row in data["rows"]
    ]
    return rows, sources.source(JSON, data["part"], data["edition"][:5])


def read_docbook(part: Part, *, compared: bool = False) -> list[Uid]:
    """Tables A-1 to A-4 of a PS3.6 in DocBook; those a part lacks are left out."""
    rows = []
    if part.has_table("A-1"):
        rows += _typed(part.table("A-1"), compared)
    if part.has_table("A-2"):
        rows += _frames_of_reference(part.table("A-2"))
    if part.has_table("A-3"):
        rows += _context_groups(part.table("A-3"))
    if part.has_table("A-4"):
        rows += _typed(part.table("A-4"), compared)
    return rows


def _typed(table: Table, compared: bool) -> list[Uid]:
    uid, name, keyword, kind = table.columns("UID Value", "UID Name", "[UID Keyword]", "UID Type")
    return [
        Uid.make(
            table.file, table.label, cells[uid].text, cells[keyword].text if keyword >= 0 else "",
            cells[name].text, cells[kind].text, cells[uid].is_italic, compared,
        )
        for cells in table.rows
    ]  # fmt: skip


def _frames_of_reference(table: Table) -> list[Uid]:
    uid, name, keyword = table.columns("UID Value", "UID Name", "[UID Keyword]")
    return [
        Uid.make(
            table.file, table.label, cells[uid].text, cells[keyword].text if keyword >= 0 else "", cells[name].text,
            "Synchronization Frame of Reference" if "Synchronization" in cells[name].text else "Well-known frame of reference",
            cells[uid].is_italic,
        )
        for cells in table.rows
    ]  # fmt: skip


def _context_groups(table: Table) -> list[Uid]:
    """The identifier is a cross-reference such as ``sect_CID_29``; the name belongs to PS3.16."""
    uid, identifier, name = table.columns("Context UID", "Context Identifier", "Context Group Name")
    rows = []
    for cells in table.rows:
        link = next((link for link in cells[identifier].links if "CID_" in link), "")
        keyword = (
            "CID" + link.rsplit("_", 1)[1] if link else cells[identifier].text.replace(" ", "")
        )
        rows.append(
            Uid.make(
                table.file,
                table.label,
                cells[uid].text,
                keyword,
                cells[name].text,
                "Context Group UID",
                cells[uid].is_italic,
            )
        )
    return rows


def _compare(sources: Sources, taken: dict[str, Uid], edition: str) -> list[Difference]:
    part = sources.part(6)
    if part is None or part.edition == edition:
        return []
    found = []
    for other in read_docbook(part, compared=True):
        row = taken.get(other.uid)
        if row is None:
            found.append(
                Difference(
                    "PS3.6 UID", other.uid, "row", "absent", edition, other.name, part.edition
                )
            )
            continue
        for field in ("keyword", "name", "kind", "retired"):
            ours, theirs = str(getattr(row, field)), str(getattr(other, field))
            # Older editions have no keyword column, and names of cross-references are not stored.
            if theirs and ours != theirs:
                found.append(
                    Difference(
                        "PS3.6 UID",
                        other.uid,
                        field,
                        ours,
                        edition,
                        theirs,
                        part.edition,
                        "the newer edition is taken",
                    )
                )
    return found


def _stub(rows: list[Uid]) -> str:
    """What a type checker and an editor see of a lazy module of UIDs."""
    lines = [
        "# Generated by tools/codegen. Do not edit: run `./dev generate`.",
        "from typing import Final",
        "",
    ]
    for row in sorted((row for row in rows if row.keyword), key=lambda row: row.keyword):
        lines.append(
            f'{row.keyword}: Final = "{row.uid}"  # {row.name}{", retired" if row.retired else ""}'
        )
    return "\n".join(lines) + "\n"


def _syntax_stub(rows: list[Uid]) -> str:
    lines = [
        "# Generated by tools/codegen. Do not edit: run `./dev generate`.",
        "from typing import Final",
        "",
        "from ._transfer_syntaxes import TransferSyntax",
        "",
    ]
    for row in sorted((row for row in rows if row.keyword), key=lambda row: row.keyword):
        lines.append(
            f"{row.keyword}: Final[TransferSyntax]  # {row.uid} {row.name}{', retired' if row.retired else ''}"
        )
    return "\n".join(lines) + "\n"
