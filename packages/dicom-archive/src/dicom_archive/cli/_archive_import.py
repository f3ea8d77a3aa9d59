"""``dicom archive import``."""

import os
import sys
from typing import TYPE_CHECKING

import click
from attrs import asdict

from dicom_core.cli._run import complain
from dicom_core.store import DuplicatePolicy

from ._following import Following
from ._place import (
    INTERRUPTED,
    json_option,
    opened,
    place_options,
    print_json,
    size_text,
    workers_of,
    workers_option,
)

if TYPE_CHECKING:
    from ..maintenance import ImportProblem, ImportResult

__all__ = ["command"]


@click.command("import")
@click.argument("sources", nargs=-1, required=True, metavar="DIR|FILE|ZIP...")
@place_options
@click.option(
    "--duplicates", type=click.Choice([str(one) for one in DuplicatePolicy]), default=None,
    help="What becomes of an instance whose UID is there with other bytes. Default: keep the first.",
)  # fmt: skip
@click.option(
    "--durable/--not-durable", default=None,
    help="Wait for the disk before anything counts as taken; the default.",
)  # fmt: skip
@click.option(
    "--again",
    is_flag=True,
    help="Look at every file, also at those that an interrupted import had done.",
)
@workers_option
@json_option
def command(
    sources: tuple[str, ...],
    data: str,
    index: str | None,
    duplicates: str | None,
    durable: bool | None,
    again: bool,
    workers: int | None,
    as_json: bool,
) -> int:
    """Take copies of files, of everything in folders and of the members of ZIP files into an archive.

    The archive is made where it is missing. What is no DICOM instance is listed and passed over. Interrupted, the same
    command goes on where it was. The exit code is 1 where an instance was refused.
    """
    from ..maintenance import ImportProblem, ImportResult, import_files

    missing = [source for source in sources if not os.path.lexists(source)]
    if missing:
        complain(missing[0], "No such file or directory")
        return 1
    result = ImportResult()
    work = Following("importing", as_json=as_json)
    with opened(data, index, create=True, duplicates=duplicates, durable=durable) as archive:
        events = import_files(archive, sources, workers=workers_of(workers), again=again)
        try:
            for event in work.others(events):
                if isinstance(event, ImportProblem):
                    _tell(event, as_json)
                elif isinstance(event, ImportResult):
                    result = event
        except KeyboardInterrupt:
            complain(
                "", f"interrupted after {work.done} files; the same command goes on from there"
            )
            return INTERRUPTED
    _sum_up(result, as_json)
    return 1 if result.refused else 0


def _tell(problem: "ImportProblem", as_json: bool) -> None:
    if as_json:
        print_json("problem", **asdict(problem))
        return
    place = f"{problem.source} ({problem.member})" if problem.member else problem.source
    if problem.refused:
        complain(place, problem.text)
    else:
        from dicom_core._display import clean

        sys.stdout.write(f"passed over: {clean(place)}: {problem.text}\n")


def _sum_up(result: "ImportResult", as_json: bool) -> None:
    if as_json:
        print_json("result", **asdict(result))
        return
    counts = {
        "stored": result.stored,
        "replaced": result.replaced,
        "there already": result.duplicates - result.restored,
        "restored": result.restored,
        "there with other bytes": result.kept,
        "done before": result.skipped,
        "refused": result.refused,
        "no instances": result.passed,
    }
    words = [f"{count} {what}" for what, count in counts.items() if count or what == "stored"]
    sys.stdout.write(f"{', '.join(words)}; {size_text(result.size)}\n")
