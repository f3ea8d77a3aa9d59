"""PS3.5 tables 6.2-1 (lengths and repertoires) and 7.1-2 (which VRs have a 16-bit length field)."""

import re

from ..docbook import Cell
from ..emit import Module
from ..errors import CodegenError, Difference
from ..sources import Sources

__all__ = ["render"]

COLUMNS = ("vr", "name", "length", "unit", "fixed", "short_field", "repertoire")
_LENGTH = re.compile(r"(\d+) (bytes|chars) (maximum|fixed)")
_POWER = re.compile(r"232-(\d) bytes maximum")  # the exponent is a superscript: 2^32-2


def render(sources: Sources) -> tuple[dict[str, str], list[Difference]]:
    """`_generated/vrs.py`."""
    part = sources.part(5)
    if part is None:
        raise CodegenError(
            "a part05.xml is needed for the value representations", file="part05.xml"
        )
    table = part.table("6.2-1")
    caption = part.table("7.1-2").caption
    short = set(re.findall(r"\b[A-Z]{2}\b", caption.split(" of ", 1)[-1]))
    if len(short) < 20:
        raise CodegenError(
            f"the caption names too few VRs with a 16-bit length: {caption!r}",
            file=part.file,
            table="7.1-2",
        )
    name_at, _, repertoire_at, length_at = table.columns(
        "VR Name", "Definition", "Character Repertoire", "Length of Value"
    )
    rows = []
    for cells in table.rows:
        vr, _, name = cells[name_at].text.partition(" ")
        if not re.fullmatch("[A-Z]{2}", vr):
            raise table.fail(cells[name_at].text, "does not begin with a VR")
        length, unit, fixed = _length(cells[length_at].text)
        rows.append((vr, name, length, unit, fixed, vr in short, _repertoire(cells[repertoire_at])))
    missing = short - {row[0] for row in rows}
    if missing:
        raise table.fail(", ".join(sorted(missing)), "named in table 7.1-2 but absent here")
    module = Module(
        "Value representations: PS3.5 tables 6.2-1 and 7.1-2.", [sources.docbook_source(part)]
    )
    module.rows("ROWS", COLUMNS, sorted(rows))
    return {"_generated/vrs.py": module.text()}, []


def _length(text: str) -> tuple[int | None, str, bool]:
    """The length, what it counts, and whether it is fixed; the first sentence is the rule outside of queries."""
    if match := _LENGTH.match(text):
        return int(match[1]), match[2], match[3] == "fixed"
    if match := _POWER.match(text):
        return 2**32 - int(match[1]), "bytes", False
    return None, "", False


def _repertoire(cell: Cell) -> str:
    """``none`` of binary values, ``default``, or ``extended`` where (0008,0005) may replace it."""
    if cell.text.startswith("not applicable") or not cell.text:
        return "none"
    if cell.text.startswith("Any"):
        return "none"
    return "extended" if "(0008,0005)" in cell.text else "default"
