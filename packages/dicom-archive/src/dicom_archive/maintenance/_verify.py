"""Whether an archive is whole: rows against files, files against digests, numbers against what they count."""

import struct
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import evolve
from sqlalchemy import LargeBinary, func, insert, literal, select, update

from dicom_core import DicomError
from dicom_core.store import UnknownInstance

from .._describe import describe
from .._headers import unpack_header
from ..index._schema import header as header_table
from ..index._schema import instance as instance_table
from . import _audit
from ._crew import run
from ._orphans import unknown_files
from ._reopen import elsewhere, here
from ._types import Fault, Progress, VerifyResult

if TYPE_CHECKING:
    from .._archive import Archive
    from .._records import Kept

__all__ = ["verify"]

_PAGE: Final = 100  # instances that one process looks at before it tells
_FEW: Final = 10  # pages for which no process is started
_CHUNK: Final = 1 << 20
_UIDS: Final = {
    "StudyInstanceUID": "study",
    "SeriesInstanceUID": "series",
    "SOPInstanceUID": "instance",
    "SOPClassUID": "sop_class",
}


class _Looked(NamedTuple):
    """What one process found out about some instances."""

    instances: int
    size: int
    last: int
    faults: list[Fault]


def verify(
    archive: "Archive", *, since: int = 0, repair: bool = False, workers: int = 1
) -> Generator[Fault | Progress | VerifyResult, None, None]:
    """Look at every instance, every file and every number; the last thing that is told is a `VerifyResult`.

    Each row of the index must have its file, with its size and SHA-256, and a header that can be read and is of that
    instance; each file its row; each number what it counts. A server may go on meanwhile: what changes while it is
    looked at is no fault.

    ``since`` passes over the instances up to a number: `VerifyResult.last` of another verification, or ``Progress.last`` of one
    that was interrupted. ``repair`` does what loses nothing: numbers are counted anew, headers read from the file again, and
    files that the index does not know are indexed, or put into quarantine where they cannot be.
    """
    result = VerifyResult(last=since)
    total = archive.index.totals()[0]
    pages = _pages(archive, since)
    looks = run(
        partial(_looking, here(archive)),
        partial(_looking, elsewhere(archive, workers)),
        pages,
        workers,
        _FEW,
    )
    try:
        for looked in looks:
            result = evolve(
                result,
                instances=result.instances + looked.instances,
                size=result.size + looked.size,
                last=looked.last,
            )
            for fault in _confirmed(archive, looked.faults, repair):
                result = _with(result, fault)
                yield fault
            yield Progress(result.instances, None if since else total, result.size, result.last)
    finally:
        looks.close()
    for found in unknown_files(archive, repair):
        if isinstance(found, Fault):
            result = _with(result, found)
            yield found
        else:
            result = evolve(result, files=found.done)
            yield found
    for fault in _numbers(archive, repair):
        result = _with(result, fault)
        yield fault
    yield evolve(
        result, quarantine=sum(1 for _ in archive.quarantine.entries()) if archive.quarantine else 0
    )


def _with(result: VerifyResult, fault: Fault) -> VerifyResult:
    return evolve(result, faults=result.faults + 1, repaired=result.repaired + int(fault.repaired))


class _Page(NamedTuple):
    kept: "list[Kept]"
    last: int


def _pages(archive: "Archive", since: int) -> Iterator[_Page]:
    with archive.index.connection() as connection:
        newest = connection.execute(select(func.max(instance_table.c.id))).scalar() or 0
    after = since
    while True:
        kept, following = archive.index.instances(after=after, most=_PAGE)
        if kept:
            yield _Page(kept, following or max(after, newest))
        if not following:
            return
        after = following


@contextmanager
def _looking(
    opened: "Callable[[], AbstractContextManager[Archive]]",
) -> Iterator[Callable[[_Page], _Looked]]:
    with opened() as archive:
        yield partial(_look, archive)


