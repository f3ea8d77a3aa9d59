"""What goes wrong around an index is told by an error that says what to do, and changes nothing."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from index_cases import Records
from index_state import orphans_in
from sqlalchemy import Connection

from dicom_archive import ArchiveBusy, ArchiveDamaged, ArchiveError, SchemaTooNew
from dicom_archive.index import Index
from dicom_archive.index._failures import translated
from dicom_archive.index._migrate import migrate
from dicom_core.store import DuplicatePolicy, StoreFull, StoreSettings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


# --- other programs at the same file ----------------------------------------------------------------


def test_an_index_that_another_program_writes_is_busy_until_that_is_done(path: Path) -> None:
    records = Records()
    with Index.open(path, busy_seconds=0.05) as index:
        index.add([records()])
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            ArchiveBusy, match="locked by another program; nothing was changed"
        ) as busy:
            index.add([records("1.2.3.5")])
        assert busy.value.retryable
        assert index.totals()[0] == 1  # reading goes on
        other.execute("ROLLBACK")
        index.add([records("1.2.3.5")])
        assert index.totals()[0] == 2
        other.close()


@pytest.mark.parametrize("how", ["removed", "replaced", "folder removed"])
@pytest.mark.parametrize("used", [True, False])
def test_an_index_that_goes_while_it_is_open_is_not_written(
    path: Path, how: str, used: bool
) -> None:
    records = Records()
    with Index.open(path) as index:
        if used:
            index.add([records()])
        if how == "removed":
            path.unlink()
        elif how == "replaced":
            copy = path.with_name("copy")
            shutil.copy(path, copy)
            copy.replace(path)
        else:
            shutil.rmtree(path.parent)
        for call in (
            lambda: index.add([records("1.2.3.5")]),
            lambda: index.find("1.2.3.4"),
            lambda: index.delete("1.2"),
        ):
            with pytest.raises(
                ArchiveDamaged, match="was removed or replaced while it was open; start again"
            ):
                call()
        assert path.exists() == (how == "replaced")  # none is made in its place


def test_a_log_that_goes_while_it_is_open_is_not_written(path: Path) -> None:
    records = Records()
    with Index.open(path) as index:
        index.add([records()])
        path.with_name("index.sqlite-wal").unlink()
        with pytest.raises(ArchiveDamaged, match="sqlite-wal was removed or replaced"):
            index.add([records("1.2.3.5")])


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_may_not_be_written_is_told(path: Path) -> None:
    Index.open(path).close()
    path.parent.chmod(0o555)
    path.chmod(0o444)
    try:
        with pytest.raises(ArchiveDamaged, match=r"cannot be (written|opened)"):
            Index.open(path).add([Records()()])
    finally:
        path.parent.chmod(0o755)


def test_what_goes_during_a_transaction_is_not_acknowledged(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Records()()
    with Index.open(path) as index:
        database = index._database

        def work(cursor: object) -> None:
            path.rename(path.with_name("other"))

        with pytest.raises(ArchiveDamaged):
            database.write(work)
        path.with_name("other").rename(path)
        index.add([record])
        assert index.totals()[0] == 1


# --- what is no index ---------------------------------------------------------------------------------


def _text(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says" * 100)


def _other(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")
    connection.close()


def _folder(path: Path) -> None:
    path.mkdir()


def _nowhere(path: Path) -> None:
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_text, "no intact index"),
        (_other, "has tables of another program .cats"),
        (_folder, "cannot be opened; look whether its folder"),
        (_nowhere, "cannot be opened; look whether its folder"),
    ],
)
def test_what_is_no_index_is_not_opened_nor_changed(
    path: Path, make: Callable[[Path], None], words: str
) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() and make is _text else None
    with pytest.raises(ArchiveDamaged, match=words):
        Index.open(path)
    assert before is None or path.read_bytes() == before


def test_only_what_is_there_is_opened_without_leave_to_make_it(path: Path) -> None:
    with pytest.raises(ArchiveDamaged, match="there is no index"):
        Index.open(path, create=False)
    assert not path.exists()
    Index.open(path).close()
    Index.open(path, create=False).close()


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "oracle://x", "postgresql+asyncpg://x/y", "sqlite://x:y:z"]
)
def test_only_sqlite_and_postgresql_keep_an_index(url: str) -> None:
    with pytest.raises(
        ValueError, match=r"kept by sqlite or postgresql|needs its driver|cannot be read"
    ):
        Index.open(url)


def test_a_closed_index_says_so(place: str) -> None:
    index = Index.open(place)
    index.close()
    index.close()
    for call in (lambda: index.find("1.2"), lambda: index.delete("1.2"), index.totals):
        with pytest.raises(RuntimeError, match="the index was closed; open it again"):
            call()


# --- versions -----------------------------------------------------------------------------------------


def test_a_newer_schema_is_left_alone(shared_place: str) -> None:
    with Index.open(shared_place) as index, index.connection() as connection:
        connection.exec_driver_sql("UPDATE setting SET value = '7' WHERE name = 'schema'")
    with pytest.raises(
        SchemaTooNew, match="schema version 7, this program knows up to 1; use a newer"
    ):
        Index.open(shared_place)


def test_an_older_schema_is_brought_to_the_newest_or_left_as_it_is(shared_place: str) -> None:
    def second(connection: Connection) -> None:
        connection.exec_driver_sql("ALTER TABLE study ADD COLUMN colour TEXT")

    def third(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE study SET colour = 'red'")

    def broken(connection: Connection) -> None:
        third(connection)
        connection.exec_driver_sql("UPDATE study SET flavour = 'sweet'")

    def colours(index: Index) -> list[object]:
        with index.connection() as connection:
            return [row[0] for row in connection.exec_driver_sql("SELECT colour FROM study")]

    with Index.open(shared_place) as index:
        index.add([Records()()])
        database = index._database
        with pytest.raises(ArchiveError):
            migrate(database, steps=(second, broken))
        with pytest.raises(ArchiveError):
            colours(index)  # nothing of the first step is left
        migrate(database, steps=(second, third))
        assert colours(index) == ["red"]
        migrate(database, steps=(second, third))
        with pytest.raises(SchemaTooNew):
            migrate(database)


# --- full and read-only ---------------------------------------------------------------------------------


def test_a_disk_that_fills_up_stops_one_batch_and_nothing_else(path: Path) -> None:
    records = Records()
    with Index.open(path) as index:
        index.add([records()])

        def room(pages: int) -> None:
            index._database.write(lambda cursor: cursor.execute(f"PRAGMA max_page_count = {pages}"))

        room(1)  # as much as there is
        added = 1

        def fill() -> None:
            nonlocal added
            for number in range(10, 2000):
                index.add([records(f"1.2.3.{number}", PatientComments="x" * 5000)])
                added += 1

        with pytest.raises(StoreFull, match="'disk'"):
            fill()
        assert index.totals()[0] == added
        orphans_in(index)
        room(1 << 20)
        index.add([records("1.2.3.5")])
        assert index.totals()[0] == added + 1


def test_limits_refuse_one_record_and_no_other(index: Index) -> None:
    records = Records()
    small, large, other = records("1.1"), records("1.2", ImageComments="x" * 2000), records("1.3")
    size = small.instance.size
    found = index.add(
        [small, large, other], DuplicatePolicy.KEEP, StoreSettings(instance_size=size + 100)
    )
    assert [isinstance(one, StoreFull) for one in found] == [False, True, False]
    found = index.add([large], DuplicatePolicy.KEEP, StoreSettings(size=size * 3))
    assert str(found[0]) == str(StoreFull("size", index.totals()[1] + large.instance.size))
    assert index.totals()[0] == 2


def _sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("whatever")
    error.sqlite_errorcode = code
    return error


class _ServerError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("whatever")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (_sqlite_error(sqlite3.SQLITE_BUSY), ArchiveBusy, "locked"),
        (_sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), ArchiveBusy, "locked"),
        (_sqlite_error(sqlite3.SQLITE_FULL), StoreFull, "disk"),
        (_sqlite_error(sqlite3.SQLITE_READONLY_DIRECTORY), ArchiveDamaged, "cannot be written; give this program"),
        (_sqlite_error(sqlite3.SQLITE_CORRUPT), ArchiveDamaged, "no intact index .*rebuild"),
        (_sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), ArchiveDamaged, "failed .*look at the disk"),
        (_ServerError("53100"), StoreFull, "disk"),
        (_ServerError("53300"), ArchiveBusy, "no room"),
        (_ServerError("57P01"), ArchiveBusy, "cannot be reached"),
        (_ServerError("08006"), ArchiveBusy, "cannot be reached"),
        (_ServerError("55P03"), ArchiveBusy, "locked"),
        (_ServerError("40001"), ArchiveBusy, "locked"),
        (_ServerError("25006"), ArchiveDamaged, "cannot be written; give the user"),
        (_ServerError("42P01"), ArchiveDamaged, "SQLSTATE 42P01.*log of the server"),
    ],
    ids=str,
)  # fmt: skip
def test_errors_of_drivers_are_those_of_an_archive(
    error: Exception, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        raise translated(error, "x.sqlite")
