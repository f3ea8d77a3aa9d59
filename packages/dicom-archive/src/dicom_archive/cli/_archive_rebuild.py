"""``dicom archive rebuild``."""

import sys
from typing import TYPE_CHECKING

import click
from attrs import asdict

from dicom_core._display import clean
from dicom_core.cli._run import complain

from ._archive_verify import tell_fault
from ._following import Following
from ._place import (
    INTERRUPTED,
    json_option,
    place_options,
    print_json,
    settings_of,
    size_text,
    workers_of,
    workers_option,
)

if TYPE_CHECKING:
    from ..maintenance import SameInstance

__all__ = ["command"]


@click.command("rebuild")
@place_options
@workers_option
@json_option
def command(data: str, index: str | None, workers: int | None, as_json: bool) -> int:
    """Make the index anew from the files, beside the old one, which it replaces at the end.

    No other program may use the archive meanwhile. Interrupted, the same command goes on where it was. The exit code is 1
    where a file is no instance.
    """
    from ..maintenance import Fault, RebuildResult, SameInstance, rebuild

    result = RebuildResult()
    work = Following("rebuilding", as_json=as_json)
    try:
        settings, url = settings_of(data, index)
        events = rebuild(data, settings, index=url, workers=workers_of(workers))
        for event in work.others(events):
            if isinstance(event, Fault):
                tell_fault(event, as_json)
            elif isinstance(event, SameInstance):
                _tell_same(event, as_json)
            elif isinstance(event, RebuildResult):
                result = event
    except KeyboardInterrupt:
        complain(
            "",
            f"interrupted after {work.done} files; the same command goes on from there, the old index stays",
        )
        return INTERRUPTED
    except ValueError as error:
        raise click.UsageError(f"--index: {error}") from None
    if as_json:
        print_json("result", **asdict(result))
    else:
        same = f", {result.same} beside another of the same UID" if result.same else ""
        faults = f", {result.faults} left out" if result.faults else ""
        sys.stdout.write(
            f"{result.instances} instances of {result.files} files, {size_text(result.size)}{same}{faults}\n"
        )
    return 1 if result.faults else 0


def _tell_same(event: "SameInstance", as_json: bool) -> None:
    if as_json:
        print_json("same-instance", **asdict(event))
        return
    what = "the same bytes" if event.same else "other bytes"
    sys.stdout.write(
        clean(f"{event.instance}: {event.key} is in the index, {event.other} has {what} and is not")
        + "\n"
    )
