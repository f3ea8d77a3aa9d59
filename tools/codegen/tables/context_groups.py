"""PS3.16 Annex B: the context groups, their codes and what they include."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ..docbook import Part, Table
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Source, Sources
from ._code_docbook import blocks, newer_part, properties, text_with_targets
from .codes import keyword_of

__all__ = ["Group", "Row", "newest", "read_docbook", "render", "with_meanings"]

JSON = "ps3.16_context_groups_2026b.json.xz"
UIDS = "ps3.6_uids_2026b.json"
# Meanings that the JSON lost; they are those of the edition of 2024d.
BLANK = {
    ("SCT", "268445003"): "Obstetric US scan",
    ("SCT", "48526000"): "Peripheral Vascular Ultrasound Report",
}
TYPING_ERRORS = {
    "CardiacUltrasoundAtrioventricularValveseasurement": (
        "CardiacUltrasoundAtrioventricularValveMeasurement"
    )
}
ROOT = "1.2.840.10008.6.1."
_INCLUDE = re.compile(r"Include (?:CID )?(\d+)\b.*", re.IGNORECASE)


class Row(NamedTuple):
    """A code, or with an empty scheme the number of a context group that is included."""

    scheme: str
    code: str
    meaning: str


class Group(NamedTuple):
    """A context group, checked."""

    cid: int
    name: str
    keyword: str
    uid: str
    version: str
    extensible: bool | None
    rows: tuple[Row, ...]

    @classmethod
    def make(
        cls, file: str, cid: str, name: str, keyword: str, uid: str, version: str,
        extensible: bool | None, rows: Iterable[Row],
    ) -> "Group":  # fmt: skip
        """Check a group; what is wrong with it names the group and the row."""

        def fail(message: str, row: str = "") -> CodegenError:
            return CodegenError(message, file=file, table=f"CID {cid}", row=row)

        if not cid.isdigit():
            raise fail("not the number of a context group")
        if not name:
            raise fail("no name")
        if keyword and not keyword.isidentifier():
            raise fail(f"{keyword!r} is no keyword")
        kept: dict[tuple[str, str], Row] = {}
        for row in rows:
            if not row.code or (not row.scheme and not row.code.isdigit()):
                raise fail("neither a code nor an included context group", repr(row))
            # A second meaning of a code is no second code (PS3.3 8.3).
            kept.setdefault((row.scheme, row.code), row)
        if keyword in {"", f"Cid{cid}"}:  # no keyword in the source, or a placeholder
            keyword = keyword_of(name.removesuffix("(Retired)"))
        keyword = TYPING_ERRORS.get(keyword, keyword)
        version = version if version.isdigit() else ""
        return cls(int(cid), name, keyword, uid, version, extensible, tuple(kept.values()))


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/context_groups.py`."""
    groups, used = newest(sources)
    groups, differences = _with_uids(sources, groups)
    groups, found = with_meanings(groups, used.edition)
    differences += found
    _refuse_broken(groups, used.file)
    groups = sorted(groups, key=lambda group: group.cid)
    module = Module("Context groups: PS3.16 Annex B.", [used, *_uid_source(sources)])
    module.rows(
        "GROUPS",
        ("cid", "name", "keyword", "uid", "version", "extensible"),
        [
            (g.cid, g.name, g.keyword, _short(g.uid), g.version, _yes_no(g.extensible))
            for g in groups
        ],
    )
    # Whoever reads the file sees the number of an included group where a code would stand.
    module.groups("ROWS", ("scheme", "code", "meaning"), {g.cid: g.rows for g in groups})
    return {"_generated/context_groups.py": module.text()}, differences


def _short(uid: str) -> str:
    """Context group UIDs share their root, which is written once (by the accessor)."""
    return uid.removeprefix(ROOT)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "1" if value else "0"


def newest(sources: Sources) -> tuple[list[Group], Source]:
    data = sources.json(JSON) if JSON in sources.names() else None
    part = newer_part(sources, data and data["edition"])
    if part is not None:
        return read_docbook(part), sources.docbook_source(part)
    if data is None:
        raise CodegenError("neither this table nor a part16.xml is there", file=JSON)
    groups = [
        Group.make(
            JSON, g["cid"], g["name"], g["keyword"] or "", g["uid"] or "", g["version"] or "",
            g["extensible"], map(_json_row, g["rows"]),
        )
        for g in data["groups"]
    ]  # fmt: skip
    return groups, sources.source(JSON, data["part"], data["edition"].split(";")[0])


