"""A folder of Part 10 files as the place where instances go (NET-080, NET-083; HOSTILE P02, P03, P05, N18).

Rule 1: every name is made by `dicom_core.store.safe_name`, also those of folders.
Rule 2: a file gets its name when it is whole, by a link that fails where the name is taken. What has no name yet
        is gone when the process dies (O_TMPFILE), or is found and removed by the next start.
Rule 3: nothing is followed out of the root: its folders are those that were there, or made, before.
"""

import os
from _thread import allocate_lock
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from attrs import frozen

from dicom_core.store import (
    DuplicatePolicy,
    InstanceConflict,
    InstanceRefused,
    Outcome,
    StoreError,
    StoreFull,
)
from dicom_core.store.files import (
    Temporary,
    free_bytes,
    link,
    make_folder,
    replace,
    same_data_set,
    sweep,
    sync_folder,
    takes_nameless,
    write_all,
)

from ._directory_layout import Layout, path_of
from ._storage_types import StoredFile

if TYPE_CHECKING:
    from dicom_core.store import Expected

__all__ = ["DirectoryStorage", "DiskSpace", "DiskWatch", "StorageMoved"]

_LONG: Final = 8 << 20  # bytes that take milliseconds to be compared
_LOOK_AGAIN: Final = 64 << 20  # bytes of one instance after which the disk is looked at again


