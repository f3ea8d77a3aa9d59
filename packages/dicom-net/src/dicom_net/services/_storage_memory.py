"""Instances that only pass through memory, for programs that take them from there."""

from _thread import allocate_lock
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dicom_core.store import StoreFull

if TYPE_CHECKING:
    from dicom_core.store import Expected

__all__ = ["MemoryArrival", "MemoryReceiver"]


class MemoryReceiver:
    """A `Receiver` that keeps nothing: `MemoryArrival.commit` gives the bytes."""

    def __init__(self, *, instance_size: int = 256 << 20, size: int = 1 << 30) -> None:
        self.instance_size = instance_size
        """The most bytes of one file."""
        self.size = size
        """The most bytes of all that are on their way in."""
        self._arriving = 0
        self._lock = allocate_lock()

    def receive(self, expected: "Expected | None" = None) -> "MemoryArrival":
        """See `Receiver.receive`."""
        if expected is not None and expected.size is not None:
            self._check(0, expected.size)
        return MemoryArrival(self)

    def _check(self, so_far: int, more: int) -> None:
        if so_far + more > self.instance_size:
            raise StoreFull("instance_size", so_far + more)
        if self._arriving + more > self.size:
            raise StoreFull("size", self._arriving + more)

    def _take(self, so_far: int, more: int) -> None:
        with self._lock:
            self._check(so_far, more)
            self._arriving += more

    def _release(self, size: int) -> None:
        with self._lock:
            self._arriving -= size


class MemoryArrival:
    """An instance on its way into memory."""

    __slots__ = ("_data", "_receiver")

    def __init__(self, receiver: MemoryReceiver) -> None:
        self._receiver = receiver
        self._data = bytearray()

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        """See `Arrival.write`."""
        views = list(views)
        self._receiver._take(len(self._data), sum(map(len, views)))
        for view in views:
            self._data += view

    def commit(self) -> bytes:
        """The whole file."""
        data = bytes(self._data)
        self.discard()
        return data

    def discard(self) -> None:
        """See `Arrival.discard`."""
        self._receiver._release(len(self._data))
        self._data = bytearray()


# Tracebacks, reprs and pickles name the place that users import from
MemoryArrival.__module__ = MemoryReceiver.__module__ = "dicom_net.services"
