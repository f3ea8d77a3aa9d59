"""Kill archives anywhere while they take and delete: what was acknowledged is so, and nothing else is believed.

Two processes with several writers each work on one folder. After each kill the archive is opened, which puts right what
the dead left, and gone over: each row has its file and each file its row, bytes are those of their digest, instances
that were acknowledged are found and read, those whose deletion was acknowledged are gone.
"""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from dicom_archive import Archive, ArchiveSettings, Kept
from dicom_archive.blobs import FolderBlobs
from dicom_archive.maintenance import Fault, VerifyResult, verify
from dicom_core.query import build
from dicom_core.store import UnknownInstance, drive

if TYPE_CHECKING:
    from tests.peers.postgres import Postgres

KILLS: Final = 200 if os.environ.get("DICOM_LONG") else 20
PROCESSES: Final = 2
WRITERS: Final = 4

# Writers take and delete for ever; a line in the log is one write, and is there also when the process is killed
LOAD: Final = """
import os, random, sys, threading
from dicom_archive import Archive, ArchiveSettings
from dicom_core.store import Expected, drive, put
from dicom_core.store.testing import sample

folder, log, prefix, writers, policy, index, me = sys.argv[1:]
some = threading.Event()
threading.excepthook = lambda args: (sys.excepthook(*args[:3]), os._exit(1))
lines = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def tell(sign, uid, digest=""):
    os.write(lines, f"{sign} {uid} {digest}\\n".encode())

def write(archive, number):
    study = f"{prefix}.{me}{number}"
    chance = random.Random(study)
    alive = []
    count = 0
    while True:
        count += 1
        act = chance.random()
        if act < 0.6 or not alive:
            uid = f"{study}.{chance.randrange(3)}.{count}"
            data = sample(
                uid, study=study, series=uid.rpartition(".")[0], PatientID=f"P{number}",
                pixels=chance.choice((2, 2000, 60_000, 70_000, 400_000)),
            )
            tell("<", uid)
            receipt = drive(put(archive, data, Expected(sender="LOAD")))
            tell("+", uid, receipt.instance.digest)
            alive.append(uid)
            some.set()
        elif act < 0.75:  # the same UID with other bytes
            uid = chance.choice(alive)
            data = sample(uid, study=study, series=uid.rpartition(".")[0], pixels=2 * count)
            tell("<", uid)
            receipt = drive(put(archive, data))
            tell("+", uid, receipt.instance.digest)
        elif act < 0.97:
            uid = alive.pop(chance.randrange(len(alive)))
            tell("?", uid)
            assert drive(archive.delete(study, uid.rpartition(".")[0], uid)) == 1, uid
            tell("-", uid)
        else:
            for uid in alive:
                tell("?", uid)
            assert drive(archive.delete(study)) == len(alive)
            for uid in alive:
                tell("-", uid)
            alive = []

settings = ArchiveSettings(duplicates=policy, busy_seconds=60, watch=None)
with Archive.open(folder, settings, index=index or None) as archive:
    threads = [threading.Thread(target=write, args=(archive, n)) for n in range(int(writers))]
    for thread in threads:
        thread.start()
    some.wait()
    print("ready", flush=True)
    for thread in threads:
        thread.join()
"""


class Told:
    """What the logs of all processes so far say of each instance."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        """Instances that must be there, with a digest that they may have."""
        self.open: set[str] = set()
        """Instances of which the last word was not spoken."""
        self.gone: set[str] = set()
        self.counts: Counter[str] = Counter()

    def listen(self, log: Path) -> None:
        for line in log.read_text("ascii").splitlines() if log.exists() else []:
            sign, uid, digest = f"{line}  ".split(" ")[:3]
            self.counts[sign] += 1
            if sign in "<?":
                self.open.add(uid)
            elif sign == "+":
                self.open.discard(uid)
                self.gone.discard(uid)
                self.kept[uid] = digest
            elif sign == "-":
                self.open.discard(uid)
                del self.kept[uid]
                self.gone.add(uid)


def go_over(archive: Archive, told: Told) -> int:
    """Everything in the archive is in order, and everything that was told is so; how many instances there are."""
    blobs = archive.blobs
    assert isinstance(blobs, FolderBlobs)
    rows: dict[str, Kept] = {}
    after, more = 0, True
    while more:
        page, after = archive.index.instances(after=after)
        rows |= {kept.instance.instance: kept for kept in page}
        more = after > 0
    assert sorted(blobs.keys()) == sorted(kept.key for kept in rows.values())
    for kept in rows.values():
        source = blobs.read(kept.key)
        data = source.read_range(0, source.size)
        assert (len(data), sha256(data).hexdigest()) == (kept.instance.size, kept.instance.digest)
    size = sum(kept.instance.size for kept in rows.values())
    assert archive.index.totals() == (len(rows), size)
    assert drive(archive.count(build("IMAGE"))) == len(rows)
    for uid, digest in told.kept.items():
        if uid not in told.open:
            assert rows[uid].instance.digest == digest
            assert drive(archive.metadata(uid)).SOPInstanceUID == uid
    for uid in told.gone - told.open:
        assert uid not in rows
        with pytest.raises(UnknownInstance):
            drive(archive.read(uid))
    assert archive.index.doomed() == []
    *faults, result = verify(archive)
    assert isinstance(result, VerifyResult)
    assert result.clean, [fault for fault in faults if isinstance(fault, Fault)]
    strays = [
        path for path in Path(blobs.root).rglob("*") if path.is_file() and path.suffix != ".dcm"
    ]
    assert strays == []
    return len(rows)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["keep", "replace"])
def test_what_a_killed_archive_acknowledged_is_so(policy: str, tmp_path: Path) -> None:
    _kill_and_go_over(tmp_path, policy, KILLS // 2)


@pytest.mark.slow
def test_the_same_with_an_index_on_a_server(tmp_path: Path, postgres: "Postgres") -> None:
    """What a dead process sent last, the server may do after its death."""
    _kill_and_go_over(tmp_path, "replace", KILLS // 2, postgres.schema())


def _kill_and_go_over(tmp_path: Path, policy: str, kills: int, index: str | None = None) -> None:
    chance = random.Random(policy)
    folder = tmp_path / "archive"
    told = Told()
    found = 0
    rounds = -(-kills // PROCESSES)
    for round_ in range(rounds):
        log = tmp_path / f"log-{round_}"
        words = [str(folder), str(log), f"1.{round_ + 1}", str(WRITERS), policy, index or ""]
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", LOAD, *words, str(number + 1)], stdout=subprocess.PIPE
            )
            for number in range(PROCESSES)
        ]
        if chance.random() < 0.8:  # else they may die while they open it
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == b"ready\n"
        for process in processes:
            try:
                process.wait(chance.random() / 2)  # any moment will do: that is the case
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            assert process.returncode == -signal.SIGKILL
            assert process.stdout is not None
            process.stdout.close()
        told.listen(log)
        settings = ArchiveSettings(duplicates=policy, watch=None)
        with Archive.open(folder, settings, index=index) as archive:
            found = go_over(archive, told)
    where = "sqlite" if index is None else "postgresql"
    done = f"{told.counts['+']} instances and {told.counts['-']} deletions were acknowledged"
    print(
        f"\n{policy}, {where}: {rounds * PROCESSES} kills; {done}, {len(told.open)} were under way; "
        f"{found} instances are there, none is lost"
    )
    assert told.counts["+"] >= rounds
