"""A new index from the files, made beside the old one and put in its place at the end."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import evolve

from dicom_core import DicomError
from dicom_core.store import DuplicatePolicy, InstanceRefused, Outcome, StoreError, StoreSettings

from .._describe import describe
from .._headers import unpack_header
from .._lock import FolderLock
from .._records import Record
from .._settings import ArchiveSettings
from ..blobs import FolderBlobs
from ._crew import run
from ._swap import Beside
from ._types import Fault, Progress, RebuildResult, SameInstance

if TYPE_CHECKING:
    from dicom_core.store import StoredInstance

    from ..index import Index

__all__ = ["rebuild"]

_PAGE: Final = 200  # files of one transaction
_FEW: Final = 5  # pages for which no process is started
_DEFAULT: Final = ArchiveSettings()
_LIMITS: Final = StoreSettings(instances=1 << 62, size=1 << 62, instance_size=1 << 62, events=1)
Told = SameInstance | Fault | Progress | RebuildResult


class _Seen(NamedTuple):
    """What a file says: an instance and its header, or what is wrong with it."""

    key: str
    instance: "StoredInstance | None"
    header: bytes
    fault: Fault | None


def rebuild(
    folder: "str | os.PathLike[str]",
    settings: ArchiveSettings = _DEFAULT,
    *,
    index: str | None = None,
    workers: int = 1,
) -> Generator[Told, None, None]:
    """Make the index of an archive anew from its files; the last thing that is told is a `RebuildResult`.

    The archive must not be in use: `ArchiveBusy` where it is. The old index stays as it was until the new one takes its
    place at once; it may be damaged or gone. ``index`` is its URL where it is not in the folder.

    Instances are taken in the order of their keys, which is the order in which they came as far as files tell it. Of two
    files with one SOP Instance UID the later one is taken; both stay. Interrupted, it goes on where it was, unless
    the archive was used since.
    """
    root = os.path.abspath(folder)
    if not os.path.isdir(os.path.join(root, "blobs")):
        raise NotADirectoryError(f"{root} is no archive: it has no folder blobs")
    lock = FolderLock(root, alone=True)
    try:
        blobs = FolderBlobs(os.path.join(root, "blobs"), durable=settings.durable)
        beside = Beside(root, index, blobs, settings.busy_seconds)
        try:
            result = yield from _filled(beside, blobs, settings, workers)
            beside.take_over()
        except BaseException:
            beside.close()
            raise
        for run_of_the_dead in blobs.abandoned():
            run_of_the_dead.close()  # all that is there was looked at
        yield result
    finally:
        lock.release()


def _filled(
    beside: Beside, blobs: FolderBlobs, settings: ArchiveSettings, workers: int
) -> Generator[Told, None, RebuildResult]:
    """Put everything into the new index that is not there yet."""
    before = beside.done
    result = RebuildResult(files=_count_to(blobs, before))
    pages = _pages(blobs, before)
    begin = partial(_looking, blobs.root, settings)
    looks = run(begin, begin, pages, workers, _FEW)
    try:
        for page in looks:
            faults = [seen.fault for seen in page if seen.fault is not None]
            yield from faults
            same = _added(beside.index, [seen for seen in page if seen.instance is not None])
            yield from same
            beside.note(page[-1].key)
            result = evolve(
                result,
                files=result.files + len(page),
                same=result.same + len(same),
                faults=result.faults + len(faults),
            )
            yield Progress(result.files, None, beside.index.totals()[1])
    finally:
        looks.close()
    instances, size = beside.index.totals()
    return evolve(result, instances=instances, size=size)


def _count_to(blobs: FolderBlobs, last: str) -> int:
    return sum(1 for _ in takewhile(lambda key: key <= last, blobs.keys())) if last else 0


def _pages(blobs: FolderBlobs, after: str) -> Iterator[list[str]]:
    keys = blobs.keys(after)
    while page := list(islice(keys, _PAGE)):
        yield page


@contextmanager
def _looking(root: str, settings: ArchiveSettings) -> Iterator[Callable[[list[str]], list[_Seen]]]:
    blobs = FolderBlobs(root, durable=settings.durable)
    yield lambda keys: [_look(blobs, key) for key in keys]
    blobs.close()


def _look(blobs: FolderBlobs, key: str) -> _Seen:
    try:
        described = describe(blobs.read(key))
    except InstanceRefused as refused:
        text = f"the file is no instance and is left out: {refused.text}"
        return _Seen(key, None, b"", Fault(kind=refused.reason, text=text, key=key))
    except (OSError, DicomError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        text = f"the file cannot be read and is left out: {reason}"
        return _Seen(key, None, b"", Fault(kind="unreadable-file", text=text, key=key))
    return _Seen(key, described.instance, described.header, None)


def _added(index: "Index", page: list[_Seen]) -> list[SameInstance]:
    """Put instances into the index; which of them stand beside others."""
    records = [
        Record(
            instance=seen.instance,
            key=seen.key,
            dataset=unpack_header(seen.header),
            header=seen.header,
        )
        for seen in page
        if seen.instance is not None
    ]
    found: list[SameInstance] = []
    spare: list[str] = []
    for record, placed in zip(
        records, index.add(records, DuplicatePolicy.REPLACE, _LIMITS), strict=True
    ):
        if isinstance(placed, StoreError):
            raise placed
        spare += placed.unneeded
        uid = record.instance.instance
        for other in placed.unneeded:
            same = placed.outcome is Outcome.DUPLICATE
            key = index.find(uid).key if same else record.key
            found.append(SameInstance(instance=uid, key=key, other=other, same=same))
    index.forget(spare)  # the files stay
    return found


# Tracebacks, reprs and pickles name the place that users import from
rebuild.__module__ = "dicom_archive.maintenance"
