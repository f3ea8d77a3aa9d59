"""Whatever is put, replaced and removed in whatever order, the index says what a store in memory says."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_cases import Records
from index_state import entities_in, expected_entities, names_in, orphans_in, wipe

import dicom_core as dc
from dicom_archive.index import Index
from dicom_core.store import (
    DuplicatePolicy,
    InMemoryStore,
    Receipt,
    StoreError,
    StoreSettings,
    drive,
    put,
)
from dicom_core.store.testing import sample

UIDS = st.sampled_from(["1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.2.5"])
FILES = st.builds(
    lambda instance, series, study, others: sample(
        instance, series=series, study=study, pixels=8, **others
    ),
    UIDS,
    st.sampled_from(["2.1", "2.2", "2.3"]),
    st.sampled_from(["3.1", "3.2"]),
    st.fixed_dictionaries(
        {
            "PatientID": st.sampled_from([None, "P1", "P2"]),
            "PatientName": st.sampled_from(["Doe^Jane", "Roe^Jane^^Dr", "Yamada^Tarou=山田^太郎=やまだ^たろう", None]),
            "Modality": st.sampled_from(["CT", "MR", "SR", None]),
            "SOPClassUID": st.sampled_from(["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"]),
            "StudyDate": st.sampled_from(["20240102", "20240103", None]),
            "ReferringPhysicianName": st.sampled_from(["House^Gregory", None]),
            "SeriesNumber": st.integers(0, 3),
        },
        optional={"IssuerOfPatientID": st.sampled_from(["A", "B"])},
    ),
)  # fmt: skip
PUTS = st.tuples(
    st.lists(FILES, min_size=1, max_size=5),
    st.sampled_from(DuplicatePolicy),
    st.sampled_from([StoreSettings(), StoreSettings(instances=3)]),
)
REMOVALS = st.tuples(
    st.sampled_from(["3.1", "3.2"]),
    st.sampled_from([None, "2.1", "2.2"]),
    st.none() | UIDS,
    st.integers(1, 3),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(PUTS | REMOVALS, min_size=1, max_size=12))
def test_the_index_says_what_a_store_in_memory_says(
    index: Index, steps: list[tuple[object, ...]]
) -> None:
    wipe(index)
    store, records = InMemoryStore(), Records()
    doomed: set[str] = set()
    keys: dict[str, str] = {}
    for step in steps:
        if isinstance(step[0], list):
            _put(index, store, records, step, keys, doomed)
        else:
            _remove(index, store, step, keys, doomed)
        _compare(index, store)
        assert set(index.doomed()) == doomed
        assert {kept.instance.instance: kept.key for kept in index.instances()[0]} == keys
        assert index.known(list(keys.values())) == set(keys.values())


def _put(
    index: Index,
    store: InMemoryStore,
    records: Records,
    step: tuple[object, ...],
    keys: dict[str, str],
    doomed: set[str],
) -> None:
    files, policy, limits = step
    assert isinstance(files, list)
    assert isinstance(policy, DuplicatePolicy)
    assert isinstance(limits, StoreSettings)
    store.settings = StoreSettings(policy, limits.instances, limits.size)
    given_records = [records.of(data, "CT1") for data in files]
    found = index.add(given_records, policy, limits)
    for data, record, placed in zip(files, given_records, found, strict=True):
        uid = record.instance.instance
        receipt = _kept(store, data)
        if isinstance(receipt, StoreError):
            assert (type(placed), str(placed)) == (type(receipt), str(receipt))
            continue
        assert not isinstance(placed, Exception)
        assert (placed.outcome, placed.instance) == (receipt.outcome, receipt.instance)
        if placed.outcome == "replaced":
            assert placed.unneeded == (keys[uid],)
            doomed.add(keys[uid])
        if placed.outcome in {"stored", "replaced"}:
            keys[uid] = record.key
        else:
            assert placed.unneeded == (record.key,)


def _kept(store: InMemoryStore, data: bytes) -> Receipt | StoreError:
    try:
        return drive(put(store, data))
    except StoreError as error:
        return error


def _remove(
    index: Index,
    store: InMemoryStore,
    step: tuple[object, ...],
    keys: dict[str, str],
    doomed: set[str],
) -> None:
    study, series, instance, most = step
    assert isinstance(study, str)
    assert isinstance(most, int)
    assert series is None or isinstance(series, str)
    assert instance is None or isinstance(instance, str)
    gone = 0
    while page := index.delete(study, series, instance, most=most):
        assert len(page) <= most
        gone += len(page)
        for kept in page:
            assert keys.pop(kept.instance.instance) == kept.key
            doomed.add(kept.key)
        orphans_in(index)
    assert gone == drive(store.delete(study, series, instance))


def _compare(index: Index, store: InMemoryStore) -> None:
    async def all_of() -> tuple[list[object], list[object]]:
        return [one async for one in store.instances()], [
            (event.kind, event.instance) async for event in store.events()
        ]

    instances, events = drive(all_of())
    assert [kept.instance for kept in index.instances()[0]] == instances
    assert [(event.kind, event.instance) for event in index.events()] == events
    datasets = [dc.read(held.data).dataset for held in store._snapshot()]
    for level in ("patient", "study", "series"):
        assert entities_in(index, level) == expected_entities(datasets, level)
    names_in(index)
    orphans_in(index)
