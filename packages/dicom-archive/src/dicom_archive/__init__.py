"""A DICOM archive: an index and a place for files that together are a `dicom_core.store.Store`, and the node that serves it.

Everything here loads when it is first used.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._archive import Archive
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
    from ._ingest import Arrival
    from ._quarantine import Quarantine, QuarantineArrival, Quarantined
    from ._records import Counts, Kept, Placed, Record
    from ._recovery import Recovered
    from ._settings import ArchiveSettings

__all__ = [
    "Archive",
    "ArchiveBusy",
    "ArchiveDamaged",
    "ArchiveError",
    "ArchiveSettings",
    "Arrival",
    "CommitInDoubt",
    "Counts",
    "Described",
    "Kept",
    "Placed",
    "Quarantine",
    "QuarantineArrival",
    "Quarantined",
    "QueryTooBroad",
    "Record",
    "Recovered",
    "SchemaTooNew",
    "describe",
    "pack_header",
    "unpack_header",
]

__getattr__, __dir__ = door(
    globals(),
    {
        "._archive": "Archive",
        "._describe": "Described describe",
        "._errors": "ArchiveBusy ArchiveDamaged ArchiveError CommitInDoubt QueryTooBroad SchemaTooNew",
        "._headers": "pack_header unpack_header",
        "._ingest": "Arrival",
        "._quarantine": "Quarantine QuarantineArrival Quarantined",
        "._records": "Counts Kept Placed Record",
        "._recovery": "Recovered",
        "._settings": "ArchiveSettings",
    },
)
