"""The index: what is put is found, what is removed is gone, and counts say what there is."""

import pytest
from index_cases import Records

from dicom_archive.index import Index
from dicom_core.store import DuplicatePolicy, Outcome, StoreSettings, UnknownInstance


def test_what_is_put_is_found_until_it_is_removed(index: Index) -> None:
    records = Records()
    first, second = records(sender="CT1"), records("1.2.3.5", Modality="SR")
    placed = index.add([first, second])
    assert [one.outcome for one in placed if not isinstance(one, Exception)] == [Outcome.STORED] * 2
    assert index.find("1.2.3.4").instance == first.instance
    assert index.find("1.2.3.4").key == first.key
    assert index.header("1.2.3.5") == second.header
    assert index.totals() == (2, first.instance.size + second.instance.size)
    assert index.known([first.key, "other"]) == {first.key}
    assert [kept.key for kept in index.delete("1.2", instance="1.2.3.4")] == [first.key]
    assert index.doomed() == [first.key]
    index.forget([first.key])
    assert index.doomed() == []
    with pytest.raises(UnknownInstance):
        index.find("1.2.3.4")
    assert [(event.number, event.kind, event.sender) for event in index.events()] == [
        (1, "stored", "CT1"),
        (2, "stored", ""),
        (3, "deleted", ""),
    ]
    index.delete("1.2")
    assert index.totals() == (0, 0)
    assert index.counts().patients == 0


def test_the_policy_decides_between_two_with_one_uid(index: Index) -> None:
    records = Records()
    old, same, new = records(), records(), records(PatientID="P2")
    index.add([old])
    for record, policy, outcome, unneeded in (
        (same, DuplicatePolicy.REPLACE, Outcome.DUPLICATE, (same.key,)),
        (new, DuplicatePolicy.KEEP, Outcome.KEPT, (new.key,)),
        (new, DuplicatePolicy.REPLACE, Outcome.REPLACED, (old.key,)),
    ):
        (placed,) = index.add([record], policy)
        assert not isinstance(placed, Exception)
        assert (placed.outcome, placed.unneeded) == (outcome, unneeded)
    assert index.find("1.2.3.4").instance.patient == "P2"
    assert index.doomed() == [old.key]
    counts = index.counts()
    assert (counts.patients, counts.studies, counts.series, counts.instances) == (1, 1, 1, 1)


def test_many_are_found_at_once(index: Index) -> None:
    make = Records()
    records = [make(f"1.2.3.{number}") for number in range(3)]
    index.add(records)
    found = index.found(["1.2.3.2", "1.2.9", "1.2.3.0"])
    assert {uid: kept.key for uid, kept in found.items()} == {
        "1.2.3.0": records[0].key,
        "1.2.3.2": records[2].key,
    }
    assert index.found([]) == {}
    places = {uid: (kept.key, kept.instance.size) for uid, kept in found.items()}
    assert index.places(["1.2.3.2", "1.2.9", "1.2.3.0"]) == places


def test_the_oldest_events_are_forgotten(index: Index) -> None:
    records = Records()
    for number in range(1, 10):
        index.add([records(f"1.2.3.{number}")], limits=StoreSettings(events=4))
    assert [event.number for event in index.events()] == [6, 7, 8, 9]
    assert [event.number for event in index.events(7, most=1)] == [8]
    index.delete("1.2")
    assert [event.number for event in index.events(9)] == list(range(10, 19))


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_pages_of_instances_are_the_order_in_which_they_came(index: Index, most: int) -> None:
    """Also where two patients have studies of one UID, whose instances mix."""
    records = Records()
    index.add(
        [
            records(f"1.2.3.{number}", PatientID=f"P{number % 2}", series=f"1.2.{number % 3}", study=study)
            for number, study in enumerate(["1.2"] * 7 + ["1.3"] * 2 + ["1.2"] * 2, 1)
        ]
    )  # fmt: skip

    def pages(*uids: str | None) -> list[str]:
        found, after = [], 0
        while True:
            page, after = index.instances(*uids, after=after, most=most)
            assert len(page) <= most
            found += [kept.instance.instance.rpartition(".")[2] for kept in page]
            if not after:
                return found

    assert pages() == [str(number) for number in range(1, 12)]
    assert pages("1.2") == ["1", "2", "3", "4", "5", "6", "7", "10", "11"]
    assert pages("1.2", "1.2.0") == ["3", "6"]
    assert pages(None, "1.2.0") == ["3", "6", "9"]
    assert pages("1.3", None, "1.2.3.8") == ["8"]
    assert pages("1.2", None, "1.2.3.8") == []
    assert pages("1.9") == pages(None, "1.9") == pages(None, None, "1.9") == []


def test_many_are_looked_up_at_once(index: Index) -> None:
    records = Records()
    made = [records(f"1.2.3.{number}") for number in range(1, 1203)]
    assert all(not isinstance(placed, Exception) for placed in index.add(made))
    again = index.add(made)
    assert {placed.outcome for placed in again if not isinstance(placed, Exception)} == {
        Outcome.DUPLICATE
    }
    assert index.known([record.key for record in made]) == {record.key for record in made}
    assert len(index.headers([record.instance.instance for record in made])) == len(made)
    assert index.headers([]) == {}
    assert index.known([]) == set()
    assert index.add([]) == []
