"""An association as both doors hold it, without waiting: its machine, its wire, and what went wrong."""

import contextlib
import math
import socket
import ssl
from collections.abc import Generator, Sequence
from functools import partial
from logging import DEBUG
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

from ._errors import (
    AssociationAborted,
    AssociationRejected,
    ConnectionLost,
    DeadlineExceeded,
    LocalProtocolError,
    NetworkError,
    RemoteProtocolError,
    TimeoutKind,
)
from ._listening import address_of
from ._logging import association_accepted, command_received, command_sent, logger
from ._operation import Buffer, Operation, Step, Write
from ._pdu_trace import PduTrace
from ._router import Box, Busy, Patience, Router
from ._settings import NetworkLimits, Timeouts
from ._tls_errors import explain
from ._wire import Wire
from .dimse import Begin, Data, InvalidRQ, Request, refusal
from .ul import (
    NEED_DATA,
    PAUSED,
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ConnectionClosed,
    NeedData,
    ReleaseRP,
    ReleaseRQ,
    State,
)

if TYPE_CHECKING:
    from .dimse import Command, Exchange, ExchangeEvent

__all__ = [
    "BUSY_LIMIT",
    "AssociationCore",
    "Control",
    "Done",
    "NextControl",
    "Patience",
    "Running",
    "ask",
    "release",
]

R = TypeVar("R")

IDLE: Final = 1 << 10
"""The buffer of an association that is idle: most associations are, and command sets have 100 to 500 bytes."""
SMALL: Final = 16 << 10
"""The buffer once more than that came at a time."""
LARGE: Final = 256 << 10
"""The buffer once a part of a data set filled that."""
BUSY_LIMIT: Final = 8
"""Reads and writes in a row, after which others get their turn."""
CALM: Final = 1.0
"""Seconds of silence after which the buffer is that of an idle association again."""

_ANSWERS_RELEASE: Final = frozenset(
    {
        State.STA8_AWAITING_LOCAL_RELEASE,
        State.STA9_COLLISION_REQUESTOR_AWAITING_LOCAL_RELEASE,
        State.STA12_COLLISION_ACCEPTOR_AWAITING_LOCAL_RELEASE,
    }
)
_UNRECOGNIZED_OPERATION: Final = 0x0211  # PS3.7 C.5.27
_OVER: Final = frozenset({State.STA1_IDLE, State.STA13_AWAITING_CLOSE})


class NextControl:
    """A step of the association itself, and not of an operation on it: the next event, whatever it is."""

    __slots__ = ()


Control: TypeAlias = Generator[Write | NextControl, "ExchangeEvent | None", R]


def ask(request: Sequence[Buffer]) -> Control[AssociateAC]:
    """Send a request and wait for the answer; what is no acceptance raises."""
    yield Write(request)
    event = yield NextControl()
    match event:
        case AssociateAC():
            return event
        case AssociateRJ():
            raise AssociationRejected(event)
        case Abort():
            raise AssociationAborted(event)
        case _:
            raise ConnectionLost("the peer closed the connection instead of answering our request")


def release(exchange: "Exchange") -> Control[None]:
    """Ask for the release, and answer the peer's own where the two cross (PS3.8 9.2, Sta9 to Sta12).

    What the peer still says of operations that nobody waits for any more passes unread.
    """
    if exchange.state is State.STA6_ESTABLISHED:
        yield Write(exchange.send(ReleaseRQ()))
    while exchange.state not in _OVER:
        if exchange.state in _ANSWERS_RELEASE:
            yield Write(exchange.send(ReleaseRP()))
            continue
        event = yield NextControl()
        if isinstance(event, Abort) and exchange.outstanding:
            raise AssociationAborted(event)
        if isinstance(event, Abort | ConnectionClosed):
            return  # many peers close instead of answering, or have long given up; nothing is lost by it


def tell_command(number: int, direction: str, command: "Command") -> None:
    """Log a command set that goes by."""
    (command_sent if direction == "sent" else command_received)(number, command)


class Done(Generic[R]):
    """What an operation returned."""

    __slots__ = ("value",)

    def __init__(self, value: R) -> None:
        self.value = value


