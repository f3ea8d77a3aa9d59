"""The wires: whatever the socket takes at a time, what is queued arrives whole and in order."""

import random
import socket
import ssl
from collections.abc import Iterator

import pytest
import trustme

from dicom_net._wire import PlainWire, TlsWire, Wire

BUFFERS = [
    bytes([number % 251]) * size
    for number, size in enumerate([12, 16378] * 200 + [1, 0, 700_001, 5])
]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    one.setblocking(False)
    other.setblocking(False)
    with one, other:
        yield one, other


def pump(sender: Wire, receiver: Wire, size: int, space: int = 65536) -> bytes:
    """Let both go on until so many bytes have arrived."""
    got, buffer = bytearray(), memoryview(bytearray(space))
    stuck = 0
    while len(got) < size:
        try:
            if sender.unsent:
                sender.flush()
        except BlockingIOError:
            stuck += 1
        try:
            got += buffer[: receiver.receive(buffer)]
        except BlockingIOError:
            stuck += 1
        assert stuck < 100_000
    return bytes(got)


def secured(pair: tuple[socket.socket, socket.socket]) -> tuple[TlsWire, TlsWire]:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("peer").configure_cert(server)
    authority.configure_trust(client)
    ours = TlsWire(pair[0], client, server_hostname="peer")
    theirs = TlsWire(pair[1], server, server_side=True)
    waiting: list[TlsWire] = [ours, theirs]
    while waiting:
        wire = waiting.pop(0)
        try:
            wire.handshake()
        except BlockingIOError:
            waiting.append(wire)
    return ours, theirs


@pytest.mark.parametrize("gathers", [True, False])
def test_plain(pair: tuple[socket.socket, socket.socket], gathers: bool) -> None:
    ours, theirs = PlainWire(pair[0], gathers=gathers), PlainWire(pair[1])
    ours.queue(BUFFERS)
    assert pump(ours, theirs, sum(map(len, BUFFERS))) == b"".join(BUFFERS)
    assert not ours.unsent


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gathers", [True, False])
def test_pieces_of_any_size(
    pair: tuple[socket.socket, socket.socket], gathers: bool, seed: int
) -> None:
    chance = random.Random(seed)
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    ours, theirs = PlainWire(pair[0], gathers=gathers), PlainWire(pair[1])
    said = bytearray()
    for _ in range(20):
        buffers = [chance.randbytes(chance.randrange(9000)) for _ in range(chance.randrange(1, 9))]
        ours.queue(buffers)  # also on top of what is not sent yet
        said += b"".join(buffers)
        try:
            ours.flush()
        except BlockingIOError:
            continue
    left = pump(ours, theirs, len(said), space=chance.choice([1000, 65536]))
    assert left == said


def test_tls(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = secured(pair)
    ours.queue(BUFFERS)
    assert pump(ours, theirs, sum(map(len, BUFFERS)), space=1 << 18) == b"".join(BUFFERS)
    assert not ours.unsent
    theirs.queue([b"and back"])
    assert pump(theirs, ours, 8) == b"and back"


@pytest.mark.parametrize("tls", [False, True])
def test_the_end_is_nothing(pair: tuple[socket.socket, socket.socket], tls: bool) -> None:
    ours, theirs = secured(pair) if tls else (PlainWire(pair[0]), PlainWire(pair[1]))
    ours.queue([b"last"])
    ours.flush()
    ours.close()
    buffer = memoryview(bytearray(100))
    assert theirs.receive(buffer) == 4
    assert theirs.receive(buffer) == 0


def test_an_end_without_that_of_tls_is_one_too(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = secured(pair)
    with pytest.raises(BlockingIOError):
        ours.receive(memoryview(bytearray(100)))  # else what is unread resets the connection
    pair[0].close()
    assert theirs.receive(memoryview(bytearray(100))) == 0


def test_noise_instead_of_tls_is_an_error(pair: tuple[socket.socket, socket.socket]) -> None:
    wire = TlsWire(pair[0], ssl.create_default_context(), server_hostname="peer")
    pair[1].send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ssl.SSLError):
        wire.handshake()


def test_an_end_within_the_handshake_is_an_error(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    wire = TlsWire(pair[0], ssl.create_default_context(), server_hostname="peer")
    with pytest.raises(BlockingIOError):
        wire.handshake()
    pair[1].recv(4096)
    pair[1].close()
    with pytest.raises(OSError):  # noqa: PT011 - ConnectionResetError, or an EOF of TLS
        wire.handshake()
