"""The arguments of ``dicom dump``, apart from its work, which needs no parser when there are only names."""

import click

from ._dump import dump
from ._options import FILES, strict_option

__all__ = ["command"]


@click.command("dump")
@click.argument("files", **FILES)
@strict_option
@click.option("--json", "as_json", is_flag=True, help="DICOM JSON instead, one object a line.")
@click.option(
    "--depth", type=click.IntRange(0, 100), default=100, help="Levels of sequences shown."
)
@click.option("--width", type=click.IntRange(60), help="Columns of a line.")
@click.option("--meta/--no-meta", default=True, help="Whether file meta information is shown.")
@click.option("--colour/--no-colour", default=None, help="Default: on a terminal.")
def command(
    files: tuple[str, ...],
    strict: bool,
    as_json: bool,
    depth: int,
    width: int | None,
    meta: bool,
    colour: bool | None,
) -> int:
    """Show files as text: tag, VR, keyword and value of each element.

    FILES are files or folders; - is standard input. Long values are shortened, control characters escaped.
    What is wrong with the structure, such as a file that is cut off, stands at the end behind #.
    """
    if as_json:
        from ._json import print_json

        return print_json(list(files), strict=strict, bulk="omit")
    return dump(list(files), strict=strict, colour=colour, depth=depth, width=width or 0, meta=meta)
