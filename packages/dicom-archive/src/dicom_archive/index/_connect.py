"""How an index is reached: the engine of SQLAlchemy for a URL, whose connections begin no transactions by themselves."""

import os
import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool, StaticPool

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection

__all__ = ["make_engine", "url_of"]

_CACHE_KIB: Final = 16 << 10  # of each connection, as far as it is used
_WAL_KIB: Final = 64 << 10  # what is left of the log on disk after a checkpoint
_CHECKPOINT: Final = 4000  # pages: each is then written once for many transactions that change it
_POOL: Final = 16  # connections that stay open
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+]+:(?=//)")

# A server that is cut off without a word is noticed within half a minute
_WATCHED: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}


def url_of(place: "str | os.PathLike[str]") -> URL:
    """The URL of a database; what is no URL is the path of a file."""
    if not isinstance(place, str) or not _SCHEME.match(place):
        return URL.create("sqlite", database=os.path.abspath(place))
    try:
        url = make_url(re.sub(r"^postgres(?=[:+])", "postgresql", place))
    except (ArgumentError, ValueError):  # which may show a password
        raise ValueError(
            "the URL of the index cannot be read; write dialect://user@host:port/database"
        ) from None
    dialect = url.get_backend_name()
    if dialect not in {"sqlite", "postgresql"}:
        raise ValueError(f"an index is kept by sqlite or postgresql, not by {dialect!r}")
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def make_engine(url: URL, *, durable: bool, busy_seconds: float) -> "Engine":
    """The engine for a URL of `url_of`. Nothing is connected yet."""
    common: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "hide_parameters": True,  # they are patient data
    }
    pooled: dict[str, Any] = {"poolclass": QueuePool, "pool_size": _POOL, "max_overflow": -1}
    if url.get_backend_name() == "sqlite":
        common["connect_args"] = {
            "check_same_thread": False,
            "timeout": busy_seconds,
            "cached_statements": 256,
        }
        # A database in memory lives in its connection
        if is_in_memory(url):
            pooled = {"poolclass": StaticPool}
        engine = create_engine(url, **common, **pooled)
    else:
        given = {"connect_timeout": max(2, round(busy_seconds)), **_WATCHED}
        given = {name: value for name, value in given.items() if name not in url.query}
        try:
            engine = create_engine(url, connect_args=given, **common, **pooled)
        except ModuleNotFoundError as missing:
            raise ValueError(
                "PostgreSQL needs its driver; install dicom-archive[postgresql]"
            ) from missing
    statements = _statements(url, durable=durable, busy_seconds=busy_seconds)

    def set_up(connection: "DBAPIConnection", _record: object) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()

    event.listen(engine, "connect", set_up)
    return engine


def is_in_memory(url: URL) -> bool:
    """Whether a database of SQLite is in memory."""
    return url.database in {None, "", ":memory:"}


def _statements(url: URL, *, durable: bool, busy_seconds: float) -> list[str]:
    """What each new connection is told."""
    wait = round(busy_seconds * 1000)
    if url.get_backend_name() != "sqlite":
        return [
            f"SET lock_timeout = {wait}",
            *([] if durable else ["SET synchronous_commit = off"]),
        ]
    # No mmap: a file that is cut behind our back would end the process, not the call
    return [
        f"PRAGMA busy_timeout = {wait}",
        f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}",
        "PRAGMA foreign_keys = ON",
        f"PRAGMA cache_size = -{_CACHE_KIB}",
        f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}",
        f"PRAGMA journal_size_limit = {_WAL_KIB << 10}",
        "PRAGMA temp_store = MEMORY",
    ]
