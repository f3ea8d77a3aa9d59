"""The storage Protocol: what network and web store into and ask, and what archives are."""

from collections.abc import AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._source import ByteSource
    from ..query import Query
    from ._types import Expected, Receipt, StoredInstance, StoreEvent

__all__ = ["Incoming", "Store"]


class Incoming(Protocol):
    """One instance on its way into a store: a Part 10 file in pieces.

    Used with ``async with``: leaving the block without `commit` discards what came.
    """

    def write(self, views: "Iterable[bytes | memoryview]") -> None:
        """Take pieces of the file. They are consumed before this returns; the caller reuses their memory.

        Raises `StoreFull` beyond a limit; the instance is discarded then.
        """
        ...

    async def commit(self) -> "Receipt":
        """Keep the instance. When this returns, it is as durable as the store promises, and visible.

        Raises `InstanceRefused`, `InstanceConflict` or `StoreFull`, and then nothing was kept.
        """
        ...

    async def discard(self) -> None:
        """Forget what came. Does nothing after `commit` or a second time."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@runtime_checkable
class Store(Protocol):
    """Instances that are kept, found, read and deleted.

    An instance is visible whole or not at all. UIDs are compared as texts and never are names of files as
    they stand. Answers are the caller's own: changing them changes nothing in the store.
    """

    async def receive(self, expected: "Expected | None" = None) -> Incoming:
        """Begin to take one instance. Raises `StoreFull` where there is no room."""
        ...

    def search(self, query: "Query") -> "AsyncIterator[Dataset]":
        """The entities that a query means, as it wants them (`Query.project`), in the order they came.

        The order is the same as long as the store is; ``limit`` and ``offset`` of the query apply. Keys of levels
        below that of the query are not looked at.
        """
        ...

    async def count(self, query: "Query") -> int:
        """How many entities a query means, whatever its ``limit`` and ``offset``."""
        ...

    def instances(
        self, study: str | None = None, series: str | None = None, instance: str | None = None
    ) -> "AsyncIterator[StoredInstance]":
        """The instances that belong to all of the UIDs that are given, in the order they came."""
        ...

    async def find(self, instance: str) -> "StoredInstance":
        """The instance with a SOP Instance UID; `UnknownInstance` where there is none."""
        ...

    async def read(self, instance: str) -> "ByteSource":
        """The bytes of the file, for reading whole or by range.

        A source that is open when its instance is replaced or deleted gives the old bytes or `SourceChanged`, never
        anything else. `UnknownInstance` where there is no such instance.
        """
        ...

    async def metadata(self, instance: str) -> "Dataset":
        """The data set without pixel data; other large values may be handles. `UnknownInstance` as above."""
        ...

    async def delete(
        self, study: str, series: str | None = None, instance: str | None = None
    ) -> int:
        """Delete a study, a series or an instance; how many instances that were."""
        ...

    def events(self, after: int = 0) -> "AsyncIterator[StoreEvent]":
        """What happened after the event of a number, up to now; the iterator ends there.

        Who wants to wait subscribes, and asks again from the last number when woken.
        """
        ...

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have ``wake`` called after each event, until the function that is returned is called.

        It is called in whatever thread the event happened in, must return at once and must not raise.
        """
        ...


# Tracebacks, reprs and pickles name the place that users import from
Incoming.__module__ = Store.__module__ = "dicom_core.store"
