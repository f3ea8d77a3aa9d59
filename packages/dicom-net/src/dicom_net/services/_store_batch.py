"""Many instances: what goes over which association, what became of each, and when to try again. No I/O but looking at heads.

A door asks for the next `Job`, opens an association with its contexts, iterates over its operation, and says when
the association was lost; it decides nothing. Several jobs may run at once, in one thread or in several.
"""

from _thread import allocate_lock
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dicom_core import DicomError

from .._errors import ErrorCategory, LocalProtocolError, NetworkError
from .._operation import Operation
from .._tools import Tools
from ._store import Done, store_queue
from ._store_plan import Header, plan
from ._store_source import Outgoing, StoreSource, Unsendable, outgoing
from ._store_types import (
    BatchConfig,
    BatchError,
    BatchEvent,
    BatchProgress,
    BatchResult,
    FileOutcome,
    FileResult,
    StoreResult,
)

if TYPE_CHECKING:
    from ..dimse import Exchange  # type: ignore[attr-defined, unused-ignore]

__all__ = ["Batch", "Job", "StopSwitch"]


class StopSwitch:
    """Ends a batch between two instances, from any task or thread: those outstanding are answered, the association is
    released, and the result says what was not attempted."""

    __slots__ = ("is_set",)

    def __init__(self) -> None:
        self.is_set = False

    def set(self) -> None:
        """End it."""
        self.is_set = True


class _Item:
    """An instance and what is known of it."""

    __slots__ = ("attempts", "index", "instance", "result", "skips", "source")

    def __init__(self, index: int, source: StoreSource, *, skips: bool) -> None:
        self.index = index
        self.source: StoreSource | None = source
        self.skips = skips
        self.instance: Outgoing | None = None
        self.attempts = 0
        self.result: FileResult | None = None

    @property
    def path(self) -> str:
        import os

        return os.fspath(self.source) if isinstance(self.source, str | os.PathLike) else ""


class Job:
    """One association's share of a batch. It is the `Queue` of its operation."""

    def __init__(
        self,
        batch: "Batch",
        contexts: tuple[tuple[str, tuple[str, ...]], ...],
        items: Iterable[_Item],
    ) -> None:
        self.contexts = contexts
        self._batch = batch
        self._left = deque(items)
        self._out: dict[int, _Item] = {}

    def operation(self, exchange: "Exchange", tools: Tools) -> Operation[None]:
        """Sends it all; gives `BatchEvent`s."""
        config = self._batch.config
        return store_queue(
            exchange,
            self,
            tools,
            config.store,
            window=config.window,
            delay=config.delay,
            stopped=self._batch.is_stopped,
        )

    def next(self) -> tuple[int, Outgoing] | None:
        """See `Queue.next`."""
        if not self._left:
            return None
        item = self._left.popleft()
        item.attempts += 1
        self._out[item.index] = item
        assert item.instance is not None
        return item.index, item.instance

    def done(self, number: int, done: Done, /) -> Iterable[BatchEvent | None]:
        """See `Queue.done`."""
        item = self._out.pop(number)
        metrics, result = self._batch.config.metrics, done.result
        if metrics is not None and result is not None:
            metrics.count("C-STORE", status=result.status, seconds=result.seconds, size=result.size)
        if self._batch.may_retry(item, done):
            self._left.append(item)
            return ()
        return self._batch.finish(item, done)

    def lost(self) -> list[_Item]:
        """What has no result, now that the association is gone."""
        left = [*self._out.values(), *self._left]
        self._out.clear()
        self._left.clear()
        return left


