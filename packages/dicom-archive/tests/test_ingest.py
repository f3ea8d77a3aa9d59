"""Instances on their way in: what comes together is kept together, and what fails leaves nothing."""

import errno
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ingest_cases import SETTINGS, Gate, Senders, in_order, keys, wait_until

import dicom_archive._commits
from dicom_archive import (
    Archive,
    ArchiveBusy,
    ArchiveSettings,
    CommitInDoubt,
)
from dicom_core.store import (
    DuplicatePolicy,
    InstanceConflict,
    Outcome,
    Receipt,
    StoreFull,
    drive,
    put,
)
from dicom_core.store.testing import sample


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path, SETTINGS) as opened:
        yield opened


@pytest.fixture
def gate(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(archive.index, monkeypatch)


def test_what_is_ready_together_is_one_transaction(archive: Archive, gate: Gate) -> None:
    gate.open.clear()
    first = Senders(archive, [sample("1.2.3.1")])
    gate.entered()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 12)])
    wait_until(archive, 10)
    gate.open.set()
    assert len([*first.join(), *others.join()]) == 11
    assert gate.sizes == [1, 10]
    in_order(archive, 11)


def test_a_transaction_has_a_bound(
    archive: Archive, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dicom_archive._commits, "_MOST", 4)
    gate.open.clear()
    first = Senders(archive, [sample("1.2.3.1")])
    gate.entered()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 12)])
    wait_until(archive, 10)
    gate.open.set()
    first.join()
    others.join()
    assert gate.sizes == [1, 4, 4, 2]
    in_order(archive, 11)


@pytest.mark.parametrize(
    "error", [ArchiveBusy("locked"), StoreFull("disk", 1), OSError(errno.ENOSPC, "full")]
)
def test_an_index_that_fails_leaves_nothing(archive: Archive, gate: Gate, error: Exception) -> None:
    gate.errors.append(error)
    with pytest.raises(type(error)) as caught:
        drive(put(archive, sample()))
    assert str(caught.value) == str(error)
    in_order(archive, 0)
    assert drive(put(archive, sample())).outcome is Outcome.STORED
    in_order(archive, 1)


def test_who_waited_gets_an_error_of_his_own(archive: Archive, gate: Gate) -> None:
    gate.open.clear()
    first = Senders(archive, [sample("1.2.3.1")])
    gate.entered()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 12)])
    wait_until(archive, 10)
    gate.errors += [ArchiveBusy("one"), ArchiveBusy("two")]
    gate.open.set()
    assert [str(error)[:3] for error in first.join()] == ["one"]
    results = others.join()
    assert {str(error)[:3] for error in results} == {"two"}
    assert len(set(map(id, results))) == 10
    in_order(archive, 0)


def test_a_commit_in_doubt_is_looked_after(archive: Archive, gate: Gate, tmp_path: Path) -> None:
    """Nobody knows whether the server has it: the file stays, and the next start indexes it."""
    gate.errors.append(CommitInDoubt("the server was lost"))
    with pytest.raises(CommitInDoubt):
        drive(put(archive, sample()))
    assert archive.commits.in_doubt
    assert len(keys(archive)) == 1
    archive.close()
    with Archive.open(tmp_path, SETTINGS) as again:
        in_order(again, 1)


def test_a_leader_that_fails_unexpectedly_leaves_nobody_waiting(
    archive: Archive, gate: Gate
) -> None:
    gate.errors.append(ZeroDivisionError("a mistake"))
    with pytest.raises(ZeroDivisionError):
        drive(put(archive, sample()))
    assert drive(put(archive, sample("1.2.3.5"))).outcome is Outcome.STORED


def test_refused_by_the_index_alone(tmp_path: Path) -> None:
    """One of a batch meets a limit or a conflict; the others are kept."""
    settings = ArchiveSettings(
        durable=False, watch=None, duplicates=DuplicatePolicy.REJECT, instances=3
    )
    with Archive.open(tmp_path, settings) as archive:
        for number in (1, 2):
            drive(put(archive, sample(f"1.2.3.{number}")))
        files = [sample("1.2.3.1", PatientID="X"), sample("1.2.3.1"), sample("1.2.3.3")]
        results = Senders(archive, files).join()
        kinds = sorted(type(one).__name__ for one in results)
        assert kinds == ["InstanceConflict", "Receipt", "Receipt"]
        with pytest.raises(StoreFull):
            drive(put(archive, sample("1.2.3.4")))
        with pytest.raises(InstanceConflict):
            drive(put(archive, sample("1.2.3.1", PatientID="Y")))
        in_order(archive, 3)


def test_replaced_blobs_go(tmp_path: Path) -> None:
    settings = ArchiveSettings(durable=False, watch=None, duplicates=DuplicatePolicy.REPLACE)
    with Archive.open(tmp_path, settings) as archive:
        for number in range(5):
            drive(put(archive, sample(PatientID=f"P{number}")))
        in_order(archive, 1)
        assert archive.index.doomed()
    with Archive.open(tmp_path, settings) as archive:
        assert archive.index.doomed() == []


def test_closing_waits_for_what_is_being_kept(archive: Archive, gate: Gate, tmp_path: Path) -> None:
    gate.open.clear()
    first = Senders(archive, [sample("1.2.3.1")])
    gate.entered()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 5)])
    wait_until(archive, 3)
    closing = threading.Thread(target=archive.close)
    closing.start()
    while not archive._is_closed:
        threading.Event().wait(0.001)
    gate.open.set()
    closing.join()
    assert all(isinstance(one, Receipt) for one in (*first.join(), *others.join()))
    with pytest.raises(RuntimeError, match="closed"):
        drive(put(archive, sample("1.2.3.9")))
    with Archive.open(tmp_path, SETTINGS) as again:
        in_order(again, 4)


def test_an_instance_is_used_once(archive: Archive) -> None:
    incoming = drive(archive.receive())
    incoming.write([sample()])
    drive(incoming.commit())
    for again in (lambda: incoming.write([b""]), lambda: drive(incoming.commit())):
        with pytest.raises(RuntimeError):
            again()
    drive(incoming.discard())
