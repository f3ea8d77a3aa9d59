"""Storage servers and storage users over real sockets, under asyncio and trio (NET-064 to NET-083)."""

import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import UTC
from pathlib import Path

import anyio
import pytest
from doors import ON_BOTH_LOOPS
from storing import CT, EXPLICIT, instance, written

import dicom_core as dc
import dicom_net as dn
from dicom_core.store import InMemoryStore
from dicom_net._opening import Opening

pytestmark = ON_BOTH_LOOPS
HOST = "127.0.0.1"
CALL: Opening = {"called_ae": "DICOMPY"}


def kinds(events: list[dn.ServerEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_verify_says_who_answered() -> None:
    async with dn.StorageServer() as server:
        result = await dn.verify(HOST, server.port, **CALL)
        assert result
        assert (result.status, result.reason, result.called_ae) == (0, "", "DICOMPY")
        assert result.implementation_version.startswith("DICOM_PY")
        assert result.max_pdu == 262_144
        assert result.seconds >= 0
        config = dn.VerificationConfig(called_ae="WRONG")
        with pytest.raises(dn.AssociationRejected, match="called AE"):
            await dn.verify(HOST, server.port, config=config)
        assert await dn.verify(HOST, server.port, config=config, **CALL)


async def test_a_peer_without_verification_is_a_result() -> None:
    from datetime import datetime

    provider = dn.StorageProvider(now=lambda: datetime.now(UTC))
    async with dn.transport.Server(provider) as server:
        result = await dn.verify(HOST, server.port, **CALL)
    assert not result
    assert result.status is None
    assert "Verification" in result.reason or "1.2.840.10008.1.1" in result.reason


async def test_a_folder_receives_what_is_sent_and_tells_in_order(tmp_path: Path) -> None:
    events: list[dn.ServerEvent] = []
    out = tmp_path / "out"
    async with dn.StorageServer(out, on_event=events.append) as server:
        result = await dn.store(HOST, server.port, instance(1, size=1_500_000), **CALL)
        assert result
        metrics = server.metrics().operations["C-STORE"]
        assert (metrics.success, metrics.bytes) == (1, result.size)
    assert kinds(events) == [
        "ServerStarted",
        "AssociationEstablished",
        "InstanceReceived",
        "AssociationReleased",
        "ServerStopped",
    ]
    received = events[2]
    assert isinstance(received, dn.InstanceReceived)
    assert received.received.path is not None
    file = dc.read(received.received.path)
    assert file.dataset == instance(1, size=1_500_000).dataset
    assert [path for path in out.rglob("*") if path.is_file()] == [Path(received.received.path)]


@pytest.mark.parametrize("window", [1, 16])
@pytest.mark.parametrize("parallel", [1, 3])
async def test_a_batch_arrives_whole_and_is_told_in_order(
    window: int, parallel: int, tmp_path: Path
) -> None:
    got: list[str] = []
    (tmp_path / "in").mkdir()
    paths = [written(tmp_path / "in", number, size=20_000) for number in range(40)]
    config = dn.BatchConfig(window=window, parallel=parallel)
    async with dn.StorageServer(
        tmp_path / "out", on_received=lambda r: got.append(r.sop_instance)
    ) as server:
        events = [e async for e in dn.send(HOST, server.port, paths, config=config, **CALL)]
    result = events[-1]
    assert isinstance(result, dn.BatchResult)
    assert result
    assert result.associations == parallel
    results = [event for event in events if isinstance(event, dn.FileResult)]
    assert [found.index for found in results] == list(range(40))
    assert sorted(got) == sorted(found.sop_instance for found in results)
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 40
    if parallel == window == 1:
        assert got == [found.sop_instance for found in results]


async def test_whoever_has_enough_leaves_in_good_order(tmp_path: Path) -> None:
    for parallel in (1, 3):
        events: list[dn.ServerEvent] = []
        sources = [instance(number) for number in range(30)]
        config = dn.BatchConfig(parallel=parallel)
        async with dn.StorageServer(InMemoryStore(), on_event=events.append) as server:
            async with aclosing(
                dn.send(HOST, server.port, sources, config=config, **CALL)
            ) as sending:
                async for event in sending:
                    if isinstance(event, dn.FileResult):
                        break
            with anyio.fail_after(30):
                # as many as were opened by then, which need not be all
                while kinds(events).count("AssociationReleased") < kinds(events).count(
                    "AssociationEstablished"
                ):
                    await anyio.lowlevel.checkpoint()
        assert "AssociationReleased" in kinds(events)
        assert "AssociationEnded" not in kinds(events)
        assert kinds(events).count("InstanceReceived") < 30


async def test_a_stop_gives_a_partial_result() -> None:
    stop = dn.StopSwitch()
    store = InMemoryStore()
    config = dn.BatchConfig()
    async with dn.StorageServer(store) as server:
        sources = [instance(number) for number in range(50)]
        async for event in dn.send(HOST, server.port, sources, config=config, stop=stop, **CALL):
            if isinstance(event, dn.FileResult) and event.index == 9:
                stop.set()
            if isinstance(event, dn.BatchResult):
                assert event.stopped
                assert event.succeeded == 10
                assert len(event.not_attempted) == 40
    assert len(store) == 10


async def test_data_sets_may_come_one_by_one_from_anywhere() -> None:
    store = InMemoryStore()

    async def coming() -> AsyncGenerator[dc.Dataset]:
        for number in range(7):
            await anyio.lowlevel.checkpoint()
            yield instance(number).dataset

    async with dn.StorageServer(store) as server:
        config = dn.BatchConfig(ahead=3)
        result = await dn.store_datasets(HOST, server.port, coming(), config=config, **CALL)
        assert result
        assert (result.total, result.associations) == (7, 3)
        again = [instance(number).dataset for number in range(3)]
        assert await dn.store_datasets(HOST, server.port, iter(again), **CALL)
    assert len(store) == 7


async def test_a_folder_is_sent(tmp_path: Path) -> None:
    for number in range(3):
        written(tmp_path, number)
    (tmp_path / "notes.txt").write_text("no instance")
    async with dn.StorageServer(InMemoryStore()) as server:
        result = await dn.store_directory(HOST, server.port, tmp_path, **CALL)
    assert result
    assert (result.succeeded, result.skipped) == (3, 1)


@pytest.mark.parametrize("parallel", [1, 2])
async def test_a_failure_of_a_source_is_raised_as_it_is(parallel: int) -> None:
    def coming() -> Iterator[dn.services.StoreSource]:
        yield instance(1)
        raise ZeroDivisionError

    config = dn.BatchConfig(parallel=parallel)
    async with dn.StorageServer(InMemoryStore()) as server:
        with pytest.raises(ZeroDivisionError):
            await dn.store_batch(HOST, server.port, coming(), config=config, **CALL)


async def test_nobody_listens_and_every_file_says_so(unused_port: int) -> None:
    result = await dn.store_batch(HOST, unused_port, [instance(1), instance(2)])
    assert not result
    assert result.failed == 2
    assert result.error == result.failures[0].error
    assert f"port {unused_port}" in result.error
    with pytest.raises(dn.ConnectionFailed):
        await dn.store(HOST, unused_port, instance(1))


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port


async def test_n26_a_handler_that_blocks_holds_up_nobody_else() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def blocks(_: dn.ReceivedObject) -> None:
        entered.set()
        assert go_on.wait(30)

    async with dn.StorageServer(on_received=blocks) as server, anyio.create_task_group() as group:
        results: list[dn.StoreResult] = []

        async def send() -> None:
            results.append(await dn.store(HOST, server.port, instance(1), **CALL))

        group.start_soon(send)
        while not entered.is_set():
            await anyio.lowlevel.checkpoint()
        assert await dn.verify(HOST, server.port, **CALL)
        go_on.set()
    assert results[0].status == 0


async def test_n17_a_handler_that_hangs_is_a_status_and_the_association_goes_on() -> None:
    class Hangs(dn.StorageHandler):
        def __init__(self) -> None:
            self.calls = 0

        async def did_receive(self, received: dn.ReceivedObject) -> None:
            self.calls += 1
            if self.calls == 1:
                await anyio.sleep_forever()

    config = dn.StorageServerConfig(storage=dn.StorageSettings(handler_seconds=0.5))
    async with dn.StorageServer(handler=Hangs(), config=config) as server:
        result = await dn.store_batch(HOST, server.port, [instance(1), instance(2)], **CALL)
    assert [found.status for found in result.results] == [0x0110, 0]
    assert result.associations == 1


async def test_a_handler_turns_peers_away_and_sees_what_they_are() -> None:
    seen: list[dn.services.AssociationInfo] = []

    class Door(dn.StorageHandler):
        def should_accept_association(self, info: dn.services.AssociationInfo) -> bool:
            seen.append(info)
            return info.calling == "FRIEND"

    async with dn.StorageServer(handler=Door()) as server:
        with pytest.raises(dn.AssociationRejected):
            await dn.store(HOST, server.port, instance(1), calling_ae="FOE", called_ae="DICOMPY")
        assert await dn.store(
            HOST, server.port, instance(1), calling_ae="FRIEND", called_ae="DICOMPY"
        )
    assert [info.calling for info in seen] == ["FOE", "FRIEND"]
    assert seen[0].address[0] == HOST
    assert {context.abstract_syntax for context in seen[0].proposed} == {CT}


async def test_who_may_call_can_be_said() -> None:
    config = dn.StorageServerConfig(denied=["FOE"], max_associations=1, ae_title="ARCHIVE")
    async with dn.StorageServer(config=config) as server:
        with pytest.raises(dn.AssociationRejected, match="called AE"):
            await dn.store(HOST, server.port, instance(1), **CALL)
        with pytest.raises(dn.AssociationRejected, match="calling AE"):
            await dn.store(HOST, server.port, instance(1), called_ae="ARCHIVE", calling_ae="FOE")
        async with dn.associate(HOST, server.port, [(CT, [EXPLICIT])], called_ae="ARCHIVE"):
            with pytest.raises(dn.AssociationRejected) as caught:
                await dn.store(HOST, server.port, instance(1), called_ae="ARCHIVE")
            assert caught.value.retryable
    with pytest.raises(dn.LocalProtocolError, match="may call"):
        dn.StorageServer(host="0.0.0.0")


@pytest.mark.parametrize("durable", [True, False])
async def test_n18_the_same_instance_from_many_at_once(durable: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    results: list[dn.StoreResult] = []
    config = dn.StorageServerConfig(durable=durable)
    async with (
        dn.StorageServer(out, config=config) as server,
        anyio.create_task_group() as group,
    ):

        async def send() -> None:
            results.append(await dn.store(HOST, server.port, instance(1, size=300_000), **CALL))

        for _ in range(20):
            group.start_soon(send)
    assert [result.status for result in results] == [0] * 20
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert dc.read(files[0]).dataset == instance(1, size=300_000).dataset


async def test_n06_a_sender_that_vanishes_leaves_nothing(tmp_path: Path) -> None:
    from dicom_net.dimse import Begin, CStoreRQ, Data

    events: list[dn.ServerEvent] = []
    out = tmp_path / "out"
    async with dn.StorageServer(out, on_event=events.append) as server:
        association = await dn.transport.open_association(
            HOST, server.port, [(CT, [EXPLICIT])], **CALL
        )
        exchange = association.exchange
        request = CStoreRQ(message_id=1, affected_sop_class=CT, affected_sop_instance="1.2.3")
        await association._write(exchange.send(Begin(1, request)))
        await association._write(exchange.send(Data(1, 1, [bytes(300_000)], last=False)))
        await association.abort()
        with anyio.fail_after(30):
            while "AssociationEnded" not in kinds(events):
                await anyio.lowlevel.checkpoint()
        assert await dn.verify(HOST, server.port, **CALL)
    refused = next(event for event in events if isinstance(event, dn.InstanceRefused))
    assert refused.sop_instance == "1.2.3"
    assert not [path for path in out.rglob("*") if path.is_file()]
