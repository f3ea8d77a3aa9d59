"""``dicom archive stats``."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from attrs import asdict

from dicom_core._display import clean

from ._place import json_option, opened, place_options, size_text

if TYPE_CHECKING:
    from ..maintenance import Stats

__all__ = ["command"]


@click.command("stats")
@place_options
@click.option(
    "--top", type=click.IntRange(0, 1000), default=5, show_default=True, metavar="N",
    help="So many of the biggest studies.",
)  # fmt: skip
@json_option
def command(data: str, index: str | None, top: int, as_json: bool) -> int:
    """Say how many patients, studies, series and instances an archive holds, and how much room they take."""
    from ..maintenance import stats

    with opened(data, index) as archive:
        found = stats(archive, top)
    if as_json:
        from json import dumps

        sys.stdout.write(dumps(asdict(found)) + "\n")
    else:
        for line in _lines(found):
            sys.stdout.write(clean(line) + "\n")
    return 0


def _lines(found: "Stats") -> Iterator[str]:
    yield f"patients    {found.patients}"
    yield f"studies     {found.studies}"
    yield f"series      {found.series}"
    yield f"instances   {found.instances}"
    yield f"files       {size_text(found.size)}"
    if found.index_size is not None:
        yield f"index       {size_text(found.index_size)}"
    if found.free is not None:
        yield f"free        {size_text(found.free)}"
    yield f"quarantine  {found.quarantine}"
    if found.modalities:
        ranked = sorted(found.modalities.items(), key=lambda one: (-one[1], one[0]))
        yield "modalities  " + ", ".join(f"{name or 'none'} {count}" for name, count in ranked)
    if found.biggest:
        yield "biggest studies"
        for one in found.biggest:
            modalities = "\\".join(one.modalities)
            yield f"  {size_text(one.size):>10}  {one.instances:>7}  {one.date or '-':8}  {modalities:8}  {one.study}"
