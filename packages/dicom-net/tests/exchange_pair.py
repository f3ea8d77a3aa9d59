"""Two exchanges with an ideal wire between them; what one sends, the other must receive."""

from collections.abc import Sequence

from dicom_net.dimse import Command, Data, DimseLimits, Exchange, ExchangeEvent, encode
from dicom_net.ul import (
    AnsweredContext,
    AssociateAC,
    AssociateRQ,
    Buffer,
    Connection,
    OperationsWindow,
    ProposedContext,
    Role,
    RoleSelection,
    Signal,
)

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
ECHO = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"

REQUEST = AssociateRQ(
    called="PEER",
    calling="ME",
    contexts=[
        ProposedContext(1, CT, (EXPLICIT, IMPLICIT)),
        ProposedContext(3, FIND, (IMPLICIT,)),
        ProposedContext(5, ECHO, (IMPLICIT,)),
        ProposedContext(7, MR, (EXPLICIT,)),
        ProposedContext(9, MR, (IMPLICIT,)),
    ],
)
ANSWER = AssociateAC(
    called="PEER",
    calling="ME",
    contexts=[
        AnsweredContext(1, 0, EXPLICIT),
        AnsweredContext(3, 0, IMPLICIT),
        AnsweredContext(5, 0, IMPLICIT),
        AnsweredContext(7, 4, ""),
        AnsweredContext(9, 0, IMPLICIT),
    ],
)


def joined(buffers: Sequence[Buffer]) -> bytes:
    return b"".join(map(bytes, buffers))


def drain(exchange: Exchange) -> list[ExchangeEvent]:
    """All events that there are now; data owns its bytes."""
    events: list[ExchangeEvent] = []
    while True:
        event = exchange.next_event()
        if isinstance(event, Signal):
            return events
        if isinstance(event, Data):
            event.views = [bytes(view) for view in event.views]
        events.append(event)


class Pair:
    """A requestor and an acceptor."""

    def __init__(
        self,
        request: AssociateRQ = REQUEST,
        answer: AssociateAC = ANSWER,
        *,
        window: OperationsWindow | None = None,
        roles: Sequence[RoleSelection] = (),
        granted: Sequence[RoleSelection] | None = None,
        limits: DimseLimits = DimseLimits(),  # noqa: B008 - frozen
    ) -> None:
        from attrs import evolve

        if window is not None or roles:
            request = evolve(request, window=window, roles=tuple(roles))
            answer = evolve(
                answer, window=window, roles=tuple(roles if granted is None else granted)
            )
        self.user = Exchange(Connection(Role.REQUESTOR), limits=limits)
        self.provider = Exchange(Connection(Role.ACCEPTOR), limits=limits)
        self.user.send(request, 0.0)
        self.provider.connected(0.0)
        self.provider.receive_data(joined(self.user.connected(0.0)), 0.0)
        assert drain(self.provider) == [request]
        self.user.receive_data(joined(self.provider.send(answer, 0.0)), 0.0)
        assert drain(self.user) == [answer]

    def other(self, exchange: Exchange) -> Exchange:
        return self.provider if exchange is self.user else self.user

    def send(self, sender: Exchange, *events: ExchangeEvent) -> list[ExchangeEvent]:
        """What the other side receives of this."""
        wire = b"".join(joined(sender.send(event)) for event in events)
        return self.feed(self.other(sender), wire)

    @staticmethod
    def feed(receiver: Exchange, wire: bytes) -> list[ExchangeEvent]:
        receiver.receive_data(wire, 0.0)
        return drain(receiver)


def raw(
    context: int, data: bytes, *, command: bool, last: bool = True, size: int = 1 << 14
) -> bytes:
    """PDUs, whatever an exchange would say about them."""
    wire = bytearray()
    for start in range(0, len(data) or 1, size):
        piece = data[start : start + size]
        flags = command | (2 if last and start + size >= len(data) else 0)
        wire += b"\4\0" + (len(piece) + 6).to_bytes(4, "big")
        wire += (len(piece) + 2).to_bytes(4, "big") + bytes((context, flags)) + piece
    return bytes(wire)


def said(context: int, command: Command) -> bytes:
    """A command on the wire."""
    return raw(context, encode(command), command=True)
