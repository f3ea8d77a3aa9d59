"""An association's connection as a machine without I/O: bytes and time in, events and bytes out."""

from functools import lru_cache
from typing import Final, TypeAlias

from .._errors import LocalProtocolError, RemoteProtocolError
from ._events import (
    Abort,
    AbortReason,
    AnsweredContext,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ConnectionClosed,
    Event,
    PData,
    ProposedContext,
    ReleaseRP,
    ReleaseRQ,
)
from ._limits import UpperLayerLimits
from ._pdus import CONTROL_NAMES, Control, cut, decode_control, encode_control
from ._reader import Announced, Reader, broken
from ._signals import NEED_DATA, PAUSED, NeedData, Paused
from ._state import Action, Role, State, Stimulus, step

__all__ = ["Buffer", "Connection"]

Buffer: TypeAlias = bytes | bytearray | memoryview

_ARRIVED: Final = {
    0x01: Stimulus.RQ_ARRIVED,
    0x02: Stimulus.AC_ARRIVED,
    0x03: Stimulus.RJ_ARRIVED,
    0x04: Stimulus.DATA_ARRIVED,
    0x05: Stimulus.RELEASE_RQ_ARRIVED,
    0x06: Stimulus.RELEASE_RP_ARRIVED,
    0x07: Stimulus.ABORT_ARRIVED,
}
_WANTED: Final[dict[type[Event], Stimulus]] = {
    AssociateRQ: Stimulus.ASSOCIATE_WANTED,
    AssociateAC: Stimulus.ACCEPTED,
    AssociateRJ: Stimulus.REJECTED,
    PData: Stimulus.DATA_WANTED,
    ReleaseRQ: Stimulus.RELEASE_WANTED,
    ReleaseRP: Stimulus.RELEASE_ANSWERED,
    Abort: Stimulus.ABORT_WANTED,
}
_ESTABLISHED: Final = State.STA6_ESTABLISHED  # whose lookup costs as much as a call
_DATA_STATES: Final = frozenset({State.STA6_ESTABLISHED, State.STA7_AWAITING_RELEASE_RP})
_START_ARTIM: Final = frozenset({Action.AE_5, Action.AE_8, Action.AR_4, Action.AA_1, Action.AA_8})
_STOP_ARTIM: Final = frozenset({Action.AE_6, Action.AR_5, Action.AA_2, Action.AA_5})
_ABORTS: Final = frozenset({Action.AA_1, Action.AA_7, Action.AA_8})
_CLOSES: Final = frozenset({Action.AE_4, Action.AR_3, Action.AA_2, Action.AA_3})


