"""A name for each transfer syntax: ``transfer_syntaxes.ExplicitVRLittleEndian`` is a `TransferSyntax`."""

from ._names import lazy_names
from ._transfer_syntaxes import TransferSyntax, transfer_syntax
from ._uids import UIDKind, find_uid, uids


def _find(name: str) -> TransferSyntax | None:
    entry = find_uid(name)
    if entry is None or entry.keyword != name or entry.kind is not UIDKind.TRANSFER_SYNTAX:
        return None
    return transfer_syntax(entry.uid)


__getattr__, __dir__ = lazy_names(
    __name__,
    "transfer syntax",
    _find,
    lambda: [entry.keyword for entry in uids(UIDKind.TRANSFER_SYNTAX) if entry.keyword],
)
