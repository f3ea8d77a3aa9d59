"""A DICOM archive: an index and a place for files that together are a `dicom_core.store.Store`, and the node that serves it.

Everything here loads when it is first used.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._describe import Described, describe
    from ._errors import (
        ArchiveBusy,
        ArchiveDamaged,
        ArchiveError,
        CommitInDoubt,
        QueryTooBroad,
        SchemaTooNew,
    )
    from ._headers import pack_header, unpack_header
    from ._records import Counts, Kept, Placed, Record

__all__ = [
    "ArchiveBusy",
    "ArchiveDamaged",
    "ArchiveError",
    "CommitInDoubt",
    "Counts",
    "Described",
    "Kept",
    "Placed",
    "QueryTooBroad",
    "Record",
    "SchemaTooNew",
    "describe",
    "pack_header",
    "unpack_header",
]

__getattr__, __dir__ = door(
    globals(),
    {
        "._describe": "Described describe",
        "._errors": "ArchiveBusy ArchiveDamaged ArchiveError CommitInDoubt QueryTooBroad SchemaTooNew",
        "._headers": "pack_header unpack_header",
        "._records": "Counts Kept Placed Record",
    },
)
