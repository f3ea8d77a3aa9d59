"""What ``dicom get`` and ``dicom move`` have in common."""

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from dicom_core._display import clean
from dicom_core.cli._progress import Bar
from dicom_core.cli._run import complain
from dicom_core.query import InformationModel, QueryError
from dicom_dict import status

from ..services import ReceivedInstance, RetrieveKeys, RetrieveProgress, RetrieveResult
from ._keys import UNIQUE, level_of_keys, parse_keys, query_of
from ._peer import print_json

__all__ = ["keys_of", "show_instance", "show_progress", "tell_result", "uid_options"]

Command = TypeVar("Command", bound=Callable[..., object])

_UIDS = [
    click.option("--study", "studies", multiple=True, metavar="UID", help="This study; the same as -k StudyInstanceUID=UID."),
    click.option("--series", "series", multiple=True, metavar="UID", help="This series of the study."),
    click.option("--instance", "instances", multiple=True, metavar="UID", help="This instance of the series."),
    click.option("--patient", default="", metavar="ID", help="The patient's ID, which the patient root model needs."),
    click.option("--level", default=None, metavar="LEVEL", help="PATIENT, STUDY, SERIES or IMAGE; default: the lowest named."),
]  # fmt: skip


def uid_options(command: Command) -> Command:
    """The options that say what is to be retrieved."""
    for option in reversed(_UIDS):
        command = option(command)
    return command


def keys_of(
    keys: tuple[str, ...],
    model: InformationModel,
    level: str | None,
    *,
    studies: tuple[str, ...],
    series: tuple[str, ...],
    instances: tuple[str, ...],
    patient: str,
) -> RetrieveKeys:
    """What is to be retrieved; what is missing is an error of the arguments."""
    wanted = parse_keys(keys)
    given = {
        "StudyInstanceUID": "\\".join(studies),
        "SeriesInstanceUID": "\\".join(series),
        "SOPInstanceUID": "\\".join(instances),
        "PatientID": patient,
    }
    for name, value in given.items():
        if value:
            parts = value.split("\\")
            wanted[name] = parts if len(parts) > 1 else value
    found = level_of_keys(wanted, level)
    unknown = [name for name in wanted if name not in UNIQUE.values()]
    try:
        names = query_of(wanted, found, model)
        if unknown and any(key.keyword not in UNIQUE.values() for key in names.keys):
            raise click.UsageError(
                f"{unknown[0]}: only unique keys say what to retrieve; find it with 'dicom find' first"
            )
        retrieved = RetrieveKeys.of(names)
        retrieved.query(model)  # the levels above, too, before anything is sent
    except QueryError as error:
        raise click.UsageError(str(error)) from None
    return retrieved


def show_progress(bar: Bar, progress: RetrieveProgress) -> None:
    """As far as the peer says."""
    done = (progress.completed or 0) + (progress.failed or 0) + (progress.warning or 0)
    bar.show(done, progress.total)


def show_instance(event: ReceivedInstance, *, as_json: bool) -> None:
    """A line for a file that arrived; on a terminal the bar says enough."""
    if as_json:
        print_json(
            {
                "path": event.path,
                "sop_class": event.sop_class,
                "sop_instance": event.sop_instance,
                "transfer_syntax": event.transfer_syntax,
                "size": event.size,
            }
        )
    elif not sys.stdout.isatty():
        sys.stdout.write(f"{clean(event.path or '')}\n")


def tell_result(result: RetrieveResult, *, as_json: bool) -> int:
    """Print how it ended; the exit code."""
    if as_json:
        print_json(
            {
                "status": f"{result.status:04X}",
                "meaning": result.meaning.meaning,
                "completed": result.completed,
                "failed": result.failed,
                "warning": result.warning,
                "remaining": result.remaining,
                "failed_instances": list(result.failed_instances),
            }
        )
    else:
        counts = [f"{result.completed} retrieved"]
        for number, name in ((result.warning, "with warnings"), (result.failed, "failed")):
            if number:
                counts.append(f"{number} {name}")
        sys.stdout.write(", ".join(counts) + "\n")
    if not result.is_success:
        meaning = status(result.status, result.service).meaning
        for uid in result.failed_instances:
            complain("", f"{clean(uid)} was not retrieved")
        complain("", f"{result.service} ended with {result.status:04X}H, {meaning}")
        return 1
    if not result.total:
        complain("", "the peer has nothing of that")
        return 1
    return 0
