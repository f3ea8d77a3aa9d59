"""Where bytes come from: files, memory, and whatever else can give a range of itself."""

import os
from collections.abc import Hashable, Iterator
from typing import Final, Protocol, TypeAlias, runtime_checkable

from ._errors import LimitExceeded, SourceChanged

__all__ = ["ByteSource", "BytesSource", "PathSource", "ValueHandle"]

StrPath: TypeAlias = "str | os.PathLike[str]"
CHUNK: Final = 1 << 20
BINARY: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@runtime_checkable
class ByteSource(Protocol):
    """Random access to bytes that do not change: a file, memory, an object in a store."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...

    @property
    def identity(self) -> Hashable:
        """Equal as long as the bytes are the same, such as device, inode, size and time of change."""
        ...

    def read_range(self, offset: int, length: int) -> bytes:
        """Exactly these bytes, fewer only at the end; `SourceChanged` when they are no longer there."""
        ...


class BytesSource:
    """Bytes in memory."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def identity(self) -> Hashable:
        return id(self.data)

    def read_range(self, offset: int, length: int) -> bytes:
        return self.data[offset : offset + length]


def identity_of(status: os.stat_result) -> tuple[int, int, int, int]:
    """What tells one state of a file from another."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class PathSource:
    """A file by its path. It is opened for each read and compared with what it was: no file stays open."""

    __slots__ = ("_identity", "path")

    def __init__(self, path: StrPath, identity: tuple[int, int, int, int] | None = None) -> None:
        self.path = os.fspath(path)
        self._identity = identity_of(os.stat(self.path)) if identity is None else identity

    @property
    def size(self) -> int:
        return self._identity[2]

    @property
    def identity(self) -> Hashable:
        return self._identity

    def read_range(self, offset: int, length: int) -> bytes:
        descriptor = self.open(offset)
        try:
            data = read_at(descriptor, offset, max(min(length, self.size - offset), 0))
        finally:
            os.close(descriptor)
        if len(data) < min(length, self.size - offset):
            raise SourceChanged(self.path, offset)
        return data

    def open(self, offset: int | None = None) -> int:
        """A file descriptor of the file as it was."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | BINARY)
        except FileNotFoundError as gone:
            raise SourceChanged(self.path, offset) from gone
        if identity_of(os.fstat(descriptor)) != self._identity:
            os.close(descriptor)
            raise SourceChanged(self.path, offset)
        return descriptor


def read_at(descriptor: int, offset: int, length: int) -> bytes:
    """Up to ``length`` bytes; the system may give them in pieces."""
    data = _read_once(descriptor, offset, length)
    if len(data) == length or not data:
        return data
    pieces = [data]
    got = len(data)
    while got < length:
        data = _read_once(descriptor, offset + got, min(length - got, 64 * CHUNK))
        if not data:
            break
        pieces.append(data)
        got += len(data)
    return b"".join(pieces)


def _seek_and_read(descriptor: int, length: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, length)


_pread = getattr(os, "pread", _seek_and_read)  # Windows has none


def _read_once(descriptor: int, offset: int, length: int) -> bytes:
    # one call gives at most 2 GiB; the buffer is as large as asked, and callers ask within the file
    data: bytes = _pread(descriptor, min(length, 1 << 30), offset)
    return data


class ValueHandle:
    """A value that stays where it is until it is asked for.

    It holds a source, an offset and a length; it can be read whole, by range or in chunks, from any
    thread, as often as wanted.
    """

    __slots__ = ("length", "offset", "source")

    def __init__(self, source: ByteSource, offset: int, length: int) -> None:
        self.source = source
        self.offset = offset
        self.length = length

    def __len__(self) -> int:
        return self.length

    def read(self, limit: int | None = None) -> bytes:
        """All of it; `LimitExceeded` when that is more than ``limit``."""
        if limit is not None and self.length > limit:
            raise LimitExceeded("value", self.length, f"at byte {self.offset}")
        return self.source.read_range(self.offset, self.length)

    def read_range(self, start: int, length: int) -> bytes:
        """A part of it."""
        if not 0 <= start <= self.length or length < 0:
            raise IndexError(f"byte {start} is outside a value of {self.length} bytes")
        return self.source.read_range(self.offset + start, min(length, self.length - start))

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """All of it, in pieces of at most ``size`` bytes."""
        for start in range(0, self.length, size):
            yield self.read_range(start, size)

    def part(self, start: int, length: int) -> "ValueHandle":
        """A handle on a part of it."""
        return ValueHandle(self.source, self.offset + start, length)

    def __repr__(self) -> str:
        return f"ValueHandle({self.length} bytes at {self.offset})"


# Tracebacks, reprs and pickles name the place that users import from
ByteSource.__module__ = BytesSource.__module__ = PathSource.__module__ = "dicom_core"
ValueHandle.__module__ = "dicom_core"
