"""Under an event loop: it is never held up, and tasks may be cancelled at any moment."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from ingest_cases import SETTINGS, Gate, in_order, wait_until

from dicom_archive import (
    Archive,
    ArchiveBusy,
    ArchiveSettings,
)
from dicom_core.query import build
from dicom_core.store import (
    Outcome,
    Receipt,
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
            await anyio.to_thread.run_sync(wait_until, archive, 59)
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
            await anyio.to_thread.run_sync(wait_until, archive, 20)
            gate.open.set()

    anyio.run(main, backend=loop)
    assert gate.sizes == [1, 20]
    in_order(archive, 21)
