"""Options of the sub-commands of ``dicom archive``: where the archive is, how many processes work, what is printed."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click
from attrs import evolve

from dicom_core.cli._options import json_option

from .._settings import ArchiveSettings

if TYPE_CHECKING:
    from .._archive import Archive

__all__ = [
    "FILE",
    "INTERRUPTED",
    "json_option",
    "opened",
    "place_options",
    "print_json",
    "settings_of",
    "size_text",
    "workers_of",
    "workers_option",
]

Command = TypeVar("Command", bound=Callable[..., object])

INTERRUPTED = 130  # 128 + SIGINT, as shells say it
FILE = "archive.toml"
"""Settings that lie in the folder of an archive."""


def _checked(url: str | None) -> str | None:
    if url is not None and not url.startswith(("sqlite:", "postgresql:", "postgresql+")):
        raise click.BadParameter(
            "that is no URL of PostgreSQL, such as postgresql://USER@HOST/NAME"
        )
    return url


_PLACE = [
    click.option(
        "--data", required=True, metavar="DIR", type=click.Path(), envvar="DICOM_ARCHIVE_DATA", show_envvar=True,
        help="The folder of the archive.",
    ),
    click.option(
        "--index", default=None, metavar="URL", envvar="DICOM_ARCHIVE_INDEX", show_envvar=True,
        callback=lambda _context, _parameter, value: _checked(value),
        help="Its index, where that is in a database elsewhere: postgresql://USER@HOST/NAME.",
    ),
]  # fmt: skip

workers_option = click.option(
    "-j", "--workers", type=click.IntRange(1, 256), default=None, metavar="N",
    help="Processes to work in; default: one a processor.",
)  # fmt: skip


def place_options(command: Command) -> Command:
    """``--data`` and ``--index``."""
    for option in reversed(_PLACE):
        command = option(command)
    return command


def settings_of(
    data: str, index: str | None, *, duplicates: str | None = None, durable: bool | None = None
) -> tuple[ArchiveSettings, str | None]:
    """The settings of the archive, and the URL of its index: what lies in its folder for ``dicom serve`` holds here, too."""
    path = os.path.join(data, FILE)
    settings = ArchiveSettings()
    if os.path.exists(path):
        from ..node import ServeSettings, archive_settings

        served = ServeSettings.load(path)
        settings = archive_settings(served)
        index = index if index is not None else served.index
    if duplicates is not None:
        settings = evolve(settings, duplicates=duplicates)
    if durable is not None:
        settings = evolve(settings, durable=durable)
    return settings, index


def opened(
    data: str,
    index: str | None,
    *,
    create: bool = False,
    duplicates: str | None = None,
    durable: bool | None = None,
) -> "Archive":
    """The archive; a URL that is none is an error of the arguments."""
    from .._archive import Archive

    settings, url = settings_of(data, index, duplicates=duplicates, durable=durable)
    try:
        return Archive.open(data, settings, index=url, create=create)
    except ValueError as error:
        raise click.UsageError(f"--index: {error}") from None


def workers_of(workers: int | None) -> int:
    """How many processes are meant."""
    from ..maintenance._crew import processors

    return workers or processors()


def print_json(kind: str, **values: object) -> None:
    """One line for machines."""
    from json import dumps

    sys.stdout.write(dumps({"kind": kind, **values}) + "\n")
    sys.stdout.flush()


def size_text(size: float) -> str:
    """Bytes for people."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
