"""Blobs: keys, drafts, folders that stay what they were, and runs whose processes died."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from dicom_archive import ArchiveDamaged
from dicom_archive.blobs import BlobStore, FolderBlobs, MemoryBlobs, blob_key
from dicom_core import SourceChanged
from dicom_core.store import StoreFull

LONG = bytes(range(256)) * 1000
SIZES = [0, 1, 65535, 65536, 65537, len(LONG)]


@pytest.fixture(params=["memory", "folder", "named files"])
def blobs(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> BlobStore:
    if request.param == "memory":
        return MemoryBlobs()
    if request.param == "named files":  # what systems without O_TMPFILE do
        monkeypatch.setattr("dicom_archive.blobs._folder.takes_nameless", lambda root: False)
    return FolderBlobs(tmp_path)


def put(blobs: BlobStore, data: bytes, uid: str = "1.2.3") -> str:
    draft = blobs.begin(len(data))
    draft.write([data])
    draft.flush()
    key = blobs.new_key(uid)
    draft.place(key)
    blobs.settle([key])
    return key


@pytest.mark.parametrize(
    ("number", "uid", "key"),
    [
        (0, "1.2.3", "r/00000/000-1.2.3.dcm"),
        (12345, "1.2", "r/00012/345-1.2.dcm"),
    ],
)
def test_one_function_names_every_file(number: int, uid: str, key: str) -> None:
    made = blob_key("r", number, uid)
    assert made == key


@pytest.mark.parametrize("uid", ["../../x", "\0", "1" * 300, "CON", "1.2\u3002\u3002.3", ""])
def test_no_uid_leaves_its_place(uid: str) -> None:
    """Cases P02 and P03."""
    run, shard, name = blob_key("r", 1, uid).split("/")
    assert (run, shard) == ("r", "00000")
    assert name.startswith("001-h-")
    assert len(name) < 60


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [7, 65536, 1 << 20])
def test_every_byte_comes_back(blobs: BlobStore, size: int, step: int) -> None:
    data = LONG[: min(size, 20_000 if step == 7 else size)]
    draft = blobs.begin()
    buffer = bytearray(step)
    for at in range(0, len(data), step):
        piece = data[at : at + step]
        buffer[: len(piece)] = piece
        assert draft.write([memoryview(buffer)[: len(piece)]]) == len(piece)
    assert draft.size == len(data)
    assert draft.digest == sha256(data).hexdigest()
    source = draft.source()
    assert source.read_range(0, source.size) == data
    assert source.read_range(65530, 20) == data[65530:65550]
    draft.flush()
    key = blobs.new_key("1.2.3")
    draft.place(key)
    blobs.settle([key])
    found = blobs.read(key, len(data))
    assert found.size == len(data)
    assert found.read_range(0, found.size + 10) == data
    assert blobs.size_of(key) == len(data)
    assert list(blobs.keys()) == [key]
    with pytest.raises(RuntimeError):
        draft.write([b"more"])
    draft.discard()


def test_what_is_not_placed_never_was(blobs: BlobStore) -> None:
    draft = blobs.begin()
    draft.write([LONG])
    draft.discard()
    draft.discard()
    assert list(blobs.keys()) == []
    if isinstance(blobs, FolderBlobs):
        blobs.close()
        assert [path for path in Path(blobs.root).rglob("*") if path.is_file()] == []


def test_keys_are_in_order_and_never_the_same(blobs: BlobStore) -> None:
    keys = [put(blobs, b"x", "1.2.3") for _ in range(5)]
    assert sorted(set(keys)) == keys
    assert list(blobs.keys()) == keys
    for at, key in enumerate(keys):
        assert list(blobs.keys(key)) == keys[at + 1 :]
    with pytest.raises(FileExistsError):
        _place_at(blobs, keys[0])


def _place_at(blobs: BlobStore, key: str) -> None:
    draft = blobs.begin()
    try:
        draft.place(key)
    finally:
        draft.discard()


def test_what_is_removed_is_gone(blobs: BlobStore) -> None:
    key = put(blobs, LONG)
    source = blobs.read(key, len(LONG)) if isinstance(blobs, FolderBlobs) else None
    blobs.delete([key, key, "r/00000/000-1.dcm"])
    assert blobs.size_of(key) is None
    with pytest.raises(SourceChanged):
        blobs.read(key).read_range(0, 1)
    if source is not None:
        with pytest.raises(SourceChanged):
            source.read_range(0, 1)
        assert source.size == len(LONG)


def test_a_file_that_is_not_what_it_was_is_told(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    key = put(blobs, LONG)
    source = blobs.read(key, len(LONG))
    assert source.read_range(0, 4) == LONG[:4]
    path = Path(blobs.path_of(key))
    path.write_bytes(LONG[:100])
    with pytest.raises(SourceChanged):
        source.read_range(0, 4)
    with pytest.raises(ArchiveDamaged, match="100 bytes"):
        blobs.read(key, len(LONG)).read_range(0, 4)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(OSError):  # noqa: PT011 - whichever the system says
        blobs.read(key).read_range(0, 4)


def test_a_thousand_files_stand_in_a_folder(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path, durable=False)
    keys = [put(blobs, b"") for _ in range(1001)]
    run = keys[0].split("/")[0]
    assert sorted(path.name for path in (tmp_path / run).iterdir()) == ["00000", "00001"]
    assert list(blobs.keys()) == keys


def test_room_of_the_disk_is_kept_free(tmp_path: Path) -> None:
    free = 1000
    blobs = FolderBlobs(tmp_path, reserve=600, free=lambda root: free)
    blobs.begin(400).discard()
    with pytest.raises(StoreFull) as full:
        blobs.begin(401)
    assert full.value.limit == "disk"


@pytest.mark.parametrize("damage", ["link", "file", "gone", "other"])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_folder_that_changed_its_place_takes_nothing(
    tmp_path: Path, damage: str, level: int
) -> None:
    """Case P05: the root, or a folder below it, is replaced while the program runs."""
    root = tmp_path / "root"
    blobs = FolderBlobs(root)
    key = put(blobs, b"x")
    victim = Path(blobs.path_of(key)).parents[2 - level]
    elsewhere = tmp_path / "elsewhere"
    draft = blobs.begin()
    draft.write([b"secret"])
    victim.rename(elsewhere)
    if damage == "link":
        victim.symlink_to(elsewhere)
    elif damage == "file":
        victim.write_bytes(b"")
    elif damage == "other":
        victim.mkdir()
    before = sorted(elsewhere.rglob("*.dcm"))
    with pytest.raises((ArchiveDamaged, OSError)):
        draft.place(blobs.new_key("1.2.4"))
    draft.discard()
    assert sorted(elsewhere.rglob("*.dcm")) == before


# --- runs ---------------------------------------------------------------------------------------

_CHILD = """
import sys
from dicom_archive.blobs import FolderBlobs
blobs = FolderBlobs(sys.argv[1])
draft = blobs.begin()
draft.write([b"x"])
key = blobs.new_key("1.2.3")
draft.place(key)
blobs.settle([key])
left = blobs.begin()
left.write([bytes(100000)])
print(key, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def child(tmp_path: Path) -> "Callable[[], subprocess.Popen[str]]":
    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def test_the_run_of_a_dead_process_is_found_once(
    tmp_path: Path, child: "Callable[[], subprocess.Popen[str]]"
) -> None:
    with child() as process:
        assert process.stdout is not None
        key = process.stdout.readline().strip()
        blobs = FolderBlobs(tmp_path)
        own = put(blobs, b"")
        assert list(blobs.abandoned()) == []  # it lives
        process.kill()
        process.wait()
    [found] = blobs.abandoned()
    assert found.run == key.split("/")[0]
    assert found.last_keys() == [key]
    assert list(FolderBlobs(tmp_path).abandoned()) == []  # somebody looks after it
    found.release()
    [again] = blobs.abandoned()
    again.close()
    assert list(blobs.abandoned()) == []
    assert list(blobs.keys()) == sorted([key, own])
    blobs.close()
    assert list(FolderBlobs(tmp_path).abandoned()) == []


def test_a_run_that_did_not_end_in_order_is_looked_after(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    key = put(blobs, b"")
    blobs.close(in_order=False)
    [found] = FolderBlobs(tmp_path).abandoned()
    assert found.last_keys() == [key]


def test_who_only_reads_leaves_nothing_behind(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path)
    assert list(blobs.keys()) == []
    blobs.close()
    assert os.listdir(tmp_path) == []


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can tell who died: nobody is taken for dead."""

    def flock(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("fcntl.flock", flock)
    blobs = FolderBlobs(tmp_path)
    key = put(blobs, LONG)
    blobs.close(in_order=False)
    again = FolderBlobs(tmp_path)
    assert list(again.abandoned()) == []
    assert list(again.keys()) == [key]
