"""Counts and times of operations, as plain values (no agent, no global registry)."""

from _thread import allocate_lock
from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from attrs import frozen

__all__ = ["MetricsSnapshot", "NetMetrics", "OperationMetrics"]

BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds: an operation is counted at the first bound that it does not exceed, or after the last."""


@frozen(kw_only=True)
class OperationMetrics:
    """What is known of one kind of operation."""

    count: int = 0
    success: int = 0
    warning: int = 0
    failure: int = 0
    cancelled: int = 0
    bytes: int = 0
    """Of data sets, sent or received."""
    seconds: float = 0.0
    """All of them together; those that overlap count each."""
    fastest: float = 0.0
    slowest: float = 0.0
    buckets: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)

    @property
    def mean(self) -> float:
        """Seconds an operation."""
        return self.seconds / self.count if self.count else 0.0

    @property
    def throughput(self) -> float:
        """Bytes a second while operations ran; 0 where no time was measured."""
        return self.bytes / self.seconds if self.seconds else 0.0


@frozen
class MetricsSnapshot:
    """Metrics at one moment, by the name of the operation (``C-STORE``)."""

    operations: Mapping[str, OperationMetrics]
    associations: Mapping[str, int]
    """How many were ``accepted``, ``rejected``, ``released``, ``aborted``."""

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Numbers and texts alone, for JSON and for whatever collects them."""
        from attrs import asdict

        return {
            "associations": dict(self.associations),
            "operations": {
                name: {**asdict(found), "mean": found.mean, "throughput": found.throughput}
                for name, found in self.operations.items()
            },
        }


class _Tally:
    __slots__ = ("buckets", "bytes", "counts", "fastest", "seconds", "slowest")

    def __init__(self) -> None:
        self.counts = {"success": 0, "warning": 0, "failure": 0, "cancelled": 0}
        self.bytes = 0
        self.seconds = 0.0
        self.fastest = float("inf")
        self.slowest = 0.0
        self.buckets = [0] * (len(BOUNDS) + 1)


class NetMetrics:
    """Counts as they grow. Give one to a server, a client or several of them; any thread may count."""

    def __init__(self) -> None:
        self._lock = allocate_lock()
        self._operations: dict[str, _Tally] = {}
        self._associations: dict[str, int] = {}

    def count(
        self, operation: str, *, status: int = 0, seconds: float = 0.0, size: int = 0
    ) -> None:
        """An operation is done: its name, its final DIMSE status, how long it took, bytes of its data."""
        kind = _kind(status)
        with self._lock:
            tally = self._operations.get(operation)
            if tally is None:
                tally = self._operations[operation] = _Tally()
            tally.counts[kind] += 1
            tally.bytes += size
            tally.seconds += seconds
            tally.fastest = min(tally.fastest, seconds)
            tally.slowest = max(tally.slowest, seconds)
            tally.buckets[bisect_left(BOUNDS, seconds)] += 1

    def association(self, what: str) -> None:
        """An association was ``accepted``, ``rejected``, ``released`` or ``aborted``."""
        with self._lock:
            self._associations[what] = self._associations.get(what, 0) + 1

    def snapshot(self) -> MetricsSnapshot:
        """What was counted so far; it does not change afterwards."""
        with self._lock:
            operations = {
                name: OperationMetrics(
                    count=sum(tally.counts.values()),
                    bytes=tally.bytes,
                    seconds=tally.seconds,
                    fastest=tally.fastest,
                    slowest=tally.slowest,
                    buckets=tuple(tally.buckets),
                    **tally.counts,
                )
                for name, tally in self._operations.items()
            }
            return MetricsSnapshot(operations, dict(self._associations))


def _kind(status: int) -> str:
    """The four kinds of PS3.7 C.1: FE00H is cancel; 0001H, 0107H, 0116H and Bxxx are warnings."""
    if status == 0:
        return "success"
    if status == 0xFE00:
        return "cancelled"
    return "warning" if status >> 12 == 0xB or status in {0x0001, 0x0107, 0x0116} else "failure"


# Tracebacks, reprs and pickles name the place that users import from
MetricsSnapshot.__module__ = NetMetrics.__module__ = OperationMetrics.__module__ = "dicom_net"
