"""Retrieving under asyncio and trio, over sockets: our users against our server."""

import threading
from collections.abc import Iterable
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest
from doors import ON_BOTH_LOOPS
from retrieving import HOST, archive, free_port, ten, uids

import dicom_core as dc
import dicom_net as dn
from dicom_core.store import Expected, InMemoryStore
from dicom_net import transport
from dicom_net.services import ReceivedInstance

pytestmark = ON_BOTH_LOOPS

STUDY, SERIES = "1.2.1", "1.2.1.2"


def files_of(folder: Path) -> list[str]:
    return sorted(map(str, folder.rglob("*.dcm")))


async def test_get_and_move_under_event_loops(tmp_path: Path) -> None:
    port = free_port()
    async with transport.Server(archive(port), ae_title="QR") as server:
        result = await dn.get_study(HOST, server.port, STUDY, called_ae="QR")
        assert result.is_success
        assert uids(result.files) == uids(ten())
        counts: list[int | None] = []
        result = await dn.get_series(
            HOST,
            server.port,
            STUDY,
            SERIES,
            into=tmp_path,
            on_progress=lambda progress: counts.append(progress.completed),
            called_ae="QR",
        )
        assert counts == [1, 2, 3, 4]
        assert sorted(result.paths) == files_of(tmp_path)
        assert len(result.paths) == 5
        store = InMemoryStore()
        result = await dn.get_instance(
            HOST, server.port, STUDY, SERIES, f"{SERIES}.3", into=store, called_ae="QR"
        )
        assert len(store) == 1
        own = dn.OwnDestination(ae_title="OURS", host=HOST, port=port)
        result = await dn.move_study(HOST, server.port, STUDY, own, called_ae="QR")
        assert sorted(uids(result.files)) == sorted(uids(ten()))
        with pytest.raises(dn.StatusError, match="A801"):
            await dn.move_study(HOST, server.port, STUDY, "ELSEWHERE", called_ae="QR")


async def test_leaving_early_cancels_under_event_loops() -> None:
    told: list[dn.ServerEvent] = []
    async with transport.Server(archive(), ae_title="QR", on_event=told.append) as server:
        keys = dn.RetrieveKeys.study(STUDY)
        arrived = 0
        async with aclosing(dn.iter_get(HOST, server.port, keys, called_ae="QR")) as events:
            async for event in events:
                arrived += isinstance(event, ReceivedInstance)
                if arrived == 3:
                    break
        assert arrived == 3
        assert (await dn.get(HOST, server.port, keys, called_ae="QR")).is_success
        with pytest.raises(dn.StatusError):
            async for _ in dn.iter_move(HOST, server.port, keys, "NOBODY", called_ae="QR"):
                pass
    # each of them was released
    names = [type(one).__name__ for one in told]
    assert [name for name in names if name.startswith("Association")] == [
        "AssociationEstablished",
        "AssociationReleased",
    ] * 3


class Arriving:
    """Notes the thread that it is committed in."""

    def __init__(self, threads: list[int]) -> None:
        self.threads = threads

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        pass

    def commit(self) -> None:
        self.threads.append(threading.get_ident())

    def discard(self) -> None:
        pass


class Receiving:
    def __init__(self, *, blocks: bool) -> None:
        self.blocks = blocks
        self.threads: list[int] = []

    def receive(self, expected: Expected | None = None) -> Arriving:
        return Arriving(self.threads)


@pytest.mark.parametrize("blocks", [True, False])
async def test_a_receiver_that_waits_for_the_disk_does_so_in_a_thread(blocks: bool) -> None:
    receiver = Receiving(blocks=blocks)
    async with transport.Server(archive(), ae_title="QR") as server:
        await dn.get_series(HOST, server.port, STUDY, SERIES, into=receiver, called_ae="QR")
    here = threading.get_ident()
    assert [one == here for one in receiver.threads] == [not blocks] * 5


async def test_a_get_that_is_cancelled_leaves_nothing_half_received(tmp_path: Path) -> None:
    """N27: the association is aborted, and what had arrived whole stays."""
    store = InMemoryStore()
    async with transport.Server(archive(), ae_title="QR") as server:
        for into in (store, tmp_path):
            with anyio.CancelScope() as scope:
                await dn.get_study(
                    HOST,
                    server.port,
                    STUDY,
                    into=into,
                    called_ae="QR",
                    on_progress=lambda told, scope=scope: told.completed == 3 and scope.cancel(),  # type: ignore[misc]
                )
            assert scope.cancelled_caught
        assert (await dn.get_study(HOST, server.port, STUDY, called_ae="QR")).is_success
    assert 3 <= len(store) < 10  # what was in the buffer already comes, too
    assert store._arriving == 0
    files = [dc.read(path) for path in files_of(tmp_path)]
    assert 3 <= len(files) < 10
    assert not any(file.findings for file in files)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".dcm"] == []  # noqa: ASYNC240
