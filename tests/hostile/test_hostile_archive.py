"""N16, N17, N18, P02, P03, P05 and an archive whose folder is tampered with, against a running `dicom serve`.

After each case what was acknowledged is there, nothing else is, and nothing lies outside the folder.
"""

import json
import resource
import sqlite3
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Barrier
from typing import Final

import pytest
from tests.peers.programs import HOST, Served
from tests.peers.wire import CT, IMPLICIT, Closed, Wire, element, pdvs, store_command

import dicom_net as dn
from dicom_archive.index import Index

from .besieged import Siege, awaited, data_set

LARGEST: Final = 3_000_000
SECRET: Final = "Secret^Patient"
MR: Final = "1.2.840.10008.5.1.4.1.1.4"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("archive")
    config = folder / "serve.toml"
    config.write_text(f"[storage]\ninstance_size = {LARGEST}\n", "utf-8")
    with Served(folder, "--config", str(config), "--any-ae", title="ANY") as running:
        yield running


@pytest.fixture
def siege(server: Served) -> Siege:
    return Siege(server)


@pytest.fixture
def data(server: Served) -> Path:
    return server.data


def held(siege: Siege, memory: int = 16 << 20) -> AbstractContextManager[None]:
    """The pool of the index keeps sixteen connections, each with a page cache; each has three files."""
    return siege.held(memory=memory, pooled=48)


@contextmanager
def opened(siege: Siege) -> Iterator[Wire]:
    with Wire(siege.port).associate((CT, [IMPLICIT])) as wire:
        yield wire


def sent(wire: Wire, uid: str, body: bytes) -> int:
    """The status for an instance."""
    wire.send(pdvs(1, 1, store_command(uid)))
    wire.send(pdvs(1, 0, body, wire.limit))
    return wire.status()


def stored(siege: Siege, uid: str, body: bytes | None = None) -> int:
    with opened(siege) as wire:
        status = sent(wire, uid, data_set(uid) if body is None else body)
        wire.release()
    return status


def indexed(data: Path) -> dict[str, str]:
    """The instances in the index, and the keys of their files."""
    with Index.open(data / "index.sqlite", create=False) as index:
        page, after = index.instances()
        assert not after
        return {kept.instance.instance: kept.key for kept in page}


def files(data: Path) -> set[str]:
    blobs = data / "blobs"
    return {path.relative_to(blobs).as_posix() for path in blobs.rglob("*.dcm")}


def is_in_order(data: Path) -> bool:
    """Each row has its file and each file its row; nothing half lies about."""
    left = list(data.rglob("*.part"))
    return files(data) == set(indexed(data).values()) and not left


def reasons(data: Path) -> list[str]:
    folder = data / "quarantine"
    found = sorted(folder.glob("*.json"))
    return [json.loads(path.read_text("utf-8"))["reason"] for path in found]


# --- N16 ----------------------------------------------------------------------------------------


def _without(tag: int) -> bytes:
    elements = {
        0x00080016: CT + "\0",
        0x00080018: "1.2.16.1",
        0x00100010: SECRET,
        0x0020000D: "1.2.3.1\0",
        0x0020000E: "1.2.3.2\0",
    }
    made = [element(one, value) for one, value in elements.items() if one != tag]
    return b"".join(made) + struct.pack("<HHI", 0x7FE0, 0x10, 10) + bytes(10)


REFUSED: Final = {
    "another instance": (data_set("1.2.16.2"), 0xA900, "mismatch"),
    "another class": (data_set("1.2.16.1", sop_class=MR), 0xA900, "mismatch"),
    "no class": (_without(0x00080016), 0xA900, "missing-uid"),
    "no instance": (_without(0x00080018), 0xA900, "missing-uid"),
    "no study": (_without(0x0020000D), 0xA900, "missing-uid"),
    "no series": (_without(0x0020000E), 0xA900, "missing-uid"),
    "cut off in the pixels": (data_set("1.2.16.1")[:-1], 0xC000, "incomplete"),
    "cut off in an element": (data_set("1.2.16.1")[:70], 0xC000, "incomplete"),
    "text": (b"GET / HTTP/1.1\r\n\r\n" * 100, 0xC000, "incomplete"),
    "a path": (data_set("../../../etc/x"), 0xA900, "invalid-uid"),
}


def test_n16_what_is_not_what_it_says_is_put_aside(siege: Siege, data: Path) -> None:
    """A900 or C000; nothing is indexed, the bytes are kept with the reason, the association goes on."""
    before, aside = indexed(data), len(reasons(data))
    with held(siege), opened(siege) as wire:
        for body, status, _ in REFUSED.values():
            assert f"{sent(wire, '1.2.16.1', body):04X}" == f"{status:04X}"
        assert sent(wire, "1.2.16.9", data_set("1.2.16.9")) == 0
        wire.release()
    assert indexed(data).keys() == before.keys() | {"1.2.16.9"}
    assert reasons(data)[aside:] == [reason for _, _, reason in REFUSED.values()]
    assert is_in_order(data)
    for (body, _, _), path in zip(
        REFUSED.values(), sorted((data / "quarantine").glob("*.dcm"))[aside:], strict=True
    ):
        assert path.read_bytes().endswith(body)
        said = path.with_suffix(".json").read_text("utf-8")
        assert json.loads(said)["sender"] == "WIRE"
        assert "Secret" not in said + path.name


