"""PS3.3 tables C.12-2 to C.12-5: the defined terms of Specific Character Set, their code elements and escape sequences."""

import re
from typing import NamedTuple

from ..docbook import Part, Table
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Sources

__all__ = ["Element", "escape_bytes", "read_charsets", "render"]

COLUMNS = (
    "term",
    "kind",
    "description",
    "element",
    "registration",
    "escape",
    "characters",
    "bytes",
    "standard",
)
KINDS = {
    "C.12-2": "single-byte",
    "C.12-3": "single-byte extensible",
    "C.12-4": "multi-byte extensible",
}
WITHOUT_EXTENSIONS = "C.12-5"

# Latin alphabet No. 9 (ISO 8859-15) stands in newer editions of C.12-2 and C.12-3. It is added to an
# older PS3.3; its escape sequence is that of its registration, ISO-IR 203.
LATIN_9 = ("203", "Latin alphabet No. 9", b"\x1b\x2d\x62")

_ESCAPE = re.compile(r"ESC((?: \d\d/\d\d)+)")
_BIT_COMBINATION = re.compile(r"(\d\d)/(\d\d)")


class Element(NamedTuple):
    """One code element of a character set, checked."""

    term: str
    kind: str
    description: str
    element: str
    registration: str
    escape: str
    characters: str
    bytes: str
    standard: str


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/charsets.py`."""
    part, encoding = sources.part(3), sources.part(5)
    if part is None:
        raise CodegenError(
            "a part03.xml is needed for the defined terms of character sets", file="part03.xml"
        )
    rows = read_charsets(part)
    differences = []
    if not any(row.registration == f"ISO-IR {LATIN_9[0]}" for row in rows):
        rows = _with_latin_9(rows)
        differences.append(
            Difference(
                "PS3.3 C.12-2",
                "ISO_IR 203",
                "row",
                LATIN_9[1],
                "newer editions",
                "absent",
                part.edition,
                "added by hand",
            )
        )
    used = [sources.docbook_source(part)]
    if encoding is not None:
        differences += _compare(rows, encoding)
        used.append(sources.docbook_source(encoding))
    module = Module(
        "Specific Character Set: PS3.3 tables C.12-2 to C.12-5, compared with PS3.5 annexes H to K.",
        used,
    )
    module.rows("ROWS", COLUMNS, rows)
    return {"_generated/charsets.py": module.text()}, differences


def read_charsets(part: Part) -> list[Element]:
    """The rows of the four tables; a code element a row."""
    rows = [row for label in KINDS for row in _code_elements(part.table(label))]
    table = part.table(WITHOUT_EXTENSIONS)
    description, term = table.columns("Character Set Description", "Defined Term")
    rows += [
        Element(cells[term].text, "multi-byte", cells[description].text, *[""] * 6)
        for cells in table.rows
    ]
    seen: dict[tuple[str, str], Element] = {}
    for row in rows:
        if seen.setdefault((row.term, row.element), row) is not row:
            raise CodegenError(
                f"{row.element or 'the term'} stands twice", file=part.file, row=row.term
            )
    return rows


def _code_elements(table: Table) -> list[Element]:
    at = table.columns(
        "Defined Term", "Character Set Description", "Code Element", "ISO Registration", "Number of Characters", "[ESC",
    )  # fmt: skip
    standard_at = (
        len(table.header) - 1
    )  # "Character Set" again; the first column begins with the same words
    rows = []
    for cells in table.rows:
        term, description, element, registration, characters = (
            cells[index].text for index in at[:5]
        )
        escape = cells[at[5]].text if at[5] >= 0 else ""
        multi = table.label == "C.12-4"
        if element not in {"G0", "G1"}:
            raise table.fail(term, f"{element!r} is no code element (G0, G1)")
        code = escape_bytes(table, term, escape).hex() if escape else ""
        if at[5] >= 0 and not code:
            raise table.fail(term, "the escape sequence is missing")
        # The number of a 94 by 94 set is 94 with a superscript, of which some editions keep only the digit.
        number = "8836" if characters in {"942", "94²", "94 2"} else characters.replace(",", "")
        if not number.isdigit():
            raise table.fail(term, f"{characters!r} is no number of characters")
        rows.append(
            Element(
                "" if term == "none" else term, KINDS[table.label], description, element, registration, code, number,
                "2" if multi else "1", re.sub(r":(?=\S)", ": ", cells[standard_at].text),
            )
        )  # fmt: skip
    return rows


def escape_bytes(table: Table, term: str, text: str) -> bytes:
    """The bytes of an escape sequence written in bit combinations, such as ``ESC 02/13 04/01``.

    One cell of C.12-3 is broken inside a number (``ESC 02/0 9 04/09``), so blanks are put back first.
    """
    digits = text.removeprefix("ESC").replace(" ", "")
    spaced = "ESC " + " ".join(digits[at : at + 5] for at in range(0, len(digits), 5))
    match = _ESCAPE.fullmatch(spaced)
    if match is None:
        raise table.fail(term, f"{text!r} is no escape sequence")
    return b"\x1b" + bytes(
        int(column) << 4 | int(row) for column, row in _BIT_COMBINATION.findall(match[1])
    )


def _with_latin_9(rows: list[Element]) -> list[Element]:
    """Latin alphabet No. 9 after No. 5, in both tables, shaped like it."""
    number, description, escape = LATIN_9
    result = []
    for row in rows:
        result.append(row)
        if row.term.endswith("148") and row.element == "G0":
            for like in result[-2:]:
                g1 = like.element == "G1"
                code = escape.hex() if g1 and like.escape else like.escape
                result.append(
                    like._replace(
                        term=like.term.replace("148", number), description=description, escape=code,
                        registration=f"ISO-IR {number}" if g1 else like.registration,
                    )
                )  # fmt: skip
    return result


def _compare(rows: list[Element], part: Part) -> list[Difference]:
    """What the annexes of PS3.5 say about the escape sequences of Japanese, Korean and Chinese sets."""
    found = []
    ours = {(row.registration, row.element): row for row in rows if row.escape}
    for label in ("H.1-1", "H.1-2", "I.1-1", "K.1-1"):
        if not part.has_table(label):
            continue
        table = part.table(label)
        for cells in table.rows:
            for column, cell in list(zip(table.header, cells, strict=True))[1:]:
                # K.1-1 writes "G0 set(ASCII)" in the column of ISO-IR 58.
                registration = "ISO-IR 6" if "ASCII" in cells[0].text else column
                row = ours.get((registration, cells[0].text[:2]))
                if row is None:
                    continue  # PS3.5 lists sets that DICOM does not designate there, such as ISO-IR 13 in G0
                code = escape_bytes(table, registration, cell.text).hex()
                if row.escape != code:
                    found.append(
                        Difference(
                            "PS3.3 C.12",
                            row.term,
                            "escape",
                            row.escape,
                            "PS3.3",
                            code,
                            f"PS3.5 {part.edition} {label}",
                        )
                    )
    return found
