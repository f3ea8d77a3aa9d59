"""The storage provider: receives instances of any storage SOP class, and never reads their data sets unless told to (PS3.4 B).

The file around a data set is made from its command; pieces of the data set go to the receiver as they come.
"""

import errno
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from functools import lru_cache, partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final, TypeVar, cast

from dicom_core.store import (
    Expected,
    InstanceConflict,
    InstanceRefused,
    Receipt,
    StoreError,
    StoreFull,
    drive,
)
from dicom_dict import StorageClassRegistry

from .. import _logging as log
from .._errors import DeadlineExceeded, LimitExceeded, NetworkError
from .._metrics import NetMetrics
from .._operation import Call, Operation, Receive, Write
from .._part10 import file_head
from .._server_events import DiskSpaceLow, InstanceReceived
from .._server_events import InstanceRefused as RefusedEvent
from ..dimse import Begin, CStoreRQ, CStoreRSP, Data
from ._provider import AssociationInfo, Seat
from ._refuse import refuse_other
from ._storage_look import Look, look_at, wanted
from ._storage_memory import MemoryReceiver
from ._storage_types import (
    Announced,
    Arrival,
    ReceivedObject,
    Receiver,
    StorageHandler,
    StorageSettings,
    StoredFile,
)

if TYPE_CHECKING:
    from .._negotiation import Offer
    from ..ul import AssociateRJ

__all__ = ["STORAGE_SYNTAXES", "StorageProvider"]

T = TypeVar("T")

PROCESSING_FAILURE: Final = 0x0110  # PS3.7 C.5
DUPLICATE: Final = 0x0111
INVALID_INSTANCE: Final = 0x0117
CLASS_NOT_SUPPORTED: Final = 0x0122
OUT_OF_RESOURCES: Final = 0xA700  # PS3.4 table B.2-1
MISMATCH: Final = 0xA900
NOT_UNDERSTOOD: Final = 0xC000

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE})
_UID: Final = frozenset("0123456789.")
_DEFAULT: Final = StorageSettings()

# Transfer syntaxes whose data is not in the data set, or is no DICOM encoding: references to other servers (JPIP), real-time
# video, MIME, XML, Papyrus.
_ELSEWHERE: Final = (
    "1.2.840.10008.1.2.4.94",
    "1.2.840.10008.1.2.4.95",
    "1.2.840.10008.1.2.4.204",
    "1.2.840.10008.1.2.4.205",
    "1.2.840.10008.1.2.6.",
    "1.2.840.10008.1.2.7.",
    "1.2.840.10008.1.20",
)
_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_IMPLICIT: Final = "1.2.840.10008.1.2"
_BIG: Final = "1.2.840.10008.1.2.2"


@lru_cache(maxsize=1)
def STORAGE_SYNTAXES() -> tuple[str, ...]:  # noqa: N802 - a constant that takes a table to make
    """Every transfer syntax that a file can have, in the order in which they are preferred.

    Explicit VR first, since it says what private elements are; then what compresses; implicit and big endian last.
    """
    from dicom_dict import UIDKind, uids

    last = (_IMPLICIT, _BIG)
    found = [
        entry.uid
        for entry in uids(UIDKind.TRANSFER_SYNTAX)
        if not entry.uid.startswith(_ELSEWHERE) and entry.uid not in {_EXPLICIT, *last}
    ]
    return (_EXPLICIT, *found, *last)


