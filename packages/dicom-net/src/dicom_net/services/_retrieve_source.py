"""Where a retrieve provider takes instances from: any store, or functions of a gateway."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from dicom_core.query import QueryLevel, build

from ._retrieve_keys import RetrieveKeys

if TYPE_CHECKING:
    from dicom_core import ByteSource
    from dicom_core.store import Store, StoredInstance

__all__ = ["FromStore", "Handlers", "RetrieveSource"]

T = TypeVar("T")


class RetrieveSource(Protocol):
    """What can be retrieved."""

    def select(
        self, keys: RetrieveKeys
    ) -> "AsyncIterator[StoredInstance] | Iterator[StoredInstance]":
        """The instances that a request means, in the order in which they are sent; none where there is nothing."""
        ...

    def read(self, instance: str) -> "Awaitable[ByteSource] | ByteSource":
        """The Part 10 file of an instance. An error fails this instance and no other."""
        ...


class FromStore:
    """A `RetrieveSource` on a `dicom_core.store.Store`."""

    def __init__(self, store: "Store") -> None:
        self.store = store

    async def select(self, keys: RetrieveKeys) -> "AsyncIterator[StoredInstance]":
        """See `RetrieveSource.select`."""
        seen: set[str] = set()
        wanted = set(keys.instances)
        # Most requests name few series; the instances of a series are few beside those of the store
        alone = keys.instances[0] if len(wanted) == 1 else None
        for study, series in await self._places(keys):
            async with _closing(self.store.instances(study, series, alone)) as instances:
                async for found in instances:
                    meant = keys.level is not QueryLevel.IMAGE or found.instance in wanted
                    owned = not keys.patients or found.patient == keys.patients[0]
                    if meant and owned and found.instance not in seen:
                        seen.add(found.instance)
                        yield found

    async def _places(self, keys: RetrieveKeys) -> list[tuple[str | None, str | None]]:
        """Studies and series; None is all of them."""
        if keys.level is not QueryLevel.PATIENT:
            studies: tuple[str | None, ...] = keys.studies or (None,)
            return [(study, series) for study in studies for series in keys.series_uids or (None,)]
        query = build(QueryLevel.STUDY, where={"PatientID": keys.patients[0]})
        found: list[tuple[str | None, str | None]] = []
        async with _closing(self.store.search(query)) as matches:
            async for match in matches:
                uid = match.get("StudyInstanceUID")
                if isinstance(uid, str):
                    found.append((str(uid), None))
        return found

    async def read(self, instance: str) -> "ByteSource":
        """See `RetrieveSource.read`."""
        return await self.store.read(instance)

    async def read_several(self, instances: Sequence[str]) -> "list[ByteSource | Exception]":
        """The files of several instances, or why there are none; a store may have a method ``read_several``, too."""
        several = getattr(self.store, "read_several", None)
        if several is not None:
            found: list[ByteSource | Exception] = await several(instances)
            return found
        found = []
        for instance in instances:
            try:
                found.append(await self.store.read(instance))
            except Exception as error:  # noqa: BLE001 - of this instance alone
                found.append(error)
        return found


class Handlers:
    """A `RetrieveSource` made of two functions, plain or async, for a gateway or a test."""

    def __init__(
        self,
        select: "Callable[[RetrieveKeys], AsyncIterator[StoredInstance] | Iterator[StoredInstance]]",
        read: "Callable[[str], Awaitable[ByteSource] | ByteSource]",
    ) -> None:
        self._select = select
        self._read = read

    def select(
        self, keys: RetrieveKeys
    ) -> "AsyncIterator[StoredInstance] | Iterator[StoredInstance]":
        """See `RetrieveSource.select`."""
        return self._select(keys)

    def read(self, instance: str) -> "Awaitable[ByteSource] | ByteSource":
        """See `RetrieveSource.read`."""
        return self._read(instance)


@asynccontextmanager
async def _closing(found: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """An iterator of a store, which need not be a generator; one that is, is closed with the block."""
    try:
        yield found
    finally:
        closing = getattr(found, "aclose", None)
        if closing is not None:
            await closing()


# Tracebacks, reprs and pickles name the place that users import from
RetrieveSource.__module__ = FromStore.__module__ = Handlers.__module__ = "dicom_net.services"
