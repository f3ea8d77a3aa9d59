"""Disks that fail, and files that somebody changes behind our back: an error, nothing lost, and it goes on."""

import errno
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from ingest_cases import SETTINGS, in_order, keys

from dicom_archive import (
    Archive,
    ArchiveDamaged,
    ArchiveSettings,
)
from dicom_archive.blobs import FolderBlobs
from dicom_core import SourceChanged
from dicom_core.query import build
from dicom_core.store import (
    Expected,
    InstanceRefused,
    StoreFull,
    drive,
    put,
)
from dicom_core.store.testing import sample


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(tmp_path, SETTINGS) as opened:
        yield opened


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


def test_several_are_read_whatever_became_of_some(archive: Archive) -> None:
    assert isinstance(archive.blobs, FolderBlobs)
    for number in range(4):
        drive(put(archive, sample(f"1.2.3.{number}", pixels=300 if number else 70_000)))
    large, short, gone, _ = (Path(archive.blobs.path_of(key)) for key in keys(archive))
    short.write_bytes(short.read_bytes()[:200])
    gone.unlink()
    wanted = ["1.2.3.3", "1.2.3.9", "1.2.3.2", "1.2.3.1", "1.2.3.0", "1.2.3.3"]
    found = drive(archive.read_several(wanted))
    names = [type(one).__name__ for one in found]
    assert names[1:4] == ["UnknownInstance", "SourceChanged", "ArchiveDamaged"]
    for index, pixels in ((0, 300), (4, 70_000), (5, 300)):
        source = found[index]
        assert not isinstance(source, Exception)
        assert source.size > pixels
        assert source.read_range(128, 4) == b"DICM"
    large.unlink()  # which is opened when it is read
    again = drive(archive.read_several(["1.2.3.0"]))[0]
    assert not isinstance(again, Exception)
    with pytest.raises(SourceChanged):
        again.read_range(0, 10)


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
