"""PS3.16 table D-1 and its neighbours: DCM codes, SRT to SCT, body parts, coding schemes."""

import keyword
import re
import unicodedata
from collections import defaultdict
from typing import NamedTuple

from ..docbook import Part
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Source, Sources
from ._code_docbook import newer_part

__all__ = ["DcmRow", "keyword_of", "keywords", "newest", "read_docbook", "render"]

JSON = "ps3.16_dcm_codes_2026b.json.xz"
SRT = "ps3.16_srt_to_sct.json.xz"
BODY_PARTS = "ps3.16_body_part_examined_2026b.json"
UIDS = "ps3.6_uids_2026b.json"
_SIGNS = {
    "%": " Percent ", "µ": "u", "μ": "u", "&": " And ", ">=": " GreaterOrEqual ",
    "<=": " LessOrEqual ",
    ">": " GreaterThan ", "<": " LessThan ", "°": " Degree ", "²": "2", "³": "3", "*": " Star ",
    "+": " Plus ", "=": " Equals ", "(s)": "s", "'s ": "s ",
}  # fmt: skip


class DcmRow(NamedTuple):
    """A row of table D-1, checked."""

    code: str
    meaning: str
    definition: str
    retired: bool

    @classmethod
    def make(cls, file: str, code: str, meaning: str, definition: str, retired: bool) -> "DcmRow":
        """Check a row; what is wrong with it names the row."""
        if not code or " " in code:
            raise CodegenError(f"{code!r} is no code value", file=file, table="D-1", row=meaning)
        if not meaning:
            raise CodegenError("no meaning", file=file, table="D-1", row=code)
        return cls(code, meaning, definition, retired)


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """The modules `codes`, `code_definitions`, `code_lists`, and the stub `codes.pyi`."""
    rows, used = newest(sources)
    rows = sorted(rows, key=lambda row: _order(row.code))
    _refuse_twins(rows, used.file)
    names = keywords(rows)
    table = Module("DCM codes: PS3.16 table D-1.", [used])
    table.rows(
        "ROWS",
        ("code", "meaning", "keyword", "retired"),
        [(row.code, row.meaning, names[row.code], row.retired) for row in rows],
    )
    prose = Module("Definitions of the DCM codes: PS3.16 table D-1.", [used])
    prose.rows(
        "ROWS", ("code", "definition"), [(r.code, r.definition) for r in rows if r.definition]
    )
    lists, differences = _lists(sources)
    return {
        "_generated/codes.py": table.text(),
        "_generated/code_definitions.py": prose.text(),
        "_generated/code_lists.py": lists,
        "codes.pyi": _stub(rows, names),
    }, differences


def _order(code: str) -> tuple[bool, int, str]:
    """Modality-like words first, then the numbers in their order."""
    return (code.isdigit(), int(code) if code.isdigit() else 0, code)


def newest(sources: Sources) -> tuple[list[DcmRow], Source]:
    data = sources.json(JSON) if JSON in sources.names() else None
    part = newer_part(sources, data and data["edition"])
    if part is not None and part.has_table("D-1"):
        return read_docbook(part), sources.docbook_source(part)
    if data is None:
        raise CodegenError("neither this table nor a part16.xml is there", file=JSON)
    rows = [
        DcmRow.make(
            JSON, r["code"], " ".join(r["meaning"].split()),
            _definition(r["definition"] or "", r["keyword"]), r["retired"],
        )
        for r in data["rows"]
    ]  # fmt: skip
    return rows, sources.source(JSON, data["part"], data["edition"])


def _definition(text: str, source_keyword: str) -> str:
    """The text of a definition; some begin with a keyword that only this source has."""
    first, _, rest = text.partition("\n")
    if rest and first.rstrip().rstrip(":") == source_keyword:
        text = rest
    return " ".join(text.split())


def read_docbook(part: Part) -> list[DcmRow]:
    """Table D-1 of a PS3.16 in DocBook."""
    table = part.table("D-1")
    at = table.columns("Code Value", "Code Meaning", "Definition", "[Notes]")
    rows = []
    for number, cells in enumerate(table.rows, 1):
        if len(cells) <= max(at):
            raise table.fail(str(number), f"{len(cells)} cells, the header has {len(table.header)}")
        code, meaning, definition = (cells[index].text for index in at[:3])
        note = cells[at[3]].text if at[3] >= 0 else ""
        retired = note.lower().startswith("retired") or cells[at[0]].is_italic
        rows.append(DcmRow.make(part.file, code, meaning, definition, retired))
    return rows


