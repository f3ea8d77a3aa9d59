"""Looking after an archive whose index is in PostgreSQL: the same functions, and a rebuild that swaps schemas."""

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from dicom_archive import Archive, ArchiveSettings
from dicom_archive.maintenance import (
    Fault,
    ImportResult,
    Progress,
    RebuildResult,
    VerifyResult,
    Wanted,
    delete,
    export,
    import_files,
    rebuild,
    stats,
    verify,
)
from dicom_core.cli._run import run
from dicom_core.query import build
from dicom_core.store import drive, put
from dicom_core.store.testing import sample

if TYPE_CHECKING:
    from tests.peers.postgres import Postgres

    from dicom_core import Dataset

SETTINGS = ArchiveSettings(watch=None)


@pytest.fixture
def url(postgres: "Postgres") -> str:
    return postgres.schema()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(1200):
        study = f"1.2.{number % 5}"
        data = sample(
            f"{study}.1.{number}", series=f"{study}.1", study=study, PatientID=f"P{number % 5}"
        )
        (folder / f"{number:04d}.dcm").write_bytes(data)
    return folder


def answers(archive: Archive) -> "list[Dataset]":
    async def found() -> "list[Dataset]":
        queries = [
            build("STUDY", fields=["NumberOfStudyRelatedInstances", "PatientID"]),
            build("IMAGE", StudyInstanceUID="1.2.3"),
        ]
        return [entity for query in queries async for entity in archive.search(query)]

    return drive(found())


@pytest.mark.parametrize("workers", [1, 2])
def test_everything_on_a_server(tmp_path: Path, url: str, source: Path, workers: int) -> None:
    data = tmp_path / "data"
    with Archive.open(data, SETTINGS, index=url) as archive:
        *_, imported = import_files(archive, [source], workers=workers)
        assert isinstance(imported, ImportResult)
        assert (imported.stored, imported.refused) == (1200, 0)
        assert drive(archive.delete("1.2.0")) == 240
        before = answers(archive)
    with Archive.open(data, SETTINGS, index=url) as archive:
        events = list(verify(archive, workers=workers))
        assert [event for event in events if isinstance(event, Fault)] == []
        assert isinstance(events[-1], VerifyResult)
        assert events[-1].files == events[-1].instances == 960
    with closing(rebuild(data, SETTINGS, index=url, workers=workers)) as begun:
        assert isinstance(next(begun), Progress)
    *_, rebuilt = rebuild(data, SETTINGS, index=url, workers=workers)
    assert isinstance(rebuilt, RebuildResult)
    assert (rebuilt.instances, rebuilt.files, rebuilt.faults) == (960, 960, 0)
    with Archive.open(data, SETTINGS, index=url) as archive:
        if workers == 1:  # else two runs were at work at once, which the files cannot tell
            assert answers(archive) == before
        found = stats(archive)
        assert (found.studies, found.instances, found.index_size is not None) == (4, 960, True)
        *_, _ = export(archive, tmp_path / "out", Wanted(studies=("1.2.1",)))
        assert len(list((tmp_path / "out").rglob("*.dcm"))) == 240
        *_, _ = delete(archive, Wanted(patients=("P1",)))
        drive(put(archive, sample("1.2.99")))
        assert archive.index.totals()[0] == 721
        with archive.index.connection() as connection:
            schemas = connection.execute(text("SELECT nspname FROM pg_namespace")).scalars().all()
        assert "dicom_rebuild" not in schemas
        assert [event for event in verify(archive) if isinstance(event, Fault)] == []


def test_repairs_on_a_server(tmp_path: Path, url: str) -> None:
    with Archive.open(tmp_path, SETTINGS, index=url) as archive:
        for number in range(4):
            drive(put(archive, sample(f"1.2.3.{number}")))
        header = archive.index.header("1.2.3.1")
        with archive.index.connection() as connection:
            for statement in (
                "UPDATE study SET instances = 9",
                "UPDATE total SET size = 0",
                "DELETE FROM header WHERE instance = (SELECT id FROM instance WHERE uid = '1.2.3.1')",
                r"UPDATE header SET data = '\x09' WHERE instance = (SELECT id FROM instance WHERE uid = '1.2.3.2')",
            ):
                connection.execute(text(statement))
        faults = [event for event in verify(archive, repair=True) if isinstance(event, Fault)]
        assert {fault.kind for fault in faults} == {"counts", "totals", "unreadable-header"}
        assert all(fault.repaired for fault in faults)
        assert archive.index.header("1.2.3.1") == header
        assert [event for event in verify(archive) if isinstance(event, Fault)] == []


def test_the_command_on_a_server(
    tmp_path: Path, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.dcm").write_bytes(sample("1.2.3"))
    place = ["--data", str(tmp_path / "data"), "--index", url]
    assert run(["archive", "import", str(tmp_path / "x.dcm"), *place]) == 0
    assert run(["archive", "rebuild", *place]) == 0
    capfd.readouterr()
    assert run(["archive", "stats", *place, "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["instances"] == 1
    nowhere = ["--data", str(tmp_path / "data"), "--index", "postgresql://x@127.0.0.1:1/none"]
    assert run(["archive", "stats", *nowhere]) == 1
    assert capfd.readouterr().err.count("\n") == 1
