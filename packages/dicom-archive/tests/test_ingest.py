"""Instances on their way in: what comes together is kept together, what fails leaves nothing, no event loop is held up."""

import asyncio
import errno
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

import dicom_archive._commits
from dicom_archive import (
    Archive,
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveSettings,
    CommitInDoubt,
    Placed,
    Record,
)
from dicom_archive.blobs import FolderBlobs
from dicom_archive.index import Index
from dicom_core.query import build
from dicom_core.store import (
    DuplicatePolicy,
    Expected,
    InstanceConflict,
    InstanceRefused,
    Outcome,
    Receipt,
    StoreError,
    StoreFull,
    StoreSettings,
    drive,
    put,
)
from dicom_core.store.testing import sample

SETTINGS = ArchiveSettings(durable=False, watch=None)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path, SETTINGS) as opened:
        yield opened


def keys(archive: Archive) -> list[str]:
    return list(archive.blobs.keys())


def in_order(archive: Archive, instances: int) -> None:
    """So many instances, each with its blob, and no blob without one."""
    found, after = archive.index.instances()
    assert not after
    assert sorted(kept.key for kept in found) == keys(archive)
    assert len(found) == instances
    assert not archive.commits.in_doubt


class Gate:
    """Stands before an index: it counts, waits and fails as it is told."""

    def __init__(self, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self.errors: list[Exception] = []
        self.inside = threading.Semaphore(0)
        self.open = threading.Event()
        self.open.set()
        real = index.add

        def add(
            records: Sequence[Record], policy: DuplicatePolicy, limits: StoreSettings
        ) -> list[Placed | StoreError]:
            self.sizes.append(len(records))
            self.inside.release()
            self.open.wait()
            if self.errors:
                raise self.errors.pop(0)
            return real(records, policy, limits)

        monkeypatch.setattr(index, "add", add)


@pytest.fixture
def gate(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(archive.index, monkeypatch)


class Senders:
    """Threads that put an instance each."""

    def __init__(self, archive: Archive, files: Sequence[bytes]) -> None:
        self.results: list[Receipt | Exception] = []
        self.threads = [threading.Thread(target=self._send, args=(archive, data)) for data in files]
        for thread in self.threads:
            thread.start()

    def _send(self, archive: Archive, data: bytes) -> None:
        try:
            self.results.append(drive(put(archive, data)))
        except (StoreError, OSError) as error:
            self.results.append(error)

    def join(self) -> list[Receipt | Exception]:
        for thread in self.threads:
            thread.join()
        return self.results


def _wait_until(archive: Archive, waiting: int) -> None:
    while len(archive.commits._waiting) < waiting:
        threading.Event().wait(0.001)


def test_what_is_ready_together_is_one_transaction(archive: Archive, gate: Gate) -> None:
    gate.open.clear()
    first = Senders(archive, [sample("1.2.3.1")])
    gate.inside.acquire()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 12)])
    _wait_until(archive, 10)
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
    gate.inside.acquire()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 12)])
    _wait_until(archive, 10)
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
    gate.inside.acquire()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 12)])
    _wait_until(archive, 10)
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


# --- the disk -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["write_all", "fsync", "link", "sync_folder", "Temporary"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("pixels", [2, 300_000])
def test_a_disk_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int, pixels: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, "the disk")

    where = {
        "fsync": "os.fsync",
        "sync_folder": "dicom_archive.blobs._folder.sync_folder",
    }.get(name, f"dicom_archive.blobs._draft.{name}")
    with Archive.open(tmp_path, ArchiveSettings(watch=None)) as archive:
        drive(put(archive, sample("1.2.3.1")))
        with monkeypatch.context() as patched:
            patched.setattr(where, fail)
            with pytest.raises(OSError, match="the disk") as caught:
                drive(put(archive, sample("1.2.3.2", pixels=pixels)))
            assert caught.value.errno == code
        in_order(archive, 1)
        drive(put(archive, sample("1.2.3.2", pixels=pixels)))
        in_order(archive, 2)
    assert not list(tmp_path.rglob("*.part"))