def _refuse_twins(rows: list[DcmRow], file: str) -> None:
    seen: dict[str, DcmRow] = {}
    for row in rows:
        if row.code in seen:
            raise CodegenError(
                f"stands twice: {seen[row.code].meaning} and {row.meaning}",
                file=file, table="D-1", row=row.code,
            )  # fmt: skip
        seen[row.code] = row


def keyword_of(meaning: str) -> str:
    """The name in CamelCase that a meaning gets: capitals inside a word stay, signs become words.

    A name that would begin with a digit begins with N ("number").
    """
    text = re.sub(r"(?<=\d)\.(?=\d)", " Point ", meaning)
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[0].upper() + word[1:] for word in words)
    if not name or name[0].isdigit():
        name = f"N{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def keywords(rows: list[DcmRow]) -> dict[str, str]:
    """A name for each code, each one different.

    Of codes with the same meaning the plain name belongs to the one that is not retired, of
    several to the lowest; the others carry their code behind it.
    """
    groups: defaultdict[str, list[DcmRow]] = defaultdict(list)
    for row in rows:
        groups[keyword_of(row.meaning)].append(row)
    values = {row.code for row in rows}
    names: dict[str, str] = {}
    for name, same in groups.items():
        if name in values:  # CD is a modality and a medium: a name is never another one's value
            names |= {row.code: f"{name}_{row.code}" for row in same}
            continue
        first, *others = sorted(same, key=lambda row: (row.retired, _order(row.code)))
        names[first.code] = name
        names |= {row.code: f"{name}_{row.code}" for row in others}
    return names


def _stub(rows: list[DcmRow], names: dict[str, str]) -> str:
    """`codes.pyi`: what a type checker and an editor see of the lazy module `codes`."""
    lines = [
        "# Generated by tools/codegen. Do not edit: run `./dev generate`.",
        "from typing import Final",
        "",
        "from ._codes import Code",
        "",
    ]
    for row in sorted(rows, key=lambda row: names[row.code]):
        mark = " (retired)" if row.retired else ""
        lines.append(f"{names[row.code]}: Final[Code]  # {row.code} {row.meaning}{mark}")
    return "\n".join(lines) + "\n"


def _lists(sources: Sources) -> tuple[str, list[Difference]]:
    """The three small tables beside D-1."""
    used, pairs, parts = [], [], []
    if SRT in sources.names():
        data = sources.json(SRT)
        used.append(sources.source(SRT, "PS3.16", "2020-01"))
        pairs = sorted(tuple(pair) for pair in data["pairs"])
    if BODY_PARTS in sources.names():
        data = sources.json(BODY_PARTS)
        used.append(sources.source(BODY_PARTS, data["part"], data["edition"]))
        parts = [tuple(row) for row in data["rows"]]
    schemes, differences, scheme_sources = _schemes(sources)
    module = Module(
        "SRT to SCT, body parts (PS3.16 Annex L), coding schemes.", [*used, *scheme_sources]
    )
    module.rows("SRT_TO_SCT", ("srt", "sct"), pairs)
    module.rows("BODY_PARTS", ("term", "meaning"), parts)
    module.rows("SCHEMES", ("designator", "uid", "name"), schemes)
    return module.text(), differences


def _schemes(sources: Sources) -> tuple[list[tuple[str, str, str]], list[Difference], list[Source]]:
    """Coding schemes: PS3.16 table 8-1 where a DocBook has it, else those of PS3.6 table A-1."""
    rows: dict[str, tuple[str, str, str]] = {}
    differences: list[Difference] = []
    used: list[Source] = []
    part = sources.part(16)
    if part is not None and part.has_table("8-1"):
        table = part.table("8-1")
        at = table.columns("Coding Scheme Designator", "Coding Scheme UID", "Description")
        for number, cells in enumerate(table.rows, 1):
            if len(cells) <= max(at):
                raise table.fail(
                    str(number), f"{len(cells)} cells, the header has {len(table.header)}"
                )
            designator, uid, name = (cells[index].text for index in at)
            rows[designator] = (designator, uid, name)
        used.append(sources.docbook_source(part))
    if UIDS in sources.names():
        used.append(sources.source(UIDS, "PS3.6", "2026b"))
        for row in sources.json(UIDS)["rows"]:
            if row["type"] != "Coding Scheme":
                continue
            made = (row["keyword"], row["uid"], row["name"])
            taken = rows.setdefault(row["keyword"], made)
            if taken[1] != row["uid"]:
                differences.append(
                    Difference(
                        "coding scheme", taken[0], "uid", taken[1], "PS3.16 table 8-1",
                        row["uid"], "PS3.6 table A-1",
                    )
                )  # fmt: skip
    return sorted(rows.values()), differences, used
