"""The index of an archive: what is searched, in SQLite or PostgreSQL."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dicom_core.store import DuplicatePolicy, StoreError, StoreEvent, StoreSettings, UnknownInstance

from .._records import Counts, Kept, Placed, Record
from . import _read, _remove, _write
from ._columns import is_plain, kept_text
from ._connect import url_of
from ._engine import Database
from ._migrate import migrate

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPICursor

    from dicom_core import Dataset
    from dicom_core.query import Query

    from ._entity import Unpack
    from ._page import Cursor, Page

__all__ = ["Index"]

_SCAN = 100_000
_LIMITS = StoreSettings(instances=1 << 62, size=1 << 62, instance_size=1 << 62)


class Index:
    """Patients, studies, series and instances, and where the bytes of the instances are. Used from any thread.

    Whatever changes is one transaction: it happens whole or not at all, and when a method has returned it is as
    durable as was asked for. An error that is raised means that nothing was changed, with one exception: `CommitInDoubt`.
    """

    def __init__(self, database: Database, unpack: "Unpack | None" = None) -> None:
        self._database = database
        self._unpack = unpack or _unpacked

    @classmethod
    def open(
        cls,
        place: "str | os.PathLike[str]",
        *,
        durable: bool = True,
        create: bool = True,
        busy_seconds: float = 10.0,
        unpack: "Unpack | None" = None,
    ) -> Self:
        """Open the index in a file, or behind a URL of SQLite or PostgreSQL; ``sqlite://`` is one in memory.

        Makes the tables where there are none (with ``create``), and brings older ones to the newest form.
        ``unpack`` reads the headers that are put, `dicom_archive.unpack_header` otherwise. Raises `SchemaTooNew`,
        `ArchiveBusy` after ``busy_seconds`` and `ArchiveDamaged`.
        """
        database = Database(
            url_of(place), durable=durable, create=create, busy_seconds=busy_seconds
        )
        try:
            migrate(database, create=create)
        except BaseException:
            database.close()
            raise
        return cls(database, unpack)

    # --- changing -----------------------------------------------------------------------------

    def add(
        self,
        records: Sequence[Record],
        policy: DuplicatePolicy = DuplicatePolicy.KEEP,
        limits: StoreSettings = _LIMITS,
    ) -> list[Placed | StoreError]:
        """Put instances into the index; result i belongs to record i, and a record that is refused harms no other."""
        return self._database.write(
            lambda cursor: _write.add(self._database, cursor, records, policy, limits, self._unpack)
        )

    def delete(
        self,
        study: str,
        series: str | None = None,
        instance: str | None = None,
        *,
        most: int = 1000,
    ) -> list[Kept]:
        """Remove at most so many instances that belong to all of the UIDs; their keys are doomed from then on."""
        if not all(map(is_plain, filter(None, (study, series, instance)))):
            return []
        return self._database.write(
            lambda cursor: _remove.delete(
                self._database, cursor, study, series, instance, most, self._unpack
            )
        )

    def forget(self, keys: Sequence[str]) -> None:
        """The blobs of some doomed keys are removed."""
        text = self._database.text("DELETE FROM doomed WHERE key = ?")
        rows = [(key,) for key in keys]
        if rows:
            self._database.write(lambda cursor: cursor.executemany(text, rows))

    # --- asking -------------------------------------------------------------------------------

    def find(self, uid: str) -> Kept:
        """An instance; `UnknownInstance` where there is none."""
        rows = self._ask(_read.SELECT + "i.uid = ?", (uid,))
        if not rows:
            raise UnknownInstance(uid)
        return _read.old_of(rows[0]).kept

    def found(self, uids: Sequence[str]) -> dict[str, Kept]:
        """Those of some instances that are there, by their UIDs."""
        rows = _read.instances_named(self._ask, self._database, uids)
        return {uid: old.kept for uid, old in rows.items()}

    def places(self, uids: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Keys and sizes of those of some instances that are there, by their UIDs: a third of the time of `found`."""
        return _read.places(self._ask, self._database, uids)

    def header(self, uid: str) -> bytes:
        """What was put as the header of an instance; `UnknownInstance` where there is none."""
        rows = self._ask(
            "SELECT h.data FROM instance i JOIN header h ON h.instance = i.id WHERE i.uid = ?",
            (uid,),
        )
        if not rows:
            raise UnknownInstance(uid)
        return bytes(rows[0][0])

    def headers(self, uids: Sequence[str]) -> dict[str, bytes]:
        """The headers of those of some instances that are there, by their UIDs."""
        return _read.headers(self._ask, self._database, uids)

    def instances(
        self,
        study: str | None = None,
        series: str | None = None,
        instance: str | None = None,
        *,
        after: int = 0,
        most: int = 1000,
    ) -> tuple[list[Kept], int]:
        """A page of the instances that belong to all of the UIDs, in the order they came, and where the next begins.

        That is what to give as ``after``; 0 where there is no more.
        """
        found = _read.select_instances(self._ask, study, series, instance, after, most + 1)
        page = found[:most]
        return [old.kept for old in page], page[-1].id if len(found) > most else 0

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of some keys of blobs that an instance has."""
        return _read.known(self._ask, self._database, keys)

    def doomed(self, most: int = 1000) -> list[str]:
        """Keys of blobs that are to be removed, until `forget`."""
        return _read.doomed(self._ask, most)

    def events(self, after: int = 0, most: int = 1000) -> list[StoreEvent]:
        """What happened after the event of a number; none is ever seen later that has a lower number than one seen."""
        return _read.events(self._ask, after, most)

    def totals(self) -> tuple[int, int]:
        """How many instances there are, and the bytes of their files."""
        ((instances, size),) = self._ask("SELECT instances, size FROM total WHERE id = 1", ())
        return int(instances), int(size)

    def counts(self) -> Counts:
        """How many of everything there are; looks at each series."""
        return _read.counts(self._ask)

    def search(
        self,
        query: "Query",
        *,
        after: "Cursor | None" = None,
        most: int = 100,
        scan: int = _SCAN,
    ) -> "Page":
        """A page of the answers to a query, which are those of `dicom_core.store.Store.search` in the order they came.

        The first page (``after`` None) begins at ``query.offset``; ``query.limit`` is a matter of the caller. A page
        may have fewer answers than ``most``, or none, and not be the last: that is the one whose ``next`` is None.
        Raises `QueryTooBroad` where more than ``scan`` entities would have to be looked at one by one.
        """
        from ._search import search

        with self.connection() as connection:
            return search(connection, query, unpack=self._unpack, after=after, most=most, scan=scan)

    def count(self, query: "Query", *, scan: int = _SCAN) -> int:
        """How many entities a query means, whatever its limit and offset; raises `QueryTooBroad`."""
        from ._search import count

        with self.connection() as connection:
            return count(connection, query, unpack=self._unpack, scan=scan)

    def _ask(self, statement: str, values: Sequence[object]) -> Sequence[Sequence[Any]]:
        text = self._database.text(statement)
        # PostgreSQL takes no NUL, not even to look for it; no UID has one
        told = [kept_text(value) if isinstance(value, str) else value for value in values]

        def work(cursor: "DBAPICursor") -> Sequence[Sequence[Any]]:
            cursor.execute(text, told)
            return cursor.fetchall()

        return self._database.read(work)

    # --- the database --------------------------------------------------------------------------

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._database.dialect

    @property
    def engine(self) -> "Engine":
        """SQLAlchemy's engine; its connections begin no transactions by themselves."""
        return self._database.engine

    @contextmanager
    def connection(self) -> "Iterator[Connection]":
        """A connection for reading, with errors as those of an archive."""
        with self._database.connection() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Index: {self._database.where}>"


def _unpacked(header: bytes) -> "Dataset":
    from .._headers import unpack_header

    return unpack_header(header)


# Tracebacks, reprs and pickles name the place that users import from
Index.__module__ = "dicom_archive.index"
