"""C-ECHO: whether the peer is there and speaks DICOM (PS3.4 A)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from .._operation import Operation, receive, write
from ..dimse import Begin, CEchoRQ, CEchoRSP
from ._provider import Seat
from ._refuse import refuse_other

if TYPE_CHECKING:
    from .._negotiation import Offer  # type: ignore[import-not-found, unused-ignore]
    from ..dimse import Exchange  # type: ignore[attr-defined, unused-ignore]

__all__ = ["VERIFICATION", "Verification", "echo"]

VERIFICATION: Final = "1.2.840.10008.1.1"
SYNTAXES: Final = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
)


def echo(exchange: "Exchange") -> Operation[CEchoRSP]:
    """Ask once; the response, whatever its status is. `NegotiationError` without a context for it."""
    context = exchange.context_for(VERIFICATION).id
    message_id = exchange.next_message_id()
    yield from write(exchange.send(Begin(context, CEchoRQ(message_id=message_id))))
    event = yield from receive(message_id)
    assert isinstance(event, Begin)
    assert isinstance(event.command, CEchoRSP)  # the exchange lets nothing else answer a C-ECHO
    return event.command


class Verification:
    """The provider: answers every C-ECHO with success."""

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
        yield from write(seat.exchange.send(Begin(begin.context, answer)))
