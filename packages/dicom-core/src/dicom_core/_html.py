"""A data set as HTML for notebooks: a table, sequences that open on a click, everything escaped (no script)."""

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final

from ._display_rows import Look, Row, rows
from ._file import DicomFile

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["html_of"]

_ROWS: Final = 2000
_LOOK: Final = Look(width=160, depth=16, items=100)
_COLUMNS: Final = "display:grid;grid-template-columns:7.5em 2.5em 22em 1fr;gap:0 .6em"
_STYLE: Final = "font-family:monospace;font-size:12px;line-height:1.5;text-align:left"
_INSIDE: Final = "margin-left:1.2em;border-left:1px solid #8884;padding-left:.6em"


def html_of(source: "DicomFile | Dataset") -> str:
    """What ``_repr_html_()`` gives. Values are escaped twice: for terminals, then for HTML."""
    parts = [f'<div class="dicom" style="{_STYLE}">']
    if isinstance(source, DicomFile):
        if len(source.meta):
            parts.append("<details><summary>File meta information</summary>")
            parts.extend(_table(rows(source.meta, _LOOK)))
            parts.append("</details>")
        source = source.dataset
    parts.extend(_table(rows(source, _LOOK)))
    parts.append("</div>")
    return "".join(parts)


def _table(found: Iterator[Row]) -> Iterator[str]:
    """Rows as nested parts; what a deeper row opens is closed before the next one of its level."""
    ends: list[str] = []
    depths: list[int] = []
    for count, row in enumerate(found):
        if count == _ROWS:
            yield _note("... and more; .walk() and .elements() show everything")
            break
        while depths and _closes(row, depths[-1], ends[-1]):
            depths.pop()
            yield ends.pop()
        if row.item is not None:
            yield f'<div style="{_INSIDE}"><span style="opacity:.6">item {row.item}</span>'
            depths.append(row.depth)
            ends.append("</div>")
        if row.kind == "sequence" and row.value != "0 items":
            yield f'<details><summary style="{_COLUMNS};cursor:pointer">{_cells(row)}</summary>'
            depths.append(row.depth + 1)
            ends.append("</details>")
        elif row.tag:
            yield f'<div style="{_COLUMNS}">{_cells(row)}</div>'
        else:
            yield _note(row.value)
    yield from reversed(ends)


def _closes(row: Row, depth: int, end: str) -> bool:
    """Whether an open part ends before this row: an item at the next item, a sequence below its level."""
    if end == "</details>":
        return row.depth < depth
    return row.depth < depth or (row.depth == depth and row.item is not None)


def _note(text: str) -> str:
    return f'<div style="opacity:.6">{escape(text)}</div>'


def _cells(row: Row) -> str:
    value = escape(row.value)
    if row.meaning:
        value += f' <span style="opacity:.6">{escape(row.meaning)}</span>'
    return (
        f'<span style="opacity:.6">{escape(row.tag)}</span><span>{escape(row.vr)}</span>'
        f'<span>{escape(row.name)}</span><span style="overflow-wrap:anywhere">{value}</span>'
    )
