"""A folder that takes instances (NET-080, NET-083; N17, N18, P02, P03, P05)."""

import errno
import os
import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_pair import NOW, Clock, Wire
from storing import CT, EXPLICIT, IMPLICIT, instance

import dicom_core as dc
from dicom_core.store import (
    DuplicatePolicy,
    Expected,
    InstanceConflict,
    InstanceRefused,
    Outcome,
    StoreFull,
    files,
    safe_name,
)
from dicom_net._part10 import file_head
from dicom_net._server_events import DiskSpaceLow
from dicom_net.services import (
    DirectoryStorage,
    DiskWatch,
    Layout,
    ReceivedObject,
    StorageMoved,
    StorageProvider,
    StoredFile,
    StoreResult,
    outgoing,
    store_instance,
)

posix = pytest.mark.skipif(os.name == "nt", reason="names and links of POSIX")


def put(
    storage: DirectoryStorage, file: dc.DicomFile, uid: str | None = None, sender: str = "A"
) -> StoredFile:
    """As the provider does it: head, then pieces."""
    uid = uid or file.dataset.SOPInstanceUID or ""
    head = file_head(CT, uid, EXPLICIT, sender=sender)
    arrival = storage.receive(Expected(CT, uid, EXPLICIT))
    body = dc.write_dataset(file.dataset)
    arrival.write([head, memoryview(body)[:10], memoryview(body)[10:]])
    return arrival.commit()


def tree(root: Path) -> list[str]:
    """All there is, relative; folders end in a slash."""
    return sorted(
        str(path.relative_to(root)) + ("/" if path.is_dir() else "") for path in root.rglob("*")
    )