class Running(Generic[R]):
    """An operation that is being run: where it stands, and how long it may take."""

    __slots__ = ("answer", "error", "operation", "patience", "served", "served_id", "used")

    def __init__(
        self, operation: Operation[R], served: Box | None = None, served_id: int = -1
    ) -> None:
        self.operation = operation
        self.answer: object = None
        self.error: BaseException | None = None
        self.served = served
        self.served_id = served_id
        self.used: set[int] = set()  # the message IDs it waited for
        self.patience: Patience | None = None  # with the last of them

    def step(self) -> Step | Done[R]:
        """Let the operation go on with what came of its last step, until the next one."""
        answer, error = self.answer, self.error
        self.answer = self.error = None
        try:
            if error is None:
                return self.operation.send(answer)
            return self.operation.throw(error)
        except StopIteration as stop:
            return Done(stop.value)

    def begin(self, box: Box, message_id: int, now: float, timeouts: Timeouts) -> Patience:
        """From now on, wait for what answers a message."""
        self.used.add(message_id)
        # What a provider may take is not ours to say, as long as the peer goes on
        seconds = math.inf if self.served is not None else timeouts.operation
        box.patience = self.patience = Patience(
            timeouts.read, now + seconds, TimeoutKind.OPERATION, seconds, message_id
        )
        return self.patience

    def resume(self, seconds: float) -> None:
        """Add the time for which whoever iterates kept the operation waiting: it is not the peer's."""
        if self.patience is not None:
            self.patience.until += seconds


