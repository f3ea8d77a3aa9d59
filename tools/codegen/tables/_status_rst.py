"""The status tables of PS3.4 in reStructuredText: a second witness of a newer edition than the DocBook.

The grid tables lost their row spans (a row whose first cell was spanned is moved to the left), and
long words are broken. Status codes survive both: a row's code is its cell that looks like one.
"""

import io
import re
import tarfile
from collections.abc import Iterator

from ..errors import CodegenError

__all__ = ["status_tables"]

_CHAPTER = re.compile(r"part04/chapter_([A-Z]{1,2})\.rst$")
_CODE = re.compile(r"[0-9A-F][0-9A-Fx]{3}")


def status_tables(data: bytes, file: str) -> dict[str, list[dict[str, str]]]:
    """Chapter -> its status tables in order, each from code to meaning."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            found = {}
            for member in archive.getmembers():
                match = _CHAPTER.search(member.name)
                handle = archive.extractfile(member) if match else None
                if match and handle:
                    tables = list(_tables(handle.read().decode("utf-8").splitlines()))
                    if tables:
                        found[match[1]] = tables
            return found
    except (tarfile.TarError, UnicodeDecodeError) as error:
        raise CodegenError(f"not an archive of text: {error}", file=file) from error


def _tables(lines: list[str]) -> Iterator[dict[str, str]]:
    at = 0
    while at < len(lines):
        if not lines[at].startswith(".. table::"):
            at += 1
            continue
        caption, at = lines[at], at + 1
        while (
            at < len(lines)
            and not lines[at].lstrip().startswith("+")
            and not lines[at].startswith("..")
        ):
            caption, at = f"{caption} {lines[at].strip()}", at + 1
        start = at
        while at < len(lines) and lines[at].lstrip()[:1] in {"+", "|"}:
            at += 1
        if "tatus" in caption:
            rows = dict(filter(None, map(_code_and_meaning, _rows(lines[start:at]))))
            if rows:
                yield rows


def _rows(lines: list[str]) -> Iterator[list[str]]:
    cells: list[str] = []
    for line in lines:
        text = line.strip()
        if text.startswith("+"):
            if cells:
                yield cells
            cells = []
        else:
            parts = [part.strip() for part in text.strip("|").split("|")]
            cells = (
                [f"{a} {b}".strip() for a, b in zip(cells, parts, strict=False)] if cells else parts
            )


def _code_and_meaning(cells: list[str]) -> tuple[str, str] | None:
    """The code of a row, and the text before it (after it where the code comes second)."""
    for index, cell in enumerate(cells):
        if _CODE.fullmatch(cell):
            before = cells[index - 1] if index else ""
            is_category = before in {"", "Success", "Warning", "Failure", "Cancel", "Pending"}
            after = (
                cells[index + 1]
                if index + 1 < len(cells) and not cells[index + 1].startswith("(")
                else ""
            )
            return cell, (after if is_category and after not in {"None", "Identifier"} else before)
    return None