def test_a_disk_that_fills_up_is_told_first_and_refused_then(tmp_path: Path) -> None:
    from dicom_net import DiskWatch

    with Archive.open(tmp_path, ArchiveSettings(watch=DiskWatch(4000, 1000))) as archive:
        levels = []
        for free in (5000, 3900, 900, 3900, 5000):
            archive.room._free = lambda free=free: free
            with ExitStack() as refused:
                if free < 1000:
                    refused.enter_context(pytest.raises(StoreFull, match="disk"))
                incoming = drive(archive.receive(Expected()))
                drive(incoming.discard())
            levels.append(archive.space.level)
        assert levels == ["ok", "low", "full", "low", "ok"]


# --- event loops --------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_locked_index_holds_up_no_loop(tmp_path: Path, loop: str) -> None:
    """The lock is given back only after the loop ran on while an instance waited for it."""

    async def main() -> None:
        async with Archive.open(tmp_path, ArchiveSettings(watch=None)) as archive:
            other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            results: list[Receipt] = []

            async def send() -> None:
                results.append(await put(archive, sample()))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(send)
                for _ in range(50):
                    await anyio.sleep(0.001)
                assert results == []
                other.execute("ROLLBACK")
            other.close()
            assert results[0].outcome is Outcome.STORED

    anyio.run(main, backend=loop)


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_who_asks_does_not_wait_for_who_stores(archive: Archive, gate: Gate, loop: str) -> None:
    """Sixty that store wait for an index that is locked: more than there are threads for everybody."""

    async def main() -> None:
        gate.open.clear()
        async with anyio.create_task_group() as tasks:
            for number in range(60):
                tasks.start_soon(put, archive, sample(f"1.2.3.{number}"))
            await anyio.to_thread.run_sync(_wait_until, archive, 59)
            assert await archive.count(build("IMAGE")) == 0
            gate.open.set()

    anyio.run(main, backend=loop)
    assert gate.sizes == [1, 59]
    in_order(archive, 60)


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_an_index_that_stays_locked_is_an_error(tmp_path: Path, loop: str) -> None:
    async def main() -> None:
        settings = ArchiveSettings(watch=None, busy_seconds=0.1)
        async with Archive.open(tmp_path, settings) as archive:
            other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(ArchiveBusy):
                await put(archive, sample())
            assert await archive.count(build("IMAGE")) == 0  # who reads is not in the way
            other.execute("ROLLBACK")
            other.close()
            in_order(archive, 0)
            await put(archive, sample())
            in_order(archive, 1)

    anyio.run(main, backend=loop)


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_sender_that_is_cancelled_leaves_a_whole_instance_or_none(
    tmp_path: Path, loop: str
) -> None:
    async def main() -> None:
        async with Archive.open(tmp_path, ArchiveSettings(watch=None)) as archive:
            for number in range(20):
                with anyio.move_on_after(number / 2000):
                    await put(archive, sample(f"1.2.3.{number}", pixels=100_000))
            found, _ = archive.index.instances()
            in_order(archive, len(found))
            for kept in found:
                source = await archive.read(kept.instance.instance)
                assert len(source.read_range(0, 1 << 30)) == kept.instance.size

    anyio.run(main, backend=loop)


@pytest.mark.parametrize("wait", [0, 1, 3, 10, 100])
def test_tasks_that_are_cancelled_harm_nobody(tmp_path: Path, wait: int) -> None:
    """Also by asyncio's own means, against which no shield of anyio helps."""

    async def main() -> None:
        async with Archive.open(tmp_path, ArchiveSettings(watch=None)) as archive:
            files = [sample(f"1.2.3.{number}", pixels=100_000) for number in range(30)]
            tasks = [asyncio.create_task(put(archive, data)) for data in files]
            for _ in range(wait):
                await asyncio.sleep(0)
            for task in tasks[::3]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for number, result in enumerate(results):
                if number % 3:
                    assert isinstance(result, Receipt)
                else:
                    assert isinstance(result, Receipt | asyncio.CancelledError)

    asyncio.run(main())
    # Closing waited for what was being kept; what was not yet is not
    with Archive.open(tmp_path, SETTINGS) as again:
        found, _ = again.index.instances()
        assert len(found) >= 20
        in_order(again, len(found))


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_tasks_share_a_transaction(archive: Archive, gate: Gate, loop: str) -> None:
    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            gate.open.clear()
            tasks.start_soon(put, archive, sample("1.2.3.1"))
            await anyio.to_thread.run_sync(gate.inside.acquire)
            for number in range(2, 22):
                tasks.start_soon(put, archive, sample(f"1.2.3.{number}"))
            await anyio.to_thread.run_sync(_wait_until, archive, 20)
            gate.open.set()

    anyio.run(main, backend=loop)
    assert gate.sizes == [1, 20]
    in_order(archive, 21)


