"""Arguments and options that several sub-commands have."""

import os
from typing import Final, TypedDict

import click

__all__ = ["FILES", "jobs_option", "json_option", "need_folder", "settings_option", "strict_option"]


class _Files(TypedDict):
    nargs: int
    required: bool
    type: click.Path
    metavar: str


FILES: Final = _Files(
    nargs=-1, required=True, type=click.Path(exists=False, path_type=None), metavar="FILE..."
)

strict_option = click.option(
    "--strict", is_flag=True, help="Stop at the first thing that is not as the standard wants it."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="For machines: one JSON object a line."
)
jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(1), default=None,
    help="Processes to work in; default: one a processor when there are many files.",
)  # fmt: skip
settings_option = click.option(
    "--settings", metavar="FILE",
    help="Settings from a .toml or .json file; other options win over it.",
)  # fmt: skip


def need_folder(option: str, path: str) -> None:
    """Refuse a file of results whose folder is not there, or that would take the place of a DICOM file."""
    if not os.path.isdir(os.path.dirname(path) or "."):
        raise click.UsageError(f"{option}: there is no folder for {path!r}")
    if os.path.isfile(path):
        with open(path, "rb") as file:
            if file.read(132)[128:] == b"DICM":
                raise click.UsageError(f"{option}: {path!r} is a DICOM file; give another name")
