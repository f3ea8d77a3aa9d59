"""Reading a DICOMDIR: records linked by byte offsets, which may lie (PS3.3 F.2.2)."""

import os
from typing import Final, Literal

from dicom_dict import Tag

from .._dataset import Dataset
from .._findings import Collector
from .._index import raw_element
from .._kernel import EXPLICIT_BE
from .._options import ReadOptions
from .._reader import read as read_file
from .._sequence import Sequence
from .._source import StrPath
from ._errors import DirectoryError, UnsafeReference
from ._file_id import DICOMDIR, check_safe, is_legal
from ._file_set import FileSet
from ._record import Record

__all__ = ["read"]

_DEFAULT: Final = ReadOptions()
_FIRST: Final = 0x00041200
_RECORDS: Final = 0x00041220
_NEXT: Final = 0x00041400
_IN_USE: Final = 0x00041410
_LOWER: Final = 0x00041420
# Where a record of each type stands when its offsets cannot be used
_LEVELS: Final = {"PATIENT": 0, "STUDY": 1, "SERIES": 2}


def read(path: "StrPath", options: ReadOptions = _DEFAULT) -> FileSet:
    """Read a DICOMDIR, or the one in a folder. No referenced file is opened.

    Everything that is wrong with its records is in ``findings``; with ``options.strict`` the first
    is raised as `ParseError`. `DirectoryError` when the file is no DICOMDIR.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        name = _in_folder(name)
    file = read_file(name, options)
    sequence = file.dataset.get(_RECORDS)
    if _RECORDS not in file.dataset or not isinstance(sequence, Sequence | None):
        raise DirectoryError("no-directory", "the file has no directory records; it is no DICOMDIR")
    found = FileSet(os.path.dirname(os.path.abspath(name)), file, os.path.basename(name))
    collector = Collector(options.strict)
    items = {_offset(item): item for item in sequence or ()}
    if _number(file.dataset, _FIRST) == 0 and items:
        text = (
            "there is no offset of a first record; the tree is made from the order of the records"
        )
        collector.note("record-offsets", text, "(0004,1200)")
        _by_order(found, items)
    else:
        _by_offsets(found, items, _number(file.dataset, _FIRST), collector)
    _check_references(found, collector)
    found.findings = (*file.findings, *collector.found)
    return found


def _in_folder(folder: str) -> str:
    """The DICOMDIR of a folder, whatever case a medium gave its name."""
    names = sorted(os.listdir(folder))
    match = [one for one in names if one.upper() in {DICOMDIR, DICOMDIR + ";1", DICOMDIR + "."}]
    return os.path.join(folder, match[0] if match else DICOMDIR)


def _offset(item: Dataset) -> int:
    """The byte of the item's header in the file."""
    return item._frame.base + item._start - 8


def _number(dataset: Dataset, tag: int) -> int:
    """The number of four bytes, or of two, that an element holds; 0 where there is none."""
    found = raw_element(dataset, tag)
    if found is None:
        return 0
    order: Literal["big", "little"] = "big" if found.encoding == EXPLICIT_BE else "little"
    return int.from_bytes(found.raw(1 << 16)[:4], order)


def _by_offsets(
    found: FileSet, items: dict[int, Dataset], first: int, collector: Collector
) -> None:
    """Follow the offsets. Each record is entered once, so that no cycle can hold us."""
    seen: set[int] = set()
    # where a level begins, the record above it, and the element that says so
    stack: list[tuple[int, Record | None, Dataset | None, int]] = [(first, None, None, _FIRST)]
    while stack:
        at, parent, said, key = stack.pop()
        siblings = found.records if parent is None else parent.children
        while at:
            item = items.get(at)
            if item is None or at in seen:
                path = f"{said.path}.{Tag(key)}" if said is not None else str(Tag(key))
                place = None if said is None else _offset(said)
                if item is None:
                    text = f"no record begins at byte {at}"
                    collector.note("record-offset", text, path, place)
                else:
                    text = f"the record at byte {at} is in the tree already"
                    collector.note("record-cycle", text, path, place)
                break
            seen.add(at)
            if _number(item, _IN_USE) or _IN_USE not in item:
                record = Record(found, item, parent, at)
                siblings.append(record)
                lower = _number(item, _LOWER)
                if lower:
                    stack.append((lower, record, item, _LOWER))
            said, key, at = item, _NEXT, _number(item, _NEXT)
    lost = [at for at, item in items.items() if at not in seen and _number(item, _IN_USE)]
    if lost:
        text = f"no other record leads to {len(lost)} record{'s'[: len(lost) > 1]}"
        collector.note("record-unreachable", text, items[lost[0]].path, lost[0])


def _by_order(found: FileSet, items: dict[int, Dataset]) -> None:
    """Records stand behind the one they belong to, in every file that was written in one go."""
    above: list[Record] = []
    for at, item in items.items():
        record = Record(found, item, None, at)
        del above[_LEVELS.get(record.type, 3) :]
        record.parent = above[-1] if above else None
        (found.records if record.parent is None else record.parent.children).append(record)
        if record.type in _LEVELS:
            above.append(record)


def _check_references(found: FileSet, collector: Collector) -> None:
    """File IDs that could not be on a medium, or would lead out of it (PS3.10 8.2)."""
    for record in found.walk():
        file_id = record.file_id
        if not file_id:
            continue
        path = f"{record.dataset.path}.(0004,1500)"
        try:
            check_safe(file_id)
        except UnsafeReference as unsafe:
            collector.note(unsafe.rule, unsafe.text, path, record.offset, "CS")
            continue
        if is_legal(file_id):
            continue
        text = "the Referenced File ID has names that media do not allow: A-Z, 0-9 and _, at most 8"
        collector.note("file-id-illegal", text, path, record.offset, "CS")


# Tracebacks, reprs and pickles name the place that users import from
read.__module__ = "dicom_core.dicomdir"
