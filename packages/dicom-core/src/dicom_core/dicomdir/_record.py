"""`Record`: one directory record in its tree."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .._dataset import Dataset
from ._file_id import resolve

if TYPE_CHECKING:
    from .._file import DicomFile
    from .._options import ReadOptions
    from ._file_set import FileSet

__all__ = ["Record"]


class Record:
    """A directory record: its type, its keys, the records below it, and the file it may refer to."""

    __slots__ = ("children", "dataset", "file_set", "offset", "parent")

    dataset: Dataset
    """The record as it stands in the directory: type, reference and keys."""
    children: "list[Record]"
    """The records of the lower-level directory entity, in order."""
    parent: "Record | None"
    """The record above; None at the root."""
    offset: int | None
    """The byte of the record in the DICOMDIR that was read; None for one that was made."""

    def __init__(
        self,
        file_set: "FileSet",
        dataset: Dataset,
        parent: "Record | None" = None,
        offset: int | None = None,
    ) -> None:
        self.file_set = file_set
        self.dataset = dataset
        self.parent = parent
        self.offset = offset
        self.children = []

    @property
    def type(self) -> str:
        """Directory Record Type, such as ``PATIENT`` or ``IMAGE``."""
        return self._text(0x00041430)

    @property
    def file_id(self) -> tuple[str, ...]:
        """The components of Referenced File ID as they stand there; empty where there is none."""
        text = self._text(0x00041500)
        return tuple(text.split("\\")) if text else ()

    @property
    def sop_class(self) -> str:
        """The SOP class of the file, or empty."""
        return self._text(0x00041510)

    @property
    def sop_instance(self) -> str:
        """The SOP Instance UID of the file, or empty."""
        return self._text(0x00041511)

    @property
    def transfer_syntax(self) -> str:
        """The transfer syntax of the file, or empty."""
        return self._text(0x00041512)

    @property
    def path(self) -> str | None:
        """Where the file is, always below the root of the file-set; None when there is none.

        A reference that leads elsewhere raises `UnsafeReference`.
        """
        file_id = self.file_id
        return resolve(self.file_set.root, file_id, self.offset) if file_id else None

    def read(self, options: "ReadOptions | None" = None) -> "DicomFile":
        """The file that is referred to; FileNotFoundError when it is missing."""
        from .._options import ReadOptions
        from .._reader import read

        path = self.path
        if path is None:
            raise FileNotFoundError(f"the {self.type} record refers to no file that is there")
        return read(path, options or ReadOptions())

    def walk(self) -> "Iterator[Record]":
        """This record and all below it, each before its children."""
        stack = [self]
        while stack:
            record = stack.pop()
            yield record
            stack.extend(reversed(record.children))

    def _text(self, tag: int) -> str:
        return self.dataset.element(tag).text if tag in self.dataset else ""

    def __repr__(self) -> str:
        place = "" if self.offset is None else f" at byte {self.offset}"
        return f"<{self.type or 'directory'} record{place}: {len(self.children)} below>"


# Tracebacks, reprs and pickles name the place that users import from
Record.__module__ = "dicom_core.dicomdir"
