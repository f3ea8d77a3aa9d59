"""Deleting from an archive, a page of instances at a time."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Final

from ._select import Wanted, parts_of
from ._types import DeleteResult, Progress

if TYPE_CHECKING:
    from .._archive import Archive

__all__ = ["delete"]

_PAGE: Final = 500


def delete(archive: "Archive", wanted: Wanted) -> Generator[Progress | DeleteResult, None, None]:
    """Delete what is meant, a few hundred instances in each transaction; the last thing that is told is a `DeleteResult`.

    Interrupted, what is gone is gone whole; started again, it deletes the rest. ValueError where nothing is named, which would
    mean everything.
    """
    if not wanted:
        raise ValueError("name what is to be deleted: nothing would mean everything")
    index, blobs = archive.index, archive.blobs
    instances = size = 0
    # Known before the first is deleted: what a query finds changes by that
    for part in list(parts_of(archive, wanted)):
        while True:
            gone = index.delete(part.study or "", part.series, part.instance, most=_PAGE)
            if not gone:
                break
            keys = [kept.key for kept in gone]
            blobs.delete(keys)
            index.forget(keys)
            instances += len(gone)
            size += sum(kept.instance.size for kept in gone)
            yield Progress(instances, None, size)
    yield DeleteResult(instances=instances, size=size)


# Tracebacks, reprs and pickles name the place that users import from
delete.__module__ = "dicom_archive.maintenance"
