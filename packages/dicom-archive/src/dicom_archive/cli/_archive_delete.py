"""``dicom archive delete``."""

import sys

import click
from attrs import asdict

from dicom_core.cli._run import complain

from ._following import Following
from ._place import INTERRUPTED, json_option, opened, place_options, print_json, size_text
from ._wanted import wanted_of, wanted_options

__all__ = ["command"]


@click.command("delete")
@place_options
@wanted_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def command(
    data: str,
    index: str | None,
    patients: tuple[str, ...],
    studies: tuple[str, ...],
    series: tuple[str, ...],
    instances: tuple[str, ...],
    keys: tuple[str, ...],
    level: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Delete what is named or found, with its files.

    On a terminal you are asked first; elsewhere --yes is needed. Interrupted, the same command deletes the rest. The exit
    code is 1 where there was nothing to delete.
    """
    from ..maintenance import DeleteResult, count, delete

    wanted = wanted_of(patients, studies, series, instances, keys, level)
    if not wanted:
        raise click.UsageError("say what to delete, such as --study 1.2.3")
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("--yes is needed where nobody can be asked")
    result = DeleteResult()
    with opened(data, index) as archive:
        total = count(archive, wanted)
        if not total:
            complain("", "the archive has nothing of that")
            return 1
        if not yes and not click.confirm(f"Delete {total} instances and their files?", err=True):
            complain("", "nothing was deleted")
            return 1
        work = Following("deleting", as_json=as_json, total=total)
        events = delete(archive, wanted)
        try:
            for event in work.others(events):
                result = event
        except KeyboardInterrupt:
            complain(
                "", f"interrupted after {work.done} instances; the same command deletes the rest"
            )
            return INTERRUPTED
    if as_json:
        print_json("result", **asdict(result))
    else:
        sys.stdout.write(f"{result.instances} deleted, {size_text(result.size)}\n")
    return 0
