"""The tables are made, or brought to the newest version, by whoever opens the index first."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, inspect
from sqlalchemy.exc import DBAPIError

from .._errors import ArchiveDamaged, SchemaTooNew
from ._failures import cause_of, translated
from ._schema import metadata, setting, total

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ._engine import Database

__all__ = ["STEPS", "Step", "migrate"]

Step = Callable[["Connection"], None]

STEPS: Final[tuple[Step, ...]] = ()
"""The first brings version 1 to version 2, and so on; each runs in the transaction that also notes its version."""

_LOCK: Final = 0x4449434F4D  # of PostgreSQL, for whoever makes tables
_OTHER: Final = "name another place for the index, or remove what is there"


def migrate(database: "Database", *, create: bool = True, steps: Sequence[Step] = STEPS) -> None:
    """Bring the tables to the newest version, or make them; nothing is changed when that fails.

    Raises `SchemaTooNew`, and `ArchiveDamaged` where the tables are not those of an archive.
    """
    with database.connection() as connection:
        if _version(connection) == len(steps) + 1:
            return
        _run(connection, "BEGIN IMMEDIATE" if not database.is_server else "BEGIN")
        try:
            if database.is_server:
                _run(connection, f"SELECT pg_advisory_xact_lock({_LOCK})")
            found = _version(connection)  # somebody else may have been quicker
            if found is None:
                _make(connection, database.where, create=create)
            else:
                for step in _later(steps, found):
                    step(connection)
            connection.execute(delete(setting).where(setting.c.name == "schema"))
            connection.execute(insert(setting).values(name="schema", value=str(len(steps) + 1)))
            _run(connection, "COMMIT")
        except BaseException as error:
            _undo(connection)
            if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
                raise translated(error.orig, database.where) from cause_of(error.orig)
            raise


def _later(steps: Sequence[Step], found: int) -> Sequence[Step]:
    if found > len(steps) + 1:
        raise SchemaTooNew(found, len(steps) + 1)
    return steps[found - 1 :]


def _run(connection: "Connection", statement: str) -> None:
    connection.exec_driver_sql(statement)


def _undo(connection: "Connection") -> None:
    if connection.closed or connection.invalidated:
        return
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.rollback()


def _version(connection: "Connection") -> int | None:
    """The version of the tables that are there."""
    if not inspect(connection).has_table("setting"):
        return None
    row = connection.exec_driver_sql("SELECT value FROM setting WHERE name = 'schema'").fetchone()
    if row is None or not str(row[0]).isdigit():
        raise ArchiveDamaged(
            f"{connection.engine.url.render_as_string()} has tables of another program", _OTHER
        )
    return int(row[0])


def _make(connection: "Connection", where: str, *, create: bool) -> None:
    """The tables as they are in `_schema`, which is the newest form."""
    there = set(inspect(connection).get_table_names())
    if connection.dialect.name != "sqlite":  # a server may be shared, a file is ours or is not
        there &= set(metadata.tables)
    if there:
        raise ArchiveDamaged(f"{where} has tables of another program ({min(there)})", _OTHER)
    if not create:
        raise ArchiveDamaged(f"there is no index in {where}", "name an archive, or let it be made")
    metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(total).values(id=1, instances=0, size=0, last_id=0, last_event=0))
