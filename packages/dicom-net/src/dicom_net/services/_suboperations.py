"""The C-STORE sub-operations of a retrieve, at the end that was asked: what is to be sent, what became of it, what is told."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from dicom_core import ByteSource, Dataset, DicomError, write_dataset
from dicom_dict import StatusCategory, status_category

from .._logging import escaped, logger
from .._operation import Operation, call, poll, write
from ..dimse import Begin, CCancelRQ, CGetRQ, CGetRSP, CMoveRQ, CMoveRSP
from ._store import Done
from ._store_source import Outgoing, outgoing

if TYPE_CHECKING:
    from dicom_core.store import StoredInstance

    from ..dimse import Exchange
    from ._retrieve_source import RetrieveSource

__all__ = ["Lot", "Suboperations"]

_log: Final = logger("retrieve")
_PENDING: Final = 0xFF00
_CANCEL: Final = 0xFE00
_PARTIAL: Final = 0xB000
_NONE_SENT: Final = 0xA702
_AT_ONCE: Final = 16
"""Instances that are read by one step; what is read of large ones is a handle, and no data."""
_SMALL: Final = 1 << 16
"""Bytes of a file that is read with its head. Of larger ones one is in memory at a time: that is used again for the next."""
_TOLD_EVERY: Final = 10
_TOLD_SECONDS: Final = 0.1


class Suboperations:
    """The counts of one C-GET or C-MOVE, and its responses (PS3.7 9.1.3, 9.1.4).

    Pending responses may be sent (PS3.4 C.4.2.3.3, C.4.3.3.3): with a ``clock`` there is one after ten sub-operations or
    a tenth of a second, whichever comes first, and without one after each.
    """

    def __init__(
        self,
        exchange: "Exchange",
        begin: Begin,
        request: CGetRQ | CMoveRQ,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.exchange = exchange
        self.request = request
        self.every = 1 if clock is None else _TOLD_EVERY
        """Sub-operations until counts are told."""
        self._clock = clock
        self._due = 0.0 if clock is None else clock() + _TOLD_SECONDS
        self._settled = False  # any, since counts were told
        self.completed = 0
        self.warning = 0
        self.remaining = 0
        self.failed: list[str] = []
        self.cancelled = False
        self.status: int | None = None
        """Of the final response, once it is sent."""
        self.service = "C-GET" if isinstance(request, CGetRQ) else "C-MOVE"
        self._context = begin.context

    def settle(self, instance: str, status: int | None) -> None:
        """One sub-operation is over; None where it could not even be tried."""
        self.remaining -= 1
        self._settled = True
        category = StatusCategory.FAILURE if status is None else status_category(status)
        if category is StatusCategory.SUCCESS:
            self.completed += 1
        elif category is StatusCategory.WARNING:
            self.warning += 1
        else:
            self.failed.append(instance)

    def is_due(self) -> bool:
        """Whether it is time to tell the counts, and to look for a cancel."""
        return self._clock is not None and self._settled and self._clock() >= self._due

    def look(self) -> Operation[bool]:
        """Whether the retrieve was cancelled, as far as is known now."""
        while not self.cancelled:
            event = yield from poll(self.request.message_id)
            if event is None:
                break
            self.cancelled = isinstance(event, Begin) and isinstance(event.command, CCancelRQ)
        return self.cancelled

    def tell(self) -> Operation[None]:
        """A pending response with the counts."""
        yield from write(
            self.exchange.send(Begin(self._context, self._response(_PENDING, self.remaining)))
        )
        self._settled = False
        if self._clock is not None:
            self._due = self._clock() + _TOLD_SECONDS

    def finish(self) -> Operation[int]:
        """The final response; gives its status (PS3.4 C.4.2.3.1, C.4.3.3.1)."""
        if self.cancelled and self.remaining:
            status = _CANCEL
        elif not self.failed and not self.warning:
            status = 0
        elif self.completed or self.warning:
            status = _PARTIAL
        else:
            status = _NONE_SENT
        remaining = self.remaining if status == _CANCEL else None
        response = self._response(status, remaining, has_data=bool(self.failed))
        data = b""
        if self.failed:
            identifier = Dataset()
            identifier.set("FailedSOPInstanceUIDList", "UI", self.failed)
            data = write_dataset(identifier, self.exchange.contexts[self._context].transfer_syntax)
        begin = Begin(self._context, response)
        self.status = status
        yield from write(self.exchange.send_message(begin, [data] if data else []))
        return status

    def refuse(self, status: int, comment: str = "") -> Operation[None]:
        """The final response of a retrieve that has no sub-operation."""
        self.status = status
        yield from write(
            self.exchange.send(Begin(self._context, self._response(status, None, comment=comment)))
        )

    def _response(
        self, status: int, remaining: int | None, *, has_data: bool = False, comment: str = ""
    ) -> CGetRSP | CMoveRSP:
        kind = CGetRSP if isinstance(self.request, CGetRQ) else CMoveRSP
        return kind(
            responded_to=self.request.message_id,
            status=status,
            affected_sop_class=self.request.affected_sop_class,
            comment=comment,
            has_data=has_data,
            remaining=remaining,
            completed=self.completed,
            failed=len(self.failed),
            warning=self.warning,
        )


class Lot:
    """The instances of some sub-operations: the `Queue` that `store_queue` sends.

    Several files are found at a time, and one is read before it is its turn: while the receiver has the one before.
    """

    def __init__(self, work: Suboperations, instances: "Iterable[StoredInstance]") -> None:
        self.work = work
        self._left = deque(instances)
        self._read: deque[tuple[str, ByteSource | Exception]] = deque()
        self._next: tuple[str, Outgoing] | None = None
        self._out: dict[int, str] = {}
        self._number = 0
        self._wanted = 0  # so many more until `prepare` is called again

    @property
    def instances(self) -> "tuple[StoredInstance, ...]":
        """What is left."""
        return tuple(self._left)

    def __len__(self) -> int:
        return len(self._left) + len(self._read) + (self._next is not None)

    def next(self) -> tuple[int, Outgoing] | None:
        """See `Queue.next`."""
        self.ready()
        if self._next is None:
            return None
        (instance, found), self._next = self._next, None
        self._wanted -= 1
        self._number += 1
        self._out[self._number] = instance
        return self._number, found

    def ready(self) -> None:
        """Have the next one ready to be sent. One that cannot be read has failed."""
        while self._next is None and self._read and self._wanted:
            instance, file = self._read.popleft()
            found = _opened(file)
            if found is None:
                self.work.settle(instance, None)
            else:
                self._next = instance, found

    def done(self, number: int, done: Done, /) -> Sequence[object]:
        """See `Queue.done`."""
        instance = self._out.pop(number)
        self.work.settle(instance, None if done.result is None else done.result.status)
        return ()

    def lost(self) -> None:
        """The association is gone: what is outstanding failed, and so did all that was to follow."""
        waiting = [
            *self._out.values(),
            *(() if self._next is None else (self._next[0],)),
            *(instance for instance, _ in self._read),
        ]
        for instance in (*waiting, *(one.instance for one in self._left)):
            self.work.settle(instance, None)
        self._out.clear()
        self._next = None
        self._read.clear()
        self._left.clear()

    def prepare(self, source: "RetrieveSource", count: int) -> Operation[None]:
        """Let so many be sent, as far as there are."""
        self._wanted = count
        while len(self._read) < count and self._left:
            yield from self._read_next(source, count)

    def _read_next(self, source: "RetrieveSource", count: int) -> Operation[None]:
        """Read the next ones: several by one step where the source can, since a step may be a thread's."""
        several = getattr(source, "read_several", None)
        if several is None:
            instance = self._left.popleft().instance
            try:
                file: ByteSource = yield from call(source.read, instance)
            except Exception as error:  # noqa: BLE001 - told when it is its turn
                self._read.append((instance, error))
            else:
                self._read.append((instance, file))
            return
        wanted = [
            self._left.popleft().instance for _ in range(min(max(count, _AT_ONCE), len(self._left)))
        ]
        try:
            files: Sequence[ByteSource | Exception] = yield from call(several, wanted)
        except Exception as error:  # noqa: BLE001 - told when it is their turn
            files = [error] * len(wanted)
        self._read.extend(zip(wanted, files, strict=True))


def _opened(file: "ByteSource | Exception") -> Outgoing | None:
    """What is sent of a file; None, and a line in the log, where it cannot be read."""
    error: Exception
    if isinstance(file, Exception):
        error = file
    else:
        try:
            return outgoing(file, whole=_SMALL)
        except Exception as wrong:  # noqa: BLE001 - logged; what a program raises is no end of the server
            error = wrong
    if isinstance(error, DicomError | OSError):
        _log.warning("an instance of a retrieve cannot be read: %s", escaped(str(error)))
    else:
        _log.error("the program failed to read an instance of a retrieve", exc_info=error)
    return None
