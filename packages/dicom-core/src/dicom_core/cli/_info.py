"""``dicom info``: what files are, how many elements they hold, and what is wrong with them."""

import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, TypedDict

import click

from dicom_dict import DicomError

from .._display import clean
from .._errors import NotDicom
from ._files import Named, each, expand, open_file
from ._options import FILES, jobs_option, json_option, strict_option
from ._run import complain, reason

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._file import DicomFile
    from .._findings import Finding

__all__ = ["command", "info_of"]


class FindingInfo(TypedDict):
    """A finding, as it is printed for machines."""

    rule: str
    path: str
    offset: int | None
    text: str


class Info(TypedDict):
    """What is printed of a file."""

    path: str
    sop_class: str | None
    transfer_syntax: str
    charset: list[str] | None
    elements: int
    meta_elements: int
    frames: int | None
    findings: list[FindingInfo]


def info_of(path: str, *, strict: bool = False) -> Info:
    """Read a whole file and say what it is."""
    file = open_file(path, strict=strict)
    dataset = file.dataset
    findings = [
        FindingInfo(rule=one.rule, path=one.path, offset=one.offset, text=one.text)
        for one in _findings(file)
    ]
    return Info(
        path=path,
        sop_class=_text(dataset, 0x00080016) or _text(file.meta, 0x00020002) or None,
        transfer_syntax=file.transfer_syntax,
        charset=_text(dataset, 0x00080005).split("\\") if 0x00080005 in dataset else None,
        elements=_count(dataset),
        meta_elements=len(file.meta),
        frames=_frames(dataset),
        findings=findings,
    )


def _findings(file: "DicomFile") -> list["Finding"]:
    """What the structure shows, what single values break, and what makes an object unusable as a file.

    Whether it is complete after its IOD is the matter of ``dicom validate``.
    """
    from .._check import check

    return [*file.findings, *check(file), *_unusable(file)]


def _unusable(file: "DicomFile") -> Iterator["Finding"]:
    """UIDs that every object needs, file meta information, transfer syntax, and the size of the pixels."""
    from .._findings import Finding
    from ..validate import Check, Severity, ValidationConfig, validate

    left_out = (
        Check.IOD,
        Check.ENUMERATED,
        Check.VALUES,
        Check.MULTIPLICITY,
        Check.VR,
        Check.COMPLETE,
    )
    config = ValidationConfig(level="standard", disabled=left_out)
    for issue in validate(file, config).issues:
        if issue.severity is Severity.INFO:
            continue
        offset = None
        if issue.tag is not None and "[" not in issue.path:
            owner = file.meta if issue.tag >> 16 == 2 else file.dataset
            offset = owner.element(issue.tag).offset if issue.tag in owner else None
        yield Finding(issue.rule, issue.message, issue.path, offset)


def _text(dataset: "Dataset", tag: int) -> str:
    return dataset.element(tag).text if tag in dataset else ""


def _count(dataset: "Dataset") -> int:
    """The elements of a data set and of all items below it."""
    from .._index import nested_tags
    from .._sequence import Sequence

    total, stack = 0, [dataset]
    while stack:
        node = stack.pop()
        total += len(node)
        for tag in nested_tags(node):
            value = node[tag]
            if isinstance(value, Sequence):
                stack.extend(value)
    return total


def _frames(dataset: "Dataset") -> int | None:
    """Number of Frames, 1 of an image without it, None of what holds no pixels (PS3.3 C.7.6.6)."""
    text = _text(dataset, 0x00280008).strip()
    if text:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
    pixels = (0x7FE00010, 0x7FE00008, 0x7FE00009)
    return 1 if any(tag in dataset for tag in pixels) else None


class _Outcome(TypedDict):
    """What one file gave, small enough to come back from another process."""

    path: str
    info: Info | None
    error: str
    """Empty where nothing is to be said: a file in a folder that is no DICOM."""


def _look(named: Named, *, strict: bool) -> _Outcome:
    try:
        info = info_of(named.path, strict=strict)
    except (DicomError, OSError) as error:
        told = named.asked or not isinstance(error, NotDicom)
        return _Outcome(path=named.path, info=None, error=reason(error) if told else "")
    return _Outcome(path=named.path, info=info, error="")


@click.command("info")
@click.argument("files", **FILES)
@strict_option
@json_option
@jobs_option
def command(files: tuple[str, ...], strict: bool, as_json: bool, jobs: int | None) -> int:
    """Say of each file what it is and what is wrong with it.

    FILES are files or folders; in folders, what is no DICOM file is passed over. The exit code is 1
    when a file could not be read; findings alone do not change it.
    """
    failed, seen = False, 0
    task = partial(_look, strict=strict)
    for outcome in each(task, expand(files), jobs=jobs or 0, title="reading"):
        info = outcome["info"]
        if info is None:
            if outcome["error"]:
                complain(outcome["path"], outcome["error"])
                failed = True
            continue
        seen += 1
        sys.stdout.write((_as_json(info) if as_json else _as_text(info)) + "\n")
    if not seen and not failed:
        complain("", "no DICOM file is there")
    return 1 if failed or not seen else 0


def _as_json(info: Info) -> str:
    from json import dumps

    return dumps(info, ensure_ascii=sys.stdout.encoding.lower() not in {"utf-8", "utf8"})


def _as_text(info: Info) -> str:
    frames = info["frames"]
    parts = [
        _name(info["sop_class"] or "no SOP class"),
        _name(info["transfer_syntax"]),
        "\\".join(info["charset"]) if info["charset"] else "ASCII",
        f"{info['elements']} elements",
    ]
    if frames is not None:
        parts.append(f"{frames} frame{'' if frames == 1 else 's'}")
    lines = [f"{clean(info['path'])}: {clean(', '.join(parts))}"]
    for found in info["findings"]:
        place = f" {found['path']}" if found["path"] else ""
        at = "" if found["offset"] is None else f" at byte {found['offset']}"
        lines.append(f"    {found['rule']}{place}{at}: {clean(found['text'])}")
    return "\n".join(lines)


def _name(uid: str) -> str:
    from dicom_dict import UnknownEntry
    from dicom_dict import uid as entry_of

    try:
        return entry_of(uid).name
    except UnknownEntry:
        return uid
