"""Files that the index does not know."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Final

from dicom_core import DicomError
from dicom_core.store import DuplicatePolicy, InstanceRefused, Outcome, UnknownInstance

from .._describe import describe
from .._records import Placed
from ._types import Fault, Progress

if TYPE_CHECKING:
    from .._archive import Archive
    from .._describe import Described

__all__ = ["unknown_files"]

_PAGE: Final = 1000
_CHUNK: Final = 1 << 20
_ALL: Final = 1 << 62


def unknown_files(archive: "Archive", repair: bool) -> Iterator[Fault | Progress]:
    """The files that no row names and that nobody is about to index or to remove.

    With ``repair``, what is an instance that the archive has not becomes one, and a second copy of one that it has is
    removed. Everything else stays where it is.
    """
    index, blobs = archive.index, archive.blobs
    suspects: list[str] = []
    keys = blobs.keys()
    done = 0
    while page := list(islice(keys, _PAGE)):
        suspects += sorted(set(page) - index.known(page))
        done += len(page)
        yield Progress(done, None)
    # What came while we looked has a row by now, or soon: a run that goes on is not looked at
    busy = blobs.busy_runs()
    for start in range(0, len(suspects), _PAGE):
        some = [key for key in suspects[start : start + _PAGE] if key.partition("/")[0] not in busy]
        known = index.known(some) | set(index.doomed(_ALL))
        for key in some:
            if key not in known and blobs.size_of(key) is not None:
                yield _told(archive, key, repair)


def _told(archive: "Archive", key: str, repair: bool) -> Fault:
    uid = ""
    try:
        described = describe(archive.blobs.read(key))
        uid = described.instance.instance
        if repair:
            done = _repaired(archive, key, described)
            if done:
                return Fault(kind="unknown-file", text=done, instance=uid, key=key, repaired=True)
        text = "the index does not know the file; verify with repair"
        if _digest(archive, uid) not in {"", described.instance.digest}:
            text = "the archive has other bytes of this instance; look which are right"
    except InstanceRefused as refused:
        text = f"the index does not know the file, which is no instance: {refused.text}"
    except (OSError, DicomError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        return Fault(kind="unreadable-file", text=f"the file cannot be read: {reason}", key=key)
    return Fault(kind="unknown-file", text=text, instance=uid, key=key)


def _digest(archive: "Archive", uid: str) -> str:
    """What the index says of an instance; empty where it knows none."""
    try:
        return archive.index.find(uid).instance.digest
    except UnknownInstance:
        return ""


def _repaired(archive: "Archive", key: str, described: "Described") -> str:
    """What was done about a file; empty where nothing can be done that loses nothing."""
    index, blobs = archive.index, archive.blobs
    uid = described.instance.instance
    old = _digest(archive, uid)
    if not old:
        (placed,) = index.add([described.record(key)], DuplicatePolicy.KEEP, archive.settings.store)
        taken = isinstance(placed, Placed) and placed.outcome is Outcome.STORED
        return "the index did not know the file and does now" if taken else ""
    if old != described.instance.digest:
        return ""
    kept = index.find(uid)
    source = blobs.read(kept.key, kept.instance.size)
    digest = sha256(usedforsecurity=False)
    for at in range(0, source.size, _CHUNK):
        digest.update(source.read_range(at, min(_CHUNK, source.size - at)))
    if digest.hexdigest() != old:
        return ""
    blobs.delete([key])
    return "the file was a second copy of one that the index knows, and was removed"
