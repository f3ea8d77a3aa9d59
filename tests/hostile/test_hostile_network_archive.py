"""N19 to N21, P02: hostile questions to `dicom serve`, while a second client is answered; `test_hostile_archive` sends."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from tests.peers.programs import HOST, Served, free_port
from tests.peers.study import STUDY, Study
from tests.peers.wire import CT, FIND, IMPLICIT, Wire, command, element, fields, pdvs

import dicom_core as dc
import dicom_net as dn
from dicom_net import blocking

from .besieged import Siege, awaited
from .test_hostile_network_messages import UIDS
from .test_hostile_network_queries import ALL_MATCH, QUERIES, UID, ask, elements

MANY: Final = 600
POOLED: Final = 48
"""Descriptors that the index keeps for the next time: sixteen connections of three files each."""

CONFIG: Final = """
check_called = false
grace = 2
[limits]
artim = 2
request = 2
idle = 3
rate_window = 2
[timeouts]
read = 2
write = 2
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("archive")
    config = folder / "serve.toml"
    config.write_text(CONFIG)
    port = free_port()  # of nobody
    words = ("--config", str(config), "--not-durable")
    with Served(folder, *words, destinations={"NOBODY": port}) as running:
        files = Study.made(folder / "files").paths
        sent = blocking.store_batch(HOST, running.port, [*files, *map(long, range(MANY))])
        assert sent.succeeded == len(files) + MANY
        yield running


def long(number: int) -> bytes:
    """An instance of a study of its own, about whose patient there is much to say."""
    ds = dc.Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CT, f"2.25.{number}.1"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"2.25.{number}", f"2.25.{number}.0"
    ds.PatientID, ds.PatientComments = "LONG", "x" * 10_000
    return dc.DicomFile.new(ds).to_bytes()


@pytest.fixture
def siege(server: Served) -> Siege:
    return Siege(server)


# --- N19, N20 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", QUERIES.values(), ids=QUERIES)
def test_N19_queries_that_are_much_work(siege: Siege, keys: bytes) -> None:
    with siege.held(memory=48 << 20, pooled=POOLED):
        answers, status = ask(siege.server, keys)
        assert answers == 0 or keys in {QUERIES[name] for name in ALL_MATCH}
        assert status in {0, -1} or status >> 12 in {0xA, 0xC} or status == 0x0110
    assert ask(siege.server, elements((UID, STUDY))) == (1, 0)


def begin_find(wire: Wire) -> None:
    """Ask for every study: six megabytes of answers."""
    query: list[tuple[int, str | int]] = [
        (2, FIND), (0x100, 0x20), (0x110, 1), (0x700, 0), (0x800, 1)
    ]  # fmt: skip
    wire.send(pdvs(1, 1, command(query)))
    keys = element(0x00080052, "STUDY ") + element(0x00104000, "") + element(0x0020000D, "")
    wire.send(pdvs(1, 0, keys))


def test_N20_who_asks_and_does_not_read_is_ended(siege: Siege) -> None:
    """Their places are free again when they took nothing for as long as is allowed."""

    def ended() -> int:
        return siege.server.said().count("the write limit of 2 s ran out")

    with siege.held(memory=64 << 20, pooled=POOLED), ExitStack() as stack:
        for _ in range(10):
            wire = stack.enter_context(Wire(siege.port))
            begin_find(wire.associate((FIND, [IMPLICIT])))
        assert awaited(lambda: ended() == 10)


@pytest.mark.parametrize("wrong", [0x0FFF, 9])
def test_N20_a_cancel_late_or_of_something_else(siege: Siege, wrong: int) -> None:
    with (
        siege.held(memory=32 << 20, pooled=POOLED),
        Wire(siege.port).associate((FIND, [IMPLICIT])) as wire,
    ):
        begin_find(wire)
        wire.send(pdvs(1, 1, command([(0x100, 0x0FFF), (0x120, wrong), (0x800, 0x101)])))
        status = 0xFF00
        while status == 0xFF00:
            kind, body = wire.pdu()
            assert kind == 4
            if body[5] & 1:
                status = int.from_bytes(fields(body[6:])[0x900], "little")
        assert status == 0
        # when everything is over
        wire.send(pdvs(1, 1, command([(0x100, 0x0FFF), (0x120, 1), (0x800, 0x101)])))
        wire.release()


# --- N21 ------------------------------------------------------------------------------------------


def test_N21_only_destinations_that_are_configured(siege: Siege) -> None:
    """Not by address, not by a title that only looks like one; A801, before anything is looked for."""
    with siege.held(memory=8 << 20, pooled=POOLED):
        for title in (
            "ELSEWHERE",
            "127.0.0.1",
            "localhost:104",
            "self",
            "SELF\\NOBODY",
            "*",
            "A" * 16,
        ):
            with pytest.raises(dn.NetworkError) as caught:
                blocking.move_study(HOST, siege.port, STUDY, title)
            assert isinstance(caught.value, dn.LocalProtocolError) or "A801" in str(caught.value)


def test_N21_a_destination_that_is_not_there(siege: Siege) -> None:
    """Every sub-operation failed, and all are named (PS3.4 C.4.2.3.1)."""
    with siege.held(memory=8 << 20, pooled=POOLED):
        moved = blocking.move_study(HOST, siege.port, STUDY, "NOBODY")
    assert (moved.status, moved.completed, moved.failed) == (0xA702, 0, 3)
    assert len(moved.failed_instances) == 3


# --- P02 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("uid", UIDS, ids=ascii)
def test_P02_a_uid_that_is_asked_for_is_no_path(siege: Siege, uid: str) -> None:
    with siege.held(memory=8 << 20, pooled=POOLED):
        keys = element(0x00080018, uid.encode()) + element(0x00080052, "IMAGE ")
        answers, status = ask(siege.server, keys)
    assert answers == 0
    assert status in {0, 0xA900, 0xC000}