# --- N17 ----------------------------------------------------------------------------------------


def test_n17_what_is_too_long_is_refused_and_goes_by(siege: Siege, data: Path) -> None:
    before = indexed(data)
    with held(siege), opened(siege) as wire:
        for _ in range(3):
            assert sent(wire, "1.2.17.1", data_set("1.2.17.1", pixels=10 * LARGEST)) == 0xA700
        assert sent(wire, "1.2.17.2", data_set("1.2.17.2", pixels=LARGEST - 2000)) == 0
        wire.release()
    assert indexed(data).keys() == before.keys() | {"1.2.17.2"}
    assert is_in_order(data)


@contextmanager
def full(siege: Siege, size: int) -> Iterator[None]:
    """No file of the server may become longer: to it that is a disk without room."""
    soft, hard = resource.prlimit(siege.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(siege.pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.prlimit(siege.pid, resource.RLIMIT_FSIZE, (soft, hard))


def test_n17_a_disk_that_is_full_at_nine_tenths(siege: Siege, data: Path) -> None:
    before = indexed(data)
    body = data_set("1.2.17.3", pixels=2_000_000)
    with held(siege), opened(siege) as wire:
        with full(siege, 1_800_000):
            assert sent(wire, "1.2.17.3", body) == 0xA700
            assert sent(wire, "1.2.17.4", data_set("1.2.17.4")) == 0
        assert sent(wire, "1.2.17.3", body) == 0
        wire.release()
    assert indexed(data).keys() == before.keys() | {"1.2.17.3", "1.2.17.4"}
    assert is_in_order(data)


def test_n17_a_disk_without_room_for_the_index(siege: Siege, data: Path) -> None:
    """The bytes are written, the row cannot be: nothing of the instance stays, and the sender is told."""
    before = indexed(data)
    log = data / "index.sqlite-wal"
    with held(siege), opened(siege) as wire:
        refused = []
        with full(siege, log.stat().st_size + 5000):
            for number in range(40):
                uid = f"1.2.17.5.{number}"
                status = sent(wire, uid, data_set(uid, pixels=100))
                if status:
                    refused.append((uid, status))
        assert refused
        assert {status for _, status in refused} <= {0xA700, 0x0110}
        assert not {uid for uid, _ in refused} & indexed(data).keys()
        assert is_in_order(data)
        for uid, _ in refused:
            assert sent(wire, uid, data_set(uid, pixels=100)) == 0
        wire.release()
    assert len(indexed(data)) == len(before) + 40
    assert is_in_order(data)


def test_n17_a_sender_that_leaves_in_the_middle(siege: Siege, data: Path) -> None:
    before = indexed(data)
    with held(siege):
        for size in (100, 200_000):
            with opened(siege) as wire:
                wire.send(pdvs(1, 1, store_command("1.2.17.6")))
                wire.send(pdvs(1, 0, data_set("1.2.17.6", pixels=size), 50)[:-2])
        assert awaited(lambda: is_in_order(data))
    assert indexed(data) == before


# --- N18 ----------------------------------------------------------------------------------------


def test_n18_one_of_twenty_wins(siege: Siege, data: Path) -> None:
    before = indexed(data)
    body = data_set("1.2.18.1", pixels=100_000)
    ready = Barrier(20)

    def send(_number: int) -> int:
        with opened(siege) as wire:
            ready.wait()
            status = sent(wire, "1.2.18.1", body)
            wire.release()
        return status

    with held(siege), ThreadPoolExecutor(20) as senders:
        assert set(senders.map(send, range(20))) == {0}
        assert stored(siege, "1.2.18.1", body) == 0
    assert indexed(data).keys() == before.keys() | {"1.2.18.1"}
    assert is_in_order(data)


# --- P02, P03 -----------------------------------------------------------------------------------

PATHS: Final = ("../../x", "/abs/x", "1.2/3", "C:x", "CON", "1.2\n3", "9" * 65, "1..\u2024")
DOTS: Final = (".", "..", "...", "1.2.3.")


def test_p02_no_uid_leaves_the_folder(siege: Siege, server: Served, data: Path) -> None:
    before = indexed(data)
    outside = {path for path in server.folder.rglob("*") if data not in path.parents}
    with held(siege), opened(siege) as wire:
        for uid in PATHS:
            assert sent(wire, uid[:64], data_set(uid)) in {0x0110, 0x0117, 0xA900}
        for uid in DOTS:  # taken as what they are: texts that make no name of a file
            assert sent(wire, uid, data_set(uid)) == 0
        wire.release()
    assert indexed(data).keys() == before.keys() | set(DOTS)
    assert all("-h-" in indexed(data)[uid] for uid in DOTS)
    assert {path for path in server.folder.rglob("*") if data not in path.parents} == outside
    assert is_in_order(data)


def test_p03_uids_that_are_nearly_the_same(siege: Siege, data: Path) -> None:
    """Leading zeros and empty components are met in real files: each is an instance of its own, and a file."""
    uids = ("1.2.33.1", "1.2.33.01", "1.2.33..1", "1.2.033.1", ".1.2.33.1")
    with held(siege), opened(siege) as wire:
        for uid in uids:
            assert sent(wire, uid, data_set(uid)) == 0
        wire.release()
    found = indexed(data)
    assert len({found[uid] for uid in uids}) == len(uids)
    for uid in uids:
        assert data_set(uid) in (data / "blobs" / found[uid]).read_bytes()


# --- P05, and what else is done to a folder -------------------------------------------------------


@pytest.mark.parametrize("place", ["root", "run"])
@pytest.mark.parametrize("by", ["link", "file", "nothing", "folder"])
def test_p05_a_folder_that_is_replaced(siege: Siege, data: Path, place: str, by: str) -> None:
    """A700 or 0110, nothing follows the link, the server lives; put back, it goes on."""
    assert stored(siege, "1.2.5.1") == 0  # there is a run
    before = indexed(data)
    blobs = data / "blobs"
    victim = blobs if place == "root" else blobs / before["1.2.5.1"].split("/")[0]
    aside = data / "aside"
    with held(siege), opened(siege) as wire:
        victim.rename(aside)
        count = len(list(aside.rglob("*")))
        if by == "link":
            victim.symlink_to(aside)
        elif by == "file":
            victim.write_bytes(b"")
        elif by == "folder":
            victim.mkdir()
        for number in range(3):
            uid = f"1.2.5.2.{number}"
            assert sent(wire, uid, data_set(uid, pixels=100_000 * number)) in {0xA700, 0x0110}
        assert len(list(aside.rglob("*"))) == count
        if by == "folder":
            victim.rmdir()
        else:
            victim.unlink(missing_ok=True)
        aside.rename(victim)
        wire.release()
        assert stored(siege, f"1.2.5.{place}.{by}"[:6] + str(len(before))) == 0
    assert is_in_order(data)


def test_the_index_is_locked_for_a_while(siege: Siege, data: Path) -> None:
    """Who stores waits; nobody else does, as the second client sees."""
    with held(siege), ThreadPoolExecutor(1) as sender:
        other = sqlite3.connect(data / "index.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        waiting = sender.submit(stored, siege, "1.2.50.1")
        for _ in range(5):
            siege.echo()
        assert not waiting.done()
        other.execute("ROLLBACK")
        other.close()
        assert waiting.result() == 0
    assert is_in_order(data)


def test_the_index_is_gone_for_a_while(siege: Siege, data: Path) -> None:
    names = ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm")
    with held(siege):
        for name in names:
            (data / name).rename(data / f"was-{name}")
        before = files(data)
        assert stored(siege, "1.2.51.1") == 0x0110
        assert files(data) == before
        for name in names:
            (data / f"was-{name}").rename(data / name)
        assert stored(siege, "1.2.51.1") == 0
    assert is_in_order(data)


def _make_folder_of(path: Path) -> None:
    path.unlink()
    path.mkdir()


def test_files_that_changed_fail_alone(siege: Siege, data: Path) -> None:
    """Truncated, deleted, a folder in its place: each fails its own sub-operation, the others are sent."""
    harms: dict[str, Callable[[Path], object]] = {
        "1.2.52.1": lambda path: path.write_bytes(path.read_bytes()[:300]),
        "1.2.52.2": lambda path: path.unlink(),
        "1.2.52.3": _make_folder_of,
        "1.2.52.4": lambda path: None,
    }
    series = data_set("").find(b"1.2.3.2")
    with held(siege, memory=64 << 20):
        saved = {}
        for uid, harm in harms.items():
            body = data_set(uid, pixels=5000)
            at = body.find(b"1.2.3.2")
            assert stored(siege, uid, body[:at] + b"1.2.5.2" + body[at + 7 :]) == 0
            path = data / "blobs" / indexed(data)[uid]
            saved[path] = path.read_bytes()
            harm(path)
        assert series > 0
        got = dn.blocking.get_series(HOST, siege.port, "1.2.3.1", "1.2.5.2", called_ae="ANY")
        assert (got.completed, got.failed) == (1, 3)
        assert [str(one.dataset.SOPInstanceUID) for one in got.files] == ["1.2.52.4"]
        for path, whole in saved.items():
            if path.is_dir():
                path.rmdir()
            path.write_bytes(whole)
    assert is_in_order(data)


def test_everything_that_was_acknowledged_is_there(siege: Siege, data: Path) -> None:
    """Whatever the cases before did: every file is whole, and is what its row says."""
    from hashlib import sha256

    assert stored(siege, "1.2.60.1", data_set("1.2.60.1")) == 0
    with Index.open(data / "index.sqlite", create=False) as index:
        page, _ = index.instances()
        assert page
        for kept in page:
            whole = (data / "blobs" / kept.key).read_bytes()
            assert sha256(whole).hexdigest() == kept.instance.digest
    try:
        siege.echo()
    except Closed as gone:
        raise AssertionError(siege.server.said()) from gone