def _look(archive: "Archive", page: _Page) -> _Looked:
    headers = archive.index.headers([kept.instance.instance for kept in page.kept])
    faults: list[Fault] = []
    size = 0
    for kept in page.kept:
        fault = _fault_of_file(archive, kept) or _fault_of_header(
            kept, headers.get(kept.instance.instance)
        )
        size += kept.instance.size
        if fault is not None:
            faults.append(fault)
    return _Looked(len(page.kept), size, page.last, faults)


def _fault_of_file(archive: "Archive", kept: "Kept") -> Fault | None:
    instance = kept.instance

    def fault(kind: str, text: str) -> Fault:
        return Fault(kind=kind, text=text, instance=instance.instance, key=kept.key)

    try:
        size = archive.blobs.size_of(kept.key)
        if size is None:
            return fault(
                "missing-file", "the file of the instance is not there; restore it from a backup"
            )
        if size != instance.size:
            return fault(
                "wrong-size",
                f"the file has {size} bytes and had {instance.size}; restore it from a backup",
            )
        source = archive.blobs.read(kept.key, instance.size)
        digest = sha256(usedforsecurity=False)
        for at in range(0, size, _CHUNK):
            digest.update(source.read_range(at, min(_CHUNK, size - at)))
    except (OSError, DicomError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        return fault("unreadable-file", f"the file cannot be read: {reason}; look at the disk")
    if digest.hexdigest() != instance.digest:
        return fault(
            "wrong-digest",
            "the bytes of the file are not those that came; restore it from a backup",
        )
    return None


def _fault_of_header(kept: "Kept", header: bytes | None) -> Fault | None:
    instance = kept.instance

    def fault(kind: str, text: str) -> Fault:
        return Fault(kind=kind, text=text, instance=instance.instance, key=kept.key)

    if header is None:
        return fault(
            "unreadable-header", "the index has no header of the instance; verify with repair"
        )
    try:
        dataset = unpack_header(header)
        found = {name: dataset.get(name) for name in _UIDS}
    except (DicomError, ValueError, LookupError, struct.error, zlib.error) as wrong:
        return fault(
            "unreadable-header",
            f"the header of the instance cannot be read: {wrong}; verify with repair",
        )
    for name, field in _UIDS.items():
        if found[name] != getattr(instance, field):
            return fault(
                "wrong-header",
                f"the header has another {name} than the instance; verify with repair",
            )
    return None


def _confirmed(archive: "Archive", faults: Sequence[Fault], repair: bool) -> Iterator[Fault]:
    """The faults of instances that are still in the index as they were."""
    for fault in faults:
        try:
            kept = archive.index.find(fault.instance)
        except UnknownInstance:
            continue
        if kept.key != fault.key:
            continue
        if (
            repair
            and fault.kind in {"unreadable-header", "wrong-header"}
            and _read_again(archive, kept)
        ):
            yield evolve(fault, repaired=True)
        else:
            yield fault


def _read_again(archive: "Archive", kept: "Kept") -> bool:
    """Take the header from the file, where that is the file of the instance; whether it was."""
    source = archive.blobs.read(kept.key, kept.instance.size)
    try:
        described = describe(source)
    except (OSError, DicomError):
        return False
    if described.instance != kept.instance:
        return False
    number = select(instance_table.c.id).where(instance_table.c.key == kept.key)
    with archive.index.connection() as connection:
        changed = update(header_table).where(header_table.c.instance == number.scalar_subquery())
        if not connection.execute(changed.values(data=described.header)).rowcount:
            rows = select(instance_table.c.id, literal(described.header, LargeBinary))
            rows = rows.where(instance_table.c.key == kept.key)
            connection.execute(insert(header_table).from_select(["instance", "data"], rows))
    return True


def _numbers(archive: "Archive", repair: bool) -> Iterator[Fault]:
    with archive.index.connection() as connection:
        faults = list(_audit.audit(connection))
    if not faults:
        return
    left: set[Fault] = set(faults)
    if repair:
        with archive.index.connection() as connection:
            _audit.put_right(connection)
        with archive.index.connection() as connection:
            left = set(_audit.audit(connection))
    for fault in faults:
        yield evolve(fault, repaired=fault not in left)


# Tracebacks, reprs and pickles name the place that users import from
verify.__module__ = "dicom_archive.maintenance"