class AssociationCore:
    """What needs no waiting of an association that stands, or is to."""

    def __init__(
        self,
        exchange: "Exchange",
        wire: Wire,
        *,
        address: tuple[str, int],
        timeouts: Timeouts,
        limits: NetworkLimits,
        number: int | None = None,
    ) -> None:
        self.exchange = exchange
        """The machine, for making operations."""
        self.address = address
        """Host and port of the peer."""
        self.timeouts = timeouts
        self.limits = limits
        self.failure: NetworkError | None = None
        """Why the association is over, where it is not by a release."""
        self._wire = wire
        self._router = Router(exchange)
        self._view = memoryview(bytearray(IDLE))
        self._filled = False  # by the last read, so that there is probably more
        self._received = 0
        self._rate_from = (
            math.nan
        )  # since when `minimum_rate` is taken, and what had been received then
        self._rate_at = 0
        self._ended = False
        # A server counts its associations; our own are known by their port, which also a trace of the network shows
        number = address_of(wire.sock, own=True)[1] if number is None else number
        self.number = number
        """What the association is called in the log."""
        self._received_pdus = PduTrace.wanted(number, "received")
        self._sent_pdus = PduTrace.wanted(number, "sent")
        if logger("dimse").isEnabledFor(DEBUG):
            exchange.on_command = partial(tell_command, number)

    def _opened(self) -> None:
        """It stands, and it was we who asked for it."""
        contexts = len(self.exchange.contexts)
        association_accepted(
            self.number, self.request.calling, self.request.called, self.address[0], contexts
        )

    @property
    def request(self) -> AssociateRQ:
        """What was asked for."""
        assert self.exchange.requested is not None
        return self.exchange.requested

    @property
    def answer(self) -> AssociateAC:
        """What was granted."""
        assert self.exchange.accepted is not None
        return self.exchange.accepted

    @property
    def sock(self) -> socket.socket:
        """The socket, to look at."""
        return self._wire.sock

    @property
    def is_open(self) -> bool:
        """Whether operations can be run: it stands, and neither side has ended it."""
        return (
            not self._ended
            and self.failure is None
            and self.exchange.state is State.STA6_ESTABLISHED
        )

    def _box(self, running: Running[R], message_id: int) -> Box:
        """Where what an operation waits for is put: what belongs to the request that it answers, or to one of its own."""
        if running.served is not None and message_id == running.served_id:
            return running.served
        return self._router.ours(message_id)

    def _pull(self, box: Box) -> Begin | Data | ReleaseRQ | NeedData | Busy:
        """The next event of a box; where there are to be no more, the reason is raised."""
        self._check()
        event = self._router.pull(box)
        if self._router.unserved:
            self._refuse_unserved()
        return event

    def _refuse_unserved(self) -> None:
        """Answer requests of the peer that nobody here takes, once their data sets are over and nothing is half sent."""
        router, exchange = self._router, self.exchange
        while router.unserved and not router.in_message and not exchange.is_sending:
            begin = router.unserved.pop(0)
            assert isinstance(begin.command, Request | InvalidRQ)
            answer = refusal(begin.command, _UNRECOGNIZED_OPERATION)
            self._queue(exchange.send(Begin(begin.context, answer)))
        with contextlib.suppress(OSError):  # what is not taken now goes before the next message
            self._wire.flush()

    def _check(self) -> None:
        """Raise why the association is over, where it is."""
        if self.failure is not None:
            raise self.failure

    def _fed(self, size: int, now: float) -> None:
        """Pass on what stands in the buffer now."""
        self._received += size
        self._filled = size == len(self._view)
        if self._received_pdus is not None:
            self._received_pdus.feed(self._view[:size])
        self.exchange.receive_data(self._view[:size], now)

    def _queue(self, buffers: Sequence[Buffer]) -> None:
        """Have these written next."""
        if self._sent_pdus is not None:
            for buffer in buffers:
                self._sent_pdus.feed(buffer)
        self._wire.queue(buffers)

    def _make_room(self) -> None:
        """Before a read, when no view of the buffer is used any more: larger where the last filled it."""
        if self._filled:
            self._filled = False
            size = len(self._view)
            if size == IDLE:
                self._view = memoryview(bytearray(SMALL))
            elif size == SMALL and self._router.in_message:
                self._view = memoryview(bytearray(LARGE))

    @property
    def _could_shrink(self) -> bool:
        return len(self._view) > IDLE and not self._router.in_message

    def _shrink(self) -> None:
        self._view = memoryview(bytearray(IDLE))

    def _limit(self, since: float, patience: Patience) -> float:
        """Until when to wait for the peer, who is waited for since then."""
        return min(since + patience.silence, patience.until, self.exchange.deadline or math.inf)

    def _check_rate(self, now: float) -> None:
        """While a message is incomplete, a peer that drips holds us no longer than one that is silent (N09)."""
        if not self._router.in_message:
            self._rate_from = math.nan
        elif math.isnan(self._rate_from):
            self._rate_from, self._rate_at = now, self._received
        elif now - self._rate_from >= self.limits.rate_window:
            wanted = self.limits.minimum_rate * self.limits.rate_window
            if self._received - self._rate_at < wanted:
                doing = (
                    f"receiving a data set at less than {self.limits.minimum_rate:g} bytes a second"
                )
                raise DeadlineExceeded(TimeoutKind.READ, self.limits.rate_window, doing)
            self._rate_from, self._rate_at = now, self._received

    def _time_out(self, now: float, patience: Patience) -> None:
        """Time ran out: the machine's own, which it knows what to do with, or ours, which raises."""
        deadline = self.exchange.deadline
        if deadline is None or now < deadline:
            if patience.extend is not None:
                patience.until = patience.extend(now)
                if patience.until > now:
                    return
            raise patience.lost(now)
        self._queue(self.exchange.handle_timeout(now))
        if self.exchange.must_close:
            raise DeadlineExceeded(TimeoutKind.ARTIM, self.limits.artim, "waiting for the peer")

    def _end(self, error: NetworkError | None) -> bool:
        """The association is over. Says whether an abort went out, which the peer should have time to read."""
        if self._ended:
            return False
        self._ended = True
        if self.failure is None:
            self.failure = error or ConnectionLost("the association was ended by us")
        exchange, wire = self.exchange, self._wire
        if wire.unsent:
            exchange.send_failed()  # an abort in the middle of a PDU would be read as a part of it
            return False
        abort = error.abort if isinstance(error, RemoteProtocolError) else None
        if exchange.state is State.STA8_AWAITING_LOCAL_RELEASE:
            last: ReleaseRP | Abort = ReleaseRP()  # the peer released it, in good order
        else:
            last = abort or Abort()
        try:
            self._queue(exchange.send(last))
        except LocalProtocolError:
            return False  # there is nobody to tell: the peer ended it, or it never stood
        with contextlib.suppress(OSError):  # the peer takes nothing, or is gone
            wire.flush()
        return not wire.unsent

    def _unfinished(self, running: "Running[R]") -> bool:
        """Whether an operation that ends by an error leaves a message of its own in the middle."""
        exchange = self.exchange
        if exchange.state in _OVER or self._ended:
            return False
        if exchange.is_sending:
            return True
        if running.served is None and self._router.in_message:
            return True  # of a request that is served, the rest can be taken before it is refused
        return not exchange.outstanding.isdisjoint(running.used)

    def _as_lost(self, error: OSError) -> NetworkError:
        """What a failure of the socket means for the association."""
        if isinstance(error, ssl.SSLError):
            return explain(error, *self.address)
        return ConnectionLost(f"the connection broke: {error.strerror or error}")

    def _last_words(self) -> NetworkError | None:
        """Why the peer takes nothing any more, where it said so before it closed."""
        try:
            while True:
                while (event := self.exchange.next_event()) is not NEED_DATA:
                    if isinstance(event, Abort):
                        return AssociationAborted(event)
                    if event is PAUSED:
                        return None
                size = self._wire.receive(self._view)
                self.exchange.receive_data(self._view[:size], math.inf)
        except (
            ssl.SSLError
        ) as error:  # such as the alert for a certificate that TLS 1.3 refuses late
            return explain(error, *self.address)
        except (OSError, NetworkError):
            return None
