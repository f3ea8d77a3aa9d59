"""What a dead process left is put right, and nothing is lost by it, whatever became of the index."""

import shutil
from pathlib import Path

import pytest

from dicom_archive import Archive, ArchiveDamaged, ArchiveSettings
from dicom_archive.blobs import FolderBlobs
from dicom_archive.index import Index
from dicom_core.store import DuplicatePolicy, Outcome, drive, put
from dicom_core.store.testing import sample

SETTINGS = ArchiveSettings(durable=False, watch=None)


def die(archive: Archive) -> None:
    """What a kill leaves: locks that nobody holds, and whatever was there."""
    archive.blobs.close(in_order=False)
    archive.index.close()


def keys(archive: Archive) -> list[str]:
    return list(archive.blobs.keys())


def rows(archive: Archive) -> list[str]:
    found, after = archive.index.instances()
    assert not after
    return sorted(kept.key for kept in found)


def place(archive: Archive, data: bytes, uid: str) -> str:
    """A blob that was placed when its process died."""
    draft = archive.blobs.begin()
    draft.write([data])
    draft.flush()
    key = archive.blobs.new_key(uid)
    draft.place(key)
    return key


def test_placed_but_never_indexed(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path, SETTINGS)
    drive(put(archive, sample("1.2.3.1")))
    place(archive, sample("1.2.3.2"), "1.2.3.2")
    twice = place(archive, sample("1.2.3.1"), "1.2.3.1")
    other = place(archive, sample("1.2.3.1", PatientID="X"), "1.2.3.1")
    die(archive)
    with Archive.open(tmp_path, SETTINGS) as again:
        assert keys(again) == rows(again)
        assert not {twice, other} & set(keys(again))
        assert drive(again.find("1.2.3.1")).patient == "P1"
        assert drive(again.find("1.2.3.2")).patient == "P1"
        assert again.recover().runs == 0


def test_what_is_there_is_never_replaced_by_it(tmp_path: Path) -> None:
    """Nobody was told that it is kept; what is there since then, somebody was."""
    settings = ArchiveSettings(durable=False, watch=None, duplicates=DuplicatePolicy.REPLACE)
    archive = Archive.open(tmp_path, settings)
    place(archive, sample(PatientID="OLD"), "1.2.3.4")
    drive(put(archive, sample(PatientID="NEW")))
    die(archive)
    with Archive.open(tmp_path, settings) as again:
        assert drive(again.find("1.2.3.4")).patient == "NEW"
        assert keys(again) == rows(again)


def test_a_doomed_blob_goes(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path, SETTINGS)
    for number in range(3):
        drive(put(archive, sample(f"1.2.3.{number}")))
    assert len(archive.index.delete("1.2", "1.2.3", "1.2.3.1")) == 1
    die(archive)
    with Archive.open(tmp_path, SETTINGS) as again:
        assert len(keys(again)) == 2
        assert keys(again) == rows(again)
        assert again.index.doomed() == []
        assert drive(put(again, sample("1.2.3.1"))).outcome is Outcome.STORED


def test_an_index_that_knows_less_costs_no_instance(tmp_path: Path) -> None:
    """An older copy was put back: what came since then, and was acknowledged, is indexed again."""
    archive = Archive.open(tmp_path, SETTINGS)
    drive(put(archive, sample("1.2.3.1")))
    with archive.index.connection() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{tmp_path / 'copy'}'")
    for number in range(2, 6):
        drive(put(archive, sample(f"1.2.3.{number}")))
    die(archive)
    for path in tmp_path.glob("index.sqlite*"):
        path.unlink()
    with pytest.raises(ArchiveDamaged, match="is gone"):
        Archive.open(tmp_path, SETTINGS)
    shutil.move(tmp_path / "copy", tmp_path / "index.sqlite")
    with Archive.open(tmp_path, SETTINGS) as again:
        assert len(rows(again)) == 5
        assert keys(again) == rows(again)


def test_what_is_no_instance_stays(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After a crash of the system, where nothing was durable; `verify` tells of it."""
    archive = Archive.open(tmp_path, SETTINGS)
    torn = place(archive, sample(pixels=1000)[:700], "1.2.3.4")
    die(archive)
    with Archive.open(tmp_path, SETTINGS) as again:
        assert keys(again) == [torn]
        assert rows(again) == []
        assert "InstanceRefused" in caplog.text
        assert list(again.blobs.abandoned()) == []


def test_who_lives_is_left_alone(tmp_path: Path) -> None:
    with Archive.open(tmp_path, SETTINGS) as living:
        key = place(living, sample(), "1.2.3.4")
        with Archive.open(tmp_path, SETTINGS) as other:
            assert keys(other) == [key]
            assert rows(other) == []
        living.blobs.delete([key])


def test_a_recovery_that_fails_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive.open(tmp_path, SETTINGS)
    place(archive, sample(), "1.2.3.4")
    die(archive)
    with monkeypatch.context() as patched:
        patched.setattr(Index, "known", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Archive.open(tmp_path, SETTINGS)
    with Archive.open(tmp_path, SETTINGS) as again:
        assert len(rows(again)) == 1


def test_only_the_last_folders_of_a_run_are_looked_at(tmp_path: Path) -> None:
    archive = Archive.open(tmp_path, SETTINGS)
    assert isinstance(archive.blobs, FolderBlobs)
    for number in range(3):
        archive.blobs._number = number * 1000
        place(archive, sample(f"1.2.3.{number}"), f"1.2.3.{number}")
    die(archive)
    with Archive.open(tmp_path, SETTINGS) as again:
        assert len(keys(again)) == 3
        assert rows(again) == keys(again)[1:]


def test_a_clock_that_went_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    for seconds in (2_000_000_000, 1_000_000_000, 1_000_000_000, 1_500_000_000):
        moment = time.gmtime(seconds)
        monkeypatch.setattr("dicom_archive.blobs._runs.gmtime", lambda moment=moment: moment)
        archive = Archive.open(tmp_path, SETTINGS)
        count = len(rows(archive))
        assert drive(put(archive, sample(f"1.2.3.{count}"))).outcome is Outcome.STORED
        die(archive)
    with Archive.open(tmp_path, SETTINGS) as again:
        assert rows(again) == sorted(keys(again))
        assert len(keys(again)) == 4
        found, _ = again.index.instances()
        assert [kept.instance.instance for kept in found] == [f"1.2.3.{at}" for at in range(4)]