@pytest.fixture(params=["nameless", "named", "no writev"])
def _system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way that systems have, also where the fast calls are missing."""
    if request.param != "nameless":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    if request.param == "no writev":
        monkeypatch.delattr(os, "writev", raising=False)
        monkeypatch.delattr(os, "pread", raising=False)


# --- where files go -------------------------------------------------------------------------------


@pytest.mark.usefixtures("_system")
@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize(
    ("layout", "path"),
    [
        (Layout.FLAT, "1.2.3.1.1.1.dcm"),
        (Layout.STUDY, "1.2.3.1/1.2.3.1.1/1.2.3.1.1.1.dcm"),
        (Layout.PATIENT, f"{safe_name('ID 1')}/1.2.3.1/1.2.3.1.1/1.2.3.1.1.1.dcm"),
        ("in/{SOPClassUID} {SOPInstanceUID}", f"in/{CT} 1.2.3.1.1.1"),
    ],
)
def test_a_file_is_where_the_layout_says(
    layout: str, path: str, durable: bool, tmp_path: Path
) -> None:
    storage = DirectoryStorage(tmp_path / "store", layout=layout, durable=durable)
    stored = put(storage, instance(size=10_000))
    assert stored.outcome is Outcome.STORED
    assert Path(stored.path) == tmp_path / "store" / path
    file = dc.read(stored.path)
    assert not file.findings
    assert file.dataset == instance(size=10_000).dataset
    assert stored.size == os.path.getsize(stored.path)
    folders = {".incoming/"} if (tmp_path / "store/.incoming").exists() else set()
    names = set(tree(tmp_path / "store")) - folders
    assert [name for name in names if not name.endswith("/")] == [path]


@pytest.mark.parametrize(
    "layout",
    [
        "{StudyInstanceUID}",
        "{SOPInstanceUID}/x",
        "../{SOPInstanceUID}",
        "/{SOPInstanceUID}",
        "a//{SOPInstanceUID}",
        ".hidden/{SOPInstanceUID}",
        "{SOPInstanceUID}.",
        "{SOPInstanceUID} ",
        "{NoSuchKeyword}{SOPInstanceUID}",
        "a:{SOPInstanceUID}",
        "a\\{SOPInstanceUID}",
        "",
    ],
)
def test_a_layout_that_leads_elsewhere_is_refused(layout: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the layout"):
        DirectoryStorage(tmp_path, layout=layout)


# --- P02, P03: hostile identifiers ----------------------------------------------------------------

HOSTILE = ["../../x", "a/b", "nul\0byte", "1" * 300, "\u0661.2.3", "..", "CON", "1.2.", "~", "-rf"]


@posix
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("layout", list(Layout))
def test_p02_no_identifier_leads_out_of_the_folder(
    text: str, layout: Layout, tmp_path: Path
) -> None:
    root = tmp_path / "store"
    storage = DirectoryStorage(root, layout=layout, durable=False)
    file = instance()
    data = dc.write_dataset(file.dataset)
    for known in (b"1.2.3.1\0", b"ID 1"):  # as they stand in the data set, whatever is a UID or not
        hostile = text.encode()[: len(known)].ljust(len(known), b" ")
        assert known in data
        data = data.replace(known, hostile, 1)
    arrival = storage.receive(Expected(CT, text, EXPLICIT))
    arrival.write([file_head(CT, "1.2", EXPLICIT), data])
    stored = arrival.commit()
    assert tree(tmp_path)[0] == "store/"
    assert all(name.startswith("store/") for name in tree(tmp_path))
    assert Path(stored.path).name == safe_name(text) + ".dcm"
    assert data in Path(stored.path).read_bytes()  # untouched


def test_p03_identifiers_that_look_alike_have_files_of_their_own(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, layout=Layout.FLAT, durable=False)
    uids = ["1.2.3", "1.2.3/", "1.2.3.", "1_2_3", "../1.2.3", "A.B", "a.b"]
    paths = [put(storage, instance(number), uid).path for number, uid in enumerate(uids)]
    assert len({path.lower() for path in paths}) == len(uids)


# --- P05: what took the place of a folder ---------------------------------------------------------


@posix
def test_p05_a_root_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    root, other = tmp_path / "store", tmp_path / "other"
    storage = DirectoryStorage(root, durable=False)
    put(storage, instance(1))
    arrival = storage.receive(Expected(CT, "1.2", EXPLICIT))
    arrival.write([file_head(CT, "1.2", EXPLICIT), dc.write_dataset(instance(2).dataset)])
    root.rename(tmp_path / "moved")
    other.mkdir()
    root.symlink_to(other)
    with pytest.raises(StorageMoved):
        storage.receive()
    with pytest.raises(StorageMoved):
        arrival.commit()
    assert not tree(other)
    root.unlink()
    (tmp_path / "moved").rename(root)
    assert put(storage, instance(3)).outcome is Outcome.STORED


@posix
def test_p05_a_folder_below_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    root, other = tmp_path / "store", tmp_path / "other"
    other.mkdir()
    storage = DirectoryStorage(root, durable=False)
    put(storage, instance(1))
    (root / "1.2.3.1").rename(tmp_path / "moved")
    (root / "1.2.3.1").symlink_to(other)
    with pytest.raises(StorageMoved):
        put(storage, instance(2))
    again = DirectoryStorage(root, durable=False)  # which has never seen the folder
    with pytest.raises(NotADirectoryError):
        put(again, instance(2))
    assert not tree(other)


@posix
@pytest.mark.usefixtures("_system")
def test_p05_a_folder_or_a_link_with_the_name_of_the_file(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path / "store", layout=Layout.FLAT, durable=False)
    (tmp_path / "store" / "1.2.3.1.1.1.dcm").mkdir()
    (tmp_path / "store" / "1.2.3.1.1.2.dcm").symlink_to(tmp_path / "outside")
    for number in (1, 2):
        with pytest.raises(OSError, match=r"folder|symbolic"):
            put(storage, instance(number))
    assert not (tmp_path / "outside").exists()
    assert put(storage, instance(3)).outcome is Outcome.STORED


@posix
@pytest.mark.skipif(os.name != "nt" and os.geteuid() == 0, reason="root may write everywhere")
def test_p05_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path / "store", durable=False)
    os.chmod(tmp_path / "store", 0o500)
    try:
        with pytest.raises(PermissionError):
            put(storage, instance(1))
    finally:
        os.chmod(tmp_path / "store", 0o700)


# --- N18: the same instance again -----------------------------------------------------------------


@pytest.mark.usefixtures("_system")
@pytest.mark.parametrize(
    ("policy", "outcome", "kept"),
    [("keep", "kept", 1), ("replace", "replaced", 2), ("reject", None, 1)],
)
def test_n18_an_instance_that_is_there_already(
    policy: str, outcome: str | None, kept: int, tmp_path: Path
) -> None:
    storage = DirectoryStorage(tmp_path, layout=Layout.FLAT, duplicates=DuplicatePolicy(policy))
    first = put(storage, instance(1))
    assert put(storage, instance(1), sender="B").outcome is Outcome.DUPLICATE
    if outcome is None:
        with pytest.raises(InstanceConflict):
            put(storage, instance(2), "1.2.3.1.1.1")
    else:
        assert put(storage, instance(2), "1.2.3.1.1.1").outcome == outcome
    assert dc.read(first.path).dataset == instance(kept).dataset
    assert [name for name in tree(tmp_path) if name.endswith(".part")] == []


def test_n18_another_transfer_syntax_is_another_file(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, layout=Layout.FLAT, duplicates=DuplicatePolicy.REPLACE)
    put(storage, instance(1))
    arrival = storage.receive(Expected(CT, "1.2.3.1.1.1", IMPLICIT))
    # the same bytes in another syntax are another data set
    body = dc.write_dataset(instance(1).dataset)
    arrival.write([file_head(CT, "1.2.3.1.1.1", "1.2.840.10008.1.2.5"), body])
    assert arrival.commit().outcome is Outcome.REPLACED


@pytest.mark.usefixtures("_system")
@pytest.mark.parametrize("durable", [True, False])
def test_n18_twenty_at_once_and_one_wins(durable: bool, tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, durable=durable)
    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda _: put(storage, instance(1, size=50_000)), range(20)))
    assert sorted(stored.outcome for stored in found) == ["duplicate"] * 19 + ["stored"]
    assert len({stored.path for stored in found}) == 1
    assert dc.read(found[0].path).dataset == instance(1, size=50_000).dataset


# --- N17, NET-083: disks that fill up, transfers that end ------------------------------------------


def test_n17_a_full_disk_refuses_and_takes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = DirectoryStorage(tmp_path, layout=Layout.FLAT)
    written: list[int] = []

    def full(descriptor: int, batch: object) -> int:
        written.append(1)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "_write", full)
        with pytest.raises(OSError, match="No space"):
            put(storage, instance(1))
    assert tree(tmp_path) == []
    assert put(storage, instance(1)).outcome is Outcome.STORED


def test_the_disk_is_watched_with_two_thresholds(tmp_path: Path) -> None:
    free = [100]
    storage = DirectoryStorage(
        tmp_path, watch=DiskWatch(warn=50, refuse=20), free=lambda _: free[0], durable=False
    )
    wire = Wire(StorageProvider(storage, now=lambda: NOW), [(CT, (EXPLICIT,))])

    def send(number: int) -> int:
        found: StoreResult = wire.run(
            store_instance(wire.user, outgoing(instance(number)), Clock())
        )
        return found.status

    assert send(1) == 0
    free[0] = 49
    assert send(2) == 0
    assert send(3) == 0
    free[0] = 19
    assert send(4) == 0xA700
    free[0] = 60
    assert send(5) == 0
    told = [event for event in wire.seat.events if isinstance(event, DiskSpaceLow)]
    assert [(event.level, event.free) for event in told] == [("low", 49), ("full", 19), ("ok", 60)]
    assert [event.at for event in told] == [NOW] * 3


def test_the_disk_is_looked_at_again_during_a_long_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dicom_net.services import _directory

    monkeypatch.setattr(_directory, "_LOOK_AGAIN", 1000)
    free = [100]
    storage = DirectoryStorage(
        tmp_path, watch=DiskWatch(warn=50, refuse=20), free=lambda _: free[0]
    )
    arrival = storage.receive()
    arrival.write([bytes(900)])
    free[0] = 10
    arrival.write([bytes(90)])
    with pytest.raises(StoreFull, match="disk"):
        arrival.write([bytes(90)])
    arrival.discard()
    assert tree(tmp_path) == []


def test_the_size_that_is_announced_must_fit(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, watch=DiskWatch(warn=50, refuse=20), free=lambda _: 1000)
    with pytest.raises(StoreFull):
        storage.receive(Expected(size=990))
    arrival = storage.receive(Expected(size=500))
    arrival.write([bytes(400)])
    with pytest.raises(InstanceRefused, match="announced"):
        arrival.commit()
    assert tree(tmp_path) == []


@pytest.mark.usefixtures("_system")
def test_what_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path)
    arrival = storage.receive()
    arrival.write([bytes(100)])
    arrival.discard()
    arrival.discard()
    assert [name for name in tree(tmp_path) if name != ".incoming/"] == []
    for late in (arrival.commit, lambda: arrival.write([b""])):
        with pytest.raises(RuntimeError, match="discarded"):
            late()


@posix
def test_a_start_removes_what_a_killed_process_left_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    storage = DirectoryStorage(tmp_path)
    going_on = storage.receive()
    going_on.write([b"x"])
    left = tmp_path / ".incoming" / "0123456789abcdef.part"
    left.write_bytes(b"half")
    (tmp_path / ".incoming" / "notes.txt").write_text("somebody's")
    DirectoryStorage(tmp_path)
    assert not left.exists()
    assert len(list((tmp_path / ".incoming").iterdir())) == 2
    going_on.discard()


def test_without_proc_a_file_has_a_name_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_PROC", str(tmp_path / "{}"))
    storage = DirectoryStorage(tmp_path / "store")
    assert not storage.nameless
    assert put(storage, instance(1)).outcome is Outcome.STORED


def test_without_hard_links_a_file_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_words: object, **_more: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(os, "link", none)
    storage = DirectoryStorage(tmp_path, layout=Layout.FLAT)
    assert put(storage, instance(1)).outcome is Outcome.STORED
    assert put(storage, instance(1)).outcome is Outcome.DUPLICATE
    assert put(storage, instance(2), "1.2.3.1.1.1").outcome is Outcome.KEPT
    assert tree(tmp_path) == [".incoming/", "1.2.3.1.1.1.dcm"]


@pytest.mark.parametrize("size", [0, 1, 4999, 5000, 10_000])
def test_writing_goes_on_where_the_system_takes_less(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[[int, list[bytes | memoryview]], int] = files._write

    def little(descriptor: int, batch: list[bytes | memoryview]) -> int:
        return real(descriptor, [memoryview(batch[0])[:700]])

    monkeypatch.setattr(files, "_write", little)
    path = tmp_path / "file"
    pieces = [bytes([number % 256]) * (size // 1500) for number in range(1500)] + [b"", b"end"]
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        assert files.write_all(descriptor, pieces) == sum(map(len, pieces))
    finally:
        os.close(descriptor)
    assert path.read_bytes() == b"".join(pieces)


@posix
@pytest.mark.skipif(sys.platform != "linux", reason="counts the system calls of Linux")
def test_several_that_wait_share_one_flush_of_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Barrier, Event

    from dicom_net.services import _directory

    begun, go_on = Event(), Event()
    calls: list[str] = []

    def slow(path: str) -> None:
        calls.append(path)
        begun.set()
        assert go_on.wait(30)

    monkeypatch.setattr(_directory, "sync_folder", slow)
    group = _directory._Sync("folder")
    ready = Barrier(9)

    def wait() -> None:
        ready.wait(30)
        group.wait()

    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(group.wait)
        assert begun.wait(30)
        others = [threads.submit(wait) for _ in range(8)]
        ready.wait(30)
        while group._wanted < 9:  # all of them have asked while the first still flushes
            pass
        go_on.set()
        for waiting in (first, *others):
            waiting.result(30)
    assert len(calls) == 2


def test_what_is_received_knows_its_path(tmp_path: Path) -> None:
    got: list[ReceivedObject] = []
    storage = DirectoryStorage(tmp_path)
    provider = StorageProvider(storage, on_received=got.append, now=lambda: NOW)
    wire = Wire(provider, [(CT, (EXPLICIT,))])
    wire.run(store_instance(wire.user, outgoing(instance()), Clock()))
    assert got[0].path is not None
    assert got[0].file().dataset == instance().dataset
    assert got[0].data == dc.write_dataset(instance().dataset)
    assert isinstance(got[0].receipt, StoredFile)
    assert wire.seat.in_threads == 2  # waiting for the disk, and the callback
    assert stat.S_ISREG(os.stat(got[0].path).st_mode)


@pytest.mark.parametrize("layout", [Layout.STUDY, Layout.FLAT])
def test_a_data_set_without_the_uids_of_its_folders_is_refused(
    layout: Layout, tmp_path: Path
) -> None:
    file = instance()
    del file.dataset["SeriesInstanceUID"]
    storage = DirectoryStorage(tmp_path, layout=layout)
    if layout is Layout.FLAT:
        assert put(storage, file).outcome is Outcome.STORED
        return
    with pytest.raises(InstanceRefused, match="SeriesInstanceUID"):
        put(storage, file)
    assert tree(tmp_path) == []


@pytest.mark.parametrize(("size", "durable"), [(100, True), (9 << 20, False), (100, False)])
def test_what_takes_long_is_kept_in_a_thread(size: int, durable: bool, tmp_path: Path) -> None:
    storage = DirectoryStorage(tmp_path, durable=durable)
    wire = Wire(StorageProvider(storage, now=lambda: NOW), [(CT, (EXPLICIT,))])
    wire.run(store_instance(wire.user, outgoing(instance(size=size)), Clock()))
    assert bool(wire.seat.in_threads) is (durable or size > 1000)
