"""``dicom archive verify``."""

import sys
from typing import TYPE_CHECKING

import click
from attrs import asdict

from dicom_core._display import clean
from dicom_core.cli._run import complain

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
    from ..maintenance import Fault, VerifyResult

__all__ = ["command", "tell_fault"]


@click.command("verify")
@place_options
@click.option(
    "--since", type=click.IntRange(0), default=0, metavar="N",
    help="Pass over the instances up to a number: the one that the last verification ended with.",
)  # fmt: skip
@click.option(
    "--repair", is_flag=True,
    help="Do what loses nothing: count anew, read headers from files again, index files that are not.",
)  # fmt: skip
@workers_option
@json_option
def command(
    data: str, index: str | None, since: int, repair: bool, workers: int | None, as_json: bool
) -> int:
    """Check every instance against its file, every file against the index, and every number against what it counts.

    A server may go on meanwhile. The exit code is 1 where anything is wrong that was not repaired.
    """
    from ..maintenance import Fault, VerifyResult, verify

    result = VerifyResult()
    work = Following("verifying", as_json=as_json)
    with opened(data, index) as archive:
        events = verify(archive, since=since, repair=repair, workers=workers_of(workers))
        try:
            for event in work.others(events):
                if isinstance(event, Fault):
                    tell_fault(event, as_json)
                elif isinstance(event, VerifyResult):
                    result = event
        except KeyboardInterrupt:
            complain("", f"interrupted; go on with --since {max(since, work.last)}")
            return INTERRUPTED
    _sum_up(result, as_json)
    return 0 if result.clean else 1


def tell_fault(fault: "Fault", as_json: bool) -> None:
    """One line."""
    if as_json:
        print_json(
            "fault",
            **{"fault": fault.kind, **{k: v for k, v in asdict(fault).items() if k != "kind"}},
        )
        return
    done = "repaired: " if fault.repaired else ""
    place = " ".join(filter(None, (fault.instance, fault.key)))
    sys.stdout.write(f"{done}{clean(place)}{': ' if place else ''}{clean(fault.text)}\n")


def _sum_up(result: "VerifyResult", as_json: bool) -> None:
    if as_json:
        print_json("result", **asdict(result), clean=result.clean)
        return
    faults = f"{result.faults} faults" if result.faults else "no fault"
    repaired = f", {result.repaired} repaired" if result.repaired else ""
    quarantine = f", {result.quarantine} files in quarantine" if result.quarantine else ""
    sys.stdout.write(
        f"{result.instances} instances, {result.files} files, {size_text(result.size)} read: {faults}{repaired}{quarantine}\n"
    )
