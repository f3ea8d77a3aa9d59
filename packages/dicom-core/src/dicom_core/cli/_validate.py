"""``dicom validate``: files against their IOD, findings as lines."""

import sys
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import click
from attrs import evolve

from dicom_dict import DicomError

from .._display import clean
from .._errors import NotDicom
from ._files import Named, each, expand, open_file
from ._options import FILES, jobs_option, json_option, settings_option, strict_option
from ._run import complain, reason

if TYPE_CHECKING:
    from ..validate import ValidationConfig

__all__ = ["command"]

_SEVERITIES: Final = ("error", "warning", "info")


class _Issue(NamedTuple):
    rule: str
    severity: str
    path: str
    keyword: str
    text: str
    module: str


class _Outcome(NamedTuple):
    path: str
    valid: bool
    issues: list[_Issue]
    error: str | None
    """Why the file could not be read; empty where nothing is to be said."""


def _validate(named: Named, *, strict: bool, config: "ValidationConfig") -> _Outcome:
    from ..validate import validate

    try:
        result = validate(open_file(named.path, strict=strict), config)
    except (DicomError, OSError) as error:
        told = named.asked or not isinstance(error, NotDicom)
        return _Outcome(named.path, False, [], reason(error) if told else "")
    issues = [
        _Issue(
            one.rule,
            str(one.severity),
            one.path,
            (one.tag.keyword or "") if one.tag is not None else "",
            one.message,
            one.module,
        )
        for one in result.issues
    ]
    return _Outcome(named.path, result.is_valid, issues, None)


@click.command("validate")
@click.argument("files", **FILES)
@click.option("--least", type=click.Choice(_SEVERITIES), default="warning", show_default=True,
              help="The least severity that is printed.")  # fmt: skip
@click.option("--warnings-as-errors", is_flag=True, help="Warnings make a file invalid too.")
@settings_option
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    least: str,
    warnings_as_errors: bool,
    settings: str | None,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Check files against the IOD of their SOP class, and the values of their elements.

    The exit code is 0 when every file is valid: no errors, warnings are allowed.
    """
    config = _config(settings)
    if warnings_as_errors:
        config = evolve(config, warnings_as_errors=True)
    shown = _SEVERITIES[: _SEVERITIES.index(least) + 1]
    good, seen = True, 0
    task = partial(_validate, strict=strict, config=config)
    for outcome in each(task, expand(files), jobs=jobs or 0, title="validating"):
        if outcome.error is not None:
            if outcome.error:
                complain(outcome.path, outcome.error)
                good = False
            continue
        seen += 1
        good &= outcome.valid
        issues = [issue for issue in outcome.issues if issue.severity in shown]
        text = _as_json(outcome, issues) if as_json else _as_text(outcome, issues)
        sys.stdout.write(text + "\n")
    if not seen and good:
        complain("", "no DICOM file is there")
    return 0 if good and seen else 1


def _config(settings: str | None) -> "ValidationConfig":
    from .._settings import SettingsError
    from ..validate import ValidationConfig

    try:
        return ValidationConfig.DEFAULT if settings is None else ValidationConfig.load(settings)
    except SettingsError as error:
        raise click.UsageError(f"--settings: {error}") from error


def _as_json(outcome: _Outcome, issues: list[_Issue]) -> str:
    from json import dumps

    found = {
        "path": outcome.path,
        "valid": outcome.valid,
        "issues": [issue._asdict() for issue in issues],
    }
    return dumps(found)


def _as_text(outcome: _Outcome, issues: list[_Issue]) -> str:
    counts = [
        f"{count} {severity}{'' if count == 1 or severity == 'info' else 's'}"
        for severity in _SEVERITIES
        if (count := sum(issue.severity == severity for issue in outcome.issues))
    ]
    verdict = "valid" if outcome.valid else "not valid"
    lines = [f"{clean(outcome.path)}: {verdict}{', ' if counts else ''}{', '.join(counts)}"]
    for issue in issues:
        where = " ".join(word for word in (issue.path, issue.keyword) if word)
        module = f" [{issue.module}]" if issue.module else ""
        lines.append(
            f"    {issue.severity}: {where}{': ' if where else ''}{clean(issue.text)} ({issue.rule}){module}"
        )
    return "\n".join(lines)
