"""Importing: what is taken, what is refused, and that an import that was interrupted goes on where it was."""

import os
import zipfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from dicom_archive import Archive, ArchiveSettings
from dicom_archive.maintenance import (
    ImportProblem,
    ImportResult,
    Progress,
    ZipLimits,
    import_files,
)
from dicom_core.store import DuplicatePolicy, StoreFull, drive
from dicom_core.store.testing import sample

SETTINGS = ArchiveSettings(watch=None)


def files(folder: Path, count: int, *, start: int = 0, pixels: int = 64) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(start, start + count):
        data = sample(f"1.2.3.{number}", series=f"1.2.3{number % 3}", pixels=pixels)
        (folder / f"{number:04d}.dcm").write_bytes(data)
    return folder


class Told:
    """What an import told."""

    def __init__(self, events: Iterable[ImportProblem | Progress | ImportResult]) -> None:
        self.problems: list[ImportProblem] = []
        self.result = ImportResult()
        for event in events:
            if isinstance(event, ImportProblem):
                self.problems.append(event)
            elif isinstance(event, ImportResult):
                self.result = event

    @property
    def reasons(self) -> list[tuple[str, str, bool]]:
        return [(os.path.basename(p.source), p.reason, p.refused) for p in self.problems]


def taken(archive: Archive, *sources: Path, again: bool = False, workers: int = 1) -> Told:
    return Told(import_files(archive, sources, again=again, workers=workers))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_folder(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in" / "deep", 300).parent
    (source / "notes.txt").write_text("no instance")
    (source / "empty").write_bytes(b"")
    with Archive.open(data, SETTINGS) as archive:
        told = taken(archive, source)
        size = sum(path.stat().st_size for path in (source / "deep").iterdir())
        assert told.result == ImportResult(files=302, stored=300, passed=2, size=size)
        assert sorted(told.reasons) == [
            ("empty", "not-dicom", False),
            ("notes.txt", "not-dicom", False),
        ]
        assert archive.index.totals()[0] == 300
        source_bytes = (source / "deep/0007.dcm").read_bytes()
        kept = archive.index.find("1.2.3.7")
        assert archive.blobs.read(kept.key).read_range(0, 1 << 20) == source_bytes
    assert not (data / "imports").exists()
    with Archive.open(data, SETTINGS) as archive:
        assert taken(archive, source).result.duplicates == 300


def test_a_file_that_is_named_is_refused_where_it_is_none(tmp_path: Path, data: Path) -> None:
    text = tmp_path / "x.txt"
    text.write_text("no instance")
    with Archive.open(data, SETTINGS) as archive:
        told = taken(archive, text, tmp_path / "missing.dcm")
    assert sorted(told.reasons) == [
        ("missing.dcm", "unreadable", True),
        ("x.txt", "not-dicom", True),
    ]
    assert told.result.refused == 2


def test_what_is_damaged_is_refused_and_stays_where_it_is(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 2)
    whole = (source / "0000.dcm").read_bytes()
    (source / "cut.dcm").write_bytes(whole[:-10])
    bad_uid = sample("1.2.3.9").replace(b"1.2.3.9\0", b"../../x\0")
    (source / "path.dcm").write_bytes(bad_uid)
    with Archive.open(data, SETTINGS) as archive:
        told = taken(archive, source)
        assert told.result.stored == 2
        assert archive.quarantine is not None
        assert list(archive.quarantine.entries()) == []  # the file is where it was
    assert sorted(told.reasons) == [
        ("cut.dcm", "incomplete", True),
        ("path.dcm", "invalid-uid", True),
    ]


def test_the_archives_own_files_are_not_imported(tmp_path: Path) -> None:
    files(tmp_path / "in", 3)
    with Archive.open(tmp_path / "data", SETTINGS) as archive:
        assert taken(archive, tmp_path).result.stored == 3
        told = taken(archive, tmp_path)
        assert (told.result.files, told.result.duplicates) == (3, 3)


@pytest.mark.parametrize("policy", list(DuplicatePolicy))
def test_duplicates(tmp_path: Path, data: Path, policy: DuplicatePolicy) -> None:
    first, second = files(tmp_path / "a", 3), files(tmp_path / "b", 3, pixels=70)
    # One more time in the same group: the later one is judged by the earlier one
    (second / "again.dcm").write_bytes((second / "0001.dcm").read_bytes())
    with Archive.open(data, ArchiveSettings(watch=None, duplicates=policy)) as archive:
        taken(archive, first)
        told = taken(archive, second)
        found = archive.index.find("1.2.3.1").instance.size
        blobs = len(list(archive.blobs.keys()))
    counts = (told.result.kept, told.result.replaced, told.result.duplicates, told.result.refused)
    old, new = (os.path.getsize(folder / "0001.dcm") for folder in (first, second))
    match policy:
        case DuplicatePolicy.KEEP:
            assert counts == (4, 0, 0, 0)
        case DuplicatePolicy.REPLACE:
            assert counts == (0, 3, 1, 0)
        case DuplicatePolicy.REJECT:
            assert counts == (0, 0, 0, 4)
            assert {problem.reason for problem in told.problems} == {"conflict"}
    assert found == (new if policy is DuplicatePolicy.REPLACE else old)
    assert blobs == 3


def test_long_files_that_are_there_are_not_written_again(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 2, pixels=600_000)
    with Archive.open(data, SETTINGS) as archive:
        assert taken(archive, source).result.stored == 2
        told = taken(archive, source)
        assert (told.result.duplicates, told.result.size) == (
            2, sum(path.stat().st_size for path in source.iterdir()),
        )  # fmt: skip


@pytest.mark.parametrize("pixels", [64, 600_000])
def test_a_file_that_is_gone_comes_back(tmp_path: Path, data: Path, pixels: int) -> None:
    source = files(tmp_path / "in", 2, pixels=pixels)
    with Archive.open(data, SETTINGS) as archive:
        taken(archive, source)
        key = archive.index.find("1.2.3.1").key
        (data / "blobs" / key).unlink()
        told = taken(archive, source)
        assert (told.result.duplicates, told.result.restored) == (2, 1)
        assert (data / "blobs" / key).read_bytes() == (source / "0001.dcm").read_bytes()
        assert taken(archive, source).result.restored == 0


def test_an_import_goes_on_where_it_was_interrupted(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 600)
    with Archive.open(data, SETTINGS) as archive:
        with closing(import_files(archive, [source])) as events:
            assert next(events) == Progress(256, None, archive.index.totals()[1])
        assert archive.index.totals()[0] == 256
    (source / "0003.dcm").write_bytes(sample("1.2.3.3", series="1.2.30", pixels=99))
    with Archive.open(data, SETTINGS) as archive:
        told = taken(archive, source)
        assert (told.result.skipped, told.result.stored, told.result.kept) == (255, 344, 1)
        assert archive.index.totals()[0] == 600
    assert not (data / "imports").exists()


def test_again_looks_at_every_file(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 300)
    with Archive.open(data, SETTINGS) as archive:
        with closing(import_files(archive, [source])) as events:
            next(events)
        told = taken(archive, source, again=True)
    assert (told.result.skipped, told.result.duplicates, told.result.stored) == (0, 256, 44)


def test_a_journal_that_was_cut_short_is_read_as_far_as_it_goes(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 300)
    with Archive.open(data, SETTINGS) as archive:
        with closing(import_files(archive, [source])) as events:
            next(events)
        (journal,) = (data / "imports").iterdir()
        os.truncate(journal, 16 * 100 + 7)
        told = taken(archive, source)
    assert (told.result.skipped, told.result.duplicates, told.result.stored) == (100, 156, 44)


def test_several_processes(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 1400)
    (source / "x.txt").write_text("no instance")
    with Archive.open(data, SETTINGS) as archive:
        told = taken(archive, source, workers=2)
        assert (told.result.stored, told.result.passed) == (1400, 1)
        assert archive.index.totals()[0] == 1400


def test_an_archive_in_memory(tmp_path: Path) -> None:
    source = files(tmp_path / "in", 5)
    with Archive.in_memory() as archive:
        assert taken(archive, source).result.stored == 5
        with pytest.raises(ValueError, match="in memory"):
            taken(archive, source, workers=2)


def test_who_subscribed_hears_of_it(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 5)
    woken = []
    with Archive.open(data, SETTINGS) as archive:
        archive.subscribe(lambda: woken.append(1))
        taken(archive, source)
    assert len(woken) == 5


def test_limits_stop_the_import(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 20)
    with (
        Archive.open(data, ArchiveSettings(watch=None, instances=7)) as archive,
        pytest.raises(StoreFull, match="instances"),
    ):
        taken(archive, source)
    with Archive.open(data, SETTINGS) as archive:
        assert archive.index.totals()[0] == len(list(archive.blobs.keys())) == 7
        assert taken(archive, source).result.stored == 13
    small = ArchiveSettings(watch=None, instance_size=100)
    with Archive.open(tmp_path / "other", small) as archive:
        told = taken(archive, source)
    assert {problem.reason for problem in told.problems} == {"limit"}


def test_a_zip_file(tmp_path: Path, data: Path) -> None:
    source = files(tmp_path / "in", 5)
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("hidden.dcm", sample("1.2.3.99"))
    path = tmp_path / "x.ZIP"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for one in sorted(source.iterdir()):
            file.write(one, f"study/{one.name}")
        file.writestr("readme.txt", "no instance")
        file.write(inner, "inner.zip")
        file.writestr(zipfile.ZipInfo("folder/"), b"")
    with Archive.open(data, SETTINGS) as archive:
        told = taken(archive, path)
        assert (told.result.stored, told.result.passed, told.result.refused) == (5, 2, 0)
        assert [(p.member, p.reason) for p in told.problems] == [
            ("readme.txt", "not-dicom"),
            ("inner.zip", "not-dicom"),
        ]
        assert taken(archive, path).result.duplicates == 5


def test_a_zip_file_over_a_limit_is_imported_as_far_as_it_keeps_them(
    tmp_path: Path, data: Path
) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        for number in range(5):
            file.writestr(f"{number}.dcm", sample(f"1.2.3.{number}", pixels=1000))
    limits = ZipLimits(member=500)
    with Archive.open(data, SETTINGS) as archive:
        told = Told(import_files(archive, [path], limits=limits))
    assert [problem.reason for problem in told.problems] == ["limit"] * 5
    assert told.result.refused == 5


def test_a_dicomdir_is_passed_over(tmp_path: Path, data: Path) -> None:
    from dicom_core import dicomdir

    source = files(tmp_path / "in", 2)
    dicomdir.make(tmp_path / "medium", [source]).write()
    with Archive.open(data, SETTINGS) as archive:
        told = taken(archive, tmp_path / "medium")
        assert (told.result.stored, told.result.passed, told.result.refused) == (2, 1, 0)
        assert drive(archive.find("1.2.3.1")).study == "1.2"
