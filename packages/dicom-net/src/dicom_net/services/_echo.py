"""C-ECHO: whether the peer is there and speaks DICOM (PS3.4 A)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from .._errors import NegotiationError, StatusError
from .._metrics import NetMetrics
from .._operation import Operation, Receive, Write
from .._tools import Tools
from ..dimse import Begin, CEchoRQ, CEchoRSP
from ._echo_types import VerificationResult
from ._provider import Seat
from ._refuse import refuse_other

if TYPE_CHECKING:
    from .._negotiation import Offer  # type: ignore[import-not-found, unused-ignore]
    from ..dimse import Exchange  # type: ignore[attr-defined, unused-ignore]

__all__ = ["CONTEXTS", "VERIFICATION", "Verification", "echo", "verify_on"]

VERIFICATION: Final = "1.2.840.10008.1.1"
SYNTAXES: Final = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
)
CONTEXTS: Final = ((VERIFICATION, SYNTAXES[:2]),)
"""What to propose for it."""


def echo(exchange: "Exchange") -> Operation[CEchoRSP]:
    """Ask once; the response, whatever its status is. `NegotiationError` without a context for it."""
    context = exchange.context_for(VERIFICATION).id
    message_id = exchange.next_message_id()
    yield Write(exchange.send(Begin(context, CEchoRQ(message_id=message_id))))
    event = yield Receive(message_id)
    assert isinstance(event, Begin)
    assert isinstance(event.command, CEchoRSP)  # the exchange lets nothing else answer a C-ECHO
    return event.command


def verify_on(exchange: "Exchange", tools: Tools) -> Operation[VerificationResult]:
    """Ask once, and say what came of it; a peer that takes no verification is a result, too."""
    answer = exchange.accepted
    assert answer is not None  # operations run on associations that stand
    began = tools.clock()
    status: int | None = None
    reason = ""
    try:
        response = yield from echo(exchange)
    except NegotiationError as refused:
        reason = str(refused)
    else:
        status = response.status
        if status:
            reason = str(StatusError(status, "C-ECHO", response.comment))
    requested = exchange.requested
    return VerificationResult(
        status=status,
        seconds=tools.clock() - began,
        called_ae="" if requested is None else requested.called,
        implementation_class=answer.implementation_class,
        implementation_version=answer.implementation_version,
        max_pdu=answer.max_pdu,
        reason=reason,
    )


class Verification:
    """The provider: answers every C-ECHO with success."""

    def __init__(self, *, metrics: NetMetrics | None = None) -> None:
        self._metrics = metrics

    def offers(self) -> "Iterable[Offer]":
        """See `Provider.offers`."""
        from .._negotiation import Offer

        return [Offer(VERIFICATION, SYNTAXES)]

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        """See `Provider.respond`."""
        command = begin.command
        if not isinstance(command, CEchoRQ):
            yield from refuse_other(seat.exchange, begin)
            return
        answer = CEchoRSP(
            responded_to=command.message_id, status=0, affected_sop_class=VERIFICATION
        )
        yield Write(seat.exchange.send(Begin(begin.context, answer)))
        if self._metrics is not None:
            self._metrics.count("C-ECHO")


# Tracebacks, reprs and pickles name the place that users import from
Verification.__module__ = "dicom_net"
echo.__module__ = verify_on.__module__ = "dicom_net.services"