class Connection:
    """One end of an association (PS3.8 section 9).

    The requestor calls ``send(AssociateRQ(...))`` when it opens the transport, and ``connected`` when that is open;
    the acceptor calls ``connected`` when it has taken a transport. What ``connected``, ``send`` and
    ``handle_timeout`` return goes to the wire, in order. Time is whatever clock the caller counts seconds with.
    """

    def __init__(self, role: Role, *, limits: UpperLayerLimits = UpperLayerLimits()) -> None:  # noqa: B008 - frozen
        self.role = role
        self.limits = limits
        self.state = State.STA1_IDLE
        self.requested: AssociateRQ | None = None
        """The request, once it was sent or received."""
        self.accepted: AssociateAC | None = None
        """The answer that accepted it, once it was sent or received."""
        self.must_close = False
        """Whether the transport shall be closed, once all is written."""
        self.deadline: float | None = None
        """When `handle_timeout` wants to be called: the ARTIM timer."""
        self._request = b""  # encoded, until there is a transport
        self._reader = Reader()
        self._now = 0.0
        self._over = False  # back in Sta1 after an association: nothing more can happen
        self._closed = False  # the peer closed
        self._lost = False  # a write failed: nothing can be sent any more
        self._deaf = False  # framing is lost: whatever comes is not looked at
        self._error: RemoteProtocolError | None = None
        self._abort: Abort | None = None  # what answers the error, until it is sent
        self._announced: Announced | None = None
        self._send_max = 0
        self._accepted: frozenset[int] = frozenset()  # the contexts, once there is an answer
        # Context and kind of the part of a message that is being sent and has no last fragment yet
        self._sending = (0, False)

    @property
    def max_pdu_sent(self) -> int:
        """The longest P-DATA-TF that we send: the peer's maximum or our own cap; 0 before there is an association."""
        return self._send_max

    @property
    def offset(self) -> int:
        """The byte of the stream at which the command set or data set begins that `next_event` gave last."""
        return self._reader.part

    def connected(self, now: float) -> list[Buffer]:
        """The transport is open."""
        self._now = now
        if self._over:
            raise LocalProtocolError("the association is over; a new one needs a new connection")
        if self.role is Role.REQUESTOR:
            self._step(Stimulus.TRANSPORT_CONFIRMED)
            request, self._request = self._request, b""
            return [request]
        self._step(Stimulus.TRANSPORT_INDICATED)
        return []

    def receive_data(self, data: Buffer, now: float) -> None:
        """Bytes that came; ``b""`` says that the peer closed. They are borrowed until `next_event` has no more events."""
        self._now = now
        if self.state is _ESTABLISHED and data and not self._closed and self._reader.drained:
            self._reader.feed(data)
            return
        if self.state is State.STA1_IDLE and not self._over:
            raise LocalProtocolError("there is no transport yet; call connected() when there is")
        if self.state is State.STA4_CONNECTING and data:
            raise LocalProtocolError("the transport is not open yet; call connected() when it is")
        if not self._reader.drained:
            raise LocalProtocolError("take all events of the last bytes before feeding more")
        if not data:
            self._closed = True
        elif self._closed:
            raise LocalProtocolError(
                "the peer closed the connection, and no bytes can come after that"
            )
        elif not self._deaf and not self._over:
            self._reader.feed(data)

    def next_event(self) -> Event | NeedData | Paused:
        """What the peer said next.

        A peer that breaks the protocol raises `RemoteProtocolError`, and again until its ``abort`` is sent.
        """
        reader = self._reader
        if self.state is _ESTABLISHED and self._announced is None:
            # What nearly every call finds, at half the cost of the loop below, which has all cases. In Sta6 the
            # table has DT-2 for data, which changes nothing
            try:
                found = reader.read()
            except RemoteProtocolError as error:
                self._broken(error)
                raise
            if isinstance(found, PData):
                return found
            if found is None and not self._closed:
                return NEED_DATA
            self._announced = found
        if self._abort is not None and self._error is not None:
            raise self._error
        while not self._over:
            if not self._deaf:
                try:
                    found = self._announced or reader.read()
                    if found is None:
                        pass
                    elif isinstance(found, PData):
                        self._step(Stimulus.DATA_ARRIVED)
                        return found
                    else:
                        event = self._control(found)
                        if event is not None:
                            return event
                        if self._announced is None:
                            continue
                except RemoteProtocolError as error:
                    self._broken(error)
                    raise
            if not self._closed:
                return NEED_DATA
            self._step(Stimulus.TRANSPORT_CLOSED)
            return ConnectionClosed()
        return PAUSED

    def send(self, event: Event, now: float) -> list[Buffer]:
        """The bytes that say this; what is not possible now raises `LocalProtocolError`, and then nothing happened."""
        self._now = now
        if self._lost:
            raise LocalProtocolError(
                "a write failed, so that nothing more can be sent; close the connection"
            )
        if isinstance(event, PData):
            return self._send_data(event)
        if self._abort is not None:
            if not isinstance(event, Abort):
                raise LocalProtocolError("the peer broke the protocol; only an Abort can be sent")
            self._abort = None
            return [encode_control(event)]
        if isinstance(event, ConnectionClosed):
            raise LocalProtocolError("ConnectionClosed is nothing that is sent")
        stimulus = _WANTED[type(event)]
        if isinstance(event, AssociateRQ):
            if self.role is Role.ACCEPTOR:
                raise LocalProtocolError("the acceptor of a connection asks for no association")
            if self._over:
                raise LocalProtocolError(
                    "the association is over; a new one needs a new connection"
                )
            step(self.state, stimulus, self.role)
            self._request = encode_control(event)  # raises before anything is connected
            self._step(stimulus)
            self.requested = event
            return []
        step(self.state, stimulus, self.role)
        if isinstance(event, AssociateAC):
            self._check_answer(event)
        data = encode_control(event)
        before = self.state
        self._step(stimulus)
        if isinstance(event, AssociateAC):
            self._establish(event)
        return [] if before is State.STA4_CONNECTING else [data]

    def send_failed(self) -> None:
        """What `send` returned did not reach the wire whole: nothing can be sent any more, and the transport shall be closed."""
        self._lost = True
        self._abort = None
        self.must_close = True

    def handle_timeout(self, now: float) -> list[Buffer]:
        """It is this late; where that is past the deadline, the transport shall be closed (AA-2)."""
        self._now = now
        if self.deadline is not None and now >= self.deadline:
            self._step(Stimulus.ARTIM_EXPIRED)
        return []

    def _step(self, stimulus: Stimulus) -> Action:
        """Do what the table says; the caller encodes, and gives events out."""
        action, self.state = step(self.state, stimulus, self.role)
        if action in _START_ARTIM:
            self.deadline = self._now + self.limits.artim
        elif action in _STOP_ARTIM or self.state is State.STA1_IDLE:
            self.deadline = None
        if self.state is State.STA1_IDLE:
            self._over = True
            self._abort = None
            self.must_close = True
            self._reader.drop()
        wanted = self.state in _DATA_STATES
        if self._reader.takes_data and not wanted:
            self._reader.abandon()
        self._reader.takes_data = wanted
        return action

    def _control(self, found: Announced) -> Control | None:
        """The event of a PDU that is no data; None where there is none, or where its body is still to come."""
        self._announced = None
        stimulus = _ARRIVED[found.kind]
        action, _ = step(self.state, stimulus, self.role)
        name = CONTROL_NAMES[found.kind]
        if action in _ABORTS:  # judged by the header: no byte of its body is waited for
            raise broken(
                f"{name} in {self.state.name}",
                "unexpected-pdu",
                found.offset,
                AbortReason.UNEXPECTED_PDU,
            )
        if action is Action.AA_6:
            self._reader.skip(found.length)
            return None
        associate = found.kind in {0x01, 0x02}
        if not (68 <= found.length <= self.limits.associate if associate else found.length == 4):
            limit = f"68 to {self.limits.associate}" if associate else "4"
            text = f"{name} of {found.length} bytes; it has {limit}"
            raise broken(text, "pdu-length", found.offset)
        body = self._reader.body(found.length)
        if body is None:
            self._announced = found
            return None
        event = decode_control(found.kind, body, found.offset)
        if isinstance(event, AssociateRQ | AssociateAC):
            self._judge(event, found.offset)
        self._step(stimulus)
        if isinstance(event, AssociateRQ):
            self.requested = event
        elif isinstance(event, AssociateAC):
            self._establish(event)
        # An abort in Sta2 and Sta13: nobody is told, since there is no association to lose
        return None if action is Action.AA_2 else event

    def _judge(self, event: AssociateRQ | AssociateAC, offset: int) -> None:
        """What a request or an answer may not say."""
        least = self.limits.least_peer_max
        if 0 < event.max_pdu < least:
            text = f"a maximum PDU length of {event.max_pdu} bytes; we send to peers that take {least} or more"
            raise broken(text, "max-pdu", offset)
        if isinstance(event, AssociateAC):
            try:
                self._check_answer(event)
            except LocalProtocolError as error:
                raise broken(error.text, "answered-context", offset) from None

    def _check_answer(self, event: AssociateAC) -> None:
        """An answer names contexts of the request, and accepts with a transfer syntax of the context."""
        assert self.requested is not None
        self._accepted = _accepted(self.requested.contexts, event.contexts)

    def _establish(self, event: AssociateAC) -> None:
        assert self.requested is not None
        self.accepted = event
        ours, theirs = event.max_pdu, self.requested.max_pdu
        if self.role is Role.REQUESTOR:
            ours, theirs = theirs, ours
        self._reader.contexts = self._accepted
        # 0 is without limit (PS3.8 D.1), and then our own cap holds
        self._reader.limit = ours or self.limits.p_data
        self._send_max = min(theirs or self.limits.p_data, self.limits.p_data)

    def _send_data(self, event: PData) -> list[Buffer]:
        if self._abort is not None:
            raise LocalProtocolError("the peer broke the protocol; only an Abort can be sent")
        if event.context not in self._reader.contexts:
            raise LocalProtocolError(f"presentation context {event.context} was not accepted")
        part = (event.context, event.command)
        if self._sending[0] and self._sending != part:
            raise LocalProtocolError(
                f"the last fragment of the message in context {self._sending[0]} was not sent yet"
            )
        if not event.last and sum(map(len, event.views)) & 1:
            raise LocalProtocolError(
                "a fragment that is not the last has an even number of bytes (PS3.8 E.1)"
            )
        if self.state is not _ESTABLISHED:  # DT-1 changes nothing; see next_event
            self._step(Stimulus.DATA_WANTED)
        self._sending = (0, False) if event.last else part
        return cut(
            event.context,
            event.views,
            command=event.command,
            last=event.last,
            longest=self._send_max,
        )

    def _broken(self, error: RemoteProtocolError) -> None:
        """The table's row of invalid PDUs: the abort is left to the caller, who writes."""
        # In Sta2 the table has AA-1, an abort of the service user; there is no user yet, and
        # only with the provider as source the reason would mean something (PS3.8 table 9-26).
        self._step(Stimulus.INVALID_ARRIVED)
        self._deaf = True
        self._reader.drop()
        self._announced = None
        self._error = error
        self._abort = None if self._lost else error.abort


@lru_cache(maxsize=16)  # an association is often asked for, and answered, as the last one was
def _accepted(
    asked: tuple[ProposedContext, ...], answered: tuple[AnsweredContext, ...]
) -> frozenset[int]:
    """The contexts that are accepted; what was not asked for raises `LocalProtocolError`."""
    proposed = {context.id: context.transfer_syntaxes for context in asked}
    for context in answered:
        syntaxes = proposed.get(context.id)
        if syntaxes is None:
            raise LocalProtocolError(
                f"presentation context {context.id} is answered, and was not asked for"
            )
        if context.is_accepted and context.transfer_syntax not in syntaxes:
            raise LocalProtocolError(
                f"presentation context {context.id} is accepted with {context.transfer_syntax!a}, "
                "which was not asked for"
            )
    return frozenset(context.id for context in answered if context.is_accepted)


# Tracebacks, reprs and pickles name the place that users import from
Connection.__module__ = "dicom_net.ul"
