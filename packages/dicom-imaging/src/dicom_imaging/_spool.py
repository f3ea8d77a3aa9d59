"""Where encoded frames are kept until the file is written: memory for a little, a temporary file for much."""

import tempfile
from collections.abc import Hashable
from typing import BinaryIO, Final

from dicom_core import ByteSource, BytesSource, ValueHandle
from dicom_core._source import read_at

__all__ = ["Spool"]

_IN_MEMORY: Final = 64 << 20


class Spool:
    """Bytes in the order in which they came. The file, where there is one, has no name and goes with the last user."""

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._pieces: list[bytes] = []
        self._file: _FileSource | None = None
        self.size = 0

    def add(self, data: bytes) -> int:
        """Append, and give where it begins."""
        start = self.size
        self.size += len(data)
        if self._file is None and self.size > self._in_memory:
            self._file = _FileSource()
            for piece in self._pieces:
                self._file.append(piece)
            self._pieces.clear()
        if self._file is None:
            self._pieces.append(data)
        else:
            self._file.append(data)
        return start

    def handle(self) -> ValueHandle:
        """All of it; nothing can be added from here on."""
        source: ByteSource | None = self._file
        if source is None:
            source = BytesSource(b"".join(self._pieces))
            self._pieces.clear()
        return ValueHandle(source, 0, self.size)


class _FileSource:
    """A temporary file as a `ByteSource`; reading leaves no position behind, so that threads may share it."""

    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - see __del__
        self.size = 0

    def append(self, data: bytes) -> None:
        """More, at the end."""
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) :]
        self.size += len(data)

    @property
    def identity(self) -> Hashable:
        return id(self._file)

    def read_range(self, offset: int, length: int) -> bytes:
        return read_at(self._file.fileno(), offset, max(0, min(length, self.size - offset)))

    def __del__(self) -> None:
        self._file.close()  # and with it goes the file

    def __reduce__(self) -> tuple[object, ...]:
        # A temporary file is of one process; another one gets the bytes
        return BytesSource, (self.read_range(0, self.size),)