class Batch:
    """A batch on its way.

    ``sources`` are looked at as they are needed: all at once where they are a sequence, ``ahead`` at a time where
    they come one by one. ``skips`` says that what is no instance is no failure, as in a folder.
    """

    def __init__(
        self,
        sources: Iterable[StoreSource],
        config: BatchConfig,
        tools: Tools,
        *,
        stop: StopSwitch | None = None,
        skips: bool = False,
    ) -> None:
        self.config = config
        self._tools = tools
        self._stop = stop or StopSwitch()
        self._skips = skips
        self._sources = iter(sources)
        self._total = len(sources) if isinstance(sources, list | tuple) else None
        self._items: list[_Item] = []
        self._jobs: deque[Job] = deque()
        self._exhausted = False
        self._began = tools.clock()
        self._lock = allocate_lock()  # jobs may run in threads
        self._untold: list[BatchEvent] = []
        self._told = 0  # results are told in the order of their sources
        self._counts = dict.fromkeys(FileOutcome, 0)
        self._bytes = 0
        self._total_bytes = 0
        self._sized = True  # else the sizes of some are known only when they are encoded
        self._associations = 0
        self._failing = 0  # associations in a row that brought nothing forward
        self._error = ""

    @property
    def is_listed(self) -> bool:
        """Whether the sources are all there, so that any thread may look at them."""
        return self._total is not None

    def add(self, sources: Iterable[StoreSource]) -> None:
        """More sources, after those before have been sent."""
        with self._lock:
            self._total = None
            self._sources = iter(sources)
            self._exhausted = False

    def is_stopped(self) -> bool:
        """Whether nothing more is to be sent."""
        return self._stop.is_set

    def stop(self) -> None:
        """Send nothing more."""
        self._stop.set()

    # --- jobs -----------------------------------------------------------------------------------

    def next_job(self) -> Job | None:
        """The next association to open, or None; takes time where heads must be read."""
        with self._lock:
            while not self._jobs and not self._exhausted and not self._stop.is_set:
                self._look_ahead()
            if not self._jobs or self._stop.is_set:
                return None
            self._associations += 1
            return self._jobs.popleft()

    def _look_ahead(self) -> None:
        most = self._total if self._total is not None else self.config.ahead
        found: list[_Item] = []
        for source in self._sources:
            item = _Item(len(self._items), source, skips=self._skips)
            self._items.append(item)
            self._look_at(item, source)
            if item.result is None:
                found.append(item)
            if len(found) >= most:
                break
        else:
            self._exhausted = True
        self._plan(found)

    def _look_at(self, item: _Item, source: StoreSource) -> None:
        try:
            item.instance = outgoing(source)
        except (Unsendable, OSError) as wrong:
            skipped = item.skips and isinstance(wrong, Unsendable) and not wrong.is_dicom
            self._settle(
                item, FileOutcome.SKIPPED if skipped else FileOutcome.FAILED, error=_text(wrong)
            )
            return
        self._total_bytes += item.instance.size
        self._sized = self._sized and item.instance.body is not None

    def _plan(self, items: list[_Item]) -> None:
        by_index = {item.index: item for item in items}
        headers = [
            Header(item.index, item.instance.sop_class, item.instance.transfer_syntax)
            for item in items
            if item.instance is not None
        ]
        config = self.config
        for planned in plan(
            headers,
            conversion=config.store.conversion,
            max_items=config.max_per_association,
            lanes=min(config.parallel, max(len(headers), 1)),
        ):
            self._jobs.append(
                Job(self, planned.contexts, [by_index[index] for index in planned.items])
            )

    def lost(self, job: Job, error: NetworkError) -> "list[BatchEvent | None]":
        """The association of a job was refused or ended; what it had not sent is tried again, or fails."""
        with self._lock:
            items = job.lost()
            again = [
                item
                for item in items
                if item.attempts <= self.config.retries
                and error.category is not ErrorCategory.CONFIGURATION
            ]
            # An association that ends before anything is sent again and again must not go on for ever
            self._failing += 1
            if self._failing > self.config.retries + 1:
                again = []
            if self._stop.is_set:
                again = []
            self._untold.append(BatchError(text=str(error), retrying=bool(again)))
            kept = {item.index for item in again}
            for item in items:
                if item.index not in kept:
                    self._settle(item, FileOutcome.FAILED, error=_text(error))
            if again:
                self._jobs.append(Job(self, job.contexts, again))
            elif items:
                self._error = str(error)
                if self.config.fail_fast:
                    self._stop.set()
            return self._tell()

    # --- results --------------------------------------------------------------------------------

    def may_retry(self, item: _Item, done: Done) -> bool:
        """Whether a failure may pass, and the item has attempts left."""
        if item.attempts > self.config.retries or self._stop.is_set:
            return False
        if done.result is None:
            return False
        # A7xx: out of resources; 0110H: processing failure (PS3.4 B.2.3, PS3.7 C.5)
        return done.result.status >> 8 == 0xA7 or done.result.status == 0x0110

    def finish(self, item: _Item, done: Done) -> "list[BatchEvent | None]":
        """An item has its result; see `take` for what is returned."""
        with self._lock:
            self._failing = 0
            result = done.result
            if result is None:
                error = done.error or LocalProtocolError("nothing became of it")
                self._settle(item, FileOutcome.FAILED, error=_text(error))
            elif not result.success:
                self._settle(item, FileOutcome.FAILED, result=result, error=_refused(result))
            else:
                warns = result.status != 0
                self._bytes += result.size
                self._settle(
                    item, FileOutcome.WARNING if warns else FileOutcome.SENT, result=result
                )
            return self._tell()

    def _settle(
        self,
        item: _Item,
        outcome: FileOutcome,
        *,
        result: StoreResult | None = None,
        error: str = "",
    ) -> None:
        instance = item.instance
        item.result = FileResult(
            index=item.index,
            source=item.path,
            outcome=outcome,
            sop_class="" if instance is None else instance.sop_class,
            sop_instance="" if instance is None else instance.sop_instance,
            status=None if result is None else result.status,
            error=error,
            attempts=item.attempts,
            size=0 if result is None else result.size,
            seconds=0.0 if result is None else result.seconds,
            transfer_syntax="" if result is None else result.transfer_syntax,
        )
        item.instance = item.source = None  # 10,000 of them need not stay in memory
        self._counts[outcome] += 1
        if outcome is FileOutcome.FAILED and self.config.fail_fast:
            self._stop.set()

    def _tell(self) -> "list[BatchEvent | None]":
        """What there is to tell. Where several jobs tell, one alone may read it, or the order would be lost."""
        self._note()
        return [None] if self.config.parallel > 1 else [*self._untaken()]

    def _note(self) -> None:
        """Results that are next in order, and how far all of it is."""
        while self._told < len(self._items):
            result = self._items[self._told].result
            if result is None:
                break
            self._untold.append(result)
            self._told += 1
        self._untold.append(self._progress())

    def _untaken(self) -> "list[BatchEvent]":
        events, self._untold = self._untold, []
        return events

    def take(self) -> "list[BatchEvent]":
        """What is to be told, in order. With several jobs at once, these give None where there is something to take."""
        with self._lock:
            return self._untaken()

    def _progress(self) -> BatchProgress:
        counts = self._counts
        return BatchProgress(
            total=max(self._total or 0, len(self._items)),
            succeeded=counts[FileOutcome.SENT] + counts[FileOutcome.WARNING],
            failed=counts[FileOutcome.FAILED],
            warnings=counts[FileOutcome.WARNING],
            skipped=counts[FileOutcome.SKIPPED],
            bytes=self._bytes,
            total_bytes=self._total_bytes if self._sized else 0,
            seconds=self._tools.clock() - self._began,
            is_estimate=not self._exhausted and self._total is None,
        )

    def end(self) -> Iterator[BatchEvent]:
        """What is left to tell when no job is left: results that came late, then the `BatchResult`."""
        with self._lock:
            # what a stop left unseen; where sources come one by one, they may never end
            for source in self._sources if self._total is not None else ():
                self._items.append(_Item(len(self._items), source, skips=self._skips))
            stopped = False
            for item in self._items:
                if item.result is None:
                    stopped = True
                    self._settle(
                        item, FileOutcome.NOT_ATTEMPTED, error="the batch ended before its turn"
                    )
            self._note()
            events = self._untaken()
            results = tuple(item.result for item in self._items if item.result is not None)
            events.append(
                BatchResult(
                    results=results,
                    seconds=self._tools.clock() - self._began,
                    associations=self._associations,
                    stopped=stopped,
                    error=self._error,
                )
            )
        yield from events


def _refused(result: StoreResult) -> str:
    return f"the peer answered {result.status:04X}H, {result.meaning.meaning}"


def _text(error: Exception) -> str:
    if isinstance(error, DicomError):
        return str(error)
    if isinstance(error, OSError):  # its text has the path, which may name a patient
        return error.strerror or type(error).__name__
    return type(error).__name__


# Tracebacks, reprs and pickles name the place that users import from
StopSwitch.__module__ = "dicom_net"
Batch.__module__ = Job.__module__ = "dicom_net.services"