class _Failure(Exception):
    """An instance is refused with a status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


def _itself(value: T) -> T:
    return value


def _replaces(handler: StorageHandler | None, method: str) -> bool:
    return handler is not None and getattr(type(handler), method, None) is not getattr(
        StorageHandler, method
    )


class StorageProvider:
    """Receives instances into a `Receiver`, or hands them to ``on_received`` out of memory where there is none.

    ``classes`` are the SOP classes that are taken: all that the standard has, retired ones included, unless they are given,
    as a registry or as UIDs. ``clock`` and ``now`` are the door's.
    """

    def __init__(
        self,
        receiver: Receiver | None = None,
        *,
        handler: StorageHandler | None = None,
        on_received: Callable[[ReceivedObject], object] | None = None,
        quarantine: Receiver | None = None,
        settings: StorageSettings = _DEFAULT,
        classes: StorageClassRegistry | Iterable[str] | None = None,
        transfer_syntaxes: Iterable[str] | None = None,
        metrics: NetMetrics | None = None,
        clock: Callable[[], float] = lambda: 0.0,
        now: Callable[[], datetime],
    ) -> None:
        self.receiver: Receiver = MemoryReceiver() if receiver is None else receiver
        self.settings = settings
        self._in_memory = receiver is None
        self._handler = handler
        self._on_received = on_received
        self._quarantine = quarantine
        self._classes = classes
        self._syntaxes = transfer_syntaxes
        self._metrics = metrics
        self._clock = clock
        self._now = now
        self._holds = wanted(settings)
        self._blocks = bool(getattr(self.receiver, "blocks", False))
        self._log = log.logger("storage")
        self._watches = hasattr(self.receiver, "space")
        self._space = "ok"
        # A method that was not replaced need not be called for every instance
        self._asks = _replaces(handler, "will_receive")
        self._reports = _replaces(handler, "did_receive")

    def offers(self) -> "Iterable[Offer]":
        """See `Provider.offers`."""
        from .._negotiation import Offer

        classes = self._classes
        if classes is None:
            classes = StorageClassRegistry.standard(retired=True)
        uids = (
            [entry.uid for entry in classes]
            if isinstance(classes, StorageClassRegistry)
            else list(classes)
        )
        syntaxes = STORAGE_SYNTAXES() if self._syntaxes is None else tuple(self._syntaxes)
        return [Offer(uid, syntaxes) for uid in uids]

    # --- associations ---------------------------------------------------------------------------

    def admit(self, seat: Seat) -> "Operation[AssociateRJ | None]":
        """See `Doorkeeper.admit`."""
        handler = self._handler
        if handler is None:
            return None
        try:
            welcome = yield from self._ask(
                seat,
                handler.should_accept_association,
                lambda: handler.should_accept_association(seat.info),
            )
        except _Failure:
            welcome = False
        if welcome:
            return None
        from .._negotiation import rejection
        from ..ul import RejectReason

        return rejection(RejectReason.NO_REASON)

    def ended(self, info: AssociationInfo, error: NetworkError | None) -> None:
        """See `Doorkeeper.ended`."""

    def _ask(
        self, seat: Seat, method: Callable[..., object], function: Callable[[], object]
    ) -> Operation[object]:
        """Call the program's own function; what it raises is a failure of this instance, and told in the log."""
        settings = self.settings
        in_thread = settings.threads and not iscoroutinefunction(method)
        try:
            return (
                yield Call(
                    lambda: seat.perform(
                        function, seconds=settings.handler_seconds, in_thread=in_thread
                    )
                )
            )
        except DeadlineExceeded as late:
            raise _Failure(PROCESSING_FAILURE, "the handler took too long") from late
        except (
            Exception
        ) as wrong:  # whatever a program raises is its own matter, and no end of the server
            self._log.exception("association %d: the handler failed", seat.info.number)
            raise _Failure(
                PROCESSING_FAILURE, f"the handler raised {type(wrong).__name__}"
            ) from wrong

    # --- instances ------------------------------------------------------------------------------

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        """See `Provider.respond`."""
        request = begin.command
        if not isinstance(request, CStoreRQ):
            yield from refuse_other(seat.exchange, begin)
            return
        exchange = seat.exchange
        began = self._clock()
        announced = Announced(
            sop_class=request.affected_sop_class,
            sop_instance=request.affected_sop_instance,
            transfer_syntax=exchange.contexts[begin.context].transfer_syntax,
            move_originator=request.move_originator,
            move_originator_id=request.move_originator_id,
        )
        reception = _Reception(self, seat, announced, request.message_id)
        status, error = 0, ""
        try:
            self._check(request, exchange.contexts[begin.context].abstract_syntax)
            if self._asks:
                yield from self._ask_whether(seat, announced)
            yield from reception.take()
            status = yield from reception.keep()
        except _Failure as refused:
            status, error = refused.status, refused.text
            reception.discard()
            if not reception.complete:
                yield from reception.drain()
        except BaseException as ended:
            reception.discard()
            error = "the association ended in the middle of it"
            self._tell_failure(seat, announced, 0, error)
            if isinstance(ended, NetworkError) and self._handler is not None:
                yield from self._ask_failed(seat, announced, 0, error)
            raise
        response = CStoreRSP(
            responded_to=request.message_id,
            status=status,
            affected_sop_class=request.affected_sop_class,
            # what is no UID cannot be said, not even back
            affected_sop_instance=(
                None if status == INVALID_INSTANCE else request.affected_sop_instance
            ),
            comment=error[:64],  # LO (PS3.7 E.2)
        )
        yield Write(exchange.send(Begin(begin.context, response)))
        if self._metrics is not None:
            self._metrics.count(
                "C-STORE", status=status, seconds=self._clock() - began, size=reception.size
            )
        if error:
            self._tell_failure(seat, announced, status, error)
            if self._handler is not None:
                yield from self._ask_failed(seat, announced, status, error)
        else:
            if self._log.isEnabledFor(log.INFO):
                log.instance_stored(seat.info.number, announced.sop_instance, reception.size)
            seat.tell(InstanceReceived(reception.received()))

    def _check(self, request: CStoreRQ, abstract_syntax: str) -> None:
        if request.affected_sop_class != abstract_syntax:
            raise _Failure(
                CLASS_NOT_SUPPORTED, "the SOP Class UID is not that of the presentation context"
            )
        uid = request.affected_sop_instance
        # Leading zeros and empty components are met in real instances; anything else is no UID (PS3.5 9.1, P02)
        if not uid or len(uid) > 64 or not _UID.issuperset(uid):
            raise _Failure(INVALID_INSTANCE, "the SOP Instance UID is none")

    def _ask_whether(self, seat: Seat, announced: Announced) -> Operation[None]:
        handler = self._handler
        assert handler is not None
        answer = yield from self._ask(
            seat, handler.will_receive, lambda: handler.will_receive(seat.info, announced)
        )
        if answer is True or (answer == 0 and answer is not False):
            return
        status = OUT_OF_RESOURCES if answer is False else answer
        assert isinstance(status, int)
        raise _Failure(status, "the handler does not want it")

    def _ask_failed(
        self, seat: Seat, announced: Announced, status: int, error: str
    ) -> Operation[None]:
        handler = self._handler
        assert handler is not None
        try:
            yield from self._ask(
                seat,
                handler.did_fail,
                lambda: handler.did_fail(seat.info, announced, status, error),
            )
        except _Failure:
            return  # it stands in the log, and the sender has its answer

    def _tell_failure(self, seat: Seat, announced: Announced, status: int, error: str) -> None:
        log.instance_failed(seat.info.number, announced.sop_instance, status, error)
        seat.tell(
            RefusedEvent(
                info=seat.info,
                sop_class=announced.sop_class,
                sop_instance=announced.sop_instance,
                status=status,
                error=error,
            )
        )

    def watch_space(self, seat: Seat) -> None:
        """Tell when the receiver's disk fills up, or has room again."""
        space = getattr(self.receiver, "space", None)
        if space is not None and space.level != self._space:
            self._space = space.level
            if space.level != "ok":
                log.disk_space(space.free, space.threshold, refusing=space.level == "full")
            seat.tell(DiskSpaceLow(level=space.level, free=space.free, at=self._now()))


