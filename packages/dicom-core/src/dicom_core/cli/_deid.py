"""``dicom deid``: files de-identified into a folder, with a report of what was done and what may be left."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import click
from attrs import evolve

from .._options import ReadOptions
from ._files import Named, each, expand
from ._options import jobs_option, json_option, need_folder, settings_option, strict_option
from ._run import complain

if TYPE_CHECKING:
    from ..deid import IdentityMapping, Option, Outcome, Profile, Rule

__all__ = ["command"]

_KEY: Final = 32


class _Done(NamedTuple):
    """What became of one file; None: it is no DICOM file and nobody named it."""

    path: str
    outcome: "Outcome | None"


def _one(
    named: Named,
    *,
    folder: str,
    profile: "Profile",
    mapping: "IdentityMapping",
    strict: bool,
    replace: bool,
) -> _Done:
    from ..deid import DeidentificationError, Outcome, deidentify_file

    options = ReadOptions(strict=strict)
    try:
        report = deidentify_file(
            named.path, folder, profile, mapping, options=options, replace=replace
        )
    except DeidentificationError as error:
        if error.rule == "not-dicom" and not named.asked:
            return _Done(named.path, None)
        return _Done(named.path, Outcome(0, None, error))
    except OSError as error:
        text = error.strerror or type(error).__name__
        return _Done(named.path, Outcome(0, None, DeidentificationError("file", text)))
    return _Done(named.path, Outcome(0, report, None))


def _key_of(path: str | None) -> bytes:
    """The secret key: of a file, which is made when it is not there; else one for this run alone."""
    if path is None:
        return os.urandom(_KEY)
    need_folder("--key-file", path)
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
    "--patient", type=click.Choice(["pseudonym", "empty"]),
    help="What stands in Patient ID and Patient's Name; default: pseudonym.",
)  # fmt: skip
@click.option(
    "--burned-in", type=click.Choice(["quarantine", "accept"]),
    help="Pixels that may identify the patient: refused (the default), or trusted.",
)  # fmt: skip
@settings_option
@click.option(
    "--key-file", metavar="FILE",
    help="The secret key of the pseudonyms, made when it is not there. Without it, each run has its own.",
)  # fmt: skip
@click.option(
    "--map", "store", metavar="FILE",
    help="Draw UIDs, pseudonyms and shifts of dates at random and keep them in this SQLite file, for other runs "
    "and machines. Needs --key-file.",
)  # fmt: skip
@click.option(
    "--replace", is_flag=True,
    help="A different object of the same name in DIR goes; else it stays and the new one is an error.",
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
    patient: Literal["pseudonym", "empty"] | None,
    burned_in: Literal["quarantine", "accept"] | None,
    settings: str | None,
    key_file: str | None,
    store: str | None,
    replace: bool,
    report: str | None,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """De-identify files into a folder, under names made of their new UIDs (PS3.15 Annex E).

    A file in which anything is not understood is not written, and the exit code is 1. So it is where
    another object has the same SOP Instance UID; the same object again is a duplicate, and no error.
    """
    from dicom_dict import DicomError

    from ..deid import Profile, StoredMapping

    assert profile == "basic"
    try:
        given = Profile.basic(*map(_option_of, options), rules=dict(map(_rule_of, rules)))
        how = given if settings is None else Profile.load(settings)
        how = evolve(
            how,
            options=how.options | given.options,
            rules=tuple(sorted({**dict(how.rules), **dict(given.rules)}.items())),
            patient=patient or how.patient,
            burned_in=burned_in or how.burned_in,
        )
    except ImportError:
        raise  # cattrs is not there: no fault of the arguments
    except (ValueError, DicomError) as error:
        raise click.UsageError(str(error)) from error
    if report is not None:
        need_folder("--report", report)  # before hours of work whose report would be lost
    mapping = _mapping_of(key_file, store)
    task = partial(
        _one,
        folder=os.path.join(out, ""),  # made with the first file
        profile=how,
        mapping=mapping,
        strict=strict,
        replace=replace,
    )
    done = each(
        task, expand(files, without=out), jobs=jobs or 0, title="de-identifying", prints=as_json
    )
    try:
        return _tell(done, report, as_json)
    finally:
        if isinstance(mapping, StoredMapping):
            mapping.close()


def _mapping_of(key_file: str | None, store: str | None) -> "IdentityMapping":
    from ..deid import DeidentificationError, KeyedMapping, StoredMapping

    if store is None:
        try:
            return KeyedMapping(_key_of(key_file))
        except ValueError as error:
            raise click.UsageError(f"--key-file: {error}") from error
    if key_file is None:
        raise click.UsageError("--map needs --key-file: the key is what finds the entries again")
    need_folder("--map", store)
    try:
        return StoredMapping(store, _key_of(key_file))
    except ValueError as error:
        raise click.UsageError(f"--key-file: {error}") from error
    except DeidentificationError as error:
        raise click.UsageError(f"--map: {error.text}") from error


def _tell(results: Iterator[_Done], report: str | None, as_json: bool) -> int:
    """Report what became of each file; the exit code."""
    from ..deid._files import Twins

    counts: dict[str, int] = {}
    lines: list[str] = []
    twins = Twins()
    for path, outcome in results:
        if outcome is None:
            continue
        number = sum(counts.values()) + 1
        twin = twins.of(number, outcome.report, outcome.error)
        outcome = type(outcome)(number, outcome.report, outcome.error, twin)
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
        line = _line(outcome)
        if report is not None:
            lines.append(line)
        if as_json:
            sys.stdout.write(line + "\n")
        elif note := _note(outcome):
            complain(path, note)
    if report is not None:
        _write_whole(report, "".join(line + "\n" for line in lines))
    if not counts:
        complain("", "no DICOM file is there")
    elif not as_json:
        found = ", ".join(f"{count} {status}" for status, count in counts.items())
        sys.stdout.write(found + "\n")
    return 0 if "done" in counts and set(counts) <= {"done", "duplicate"} else 1


def _note(outcome: "Outcome") -> str:
    """What a person must know about it; nothing where all is as it should be."""
    error, report = outcome.error, outcome.report
    earlier = f" (file {outcome.twin} has it too)" if outcome.twin is not None else ""
    if error is not None:
        return (error.text if error.rule == "file" else str(error)) + earlier
    if outcome.status == "duplicate":
        return f"the same object as file {outcome.twin}; skipped"
    if report is not None and report.placed == "replaced":
        return f"took the place of a different object with the same SOP Instance UID{earlier}"
    return ""


def _line(outcome: "Outcome") -> str:
    """The line of the report, which names no source: file names name patients."""
    from json import dumps

    row: dict[str, object] = {"number": outcome.number, "status": outcome.status}
    if outcome.twin is not None:
        row["twin"] = outcome.twin
    if outcome.error is not None:
        row |= {"rule": outcome.error.rule, "error": str(outcome.error)}
    if outcome.report is not None:
        row |= outcome.report.as_dict()
    return dumps(row)


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
