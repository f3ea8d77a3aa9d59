"""`FileSet`: the tree of a DICOMDIR, and changes of it."""

import filecmp
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from .._dataset import Dataset
from .._errors import NotDicom
from .._file import DicomFile
from .._findings import Finding
from .._reader import read_header
from ._errors import DirectoryError
from ._file_id import DICOMDIR, is_legal, of_path, place_for
from ._keys import new_record
from ._record import Record
from ._types import ROOT_TYPES, record_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._source import StrPath

__all__ = ["Changes", "FileSet"]

DIRECTORY_CLASS: Final = "1.2.840.10008.1.3.10"
_LEVELS: Final = (
    ("PATIENT", "PatientID", "PA"), ("STUDY", "StudyInstanceUID", "ST"),
    ("SERIES", "SeriesInstanceUID", "SE"),
)  # fmt: skip


_KEYS: Final = {kind: key for kind, key, _ in _LEVELS}


class Changes(NamedTuple):
    """What `FileSet.refresh` did, as SOP Instance UIDs."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    updated: tuple[str, ...]


class FileSet:
    """The records of a DICOMDIR as a tree (PS3.10 8, PS3.3 Annex F).

    Changes are made in memory; `write` puts a whole new DICOMDIR in the place of the old one.
    """

    def __init__(
        self, root: "StrPath", file: DicomFile | None = None, name: str = DICOMDIR
    ) -> None:
        self.root = os.fspath(root)
        """The folder that all File IDs are relative to."""
        self.name = name
        """The name of the directory file in it."""
        self.file = file
        """The directory as it was read; None for one that was never written."""
        self.records: list[Record] = []
        """The records of the root directory entity."""
        self._index: Index | None = None
        self.findings: tuple[Finding, ...] = ()
        """What was wrong when it was read, and which keys were missing when records were made."""

    # --- looking ------------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """File-set ID, or empty."""
        if self.file is None or 0x00041130 not in self.file.dataset:
            return ""
        return self.file.dataset.element(0x00041130).text

    @id.setter  # noqa: A003
    def id(self, text: str) -> None:
        self._directory().dataset.set(0x00041130, "CS", text or None)

    def walk(self) -> Iterator[Record]:
        """Every record, each before those below it."""
        for record in list(self.records):
            yield from record.walk()

    def of_type(self, kind: str) -> list[Record]:
        """Every record of a type, such as ``SERIES``."""
        return [record for record in self.walk() if record.type == kind]

    @property
    def patients(self) -> list[Record]:
        """The records of patients; what is below each is in its ``children``."""
        return self.of_type("PATIENT")

    @property
    def studies(self) -> list[Record]:
        """The records of studies."""
        return self.of_type("STUDY")

    @property
    def series(self) -> list[Record]:
        """The records of series."""
        return self.of_type("SERIES")

    @property
    def instances(self) -> list[Record]:
        """The records that refer to a file."""
        return [record for record in self.walk() if 0x00041500 in record.dataset]

    def find(self, sop_instance_uid: str) -> Record | None:
        """The record of an instance."""
        return self._known().instances.get(sop_instance_uid)

    # --- changing -----------------------------------------------------------------------------

    def add(
        self,
        source: "StrPath | DicomFile",
        *,
        file_id: tuple[str, ...] | None = None,
        replace: bool = True,
    ) -> Record:
        """Add an instance; its patient, study and series records are made where they are missing.

        A file that stands below the root under a legal File ID is referred to where it is; anything
        else is copied in, under ``file_id`` or a new one. An instance that is there already is replaced;
        without ``replace`` it stays, and a finding says whether the new one is the same (``duplicate``)
        or a different one (``instance-conflict``).
        """
        file = source if isinstance(source, DicomFile) else read_header(source)
        if file.meta.get(0x00020002) == DIRECTORY_CLASS:
            raise DirectoryError("directory", "a DICOMDIR does not belong into a file-set")
        if file_id is not None and not is_legal(file_id):
            raise DirectoryError(
                "file-id", "a File ID is up to 8 names of A-Z, 0-9, _, up to 8 each"
            )
        uid = file.dataset.element(0x00080018).text if 0x00080018 in file.dataset else ""
        if not uid:
            raise DirectoryError("no-instance", "the data set has no SOP Instance UID")
        old = self.find(uid)
        if old is not None and not replace and self._stays(old, source):
            return old
        kind = record_type(_text(file.dataset, 0x00080016))
        parent, above = (None, ()) if kind in ROOT_TYPES else self._above(file)
        place = file_id or (
            None if isinstance(source, DicomFile) else of_path(self.root, os.fspath(source))
        )
        if place is None:
            place = (
                old.file_id if old is not None and is_legal(old.file_id) else ()
            ) or self._free(above, kind)
        try:
            self._bring(source, place)
        except BaseException:
            if parent is not None and not parent.children:
                self.remove(parent)  # it was made for this instance alone
            raise
        if old is not None:
            self.remove(old)
            parent, above = (None, ()) if kind in ROOT_TYPES else self._above(file)
        return self._make(kind, file, parent, place)

    def remove(self, record: Record) -> None:
        """Remove a record with all below it, and records above that then hold nothing. Files stay."""
        siblings = self.records if record.parent is None else record.parent.children
        if record not in siblings:
            raise DirectoryError("not-there", "the record is not in this file-set")
        siblings.remove(record)
        self._index = None if record.children else self._known().without(record)
        parent = record.parent
        if parent is not None and not parent.children and not parent.file_id:
            self.remove(parent)

    def refresh(self) -> Changes:
        """Make the records true again: files that are gone, have changed, or have come.

        Only files with legal File IDs can come; others are left alone.
        """
        removed, updated, known = [], [], set()
        for record in self.instances:
            path = record.path
            if path is None:
                removed.append(record.sop_instance)
                self.remove(record)
                continue
            known.add(path)
            file = read_header(path)
            fresh, _ = new_record(record.type, file, record.file_id)
            if any(
                fresh.get(tag) != record.dataset.get(tag)
                for tag in fresh
                if tag >> 16 != 4 or tag >= 0x00041510
            ):
                updated.append(record.sop_instance)
                self.remove(record)
                self.add(path)
        added = []
        for path in legal_files(self.root, self.name):
            if os.path.realpath(path) in known:
                continue
            try:
                record = self.add(path, replace=False)
            except NotDicom:
                continue
            if record.path == os.path.realpath(path):
                added.append(record.sop_instance)
        return Changes(tuple(added), tuple(removed), tuple(updated))

    def write(self, *, durable: bool = False) -> None:
        """Write the DICOMDIR. The old one or the whole new one is there, whatever happens."""
        from ._write import write_directory

        write_directory(self, durable=durable)

    # --- parts --------------------------------------------------------------------------------

    def _known(self) -> "Index":
        if self._index is None:
            self._index = Index(self.walk())
        return self._index

    def _directory(self) -> DicomFile:
        if self.file is None:
            from ._write import new_directory

            self.file = new_directory()
        return self.file

    def _above(self, file: DicomFile) -> tuple[Record | None, tuple[str, ...]]:
        """The series record of an instance, made where it is missing, and the folder of its files."""
        parent: Record | None = None
        folder: tuple[str, ...] = ()
        for kind, key, prefix in _LEVELS:
            index = self._known()
            found = index.groups.get((id(parent), kind, _text(file.dataset, key)))
            if found is None:
                found = self._make(kind, file, parent)
            folder = (*folder, f"{prefix}{index.number(parent, found):06d}")
            parent = found
        return parent, folder

    def _make(
        self, kind: str, file: DicomFile, parent: Record | None, file_id: tuple[str, ...] = ()
    ) -> Record:
        dataset, missing = new_record(kind, file, file_id)
        record = Record(self, dataset, parent)
        (self.records if parent is None else parent.children).append(record)
        self._known().enter(record)
        for keyword in missing:
            text = f"the instance has no {keyword}, which a {kind} record needs; it was left empty"
            self.findings += (Finding("record-key", text, keyword),)
        return record

    def _stays(self, record: Record, source: "StrPath | DicomFile") -> bool:
        """Whether a record refers to a file that is not this one; then say how they differ."""
        there = record.path
        if there is None:
            return False
        if isinstance(source, DicomFile):
            with open(there, "rb") as stream:
                same, name = stream.read() == source.to_bytes(), "an object in memory"
        else:
            if os.path.samefile(source, there):
                return False
            same, name = filecmp.cmp(source, there, shallow=False), os.fspath(source)
        place = "/".join(record.file_id)
        if same:
            rule, text = "duplicate", f"{name} is {place} again; it was left out"
        else:
            rule = "instance-conflict"
            text = f"{name} has the SOP Instance UID of {place} and is a different object; it was left out"
        self.findings += (Finding(rule, text),)
        return True

    def _free(self, above: tuple[str, ...], kind: str) -> tuple[str, ...]:
        index = self._known()
        prefix = "".join(kind.split())[:2]
        number = index.files.get(above, 0)
        while True:
            file_id = (*above, f"{prefix}{number:06d}")
            number += 1
            if file_id not in index.ids and not os.path.lexists(os.path.join(self.root, *file_id)):
                index.files[above] = number
                return file_id

    def _bring(self, source: "StrPath | DicomFile", file_id: tuple[str, ...]) -> None:
        """Have the file below the root, whole."""
        from .._reader import read
        from .._writer import write

        target = place_for(self.root, file_id)
        if not isinstance(source, DicomFile):
            if os.path.exists(target) and os.path.samefile(os.fspath(source), target):
                return
            source = read(source)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        write(source, target)

    def __str__(self) -> str:
        from ._show import tree_of

        return "\n".join(tree_of(self))

    def __repr__(self) -> str:
        return f"<FileSet: {len(self.patients)} patients, {len(self.instances)} instances>"


class Index:
    """What adding asks of the tree, so that each file costs the same however many there are."""

    __slots__ = ("files", "groups", "ids", "instances", "numbers")

    def __init__(self, records: Iterator[Record]) -> None:
        self.instances: dict[str, Record] = {}
        self.groups: dict[tuple[int, str, str], Record] = {}
        self.ids: set[tuple[str, ...]] = set()
        self.numbers: dict[
            int, dict[int, int]
        ] = {}  # of the children of each record, in folder names
        self.files: dict[tuple[str, ...], int] = {}  # the next number of a file in each folder
        for record in records:
            self.enter(record)

    def enter(self, record: Record) -> None:
        """Take in a record."""
        if record.sop_instance:
            self.instances[record.sop_instance] = record
        if record.file_id:
            self.ids.add(record.file_id)
        key = _KEYS.get(record.type)
        if key is not None:
            place = (id(record.parent), record.type, _text(record.dataset, key))
            self.groups.setdefault(place, record)
        self.number(record.parent, record)

    def without(self, record: Record) -> "Index":
        """Forget a record that has none below it; its numbers are not used again."""
        self.instances.pop(record.sop_instance, None)
        self.ids.discard(record.file_id)
        key = _KEYS.get(record.type)
        if key is not None:
            place = (id(record.parent), record.type, _text(record.dataset, key))
            if self.groups.get(place) is record:
                del self.groups[place]
        return self

    def number(self, parent: Record | None, record: Record) -> int:
        """Which child of its parent a record is."""
        numbers = self.numbers.setdefault(id(parent), {})
        return numbers.setdefault(id(record), len(numbers))


def legal_files(root: str, name: str) -> "Iterable[str]":
    """The files below a folder that can be referred to, in order of names."""
    for folder, folders, files in os.walk(root):
        folders.sort()
        for file in sorted(files):
            path = os.path.join(folder, file)
            file_id = tuple(os.path.relpath(path, root).split(os.sep))
            if is_legal(file_id) and file_id != (name,) and os.path.isfile(path):
                yield path


def _text(dataset: Dataset, key: int | str) -> str:
    return dataset.element(key).text if key in dataset else ""


# Tracebacks, reprs and pickles name the place that users import from
Changes.__module__ = FileSet.__module__ = "dicom_core.dicomdir"
