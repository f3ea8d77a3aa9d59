"""A name for each well-known UID that is no SOP class, transfer syntax or context group:
``well_known.DICOMApplicationContext``."""

from ._names import lazy_names
from ._uids import UIDEntry, UIDKind, find_uid, uids

_ELSEWHERE = (
    UIDKind.SOP_CLASS,
    UIDKind.META_SOP_CLASS,
    UIDKind.TRANSFER_SYNTAX,
    UIDKind.CONTEXT_GROUP,
)


def _belongs(entry: UIDEntry) -> bool:
    return bool(entry.keyword) and entry.kind not in _ELSEWHERE


def _find(name: str) -> str | None:
    entry = find_uid(name)
    return entry.uid if entry is not None and entry.keyword == name and _belongs(entry) else None


__getattr__, __dir__ = lazy_names(
    __name__,
    "well-known UID",
    _find,
    lambda: [entry.keyword for entry in uids() if _belongs(entry)],
)
