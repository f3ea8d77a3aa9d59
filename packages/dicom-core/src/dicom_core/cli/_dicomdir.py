"""``dicom dicomdir``: the directory of a medium shown, made and changed."""

import os
import sys
from typing import TYPE_CHECKING, Final

import click

from dicom_dict import DicomError

from .._display import clean
from .._options import ReadOptions
from ._options import json_option, strict_option
from ._run import complain

if TYPE_CHECKING:
    from ..dicomdir import FileSet, Record

__all__ = ["command"]

_ONE: Final = {"patients": "patient", "studies": "study", "instances": "instance"}


@click.group("dicomdir")
def command() -> None:
    """Read, make and change a DICOMDIR, the directory of a file-set on a medium."""


@command.command("show")
@click.argument("path", metavar="DICOMDIR")
@strict_option
@json_option
def show(path: str, strict: bool, as_json: bool) -> int:
    """Show the records as a tree, and what is wrong with them. DICOMDIR may be its folder."""
    from ..dicomdir import read
    from ..dicomdir._show import tree_of

    try:
        found = read(path, ReadOptions(strict=strict))
    except DicomError as error:
        complain(path, error)
        return 1
    if as_json:
        from json import dumps

        for record in found.walk():
            sys.stdout.write(dumps(_row(record)) + "\n")
    else:
        for line in tree_of(found):
            sys.stdout.write(line + "\n")
    for finding in found.findings:
        sys.stdout.flush()
        sys.stderr.write(clean(str(finding)) + "\n")
    return 0


def _row(record: "Record") -> dict[str, object]:
    """A record for machines; ``path`` is null where there is no such file, or it must not be opened."""
    problem = ""
    path = None
    try:
        path = record.path
    except DicomError as error:
        problem = str(error)
    row: dict[str, object] = {
        "offset": record.offset,
        "parent": record.parent.offset if record.parent is not None else None,
        "type": record.type,
        "file_id": list(record.file_id),
        "path": path,
        "sop_class": record.sop_class or None,
        "sop_instance": record.sop_instance or None,
        "transfer_syntax": record.transfer_syntax or None,
        "keys": {
            element.keyword: element.text
            for element in record.dataset.elements()
            if element.tag >> 16 != 4 and element.vr != "SQ" and element.keyword
        },
    }
    if problem:
        row["error"] = problem
    return row


@command.command("make")
@click.argument("folder")
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option("--id", "name", default="", help="The ID of the file-set, up to 16 of A-Z, 0-9, _.")
@json_option
def make(folder: str, files: tuple[str, ...], name: str, as_json: bool) -> int:
    """Make the DICOMDIR of a folder.

    Without FILES: of the files in it whose names a medium may have. With FILES, which may be folders:
    of copies of them, under names of eight letters and digits. Of different files with one SOP Instance
    UID only the first gets a record, and the exit code is 1.
    """
    from ..dicomdir import make as new

    if not files and not os.path.isdir(folder):
        complain(folder, "there is no such folder; name FILES to have it made, with copies of them")
        return 1
    found = new(folder, list(files) or None, id=name)
    if not found.records:
        complain(folder, "there is no DICOM file with a legal name; name FILES to have them copied")
        return 1
    found.write()
    return _told(found, as_json)


@command.command("add")
@click.argument("path", metavar="DICOMDIR")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--replace", is_flag=True, help="An instance that is there already is replaced; else it stays."
)
@json_option
def add(path: str, files: tuple[str, ...], replace: bool, as_json: bool) -> int:
    """Add files, copied below the folder of the DICOMDIR where they are not there yet.

    The exit code is 1 where a different object has the SOP Instance UID of one that stays.
    """
    from ..dicomdir import read
    from ._files import expand

    found = read(path)
    for named in expand(files):
        try:
            found.add(named.path, replace=replace)
        except DicomError as error:
            if named.asked:
                complain(named.path, error)
                return 1
    found.write()
    return _told(found, as_json)


@command.command("remove")
@click.argument("path", metavar="DICOMDIR")
@click.argument("uids", nargs=-1, required=True, metavar="UID...")
@json_option
def remove(path: str, uids: tuple[str, ...], as_json: bool) -> int:
    """Remove the records of instances, series or studies by their UIDs; the files stay."""
    from ..dicomdir import read

    found = read(path)
    for uid in uids:
        match = found.find(uid) or next(
            (
                record
                for record in found.walk()
                if uid
                in {
                    record.dataset.element(key).text
                    for key in ("StudyInstanceUID", "SeriesInstanceUID")
                    if key in record.dataset
                }
            ),
            None,
        )
        if match is None:
            complain(path, f"no record has the UID {uid}; nothing was changed")
            return 1
        found.remove(match)
    found.write()
    return _told(found, as_json)


@command.command("refresh")
@click.argument("path", metavar="DICOMDIR")
@json_option
def refresh(path: str, as_json: bool) -> int:
    """Make the records true again: files that are gone, have changed, or have come."""
    from ..dicomdir import read

    found = read(path)
    before = len(found.findings)
    changes = found.refresh()
    found.findings = found.findings[before:]
    if any(changes):
        found.write()
    if as_json:
        from json import dumps

        sys.stdout.write(dumps({**changes._asdict(), "findings": _findings(found)}) + "\n")
        return _code(found)
    counts = ", ".join(f"{len(uids)} {what}" for what, uids in changes._asdict().items())
    sys.stdout.write(counts + "\n")
    return _complained(found)


def _told(found: "FileSet", as_json: bool) -> int:
    """What the file-set holds now, and which keys its records had to leave empty."""
    counts = {
        "patients": len(found.patients),
        "studies": len(found.studies),
        "series": len(found.series),
        "instances": len(found.instances),
    }
    if as_json:
        from json import dumps

        sys.stdout.write(dumps({**counts, "findings": _findings(found)}) + "\n")
        return _code(found)
    words = (
        f"{count} {_ONE.get(what, what) if count == 1 else what}" for what, count in counts.items()
    )
    sys.stdout.write(", ".join(words) + "\n")
    return _complained(found)


def _findings(found: "FileSet") -> list[dict[str, str]]:
    return [{"rule": one.rule, "path": one.path, "text": one.text} for one in found.findings]


def _complained(found: "FileSet") -> int:
    sys.stdout.flush()
    for finding in found.findings:
        sys.stderr.write(clean(str(finding)) + "\n")
    return _code(found)


def _code(found: "FileSet") -> int:
    """1 where an instance that was asked for was left out."""
    return int(any(finding.rule == "instance-conflict" for finding in found.findings))
