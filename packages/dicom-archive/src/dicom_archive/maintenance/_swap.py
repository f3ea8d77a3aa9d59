"""An index that is made beside another one, and takes its place in one step."""

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import delete, insert, make_url, select, update

from dicom_core.store.files import sync_folder

from .._errors import ArchiveDamaged
from .._recovery import remove_doomed
from ..index import Index
from ..index._schema import event, metadata, setting, total

if TYPE_CHECKING:
    from ..blobs import BlobStore

__all__ = ["Beside"]

_SCHEMA: Final = "dicom_rebuild"
_STAMP: Final = "rebuild-of"
_DONE: Final = "rebuild-done"


class _Place(Protocol):
    """Where the old index is, and the new one."""

    def open_old(self) -> Index: ...

    def open_new(self) -> Index: ...

    def remove_new(self) -> None: ...

    def swap(self) -> None:
        """The new one is closed. Have it where the old one is."""
        ...


class Beside:
    """The new index, and how far it is. The archive is nobody else's meanwhile."""

    def __init__(
        self, folder: str, url: str | None, blobs: "BlobStore", busy_seconds: float
    ) -> None:
        self._place = _place(folder, url, busy_seconds)
        self._last_event, stamp = _state(self._place, blobs)
        self.index = self._place.open_new()
        if self._said(_STAMP) != stamp:
            # The archive was used since that was begun, or nothing was begun
            self.index.close()
            self._place.remove_new()
            self.index = self._place.open_new()
            self._say(_STAMP, stamp)

    @property
    def done(self) -> str:
        """The key up to which everything is in it."""
        return self._said(_DONE)

    def note(self, key: str) -> None:
        """Everything up to a key is in it."""
        self._say(_DONE, key)

    def take_over(self) -> None:
        """Put it in the place of the old one."""
        while keys := self.index.doomed():
            self.index.forget(keys)  # no file goes because an index was made
        with self.index.connection() as connection:
            # Nothing happened that anybody needs to hear of, and numbers of events go on
            connection.execute(delete(event))
            later = update(total).where(total.c.last_event < self._last_event)
            connection.execute(later.values(last_event=self._last_event))
            connection.execute(delete(setting).where(setting.c.name.in_([_STAMP, _DONE])))
        self.index.close()
        self._place.swap()

    def close(self) -> None:
        """Leave it for the next time."""
        self.index.close()

    def _said(self, name: str) -> str:
        with self.index.connection() as connection:
            found = connection.execute(
                select(setting.c.value).where(setting.c.name == name)
            ).scalar()
        return "" if found is None else str(found)

    def _say(self, name: str, value: str) -> None:
        with self.index.connection() as connection:
            done = connection.execute(
                update(setting).where(setting.c.name == name).values(value=value)
            )
            if not done.rowcount:
                connection.execute(insert(setting).values(name=name, value=value))


def _place(folder: str, url: str | None, busy_seconds: float) -> _Place:
    if url is None:
        return _File(os.path.join(folder, "index.sqlite"), busy_seconds)
    found = make_url(url)
    if found.get_backend_name() == "sqlite" and found.database:
        return _File(os.path.abspath(found.database), busy_seconds)
    return _Server(url, busy_seconds)


def _state(place: _Place, blobs: "BlobStore") -> tuple[int, str]:
    """The last event of the old index, and what changes when anything in it does. It may be damaged, or gone."""
    try:
        with place.open_old() as old:
            remove_doomed(old, blobs)  # else what was deleted would be back
            with old.connection() as connection:
                row = connection.execute(select(total.c.last_event, total.c.last_id)).one()
    except ArchiveDamaged:
        return 0, "none"
    return int(row[0]), f"{row[0]}/{row[1]}"


class _File:
    """SQLite."""

    def __init__(self, path: str, busy_seconds: float) -> None:
        self._path = path
        root, end = os.path.splitext(path)
        self._new = f"{root}.rebuild{end}"
        self._busy = busy_seconds

    def open_old(self) -> Index:
        return Index.open(self._path, create=False, busy_seconds=self._busy)

    def open_new(self) -> Index:
        try:
            return Index.open(self._new, busy_seconds=self._busy)
        except ArchiveDamaged:  # what was begun
            self.remove_new()
            return Index.open(self._new, busy_seconds=self._busy)

    def remove_new(self) -> None:
        for end in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                os.unlink(f"{self._new}{end}")

    def swap(self) -> None:
        # Closing the last connection has written its log into the file, and removed the log
        if os.path.exists(f"{self._new}-wal"):
            raise ArchiveDamaged(
                f"{self._new} could not be closed", "look at the disk, and rebuild again"
            )
        # The same has become of the old one, unless it could not be opened: what its log says then is lost anyway
        for end in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                os.unlink(f"{self._path}{end}")
        descriptor = os.open(self._new, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(self._new, self._path)
        sync_folder(os.path.dirname(self._path))


class _Server:
    """PostgreSQL: a schema of its own, whose tables change their schema in the end."""

    def __init__(self, url: str, busy_seconds: float) -> None:
        self._url = url
        self._busy = busy_seconds

    def open_old(self) -> Index:
        return Index.open(self._url, create=False, busy_seconds=self._busy)

    def open_new(self) -> Index:
        self._run([f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}"])
        url = make_url(self._url)
        options = f"{url.query.get('options', '')} -csearch_path={_SCHEMA}".strip()
        beside = url.update_query_dict({"options": options})
        return Index.open(beside.render_as_string(hide_password=False), busy_seconds=self._busy)

    def remove_new(self) -> None:
        self._run([f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE"])

    def swap(self) -> None:
        names = list(metadata.tables)
        self._run(
            [
                *(f"DROP TABLE IF EXISTS {name} CASCADE" for name in names),
                *(f'ALTER TABLE {_SCHEMA}."{name}" SET SCHEMA "{{current}}"' for name in names),
                f"DROP SCHEMA {_SCHEMA} CASCADE",
            ]
        )

    def _run(self, statements: list[str]) -> None:
        """One transaction."""
        from sqlalchemy import create_engine

        engine = create_engine(_driver(self._url))
        try:
            with engine.begin() as connection:
                current = connection.exec_driver_sql("SELECT current_schema()").scalar()
                for statement in statements:
                    connection.exec_driver_sql(statement.replace("{current}", str(current)))
        finally:
            engine.dispose()


def _driver(url: str) -> str:
    found = make_url(url)
    if found.drivername == "postgresql":
        found = found.set(drivername="postgresql+psycopg")
    return found.render_as_string(hide_password=False)
