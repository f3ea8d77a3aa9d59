"""``dicom edit``: elements set and deleted, everything else left as it is."""

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from dicom_dict import DicomError, Tag, UnknownEntry, element, find_element

from ._files import open_file
from ._options import jobs_option, json_option, strict_option
from ._targets import Job, jobs_for, loss, work

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["Change", "apply", "command"]

_STEP: Final = re.compile(
    r"(?P<key>[A-Za-z][A-Za-z0-9]*|\(?[0-9A-Fa-f]{4},?[0-9A-Fa-f]{4}\)?)(?:\[(?P<item>[0-9]{1,9})\])?"
)
_WHOLE: Final = frozenset(("SL", "SS", "SV", "UL", "US", "UV"))
_REAL: Final = frozenset(("FL", "FD"))
_BINARY: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_SINGLE: Final = frozenset(("LT", "ST", "UT", "UR"))  # a backslash is text there (PS3.5 6.2)


class EditError(DicomError):
    """A change that cannot be made."""


class Change(NamedTuple):
    """One thing to do: ``steps`` are tags, each but the last with the number of an item."""

    steps: tuple[tuple[int, int], ...]
    tag: int
    value: str | None
    """What to set; None deletes."""


def change(key: str, value: str | None) -> Change:
    """Understand ``PatientName``, ``(0010,0010)`` or ``ContentSequence[0].CodeMeaning``."""
    steps: list[tuple[int, int]] = []
    words = key.split(".")
    for number, word in enumerate(words):
        match = _STEP.fullmatch(word)
        last = number == len(words) - 1
        if match is None or last == (match["item"] is not None):
            raise click.UsageError(
                f"{key!r} is no element: a keyword, a tag, or a path such as ContentSequence[0].CodeMeaning"
            )
        if last:
            return Change(tuple(steps), _tag(match["key"]), value)
        steps.append((_tag(match["key"]), int(match["item"])))
    raise AssertionError(key)


def _tag(word: str) -> int:
    try:
        if len(word.strip("()").replace(",", "")) == 8 and find_element(word) is None:
            return int(Tag(word))
        return int(element(word).tag)
    except UnknownEntry as unknown:
        raise click.UsageError(str(unknown)) from unknown


def apply(dataset: "Dataset", todo: Change) -> None:
    """Make one change."""
    from .._sequence import Sequence

    for tag, number in todo.steps:
        items = dataset.get(tag)
        if not isinstance(items, Sequence) or number >= len(items):
            raise EditError(f"there is no item {number} in {Tag(tag)}; nothing was written")
        dataset = items[number]
    if todo.value is None:
        if todo.tag in dataset:
            del dataset[todo.tag]
        return
    entry = find_element(todo.tag)
    found = dataset.element(todo.tag).vr if todo.tag in dataset else ""
    vr = found or (str(entry.vr) if entry is not None else "")
    if not vr:
        raise EditError(f"the VR of {Tag(todo.tag)} is not known, and the file has no such element")
    if todo.tag in dataset or entry is None:
        dataset.set(todo.tag, vr, _value(vr, todo.tag, todo.value))
    else:
        dataset[todo.tag] = _value(vr, todo.tag, todo.value)


def _value(vr: str, tag: int, text: str) -> object:
    """The text as a value: numbers for numeric VRs, a backslash between several (PS3.5 6.4)."""
    if not text:
        return None
    if vr == "SQ" or vr in _BINARY:
        raise EditError(f"{Tag(tag)} is {vr}; a text cannot set it")
    if vr in _SINGLE:
        return text
    words: list[object] = list(text.split("\\"))
    try:
        if vr in _WHOLE:
            words = [int(str(word)) for word in words]
        elif vr in _REAL:
            words = [float(str(word)) for word in words]
        elif vr == "AT":
            words = [Tag(str(word)) for word in words]
    except ValueError:
        raise EditError(f"{Tag(tag)} is {vr}; the value given is no number of it") from None
    return words[0] if len(words) == 1 else tuple(words)


def edit_one(path: str, target: str, *, changes: tuple[Change, ...], strict: bool) -> str:
    """Read, change, write; the target is the old file or the new one, never a part."""
    from .._writer import write

    file = open_file(path, strict=strict)
    note = loss(file)
    for todo in changes:
        apply(file.meta if todo.tag >> 16 == 2 and not todo.steps else file.dataset, todo)
    write(file, target)
    return note


@click.command("edit")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE",
    help="Set an element; a backslash stands between several values, nothing empties it.",
)  # fmt: skip
@click.option("--delete", "deletions", multiple=True, metavar="KEY", help="Delete an element.")
@click.option(
    "-o", "--out", metavar="OUT", help="Where the result goes; a folder for several files."
)
@click.option("--in-place", is_flag=True, help="Replace the files themselves.")
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    settings: tuple[str, ...],
    deletions: tuple[str, ...],
    out: str | None,
    in_place: bool,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Set and delete elements; what is not named is written back byte for byte.

    KEY is a keyword, a tag such as 0010,0010, or a path such as ContentSequence[0].CodeMeaning.
    Deleting what is not there is no error.
    """
    changes = [change(key, None) for key in deletions]
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise click.UsageError(f"--set takes KEY=VALUE, not {key!r}")
        changes.append(change(key, value))
    if not changes:
        raise click.UsageError("nothing to do; give --set or --delete")
    if (out is None) == (not in_place):
        raise click.UsageError("say where the result goes: -o OUT or --in-place")
    if out is not None:
        todo = jobs_for(files, out)
    else:
        from ._files import expand

        todo = (Job(named, named.path) for named in expand(files))
    task = partial(edit_one, changes=tuple(changes), strict=strict)
    return work(task, todo, processes=jobs or 0, title="editing", as_json=as_json)
