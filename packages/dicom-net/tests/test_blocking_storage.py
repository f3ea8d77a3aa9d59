"""Storage servers and storage users with threads and plain sockets: the same as under an event loop."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from storing import instance, written

import dicom_core as dc
import dicom_net as dn
from dicom_core.store import InMemoryStore
from dicom_net._opening import Opening
from dicom_net.blocking import (
    StorageServer,
    send,
    store,
    store_batch,
    store_datasets,
    store_directory,
    verify,
)

HOST = "127.0.0.1"
CALL: Opening = {"called_ae": "DICOMPY"}


def kinds(events: list[dn.ServerEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_verify_and_store_into_a_folder(tmp_path: Path) -> None:
    events: list[dn.ServerEvent] = []
    with StorageServer(tmp_path / "out", on_event=events.append) as server:
        assert verify(HOST, server.port, **CALL)
        assert store(HOST, server.port, instance(1, size=1_500_000), **CALL)
        assert server.metrics().operations["C-STORE"].success == 1
    received = next(event for event in events if isinstance(event, dn.InstanceReceived)).received
    assert received.file().dataset == instance(1, size=1_500_000).dataset
    assert kinds(events)[0] == "ServerStarted"
    assert kinds(events)[-1] == "ServerStopped"


@pytest.mark.parametrize("window", [1, 16])
@pytest.mark.parametrize("parallel", [1, 3])
def test_a_batch_arrives_whole_and_is_told_in_order(
    window: int, parallel: int, tmp_path: Path
) -> None:
    got: list[str] = []
    (tmp_path / "in").mkdir()
    paths = [written(tmp_path / "in", number, size=20_000) for number in range(40)]
    config = dn.BatchConfig(window=window, parallel=parallel)
    with StorageServer(
        tmp_path / "out", on_received=lambda received: got.append(received.sop_instance)
    ) as server:
        events = list(send(HOST, server.port, paths, config=config, **CALL))
    result = events[-1]
    assert isinstance(result, dn.BatchResult)
    assert result
    assert result.associations == parallel
    results = [event for event in events if isinstance(event, dn.FileResult)]
    assert [found.index for found in results] == list(range(40))
    assert sorted(got) == sorted(found.sop_instance for found in results)
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 40


@pytest.mark.parametrize("parallel", [1, 3])
def test_whoever_has_enough_leaves_in_good_order(parallel: int) -> None:
    events: list[dn.ServerEvent] = []
    sources = [instance(number) for number in range(30)]
    config = dn.BatchConfig(parallel=parallel)
    kept = InMemoryStore()
    with StorageServer(kept, on_event=events.append) as server:
        with closing(send(HOST, server.port, sources, config=config, **CALL)) as sending:
            for event in sending:
                if isinstance(event, dn.FileResult):
                    break
        assert verify(HOST, server.port, **CALL)
    assert "AssociationEnded" not in kinds(events)
    assert len(kept) >= 1
    assert len(kept) < 30 or parallel > 1  # threads may be quicker than whoever reads


def test_what_comes_one_by_one_and_what_is_in_folders(tmp_path: Path) -> None:
    kept = InMemoryStore()

    def coming() -> Iterator[dc.Dataset]:
        for number in range(7):
            yield instance(number).dataset

    (tmp_path / "notes.txt").write_text("no instance")
    written(tmp_path, 8)
    with StorageServer(kept) as server:
        config = dn.BatchConfig(ahead=3)
        assert store_datasets(HOST, server.port, coming(), config=config, **CALL).associations == 3
        result = store_directory(HOST, server.port, tmp_path, **CALL)
        assert (bool(result), result.succeeded, result.skipped) == (True, 1, 1)
    assert len(kept) == 8


@pytest.mark.parametrize("parallel", [1, 3])
def test_failures_are_told_like_everything_else(parallel: int, tmp_path: Path) -> None:
    sources: list[dn.services.StoreSource] = [instance(1), b"no instance", instance(2), tmp_path]
    config = dn.BatchConfig(parallel=parallel)
    with StorageServer(InMemoryStore()) as server:
        events = list(send(HOST, server.port, sources, config=config, **CALL))
    told = [event.outcome.value for event in events if isinstance(event, dn.FileResult)]
    assert told == ["sent", "failed", "sent", "failed"]


def test_a_failure_of_a_source_is_raised_by_whatever_thread(tmp_path: Path) -> None:
    def coming() -> Iterator[dn.services.StoreSource]:
        yield instance(1)
        raise ZeroDivisionError

    with StorageServer(InMemoryStore()) as server:
        for parallel in (1, 2):
            config = dn.BatchConfig(parallel=parallel)
            with pytest.raises(ZeroDivisionError):
                store_batch(HOST, server.port, coming(), config=config, **CALL)


def test_n26_a_handler_that_blocks_holds_up_nobody_else() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def blocks(_: dn.ReceivedObject) -> None:
        entered.set()
        assert go_on.wait(30)

    results: list[dn.StoreResult] = []
    with StorageServer(on_received=blocks) as server:
        port = server.port
        sending = threading.Thread(
            target=lambda: results.append(store(HOST, port, instance(1), **CALL))
        )
        sending.start()
        assert entered.wait(30)
        assert verify(HOST, server.port, **CALL)
        go_on.set()
        sending.join(30)
    assert results[0].status == 0


def test_n17_a_handler_that_hangs_is_a_status_and_the_association_goes_on() -> None:
    go_on = threading.Event()
    calls: list[str] = []

    class Hangs(dn.StorageHandler):
        def did_receive(self, received: dn.ReceivedObject) -> None:
            calls.append(received.sop_instance)
            if len(calls) == 1:
                go_on.wait(30)

    config = dn.StorageServerConfig(storage=dn.StorageSettings(handler_seconds=0.5))
    with StorageServer(handler=Hangs(), config=config) as server:
        result = store_batch(HOST, server.port, [instance(1), instance(2)], **CALL)
        go_on.set()
    assert [found.status for found in result.results] == [0x0110, 0]
    assert result.associations == 1
