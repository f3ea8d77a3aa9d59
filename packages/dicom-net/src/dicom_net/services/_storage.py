"""The storage provider: receives instances of any storage SOP class, and never reads their data sets unless told to (PS3.4 B).

The file around a data set is made from its command; pieces of the data set go to the receiver as they come.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final

from dicom_dict import StorageClassRegistry

from .. import _logging as log
from .._errors import DeadlineExceeded, NetworkError
from .._metrics import NetMetrics
from .._operation import Call, Operation, Write
from .._server_events import DiskSpaceLow, InstanceReceived
from .._server_events import InstanceRefused as RefusedEvent
from ..dimse import Begin, CStoreRQ, CStoreRSP
from ._provider import AssociationInfo, Seat
from ._refuse import refuse_other
from ._storage_failure import (
    CLASS_NOT_SUPPORTED,
    INVALID_INSTANCE,
    OUT_OF_RESOURCES,
    PROCESSING_FAILURE,
    Failure,
)
from ._storage_look import wanted
from ._storage_memory import MemoryReceiver
from ._storage_reception import Reception
from ._storage_types import (
    Announced,
    ReceivedObject,
    Receiver,
    StorageHandler,
    StorageSettings,
)

if TYPE_CHECKING:
    from .._negotiation import Offer
    from ..ul import AssociateRJ

__all__ = ["StorageProvider", "storage_syntaxes"]

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
def storage_syntaxes() -> tuple[str, ...]:
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
        self.handler = handler
        self.on_received = on_received
        self.quarantine = quarantine
        self._classes = classes
        self._syntaxes = transfer_syntaxes
        self._metrics = metrics
        self._clock = clock
        self.now = now
        self.holds = wanted(settings)
        self.log = log.logger("storage")
        self.watches = hasattr(self.receiver, "space")
        self._space = "ok"
        # A method that was not replaced need not be called for every instance
        self._asks = _replaces(handler, "will_receive")
        self.reports = _replaces(handler, "did_receive")

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
        syntaxes = storage_syntaxes() if self._syntaxes is None else tuple(self._syntaxes)
        return [Offer(uid, syntaxes) for uid in uids]

    # --- associations ---------------------------------------------------------------------------

    def admit(self, seat: Seat) -> "Operation[AssociateRJ | None]":
        """See `Doorkeeper.admit`."""
        handler = self.handler
        if handler is None:
            return None
        try:
            welcome = yield from self.ask(
                seat,
                handler.should_accept_association,
                lambda: handler.should_accept_association(seat.info),
            )
        except Failure:
            welcome = False
        if welcome:
            return None
        from .._negotiation import rejection
        from ..ul import RejectReason

        return rejection(RejectReason.NO_REASON)

    def ended(self, info: AssociationInfo, error: NetworkError | None) -> None:
        """See `Doorkeeper.ended`."""

    def ask(
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
            raise Failure(PROCESSING_FAILURE, "the handler took too long") from late
        except (
            Exception
        ) as wrong:  # whatever a program raises is its own matter, and no end of the server
            self.log.exception("association %d: the handler failed", seat.info.number)
            raise Failure(
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
        reception = Reception(self, seat, announced, request.message_id)
        status, error = 0, ""
        try:
            self._check(request, exchange.contexts[begin.context].abstract_syntax)
            if self._asks:
                yield from self._ask_whether(seat, announced)
            yield from reception.take()
            status = yield from reception.keep()
        except Failure as refused:
            status, error = refused.status, refused.text
            reception.discard()
            if not reception.complete:
                yield from reception.drain()
        except BaseException as ended:
            reception.discard()
            error = "the association ended in the middle of it"
            self._tell_failure(seat, announced, 0, error)
            if isinstance(ended, NetworkError) and self.handler is not None:
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
            if self.handler is not None:
                yield from self._ask_failed(seat, announced, status, error)
        else:
            if self.log.isEnabledFor(log.INFO):
                log.instance_stored(seat.info.number, announced.sop_instance, reception.size)
            if seat.is_heard:
                seat.tell(InstanceReceived(reception.received()))

    def _check(self, request: CStoreRQ, abstract_syntax: str) -> None:
        if request.affected_sop_class != abstract_syntax:
            raise Failure(
                CLASS_NOT_SUPPORTED, "the SOP Class UID is not that of the presentation context"
            )
        uid = request.affected_sop_instance
        # Leading zeros and empty components are met in real instances; anything else is no UID (PS3.5 9.1, P02)
        if not uid or len(uid) > 64 or not _UID.issuperset(uid):
            raise Failure(INVALID_INSTANCE, "the SOP Instance UID is none")

    def _ask_whether(self, seat: Seat, announced: Announced) -> Operation[None]:
        handler = self.handler
        assert handler is not None
        answer = yield from self.ask(
            seat, handler.will_receive, lambda: handler.will_receive(seat.info, announced)
        )
        if answer is True or (answer == 0 and answer is not False):
            return
        status = OUT_OF_RESOURCES if answer is False else answer
        assert isinstance(status, int)
        raise Failure(status, "the handler does not want it")

    def _ask_failed(
        self, seat: Seat, announced: Announced, status: int, error: str
    ) -> Operation[None]:
        handler = self.handler
        assert handler is not None
        try:
            yield from self.ask(
                seat,
                handler.did_fail,
                lambda: handler.did_fail(seat.info, announced, status, error),
            )
        except Failure:
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
            seat.tell(DiskSpaceLow(level=space.level, free=space.free, at=self.now()))


# Tracebacks, reprs and pickles name the place that users import from
StorageProvider.__module__ = "dicom_net"
