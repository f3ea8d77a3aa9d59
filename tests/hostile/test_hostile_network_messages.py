"""N06, N15 to N18, N24, P02, P03, P05: messages for a running server of ours, and what is on its disk then."""

import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.peers.programs import Ours, Served
from tests.peers.wire import (
    CT,
    ECHO,
    IMPLICIT,
    Wire,
    command,
    element,
    fields,
    pdu,
    pdvs,
    store_command,
)

import dicom_core as dc

from .besieged import DOORS, Siege, abort_of, associated, awaited, data_set

OUT_OF_RESOURCES: Final = 0xA700
FILE_LIMIT: Final = 4 << 20


@pytest.fixture(scope="module", params=DOORS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ours]:
    folder = tmp_path_factory.mktemp(request.param)
    options = ("--quick", "--largest", str(FILE_LIMIT))
    with Ours(folder, *options, door=request.param, title="ANY") as running:
        yield running


@pytest.fixture
def siege(server: Ours) -> Siege:
    return Siege(server)


def left(server: Ours | Served) -> list[Path]:
    """Every file below the folder that instances are received in."""
    return sorted(path for path in server.received.rglob("*") if path.is_file())


def store(wire: Wire, instance: str, data: bytes | None = None, number: int = 1) -> int:
    """The status of a C-STORE."""
    wire.send(pdvs(1, 1, store_command(instance, number)))
    wire.send(pdvs(1, 0, data_set(instance) if data is None else data))
    return wire.status()


def opened(siege: Siege) -> Wire:
    return Wire(siege.port).associate((CT, [IMPLICIT]), (ECHO, [IMPLICIT]))


def lives_on(wire: Wire, number: int = 99) -> None:
    """The association goes on after a request that failed."""
    assert wire.echo(number, context_id=3) == 0


# --- N06 ----------------------------------------------------------------------------------------


def test_N06_a_command_that_never_ends(siege: Siege) -> None:
    fragment = pdu(4, struct.pack(">IBB", 16002, 1, 1) + bytes(16000))
    with siege.held():
        assert abort_of(associated(siege.port, fragment * 100)) in {None, (2, 6), (2, 0), (0, 0)}


