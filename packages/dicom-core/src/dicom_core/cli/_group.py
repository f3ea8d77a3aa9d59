"""The click group: sub-commands are imported when they are called, unknown ones looked for among entry points."""

from difflib import get_close_matches
from importlib import import_module
from importlib.util import find_spec
from typing import Final

import click

from ._commands import BUILT_IN, Place
from ._run import complain

__all__ = ["invoke"]

_GROUP: Final = "dicom.commands"
USAGE: Final = 2  # the arguments are wrong


class _Dicom(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return [name for name, place in BUILT_IN.items() if _is_there(place)]

    def get_command(
        self,
        ctx: click.Context,
        cmd_name: str,
    ) -> click.Command | None:
        place = BUILT_IN.get(cmd_name)
        if place is None:
            found = _from_entry_points(cmd_name)
            if found is None:
                near = get_close_matches(cmd_name, self.list_commands(ctx), 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise click.UsageError(f"No such command {cmd_name!r}{hint}", ctx)
            return found
        if not _is_there(place):
            raise click.ClickException(
                f"'{cmd_name}' comes with {place.distribution}: "
                f"pip install '{place.distribution}[cli]'"
            )
        return _load(place.target)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, BUILT_IN[name].summary) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _is_there(place: Place) -> bool:
    if find_spec(place.package) is None:
        return False
    return find_spec(place.target.partition(":")[0]) is not None


def _load(target: str) -> click.Command:
    module, _, name = target.partition(":")
    found = getattr(import_module(module), name)
    assert isinstance(found, click.Command)
    return found


def _from_entry_points(name: str) -> click.Command | None:
    from importlib.metadata import entry_points

    for point in entry_points(group=_GROUP, name=name):
        found = point.load()
        if isinstance(found, click.Command):
            return found
    return None


@click.group(cls=_Dicom, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dicom-core", prog_name="dicom")
def dicom() -> None:
    """Read, check, change and exchange DICOM files."""


def invoke(arguments: list[str], program: str = "dicom") -> int:
    """Parse the arguments and run what they name; ``program`` is what was typed before them."""
    try:
        code = dicom.main(arguments, prog_name=program, standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # of click 8.2; 8.1 prints help and goes on
            click.echo(error.format_message(), err=True)
            return USAGE
        hint = f"; see '{error.ctx.command_path} --help'" if error.ctx else ""
        complain("", error.format_message().rstrip(".") + hint)
        return USAGE
    except click.ClickException as error:
        complain("", error.format_message())
        return error.exit_code
    return code if isinstance(code, int) else 0