def test_closing_waits_for_what_is_being_kept(archive: Archive, gate: Gate, tmp_path: Path) -> None:
    gate.open.clear()
    first = Senders(archive, [sample("1.2.3.1")])
    gate.inside.acquire()
    others = Senders(archive, [sample(f"1.2.3.{number}") for number in range(2, 5)])
    _wait_until(archive, 3)
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


# --- behind our back ------------------------------------------------------------------------------


def test_an_index_that_was_deleted_takes_nothing(tmp_path: Path) -> None:
    with Archive.open(tmp_path, SETTINGS) as archive:
        drive(put(archive, sample("1.2.3.1")))
        for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
            (tmp_path / name).rename(tmp_path / f"was-{name}")
        before = keys(archive)
        for ask in (
            lambda: drive(put(archive, sample("1.2.3.2"))),
            lambda: drive(archive.find("1.2.3.1")),
            lambda: drive(archive.delete("1.2")),
            lambda: drive(archive.count(build("STUDY"))),
        ):
            with pytest.raises(ArchiveDamaged, match="removed"):
                ask()
        assert keys(archive) == before
        for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
            (tmp_path / f"was-{name}").rename(tmp_path / name)
        drive(put(archive, sample("1.2.3.2")))
        in_order(archive, 2)


def test_files_that_changed_are_told(archive: Archive) -> None:
    from dicom_core import SourceChanged

    assert isinstance(archive.blobs, FolderBlobs)
    for number in range(3):
        drive(put(archive, sample(f"1.2.3.{number}")))
    short, gone, _ = (Path(archive.blobs.path_of(key)) for key in keys(archive))
    short.write_bytes(short.read_bytes()[:200])
    gone.unlink()
    with pytest.raises(ArchiveDamaged, match="200 bytes"):
        drive(archive.read("1.2.3.0")).read_range(0, 10)
    with pytest.raises(SourceChanged):
        drive(archive.read("1.2.3.1")).read_range(0, 10)
    assert drive(archive.read("1.2.3.2")).read_range(128, 4) == b"DICM"
    assert drive(archive.metadata("1.2.3.0")).PatientID == "P1"  # out of the index
    assert drive(archive.count(build("IMAGE"))) == 3


def test_what_other_processes_do_wakes_who_polls(tmp_path: Path) -> None:
    with Archive.open(tmp_path, SETTINGS) as one, Archive.open(tmp_path, SETTINGS) as other:
        woken: list[int] = []
        one.subscribe(lambda: woken.append(1))
        assert not drive(one.poll())
        drive(put(other, sample()))
        assert woken == []
        assert drive(one.poll())
        assert woken == [1]
        assert not drive(one.poll())


def test_refused_bytes_are_put_aside(archive: Archive) -> None:
    assert archive.quarantine is not None
    for data, expected, reason in (
        (b"GET / HTTP/1.1", Expected(sender="WEB"), "not-dicom"),
        (sample(pixels=500_000)[:-1], Expected(), "incomplete"),
        (sample(), Expected(sop_instance="1.2.9"), "mismatch"),
        (sample(study=""), Expected(), "missing-uid"),
    ):
        with pytest.raises(InstanceRefused):
            drive(put(archive, data, expected))
        last = list(archive.quarantine.entries())[-1]
        assert (last.reason, last.sender, last.size) == (reason, expected.sender, len(data))
        assert Path(archive.quarantine.path(last.name)).read_bytes() == data
        assert last.sop_instance == (expected.sop_instance or "")
    in_order(archive, 0)
