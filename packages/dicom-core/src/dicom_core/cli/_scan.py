"""``dicom scan``: a few elements of many files as a table."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from .._options import ReadOptions
from ._files import each, expand
from ._options import jobs_option, json_option, need_folder, strict_option
from ._run import complain

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped,import-not-found,unused-ignore]

__all__ = ["command"]

_STDOUT: Final = "-"
_PART: Final = 64  # files of one task
_KINDS: Final = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}


def _text(
    paths: list[str], *, kind: str, tags: list[str], guard: bool, strict: bool
) -> tuple[int, str]:
    """The number of rows of some files, and these as CSV with its header, or as JSON lines."""
    from ..interop import write_csv, write_json_lines

    options = ReadOptions(strict=strict)
    target = StringIO(newline="")
    if kind == "csv":
        count = write_csv(paths, target, tags, guard=guard, options=options)
    else:
        count = write_json_lines(paths, target, tags, options=options)
    return count, target.getvalue()


def _table(paths: list[str], *, tags: list[str], strict: bool) -> "pa.Table":
    from ..interop import to_arrow

    return to_arrow(paths, tags, options=ReadOptions(strict=strict))


def _parts(paths: list[str], tags: list[str]) -> list[list[str]]:
    """Parts whose columns do not depend on what is in the files, or one part for all."""
    from dicom_dict import find_element

    leaves = [tag.rpartition(".")[2] for tag in tags]
    entries = [find_element(leaf) if leaf[:1].isalpha() else None for leaf in leaves]
    if any(entry is None or entry.vr == "SQ" for entry in entries):
        return [paths]
    return [paths[at : at + _PART] for at in range(0, len(paths), _PART)]


@click.command("scan")
@click.argument("files", nargs=-1, required=True, metavar="DIR...")
@click.option(
    "--tags", required=True, multiple=True, metavar="KEY,...",
    help="Keywords, tags or paths such as ReferencedSeriesSequence.SeriesInstanceUID.",
)  # fmt: skip
@click.option(
    "-o",
    "--out",
    default="-",
    metavar="FILE",
    help="FILE.parquet, FILE.csv or FILE.json (lines). Without it, or with -: CSV on standard output, with --json "
    "JSON lines.",
)
@click.option(
    "--guard/--no-guard", default=True,
    help="In CSV, an apostrophe before what a spreadsheet would run as a formula.",
)  # fmt: skip
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    tags: tuple[str, ...],
    out: str,
    guard: bool,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Make a table of a few elements of many files: a row a file, with what could not be read of it.

    Files are read up to the last of the elements. What is no DICOM file is a row with its problem.
    """
    kind = _kind(out, as_json)
    wanted = [tag for words in tags for tag in words.replace(" ", "").split(",") if tag]
    wanted = _joined(wanted)
    if not wanted:
        raise click.UsageError("--tags needs at least one keyword or tag")
    _check(wanted)
    paths = [named.path for named in expand(files)]
    if not paths:
        complain("", "there are no files")
        return 1
    missing = [name for name in files if not os.path.lexists(name)]
    if missing:
        complain(missing[0], "No such file or directory")
        return 1
    parts = _parts(paths, wanted)
    run = partial(each, files=parts, jobs=jobs or 0, title="scanning")
    if kind == "parquet":
        tables: Iterator[pa.Table] = run(partial(_table, tags=wanted, strict=strict), prints=False)
        rows = _write_parquet(out, tables)
    else:
        task = partial(_text, kind=kind, tags=wanted, guard=guard, strict=strict)
        rows = _write_text(out, run(task, prints=out == _STDOUT), header=kind == "csv")
    if out == _STDOUT:
        return 0
    if as_json:
        from json import dumps

        sys.stdout.write(dumps({"path": out, "rows": rows, "files": len(paths)}) + "\n")
    else:
        sys.stdout.write(f"{rows} rows in {out}\n")
    return 0


def _kind(out: str, as_json: bool) -> str:
    if out == _STDOUT:
        return "json" if as_json else "csv"
    kind = _KINDS.get(os.path.splitext(out)[1].lower())
    if kind is None:
        raise click.UsageError(f"-o ends with one of {', '.join(_KINDS)}, not as {out!r} does")
    need_folder("-o", out)
    return kind


def _check(tags: list[str]) -> None:
    """A misspelt tag is an error of the arguments, found before any file is looked at."""
    from dicom_dict import DicomError

    from ..interop import columns

    try:
        columns(*tags)
    except DicomError as error:
        raise click.UsageError(f"--tags: {error}") from error


def _joined(words: list[str]) -> list[str]:
    """Tags such as 0010,0020 hold a comma: put their halves together again."""
    found: list[str] = []
    for word in words:
        half = found[-1].lstrip("(") if found else ""
        if (
            len(word.rstrip(")")) == 4
            and len(half) == 4
            and _is_hex(word.rstrip(")"))
            and _is_hex(half)
        ):
            found[-1] = half + word.rstrip(")")
        else:
            found.append(word)
    return found


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def _write_text(out: str, texts: Iterator[tuple[int, str]], *, header: bool) -> int:
    """Parts one after the other, the header of a CSV file once; there whole or not at all."""
    from ..interop._atomic import replaced

    if out == _STDOUT:
        # Bytes: a table is UTF-8 with line ends of its own, whatever the terminal is
        return _write_parts(sys.stdout.buffer, texts, header=header)
    with replaced(out) as path, open(path, "wb") as stream:
        return _write_parts(stream, texts, header=header)


def _write_parts(stream: BinaryIO, texts: Iterator[tuple[int, str]], *, header: bool) -> int:
    rows = 0
    for number, (count, text) in enumerate(texts):
        first, _, rest = text.partition("\r\n") if header else ("", "", text)
        if header and number == 0:
            stream.write(first.encode() + b"\r\n")
        stream.write(rest.encode())
        rows += count
    return rows


def _write_parquet(out: str, tables: "Iterator[pa.Table]") -> int:
    from ..interop._atomic import replaced
    from ..interop._missing import need

    need(pyarrow="dicom-core[tables]")
    from pyarrow import parquet

    rows = 0
    with replaced(out) as path:
        writer = None
        for table in tables:
            if writer is None:
                writer = parquet.ParquetWriter(path, table.schema)
            writer.write_table(table)
            rows += table.num_rows
        if writer is not None:
            writer.close()
    return rows
