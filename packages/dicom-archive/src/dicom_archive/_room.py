"""How much may still come: limits of the archive, and the disk."""

import sys
from _thread import allocate_lock
from collections.abc import Callable
from typing import TYPE_CHECKING

from dicom_core.store import StoreFull
from dicom_net import DiskSpace

if TYPE_CHECKING:
    from ._settings import ArchiveSettings

__all__ = ["Room"]


class Room:
    """Counts the bytes that are on their way in against what is left."""

    def __init__(
        self,
        settings: "ArchiveSettings",
        stored: Callable[[], int],
        free: Callable[[], int] | None,
    ) -> None:
        self._settings = settings
        self._stored = stored
        self._free = free if settings.watch is not None else None
        self._lock = allocate_lock()
        self._arriving = 0
        self._known = 0  # bytes in the index, as of the last instance that began
        self.is_limited = settings.size < sys.maxsize
        """Whether the index is asked how much is there."""
        self.space = DiskSpace("ok", 0, 0)
        """How full the disk was when an instance last came."""

    def look(self, expected: int) -> None:
        """Whether so many bytes may come. Where there is a limit, the index is asked."""
        if self.is_limited:
            self._known = self._stored()
        self._check(0, expected)
        watch = self._settings.watch
        if self._free is None or watch is None:
            return
        free = self._free() - expected
        if free < watch.refuse:
            self.space = DiskSpace("full", free, watch.refuse)
            raise StoreFull("disk", watch.refuse - free)
        if free < watch.warn:
            self.space = DiskSpace("low", free, watch.warn)
        elif self.space.level != "ok":
            self.space = DiskSpace("ok", free, watch.warn)

    def take(self, so_far: int, more: int) -> None:
        """Reserve room for bytes that arrive. It waits for nothing; what the index has in the end decides."""
        if not self.is_limited:
            self._check(so_far, more)
            return
        with self._lock:
            self._check(so_far, more)
            self._arriving += more

    def release(self, size: int) -> None:
        """They are counted by the index from now on, or nowhere."""
        if self.is_limited:
            with self._lock:
                self._arriving -= size

    def _check(self, so_far: int, more: int) -> None:
        settings = self._settings
        if so_far + more > settings.instance_size:
            raise StoreFull("instance_size", so_far + more)
        if self.is_limited:
            wanted = self._known + self._arriving + more
            if wanted > settings.size:
                raise StoreFull("size", wanted)
