"""Blobs in memory, gone with the process: for tests and demonstrations."""

from _thread import allocate_lock
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from dicom_core import BytesSource, SourceChanged

from ._keys import blob_key

if TYPE_CHECKING:
    from dicom_core import ByteSource

    from ._types import Abandoned

__all__ = ["MemoryBlobs"]

_RUN: Final = "memory"


class MemoryBlobs:
    """A `BlobStore` in memory."""

    blocks: Final = False

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._blobs: dict[str, bytes] = {}
        self._number = 0

    def begin(self, expected_size: int | None = None) -> "MemoryDraft":
        """See `BlobStore.begin`."""
        del expected_size
        return MemoryDraft(self)

    def new_key(self, sop_instance: str) -> str:
        """See `BlobStore.new_key`."""
        with self._lock:
            number = self._number
            self._number += 1
        return blob_key(_RUN, number, sop_instance)

    def settle(self, keys: Sequence[str]) -> None:
        """See `BlobStore.settle`."""

    def read(self, key: str, size: int | None = None) -> "ByteSource":
        """See `BlobStore.read`."""
        del size
        try:
            return BytesSource(self._blobs[key])
        except KeyError:
            raise SourceChanged(key, None) from None

    def delete(self, keys: Iterable[str]) -> None:
        """See `BlobStore.delete`."""
        with self._lock:
            for key in keys:
                self._blobs.pop(key, None)

    def size_of(self, key: str) -> int | None:
        """See `BlobStore.size_of`."""
        data = self._blobs.get(key)
        return None if data is None else len(data)

    def keys(self, after: str = "") -> Iterator[str]:
        """See `BlobStore.keys`."""
        with self._lock:
            found = sorted(key for key in self._blobs if key > after)
        yield from found

    def abandoned(self) -> "Iterator[Abandoned]":
        """See `BlobStore.abandoned`: what was in memory is gone."""
        return iter(())

    def busy_runs(self) -> set[str]:
        """See `BlobStore.busy_runs`."""
        return {_RUN}

    def close(self, *, in_order: bool = True) -> None:
        """See `BlobStore.close`."""

    def put(self, key: str, data: bytes) -> None:
        """Keep bytes under a key; `FileExistsError` where it is taken."""
        with self._lock:
            if key in self._blobs:
                raise FileExistsError(f"there is a blob {key}")
            self._blobs[key] = data


class MemoryDraft:
    """See `Draft`."""

    __slots__ = ("_blobs", "_data")

    def __init__(self, blobs: MemoryBlobs) -> None:
        self._blobs = blobs
        self._data: bytearray | None = bytearray()

    def _open(self) -> bytearray:
        if self._data is None:
            raise RuntimeError("this draft was placed or discarded; begin another")
        return self._data

    def write(self, views: Iterable[bytes | memoryview]) -> int:
        """See `Draft.write`."""
        data = self._open()
        before = len(data)
        for view in views:
            data += view
        return len(data) - before

    @property
    def size(self) -> int:
        """See `Draft.size`."""
        return len(self._open())

    @property
    def digest(self) -> str:
        """See `Draft.digest`."""
        return sha256(self._open(), usedforsecurity=False).hexdigest()

    def source(self) -> "ByteSource":
        """See `Draft.source`."""
        return BytesSource(bytes(self._open()))

    def flush(self) -> None:
        """See `Draft.flush`."""

    def place(self, key: str) -> None:
        """See `Draft.place`."""
        self._blobs.put(key, bytes(self._open()))
        self._data = None

    def discard(self) -> None:
        """See `Draft.discard`."""
        self._data = None


# Tracebacks, reprs and pickles name the place that users import from
MemoryBlobs.__module__ = MemoryDraft.__module__ = "dicom_archive.blobs"
