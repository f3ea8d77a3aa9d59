"""One instance on its way into the archive."""

import logging
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from dicom_core.store import Expected, InstanceRefused, Receipt

from ._describe import describe

if TYPE_CHECKING:
    from ._archive import Archive
    from .blobs import Draft

__all__ = ["Arrival"]

_log: Final = logging.getLogger("dicom_archive")


class Arrival:
    """See `dicom_core.store.Incoming`."""

    __slots__ = ("_archive", "_drafts", "_expected", "_reserved")

    def __init__(self, archive: "Archive", expected: Expected, draft: "Draft") -> None:
        self._archive = archive
        self._expected = expected
        # One or none. Whoever takes it out has it alone: a task may be cancelled while a thread begins to keep it
        self._drafts = [draft]
        self._reserved = 0

    def _over(self) -> RuntimeError:
        return RuntimeError("this instance was committed or discarded; receive another")

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        """See `Incoming.write`."""
        if not self._drafts:
            raise self._over()
        draft = self._drafts[0]
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
        archive = self._archive
        return await archive.writers.run(self.keep, blocks=archive.blocks)

    def keep(self) -> Receipt:
        """The same for a thread that may wait."""
        archive = self._archive
        try:
            draft = self._drafts.pop()
        except IndexError:
            raise self._over() from None
        try:
            try:
                described = describe(draft.source(), self._expected, digest=draft.digest)
            except InstanceRefused as refused:
                self._put_aside(draft, refused)
                raise
            draft.flush()
            self._release()
            return archive.commits.keep(draft, described, self._expected.sender)
        finally:
            self._release()
            draft.discard()

    def _release(self) -> None:
        reserved, self._reserved = self._reserved, 0
        self._archive.room.release(reserved)

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
        try:
            draft = self._drafts.pop()
        except IndexError:
            return
        self._release()
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
