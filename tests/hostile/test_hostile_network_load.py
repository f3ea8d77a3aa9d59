"""N09, N10, N20, N26, N29: slow ones, many of them, and those who stop listening, against a running server of ours."""

import os
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from tests.peers.certificates import Certificates
from tests.peers.programs import HOST, Ours
from tests.peers.wire import (
    CT,
    ECHO,
    EXPLICIT,
    FIND,
    IMPLICIT,
    Closed,
    Wire,
    command,
    element,
    fields,
    pdu,
    pdvs,
    request,
    store_command,
)

from .besieged import DOORS, Siege, awaited, data_set, descriptors, resident

LONG: Final = bool(os.environ.get("DICOM_LONG"))
PLACES: Final = 12
"""Associations at once, as `--places` says."""
ASKED: Final = pdu(1, request([(CT, [EXPLICIT])]))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=DOORS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ours]:
    folder = tmp_path_factory.mktemp(request.param)
    options = ("--quick", "--answers", "100000", "--comments", "8000")
    with Ours(folder, *options, door=request.param, title="ANY") as running:
        yield running


@pytest.fixture
def siege(server: Ours) -> Siege:
    return Siege(server)


# --- N09 ----------------------------------------------------------------------------------------


def drip(wire: Wire, data: bytes) -> int:
    """A byte at a time, as long as the server listens; how many it took."""
    wire.socket.settimeout(0.1)
    for sent in range(len(data)):
        try:
            wire.socket.sendall(data[sent : sent + 1])
            if not wire.socket.recv(100):
                return sent
        except TimeoutError:
            continue
        except OSError:
            return sent
        else:
            return sent  # an abort
    raise AssertionError("it was given all the time")


SLOW: Final[dict[str, Callable[[Wire], bytes]]] = {
    "in its request": lambda _wire: ASKED,
    "in a command": lambda wire: _opened(wire, b"".join(pdvs(1, 1, store_command("1.2.3.9")))),
    "in data": lambda wire: _opened(
        wire,
        pdu(4, struct.pack(">IBB", 5002, 1, 0) + bytes(5000)),
        b"".join(pdvs(1, 1, store_command("1.2.3.9"))),
    ),
    "in a PDU header": lambda wire: _opened(wire, b"\4\0\0\0" * 50),
}


def _opened(wire: Wire, data: bytes, first: bytes = b"") -> bytes:
    wire.associate((CT, [EXPLICIT]))
    wire.socket.sendall(first)
    return data


@pytest.mark.parametrize("begin", SLOW.values(), ids=SLOW)
def test_N09_slow_loris(siege: Siege, begin: Callable[[Wire], bytes]) -> None:
    with siege.held(), ExitStack() as stack:
        wires = [stack.enter_context(Wire(siege.port)) for _ in range(3)]
        datas = [begin(wire) for wire in wires]
        for wire, data in zip(wires, datas, strict=True):
            assert drip(wire, data) < len(data)


@pytest.mark.parametrize("opened", [False, True], ids=["connected", "associated"])
def test_N09_one_that_says_nothing(siege: Siege, opened: bool) -> None:
    with siege.held(), Wire(siege.port) as wire:
        if opened:
            wire.associate((CT, [EXPLICIT]))
        wire.end()  # or TimeoutError


