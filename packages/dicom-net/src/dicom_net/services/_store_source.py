"""What is sent, from whatever the caller has: its three UIDs, and its encoded data set, which stays where it is."""

import os
from collections.abc import Iterator
from stat import S_ISREG
from typing import TYPE_CHECKING, Final, TypeAlias

import dicom_core as dc
from dicom_core import ByteSource, BytesSource, Dataset, DicomFile, PathSource, ValueHandle

from .._part10 import look_at_head
from ._store_types import RawInstance

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Outgoing", "StoreSource", "Unsendable", "files_below", "outgoing"]

StoreSource: TypeAlias = (
    "str | PathLike[str] | bytes | ByteSource | DicomFile | Dataset | RawInstance"
)

_META_ONLY: Final = 0x00030000
_FIRST: Final = 1024  # file meta information has 200 to 500 bytes
_BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_PAST_UIDS: Final = 0x00080019
_DICOMDIR: Final = "1.2.840.10008.1.3.10"


class Unsendable(dc.DicomError):
    """This is nothing that C-STORE can send; ``is_dicom`` tells a damaged instance from another kind of file."""

    def __init__(self, text: str, *, is_dicom: bool) -> None:
        super().__init__(text)
        self.text = text
        self.is_dicom = is_dicom

    def __str__(self) -> str:
        return self.text


class Outgoing:
    """An instance to be sent."""

    __slots__ = (
        "_file",
        "_source",
        "body",
        "sop_class",
        "sop_instance",
        "transfer_syntax",
        "whole",
    )

    def __init__(
        self,
        sop_class: str,
        sop_instance: str,
        transfer_syntax: str,
        body: ValueHandle | None,
        source: "StrPath | bytes | ByteSource | None" = None,
        file: DicomFile | None = None,
        whole: memoryview | None = None,
    ) -> None:
        self.sop_class = sop_class
        self.sop_instance = sop_instance
        self.transfer_syntax = transfer_syntax
        self.body = body
        """The encoded data set, where there is one as it stands."""
        self.whole = whole
        """The same, where it was read with the head."""
        self._source = source
        self._file = file

    @property
    def size(self) -> int:
        """Bytes of the data set as it stands; 0 for one that must be encoded first."""
        return 0 if self.body is None else self.body.length

    def file(self) -> DicomFile:
        """The whole instance, for changing its transfer syntax."""
        if self._file is not None:
            return self._file
        if self._source is not None:
            return dc.read(self._source)
        assert self.body is not None
        dataset = dc.read_dataset(self.body.read(), self.transfer_syntax)
        return DicomFile.new(dataset, self.transfer_syntax)

    def encoded(self) -> ValueHandle:
        """The data set in its own transfer syntax."""
        if self.body is not None:
            return self.body
        file = self.file()
        data = dc.write_dataset(file.dataset, file.transfer_syntax)
        return ValueHandle(BytesSource(data), 0, len(data))


StrPath: TypeAlias = "str | PathLike[str]"