def test_N06_data_that_never_ends_is_ended_and_leaves_no_file(siege: Siege) -> None:
    fragment = pdu(4, struct.pack(">IBB", 16002, 1, 0) + bytes(16000))
    before = left(siege.server)
    with siege.held(), opened(siege) as wire:
        wire.send(pdvs(1, 1, store_command("1.2.3.6")))
        wire.socket.sendall(fragment * (FILE_LIMIT // 16000 // 2))
        # and then it is silent: the server's patience with a message that is incomplete ends
        assert wire.end()[-1][0] == 7
        assert awaited(lambda: left(siege.server) == before)


# --- N15, N24 -----------------------------------------------------------------------------------

_UI: Final = struct.pack("<HHI", 0, 2, 18) + b"1.2.840.10008.1.1\0"
_ECHO: Final = command([(2, ECHO), (0x100, 0x30), (0x110, 1), (0x800, 0x101)])
NONE: Final = (0x800, 0x101)  # no data set follows
COMMANDS: Final = {
    "empty": b"",
    "no command field": command([(2, ECHO), (0x110, 1), NONE]),
    "no message id": command([(2, ECHO), (0x100, 0x30), NONE]),
    "no data set type": command([(2, ECHO), (0x100, 0x30), (0x110, 1)]),
    "no SOP class": command([(0x100, 1), (0x110, 1), (0x700, 0), NONE, (0x1000, "1.2.3")]),
    "a store without an instance": command([(2, CT), (0x100, 1), (0x110, 1), (0x700, 0), NONE]),
    "a store without data": command([(2, CT), (0x100, 1), (0x110, 1), (0x700, 0), NONE, (0x1000, "1.2.3")]),
    "a message id of two numbers": _UI + struct.pack("<HHIHH", 0, 0x110, 4, 1, 2),
    "a message id of no number": _UI + struct.pack("<HHI", 0, 0x110, 0),
    "explicit VR": b"\0\0\x02\0UI\x12\x001.2.840.10008.1.1\0" + b"\0\0\0\x01US\x02\0\x30\0",
    "a group length that lies": struct.pack("<HHII", 0, 0, 4, 9999) + _ECHO[12:],
    "a length beyond its end": struct.pack("<HHI", 0, 2, 0xFFFFFFFF),
    "an operation that is none": command([(2, ECHO), (0x100, 0x0FF0), (0x110, 1), NONE]),
    "a response to nothing": command([(2, ECHO), (0x100, 0x8030), (0x120, 7), NONE, (0x900, 0)]),
    "elements of another group": element(0x00100010, "Secret^Patient"),
    "descending": struct.pack("<HHIH", 0, 0x800, 2, 0x101) + struct.pack("<HHIH", 0, 0x100, 2, 0x30) + _UI,
    "the same twice": command([(2, ECHO), (0x100, 0x30), (0x100, 0x01), (0x110, 1), NONE]),
    "N-ACTION of a storage class": command([(3, CT), (0x100, 0x130), (0x110, 1), NONE, (0x1001, "1.2.3"), (0x1008, 77)]),
    "N-EVENT-REPORT nobody asked for": command([(2, CT), (0x100, 0x100), (0x110, 1), NONE, (0x1000, "1.2.3"), (0x1002, 1)]),
    "C-FIND of a storage class": command([(2, CT), (0x100, 0x20), (0x110, 1), (0x700, 0), NONE]),
    "a cancel of nothing": command([(0x100, 0x0FFF), (0x120, 7), NONE]),
}  # fmt: skip


@pytest.mark.parametrize("data", COMMANDS.values(), ids=COMMANDS)
def test_N15_N24_commands_that_make_no_sense(siege: Siege, data: bytes) -> None:
    """An error status, an abort, or nothing at all; never a wait for what does not come."""
    before = left(siege.server)
    with siege.held(), opened(siege) as wire:
        wire.send(pdvs(1, 1, data))
        wire.send(pdvs(3, 1, command([(2, ECHO), (0x100, 0x30), (0x110, 9), (0x800, 0x101)])))
        kind, body = wire.pdu()
        if kind == 4:
            said = fields(body[6:])
            status, answered = (int.from_bytes(said[n], "little") for n in (0x900, 0x120))
            # 9: it was passed over, as a cancel of nothing is
            assert status or answered == 9 or data == COMMANDS["a group length that lies"]
        else:
            assert kind == 7
    assert left(siege.server) == before


def test_N15_data_that_was_announced_and_does_not_come(siege: Siege) -> None:
    with siege.held(), opened(siege) as wire:
        wire.send(pdvs(1, 1, store_command("1.2.3.15")))
        assert wire.end()[-1][0] == 7


def test_N15_data_that_was_not_announced(siege: Siege) -> None:
    with siege.held(), opened(siege) as wire:
        wire.send(pdvs(3, 1, command([(2, ECHO), (0x100, 0x30), (0x110, 9), (0x800, 0x101)])))
        wire.send(pdvs(3, 0, b"data"))
        assert wire.end()[-1][0] == 7


def test_N15_a_message_id_twice_in_a_row_is_no_fault(siege: Siege) -> None:
    with siege.held(), opened(siege) as wire:
        assert [wire.echo(5, 3), wire.echo(5, 3), wire.echo(0, 3), wire.echo(0xFFFF, 3)] == [0] * 4


# --- N16 ----------------------------------------------------------------------------------------


GARBAGE: Final = {
    "another instance": data_set("1.2.3.999"),
    "another class": data_set("1.2.3.16", sop_class="1.2.840.10008.5.1.4.1.1.4"),
    "no UIDs": element(0x00100010, "Secret^Patient"),
    "nothing": b"",
    "no data set": b"\xff" * 5000,
    "explicit VR": b"\x08\0\x18\0UI\x08\x001.2.3.16",
    "cut in the middle": data_set("1.2.3.16")[:-500],
    "a length beyond its end": struct.pack("<HHI", 0x7FE0, 0x10, 0xFFFFFFF0) + bytes(16),
}


@pytest.mark.parametrize("data", GARBAGE.values(), ids=GARBAGE)
def test_N16_data_that_is_not_what_the_command_said(siege: Siege, data: bytes) -> None:
    """Stored as it came, or refused (A900, C000, 0110); the association goes on, and nothing half written stays."""
    with siege.held(), opened(siege) as wire:
        status = store(wire, "1.2.3.16", data)
        assert status == 0 or status >> 12 in {0xA, 0xB, 0xC} or status in {0x0110, 0x0117}
        lives_on(wire)
        wire.release()
    assert all(path.suffix != ".tmp" for path in left(siege.server))
    assert "Secret" not in siege.server.said()


# --- N17 ----------------------------------------------------------------------------------------


def test_N17_a_disk_that_is_full_is_told_and_the_next_is_taken(siege: Siege) -> None:
    before = left(siege.server)
    with siege.held(), opened(siege) as wire:
        big = data_set("1.2.3.17", pixels=FILE_LIMIT + 100_000)
        assert store(wire, "1.2.3.17", big) == OUT_OF_RESOURCES
        assert awaited(lambda: left(siege.server) == before)
        lives_on(wire)
        assert store(wire, "1.2.3.17.1", number=3) == 0
        wire.release()
    assert len(left(siege.server)) == len(before) + 1


def test_N17_a_sender_that_vanishes_leaves_nothing(siege: Siege) -> None:
    before = left(siege.server)
    with siege.held():
        for _ in range(10):
            with opened(siege) as wire:
                wire.send(pdvs(1, 1, store_command("1.2.3.17.2")))
                wire.send(pdvs(1, 0, data_set("1.2.3.17.2", pixels=1 << 20))[:-6])
    assert awaited(lambda: left(siege.server) == before)


# --- N18 ----------------------------------------------------------------------------------------


def test_N18_the_same_instance_from_twenty_at_once(siege: Siege) -> None:
    before = set(left(siege.server))
    found: list[int] = []

    def send() -> None:
        with opened(siege) as wire:
            found.extend(
                store(wire, "1.2.3.18", data_set("1.2.3.18", pixels=200_000)) for _ in range(3)
            )
            wire.release()

    threads = [threading.Thread(target=send) for _ in range(20)]
    with siege.held():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 60
    assert not any(status and status != 0x0111 for status in found)
    assert 0 in found
    new = [path for path in left(siege.server) if path not in before]
    assert len(new) == 1
    assert dc.read(new[0]).dataset.PixelData == bytes(200_000)


# --- P02, P03, P05 ------------------------------------------------------------------------------

UIDS: Final = [
    "../../../escaped", "..", ".", "/etc/escaped", "1.2/../../escaped", "C:\\escaped", "1.2.3\0.4", "9" * 300, "CON", "a b",
    "\u2024\u2024/escaped", "1.2.3.4:stream", "1.2.3.", "%2e%2e%2fescaped", "-rf", "~", "$(id)", "1.2\n3",
]  # fmt: skip


@pytest.mark.parametrize("uid", UIDS, ids=ascii)
def test_P02_a_uid_is_no_path(siege: Siege, uid: str) -> None:
    outside = set(siege.server.folder.parent.rglob("*")) - set(siege.server.received.rglob("*"))
    with siege.held(), opened(siege) as wire:
        status = store(wire, uid, data_set(uid))
        assert status in {0, 0x0117, 0x0106, 0xA900, 0xC000, 0x0110}, f"{status:04X}"
        lives_on(wire)
    now = set(siege.server.folder.parent.rglob("*")) - set(siege.server.received.rglob("*"))
    assert now - outside <= {siege.server.log}
    for path in left(siege.server):
        path.resolve().relative_to(siege.server.received.resolve())
        assert path.name.isascii()
        assert path.name.isprintable()


def test_P03_names_that_would_be_one_are_two(siege: Siege) -> None:
    before = set(left(siege.server))
    with siege.held(), opened(siege) as wire:
        uids = ["1.2.a/b", "1.2.a_b", "1.2.A_B", "1.2.a\\b"]
        statuses = [store(wire, uid, data_set(uid), n) for n, uid in enumerate(uids, 1)]
    new = [path for path in left(siege.server) if path not in before]
    assert len(new) == statuses.count(0)
    assert len({path.name.lower() for path in new}) == len(new)


def test_P05_a_root_that_becomes_something_else(siege: Siege) -> None:
    root = siege.server.received
    away, elsewhere = root.with_name("away"), root.with_name("elsewhere")
    elsewhere.mkdir(exist_ok=True)
    with siege.held(), opened(siege) as wire:
        assert store(wire, "1.2.3.5.1") == 0
        root.rename(away)
        try:
            root.write_bytes(b"a file")
            assert store(wire, "1.2.3.5.2", number=2) in {OUT_OF_RESOURCES, 0x0110}
            lives_on(wire)
            root.unlink()
            root.symlink_to(elsewhere)
            status = store(wire, "1.2.3.5.3", number=3)
            # what the operator made of the root is his to say; nothing of ours is half there
            assert status in {0, OUT_OF_RESOURCES, 0x0110}
            assert all(path.suffix != ".tmp" for path in elsewhere.rglob("*"))
            root.unlink()
        finally:
            away.rename(root)
        lives_on(wire)
        assert store(wire, "1.2.3.5.4", number=4) == 0
        wire.release()
