"""What a process that died left behind (and nothing else: the archive is never gone over as a whole).

- Blobs that were to be removed are removed.
- Blobs that were placed but never indexed were never acknowledged. They are whole, and indexed now, so that nothing is
  lost whatever became of the index meanwhile; where another instance with the UID is there, that one stays. What is
  no whole instance (only after a crash of the system, and where the archive is not durable) is left to `verify`.
"""

import logging
from typing import TYPE_CHECKING, Final

from attrs import frozen

from dicom_core import DicomError
from dicom_core.store import DuplicatePolicy, StoreSettings

from ._describe import Described, describe

if TYPE_CHECKING:
    from .blobs import Abandoned, BlobStore
    from .index import Index

__all__ = ["Recovered", "recover"]

_LOT: Final = 500
_ALL: Final = 1 << 31
_UNLIMITED: Final = StoreSettings(instances=1 << 62, size=1 << 62, instance_size=1 << 62)
_log: Final = logging.getLogger("dicom_archive")


@frozen(kw_only=True)
class Recovered:
    """What was put right."""

    runs: int = 0
    """Of processes that died."""
    removed: int = 0
    """Blobs of which the index wanted to be rid."""
    indexed: int = 0
    """Instances that were whole, but not in the index yet."""


def recover(index: "Index", blobs: "BlobStore") -> Recovered:
    """Put right what dead processes left behind. Others may do the same at the same time, and use the archive."""
    removed = remove_doomed(index, blobs)
    runs = indexed = 0
    for abandoned in blobs.abandoned():
        try:
            indexed += _adopt(index, blobs, abandoned)
        except BaseException:
            abandoned.release()
            raise
        abandoned.close()
        runs += 1
    found = Recovered(runs=runs, removed=removed, indexed=indexed)
    if runs or removed:
        _log.info("after %d dead processes: %d files removed, %d indexed", runs, removed, indexed)
    return found


def remove_doomed(index: "Index", blobs: "BlobStore") -> int:
    """Remove the blobs that the index no longer names; how many those were."""
    removed = 0
    while keys := index.doomed(_LOT):
        blobs.delete(keys)
        index.forget(keys)
        removed += len(keys)
    return removed


def _adopt(index: "Index", blobs: "BlobStore", abandoned: "Abandoned") -> int:
    keys = abandoned.last_keys()
    indexed = 0
    for at in range(0, len(keys), _LOT):
        lot = keys[at : at + _LOT]
        # A server may still be at the last transaction of the dead process: whoever writes something waits for that
        index.forget([""])
        known = index.known(lot)
        # Asked for afterwards: what was deleted meanwhile is doomed, or its blob is gone
        passed = set() if len(known) == len(lot) else known | set(index.doomed(_ALL))
        found = [
            (key, described)
            for key in lot
            if key not in passed and (described := _look_at(blobs, key)) is not None
        ]
        if found:
            records = [described.record(key) for key, described in found]
            index.add(records, DuplicatePolicy.KEEP, _UNLIMITED)
            ours = [key for key, _ in found]
            kept = index.known(ours)
            blobs.delete(key for key in ours if key not in kept)
            indexed += len(kept)
    return indexed


def _look_at(blobs: "BlobStore", key: str) -> Described | None:
    try:
        return describe(blobs.read(key))
    except (DicomError, OSError) as error:
        _log.warning(
            "%s is no whole instance (%s): it stays where it is", key, type(error).__name__
        )
        return None


# Tracebacks, reprs and pickles name the place that users import from
Recovered.__module__ = "dicom_archive"
