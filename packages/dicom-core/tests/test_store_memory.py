"""The store in memory keeps the contract, under any event loop or none."""

import asyncio
import json
import threading
from collections.abc import Coroutine
from pathlib import Path

import pytest

import dicom_core as dc
from dicom_core import query, store
from dicom_core.store import testing


class TestInMemoryStore(testing.StoreContract):
    async def make_store(self, settings: store.StoreSettings) -> store.Store:
        return store.InMemoryStore(settings)


class TestInMemoryStoreUnderAsyncio(TestInMemoryStore):
    def run(self, coroutine: Coroutine[object, object, None]) -> None:
        asyncio.run(coroutine)


def test_is_a_store() -> None:
    kept: store.Store = store.InMemoryStore()
    assert isinstance(kept, store.Store)
    assert len(testing.CONTRACT) >= 18


class Forgetful(store.InMemoryStore):
    """A store with a fault: it acknowledges and keeps nothing."""

    def _keep(self, data: bytes, expected: store.Expected) -> store.Receipt:
        receipt = super()._keep(data, expected)
        self._held.clear()
        return receipt


class Leaky(store.InMemoryStore):
    """A store with a fault: it hands out its own data sets."""

    async def metadata(self, instance: str) -> dc.Dataset:
        return self._one(instance).dataset


@pytest.mark.parametrize(
    ("kind", "check"),
    [(Forgetful, "what_is_put_can_be_read"), (Leaky, "answers_are_the_callers_own")],
)
def test_the_contract_finds_faults(kind: type[store.InMemoryStore], check: str) -> None:
    async def make(settings: store.StoreSettings) -> store.Store:
        return kind(settings)

    with pytest.raises((AssertionError, store.UnknownInstance)):
        store.drive(testing.CONTRACT[check](make))


def test_a_contract_without_a_store_fails() -> None:
    with pytest.raises(NotImplementedError):
        store.drive(testing.StoreContract().make_store(store.StoreSettings()))


def test_drive_refuses_what_waits() -> None:
    async def waits() -> None:
        await asyncio.sleep(1)

    with pytest.raises(RuntimeError, match="event loop"):
        store.drive(waits())


def test_threads() -> None:
    """Eight threads put the same and different instances at once."""
    kept = store.InMemoryStore()
    outcomes: list[store.Outcome] = []

    def work(number: int) -> None:
        for index in range(5):
            outcomes.append(store.drive(store.put(kept, testing.sample(f"1.2.3.{index}"))).outcome)
        store.drive(store.put(kept, testing.sample(f"1.2.3.9{number}")))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 13
    assert outcomes.count(store.Outcome.STORED) == 5
    assert store.drive(kept.count(query.build("STUDY"))) == 1


def test_errors_say_what_happened_and_no_more() -> None:
    for error in (
        store.StoreFull("size", 10),
        store.InstanceRefused("mismatch", "the SOP Class UID is not the one that was announced"),
        store.InstanceConflict("1.2"),
        store.UnknownInstance("1.2"),
    ):
        assert isinstance(error, dc.DicomError)
        assert str(error)
        assert "Doe" not in str(error)


def test_a_finished_arrival_takes_nothing_more() -> None:
    incoming = store.drive(store.InMemoryStore().receive())
    store.drive(incoming.discard())
    with pytest.raises(RuntimeError):
        incoming.write([b"x"])
    with pytest.raises(RuntimeError):
        store.drive(incoming.commit())


def test_keys_below_the_level_do_not_hide_studies() -> None:
    kept = store.InMemoryStore()
    store.drive(store.put(kept, testing.sample()))
    assert store.drive(kept.count(query.build("STUDY", Modality="MR"))) == 1


def test_real_files(corpus: Path) -> None:
    """The files of the collection that are whole are kept, found again and read back equal."""
    kept = store.InMemoryStore()
    count = 0
    refused = set()
    for entry in json.loads((corpus / "manifest.json").read_text()):
        path = corpus / entry["path"]
        if entry["family"] == "odd" or path.stat().st_size > 2 << 20:
            continue
        data = path.read_bytes()
        try:
            receipt = store.drive(store.put(kept, data))
        except store.InstanceRefused as reason:
            refused.add(reason.reason)
            continue
        count += 1
        if receipt.outcome is store.Outcome.STORED:
            source = store.drive(kept.read(receipt.instance.instance))
            assert source.read_range(0, source.size) == data
    assert refused <= {"not-dicom", "missing-uid", "incomplete", "invalid-uid"}
    assert count > 150
    assert store.drive(kept.count(query.build("IMAGE"))) == len(kept)
    everyone = query.build("STUDY", StudyDate="19000101-21000101", PatientName="*")
    assert 10 < store.drive(kept.count(everyone)) <= len(kept)
