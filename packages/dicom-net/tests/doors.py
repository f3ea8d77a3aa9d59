"""Both event loops for the tests of the doors, and providers that do what a test wants."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager

import anyio
import pytest

import dicom_net as dn
from dicom_net._operation import Operation, call, write
from dicom_net.dimse import Begin, CEchoRQ, CEchoRSP
from dicom_net.services import VERIFICATION, Seat, Verification, drain
from dicom_net.transport import Association, Server, associate

IMPLICIT = "1.2.840.10008.1.2"
CONTEXTS = [(VERIFICATION, [IMPLICIT])]

# What tests of both event loops put into `pytestmark`
ON_BOTH_LOOPS = [
    pytest.mark.anyio,
    pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"]),
]


class Calling:
    """A verification provider that calls a function before it answers."""

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function

    def offers(self) -> Iterable[dn.Offer]:
        return Verification().offers()

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        assert isinstance(begin.command, CEchoRQ)
        yield from call(self.function)
        answer = CEchoRSP(responded_to=begin.command.message_id, status=0)
        yield from write(seat.exchange.send(Begin(begin.context, answer)))


class Swallowing:
    """Takes requests with their data sets, and answers with success."""

    def __init__(self, sop_class: str) -> None:
        self.sop_class = sop_class

    def offers(self) -> Iterable[dn.Offer]:
        return [dn.Offer(self.sop_class, [IMPLICIT])]

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        from dicom_net.dimse import Request, refusal

        assert isinstance(begin.command, Request)
        if begin.command.has_data:
            yield from drain(begin.command.message_id)
        yield from write(seat.exchange.send(Begin(begin.context, refusal(begin.command, 0))))


@asynccontextmanager
async def echoing(server: Server, **options: object) -> AsyncGenerator[Association]:
    """An association with a server for C-ECHO."""
    async with associate(
        "127.0.0.1",
        server.port,
        CONTEXTS,
        called_ae="DICOMPY",
        **options,  # type: ignore[arg-type]
    ) as association:
        yield association


async def told(events: list[dn.ServerEvent], *kinds: type) -> None:
    """Wait until the last events are of these kinds; the test's own time limit ends what never comes."""
    while [type(event) for event in events[-len(kinds) :]] != list(kinds):
        await anyio.lowlevel.checkpoint()
