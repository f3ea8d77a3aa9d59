"""A mapping in an SQLite file that many processes share and a rerun finds again."""

from contextlib import contextmanager
from os import fspath, getpid, urandom
from typing import TYPE_CHECKING, Final, Self

from ._errors import DeidentificationError
from ._mapping import checked_root, shift_of, token_of, uid_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from os import PathLike

__all__ = ["StoredMapping"]

_WAIT: Final = 60.0  # seconds for the lock of another writer
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS replacement (
    original BLOB PRIMARY KEY, kind TEXT NOT NULL, replacement TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS replacement_once ON replacement (kind, replacement)
    WHERE kind <> 'shift';
CREATE TABLE IF NOT EXISTS property (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class StoredMapping:
    """Random replacements kept in an SQLite file: the same for every process and every rerun.

    No original is in the file. An entry is found by HMAC-SHA-256 of the original under ``key``: who has
    the file without the key learns how many entries there are, and nothing of what they stand for.
    Each entry is a transaction of its own; of any number of workers that ask for the same original at
    once, all get the answer that was first, and no two originals share a replacement.
    """

    __slots__ = ("_connection", "_key", "_path", "_process", "_root")

    def __init__(self, path: "str | PathLike[str]", key: bytes, *, root: str | None = None) -> None:
        if len(key) < 16:
            raise ValueError(f"the key has {len(key)} bytes; give at least 16 random ones")
        self._path = fspath(path)
        self._key = bytes(key)
        self._root = checked_root(root)
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._check_key()

    def _open(self) -> "sqlite3.Connection":
        # A connection must not cross a fork; each process opens its own.
        if self._connection is None or self._process != getpid():
            import sqlite3

            self._connection = sqlite3.connect(
                self._path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            self._process = getpid()
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)
        return self._connection

    @contextmanager
    def _told(self) -> "Iterator[sqlite3.Connection]":
        """The open file; what goes wrong with it is an error of ours, which names no original."""
        from sqlite3 import Error

        try:
            yield self._open()
        except Error as error:
            self.close()
            text = f"the store of replacements cannot be used: {error}"
            raise DeidentificationError("store", text) from error

    def _digest(self, kind: str, original: str) -> bytes:
        from hmac import digest

        return digest(self._key, f"{kind}\0{original}".encode("utf-8", "surrogatepass"), "sha256")

    def _check_key(self) -> None:
        """A wrong key would quietly give everybody new identities."""
        mark = self._digest("property", "key").hex()
        with self._told() as connection:
            connection.execute("INSERT OR IGNORE INTO property VALUES ('key', ?)", (mark,))
            query = "SELECT value FROM property WHERE name = 'key'"
            (found,) = connection.execute(query).fetchone()
        if found != mark:
            self.close()
            raise DeidentificationError(
                "wrong-key", "the store of replacements was made with another key"
            )

    def _get(self, kind: str, original: str, make: "Callable[[bytes], str]") -> str:
        place = self._digest(kind, original)
        with self._told() as connection:
            for _ in range(8):
                row = connection.execute(
                    "SELECT replacement FROM replacement WHERE original = ?", (place,)
                ).fetchone()
                if row is not None:
                    return str(row[0])
                # Ignored when another worker was first, or in the case that never comes, that the random
                # replacement is taken; either way the next round tells.
                connection.execute(
                    "INSERT OR IGNORE INTO replacement VALUES (?, ?, ?)",
                    (place, kind, make(urandom(32))),
                )
        raise DeidentificationError("store", "the store of replacements takes no new entry")

    def uid(self, original: str) -> str:
        """The UID that stands for this one."""
        return self._get("uid", original, lambda bits: uid_of(bits, self._root))

    def token(self, kind: str, original: str) -> str:
        """12 characters that stand for an identifier."""
        return self._get(f"token {kind}", original, token_of)

    def shift(self, patient: str) -> int:
        """1 to 3650 days into the past."""
        return int(self._get("shift", patient, lambda bits: str(shift_of(bits))))

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._connection is not None and self._process == getpid():
            self._connection.close()
        self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self._path, self._key, self._root.rstrip(".") or None)

    def __repr__(self) -> str:
        return "<StoredMapping>"


def _again(path: str, key: bytes, root: str | None) -> StoredMapping:
    return StoredMapping(path, key, root=root)


# Tracebacks, reprs and pickles name the place that users import from
StoredMapping.__module__ = "dicom_core.deid"