def _json_row(row: dict[str, str]) -> Row:
    if "include_cid" in row:
        return Row("", row["include_cid"], "")
    return Row(row["scheme"], row["code"], " ".join(row["meaning"].split()))


def read_docbook(part: Part) -> list[Group]:
    """Every ``sect_CID_n`` of a PS3.16 in DocBook."""
    groups = []
    for cid, section, table in blocks(part, "CID"):
        facts = properties(section)
        kind = facts.get("type", "").lower()
        extensible = None if not kind else not kind.startswith("non")
        groups.append(
            Group.make(
                part.file, cid, section.title, facts.get("keyword", ""), facts.get("uid", ""),
                facts.get("version", ""), extensible, _docbook_rows(table) if table else (),
            )
        )  # fmt: skip
    if not groups:
        raise CodegenError("no section sect_CID_n", file=part.file)
    return groups


def _docbook_rows(table: Table) -> list[Row]:
    rows = []
    for number, cells in enumerate(table.rows, 1):
        first = text_with_targets(cells[0]) if cells else ""
        if match := _INCLUDE.fullmatch(first):
            rows.append(Row("", match[1], ""))
            continue
        at = table.columns("Coding Scheme Designator", "Code Value", "Code Meaning")
        if len(cells) <= max(at):
            raise table.fail(str(number), f"{len(cells)} cells, the header has {len(table.header)}")
        scheme, code, meaning = (cells[index].text for index in at)
        if not scheme or not code:
            raise table.fail(str(number), f"no code in {[cell.text for cell in cells]}")
        rows.append(Row(scheme, code, meaning))
    return rows


def _uid_source(sources: Sources) -> list[Source]:
    if UIDS not in sources.names():
        return []
    return [sources.source(UIDS, "PS3.6", "2026b")]


def _with_uids(sources: Sources, groups: list[Group]) -> tuple[list[Group], list[Difference]]:
    """UIDs from PS3.6 table A-3, the registry, where it has the group."""
    if UIDS not in sources.names():
        return groups, []
    rows = sources.json(UIDS)["rows"]
    registered = {row["keyword"]: row["uid"] for row in rows if row["table"] == "A-3"}
    made, differences = [], []
    for group in groups:
        uid = registered.get(f"CID{group.cid}", group.uid)
        if group.uid and uid != group.uid:
            differences.append(
                Difference(
                    "PS3.16 context group", f"CID {group.cid}", "uid", uid, "PS3.6 table A-3",
                    group.uid, "PS3.16", "the registry",
                )
            )  # fmt: skip
        made.append(group._replace(uid=uid))
    return made, differences


def with_meanings(groups: list[Group], edition: str) -> tuple[list[Group], list[Difference]]:
    """A code without a meaning takes the one of another group, else that of an older edition."""
    known = dict(BLANK)
    for group in groups:
        for row in group.rows:
            if row.scheme and row.meaning:
                known.setdefault((row.scheme, row.code), row.meaning)
    made, differences = [], []
    for group in groups:
        rows = []
        for row in group.rows:
            if row.scheme and not row.meaning:
                row = row._replace(meaning=known.get((row.scheme, row.code), ""))
                differences.append(
                    Difference(
                        "PS3.16 context group", f"CID {group.cid} {row.scheme} {row.code}",
                        "meaning", row.meaning, "2024d", "", edition, "is blank",
                    )
                )  # fmt: skip
            rows.append(row)
        made.append(group._replace(rows=tuple(rows)))
    return made, differences


def _refuse_broken(groups: list[Group], file: str) -> None:
    cids = Counter(group.cid for group in groups)
    uids = Counter(group.uid for group in groups if group.uid)
    for group in groups:
        if cids[group.cid] > 1 or uids[group.uid] > 1:
            raise CodegenError(
                "the number or UID stands twice", file=file, table=f"CID {group.cid}"
            )
        for row in group.rows:
            if not row.scheme and int(row.code) not in cids:
                raise CodegenError(
                    "includes a context group that is not there", file=file,
                    table=f"CID {group.cid}", row=f"Include CID {row.code}",
                )  # fmt: skip
