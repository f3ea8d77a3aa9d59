"""`InMemoryStore`: everything in memory, bounded, gone with the process. For tests, demonstrations and small gateways."""

from _thread import allocate_lock
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from .._reader import read
from .._source import BytesSource
from ._checked import check
from ._entities import entities
from ._errors import InstanceConflict, StoreFull, UnknownInstance
from ._types import (
    DuplicatePolicy,
    EventKind,
    Expected,
    Outcome,
    Receipt,
    StoredInstance,
    StoreEvent,
    StoreSettings,
)

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._source import ByteSource
    from ..query import Query

__all__ = ["InMemoryStore"]

_PIXELS: Final = 0x7FE00000
_DEFAULT: Final = StoreSettings()


class _Held(NamedTuple):
    instance: StoredInstance
    data: bytes
    dataset: "Dataset"


_UNANNOUNCED: Final = Expected()


class InMemoryStore:
    """A `Store` in memory. Its coroutines never wait, so that any event loop, or none, can run them.

    It may be used from several threads. Searching looks at every instance.
    """

    def __init__(self, settings: StoreSettings = _DEFAULT) -> None:
        self.settings = settings
        self._lock = allocate_lock()
        self._held: dict[str, _Held] = {}
        self._size = 0
        self._arriving = 0
        self._events: deque[StoreEvent] = deque(maxlen=settings.events)
        self._last = 0
        self._wakes: list[Callable[[], None]] = []

    # --- putting ------------------------------------------------------------------------------

    async def receive(self, expected: Expected | None = None) -> "_Arrival":
        """See `Store.receive`."""
        known = expected or _UNANNOUNCED
        with self._lock:
            self._check_room(known.size or 0)
        return _Arrival(self, known)

    def _check_room(self, more: int) -> None:
        settings = self.settings
        if more > settings.instance_size:
            raise StoreFull("instance_size", more)
        if self._size + self._arriving + more > settings.size:
            raise StoreFull("size", self._size + self._arriving + more)

    def _take(self, so_far: int, more: int) -> None:
        """Reserve room for bytes that arrive."""
        with self._lock:
            if so_far + more > self.settings.instance_size:
                raise StoreFull("instance_size", so_far + more)
            self._check_room(more)
            self._arriving += more

    def _release(self, size: int) -> None:
        with self._lock:
            self._arriving -= size

    def _keep(self, data: bytes, expected: Expected) -> Receipt:
        found = check(data, expected)
        new = _Held(found.instance, data, found.dataset)
        uid = found.instance.instance
        with self._lock:
            old = self._held.get(uid)
            if old is not None:
                if old.instance.digest == new.instance.digest:
                    return Receipt(old.instance, Outcome.DUPLICATE)
                if self.settings.duplicates is DuplicatePolicy.KEEP:
                    return Receipt(old.instance, Outcome.KEPT)
                if self.settings.duplicates is DuplicatePolicy.REJECT:
                    raise InstanceConflict(uid)
            elif len(self._held) >= self.settings.instances:
                raise StoreFull("instances", len(self._held) + 1)
            self._check_room(len(data))
            self._held[uid] = new
            self._size += len(data) - (len(old.data) if old is not None else 0)
            kind = EventKind.STORED if old is None else EventKind.REPLACED
            self._note(kind, new.instance, expected.sender)
        self._wake()
        return Receipt(new.instance, Outcome.STORED if old is None else Outcome.REPLACED)

    # --- asking -------------------------------------------------------------------------------

    async def search(self, query: "Query") -> "AsyncIterator[Dataset]":
        """See `Store.search`."""
        left = query.limit
        skip = query.offset
        narrowed = query.without_lower_levels()
        for entity in self._matching(query):
            if left is not None and left <= 0:
                return
            if skip:
                skip -= 1
                continue
            if left is not None:
                left -= 1
            yield narrowed.project(entity)

    async def count(self, query: "Query") -> int:
        """See `Store.count`."""
        return sum(1 for _ in self._matching(query))

    def _matching(self, query: "Query") -> "Iterable[Dataset]":
        if query.level is None:
            return []  # worklists and workitems are no instances
        narrowed = query.without_lower_levels()
        datasets = [held.dataset for held in self._snapshot()]
        return filter(narrowed.matches, entities(datasets, query.level))

    async def instances(
        self, study: str | None = None, series: str | None = None, instance: str | None = None
    ) -> AsyncIterator[StoredInstance]:
        """See `Store.instances`."""
        for held in self._select(study, series, instance):
            yield held.instance

    async def find(self, instance: str) -> StoredInstance:
        """See `Store.find`."""
        return self._one(instance).instance

    async def read(self, instance: str) -> "ByteSource":
        """See `Store.read`."""
        return BytesSource(self._one(instance).data)

    async def metadata(self, instance: str) -> "Dataset":
        """See `Store.metadata`."""
        dataset = read(self._one(instance).data).dataset
        for tag in list(dataset):
            if tag & 0xFFFF0000 == _PIXELS:
                del dataset[tag]
        return dataset

    # --- deleting and telling -------------------------------------------------------------------

    async def delete(
        self, study: str, series: str | None = None, instance: str | None = None
    ) -> int:
        """See `Store.delete`."""
        gone = 0
        for held in self._select(study, series, instance):
            with self._lock:
                if self._held.get(held.instance.instance) is not held:
                    continue  # somebody was quicker
                del self._held[held.instance.instance]
                self._size -= len(held.data)
                self._note(EventKind.DELETED, held.instance, "")
            gone += 1
            self._wake()
        return gone

    async def events(self, after: int = 0) -> AsyncIterator[StoreEvent]:
        """See `Store.events`."""
        with self._lock:
            found = [event for event in self._events if event.number > after]
        for event in found:
            yield event

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Store.subscribe`."""
        with self._lock:
            self._wakes = [*self._wakes, wake]

        def cancel() -> None:
            with self._lock:
                self._wakes = [other for other in self._wakes if other is not wake]

        return cancel

    def _note(self, kind: EventKind, instance: StoredInstance, sender: str) -> None:
        self._last += 1
        self._events.append(StoreEvent(self._last, kind, instance, sender))

    def _wake(self) -> None:
        for wake in self._wakes:
            wake()

    # --- looking ------------------------------------------------------------------------------

    def _snapshot(self) -> list[_Held]:
        with self._lock:
            return list(self._held.values())

    def _select(self, study: str | None, series: str | None, instance: str | None) -> list[_Held]:
        return [
            held
            for held in self._snapshot()
            if study in {None, held.instance.study}
            and series in {None, held.instance.series}
            and instance in {None, held.instance.instance}
        ]

    def _one(self, instance: str) -> _Held:
        with self._lock:
            held = self._held.get(instance)
        if held is None:
            raise UnknownInstance(instance)
        return held

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"<InMemoryStore: {len(self._held)} instances, {self._size} bytes>"


class _Arrival:
    """An instance on its way into memory."""

    def __init__(self, store: InMemoryStore, expected: Expected) -> None:
        self._store = store
        self._expected = expected
        self._data: bytearray | None = bytearray()

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        """See `Incoming.write`."""
        for view in views:
            data = self._data
            if data is None:
                raise RuntimeError("this instance was committed or discarded; receive another")
            try:
                self._store._take(len(data), len(view))
            except StoreFull:
                self._forget()
                raise
            data += view

    async def commit(self) -> Receipt:
        """See `Incoming.commit`."""
        data = self._data
        if data is None:
            raise RuntimeError("this instance was committed or discarded; receive another")
        self._forget()
        return self._store._keep(bytes(data), self._expected)

    async def discard(self) -> None:
        """See `Incoming.discard`."""
        self._forget()

    def _forget(self) -> None:
        if self._data is not None:
            self._store._release(len(self._data))
            self._data = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._forget()


# Tracebacks, reprs and pickles name the place that users import from
InMemoryStore.__module__ = "dicom_core.store"
