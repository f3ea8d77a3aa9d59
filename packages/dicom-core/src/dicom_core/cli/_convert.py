"""``dicom convert``: files in another transfer syntax."""

from functools import partial
from typing import Final

import click

from ._files import open_file
from ._options import jobs_option, json_option, strict_option
from ._targets import jobs_for, loss, work

__all__ = ["command"]

# What people call them, beside keywords and UIDs
_NAMES: Final = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "big-endian": "1.2.840.10008.1.2.2",
}


def convert_one(path: str, target: str, *, to: str, strict: bool) -> str:
    """Read, convert, write; there is no file at ``target`` unless all of it went well."""
    from .._convert import convert
    from .._writer import write

    file = open_file(path, strict=strict)
    note = loss(file)
    write(convert(file, to), target)
    return note


def _uid_of(name: str) -> str:
    from dicom_dict import UnknownEntry, uid

    try:
        return str(uid(name).uid)
    except UnknownEntry as error:
        raise click.UsageError(
            f"--to takes {', '.join(_NAMES)}, a keyword or a UID of a transfer syntax: {error}"
        ) from error


@click.command("convert")
@click.argument("files", nargs=-1, required=True, metavar="IN...")
@click.argument("out", metavar="OUT")
@click.option(
    "--to", required=True, metavar="NAME|UID",
    help="implicit, explicit, deflated, big-endian, a keyword or a UID.",
)  # fmt: skip
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...], out: str, to: str, strict: bool, as_json: bool, jobs: int | None
) -> int:
    """Write files in another transfer syntax.

    One file IN becomes the file OUT; several, or a folder, go into the folder OUT. Compressed pixel
    data stays compressed: changing that is the work of dicom-imaging.
    """
    wanted = _NAMES.get(to.lower()) or _uid_of(to)
    task = partial(convert_one, to=wanted, strict=strict)
    return work(
        task, jobs_for(files, out), processes=jobs or 0, title="converting", as_json=as_json
    )
