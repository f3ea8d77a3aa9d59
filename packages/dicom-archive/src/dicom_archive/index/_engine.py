"""Connections to the index, and transactions on them.

SQLite (WAL) has one connection that writes, behind a lock, and others that read; PostgreSQL has a pool. Both run without the
transactions that drivers begin by themselves: what writes begins one here. Statements of the hot paths are texts for the
driver's own cursor: SQLAlchemy's execution costs 25 us a statement, which is more than most of them take.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from .._errors import ArchiveBusy, ArchiveDamaged, CommitInDoubt
from ._connect import is_in_memory, make_engine
from ._failures import cause_of, is_busy, is_lost, is_passing, translated

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.pool import PoolProxiedConnection

__all__ = ["Database"]

T = TypeVar("T")

_TRIES: Final = 5
_PAUSE: Final = 0.001  # seconds between looks whether another program is done


class Database:
    """The connections to one index."""

    def __init__(self, url: "URL", *, durable: bool, create: bool, busy_seconds: float) -> None:
        self.dialect = url.get_backend_name()
        self.is_server = self.dialect == "postgresql"
        in_memory = not self.is_server and is_in_memory(url)
        self._path = None if self.is_server or in_memory else str(url.database)
        self.where = self._path or ("in memory" if in_memory else url.render_as_string())
        self._busy = busy_seconds
        # One connection serves all threads where the database lives in it: readers wait for the writer then
        self._lock: Lock | RLock = RLock() if in_memory else Lock()
        self._alone = in_memory
        self._identities: dict[str, tuple[int, int]] = {}
        self._closed = False
        self._held: PoolProxiedConnection | None = None
        if self._path is not None and not create and not Path(self._path).exists():
            raise ArchiveDamaged(
                f"there is no index {self._path}",
                "name the folder of an archive, or let it be made",
            )
        self.engine = make_engine(url, durable=durable, busy_seconds=busy_seconds)
        loaded = self.engine.dialect.loaded_dbapi
        self._errors: type[Exception] = loaded.Error
        self._texts: dict[str, str] = {}
        if self._path is not None:
            self._enter_wal()

    def _enter_wal(self) -> None:
        """WAL once and for all. Two programs that begin at once may find each other in the way without being made to wait."""
        end = time.monotonic() + self._busy

        def enter(cursor: "DBAPICursor") -> str:
            cursor.execute("PRAGMA journal_mode = WAL")
            row = cursor.fetchone()
            return "" if row is None else str(row[0])

        mode = ""
        while not mode:
            try:
                mode = self.read(enter)
            except ArchiveBusy:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)
        if mode.lower() != "wal":
            raise ArchiveDamaged(
                f"the index {self._path} cannot keep a write-ahead log (it has {mode!r})",
                "put it on a local disk, or use PostgreSQL",
            )
        self._remember("")

    def text(self, statement: str) -> str:
        """A statement with the marks of the driver in place of question marks."""
        if not self.is_server:
            return statement
        found = self._texts.get(statement)
        if found is None:
            found = self._texts[statement] = statement.replace("%", "%%").replace("?", "%s")
        return found

    # --- using connections --------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the index was closed; open it again")

    def _remember(self, suffix: str) -> None:
        if self._path is not None:
            path = self._path + suffix
            self._identities.setdefault(path, _identity(path))

    def _check_file(self) -> None:
        """The files behind the connections are those that have the names; what is written elsewhere would be lost."""
        for path, known in self._identities.items():
            try:
                same = _identity(path) == known
            except FileNotFoundError:
                same = False
            if not same:
                raise ArchiveDamaged(
                    f"the index {path} was removed or replaced while it was open",
                    "start again, and put a copy of it back or run `dicom archive rebuild` before",
                )

    def read(self, work: "Callable[[DBAPICursor], T]") -> T:
        """Do something that changes nothing, each statement of which sees what is committed."""
        self._check_open()
        self._check_file()
        if self._alone and not self._lock.acquire(timeout=self._busy):
            raise self._waited()
        try:
            return self._once_more(self._read, work)
        finally:
            if self._alone:
                self._lock.release()

    def _read(self, work: "Callable[[DBAPICursor], T]") -> T:
        connection = self._connect()
        try:
            return work(connection.cursor())
        except self._errors as error:
            if is_lost(error):
                connection.invalidate()
            raise
        finally:
            connection.close()

    def _connect(self) -> "PoolProxiedConnection":
        """A connection of the pool, with the driver's errors as they are."""
        try:
            return self.engine.raw_connection()
        except DBAPIError as error:
            if isinstance(error.orig, self._errors):
                raise error.orig from None
            raise

    def _once_more(
        self, how: "Callable[[Callable[[DBAPICursor], T]], T]", work: "Callable[[DBAPICursor], T]"
    ) -> T:
        """Connections of a pool may be older than the server: after the first loss all are new."""
        lost = passing = 0
        while True:
            try:
                return how(work)
            except self._errors as error:
                if is_passing(error) and passing < _TRIES:
                    passing += 1
                elif is_lost(error) and not lost:
                    lost = 1
                    self.engine.dispose()
                else:
                    raise translated(error, self.where) from cause_of(error)

    @contextmanager
    def connection(self) -> "Iterator[Connection]":
        """A connection of SQLAlchemy for reading, each statement of which sees what is committed."""
        self._check_open()
        self._check_file()
        if self._alone and not self._lock.acquire(timeout=self._busy):
            raise self._waited()
        try:
            with self.engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            inner = error.orig if isinstance(error.orig, Exception) else error
            raise translated(inner, self.where) from cause_of(inner)
        finally:
            if self._alone:
                self._lock.release()

    def write(self, work: "Callable[[DBAPICursor], T]") -> T:
        """Do something in one transaction, alone; it may be begun anew where a server asks for that."""
        self._check_open()
        if self.is_server:
            return self._once_more(self._write_on_server, work)
        if not self._lock.acquire(timeout=self._busy):
            raise self._waited()
        try:
            self._check_open()
            return self._write_to_file(work)
        except self._errors as error:
            raise translated(error, self.where) from cause_of(error)
        finally:
            self._lock.release()

    def _waited(self) -> ArchiveBusy:
        return ArchiveBusy(
            f"the index {self.where} is in use by another thread for longer than {self._busy:g} s"
        )

    def _write_to_file(self, work: "Callable[[DBAPICursor], T]") -> T:
        held = self._held
        if held is None:
            self._check_file()  # SQLite would make a new one
            held = self._held = self._connect()
            held.cursor().execute("PRAGMA busy_timeout = 0")  # `_begin` waits
        cursor = held.cursor()
        try:
            self._begin(cursor)
            # The log is there from the first transaction until the last connection is closed
            if len(self._identities) == 1:
                self._remember("-wal")
            found = work(cursor)
            self._check_file()
            cursor.execute("COMMIT")
        except BaseException:
            self._undo(held)
            raise
        return found

    def _begin(self, cursor: "DBAPICursor") -> None:
        """Begin to write when no other program does.

        SQLite's own waiting sleeps up to 100 ms at a time: of four programs that wrote all the time, one did not come to
        it for three seconds.
        """
        end = 0.0
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except self._errors as error:
                now = time.monotonic()
                end = end or now + self._busy
                if not is_busy(error) or now >= end:
                    raise
            else:
                return
            time.sleep(_PAUSE)

    def _undo(self, held: "PoolProxiedConnection") -> None:
        """Roll back; a connection that cannot is given up, which rolls back as well."""
        try:
            held.rollback()
        except self._errors:
            self._held = None
            held.invalidate()

    def _write_on_server(self, work: "Callable[[DBAPICursor], T]") -> T:
        connection = self._connect()
        try:
            cursor = connection.cursor()
            try:
                cursor.execute("BEGIN")
                # Whoever writes waits here for whoever writes, on whatever node: rows are then made by one at a time
                cursor.execute(
                    "SELECT pg_current_xact_id()::text FROM total WHERE id = 1 FOR UPDATE"
                )
                row = cursor.fetchone()
                found = work(cursor)
            except BaseException as error:
                self._leave(connection, error)
                raise
            try:
                cursor.execute("COMMIT")
            except self._errors as error:
                self._leave(connection, error)
                if is_lost(error) and row is not None and self._was_committed(row[0]):
                    return found
                raise
        finally:
            connection.close()
        return found

    def _leave(self, connection: "PoolProxiedConnection", error: BaseException) -> None:
        """Roll back; a connection that is gone is not used again."""
        if isinstance(error, self._errors) and is_lost(error):
            connection.invalidate()
        else:
            with suppress(self._errors):  # the first error says more
                connection.rollback()

    def _was_committed(self, number: str) -> bool:
        """Whether the server committed a transaction whose connection was lost meanwhile."""
        self.engine.dispose()
        try:
            connection = self._connect()
            try:
                cursor = connection.cursor()
                cursor.execute("BEGIN")
                # Its process may still be at it: it holds the row until it is done
                cursor.execute("SELECT id FROM total WHERE id = 1 FOR UPDATE")
                cursor.execute("SELECT pg_xact_status(CAST(%s AS xid8))", (number,))
                row = cursor.fetchone()
                connection.rollback()
            finally:
                connection.close()
        except self._errors as error:
            raise CommitInDoubt(f"the server of the index {self.where} was lost") from error
        status = None if row is None else row[0]
        if status not in {"committed", "aborted"}:
            raise CommitInDoubt(f"the server of the index {self.where} was lost")
        return bool(status == "committed")

    def close(self) -> None:
        """Close all connections; those that other threads use now close when they are done."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._held is not None:
                self._held.close()
                self._held = None
            self.engine.dispose()


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino
