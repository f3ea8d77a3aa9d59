"""``dicom archive export``."""

import sys
from typing import TYPE_CHECKING

import click
from attrs import asdict

from dicom_core.cli._run import complain
from dicom_net.services import Layout

from ._following import Following
from ._place import INTERRUPTED, json_option, opened, place_options, print_json, size_text
from ._wanted import wanted_of, wanted_options

if TYPE_CHECKING:
    from ..maintenance import ExportProblem

__all__ = ["command"]

_NAMES = {one.name.lower(): one for one in Layout}


@click.command("export")
@place_options
@click.option(
    "-o", "--out", required=True, metavar="DIR", type=click.Path(), help="The folder to write into."
)
@wanted_options
@click.option(
    "--layout", default=None, metavar="NAME",
    help="Where files go below the folder: " + ", ".join(_NAMES) + ", or a template such as "
    "{PatientID}/{SOPInstanceUID}.dcm; default: study.",
)  # fmt: skip
@click.option(
    "--dicomdir",
    is_flag=True,
    help="Names and a DICOMDIR as a medium has them, instead of a layout.",
)
@click.option("--overwrite", is_flag=True, help="Replace other files that are in the way.")
@json_option
def command(
    data: str,
    index: str | None,
    out: str,
    patients: tuple[str, ...],
    studies: tuple[str, ...],
    series: tuple[str, ...],
    instances: tuple[str, ...],
    keys: tuple[str, ...],
    level: str | None,
    layout: str | None,
    dicomdir: bool,
    overwrite: bool,
    as_json: bool,
) -> int:
    """Write copies of instances into a folder: all, or those that are named or found.

    Files appear whole or not at all and are compared with the digests in the index. What is there already is not written
    again: interrupted, the same command goes on where it was. The exit code is 1 where something could not be written, or
    nothing was found.
    """
    from ..maintenance import ExportProblem, ExportResult, export

    if dicomdir and layout is not None:
        raise click.UsageError("--dicomdir has names of its own; leave --layout out")
    try:
        text = _NAMES.get((layout or "study").lower(), layout or "")
        Layout.template(text)
    except ValueError as error:
        raise click.UsageError(f"--layout: {error}") from None
    wanted = wanted_of(patients, studies, series, instances, keys, level)
    result = ExportResult()
    work = Following("exporting", as_json=as_json)
    with opened(data, index) as archive:
        events = export(archive, out, wanted, layout=text, medium=dicomdir, overwrite=overwrite)
        try:
            for event in work.others(events):
                if isinstance(event, ExportProblem):
                    _tell(event, as_json)
                elif isinstance(event, ExportResult):
                    result = event
        except KeyboardInterrupt:
            complain(
                "", f"interrupted after {work.done} instances; the same command goes on from there"
            )
            return INTERRUPTED
    if as_json:
        print_json("result", **asdict(result))
    else:
        there = f", {result.present} were there" if result.present else ""
        failed = f", {result.failed} failed" if result.failed else ""
        sys.stdout.write(f"{result.written} written{there}{failed}; {size_text(result.size)}\n")
    if not result.instances and wanted:
        complain("", "the archive has nothing of that")
    return 1 if result.failed or (wanted and not result.instances) else 0


def _tell(problem: "ExportProblem", as_json: bool) -> None:
    if as_json:
        print_json("problem", **asdict(problem))
    else:
        complain(problem.instance, problem.text)
