"""One instance on its way into the archive."""

import logging
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from dicom_core.store import Expected, InstanceRefused, Receipt

from ._describe import describe
from ._threads import off_loop

if TYPE_CHECKING:
    from ._archive import Archive
    from .blobs import Draft

__all__ = ["Arrival"]

_log: Final = logging.getLogger("dicom_archive")


class Arrival:
    """See `dicom_core.store.Incoming`."""

    __slots__ = ("_archive", "_draft", "_expected", "_reserved")

    def __init__(self, archive: "Archive", expected: Expected, draft: "Draft") -> None:
        self._archive = archive
        self._expected = expected
        self._draft: Draft | None = draft
        self._reserved = 0

    def _open(self) -> "Draft":
        if self._draft is None:
            raise RuntimeError("this instance was committed or discarded; receive another")
        return self._draft

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        """See `Incoming.write`."""
        draft = self._open()
        pieces = list(views)
        try:
            more = sum(map(len, pieces))
            self._archive.room.take(draft.size, more)
            self._reserved += more
            draft.write(pieces)
        except BaseException:
            self._forget()
            raise

    async def commit(self) -> Receipt:
        """See `Incoming.commit`."""
        return await off_loop(self.keep, blocks=self._archive.blocks)

    def keep(self) -> Receipt:
        """The same for a thread that may wait."""
        draft, archive = self._open(), self._archive
        try:
            try:
                described = describe(draft.source(), self._expected, digest=draft.digest)
            except InstanceRefused as refused:
                self._put_aside(draft, refused)
                raise
            draft.flush()
            archive.room.release(self._reserved)
            self._reserved = 0
            return archive.commits.keep(draft, described, self._expected.sender)
        finally:
            self._forget()

    def _put_aside(self, draft: "Draft", refused: InstanceRefused) -> None:
        quarantine = self._archive.quarantine
        if quarantine is None or not draft.size:
            return
        try:
            quarantine.keep(draft, refused, self._expected)
        except (
            OSError
        ) as error:  # the sender is told why its instance is refused, not why it cannot be shown
            _log.warning("a refused instance cannot be put aside: %s", error.strerror)

    async def discard(self) -> None:
        """See `Incoming.discard`."""
        self._forget()

    def _forget(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            self._archive.room.release(self._reserved)
            self._reserved = 0
            draft.discard()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._forget()


# Tracebacks, reprs and pickles name the place that users import from
Arrival.__module__ = "dicom_archive"