class StorageMoved(StoreError):
    """A folder is no longer the one that was opened: it was removed, or something else took its place."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"{self.what} is no longer the folder that was opened; put it back or start again"


@frozen
class DiskWatch:
    """When to tell that a disk fills up, and when to refuse instances, in free bytes."""

    warn: int = 4 << 30
    refuse: int = 1 << 30


@frozen
class DiskSpace:
    """How full the disk is: ``level`` is ``ok``, ``low`` or ``full``."""

    level: str
    free: int
    threshold: int


_WATCH: Final = DiskWatch()
_OK: Final = DiskSpace("ok", 0, 0)


class DirectoryStorage:
    """A folder that takes instances, a `Receiver`.

    ``layout`` says where a file goes below ``root``: a `Layout`, or a template such as ``"{PatientID}/{StudyInstanceUID}/
    {SOPInstanceUID}.dcm"`` with keywords of the data set. ``duplicates`` decides about another instance of the same
    name; the same data set is always welcome. ``durable`` waits for the disk before an instance is acknowledged:
    whatever happens then, it is there.

    The folder is made where it is missing, and must not change its place while this is in use.
    """

    def __init__(
        self,
        root: "str | os.PathLike[str]",
        *,
        layout: Layout | str = Layout.STUDY,
        duplicates: DuplicatePolicy = DuplicatePolicy.KEEP,
        durable: bool = True,
        watch: DiskWatch | None = _WATCH,
        free: Callable[[str], int] = free_bytes,
    ) -> None:
        self.layout = Layout.template(layout)
        self.duplicates = DuplicatePolicy(duplicates)
        self.durable = durable
        self.watch = watch
        self.space = _OK
        """As it was when an instance last came."""
        os.makedirs(root, exist_ok=True)
        self.root = os.path.realpath(root)
        self._free = free
        self._known = {"": _identity(os.lstat(self.root))}
        self._lock = allocate_lock()
        self._syncs: dict[str, _Sync] = {}
        self.nameless = takes_nameless(self.root)
        sweep(self.root)

    def receive(self, expected: "Expected | None" = None) -> "DirectoryArrival":
        """See `Receiver.receive`."""
        self._check_root()
        size = expected.size if expected is not None else None
        self._check_space(size or 0)
        return DirectoryArrival(self, expected)

    def _check_root(self) -> None:
        if self._known[""] != _lstat(self.root):
            raise StorageMoved("the storage folder")

    def _check_space(self, more: int) -> None:
        watch = self.watch
        if watch is None:
            return
        free = self._free(self.root) - more
        if free < watch.refuse:
            self.space = DiskSpace("full", free, watch.refuse)
            raise StoreFull("disk", watch.refuse - free)
        if free < watch.warn:
            self.space = DiskSpace("low", free, watch.warn)
        elif self.space.level != "ok":
            self.space = DiskSpace("ok", free, watch.warn)

    # --- folders --------------------------------------------------------------------------------

    def _folder(self, parts: tuple[str, ...]) -> str:
        """The folder of a file, made where it is missing; each step is a folder that was known, or is none yet."""
        self._check_root()
        path, relative = self.root, ""
        for part in parts:
            above = path
            path = os.path.join(path, part)
            relative = f"{relative}/{part}"
            found = _lstat(path)
            known = self._known.get(relative)
            if found is not None and known is not None and found != known:
                raise StorageMoved("a folder below the storage folder")
            if found is None:
                make_folder(path)
                found = _lstat(path)
                if self.durable:
                    self._sync(above)
            if found is None or not found[2]:
                raise NotADirectoryError("something else has the place of a folder")
            with self._lock:
                if len(self._known) > 100_000:  # only a memory of what was seen
                    self._known = {"": self._known[""]}
                self._known[relative] = found
        return path

    def _sync(self, folder: str) -> None:
        with self._lock:
            group = self._syncs.get(folder)
            if group is None:
                if len(self._syncs) > 1000:
                    self._syncs = {}
                group = self._syncs[folder] = _Sync(folder)
        group.wait()


class _Sync:
    """Makes the names in one folder durable, for all who wait at the same time by one call."""

    __slots__ = ("_counter", "_done", "_folder", "_lock", "_wanted")

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = allocate_lock()
        self._counter = allocate_lock()
        self._wanted = 0
        self._done = 0

    def wait(self) -> None:
        """Return when every name that was given before this call is durable."""
        with self._counter:
            self._wanted += 1
            mine = self._wanted
        with self._lock:
            if self._done >= mine:
                return  # the one before us began after we asked
            with self._counter:
                covered = self._wanted
            sync_folder(self._folder)
            self._done = covered


class DirectoryArrival:
    """An instance on its way into a folder."""

    __slots__ = ("_expected", "_size", "_storage", "_temporary", "_unlooked")

    def __init__(self, storage: DirectoryStorage, expected: "Expected | None") -> None:
        self._storage = storage
        self._expected = expected
        self._size = 0
        self._unlooked = 0
        self._temporary: Temporary | None = Temporary(storage.root, nameless=storage.nameless)

    def _file(self) -> Temporary:
        if self._temporary is None:
            raise RuntimeError("this instance was committed or discarded; receive another")
        return self._temporary

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        """See `Arrival.write`."""
        written = write_all(self._file().descriptor, views)
        self._size += written
        self._unlooked += written
        if self._unlooked > _LOOK_AGAIN:
            self._unlooked = 0
            self._storage._check_space(0)

    @property
    def blocks(self) -> bool:
        """Whether `commit` waits for the disk: to make the file durable, or to compare it with one that is there."""
        return self._storage.durable or self._size > _LONG

    def commit(self) -> StoredFile:
        """Give it its name; waits for the disk where the storage is durable."""
        file = self._file()
        expected = self._expected
        if expected is not None and expected.size not in {None, self._size}:
            self.discard()
            raise InstanceRefused("incomplete", "another number of bytes was announced")
        storage = self._storage
        try:
            *parts, name = path_of(storage.layout, file.readable, expected)
            if storage.durable:
                os.fsync(file.descriptor)
            folder = storage._folder(tuple(parts))
            path = os.path.join(folder, name)
            outcome = self._give_name(file, path)
            if storage.durable:
                storage._sync(folder)
        finally:
            self.discard()
        return StoredFile(path=path, size=self._size, outcome=outcome)

    def _give_name(self, file: Temporary, path: str) -> Outcome:
        policy = self._storage.duplicates
        try:
            link(file, path)
        except FileExistsError:
            if same_data_set(file.descriptor, self._size, path):
                return Outcome.DUPLICATE
            if policy is DuplicatePolicy.KEEP:
                return Outcome.KEPT
            if policy is DuplicatePolicy.REJECT:
                instance = self._expected.sop_instance if self._expected is not None else None
                raise InstanceConflict(instance or "") from None
            replace(file, self._storage.root, path)
            return Outcome.REPLACED
        return Outcome.STORED

    def discard(self) -> None:
        """See `Arrival.discard`."""
        temporary, self._temporary = self._temporary, None
        if temporary is not None:
            temporary.close()


def _identity(status: os.stat_result) -> tuple[int, int, bool]:
    from stat import S_ISDIR

    return status.st_dev, status.st_ino, S_ISDIR(status.st_mode)


def _lstat(path: str) -> tuple[int, int, bool] | None:
    try:
        return _identity(os.lstat(path))
    except FileNotFoundError:
        return None


# Tracebacks, reprs and pickles name the place that users import from
DirectoryStorage.__module__ = DiskSpace.__module__ = DiskWatch.__module__ = "dicom_net"
StorageMoved.__module__ = "dicom_net"
