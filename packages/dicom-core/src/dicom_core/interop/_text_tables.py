"""Tables as text, without any library: CSV and JSON lines."""

import csv
import json
import os
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import IO, TYPE_CHECKING, Final

from .._options import ReadOptions
from ._atomic import replaced
from ._rows import PATH, PROBLEMS, Source, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["write_csv", "write_json_lines"]

_DEFAULT: Final = ReadOptions()
# What spreadsheets take for the beginning of a formula
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
# Characters that turn the direction of text around, or move the cursor
_TURNING: Final = frozenset(
    "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def write_csv(
    sources: "Source | Iterable[Source]",
    target: "str | os.PathLike[str] | IO[str]",
    tags: Iterable[str | int] | None = None,
    *,
    guard: bool = True,
    options: ReadOptions = _DEFAULT,
) -> int:
    """A CSV table of headers (RFC 4180, UTF-8); how many rows that were. Sources and tags as `rows` has them.

    Several values are separated by backslashes, sequences are JSON. With ``guard``, a text that a spreadsheet would
    run as a formula gets an apostrophe before it, and control characters and those that turn text around
    are shown as escapes (case F31); without, texts stand as they are.
    """
    table = Table(sources, tags, options)
    names = [PATH, *(column.name for column in table.columns), PROBLEMS]
    count = 0
    with _opened(target) as stream:
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(names)
        for found in table.read():
            row = table.row(*found)
            cells = [_cell(row[name]) for name in names]
            writer.writerow(
                [_guarded(cell, row[name]) for cell, name in zip(cells, names, strict=True)]
                if guard
                else cells
            )
            count += 1
    return count


def write_json_lines(
    sources: "Source | Iterable[Source]",
    target: "str | os.PathLike[str] | IO[str]",
    tags: Iterable[str | int] | None = None,
    *,
    options: ReadOptions = _DEFAULT,
) -> int:
    """One JSON object a line, as `rows` has them; how many that were.

    Dates and times are ISO 8601, bytes are hexadecimal digits, numbers beyond JSON are null.
    """
    table = Table(sources, tags, options)
    count = 0
    with _opened(target) as stream:
        for found in table.read():
            stream.write(json.dumps(_json(table.row(*found)), ensure_ascii=False) + "\n")
            count += 1
    return count


@contextmanager
def _opened(target: "str | os.PathLike[str] | IO[str]") -> "Iterator[IO[str]]":
    if not isinstance(target, str | os.PathLike):
        yield target
        return
    with replaced(target) as path, open(path, "w", encoding="utf-8", newline="") as stream:
        yield stream


def _json(value: object) -> object:
    """A value that JSON has."""
    if isinstance(value, dict):
        return {name: _json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and value - value != 0.0:
        return None
    return value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        if any(isinstance(one, dict) for one in value):
            return json.dumps(_json(value), ensure_ascii=False)
        return "\\".join(map(_cell, value))
    if isinstance(value, date | time | datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def _guarded(cell: str, value: object) -> str:
    if isinstance(value, int | float):
        return cell  # -1 is a number and no formula
    shown = "".join(map(_shown, cell)) if not cell.isprintable() else cell
    return "'" + shown if cell.startswith(_FORMULA) else shown


def _shown(character: str) -> str:
    """A character, or its escape where it is none to be seen."""
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0 or character in _TURNING or character in "\u2028\u2029":
        return f"\\u{code:04x}"
    return character


# Tracebacks, reprs and pickles name the place that users import from
write_csv.__module__ = write_json_lines.__module__ = "dicom_core.interop"
