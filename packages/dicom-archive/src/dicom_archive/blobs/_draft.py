"""A file on its way into a folder."""

import errno
import os
from collections.abc import Hashable, Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from dicom_core import BytesSource, SourceChanged
from dicom_core.store.files import Temporary, link, write_all

if TYPE_CHECKING:
    from dicom_core import ByteSource

    from ._folder import FolderBlobs

__all__ = ["FolderDraft"]

HEAD: Final = 64 << 10
"""The first bytes stay in memory, where the header is read; what is no longer has no file before it is placed."""
_LOOK_AGAIN: Final = 64 << 20  # bytes of one file after which the disk is looked at again


class FolderDraft:
    """See `Draft`."""

    __slots__ = ("_blobs", "_file", "_hash", "_head", "_is_over", "_unlooked", "size")

    def __init__(self, blobs: "FolderBlobs") -> None:
        self._blobs = blobs
        self._file: Temporary | None = None
        self._hash = sha256(usedforsecurity=False)
        self._head = bytearray()
        self._unlooked = 0
        self._is_over = False
        self.size = 0

    def write(self, views: Iterable[bytes | memoryview]) -> int:
        """See `Draft.write`."""
        pieces = list(views)
        self._check_open()
        before = self.size
        for piece in pieces:
            self._hash.update(piece)
            self.size += len(piece)
        if before < HEAD:
            for piece in pieces:
                room = HEAD - len(self._head)
                if room <= 0:
                    break
                self._head += piece[:room]
        if self._file is None:
            if self.size <= HEAD:
                return self.size - before
            held = self._head[:before]
            self._file = Temporary(self._blobs.root, nameless=self._blobs.nameless)
            pieces = [memoryview(held), *pieces]
        write_all(self._file.descriptor, pieces)
        self._unlooked += self.size - before
        if self._unlooked > _LOOK_AGAIN:
            self._unlooked = 0
            self._blobs.check_room(0)
        return self.size - before

    def _check_open(self) -> None:
        if self._is_over:
            raise RuntimeError("this draft was placed or discarded; begin another")

    @property
    def digest(self) -> str:
        """See `Draft.digest`."""
        return self._hash.hexdigest()

    def source(self) -> "ByteSource":
        """See `Draft.source`."""
        self._check_open()
        head = bytes(self._head)
        return BytesSource(head) if self._file is None else _Written(self._file, head, self.size)

    def _on_disk(self) -> Temporary:
        self._check_open()
        if self._file is None:
            self._file = Temporary(self._blobs.root, nameless=self._blobs.nameless)
            write_all(self._file.descriptor, [memoryview(self._head)])
        return self._file

    def flush(self) -> None:
        """See `Draft.flush`."""
        file = self._on_disk()
        if self._blobs.durable:
            os.fsync(file.descriptor)

    def place(self, key: str) -> None:
        """See `Draft.place`."""
        link(self._on_disk(), self._blobs.path_for(key))
        self.discard()

    def link(self, path: str) -> bool:
        """Give it a name beside the blobs, durable bytes and all; whether that works, which is so on the same disk."""
        try:
            self.flush()
            link(self._on_disk(), path)
        except OSError as error:
            if error.errno == errno.EXDEV:
                return False
            raise
        return True

    def discard(self) -> None:
        """See `Draft.discard`."""
        self._is_over = True
        self._head = bytearray()
        file, self._file = self._file, None
        if file is not None:
            file.close()


class _Written:
    """What was written so far: the beginning is in memory, the rest in the file."""

    __slots__ = ("_file", "_head", "size")

    def __init__(self, file: Temporary, head: bytes, size: int) -> None:
        self._file = file
        self._head = head
        self.size = size

    @property
    def identity(self) -> Hashable:
        return id(self._file), self.size

    def read_range(self, offset: int, length: int) -> bytes:
        end = min(offset + length, self.size)
        if end <= len(self._head):
            return self._head[offset:end]
        data = bytearray()
        while offset + len(data) < end:
            piece = _read(self._file.descriptor, offset + len(data), end - offset - len(data))
            if not piece:
                raise SourceChanged("the file on its way in", offset + len(data))
            data += piece
        return bytes(data)


def _read(descriptor: int, offset: int, length: int) -> bytes:
    length = min(length, 1 << 30)
    if hasattr(os, "pread"):
        return os.pread(descriptor, length, offset)
    # The position is where the next piece is written
    position = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.lseek(descriptor, offset, os.SEEK_SET)
    try:
        return os.read(descriptor, length)
    finally:
        os.lseek(descriptor, position, os.SEEK_SET)


# Tracebacks, reprs and pickles name the place that users import from
FolderDraft.__module__ = "dicom_archive.blobs"