@pytest.mark.parametrize("door", DOORS)
def test_N09_a_tls_handshake_that_stops(door: str, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    hello = ssl.MemoryBIO()
    half = client.wrap_bio(ssl.MemoryBIO(), hello)
    with pytest.raises(ssl.SSLWantReadError):
        half.do_handshake()
    first = hello.read()
    with Ours(tmp_path / "server", "--quick", door=door, tls=certificates) as server:
        before = descriptors(server.pid)
        for sent in (b"", first[:5], first[:-1], first):
            with socket.create_connection((HOST, server.port), 30) as one:
                one.sendall(sent)
                while one.recv(65536):  # the server's hello, then its end
                    continue
        assert awaited(lambda: descriptors(server.pid) <= before)


# --- N10 ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=DOORS)
def small(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ours]:
    folder = tmp_path_factory.mktemp(request.param)
    options = ("--quick", "--places", str(PLACES))
    with Ours(folder, *options, door=request.param, title="ANY") as running:
        yield running


def test_N10_beyond_the_places_the_next_is_told_to_come_again(small: Ours) -> None:
    siege = Siege(small)
    with siege.held(alone=True), ExitStack() as stack:
        wires = [stack.enter_context(Wire(siege.port)) for _ in range(PLACES)]
        for wire in wires:
            wire.associate((ECHO, [IMPLICIT]))
        for _ in range(5):
            with Wire(siege.port) as late:
                late.socket.sendall(ASKED)
                assert late.pdu() in {(3, b"\0\2\3\1"), (3, b"\0\2\3\2")}
        assert [wire.echo() for wire in wires] == [0] * PLACES
        wires[0].release()

        def room() -> bool:
            try:
                with Wire(siege.port).associate((ECHO, [IMPLICIT])) as next_one:
                    next_one.release()
            except ConnectionError:
                return False
            return True

        assert awaited(room)


def test_N10_connections_that_are_closed_at_once(siege: Siege) -> None:
    cycles = 100_000 if LONG else 5_000
    _connect_and_close(siege.port, cycles // 10)
    had = resident(siege.pid)
    with siege.held():
        _connect_and_close(siege.port, cycles)
    assert resident(siege.pid) - had < 2 << 20


def _connect_and_close(port: int, times: int) -> None:
    """Health checks: half of them say goodbye with a reset."""
    reset = struct.pack("ii", 1, 0)
    for number in range(times):
        with socket.create_connection((HOST, port), 30) as one:
            if number % 2:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)


def test_N10_connections_that_stay_silent_do_not_keep_others_out(small: Ours) -> None:
    siege = Siege(small)
    with siege.held(alone=True, memory=16 << 20), ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(Wire(siege.port))

        def served() -> bool:  # as soon as those that say nothing are sent away
            try:
                with Wire(siege.port).associate((ECHO, [IMPLICIT])) as one:
                    one.release()
            except (OSError, Closed):
                return False
            return True

        assert awaited(served)


# --- N20 ----------------------------------------------------------------------------------------


def find(number: int = 1) -> bytes:
    fields: list[tuple[int, str | int]] = [(2, FIND), (0x100, 0x20), (0x110, number), (0x700, 0), (0x800, 1)]  # fmt: skip
    keys = element(0x00080052, "STUDY") + element(0x0020000D, "") + element(0x00204000, "")
    return b"".join([*pdvs(1, 1, command(fields)), *pdvs(1, 0, keys)])


def test_N20_one_that_asks_and_does_not_read(siege: Siege) -> None:
    """What the system's buffers take is sent; then the server waits as long as it has patience, and no longer."""
    with siege.held(), Wire(siege.port) as wire:
        wire.associate((FIND, [IMPLICIT])).socket.sendall(find())
        wire.pdu()
        address = wire.socket.getsockname()
        assert awaited(lambda: not _connected(siege.pid, address[1]), 90), (
            "it is waited for without end"
        )


def _connected(pid: int, port: int) -> bool:
    """Whether the process has a connection from that port."""
    inodes = {link.name for link in _sockets(pid)}
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        words = line.split()
        if int(words[2].rpartition(":")[2], 16) == port and words[9] in inodes:
            return True
    return False


def _sockets(pid: int) -> Iterator[Path]:
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:  # closed in between
            continue
        if target.startswith("socket:["):
            yield Path(target[8:-1])


def test_N20_a_cancel_ends_the_answers(siege: Siege) -> None:
    with siege.held(), Wire(siege.port).associate((FIND, [IMPLICIT])) as wire:
        wire.socket.sendall(find(7))
        for _ in range(10):
            wire.pdu()
        cancel = command([(0x100, 0x0FFF), (0x120, 7), (0x800, 0x101)])
        wire.send(pdvs(1, 1, cancel))
        wire.send(pdvs(1, 1, command([(0x100, 0x0FFF), (0x120, 8), (0x800, 0x101)])))
        statuses, final = 0, b""
        while not final:
            kind, body = wire.pdu()
            assert kind == 4
            statuses += 1
            status = fields(body[6:]).get(0x900, b"") if body[5] & 1 else b""
            if status and status not in {b"\x00\xff", b"\x01\xff"}:
                final = status
        assert final == b"\x00\xfe"
        wire.socket.sendall(find(9))  # the association goes on
        assert wire.pdu()[0] == 4


# --- N26 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS)
def test_N26_a_handler_that_takes_its_time_holds_up_nobody_else(door: str, tmp_path: Path) -> None:
    with Ours(tmp_path, "--quick", "--handler-sleeps", "2", door=door) as server:
        siege = Siege(server)
        with siege.held(memory=16 << 20), ExitStack() as stack:
            wires = [
                stack.enter_context(Wire(siege.port).associate((CT, [IMPLICIT]))) for _ in range(3)
            ]
            data = data_set("1.2.3.26")
            for wire in wires:
                wire.send(pdvs(1, 1, store_command("1.2.3.26")))
                wire.send(pdvs(1, 0, data))
            for wire in wires:
                wire.status()
                wire.release()


# --- N29, short ---------------------------------------------------------------------------------


def test_N29_echoes_and_stores_without_growth(siege: Siege) -> None:
    rounds = 100 if LONG else 10
    data = data_set("1.2.3.29", pixels=20_000)

    def once() -> None:
        with ExitStack() as stack:
            wires = [stack.enter_context(Wire(siege.port)) for _ in range(8)]
            for wire in wires:
                wire.associate((CT, [IMPLICIT]), (ECHO, [IMPLICIT]))
            for number in range(1, 26):
                for wire in wires:
                    wire.send(pdvs(1, 1, store_command(f"1.2.3.29.{number}", number)))
                    wire.send(pdvs(1, 0, data))
                assert {wire.status() for wire in wires} == {0}
                assert {wire.echo(number, 3) for wire in wires} == {0}
            for wire in wires:
                wire.release()

    for _ in range(3):
        once()
    had, held = resident(siege.pid), descriptors(siege.pid)
    for _ in range(rounds):
        once()
    siege.echo()
    assert awaited(lambda: descriptors(siege.pid) <= held)
    assert resident(siege.pid) - had < 2 << 20


def test_echo_associations_without_growth(siege: Siege) -> None:
    """Shows 6 of the network: as many as a monitor makes in an hour."""
    times = 10_000 if LONG else 1_000
    for _ in range(100):
        siege.echo()
    had, held = resident(siege.pid), descriptors(siege.pid)
    for _ in range(times):
        siege.echo()
    assert awaited(lambda: descriptors(siege.pid) <= held)
    assert resident(siege.pid) - had < 1 << 20
