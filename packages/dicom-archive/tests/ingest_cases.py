"""What the tests of ingest share: senders, and a gate before the index."""

import threading
from collections.abc import Sequence

import pytest

from dicom_archive import (
    Archive,
    ArchiveSettings,
    Placed,
    Record,
)
from dicom_archive.index import Index
from dicom_core.store import (
    DuplicatePolicy,
    Receipt,
    StoreError,
    StoreSettings,
    drive,
    put,
)

SETTINGS = ArchiveSettings(durable=False, watch=None)


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
            assert self.open.wait(60)
            if self.errors:
                raise self.errors.pop(0)
            return real(records, policy, limits)

        monkeypatch.setattr(index, "add", add)

    def entered(self) -> None:
        """Wait until somebody is at the index."""
        assert self.inside.acquire(timeout=60), "nobody came to the index"


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
            thread.join(60)
            assert not thread.is_alive()
        return self.results


def wait_until(archive: Archive, waiting: int) -> None:
    for _ in range(60_000):
        if len(archive.commits._waiting) >= waiting:
            return
        threading.Event().wait(0.001)
    raise AssertionError(f"{len(archive.commits._waiting)} wait, not {waiting}")
