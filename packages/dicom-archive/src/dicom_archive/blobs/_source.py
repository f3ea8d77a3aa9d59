"""Reading a blob: its file is opened when it is first read, and again for each read; none stays open."""

import os
from collections.abc import Hashable

from dicom_core import PathSource, SourceChanged

from .._errors import ArchiveDamaged

__all__ = ["BlobSource"]

Identity = tuple[int, int, int, int]


class BlobSource(PathSource):
    """The bytes of a blob. What it is like is asked when it is first needed; the index mostly knows the size."""

    __slots__ = ("_known_size", "_seen")

    def __init__(self, path: str, size: int | None = None) -> None:
        self.path = path
        self._known_size = size
        self._seen: Identity | None = None

    @property
    def size(self) -> int:
        return self._look()[2] if self._known_size is None else self._known_size

    @property
    def identity(self) -> Hashable:
        return self._look()

    def _look(self) -> Identity:
        if self._seen is None:
            try:
                self._compare(os.stat(self.path), None)
            except FileNotFoundError as gone:
                raise SourceChanged(self.path, None) from gone
        assert self._seen is not None
        return self._seen

    def _compare(self, status: os.stat_result, offset: int | None) -> None:
        found = status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
        if self._seen is None:
            if self._known_size not in {None, found[2]}:
                raise ArchiveDamaged(
                    f"{self.path} has {found[2]} bytes, and had {self._known_size} when it was kept",
                    "run `dicom archive verify` and restore the file from a backup",
                )
            self._seen = found
        elif found != self._seen:
            raise SourceChanged(self.path, offset)

    def open(self, offset: int | None = None) -> int:
        """A file descriptor of the file as it was."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | _FLAGS)
        except FileNotFoundError as gone:
            raise SourceChanged(self.path, offset) from gone
        try:
            self._compare(os.fstat(descriptor), offset)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
