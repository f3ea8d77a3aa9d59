"""Taking files into an archive, many in one transaction."""

import os
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from attrs import evolve

from ._crew import run
from ._journal import Journal
from ._reopen import elsewhere, here
from ._sources import groups
from ._take import taking
from ._types import ImportProblem, ImportResult, Progress
from ._zip import ZipLimits

if TYPE_CHECKING:
    from .._archive import Archive

__all__ = ["import_files"]

_LIMITS: Final = ZipLimits()
_FEW: Final = 4  # groups for which no process is started


def import_files(
    archive: "Archive",
    sources: "Iterable[str | os.PathLike[str]]",
    *,
    workers: int = 1,
    again: bool = False,
    limits: ZipLimits = _LIMITS,
) -> Generator[ImportProblem | Progress | ImportResult, None, None]:
    """Take copies of files, of everything below folders, and of the members of ZIP files (``.zip``) into an archive.

    The last thing that is told is an `ImportResult`. What is told as stored is as durable as the archive makes it. Files
    are never linked to, moved or changed. Where the file of an instance is gone from the archive, the same bytes bring it
    back. What is no instance, in a folder or a ZIP file, is passed over; a ZIP file in a ZIP file stays closed.

    An import that was interrupted passes over what it had done when it is started again, unless ``again``. Closing the
    iterator ends it in good order. ``workers``: processes; the files of several of them come in no order.
    """
    names = [os.fspath(source) for source in sources]
    totals = _Totals()
    tasks = groups(
        archive.folder, names, again=again, limits=limits, tell=totals.tell, skip=totals.skip
    )
    results = run(
        taking(here(archive), limits),
        taking(elsewhere(archive, workers), limits),
        tasks,
        workers,
        _FEW,
    )
    try:
        for taken in results:
            totals.add(taken.result)
            yield from totals.untold()
            yield from taken.problems
            yield Progress(totals.seen, None, totals.result.size)
    finally:
        results.close()
    yield from totals.untold()
    for source in names:
        Journal(archive.folder, source).close()
    yield totals.result


class _Totals:
    """What was done so far."""

    def __init__(self) -> None:
        self.result = ImportResult()
        self._untold: list[ImportProblem] = []
        self._skipped = 0

    @property
    def seen(self) -> int:
        """Files, those that were done before included."""
        return self.result.files + self._skipped

    def skip(self) -> None:
        """A file was done before."""
        self._skipped += 1

    def tell(self, problem: ImportProblem) -> None:
        """Something cannot be looked into."""
        self._untold.append(problem)

    def untold(self) -> Iterator[ImportProblem]:
        """What was told since, once."""
        told, self._untold = self._untold, []
        problems = len(told)
        self.result = evolve(
            self.result,
            files=self.result.files + problems,
            refused=self.result.refused + problems,
            skipped=self._skipped,
        )
        yield from told

    def add(self, more: ImportResult) -> None:
        """The counts of a group."""
        mine = self.result
        self.result = ImportResult(
            files=mine.files + more.files,
            stored=mine.stored + more.stored,
            duplicates=mine.duplicates + more.duplicates,
            restored=mine.restored + more.restored,
            kept=mine.kept + more.kept,
            replaced=mine.replaced + more.replaced,
            refused=mine.refused + more.refused,
            passed=mine.passed + more.passed,
            skipped=mine.skipped,
            size=mine.size + more.size,
        )


# Tracebacks, reprs and pickles name the place that users import from
import_files.__module__ = "dicom_archive.maintenance"
