"""Requests without a final response, on both sides: who may ask, and what answers what (PS3.7 6.3, D.3.3.3)."""

from collections.abc import Callable
from typing import Final, TypeAlias

from .._errors import LocalProtocolError, RemoteProtocolError
from ..ul import AssociateAC, AssociateRQ, OperationsWindow
from ._command import CommandField, Requested, Responded
from ._contexts import AcceptedContext
from ._messages import CCancelRQ, Command

__all__ = ["Outstanding", "agreed_window"]

_RESPONSE: Final = 0x8000
# What may be answered more than once, the last time with a status that is not pending (PS3.7 9.1)
_SEVERAL: Final = frozenset({CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ})
_UNLIMITED: Final = 0xFFFF  # as many as there are message IDs

_Violation: TypeAlias = Callable[[str, str], RemoteProtocolError]


def agreed_window(request: AssociateRQ | None, answer: AssociateAC | None) -> OperationsWindow:
    """What both sides keep to: one at a time unless both say otherwise, and never more than was asked for (PS3.7 D.3.3.3)."""
    asked = None if request is None else request.window
    granted = None if answer is None else answer.window
    if asked is None or granted is None:
        return OperationsWindow()
    return OperationsWindow(
        _less(asked.invoked, granted.invoked), _less(asked.performed, granted.performed)
    )


def _less(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


class Outstanding:
    """Both sides' requests, by message ID: the command field and the context of each."""

    __slots__ = ("_most_ours", "_most_theirs", "ours", "theirs")

    def __init__(self, ours: int, theirs: int) -> None:
        self.ours: dict[int, tuple[int, int]] = {}
        self.theirs: dict[int, tuple[int, int]] = {}
        self._most_ours = ours or _UNLIMITED
        self._most_theirs = theirs or _UNLIMITED

    @property
    def free_slots(self) -> int:
        """How many requests we may add."""
        return self._most_ours - len(self.ours)

    def asked(self, command: Requested, field: int, context: int, violation: _Violation) -> int:
        """The peer asks."""
        message_id = command.message_id
        if message_id in self.theirs:
            raise violation("message-id", f"message ID {message_id} is used again, unanswered")
        if len(self.theirs) >= self._most_theirs:
            most = self._most_theirs
            raise violation("operations-window", f"more than {most} requests at a time")
        self.theirs[message_id] = (field, context)
        return message_id

    def answered(self, command: Responded, field: int, context: int, violation: _Violation) -> int:
        """The peer answers."""
        message_id = command.responded_to
        request = self.ours.get(message_id)
        if request is None:
            raise violation(
                "unexpected-response", f"a response to message {message_id}, which waits for none"
            )
        if request[0] | _RESPONSE != field:
            text = f"a response {field:04X}H to request {request[0]:04X}H, message {message_id}"
            raise violation("wrong-response", text)
        if request[1] != context:
            text = f"a response in context {context} to a request in context {request[1]}"
            raise violation("response-context", text)
        if not (command.is_pending and request[0] in _SEVERAL):
            del self.ours[message_id]
        return message_id

    def cancelled(self, command: CCancelRQ) -> bool:
        """The peer cancels; False where the request has its final response already: the two crossed on the way."""
        return command.responded_to in self.theirs

    def check(self, command: Command, field: int, context: AcceptedContext) -> None:
        """Whether we may send this now; raises `LocalProtocolError`."""
        if isinstance(command, Requested):
            self._check_request(command, field, context)
        elif isinstance(command, Responded):
            request = self.theirs.get(command.responded_to)
            if request is None:
                raise LocalProtocolError(
                    f"no request of the peer with message ID {command.responded_to} waits for a response"
                )
            if (request[0] | _RESPONSE, request[1]) != (field, context.id):
                raise LocalProtocolError(
                    f"{_title(request[0])} in context {request[1]} is not answered by "
                    f"{_title(field)} in context {context.id}"
                )

    def _check_request(self, command: Requested, field: int, context: AcceptedContext) -> None:
        # An event report goes from the provider of a SOP class to its user (PS3.7 10.1.1)
        report = field == CommandField.N_EVENT_REPORT_RQ
        if not (context.as_scp if report else context.as_scu):
            raise LocalProtocolError(f"{_title(field)} is not ours to send in {context}")
        if command.message_id in self.ours:
            raise LocalProtocolError(
                f"message ID {command.message_id} is used by an outstanding request"
            )
        if len(self.ours) >= self._most_ours:
            raise LocalProtocolError(
                f"{len(self.ours)} requests are outstanding, and the peer takes no more at a time"
            )

    def sent(self, command: Command, field: int, context: int) -> int:
        """What was checked was sent; its message ID."""
        if isinstance(command, Requested):
            self.ours[command.message_id] = (field, context)
            return command.message_id
        if isinstance(command, Responded) and not (
            command.is_pending and field & ~_RESPONSE in _SEVERAL
        ):
            del self.theirs[command.responded_to]
        return command.responded_to


def _title(field: int) -> str:
    known = field in CommandField.__members__.values()
    return CommandField(field).name.replace("_", "-") if known else f"{field:04X}H"
