"""A folder of blobs (HOSTILE P02, P03, P05).

Rule 1: `blob_key` makes every name.
Rule 2: a blob gets its name when it is whole, by a link that fails where the name is taken. What has no name yet
        is gone when the process dies (O_TMPFILE), or is found and removed by the next start.
Rule 3: nothing is followed out of the root: its folders are those that were there, or made, before.
"""

import os
from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from dicom_core.store import StoreFull
from dicom_core.store.files import (
    free_bytes,
    make_folder,
    sweep,
    sync_folder,
    takes_nameless,
)

from .._errors import ArchiveDamaged
from ._draft import FolderDraft
from ._keys import SHARD, blob_key, folder_of
from ._runs import Held, hold_new, runs, take
from ._source import BlobSource

if TYPE_CHECKING:
    from dicom_core import ByteSource

__all__ = ["FolderBlobs"]

_LOOKED_AFTER: Final = 2
"""The last folders of a run that may hold blobs that were never indexed: far more are never under way at once."""


class FolderBlobs:
    """Blobs in a folder, which is made where it is missing and must not change its place while this is in use.

    ``durable``: what was flushed and settled is there whatever happens then. ``reserve`` bytes of the disk stay free: a
    file that would need them is refused with `StoreFull`.
    """

    blocks: Final = True

    def __init__(
        self,
        root: "str | os.PathLike[str]",
        *,
        durable: bool = True,
        reserve: int = 0,
        free: Callable[[str], int] = free_bytes,
    ) -> None:
        os.makedirs(root, exist_ok=True)
        self.root: Final = os.path.realpath(root)
        self.durable: Final = durable
        self.reserve: Final = reserve
        self.nameless = takes_nameless(self.root)
        self._free = free
        self._lock = allocate_lock()
        self._known: dict[str, tuple[int, int]] = {"": _identity(self.root)}
        self._held: Held | None = None
        self._number = 0
        sweep(self.root)

    # --- putting --------------------------------------------------------------------------------

    def begin(self, expected_size: int | None = None) -> FolderDraft:
        """See `BlobStore.begin`."""
        self.check_room(expected_size or 0)
        return FolderDraft(self)

    def check_room(self, more: int) -> None:
        """`StoreFull` where so many bytes more would leave less of the disk than stays free."""
        if self.reserve:
            free = self._free(self.root) - more
            if free < self.reserve:
                raise StoreFull("disk", self.reserve - free)

    def free(self) -> int:
        """Free bytes of the disk."""
        return self._free(self.root)

    def new_key(self, sop_instance: str) -> str:
        """See `BlobStore.new_key`."""
        with self._lock:
            if self._held is None:
                self._check("")
                self._held = hold_new(self.root, durable=self.durable)
                self._number = 0
            number = self._number
            self._number += 1
            run = self._held.run
        return blob_key(run, number, sop_instance)

    def path_for(self, key: str) -> str:
        """The path at which a new blob is placed; its folders are made where they are missing."""
        run, shard, name = key.split("/")
        self._folder("", run)
        return os.path.join(self._folder(run, f"{run}/{shard}"), name)

    def settle(self, keys: Sequence[str]) -> None:
        """See `BlobStore.settle`."""
        if self.durable:
            for folder in dict.fromkeys(map(folder_of, keys)):
                sync_folder(os.path.join(self.root, folder))

    def _folder(self, above: str, folder: str) -> str:
        """A folder, made where it is missing; it is the one that was known, or is none yet."""
        self._check(above)
        path = os.path.join(self.root, folder)
        if folder in self._known:
            self._check(folder)
            return path
        make_folder(path)
        if self.durable:
            sync_folder(os.path.join(self.root, above))
        with self._lock:
            if len(self._known) > SHARD:  # only a memory of what was seen
                self._known = {"": self._known[""]}
            self._known[folder] = _identity(path)
        return path

    def _check(self, folder: str) -> None:
        """That a folder is still the one that was known; what is not known is not looked at."""
        known = self._known.get(folder)
        if known is not None:
            # With a separator at its end a path would be followed
            path = os.path.join(self.root, folder) if folder else self.root
            try:
                if _identity(path) == known:
                    return
            except OSError:
                pass
            raise ArchiveDamaged(
                f"{path} is no longer the folder that was opened", "put it back, or start again"
            )

    # --- reading and removing -------------------------------------------------------------------

    def path_of(self, key: str) -> str:
        """Where a blob is."""
        return f"{self.root}{os.sep}{key.replace('/', os.sep)}"

    def read(self, key: str, size: int | None = None) -> "ByteSource":
        """See `BlobStore.read`."""
        return BlobSource(self.path_of(key), size)

    def delete(self, keys: Iterable[str]) -> None:
        """See `BlobStore.delete`."""
        for key in keys:
            with suppress(FileNotFoundError):
                os.unlink(self.path_of(key))

    def size_of(self, key: str) -> int | None:
        """See `BlobStore.size_of`."""
        try:
            return os.lstat(self.path_of(key)).st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def keys(self, after: str = "") -> Iterator[str]:
        """See `BlobStore.keys`. Files that no key has are passed over."""
        first_run, _, rest = after.partition("/")
        first_shard = rest.partition("/")[0]
        for run in self.names(""):
            if run < first_run:
                continue
            for shard in self.names(run):
                if run == first_run and shard < first_shard:
                    continue
                yield from (key for key in self.keys_in(run, shard) if key > after)

    def keys_in(self, run: str, shard: str) -> list[str]:
        """The keys of one folder."""
        names = self.names(f"{run}/{shard}")
        return [f"{run}/{shard}/{name}" for name in names if name.endswith(".dcm")]

    def names(self, folder: str) -> list[str]:
        """What is in a folder, in order; nothing where there is no such folder."""
        try:
            names = os.listdir(os.path.join(self.root, folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(name for name in names if not name.startswith("."))

    # --- runs -----------------------------------------------------------------------------------

    def abandoned(self) -> "Iterator[AbandonedFolder]":
        """See `BlobStore.abandoned`."""
        own = self._held.run if self._held is not None else ""
        for run in runs(self.root):
            held = None if run == own else take(self.root, run)
            if held is not None:
                yield AbandonedFolder(self, held)

    def busy_runs(self) -> set[str]:
        """See `BlobStore.busy_runs`."""
        return set(runs(self.root))

    def close(self, *, in_order: bool = True) -> None:
        """See `BlobStore.close`."""
        with self._lock:
            held, self._held = self._held, None
        if held is not None and in_order:
            held.remove()
        elif held is not None:
            held.release()


class AbandonedFolder:
    """See `Abandoned`."""

    def __init__(self, blobs: FolderBlobs, held: Held) -> None:
        self._blobs = blobs
        self._held = held

    @property
    def run(self) -> str:
        return self._held.run

    def last_keys(self) -> list[str]:
        """See `Abandoned.last_keys`."""
        run, blobs = self.run, self._blobs
        return [
            key for shard in blobs.names(run)[-_LOOKED_AFTER:] for key in blobs.keys_in(run, shard)
        ]

    def close(self) -> None:
        """See `Abandoned.close`."""
        self._held.remove()

    def release(self) -> None:
        """See `Abandoned.release`."""
        self._held.release()


def _identity(path: str) -> tuple[int, int]:
    """Device and inode of a folder; of nothing else, and of no link to one."""
    from stat import S_ISDIR

    status = os.lstat(path)
    if not S_ISDIR(status.st_mode):
        raise NotADirectoryError(f"something else has the place of the folder {path}")
    return status.st_dev, status.st_ino


# Tracebacks, reprs and pickles name the place that users import from
FolderBlobs.__module__ = "dicom_archive.blobs"
