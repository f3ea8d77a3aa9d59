"""Options of commands that keep instances in a folder."""

from collections.abc import Callable
from typing import TypeVar

import click

from dicom_core.store import DuplicatePolicy

from ..services import DirectoryStorage, DiskWatch, Layout

__all__ = ["folder", "layout_options"]

Command = TypeVar("Command", bound=Callable[..., object])

_LAYOUT = [
    click.option(
        "--layout", default="study", metavar="NAME",
        help="Where files go below the folder: " + ", ".join(one.name.lower() for one in Layout)
        + ", or a template such as {PatientID}/{SOPInstanceUID}.dcm.",
        show_default=True,
    ),
    click.option(
        "--duplicates", type=click.Choice([str(one) for one in DuplicatePolicy]), default="keep", show_default=True,
        help="What becomes of another instance whose name is taken.",
    ),
    click.option(
        "--durable/--not-durable", default=None,
        help="Wait for the disk before an instance is acknowledged.",
    ),
]  # fmt: skip


def layout_options(command: Command) -> Command:
    """``--layout``, ``--duplicates`` and ``--durable``."""
    for option in reversed(_LAYOUT):
        command = option(command)
    return command


def folder(
    out: str, *, layout: str, duplicates: str, durable: bool, watch: DiskWatch | None = None
) -> DirectoryStorage:
    """The folder as a receiver; a layout that cannot be is an error of the arguments."""
    named = {one.name.lower(): one for one in Layout}
    try:
        return DirectoryStorage(
            out,
            layout=named.get(layout.lower(), layout),
            duplicates=DuplicatePolicy(duplicates),
            durable=durable,
            watch=watch,
        )
    except ValueError as error:
        raise click.UsageError(f"--layout: {error}") from None
