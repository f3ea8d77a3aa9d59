"""Options that say which instances are meant."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from dicom_core.query import Query

    from ..maintenance import Wanted

__all__ = ["wanted_of", "wanted_options"]

Command = TypeVar("Command", bound=Callable[..., object])

_NAMED = [
    click.option(
        "--patient", "patients", multiple=True, metavar="ID",
        help="All studies with this Patient ID, letter by letter. May be given several times, as the others.",
    ),
    click.option("--study", "studies", multiple=True, metavar="UID", help="A study."),
    click.option("--series", "series", multiple=True, metavar="UID", help="A series."),
    click.option("--instance", "instances", multiple=True, metavar="UID", help="An instance."),
    click.option(
        "-k", "--key", "keys", multiple=True, metavar="KEY=VALUE",
        help="What a query finds, with keys as those of 'dicom find'.",
    ),
    click.option(
        "--level", default=None, metavar="LEVEL",
        help="The level of the query: STUDY, SERIES or IMAGE; default: the lowest that a key belongs to.",
    ),
]  # fmt: skip


def wanted_options(command: Command) -> Command:
    """``--patient``, ``--study``, ``--series``, ``--instance``, ``-k`` and ``--level``."""
    for option in reversed(_NAMED):
        command = option(command)
    return command


def wanted_of(
    patients: tuple[str, ...],
    studies: tuple[str, ...],
    series: tuple[str, ...],
    instances: tuple[str, ...],
    keys: tuple[str, ...],
    level: str | None,
) -> "Wanted":
    """What the options mean."""
    from ..maintenance import Wanted

    if level is not None and not keys:
        raise click.UsageError("--level needs -k KEY=VALUE")
    query = _query(keys, level) if keys else None
    return Wanted(
        patients=patients, studies=studies, series=series, instances=instances, query=query
    )


def _query(keys: tuple[str, ...], level: str | None) -> "Query":
    """The query, in which every key counts: what one without effect would find is everything."""
    from dicom_core.query import InformationModel, QueryLevel, level_of
    from dicom_net.cli._keys import level_of_keys, parse_keys, query_of

    parsed = parse_keys(keys)
    said = level_of_keys(parsed, level, QueryLevel.STUDY)
    empty = [name for name, value in parsed.items() if not value]
    if empty:
        raise click.UsageError(f"-k {empty[0]} needs a value")
    if not parsed:
        raise click.UsageError("-k: say what to look for, such as -k PatientID=42")
    query = query_of(parsed, said, InformationModel.STUDY_ROOT)
    if query.ignored:
        raise click.UsageError("-k: one of the keys is not understood")
    lowest = max((level_of(key.tag) for key in query.keys), key=lambda one: one.depth)
    if lowest.depth <= said.depth:
        return query
    if level is not None or any(key.startswith("QueryRetrieveLevel") for key in keys):
        raise click.UsageError(f"-k: a key belongs to the level {lowest}; say --level {lowest}")
    return query_of(parsed, lowest, InformationModel.STUDY_ROOT)
