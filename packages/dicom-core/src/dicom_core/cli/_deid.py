"""``dicom deid``: files de-identified into a folder, with a report of what was done and what may be left."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import click

from .._options import ReadOptions
from ._files import Named, each, expand
from ._options import jobs_option, json_option, need_folder, strict_option
from ._run import complain

if TYPE_CHECKING:
    from ..deid import IdentityMapping, Option, Profile, Rule

__all__ = ["command"]

_KEY: Final = 32


class _Outcome(NamedTuple):
    """What became of one file. The report names no source: file names name patients."""

    path: str
    status: str
    error: str
    report: dict[str, object]


def _one(
    named: Named, *, folder: str, profile: "Profile", mapping: "IdentityMapping", strict: bool
) -> _Outcome:
    from ..deid import DeidentificationError, Quarantined, deidentify_file

    options = ReadOptions(strict=strict)
    try:
        report = deidentify_file(named.path, folder, profile, mapping, options=options)
    except DeidentificationError as error:
        rule = getattr(error, "rule", "")
        if rule == "not-dicom" and not named.asked:
            return _Outcome(named.path, "skipped", "", {})
        status = "quarantined" if isinstance(error, Quarantined) else "failed"
        return _Outcome(named.path, status, str(error), {"rule": rule, "error": str(error)})
    except OSError as error:
        text = error.strerror or type(error).__name__
        return _Outcome(named.path, "failed", text, {"rule": "file", "error": text})
    return _Outcome(named.path, "done", "", report.as_dict())


def _key_of(path: str | None) -> bytes:
    """The secret key: of a file, which is made when it is not there; else one for this run alone."""
    if path is None:
        return os.urandom(_KEY)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        with open(path, "rb") as file:
            return file.read()
    with os.fdopen(descriptor, "wb") as file:
        key = os.urandom(_KEY)
        file.write(key)
    return key


def _option_of(name: str) -> "Option":
    from ..deid import Option

    try:
        return Option(name.lower().replace("-", "_"))
    except ValueError:
        raise click.UsageError(
            f"{name!r} is no option of PS3.15 Annex E; there are {', '.join(Option)}"
        ) from None


def _rule_of(text: str) -> "tuple[int | str, Rule]":
    key, _, action = text.partition("=")
    rules: dict[str, Rule] = {
        "keep": "keep", "remove": "remove", "empty": "empty", "dummy": "dummy", "clean": "clean",
        "uid": "uid",
    }  # fmt: skip
    if action not in rules:
        raise click.UsageError(
            f"--rule takes KEY=ACTION with one of {', '.join(rules)}, such as StationName=keep"
        )
    return key, rules[action]


@click.command("deid")
@click.argument("files", nargs=-1, required=True, metavar="IN...")
@click.option("-o", "--out", required=True, metavar="DIR", help="The folder of the new files.")
@click.option("--profile", type=click.Choice(["basic"]), default="basic", show_default=True)
@click.option(
    "--option", "options", multiple=True, metavar="NAME",
    help="An option of PS3.15 Annex E, such as retain_longitudinal_modified_dates; may be repeated.",
)  # fmt: skip
@click.option(
    "--rule", "rules", multiple=True, metavar="KEY=ACTION",
    help="A rule of your own for an element, which wins over the table: keep, remove, ...",
)  # fmt: skip
@click.option(
    "--patient", type=click.Choice(["pseudonym", "empty"]), default="pseudonym", show_default=True,
    help="What stands in Patient ID and Patient's Name.",
)  # fmt: skip
@click.option(
    "--burned-in", type=click.Choice(["quarantine", "accept"]), default="quarantine",
    show_default=True, help="Pixels that may identify the patient: refused, or trusted.",
)  # fmt: skip
@click.option(
    "--key-file", metavar="FILE",
    help="The secret key of the pseudonyms, made when it is not there. Without it, each run has its own.",
)  # fmt: skip
@click.option("--report", metavar="FILE", help="Where the report goes, one JSON object a line.")
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    out: str,
    profile: str,
    options: tuple[str, ...],
    rules: tuple[str, ...],
    patient: Literal["pseudonym", "empty"],
    burned_in: Literal["quarantine", "accept"],
    key_file: str | None,
    report: str | None,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """De-identify files into a folder, under names made of their new UIDs (PS3.15 Annex E).

    A file in which anything is not understood is not written, and the exit code is 1.
    """
    from dicom_dict import UnknownEntry

    from ..deid import KeyedMapping, Profile

    assert profile == "basic"
    try:
        how = Profile.basic(
            *map(_option_of, options),
            rules=dict(map(_rule_of, rules)),
            patient=patient,
            burned_in=burned_in,
        )
        mapping = KeyedMapping(_key_of(key_file))
    except (ValueError, UnknownEntry) as error:
        raise click.UsageError(str(error)) from error
    if report is not None:
        need_folder("--report", report)  # before hours of work whose report would be lost
    os.makedirs(out, exist_ok=True)
    task = partial(_one, folder=out, profile=how, mapping=mapping, strict=strict)
    counts: dict[str, int] = {}
    lines: list[str] = []
    for outcome in each(
        task, expand(files), jobs=jobs or 0, title="de-identifying", prints=as_json
    ):
        if outcome.status == "skipped":
            continue
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
        line = _line(sum(counts.values()), outcome)
        if report is not None:
            lines.append(line)
        if as_json:
            sys.stdout.write(line + "\n")
        elif outcome.error:
            complain(outcome.path, outcome.error)
    if report is not None:
        _write_whole(report, "".join(line + "\n" for line in lines))
    if not counts:
        complain("", "no DICOM file is there")
    elif not as_json:
        found = ", ".join(f"{count} {status}" for status, count in counts.items())
        sys.stdout.write(found + "\n")
    return 0 if set(counts) == {"done"} else 1


def _line(number: int, outcome: _Outcome) -> str:
    from json import dumps

    return dumps({"number": number, "status": outcome.status, **outcome.report})


def _write_whole(path: str, text: str) -> None:
    """A report that is there whole, or the old one."""
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
