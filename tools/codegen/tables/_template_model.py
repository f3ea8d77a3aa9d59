"""What every source of SR templates is brought to: rows of texts in one small notation.

A reference is one of

    EV DCM 121058 Procedure reported      a code; EV, DT, or CODE where the source does not say which
    EV<SRT G-C0E3> SCT 363698007 ...      the same, with the code that older editions had in its place
    BCID 100                              a context group (BCID, DCID, ECID) or template (DTID, BTID)
    BCID ?                                one whose number no source shows
    BCID ?100 rule                        one whose number is a guess, and by which rule
    $Measurement                          a parameter of the template
    ?                                     nothing readable stands in the source

a blank inside a code value is written ␣;
several are joined by " || ", and the parameters of an inclusion by " && ".
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import CodegenError

__all__ = [
    "COLUMNS", "RELATIONSHIPS", "VALUE_TYPES", "TemplateRow", "TemplateTable", "code_text", "join",
    "parameters_text", "words_of",
]  # fmt: skip

OR, AND = " || ", " && "
# PS3.3 table C.17.3-1 (value types), PS3.16 6.1.3 (INCLUDE)
VALUE_TYPES = frozenset(
    {
        "INCLUDE", "CODE", "COMPOSITE", "CONTAINER", "DATE", "DATETIME", "IMAGE", "NUM", "PNAME",
        "SCOORD", "SCOORD3D", "TABLE", "TCOORD", "TEXT", "TIME", "UIDREF", "WAVEFORM",
    }
)  # fmt: skip
# PS3.3 table C.17.3-8
RELATIONSHIPS = frozenset(
    {
        "CONTAINS", "HAS ACQ CONTEXT", "HAS CONCEPT MOD", "HAS OBS CONTEXT", "HAS PROPERTIES", "INFERRED FROM",
        "SELECTED FROM",
    }
)  # fmt: skip
_VM = re.compile(r"\d+(-(\d+|n))?|")


class TemplateRow(NamedTuple):
    """A row of a template table."""

    number: str
    nesting: int
    relationship: str
    """With R- before it where the item is referenced, not contained."""
    value_type: str
    concept: str = ""
    vm: str = ""
    requirement: str = ""
    condition: str = ""
    xpath: str = ""
    values: str = ""
    units: str = ""
    parameters: str = ""
    graphic: str = ""
    points: str = ""
    note: str = ""

    @property
    def references(self) -> Iterator[str]:
        """Every reference of the row."""
        for text in (self.concept, self.values, self.units):
            yield from filter(None, text.split(OR))
        for parameter in filter(None, self.parameters.split(AND)):
            yield from parameter.partition(" = ")[2].split(OR)

    def check(self, file: str, tid: str) -> "TemplateRow":
        """The row, when every word in it is one the standard has."""
        relationship = self.relationship.removeprefix("R-")
        wrong = None
        if self.value_type not in VALUE_TYPES:
            wrong = f"unknown value type {self.value_type!r}"
        elif relationship and relationship not in RELATIONSHIPS:
            wrong = f"unknown relationship {self.relationship!r}"
        elif self.requirement not in {"M", "MC", "U", "UC", ""}:
            wrong = f"unknown requirement type {self.requirement!r}"
        elif not _VM.fullmatch(self.vm):
            wrong = f"{self.vm!r} is no value multiplicity"
        elif self.nesting < 0:
            wrong = "a negative nesting level"
        if wrong:
            raise CodegenError(wrong, file=file, table=f"TID {tid}", row=self.number)
        return self


COLUMNS = TemplateRow._fields


class TemplateTable(NamedTuple):
    """A template and where it comes from."""

    tid: str
    standard_tid: str
    name: str
    extensible: bool | None
    order_significant: bool | None
    root: bool | None
    source: str
    """The form of the source: docbook, tables (verbatim columns), pages, validator (a reading of the table)."""
    edition: str
    missing: str
    """Which rows the source lacks; empty when it has all."""
    parameters: tuple[str, ...]
    rows: tuple[TemplateRow, ...]

    @property
    def open_references(self) -> list[str]:
        """The rows with a reference that is open or guessed."""
        return [
            row.number
            for row in self.rows
            if any("?" in ref.split(" ", 2)[:2][-1][:1] for ref in row.references)
        ]

    @property
    def complete(self) -> bool:
        """Whether every row is there, and every reference is known from a page of the standard."""
        return not self.missing and not self.open_references


def code_text(
    kind: str, code: str, scheme: str, meaning: str | None, former: tuple[str, str] | None = None
) -> str:
    """The notation of a code; ``former`` is the value and scheme of the code it replaced."""
    scheme = scheme.replace(" ", "")
    meaning = " ".join((meaning or "").split())
    code = code.replace(" ", "␣")
    if not code or not scheme or any(mark in meaning for mark in (OR, AND)):
        raise ValueError(f"({code!r}, {scheme!r}, {meaning!r}) is no code")
    mark = f"<{former[1]} {former[0]}>" if former else ""
    return f"{kind}{mark} {scheme} {code} {meaning}".rstrip()


def join(references: Iterable[str]) -> str:
    """Several references as one text, each once."""
    return OR.join(dict.fromkeys(filter(None, references)))


def parameters_text(parameters: Iterable[tuple[str, str]]) -> str:
    """The parameters of an inclusion as one text."""
    return AND.join(f"{name} = {value}" for name, value in parameters)


def words_of(name: str) -> str:
    """The words of a name in CamelCase: PlanarROIMeasurements -> Planar ROI Measurements."""
    text = name.replace("_", " ")
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    text = re.sub(r"(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    return " ".join(text.split())