class _Reception:
    """One instance on its way in."""

    __slots__ = (
        "_arrival",
        "_head",
        "_look",
        "_message_id",
        "_pending",
        "_provider",
        "_result",
        "_seat",
        "announced",
        "complete",
        "size",
    )

    def __init__(
        self, provider: StorageProvider, seat: Seat, announced: Announced, message_id: int
    ) -> None:
        self._provider = provider
        self._seat = seat
        self._message_id = message_id
        self.announced = announced
        self.size = 0
        self.complete = False
        self._arrival: Arrival | None = None
        self._head = b""
        self._pending: list[bytes] = []
        self._look = Look()
        self._result: object = None

    def take(self) -> Operation[None]:
        """The data set, into the receiver."""
        provider, announced, info = self._provider, self.announced, self._seat.info
        self._head = file_head(
            announced.sop_class,
            announced.sop_instance,
            announced.transfer_syntax,
            sender=info.calling,
            receiver=info.called,
        )
        most = provider.settings.instance_size
        if provider._holds:
            yield from self._take_looking()
        else:
            yield from self._open(provider.receiver)
            self._pending = [self._head]  # goes with the first piece of data, in one call
        receive = Receive(self._message_id)
        while not self.complete:
            event = yield receive
            assert isinstance(
                event, Data
            )  # the exchange lets nothing else belong to a C-STORE request
            self.complete = event.last
            for view in event.views:
                self.size += len(view)
            if self.size > most:
                raise _Failure(OUT_OF_RESOURCES, "the data set is longer than is taken")
            if self._pending:
                self._write([*self._pending, *event.views])
                self._pending = []
            else:
                self._write(event.views)

    def _take_looking(self) -> Operation[None]:
        """Hold the beginning, look at it, and only then open the receiver."""
        provider = self._provider
        held = bytearray()
        while not self.complete and len(held) < provider._holds:
            event = yield Receive(self._message_id)
            assert isinstance(event, Data)
            self.complete = event.last
            for view in event.views:
                held += view
        self.size = len(held)
        self._look = look_at(
            self._head, bytes(held), self.announced, provider.settings, whole=self.complete
        )
        if self._look.status:
            yield from self._put_aside(held)
            raise _Failure(self._look.status, self._look.error)
        yield from self._open(provider.receiver)
        self._write([self._head, bytes(held)])

    def _put_aside(self, held: bytearray) -> Operation[None]:
        """Keep what is refused for somebody to look at."""
        quarantine = self._provider._quarantine
        if quarantine is None:
            return
        yield from self._open(quarantine)
        self._write([self._head, bytes(held)])
        while not self.complete:
            event = yield Receive(self._message_id)
            assert isinstance(event, Data)
            self.complete = event.last
            self._write(event.views)
        yield from self._commit(blocks=bool(getattr(quarantine, "blocks", False)))

    def _open(self, receiver: Receiver) -> Operation[None]:
        announced = self.announced
        expected = Expected(
            sop_class=announced.sop_class,
            sop_instance=announced.sop_instance,
            transfer_syntax=announced.transfer_syntax,
            sender=self._seat.info.calling,
        )
        try:
            made = receiver.receive(expected)
            if isinstance(made, Awaitable):  # of plain functions nothing is waited for
                made = cast("Arrival", (yield Call(partial(_itself, made))))
        except Exception as wrong:
            raise self._failure(wrong) from wrong
        finally:
            if self._provider._watches:
                self._provider.watch_space(self._seat)
        self._arrival = made

    def _write(self, views: "Iterable[bytes | memoryview]") -> None:
        assert self._arrival is not None
        try:
            self._arrival.write(views)
        except Exception as wrong:  # stores are other people's, too; the next lines tell them apart
            raise self._failure(wrong) from wrong

    def keep(self) -> Operation[int]:
        """Commit it and tell the program; the status for the sender."""
        provider = self._provider
        yield from self._commit(blocks=provider._blocks)
        if provider._reports or provider._on_received is not None:
            status = yield from self._report()
            if status:
                return status
        return self._look.warning

    def _commit(self, *, blocks: bool) -> Operation[None]:
        arrival = self._arrival
        assert arrival is not None
        seat = self._seat
        try:
            if blocks:
                self._result = yield Call(lambda: seat.perform(arrival.commit, in_thread=True))
            else:
                kept = arrival.commit()
                if isinstance(kept, Awaitable):
                    kept = yield Call(partial(_itself, kept))
                self._result = kept
        except Exception as wrong:
            raise self._failure(wrong) from wrong
        self._arrival = None

    def _report(self) -> Operation[int]:
        provider, seat = self._provider, self._seat
        received = self.received()
        answer: object = None
        handler = provider._handler
        if handler is not None and provider._reports:
            answer = yield from provider._ask(
                seat, handler.did_receive, lambda: handler.did_receive(received)
            )
        on_received = provider._on_received
        if on_received is not None:
            yield from provider._ask(seat, on_received, lambda: on_received(received))
        if isinstance(answer, int) and answer:
            return answer
        return 0

    def received(self) -> ReceivedObject:
        """What came, for the program."""
        announced, result = self.announced, self._result
        in_memory = isinstance(result, bytes)
        return ReceivedObject(
            info=self._seat.info,
            sop_class=announced.sop_class,
            sop_instance=announced.sop_instance,
            transfer_syntax=announced.transfer_syntax,
            size=self.size,
            received=self._provider._now(),
            path=result.path if isinstance(result, StoredFile) else None,
            receipt=result if isinstance(result, StoredFile | Receipt) else None,
            validation=self._look.validation,
            data=result[len(self._head) :] if in_memory else None,  # type: ignore[index] # bytes, then
        )

    def drain(self) -> Operation[None]:
        """Let the rest of a refused data set go by, for a while."""
        left = self._provider.settings.drain
        while not self.complete:
            event = yield Receive(self._message_id)
            assert isinstance(event, Data)
            self.complete = event.last
            for view in event.views:
                left -= len(view)
            if left < 0:
                raise LimitExceeded("drain", self._provider.settings.drain, "a refused data set")

    def discard(self) -> None:
        """Nothing is kept. Does nothing after `keep`."""
        arrival, self._arrival = self._arrival, None
        if arrival is None:
            return
        try:
            forgotten = arrival.discard()
            if forgotten is not None:
                drive(forgotten)  # type: ignore[arg-type] # a coroutine, as of every `Store`
        except Exception:  # noqa: BLE001 - logged; the instance is refused whatever happens here
            self._provider._log.exception(
                "association %d: an instance could not be discarded", self._seat.info.number
            )

    def _failure(self, wrong: Exception) -> _Failure:
        """The status for what a receiver raised (NET-077)."""
        if isinstance(wrong, StoreFull):
            return _Failure(OUT_OF_RESOURCES, "there is no room for it")
        if isinstance(wrong, InstanceRefused):
            mismatch = wrong.reason in {"mismatch", "missing-uid", "invalid-uid"}
            return _Failure(MISMATCH if mismatch else NOT_UNDERSTOOD, wrong.text)
        if isinstance(wrong, InstanceConflict):
            return _Failure(DUPLICATE, "another instance with this UID is there")
        if isinstance(wrong, OSError) and wrong.errno in _NO_ROOM:
            return _Failure(OUT_OF_RESOURCES, "there is no room for it")
        if isinstance(wrong, DeadlineExceeded):
            return _Failure(PROCESSING_FAILURE, "storing it took too long")
        if isinstance(wrong, StoreError):
            return _Failure(PROCESSING_FAILURE, str(wrong))
        if not isinstance(wrong, OSError):
            self._provider._log.exception(
                "association %d: the receiver failed", self._seat.info.number
            )
        return _Failure(PROCESSING_FAILURE, f"it could not be stored ({type(wrong).__name__})")
