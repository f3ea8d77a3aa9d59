"""DIMSE messages over an association as a machine without I/O (PS3.7 6.3, 8 to 10).

Rule 1: one message at a time in each direction: its command set, then its data set where it announced one.
Rule 2: who asks for what and what answers it is the matter of `Outstanding`; the rest of this file is framing.
Rule 3: bytes of data sets pass through, and are neither kept nor looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from .._errors import LocalProtocolError, RemoteProtocolError
from ..ul import (
    Abort,
    AbortReason,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    Buffer,
    Connection,
    ConnectionClosed,
    NeedData,
    OperationsWindow,
    Paused,
    PData,
    ReleaseRP,
    ReleaseRQ,
    Role,
    State,
)
from ._command import CommandField, Requested, Responded
from ._contexts import AcceptedContext, Contexts
from ._decode import decode, violation
from ._encode import encode
from ._events import Begin, Data
from ._limits import DimseLimits
from ._messages import CCancelRQ, Command
from ._outstanding import Outstanding, agreed_window

__all__ = ["Control", "Exchange", "ExchangeEvent"]

Control: TypeAlias = (
    AssociateRQ | AssociateAC | AssociateRJ | ReleaseRQ | ReleaseRP | Abort | ConnectionClosed
)
ExchangeEvent: TypeAlias = Begin | Data | Control


class Exchange:
    """The messages of one association; the verbs are those of `dicom_net.ul.Connection`.

    ``now`` may be left out of `send`: the last time that any verb was told then holds, so that operations
    need no clock.
    """

    def __init__(self, connection: Connection, *, limits: DimseLimits = DimseLimits()) -> None:  # noqa: B008 - frozen
        self.connection = connection
        self.limits = limits
        self._now = 0.0
        self._contexts = Contexts()
        self._outstanding = Outstanding(1, 1)
        self._last_id = 0
        self.on_command: Callable[[str, Command], None] | None = None
        """Told of each command set as it goes by, with ``sent`` or ``received``; for logs."""
        self._error: RemoteProtocolError | None = None
        self._aborted = False
        # What is being received: a command set in pieces, or the data set of a message
        self._command = bytearray()
        self._data_context = 0
        self._data_id = 0
        # Or a data set that should not be there: its context, and how much of it came
        self._undue_context = 0
        self._undue = 0
        # What is being sent: the context and id of a message whose data set has no last piece yet
        self._open_context = 0
        self._open_id = 0

    @property
    def state(self) -> State:
        """The state of the association (PS3.8 9.2)."""
        return self.connection.state

    @property
    def requested(self) -> AssociateRQ | None:
        """What was asked for, once it was."""
        return self.connection.requested

    @property
    def accepted(self) -> AssociateAC | None:
        """What was agreed on, once it is."""
        return self.connection.accepted

    @property
    def deadline(self) -> float | None:
        """When `handle_timeout` wants to be called."""
        return self.connection.deadline

    @property
    def must_close(self) -> bool:
        """Whether the transport shall be closed, once all is written."""
        return self.connection.must_close

    @property
    def contexts(self) -> Mapping[int, AcceptedContext]:
        """The accepted presentation contexts by their ids; empty until the association stands."""
        return self._contexts.by_id

    @property
    def window(self) -> OperationsWindow:
        """How many operations may be outstanding, seen from the requestor; 0 is without limit."""
        return agreed_window(self.requested, self.accepted)

    @property
    def free_slots(self) -> int:
        """How many more requests may be sent now (PS3.7 D.3.3.3)."""
        return self._outstanding.free_slots

    @property
    def outstanding(self) -> frozenset[int]:
        """The message IDs of our requests that have no final response yet."""
        return frozenset(self._outstanding.ours)

    @property
    def to_answer(self) -> frozenset[int]:
        """The message IDs of the peer's requests that we gave no final response yet."""
        return frozenset(self._outstanding.theirs)

    @property
    def is_sending(self) -> bool:
        """Whether a message of ours has no end yet, so that nothing else can be sent."""
        return self._open_context != 0

    @property
    def getting(self) -> int | None:
        """The message ID of a C-GET of ours that is outstanding: its instances come as requests (PS3.7 9.1.3)."""
        for message_id, (field, _context) in self._outstanding.ours.items():
            if field == CommandField.C_GET_RQ:
                return message_id
        return None

    def next_message_id(self) -> int:
        """A message ID that no outstanding request has, neither of ours nor of the peer's.

        Each side numbers for itself; that the numbers differ spares an operation which answers one request
        and sends others the question which is meant.
        """
        ours, theirs = self._outstanding.ours, self._outstanding.theirs
        while True:
            self._last_id = self._last_id % 0xFFFF + 1
            if self._last_id not in ours and self._last_id not in theirs:
                return self._last_id

    def context_for(
        self, abstract_syntax: str, transfer_syntax: str | None = None, *, as_scp: bool = False
    ) -> AcceptedContext:
        """The first accepted context for a SOP class in which we may ask, or with ``as_scp`` be asked.

        `NegotiationError` lists the contexts that there are.
        """
        return self._contexts.find(abstract_syntax, transfer_syntax, as_scp=as_scp)

    def connected(self, now: float) -> list[Buffer]:
        """The transport is open."""
        self._now = now
        return self.connection.connected(now)

    def receive_data(self, data: Buffer, now: float) -> None:
        """Bytes that came, borrowed until `next_event` has no more; ``b""`` says that the peer closed."""
        self._now = now
        self.connection.receive_data(data, now)

    def send_failed(self) -> None:
        """What `send` returned did not reach the wire whole."""
        self.connection.send_failed()

    def handle_timeout(self, now: float) -> list[Buffer]:
        """It is this late."""
        self._now = now
        return self.connection.handle_timeout(now)

    def next_event(self) -> ExchangeEvent | NeedData | Paused:
        """What the peer said next.

        A peer that breaks the protocol raises `RemoteProtocolError`, and again until an `Abort` is sent.
        """
        if self._error is not None:
            raise self._error
        try:
            while True:
                event = self.connection.next_event()
                if not isinstance(event, PData):
                    if isinstance(event, AssociateAC):
                        self._establish(event)
                    return event
                if self._aborted:
                    continue  # PS3.8 AA-6: what still comes is not looked at
                found = self._part_of_command(event) if event.command else self._part_of_data(event)
                if found is not None:
                    return found
        except RemoteProtocolError as error:
            self._error = error
            raise

    def send(self, event: ExchangeEvent, now: float | None = None) -> list[Buffer]:
        """The bytes that say this; what is not possible now raises `LocalProtocolError`, and then nothing happened.

        The cancellation of a request that has its final response already needs no bytes.
        """
        if now is not None:
            self._now = now
        if self._error is not None and not isinstance(event, Abort):
            raise LocalProtocolError("the peer broke the protocol; only an Abort can be sent")
        if isinstance(event, Begin):
            return self._send_begin(event)
        if isinstance(event, Data):
            return self._send_data(event)
        if isinstance(event, Abort):
            self._error = None
            self._aborted = True
            return self.connection.send(event, self._now)
        if self._open_context:
            raise LocalProtocolError(f"the data set of message {self._open_id} has no end yet")
        buffers = self.connection.send(event, self._now)
        if isinstance(event, AssociateAC):
            self._establish(event)
        return buffers

    def send_message(
        self, begin: Begin, views: Sequence[bytes | memoryview] = (), now: float | None = None
    ) -> list[Buffer]:
        """A message with its whole data set, for one write."""
        buffers = self.send(begin, now)
        if self._open_context:
            data = Data(begin.context, self._open_id, views, last=True)
            buffers += self._send_data(data)
        return buffers

    def _establish(self, answer: AssociateAC) -> None:
        request = self.connection.requested
        assert request is not None  # the connection lets no answer come first
        requestor = self.connection.role is Role.REQUESTOR
        self._contexts = Contexts.agreed(request, answer, requestor=requestor)
        window = agreed_window(request, answer)
        ours, theirs = window.invoked, window.performed
        self._outstanding = Outstanding(*((ours, theirs) if requestor else (theirs, ours)))

    def _violation(
        self, rule: str, text: str, reason: AbortReason = AbortReason.INVALID_PARAMETER_VALUE
    ) -> RemoteProtocolError:
        return violation(rule, text, self.connection.offset, reason)

    def _part_of_command(self, event: PData) -> Begin | None:
        context = event.context
        if self._data_context or self._undue:
            raise self._violation(
                "command-within-data",
                f"a command set in context {context} before the end of a data set",
                AbortReason.UNEXPECTED_PDU,
            )
        views = event.views
        if event.last and not self._command and len(views) == 1:
            raw = bytes(views[0])
        else:
            for view in views:
                self._command += view
                if len(self._command) > self.limits.command:
                    break
            raw = bytes(self._command)
        if len(raw) > self.limits.command:
            limit = self.limits.command
            raise self._violation("command-limit", f"a command set of more than {limit} bytes")
        if not event.last:
            return None
        self._command.clear()
        self._undue_context = 0
        command, announced = decode(raw, self.connection.offset)
        field = command.command_field
        wanted = True
        if isinstance(command, Requested):
            message_id = self._outstanding.asked(command, field, context, self._violation)
        elif isinstance(command, Responded):
            message_id = self._outstanding.answered(command, field, context, self._violation)
        else:
            message_id = command.responded_to
            wanted = self._outstanding.cancelled(command)
        if announced:
            if command.has_data:
                self._data_context, self._data_id = context, message_id
            else:
                self._undue_context = context
        if self.on_command is not None:
            self.on_command("received", command)
        return Begin(context, command) if wanted else None

    def _part_of_data(self, event: PData) -> Data | None:
        context = event.context
        if context == self._data_context:
            if event.last:
                self._data_context = 0
            return Data(context, self._data_id, event.views, last=event.last)
        if self._data_context or context != self._undue_context:
            raise self._violation(
                "data-without-command",
                f"data in context {context}, where no message announced any",
                AbortReason.UNEXPECTED_PDU,
            )
        self._undue += sum(map(len, event.views))
        if self._undue > self.limits.undue:
            limit = self.limits.undue
            raise self._violation(
                "undue-data", f"a data set of more than {limit} bytes with a message that has none"
            )
        if event.last:
            self._undue_context = self._undue = 0
        return None

    def _send_begin(self, event: Begin) -> list[Buffer]:
        if self._open_context:
            raise LocalProtocolError(f"the data set of message {self._open_id} has no end yet")
        context = self._contexts.by_id.get(event.context)
        if context is None:
            raise LocalProtocolError(
                f"presentation context {event.context} was not accepted; there is "
                + ("; ".join(map(str, self._contexts.by_id.values())) or "none at all")
            )
        command = event.command
        if isinstance(command, CCancelRQ) and command.responded_to not in self._outstanding.ours:
            return []
        self._outstanding.check(command, command.command_field, context)
        data = PData(event.context, [encode(command)], command=True, last=True)
        buffers = self.connection.send(data, self._now)
        message_id = self._outstanding.sent(command, command.command_field, event.context)
        if command.has_data:
            self._open_context, self._open_id = event.context, message_id
        if self.on_command is not None:
            self.on_command("sent", command)
        return buffers

    def _send_data(self, event: Data) -> list[Buffer]:
        if not self._open_context or event.context != self._open_context:
            raise LocalProtocolError(f"no message in context {event.context} waits for data")
        data = PData(event.context, event.views, command=False, last=event.last)
        buffers = self.connection.send(data, self._now)
        if event.last:
            self._open_context = 0
        return buffers


# Tracebacks, reprs and pickles name the place that users import from
Exchange.__module__ = "dicom_net.dimse"
