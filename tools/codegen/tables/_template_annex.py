"""SR templates of PS3.16 Annex C (2020c), from text whose lines were wrapped inside words.

The source gives the codes cleaned; the numbers of context groups are found again in the cells, once
the warnings of the converter and the stray blanks are out of the way.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import CodegenError
from ..sources import Sources
from ._template_model import TemplateRow, TemplateTable, code_text, join

__all__ = ["ANNEX_C", "Known", "read_annex", "rejoin"]

ANNEX_C = "ps3.16_annex_c_templates_2020c.json.xz"
# What the converter wrote into the cells, without blanks.
_WARNING = re.compile(
    r"x:\d+:\((?:INFO|WARNING|ERROR)/\d\)(?:Inlineinterpretedtextorphrasereferencestart-stringwithoutend-string\."
    r"|Unexpectedindentation\."
    r"|(?:Blockquote|Definitionlist)endswithoutablankline;unexpectedunindent\."
    r"|Unexpectedpossibletitleoverlineortransition\.Treatingitasordinarytextbecauseit'ssoshort\.)"
)
_TARGET = re.compile(r"sect_?([CT]ID)_?(\d+)")
_CODE = re.compile(r'(EV|DT)\("?([^,"]+)"?,([A-Z]+),?"([^")]*)"?\)')
_WORD = re.compile(r"[(\"]?[A-Za-z-]+[)\",.]*")
Json = dict[str, Any]


class Known(NamedTuple):
    """What other tables know, to mend these."""

    groups: Mapping[str, int]
    """Context groups by name."""
    meanings: Mapping[tuple[str, str], str]
    """Meanings by value and scheme."""
    words: frozenset[str]
    """The words of all meanings, in lower case."""

    def meaning(self, value: str, scheme: str, text: str) -> str:
        """The meaning, as other tables write it when only blanks and capitals differ."""
        other = self.meanings.get((value, scheme), "")
        if _squeeze(other).lower() == _squeeze(text).lower():
            return other
        return "no units" if (value, scheme) == ("1", "UCUM") else rejoin(text, self.words)


def read_annex(sources: Sources, known: Known) -> list[TemplateTable]:
    """The templates of Annex C."""
    data = sources.json(ANNEX_C)
    groups = {_squeeze(name).lower(): cid for name, cid in known.groups.items()}
    known = known._replace(groups=groups)
    tables = []
    for given in data["templates"]:
        tid = given["tid"]
        rows = []
        for row in given["rows"]:
            try:
                rows.append(_row(row, known).check(ANNEX_C, tid))
            except (KeyError, ValueError) as error:
                raise CodegenError(
                    str(error), file=ANNEX_C, table=f"TID {tid}", row=row.get("row", "")
                ) from error
        tables.append(
            TemplateTable(
                tid, tid, given["title"], given["type"] == "Extensible", given["order"] == "Significant",
                given["root"] == "Yes", "tables", data["edition"], "", (), tuple(rows),
            )
        )  # fmt: skip
    return tables


def _squeeze(text: str) -> str:
    return _WARNING.sub("", "".join(text.split()))


def _row(row: Json, known: Known) -> TemplateRow:
    name, value_set = _squeeze(row["concept_name"]), _squeeze(row.get("value_set") or "")
    kind = match[0] if (match := re.match("EV|DT", name)) else "CODE"
    concept = [_code(kind, code, known) for code in row.get("concept_name_codes", [])]
    if not concept:
        concept = _codes_of(name, {}, known) or [_binding(name, known)]
    units = value_set.upper().startswith("UNIT")
    cleaned = {code["code"]: code["meaning"] for code in row.get("value_set_codes", [])}
    constraint = _codes_of(value_set, cleaned, known)
    note = ""
    if not constraint and value_set:
        constraint = _bindings(value_set, known)
        note = "" if constraint else rejoin(row["value_set"], known.words)
    return TemplateRow(
        number=row["row"],
        nesting=_squeeze(row.get("nesting") or "").count(">"),
        relationship="",
        value_type="NUM" if row["value_type"] == "NUMERIC" else row["value_type"],
        concept=join(concept),
        vm=row["vm"],
        requirement=row["requirement"],
        condition=_condition(row.get("condition") or "", known.words),
        values="" if units else join(constraint),
        units=join(constraint) if units else "",
        note=note,
    )


def _condition(text: str, words: frozenset[str]) -> str:
    """A condition without the converter's warnings and the marks of links."""
    lines = [line for line in text.splitlines() if not re.match(r"x:\d+: \(", line)]
    text = re.sub(r"<[^>]*>`?_*", "", " ".join(lines)).replace("`", "")
    return rejoin(text, words)


def _codes_of(text: str, cleaned: Mapping[str, str], known: Known) -> list[str]:
    """The codes in a cell; their meanings from ``cleaned`` where that still has its blanks."""
    return [
        code_text(kind, value, scheme, known.meaning(value, scheme, cleaned.get(value, meaning)))
        for kind, value, scheme, meaning in _CODE.findall(text)
    ]


def _code(kind: str, code: Json, known: Known) -> str:
    value, scheme = code["code"], code["scheme"]
    if scheme.isdigit() and value.isalpha():  # one cell has them the wrong way round
        value, scheme = scheme, value
    return code_text(kind, value, scheme, known.meaning(value, scheme, code["meaning"]))


def _bindings(text: str, known: Known) -> list[str]:
    """The context groups that a cell names; each line of the cell begins with its letter."""
    found = [(m.start(), f"{m[1]} {m[2]}") for m in _TARGET.finditer(text)]
    if not found:
        single = _binding(text, known)
        return [single] if single else []
    letters = text[0] if text[0] in "BD" else "D"
    return [f"{letters}{target}" for _, target in found]


def _binding(text: str, known: Known) -> str:
    if match := _TARGET.search(text):
        return f"{text[0] if text[0] in 'BD' else 'D'}{match[1]} {match[2]}"
    plain = text[1:].strip("`").lower()
    cid = known.groups.get(plain) or known.groups.get(plain.removesuffix("s"))
    if text[:1] in "BD" and cid:
        return f"{text[0]}CID ?{cid} the context group has this name"
    return f"{text[0]}CID ?" if text[:1] in "BD" and not text.startswith("Baseline") else ""


def rejoin(text: str, words: frozenset[str]) -> str:
    """Text in which a word that was cut by a line end is one again: ``P rocessing`` -> ``Processing``.

    Two pieces are joined when that makes a word of the standard and one of them alone is none;
    digits are always joined to digits.
    """
    text = re.sub(r"([(\"])\s+|\s+([),\"](?=[\s),]|$))", r"\1\2", text)
    text = re.sub(r"\s+,(?=\S)", ",", text)
    text = re.sub(r"(?<=\d)\s+(?=\d)", "", text)
    pieces = text.split()
    done: list[str] = []
    while pieces:
        for count in (4, 3, 2):
            run = pieces[:count]
            whole = "".join(run)
            mended = _known(whole, words) and not all(_known(piece, words) for piece in run)
            if len(run) == count and mended:
                pieces[:count] = [whole]
                break
        done.append(pieces.pop(0))
    return " ".join(done)


def _known(piece: str, words: frozenset[str]) -> bool:
    return bool(_WORD.fullmatch(piece)) and re.sub(r"[^A-Za-z]", "", piece).lower() in words
