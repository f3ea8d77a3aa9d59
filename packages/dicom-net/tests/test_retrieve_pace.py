"""When a retrieve provider tells its counts and looks for a cancel: by instances, by time, and never wrong by one."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest
from retrieving import EXPLICIT, STUDY_ROOT, Asking, for_get, instance, store_of

from dicom_core import BytesSource
from dicom_core.store import Expected, InMemoryStore, drive
from dicom_net.services import (
    MOVE,
    Destination,
    FromStore,
    Handlers,
    MemoryReceiver,
    Provider,
    RetrieveKeys,
    RetrieveProgress,
    RetrieveProvider,
    StorageProvider,
    get,
    move,
    query_retrieve,
)
from dicom_net.services._storage_memory import MemoryArrival
from dicom_net.testing import connect
from dicom_net.ul import OperationsWindow

KEYS = RetrieveKeys.study("1.2.1")


def many(number: int) -> InMemoryStore:
    return store_of(instance(n) for n in range(1, number + 1))


def stands() -> float:
    return 7.0


def steps(seconds: float) -> Callable[[], float]:
    """A clock that goes on at each look."""
    times = count(0.0, seconds)
    return lambda: next(times)


def told(pair: Asking) -> list[int | None]:
    """What remained, at each response."""
    found = [item for item in pair.items if isinstance(item, RetrieveProgress)]
    assert all((item.completed or 0) + (item.remaining or 0) == item.total for item in found)
    return [item.remaining for item in found]


@pytest.mark.parametrize("make", [RetrieveProvider, query_retrieve])
def test_after_ten_instances(make: "Callable[..., Provider]") -> None:
    pair = for_get(make(many(35), clock=stands))
    assert pair.run(get(pair.exchange, KEYS, MemoryReceiver())).is_success
    assert told(pair) == [25, 15, 5]


def test_after_a_tenth_of_a_second() -> None:
    pair = for_get(RetrieveProvider(many(35), clock=steps(0.04)))
    result = pair.run(get(pair.exchange, KEYS, MemoryReceiver()))
    assert result.is_success
    assert result.completed == 35
    remaining = told(pair)
    assert remaining == sorted({number for number in remaining if number}, reverse=True)
    assert len(remaining) > 10


@pytest.mark.parametrize("window", [None, OperationsWindow(1, 4)])
def test_a_clock_that_runs_away_holds_nothing_up(window: OperationsWindow | None) -> None:
    pair = for_get(RetrieveProvider(many(5), clock=steps(60.0)), window=window)
    assert pair.run(get(pair.exchange, KEYS, MemoryReceiver())).is_success
    if window is None:
        assert told(pair) == [4, 3, 2, 1]


@pytest.mark.parametrize("window", [None, OperationsWindow(1, 4)])
def test_a_cancelled_get_ends_with_its_counts(window: OperationsWindow | None) -> None:
    pair = for_get(RetrieveProvider(many(90), clock=stands), window=window)
    result = pair.run(get(pair.exchange, KEYS, MemoryReceiver()), stop_after=5)
    assert result.is_cancelled
    assert 0 < result.completed < 90
    assert result.completed + result.remaining + result.failed == 90
    assert pair.run(get(pair.exchange, KEYS, MemoryReceiver())).is_success


def test_a_move_tells_and_is_cancelled_in_the_same_way() -> None:
    received = InMemoryStore()
    where = Destination(host="there", port=104)
    provider = RetrieveProvider(many(35), {"STORE": where}, clock=stands)
    network = {
        ("there", 104): StorageProvider(received, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    }
    pair = Asking(connect(provider, [(MOVE[STUDY_ROOT], [EXPLICIT])], network=network))
    assert pair.run(move(pair.exchange, KEYS, "STORE")).is_success
    assert told(pair) == [25, 15, 5]
    assert len(received) == 35
    result = pair.run(move(pair.exchange, KEYS, "STORE"), stop_after=1)
    assert result.is_cancelled
    assert result.completed + result.remaining == 35
    assert result.remaining > 0


class Noted(BytesSource):
    """Says when it was first read."""

    def __init__(self, name: str, data: bytes, log: list[str]) -> None:
        super().__init__(data)
        self.name = name
        self.log = log

    def read_range(self, offset: int, length: int) -> bytes:
        if self.name not in self.log:
            self.log.append(self.name)
        return super().read_range(offset, length)


def test_the_next_is_looked_at_while_the_receiver_has_the_one_before() -> None:
    log: list[str] = []
    store = many(12)

    def read(uid: str) -> Noted:
        source = drive(store.read(uid))
        return Noted(uid, source.read_range(0, source.size), log)

    class Receiving(MemoryReceiver):
        def receive(self, expected: Expected | None = None) -> MemoryArrival:
            log.append(f"{expected and expected.sop_instance} came")
            return super().receive(expected)

    pair = for_get(RetrieveProvider(Handlers(FromStore(store).select, read), clock=stands))
    assert pair.run(get(pair.exchange, KEYS, Receiving())).is_success
    assert log[:4] == ["1.2.1.1.1", "1.2.1.1.2", "1.2.1.1.1 came", "1.2.1.1.3"]
    assert len(log) == 24
