"""``dicom archive``: looking after an archive. Each sub-command loads when it is called."""

from importlib import import_module
from typing import Final

import click

__all__ = ["command"]

_SUMMARIES: Final = {
    "import": "Take files, folders and ZIP files into an archive.",
    "export": "Write instances into a folder.",
    "verify": "Check that every file is there and as it was.",
    "rebuild": "Make a new index from the files.",
    "stats": "Say what an archive holds.",
    "delete": "Delete studies, series or instances.",
}


class _Archive(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _SUMMARIES:
            return super().get_command(ctx, cmd_name)
        found = import_module(f"._archive_{cmd_name}", __package__).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(_SUMMARIES.items()))


@click.group("archive", cls=_Archive)
def command() -> None:
    """Look after an archive: the folder that `dicom serve --data DIR` serves.

    All of these work while a server runs on the same folder, except rebuild. All can be interrupted and started again.
    """
