"""``dicom json``: files as the DICOM JSON Model (PS3.18 Annex F)."""

import sys
from functools import partial
from typing import Literal, NamedTuple

import click

from dicom_dict import DicomError

from .._errors import NotDicom
from ._files import Named, each, expand, open_file
from ._options import FILES, jobs_option, strict_option
from ._run import complain, reason

__all__ = ["command", "print_json"]


class _Outcome(NamedTuple):
    path: str
    data: bytes
    error: str


def _encode(named: Named, *, strict: bool, bulk: Literal["inline", "omit"]) -> _Outcome:
    from ..json import encode

    try:
        return _Outcome(named.path, encode(open_file(named.path, strict=strict), bulk=bulk), "")
    except (DicomError, OSError) as error:
        told = named.asked or not isinstance(error, NotDicom)
        return _Outcome(named.path, b"", reason(error) if told else "")


def print_json(
    names: list[str], *, strict: bool, bulk: Literal["inline", "omit"], jobs: int = 0
) -> int:
    """Print each file as one object on a line of its own."""
    failed, shown = False, 0
    task = partial(_encode, strict=strict, bulk=bulk)
    for outcome in each(task, expand(names), jobs=jobs, title="encoding"):
        if outcome.data:
            sys.stdout.buffer.write(outcome.data + b"\n")
            shown += 1
        elif outcome.error:
            complain(outcome.path, outcome.error)
            failed = True
    sys.stdout.buffer.flush()
    if not shown and not failed:
        complain("", "no DICOM file is there")
    return 1 if failed or not shown else 0


@click.command("json")
@click.argument("files", **FILES)
@click.option(
    "--bulk", type=click.Choice(["inline", "omit"]), default="inline", show_default=True,
    help="Binary values: base64, or left out.",
)  # fmt: skip
@click.option("--json", "_json", is_flag=True, hidden=True)
@strict_option
@jobs_option
def command(
    files: tuple[str, ...],
    bulk: Literal["inline", "omit"],
    _json: bool,
    strict: bool,
    jobs: int | None,
) -> int:
    """Print the DICOM JSON Model of a file as one object; of several, an object a line."""
    return print_json(list(files), strict=strict, bulk=bulk, jobs=jobs or 0)
