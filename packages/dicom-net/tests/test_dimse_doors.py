"""N15 at a server: what cannot be performed is answered, and the association goes on; what cannot be read ends it."""

import socket
import struct

import anyio
import pytest
from doors import ON_BOTH_LOOPS
from exchange_pair import joined, raw

import dicom_net as dn
from dicom_net.dimse import Begin, CEchoRQ, CEchoRSP, Exchange
from dicom_net.services import VERIFICATION, Verification
from dicom_net.ul import Abort, AssociateRQ, Connection, ProposedContext, Role, Signal

pytestmark = ON_BOTH_LOOPS

IMPLICIT = "1.2.840.10008.1.2"
WITHOUT_DATA = 0x0101


def us(element: int, value: int) -> bytes:
    return struct.pack("<HHIH", 0, element, 2, value)


def command_set(*elements: bytes) -> bytes:
    body = b"".join(elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


class Peer:
    """A requestor that can say anything; it waits in a thread."""

    def __init__(self, port: int) -> None:
        self.exchange = Exchange(Connection(Role.REQUESTOR))
        contexts = [ProposedContext(1, VERIFICATION, (IMPLICIT,))]
        self.exchange.send(AssociateRQ(called="DICOMPY", calling="ODD", contexts=contexts), 0.0)
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.sendall(joined(self.exchange.connected(0.0)))
        self.event()

    def event(self) -> object:
        while isinstance(found := self.exchange.next_event(), Signal):
            self.exchange.receive_data(self.sock.recv(4096), 0.0)
        return found

    def answer(self, command: bytes, data: bytes | None = None) -> bytes:
        """The bytes that come back."""
        self.sock.sendall(raw(1, command, command=True))
        if data is not None:
            self.sock.sendall(raw(1, data, command=False))
        return self.sock.recv(4096)

    def echo(self) -> object:
        self.sock.sendall(joined(self.exchange.send(Begin(1, CEchoRQ(message_id=5)))))
        return self.event()


ECHOED = Begin(1, CEchoRSP(responded_to=5, status=0, affected_sop_class=VERIFICATION))


@pytest.mark.parametrize(
    ("command", "data", "answers", "status"),
    [
        (command_set(us(0x100, 0x0555), us(0x110, 9), us(0x800, WITHOUT_DATA)), None, 0x8555, 0x0211),
        (command_set(us(0x100, 0x0555), us(0x110, 9), us(0x800, 0)), b"data", 0x8555, 0x0211),
        (command_set(us(0x100, 0x0001), us(0x110, 9), us(0x800, WITHOUT_DATA)), None, 0x8001, 0x0110),
        (command_set(us(0x100, 0x0001), us(0x110, 9), us(0x800, 1)), b"data", 0x8001, 0x0110),
        (command_set(us(0x100, 0x0030), us(0x110, 9), us(0x800, 1)), b"data", 0x8030, 0x0000),
        (command_set(us(0x100, 0x0030), us(0x110, 9), us(0x800, 1)), None, 0x8030, 0x0000),
    ],
)  # fmt: skip
async def test_n15_requests_that_cannot_be_performed(
    command: bytes, data: bytes | None, answers: int, status: int
) -> None:
    def talk(port: int) -> None:
        peer = Peer(port)
        with peer.sock:
            answer = peer.answer(command, data)
            assert us(0x100, answers) in answer
            assert us(0x120, 9) in answer
            assert us(0x900, status) in answer
            assert peer.echo() == ECHOED

    async with dn.transport.Server(Verification()) as server:
        await anyio.to_thread.run_sync(talk, server.port)


@pytest.mark.parametrize(
    "command",
    [
        command_set(us(0x110, 9), us(0x800, WITHOUT_DATA)),
        command_set(us(0x100, 0x0030), us(0x110, 9)),
        command_set(us(0x100, 0x0030), us(0x800, WITHOUT_DATA)),
        command_set(us(0x100, 0x0030), us(0x110, 9), us(0x800, WITHOUT_DATA))[:-2],
        b"\0\0\0\0UL\4\0\x10\0\0\0" + b"\0\0\0\1US\2\0\x30\0",
        b"",
    ],
)
async def test_n15_command_sets_that_cannot_be_read(command: bytes) -> None:
    def talk(port: int) -> None:
        peer = Peer(port)
        with peer.sock:
            peer.sock.sendall(raw(1, command, command=True))
            assert peer.event() == Abort(2, 6)
        other = Peer(port)
        with other.sock:
            assert other.echo() == ECHOED

    async with dn.transport.Server(Verification()) as server:
        await anyio.to_thread.run_sync(talk, server.port)
