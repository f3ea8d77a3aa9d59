"""A name for the UID of each SOP class and meta SOP class: ``sop_classes.CTImageStorage``."""

from ._names import lazy_names
from ._uids import UIDKind, find_uid, uids

_KINDS = (UIDKind.SOP_CLASS, UIDKind.META_SOP_CLASS)


def _find(name: str) -> str | None:
    entry = find_uid(name)
    return (
        entry.uid if entry is not None and entry.keyword == name and entry.kind in _KINDS else None
    )


__getattr__, __dir__ = lazy_names(
    __name__,
    "SOP class",
    _find,
    lambda: [entry.keyword for kind in _KINDS for entry in uids(kind) if entry.keyword],
)
