"""``dicom dump``: files as text."""

import os
import sys
from collections.abc import Iterator
from typing import Final

from dicom_dict import DicomError

from .._display import clean
from .._display_rows import Look, Row, line_of, rows
from .._errors import NotDicom
from .._file import DicomFile
from ._files import expand, open_file
from ._run import complain

__all__ = ["dump"]

_COLOURS: Final = {
    "text": "\x1b[32m", "number": "\x1b[36m", "uid": "\x1b[35m", "bytes": "\x1b[2m",
    "sequence": "\x1b[33m", "note": "\x1b[2m", "bad": "\x1b[31m", "empty": "",
}  # fmt: skip
_DIM: Final = "\x1b[2m"
_BOLD: Final = "\x1b[1m"
_PLAIN: Final = "\x1b[0m"


def dump(
    names: list[str],
    *,
    strict: bool = False,
    colour: bool | None = None,
    depth: int = 100,
    width: int = 0,
    meta: bool = True,
) -> int:
    """Show each file, and after it what is wrong with its structure; the exit code is 1 when one could not be read."""
    terminal = sys.stdout.isatty()
    if colour is None:
        colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    if not width:
        width = max(os.get_terminal_size(sys.stdout.fileno()).columns, 80) if terminal else 160
    look = Look(width=width, depth=depth)
    failed, shown = False, 0
    several = len(names) > 1 or os.path.isdir(names[0])
    for path, asked in expand(names):
        try:
            file = open_file(path, strict=strict)
        except (DicomError, OSError) as error:
            if asked or not isinstance(error, NotDicom):
                complain(path, error)
                failed = True
            continue
        if several:
            title = f"{_BOLD}{clean(path)}{_PLAIN}" if colour else f"# {clean(path)}"
            sys.stdout.write(f"\n{title}\n" if shown else f"{title}\n")
        shown += 1
        try:
            for line in _lines(file, look, colour=colour, meta=meta):
                sys.stdout.write(line + "\n")
            for finding in file.findings:
                text = f"# {clean(str(finding))}"
                sys.stdout.write(f"{_COLOURS['bad']}{text}{_PLAIN}\n" if colour else f"{text}\n")
        except (DicomError, OSError) as error:  # it changed, or a limit was met on the way
            if isinstance(error, BrokenPipeError):
                raise
            complain(path, error)
            failed = True
    if not shown and not failed:
        complain("", "no DICOM file is there")
    return 1 if failed or not shown else 0


def _lines(file: DicomFile, look: Look, *, colour: bool, meta: bool) -> Iterator[str]:
    paint = _painted if colour else _unpainted
    if meta and len(file.meta):
        for row in rows(file.meta, look):
            yield paint(row)
        yield ""
    for row in rows(file.dataset, look):
        yield paint(row)


def _unpainted(row: Row) -> str:
    return "".join(line_of(row)).rstrip()


def _painted(row: Row) -> str:
    head, value, meaning = line_of(row)
    start = head.find(row.tag) if row.tag else len(head)
    rest = head[start + len(row.tag) :]
    tag = f"{head[:start]}{_DIM}{row.tag}{_PLAIN}" if row.tag else head
    return f"{tag}{rest}{_COLOURS.get(row.kind, '')}{value}{_PLAIN}{_DIM}{meaning}{_PLAIN}"
