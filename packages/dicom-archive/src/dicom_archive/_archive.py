"""`Archive`: an index and a place for files that together are a store."""

import os
from _thread import allocate_lock
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from dicom_core import BytesSource, DicomError
from dicom_core.store import Expected, StoredInstance, StoreEvent, UnknownInstance

from ._commits import Commits
from ._errors import ArchiveDamaged
from ._headers import unpack_header
from ._ingest import Arrival
from ._lock import FolderLock
from ._quarantine import Quarantine
from ._recovery import Recovered, recover
from ._room import Room
from ._settings import ArchiveSettings
from ._threads import Writers, off_loop
from .blobs import BlobStore, FolderBlobs, MemoryBlobs
from .index import Index

if TYPE_CHECKING:
    from dicom_core import ByteSource, Dataset
    from dicom_core.query import Query
    from dicom_net import DiskSpace

__all__ = ["Archive"]

_DEFAULT: Final = ArchiveSettings()
_UNANNOUNCED: Final = Expected()
_SMALL: Final = 1 << 16  # bytes of a file that is read before it is asked for
_FIRST_PAGE: Final = 25  # entities; each page is twice as long as the one before


class Archive:
    """A `dicom_core.store.Store` that lasts: instances are acknowledged when their bytes and their rows in the index are durable.

    >>> from dicom_archive import Archive
    >>> from dicom_core.store import drive, put
    >>> from dicom_core.store.testing import sample
    >>> with Archive.in_memory() as archive:
    ...     print(drive(put(archive, sample())).outcome)
    stored

    Its coroutines wait in threads where there is an event loop (asyncio or trio), and do their work at once where there
    is none. It may be used from several threads, and its folder by several processes.
    """

    def __init__(
        self,
        index: Index,
        blobs: BlobStore,
        settings: ArchiveSettings = _DEFAULT,
        *,
        quarantine: Quarantine | None = None,
    ) -> None:
        self.folder: str | None = None
        """Where it is; None for one that `open` did not open."""
        self.index: Final = index
        self.blobs: Final = blobs
        self.settings: Final = settings
        self.quarantine: Final = quarantine
        free = blobs.free if isinstance(blobs, FolderBlobs) else None
        self.room: Final = Room(settings, lambda: index.totals()[1], free)
        self.commits: Final = Commits(index, blobs, settings.store, self._happened)
        self.writers: Final = Writers()
        self.blocks: Final = blobs.blocks
        self._lock = allocate_lock()
        self._wakes: list[Callable[[], None]] = []
        self._seen = 0
        self._is_closed = False
        self._url: str | None = None
        self._folder_lock: FolderLock | None = None

    @classmethod
    def open(
        cls,
        folder: "str | os.PathLike[str]",
        settings: ArchiveSettings = _DEFAULT,
        *,
        index: str | None = None,
        create: bool = True,
    ) -> Self:
        """The archive in a folder, made where there is none unless ``create`` is False.

        ``index`` is the URL of a database elsewhere, such as ``postgresql+psycopg://user@host/name``. What a process
        that died left behind is put right first (`recover`). Raises `ArchiveBusy` while the index is being rebuilt, and
        `ArchiveDamaged` where it is gone but files are there.
        """
        root = os.path.abspath(folder)
        file = os.path.join(root, "index.sqlite")
        if create:
            os.makedirs(root, exist_ok=True)
        # A folder that is no archive gets no lock: opening the index says so
        is_there = create or os.path.exists(file if index is None else root)
        lock = FolderLock(root) if is_there else None
        try:
            archive = cls._opened(root, settings, index or file, create=create)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        archive.folder, archive._url, archive._folder_lock = root, index, lock
        return archive

    @classmethod
    def _opened(cls, root: str, settings: ArchiveSettings, index: str, *, create: bool) -> Self:
        blobs_folder = os.path.join(root, "blobs")
        if index.startswith(root) and not os.path.exists(index) and os.path.isdir(blobs_folder):
            first = next(FolderBlobs(blobs_folder).keys(), None)
            # Who made an index in this moment made it before the first file
            if first is not None and not os.path.exists(index):
                raise ArchiveDamaged(
                    f"the index {index} is gone, and files are there",
                    "put a copy of it back, or make a new one with `dicom archive rebuild`",
                )
        opened = Index.open(
            index, durable=settings.durable, create=create, busy_seconds=settings.busy_seconds
        )
        try:
            blobs = FolderBlobs(
                blobs_folder,
                durable=settings.durable,
                reserve=0 if settings.watch is None else settings.watch.refuse,
            )
            quarantine = Quarantine(
                os.path.join(root, "quarantine"),
                files=settings.quarantine_files,
                size=settings.quarantine_size,
                durable=settings.durable,
            )
            archive = cls(
                opened, blobs, settings, quarantine=quarantine if settings.quarantine else None
            )
            archive.recover()
        except BaseException:
            opened.close()
            raise
        return archive

    def reopening(self) -> "Callable[[], Archive]":
        """What opens the same archive in another process. ValueError for one that `open` did not open."""
        if self.folder is None:
            raise ValueError("an archive in memory cannot be opened by another process")
        return partial(Archive.open, self.folder, self.settings, index=self._url, create=False)

    @classmethod
    def in_memory(cls, settings: ArchiveSettings = _DEFAULT) -> Self:
        """An archive that is gone with the process, for tests and demonstrations."""
        return cls(Index.open("sqlite://", durable=False), MemoryBlobs(), settings)

    def recover(self) -> Recovered:
        """Put right what dead processes left behind; `open` does it, and a program that runs for long may."""
        return recover(self.index, self.blobs)

    def close(self) -> None:
        """Close it. What is being kept is kept; what is on its way in is lost, and was not acknowledged."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self.commits.close()
        self.writers.close()
        self.blobs.close(in_order=not self.commits.in_doubt)
        self.index.close()
        if self._folder_lock is not None:
            self._folder_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await off_loop(self.close, blocks=self.blocks)

    # --- putting ------------------------------------------------------------------------------

    async def receive(self, expected: Expected | None = None) -> Arrival:
        """See `Store.receive`."""
        known = expected or _UNANNOUNCED
        begin = partial(self._begin, known)
        # The disk is asked for its free room, which takes microseconds; the index may be locked
        return await off_loop(begin, blocks=self.blocks and self.room.is_limited)

    def _begin(self, expected: Expected) -> Arrival:
        self.room.look(expected.size or 0)
        return Arrival(self, expected, self.blobs.begin(expected.size))

    @property
    def space(self) -> "DiskSpace":
        """How full the disk was when an instance last came."""
        return self.room.space

    # --- asking -------------------------------------------------------------------------------

    async def search(self, query: "Query") -> "AsyncIterator[Dataset]":
        """See `Store.search`."""
        async for page in self.search_pages(query):
            for entity in page:
                yield entity

    async def search_pages(self, query: "Query") -> "AsyncIterator[Sequence[Dataset]]":
        """The same, a page at a time: each is one step of work, and its length is bounded (`ArchiveSettings.page`).

        The first ones are shorter, so that whoever asked soon has something. A page may be empty, and others come after
        it: looking at many entities is several steps.

        Raises `QueryTooBroad` where too many entities would have to be looked at one by one.
        """
        left, after, size = query.limit, None, _FIRST_PAGE
        while left is None or left > 0:
            size = min(size, self.settings.page)
            most = size if left is None else min(left, size)
            size *= 2
            step = partial(
                self.index.search, query, after=after, most=most, scan=self.settings.scan
            )
            page = await off_loop(step, blocks=self.blocks)
            yield page.entities
            after = page.next
            if after is None:
                return
            if left is not None:
                left -= len(page.entities)

    async def count(self, query: "Query") -> int:
        """See `Store.count`; raises `QueryTooBroad` as `search_pages` does."""
        step = partial(self.index.count, query, scan=self.settings.scan)
        return await off_loop(step, blocks=self.blocks)

    async def instances(
        self, study: str | None = None, series: str | None = None, instance: str | None = None
    ) -> AsyncIterator[StoredInstance]:
        """See `Store.instances`."""
        after = 0
        while True:
            page = partial(
                self.index.instances, study, series, instance, after=after, most=self.settings.page
            )
            found, after = await off_loop(page, blocks=self.blocks)
            for kept in found:
                yield kept.instance
            if not after:
                return

    async def find(self, instance: str) -> StoredInstance:
        """See `Store.find`."""
        kept = await off_loop(partial(self.index.find, instance), blocks=self.blocks)
        return kept.instance

    async def read(self, instance: str) -> "ByteSource":
        """See `Store.read`. The file is opened when it is read; `ArchiveDamaged` comes from there, too."""
        kept = await off_loop(partial(self.index.find, instance), blocks=self.blocks)
        return self.blobs.read(kept.key, kept.instance.size)

    async def read_several(self, instances: Sequence[str]) -> "list[ByteSource | Exception]":
        """The same for several, looked up together; an error stands in the place of its instance.

        Small files are read at once: a thread for each of them would take longer than reading it.
        """
        return await off_loop(partial(self._read_several, instances), blocks=self.blocks)

    def _read_several(self, instances: Sequence[str]) -> "list[ByteSource | Exception]":
        known = self.index.places(instances)
        found: list[ByteSource | Exception] = []
        for instance in instances:
            place = known.get(instance)
            if place is None:
                found.append(UnknownInstance(instance))
                continue
            key, size = place
            try:
                source = self.blobs.read(key, size)
                if size <= _SMALL:
                    source = BytesSource(source.read_range(0, size))
                found.append(source)
            except (DicomError, OSError) as error:
                found.append(error)
        return found

    async def metadata(self, instance: str) -> "Dataset":
        """See `Store.metadata`: out of the index. Large values of bytes are handles on the file."""
        return await off_loop(partial(self._metadata, instance), blocks=self.blocks)

    def _metadata(self, instance: str) -> "Dataset":
        kept = self.index.find(instance)
        header = self.index.header(instance)
        return unpack_header(header, lambda: self.blobs.read(kept.key, kept.instance.size))

    # --- deleting and telling -------------------------------------------------------------------

    async def delete(
        self, study: str, series: str | None = None, instance: str | None = None
    ) -> int:
        """See `Store.delete`. A large study goes in several transactions, each of them whole."""
        gone = 0
        while True:
            step = partial(self._delete, study, series, instance)
            found = await off_loop(step, blocks=self.blocks)
            gone += found
            if not found:
                return gone

    def _delete(self, study: str, series: str | None, instance: str | None) -> int:
        found = self.index.delete(study, series, instance)
        if found:
            keys = [kept.key for kept in found]
            self.blobs.delete(keys)
            self.index.forget(keys)
            self._happened(len(found))
        return len(found)

    async def events(self, after: int = 0) -> AsyncIterator[StoreEvent]:
        """See `Store.events`: also of other processes on the same index."""
        while True:
            look = partial(self.index.events, after, self.settings.page)
            found = await off_loop(look, blocks=self.blocks)
            for event in found:
                yield event
            if not found:
                return
            after = found[-1].number

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """See `Store.subscribe`. What other processes do wakes when `poll` is called."""
        with self._lock:
            self._wakes = [*self._wakes, wake]

        def cancel() -> None:
            with self._lock:
                self._wakes = [other for other in self._wakes if other is not wake]

        return cancel

    async def poll(self) -> bool:
        """Look whether anything happened since this was last called, in whatever process; who subscribed is woken then."""
        found = await off_loop(self._last_event, blocks=self.blocks)
        if found == self._seen:
            return False
        self._seen = found
        self._wake()
        return True

    def _last_event(self) -> int:
        last = self._seen
        while found := self.index.events(last, self.settings.page):
            last = found[-1].number
        return last

    def _happened(self, events: int) -> None:
        for _ in range(events):
            self._wake()

    def _wake(self) -> None:
        for wake in self._wakes:
            wake()

    def __repr__(self) -> str:
        return f"<Archive: {self.blobs!r}, {self.index!r}>"


# Tracebacks, reprs and pickles name the place that users import from
Archive.__module__ = "dicom_archive"
