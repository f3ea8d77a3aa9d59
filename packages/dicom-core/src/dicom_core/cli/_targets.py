"""Where the results of a command that writes files go: one file to a file, several into a folder."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import click

from dicom_dict import DicomError

from .._errors import NotDicom, WriteError
from .._findings import LOSS
from ..deid._place import existing, leads_out
from ._files import Named, each, expand
from ._run import complain, reason

if TYPE_CHECKING:
    from .._file import DicomFile

__all__ = ["Job", "Outcome", "jobs_for", "loss", "work"]


class Job(NamedTuple):
    """A file to read and where its result goes."""

    named: Named
    target: str
    within: str = ""
    """The folder that results go into and must not leave; "" where the user named the file itself."""


class Done(NamedTuple):
    """What became of one job; small, since it comes back from another process."""

    path: str
    target: str
    written: bool
    error: str
    note: str = ""
    facts: dict[str, object] = {}  # noqa: RUF012 - of a named tuple: nobody changes it


class Outcome(NamedTuple):
    """What a task says of a file that it wrote."""

    note: str = ""
    """A remark for the user."""
    facts: dict[str, object] = {}  # noqa: RUF012
    """What ``--json`` says besides."""


def loss(file: "DicomFile") -> str:
    """What the file lacks, which nobody could see in a result that is whole again; "" for nothing."""
    found = next((finding for finding in file.findings if finding.rule in LOSS), None)
    return f"the source is cut off, written as far as it goes: {found}" if found else ""


def jobs_for(names: tuple[str, ...], out: str) -> Iterator[Job]:
    """One job a file. Below a folder, the relative paths are kept."""
    single = len(names) == 1 and not os.path.isdir(names[0])
    if single and not os.path.isdir(out) and not out.endswith(("/", os.sep)):
        yield Job(Named(names[0], True), out)
        return
    taken: dict[str, str] = {}
    for name in names:
        for named in expand([name], without=out):
            inside = os.path.relpath(named.path, name) if os.path.isdir(name) else ""
            target = os.path.join(out, inside or os.path.basename(named.path))
            if taken.setdefault(os.path.normcase(target), named.path) != named.path:
                raise click.UsageError(
                    f"{named.path} and {taken[os.path.normcase(target)]} would both be {target}"
                )
            yield Job(named, target, out)


Task: TypeAlias = Callable[[str, str], "str | Outcome"]


def work(
    task: Task,
    jobs: Iterable[Job],
    *,
    processes: int,
    title: str,
    as_json: bool,
) -> int:
    """Run ``task(path, target)`` for each job; the exit code is 1 when one failed or there was none.

    What a task returns is a remark about a file that was written all the same, or an `Outcome`.
    """
    failed, written = False, 0
    for done in each(partial(_one, task), jobs, jobs=processes, title=title, prints=as_json):
        written += done.written
        failed |= bool(done.error)
        if as_json and (done.written or done.error):
            _print_json(done)
        elif done.error:
            complain(done.path, done.error)
        elif done.note:
            complain(done.path, done.note)
    if not written and not failed:
        complain("", "no DICOM file is there")
    return 1 if failed or not written else 0


def _one(task: Task, job: Job) -> Done:
    path, target = job.named.path, job.target
    try:
        outcome = _placed(task, job)
    except (DicomError, OSError) as error:
        told = job.named.asked or not isinstance(error, NotDicom)
        text = reason(error)
        if isinstance(error, OSError) and error.filename not in (None, path):
            text = f"{target} cannot be written: {text}"  # the source is not at fault
        return Done(path, target, False, text if told else "")
    if isinstance(outcome, str):
        outcome = Outcome(outcome)
    return Done(path, target, True, "", outcome.note, outcome.facts)


def _placed(task: Task, job: Job) -> "str | Outcome":
    """Run a task whose result appears at the target. Folders are made when there is something to put into them.

    Below the folder of the results no link is followed: one in the place of a result is replaced, as a rename
    does; one that leads out is refused.
    """
    path, target, within = job.named.path, job.target, job.within
    folder = os.path.dirname(os.path.abspath(target))
    if within and leads_out(folder, within):
        text = f"{folder} leads out of {within} by a link; remove the link, or name another folder"
        raise WriteError(text, rule="outside")
    if os.path.isdir(folder) and not (within and os.path.islink(target)):
        return task(path, target)
    beside = os.path.join(existing(folder), f".{os.urandom(6).hex()}{os.path.splitext(target)[1]}")
    try:
        outcome = task(path, beside)
        os.makedirs(folder, exist_ok=True)
        os.replace(beside, target)
    except BaseException:
        with suppress(FileNotFoundError):  # it was not written
            os.unlink(beside)
        raise
    return outcome


def _print_json(done: Done) -> None:
    from json import dumps

    found: dict[str, object] = {"path": done.path, "target": done.target if done.written else None}
    found.update(done.facts)
    if done.error:
        found["error"] = done.error
    if done.note:
        found["note"] = done.note
    click.echo(dumps(found))
