"""A DICOM archive: an index and a place for files that together are a `dicom_core.store.Store`, and the node that serves it.

Everything here loads when it is first used.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._errors import ArchiveBusy, ArchiveDamaged, ArchiveError, QueryTooBroad, SchemaTooNew
    from ._records import Kept, Placed, Record

__all__ = [
    "ArchiveBusy",
    "ArchiveDamaged",
    "ArchiveError",
    "Kept",
    "Placed",
    "QueryTooBroad",
    "Record",
    "SchemaTooNew",
]

__getattr__, __dir__ = door(
    globals(),
    {
        "._errors": "ArchiveBusy ArchiveDamaged ArchiveError QueryTooBroad SchemaTooNew",
        "._records": "Kept Placed Record",
    },
)
