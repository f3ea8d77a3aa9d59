"""Options that say which instances are meant."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
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
        help="The level of the query: STUDY (the default), SERIES or IMAGE.",
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

    query = None
    if keys:
        from dicom_core.query import InformationModel, QueryLevel
        from dicom_net.cli._keys import level_of_keys, parse_keys, query_of

        parsed = parse_keys(keys)
        found = level_of_keys(parsed, level, QueryLevel.STUDY)
        query = query_of(parsed, found, InformationModel.STUDY_ROOT)
    elif level is not None:
        raise click.UsageError("--level needs -k KEY=VALUE")
    return Wanted(
        patients=patients, studies=studies, series=series, instances=instances, query=query
    )
