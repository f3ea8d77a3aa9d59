"""Verifying, rebuilding, exporting, counting, deleting: on archives that are whole, and on such as are not."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import text

import dicom_core as dc
from dicom_archive import Archive, ArchiveBusy, ArchiveDamaged, ArchiveSettings
from dicom_archive.maintenance import (
    DeleteResult,
    ExportProblem,
    ExportResult,
    Fault,
    RebuildResult,
    SameInstance,
    VerifyResult,
    Wanted,
    count,
    delete,
    export,
    rebuild,
    stats,
    verify,
)
from dicom_core.query import build
from dicom_core.store import drive, put
from dicom_core.store.testing import sample

SETTINGS = ArchiveSettings(watch=None)
T = TypeVar("T")


def fill(archive: Archive, instances: int = 12) -> None:
    """Two patients, three studies, with series of three."""
    for number in range(instances):
        study = number % 3
        drive(
            put(
                archive,
                sample(
                    f"1.2.{study}.7.{number}",
                    series=f"1.2.{study}.{number % 2}",
                    study=f"1.2.{study}",
                    pixels=100 + number,
                    PatientID=f"P{study // 2}",
                    PatientName=f"Müller{study // 2}^Jörg",
                    InstanceNumber=number,
                ),
            )
        )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def archive(data: Path) -> Iterator[Archive]:
    with Archive.open(data, SETTINGS) as opened:
        fill(opened)
    with Archive.open(data, SETTINGS) as opened:  # whose run is over
        yield opened


def of_type(kind: type[T], events: Iterable[object]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def verified(
    archive: Archive, *, repair: bool = False, since: int = 0
) -> tuple[list[Fault], VerifyResult]:
    events = list(verify(archive, repair=repair, since=since))
    assert isinstance(events[-1], VerifyResult)
    return of_type(Fault, events), events[-1]


def path_of(archive: Archive, uid: str) -> Path:
    assert archive.folder is not None
    return Path(archive.folder, "blobs", archive.index.find(uid).key)


def execute(archive: Archive, statement: str) -> None:
    with archive.index.connection() as connection:
        connection.execute(text(statement))


# --- verify ----------------------------------------------------------------------------------------------


def test_a_whole_archive_has_no_faults(archive: Archive) -> None:
    faults, result = verified(archive)
    assert faults == []
    assert result.clean
    assert (result.instances, result.files, result.size) == (12, 12, archive.index.totals()[1])


def test_several_processes(data: Path) -> None:
    """As many instances as it takes until others are started."""
    with Archive.open(data, SETTINGS) as archive:
        fill(archive, 1101)
        before = answers(archive)
        path_of(archive, "1.2.0.7.3").unlink()
        events = list(verify(archive, workers=2))
        assert [fault.kind for fault in of_type(Fault, events)] == ["missing-file"]
        assert of_type(VerifyResult, events)[0].instances == 1101
        drive(archive.delete("1.2.0", None, "1.2.0.7.3"))
        before = answers(archive)
    assert rebuilt(data, 2)[1].instances == 1100
    with Archive.open(data, SETTINGS) as archive:
        assert answers(archive) == before


def test_files_that_are_gone_or_changed(archive: Archive) -> None:
    path_of(archive, "1.2.0.7.0").unlink()
    short = path_of(archive, "1.2.1.7.1")
    short.write_bytes(short.read_bytes()[:-1])
    other = path_of(archive, "1.2.2.7.2")
    data = bytearray(other.read_bytes())
    data[-1] ^= 1
    other.write_bytes(data)
    for repair in (False, True):  # nothing of this can be repaired
        faults, result = verified(archive, repair=repair)
        assert [(fault.kind, fault.instance) for fault in faults] == [
            ("missing-file", "1.2.0.7.0"),
            ("wrong-size", "1.2.1.7.1"),
            ("wrong-digest", "1.2.2.7.2"),
        ]
        assert not result.clean


def test_since_passes_over_what_was_verified(archive: Archive) -> None:
    _, first = verified(archive)
    path_of(archive, "1.2.0.7.0").unlink()
    faults, result = verified(archive, since=first.last)
    assert (faults, result.instances, result.last) == ([], 0, first.last)
    faults, result = verified(archive)
    assert len(faults) == 1
    assert result.last == first.last


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE series SET instances = instances + 1 WHERE uid = '1.2.0.0'", "counts"),
        ("UPDATE study SET series = 7 WHERE uid = '1.2.0'", "counts"),
        ("UPDATE study SET instances = 7 WHERE uid = '1.2.0'", "counts"),
        ("UPDATE patient SET studies = studies - 1, series = 0, instances = 0", "counts"),
        ("UPDATE total SET instances = 11", "totals"),
        ("UPDATE total SET size = size + 1", "totals"),
        ("UPDATE header SET data = x'0100000012' WHERE instance = (SELECT min(id) FROM instance)", "wrong-header"),
        ("UPDATE header SET data = x'09' WHERE instance = (SELECT min(id) FROM instance)", "unreadable-header"),
        ("DELETE FROM header WHERE instance = (SELECT min(id) FROM instance)", "unreadable-header"),
        (
            "UPDATE header SET data = (SELECT data FROM header ORDER BY instance DESC LIMIT 1) "
            "WHERE instance = (SELECT min(id) FROM instance)",
            "wrong-header",
        ),
    ],
)  # fmt: skip
def test_what_the_index_says_of_itself(archive: Archive, statement: str, kind: str) -> None:
    headers = archive.index.headers([one.instance.instance for one in archive.index.instances()[0]])
    execute(archive, statement)
    faults, result = verified(archive)
    assert {fault.kind for fault in faults} == {kind}
    assert not result.clean
    faults, result = verified(archive, repair=True)
    assert {(fault.kind, fault.repaired) for fault in faults} == {(kind, True)}
    assert result.clean
    assert verified(archive)[0] == []
    again = archive.index.headers([one.instance.instance for one in archive.index.instances()[0]])
    assert again == headers


def test_the_head_of_an_entity(archive: Archive) -> None:
    execute(archive, "UPDATE study SET head = (SELECT max(id) FROM instance) WHERE uid = '1.2.0'")
    faults, _ = verified(archive, repair=True)
    assert [(fault.kind, fault.repaired) for fault in faults] == [("heads", False)]


def test_no_patient_stands_in_a_fault(archive: Archive) -> None:
    execute(archive, "UPDATE patient SET instances = 77")
    faults, _ = verified(archive)
    assert "P0" not in str(faults)
    assert "Müller" not in str(faults)


def orphan(archive: Archive, name: str, data: bytes) -> Path:
    assert archive.folder is not None
    folder = Path(archive.folder, "blobs", "20200101T000000-0000000000", "00000")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def test_files_that_no_row_names(archive: Archive) -> None:
    new = orphan(archive, "000-1.2.0.9.dcm", sample("1.2.0.9", study="1.2.0"))
    same = orphan(archive, "001-1.2.0.7.0.dcm", path_of(archive, "1.2.0.7.0").read_bytes())
    other = orphan(archive, "002-1.2.0.7.3.dcm", sample("1.2.0.7.3", study="1.2.0", pixels=7))
    torn = orphan(archive, "003-1.2.0.8.dcm", b"no instance")
    faults, result = verified(archive)
    assert {fault.kind for fault in faults} == {"unknown-file"}
    assert [fault.key[-14:] for fault in faults] == [
        "00-1.2.0.9.dcm", "-1.2.0.7.0.dcm", "-1.2.0.7.3.dcm", "03-1.2.0.8.dcm",
    ]  # fmt: skip
    assert result.files == 16
    faults, result = verified(archive, repair=True)
    assert [fault.repaired for fault in faults] == [True, True, False, False]
    assert archive.index.find("1.2.0.9").key.endswith("000-1.2.0.9.dcm")
    assert (new.exists(), same.exists(), other.exists(), torn.exists()) == (True, False, True, True)
    assert len(verified(archive)[0]) == 2


def test_a_second_copy_stays_where_the_first_is_damaged(archive: Archive) -> None:
    first = path_of(archive, "1.2.0.7.0")
    same = orphan(archive, "001-1.2.0.7.0.dcm", first.read_bytes())
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    faults, _ = verified(archive, repair=True)
    assert [(fault.kind, fault.repaired) for fault in faults] == [
        ("wrong-digest", False),
        ("unknown-file", False),
    ]
    assert same.exists()


def test_what_a_server_stores_and_deletes_meanwhile_is_no_fault(
    data: Path, archive: Archive
) -> None:
    with Archive.open(data, SETTINGS) as server, closing(verify(archive)) as events:
        found: list[object] = []
        for number, event in enumerate(events):
            found.append(event)
            drive(put(server, sample(f"1.2.5.{number}", study="1.2.5")))
            drive(server.delete("1.2.1"))
        # placed, and its row is about to come
        key = server.blobs.new_key("1.2.9")
        draft = server.blobs.begin()
        draft.write([sample("1.2.9")])
        draft.place(key)
        assert of_type(Fault, found) == []
        assert of_type(Fault, verify(archive)) == []


# --- rebuild ---------------------------------------------------------------------------------------------

QUERIES = [
    build("PATIENT", PatientID=None, fields=["NumberOfPatientRelatedInstances", "PatientName"]),
    build("STUDY", fields=["ModalitiesInStudy", "NumberOfStudyRelatedSeries", "PatientName"]),
    build("STUDY", PatientName="MÜLLER0*"),
    build("SERIES", StudyInstanceUID="1.2.1", fields=["NumberOfSeriesRelatedInstances"]),
    build("IMAGE", SOPInstanceUID="1.2.2.7.5"),
    build("IMAGE", InstanceNumber=None),
]


def answers(archive: Archive) -> list[list[dc.Dataset]]:
    async def all_of(number: int) -> list[dc.Dataset]:
        return [entity async for entity in archive.search(QUERIES[number])]

    return [drive(all_of(number)) for number in range(len(QUERIES))]


def rebuilt(data: Path, workers: int = 1) -> tuple[list[object], RebuildResult]:
    events = list(rebuild(data, SETTINGS, workers=workers))
    result = events[-1]
    assert isinstance(result, RebuildResult)
    return list(events), result


@pytest.mark.parametrize("loss", ["none", "gone", "damaged"])
def test_a_rebuilt_index_gives_the_same_answers_in_the_same_order(data: Path, loss: str) -> None:
    with Archive.open(data, SETTINGS) as archive:
        fill(archive, 30)
        drive(archive.delete("1.2.0", "1.2.0.0"))
        before = answers(archive)
        events = archive.index.events(0)[-1].number
    index = data / "index.sqlite"
    if loss == "gone":
        index.unlink()
        with pytest.raises(ArchiveDamaged, match="rebuild"):
            Archive.open(data, SETTINGS)
    elif loss == "damaged":
        index.write_bytes(b"SQLite format 3\0" + bytes(5000))
    _, result = rebuilt(data)
    assert (result.files, result.instances, result.faults, result.same) == (25, 25, 0, 0)
    assert sorted(path.name for path in data.iterdir()) == [".lock", "blobs", "index.sqlite"]
    with Archive.open(data, SETTINGS) as archive:
        assert answers(archive) == before
        assert verified(archive)[0] == []
        assert archive.index.events(0) == []
        drive(put(archive, sample("1.2.77")))
        (event,) = archive.index.events(0)
        assert event.number > (events if loss == "none" else 0)


def test_a_rebuild_needs_the_archive_to_itself(data: Path, archive: Archive) -> None:
    with pytest.raises(ArchiveBusy, match="another program uses the archive"):
        rebuilt(data)
    archive.close()
    with closing(rebuild(data, SETTINGS)) as events:
        next(events)
        with pytest.raises(ArchiveBusy, match="is being rebuilt"):
            Archive.open(data, SETTINGS)
    Archive.open(data, SETTINGS).close()


def test_a_rebuild_goes_on_where_it_was_unless_the_archive_was_used(data: Path) -> None:
    with Archive.open(data, SETTINGS) as archive:
        fill(archive, 450)
        before = answers(archive)
    with closing(rebuild(data, SETTINGS)) as events:
        next(events)
    assert (data / "index.rebuild.sqlite").exists()
    with closing(rebuild(data, SETTINGS)) as events:
        second = next(events)
        assert getattr(second, "done", 0) == 400
    with Archive.open(data, SETTINGS) as archive:  # the old index is as it was
        assert answers(archive) == before
        drive(archive.delete("1.2.1"))
        before = answers(archive)
    events = rebuild(data, SETTINGS)
    assert getattr(next(events), "done", 0) == 200
    assert of_type(RebuildResult, events)[0].instances == 300
    with Archive.open(data, SETTINGS) as archive:
        assert answers(archive) == before


def test_two_files_with_one_uid(data: Path) -> None:
    with Archive.open(data, SETTINGS) as archive:
        fill(archive, 3)
        orphan(archive, "000-1.2.0.7.0.dcm", sample("1.2.0.7.0", study="1.2.0", pixels=7))
        first = path_of(archive, "1.2.1.7.1")
        orphan(archive, "001-1.2.1.7.1.dcm", first.read_bytes())
        torn = orphan(archive, "003-1.2.0.8.dcm", b"no instance")
        latest = archive.index.find("1.2.0.7.0").key
    events, result = rebuilt(data)
    (other, same) = of_type(SameInstance, events)
    assert (other.instance, other.key, other.other[-17:], other.same) == (
        "1.2.0.7.0", latest, "000-1.2.0.7.0.dcm", False,
    )  # fmt: skip
    assert (same.instance, same.same) == ("1.2.1.7.1", True)
    assert [(fault.kind, fault.key[-15:]) for fault in of_type(Fault, events)] == [
        ("not-dicom", "003-1.2.0.8.dcm")
    ]
    assert (result.files, result.instances, result.same, result.faults) == (6, 3, 2, 1)
    with Archive.open(data, SETTINGS) as archive:
        assert archive.index.find("1.2.0.7.0").key == latest
        assert len(list(archive.blobs.keys())) == 6  # no file goes
        assert first.exists()
        assert torn.exists()


def test_what_is_no_archive_is_not_rebuilt(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="is no archive"):
        list(rebuild(tmp_path))
    assert list(tmp_path.iterdir()) == []


# --- export ----------------------------------------------------------------------------------------------


def exported(
    archive: Archive, out: Path, wanted: Wanted | None = None, **how: object
) -> tuple[list[ExportProblem], ExportResult]:
    events = list(export(archive, out, wanted or Wanted(), **how))  # type: ignore[arg-type]
    assert isinstance(events[-1], ExportResult)
    return of_type(ExportProblem, events), events[-1]


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_everything_is_exported_byte_for_byte(archive: Archive, tmp_path: Path) -> None:
    problems, result = exported(archive, tmp_path / "out")
    assert (problems, result.instances, result.written) == ([], 12, 12)
    path = tmp_path / "out/1.2.0/1.2.0.1/1.2.0.7.3.dcm"
    assert path.read_bytes() == path_of(archive, "1.2.0.7.3").read_bytes()
    assert len(tree(tmp_path / "out")) == 12
    assert not (tmp_path / "out/.incoming").exists()


@pytest.mark.parametrize(
    ("wanted", "instances"),
    [
        (Wanted(patients=("P1",)), 4),
        (Wanted(patients=("P*",)), 0),  # letter by letter
        (Wanted(studies=("1.2.0", "1.2.1")), 8),
        (Wanted(series=("1.2.2.0",)), 2),
        (Wanted(instances=("1.2.2.7.2", "1.2.9")), 1),
        (Wanted(query=build("STUDY", PatientName="MÜLLER0*")), 8),
        (Wanted(query=build("PATIENT", PatientID="P1")), 4),
        (Wanted(query=build("IMAGE", InstanceNumber=5)), 1),
        (Wanted(query=build("SERIES", Modality="MR")), 0),
        (Wanted(studies=("1.2.7",)), 0),
    ],
)
def test_what_is_wanted(archive: Archive, tmp_path: Path, wanted: Wanted, instances: int) -> None:
    assert exported(archive, tmp_path / "out", wanted)[1].written == instances
    assert count(archive, wanted) == instances


def test_layouts(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    wanted = Wanted(instances=("1.2.2.7.2",))
    exported(archive, out, wanted, layout="{Modality}/{StudyDate}-{SOPInstanceUID}.dcm")
    (name,) = tree(out)
    assert name.endswith("-1.2.2.7.2.dcm")
    assert "P1" not in name
    with pytest.raises(ValueError, match="layout"):
        exported(archive, out, layout="../{SOPInstanceUID}")


def test_an_export_goes_on_where_it_was_and_writes_nothing_twice(
    archive: Archive, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    exported(archive, out, Wanted(studies=("1.2.0",)))
    kept = out / "1.2.0/1.2.0.1/1.2.0.7.3.dcm"
    before = kept.stat().st_ino
    problems, result = exported(archive, out)
    assert (problems, result.present, result.written) == ([], 4, 8)
    assert kept.stat().st_ino == before


def test_another_file_stays_unless_told_otherwise(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    path = out / "1.2.0/1.2.0.1/1.2.0.7.3.dcm"
    path.parent.mkdir(parents=True)
    path.write_text("somebody's")
    problems, result = exported(archive, out)
    assert [problem.instance for problem in problems] == ["1.2.0.7.3"]
    assert (result.failed, result.written) == (1, 11)
    assert path.read_text() == "somebody's"
    problems, result = exported(archive, out, overwrite=True)
    assert (problems, result.written, result.present) == ([], 1, 11)
    assert path.read_bytes() == path_of(archive, "1.2.0.7.3").read_bytes()


@pytest.mark.parametrize("medium", [False, True])
def test_what_is_damaged_is_told_and_not_written(
    archive: Archive, tmp_path: Path, medium: bool
) -> None:
    path = path_of(archive, "1.2.0.7.3")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    path_of(archive, "1.2.0.7.0").unlink()
    problems, result = exported(archive, tmp_path / "out", medium=medium)
    assert [problem.instance for problem in problems] == ["1.2.0.7.0", "1.2.0.7.3"]
    assert (result.written, result.failed) == (10, 2)
    assert len(tree(tmp_path / "out")) == 10 + medium


def test_a_medium(archive: Archive, tmp_path: Path) -> None:
    from dicom_core import dicomdir

    out = tmp_path / "out"
    exported(archive, out, Wanted(studies=("1.2.0",)), medium=True)
    problems, result = exported(archive, out, medium=True)
    assert (problems, result.present, result.written) == ([], 4, 8)
    found = dicomdir.read(out)
    assert (len(found.patients), len(found.studies), len(found.instances)) == (2, 3, 12)
    assert all(len(part) <= 8 for record in found.instances for part in record.file_id)
    record = found.find("1.2.0.7.3")
    assert record is not None
    assert record.path is not None
    assert Path(record.path).read_bytes() == path_of(archive, "1.2.0.7.3").read_bytes()


def test_a_medium_whose_directory_was_never_written_goes_on(
    archive: Archive, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    exported(archive, out, Wanted(studies=("1.2.0",)), medium=True)
    (out / "DICOMDIR").unlink()
    assert exported(archive, out, medium=True)[1].present == 4


# --- stats and delete ------------------------------------------------------------------------------------


def test_stats(archive: Archive) -> None:
    found = stats(archive, 2)
    assert (found.patients, found.studies, found.series, found.instances) == (2, 3, 6, 12)
    assert found.size == archive.index.totals()[1]
    assert found.modalities == {"CT": 12}
    assert [one.study for one in found.biggest] == ["1.2.2", "1.2.1"]
    assert found.biggest[0].patient == "P1"
    assert found.biggest[0].modalities == ("CT",)
    assert found.index_size is not None
    assert found.index_size > 10_000
    assert found.free is not None
    assert "P1" not in repr(found)
    with Archive.in_memory() as other:
        nothing = stats(other)
    assert (nothing.instances, nothing.index_size, nothing.free, nothing.biggest) == (
        0,
        None,
        None,
        (),
    )


def test_delete(archive: Archive) -> None:
    with pytest.raises(ValueError, match="everything"):
        list(delete(archive, Wanted()))
    below = Wanted(query=build("STUDY", SOPInstanceUID="1.2.2.7.2"))
    with pytest.raises(ValueError, match="would not be looked at"):
        list(delete(archive, below))
    size = archive.index.find("1.2.2.7.2").instance.size
    *_, last = delete(archive, Wanted(instances=("1.2.2.7.2",)))
    assert last == DeleteResult(instances=1, size=size)
    *_, last = delete(archive, Wanted(studies=("1.2.0", "1.2.7"), series=("1.2.1.0",)))
    assert isinstance(last, DeleteResult)
    assert last.instances == 6
    *_, last = delete(archive, Wanted(query=build("STUDY", PatientID="P1")))
    assert isinstance(last, DeleteResult)
    assert last.instances == 3
    assert archive.index.totals()[0] == len(list(archive.blobs.keys())) == 2
    assert archive.index.doomed() == []
    assert verified(archive)[0] == []


def test_an_old_archive_can_be_copied_and_verified_elsewhere(
    data: Path, archive: Archive, tmp_path: Path
) -> None:
    archive.close()
    shutil.copytree(data, tmp_path / "copy")
    assert os.path.exists(tmp_path / "copy/index.sqlite")
    with Archive.open(tmp_path / "copy", SETTINGS) as other:
        assert verified(other)[0] == []
