"""What a place for files must do."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dicom_core import ByteSource

__all__ = ["Abandoned", "BlobStore", "Draft"]


class Draft(Protocol):
    """A file on its way in. It has no key yet, and is gone when nobody places it, or when the process dies."""

    def write(self, views: "Iterable[bytes | memoryview]") -> int:
        """Take pieces, which are consumed before this returns; how many bytes they had."""
        ...

    @property
    def size(self) -> int:
        """Bytes so far."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes so far, as hexadecimal digits."""
        ...

    def source(self) -> "ByteSource":
        """What was written so far, until the draft is placed or discarded."""
        ...

    def flush(self) -> None:
        """Make the bytes durable, where the store is; may wait for a disk. What is placed without this need not be durable."""
        ...

    def place(self, key: str) -> None:
        """Give it its key, whole and at once; `FileExistsError` where the key is taken. `BlobStore.settle` makes that durable."""
        ...

    def discard(self) -> None:
        """Forget it. Does nothing after `place` or a second time."""
        ...


class Abandoned(Protocol):
    """A run whose process is dead, held by whoever looks after it."""

    @property
    def run(self) -> str:
        """Its name."""
        ...

    def last_keys(self) -> list[str]:
        """The keys of its last blobs, among which are all that were placed but perhaps never indexed."""
        ...

    def close(self) -> None:
        """Nothing is left to do for it: nobody looks after it again."""
        ...

    def release(self) -> None:
        """Somebody else may look after it."""
        ...


class BlobStore(Protocol):
    """Files by key. A key is used once; bytes behind a key never change. Everything may be called from any thread."""

    @property
    def blocks(self) -> bool:
        """Whether calls may wait for a disk or a network."""
        ...

    def begin(self, expected_size: int | None = None) -> Draft:
        """Begin to take a file; `StoreFull` where the disk has no room."""
        ...

    def new_key(self, sop_instance: str) -> str:
        """A key that was never used before."""
        ...

    def settle(self, keys: Sequence[str]) -> None:
        """Make the names of blobs that were placed durable, all at once."""
        ...

    def read(self, key: str, size: int | None = None) -> "ByteSource":
        """The bytes; nothing is opened before they are read, and nothing stays open.

        ``size`` is what is known of it: another one is `ArchiveDamaged`. What is missing is `SourceChanged`.
        """
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Remove blobs; what is not there does not matter."""
        ...

    def size_of(self, key: str) -> int | None:
        """The bytes of a blob, None where there is none."""
        ...

    def keys(self, after: str = "") -> Iterator[str]:
        """All keys in order, from behind one of them on."""
        ...

    def abandoned(self) -> "Iterator[Abandoned]":
        """The runs of dead processes that nobody looked after yet."""
        ...

    def busy_runs(self) -> set[str]:
        """The runs that are not over: their processes may be about to index a blob."""
        ...

    def close(self, *, in_order: bool = True) -> None:
        """This process places no more blobs for now. Where not everything is ``in_order``, the next start looks after it."""
        ...


# Tracebacks, reprs and pickles name the place that users import from
Abandoned.__module__ = BlobStore.__module__ = Draft.__module__ = "dicom_archive.blobs"