def outgoing(source: StoreSource, *, whole: int = 0) -> Outgoing:
    """Look at the head of a source, and no further; `Unsendable` or `OSError` says why it cannot be sent.

    A `ByteSource` of at most ``whole`` bytes is read with its head, for who sends it at once.
    """
    if isinstance(source, RawInstance):
        body = ValueHandle(BytesSource(source.data), 0, len(source.data))
        return Outgoing(source.sop_class, source.sop_instance, source.transfer_syntax, body)
    if isinstance(source, Dataset):
        try:
            source = DicomFile.new(source.copy())
        except dc.WriteError as wrong:
            raise Unsendable(str(wrong), is_dicom=True) from wrong
    if isinstance(source, DicomFile):
        return _of_file(source)
    found = None
    if isinstance(source, str | os.PathLike):
        found = _quickly(os.fspath(source))
    elif not isinstance(source, bytes):
        found = _from_source(source, whole)
    if found is not None:
        return found
    try:
        file = dc.read_header(source, stop=_META_ONLY)
    except dc.NotDicom as wrong:
        raise Unsendable("it is no DICOM file (PS3.10 7.1)", is_dicom=False) from wrong
    except dc.DicomError as wrong:
        raise Unsendable(str(wrong), is_dicom=True) from wrong
    sop_class, sop_instance = _text(file.meta, 0x00020002), _text(file.meta, 0x00020003)
    if not sop_class or not sop_instance:  # file meta information that lacks what it must have
        try:
            head = dc.read_header(source, stop=_PAST_UIDS).dataset
        except dc.DicomError as wrong:
            raise Unsendable(str(wrong), is_dicom=True) from wrong
        sop_class = sop_class or _text(head, 0x00080016)
        sop_instance = sop_instance or _text(head, 0x00080018)
    _check(sop_class, sop_instance)
    return Outgoing(sop_class, sop_instance, file.transfer_syntax, file.body, source)


def _quickly(path: str) -> Outgoing | None:
    """A file whose head is as usual; None leaves it to the reader of dicom-core."""
    descriptor = os.open(path, os.O_RDONLY | _BINARY)
    try:
        status = os.fstat(descriptor)
        if not S_ISREG(status.st_mode):
            return None
        first = os.read(descriptor, _FIRST)
    finally:
        os.close(descriptor)
    head = look_at_head(first)
    if head is None or head.sop_class == _DICOMDIR:
        return None
    identity = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    source = PathSource(path, identity)
    body = ValueHandle(source, head.end, source.size - head.end)
    return Outgoing(head.sop_class, head.sop_instance, head.transfer_syntax, body, path)


def _from_source(source: ByteSource, whole: int) -> Outgoing | None:
    """The same for what is a file already: an archive sends thousands."""
    try:
        size = source.size
        first = source.read_range(0, size if size <= whole else min(_FIRST, size))
    except dc.DicomError as wrong:
        raise Unsendable(str(wrong), is_dicom=True) from wrong
    head = look_at_head(first)
    if head is None or head.sop_class == _DICOMDIR:
        return None
    sop_class, sop_instance, syntax, end = head
    body = ValueHandle(source, end, size - end)
    data = memoryview(first)[end:] if size <= whole else None
    return Outgoing(sop_class, sop_instance, syntax, body, source, whole=data)


def _of_file(file: DicomFile) -> Outgoing:
    if file.is_partial:
        raise Unsendable(
            "only the header of this file was read; read it whole to send it", is_dicom=True
        )
    sop_class = _text(file.dataset, 0x00080016) or _text(file.meta, 0x00020002)
    sop_instance = _text(file.dataset, 0x00080018) or _text(file.meta, 0x00020003)
    _check(sop_class, sop_instance)
    return Outgoing(sop_class, sop_instance, file.transfer_syntax, file.body, file=file)


def _check(sop_class: str, sop_instance: str) -> None:
    if not sop_class or not sop_instance:
        what = "SOP Instance UID" if sop_class else "SOP Class UID"
        raise Unsendable(f"it has no {what}, which C-STORE needs", is_dicom=True)
    if sop_class == _DICOMDIR:
        raise Unsendable("it is a DICOMDIR, which is not stored (PS3.4 B)", is_dicom=False)


def _text(dataset: Dataset, tag: int) -> str:
    try:
        value = dataset.get(tag)
    except dc.ValueDecodeError:
        return ""
    return str(value) if isinstance(value, str) else ""


def files_below(folder: StrPath) -> Iterator[str]:
    """The files of a folder and those below it, sorted; links to folders are not followed."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(entry.path)
        elif entry.is_file():
            yield entry.path


# Tracebacks, reprs and pickles name the place that users import from
Unsendable.__module__ = "dicom_net"
Outgoing.__module__ = outgoing.__module__ = files_below.__module__ = "dicom_net.services"
