"""The registry of UIDs: PS3.6 Annex A."""

from collections.abc import Iterator
from enum import StrEnum, unique
from functools import cache
from typing import NamedTuple

from ._errors import UnknownEntry

__all__ = ["UIDEntry", "UIDKind", "find_uid", "uid", "uids"]

_FIELDS = 5


@unique
class UIDKind(StrEnum):
    """What a registered UID identifies."""

    SOP_CLASS = "SOP Class"
    META_SOP_CLASS = "Meta SOP Class"
    TRANSFER_SYNTAX = "Transfer Syntax"
    SOP_INSTANCE = "Well-known SOP Instance"
    FRAME_OF_REFERENCE = "Well-known Frame of Reference"
    SYNCHRONIZATION_FRAME_OF_REFERENCE = "Synchronization Frame of Reference"
    CODING_SCHEME = "Coding Scheme"
    APPLICATION_CONTEXT = "Application Context Name"
    HOSTING_MODEL = "Application Hosting Model"
    SERVICE_CLASS = "Service Class"
    MAPPING_RESOURCE = "Mapping Resource"
    LDAP_OID = "LDAP OID"
    CONTEXT_GROUP = "Context Group"
    DOCUMENT_TEMPLATE = "Document Template"
    SECTION_TEMPLATE = "Section Template"
    ENTRY_TEMPLATE = "Entry Template"
    ELEMENT_SET_TEMPLATE = "Element Set Template"


class UIDEntry(NamedTuple):
    """An entry of the registry."""

    uid: str
    keyword: str
    """Of a context group ``CID29``; empty for a few retired rows."""
    name: str
    kind: UIDKind
    retired: bool
    note: str
    """What the standard adds to the name: ``DICOS``, ``DICONDE ASTM E2934``, or the edition that retired the row."""


class _Registry:
    def __init__(self) -> None:
        from ._generated.uids import ROWS

        flat = ROWS.replace("\n", "\t").split("\t")
        flat.pop()
        self.columns = [flat[start::_FIELDS] for start in range(_FIELDS)]
        count = range(len(self.columns[0]))
        self.row_of_uid = dict(zip(self.columns[0], count, strict=True))
        self.row_of_keyword = dict(zip(self.columns[1], count, strict=True))
        self.row_of_keyword.pop("", None)

    def entry(self, row: int) -> UIDEntry:
        text, keyword, name, kind, flags = (column[row] for column in self.columns)
        retired, _, note = flags.partition(" ")
        return UIDEntry(text, keyword, name, UIDKind(kind), retired == "R", note)


@cache
def _registry() -> _Registry:
    return _Registry()


@cache
def _rows_by_name() -> dict[str, int]:
    """The first row of each name: where a retired UID was replaced, both have the same name."""
    registry = _registry()
    rows: dict[str, int] = {}
    for row, name in enumerate(registry.columns[2]):
        if name and (name not in rows or registry.columns[4][rows[name]].startswith("R")):
            rows[name] = row
    return rows


# Entries that were asked for: a memo of an immutable table, bounded by the table.
_MEMO: dict[str, UIDEntry] = {}


def find_uid(key: str) -> UIDEntry | None:
    """The entry of a UID, a keyword or a name, or None."""
    entry = _MEMO.get(key)
    if entry is None:
        registry = _registry()
        row = registry.row_of_uid.get(key)
        if row is None:
            row = registry.row_of_keyword.get(key)
        if row is None:
            row = _rows_by_name().get(key)
        if row is None:
            return None
        entry = _MEMO[key] = registry.entry(row)
    return entry


def uid(key: str) -> UIDEntry:
    """The entry of a UID, a keyword or a name; ``UnknownEntry`` names the nearest ones.

    >>> uid("1.2.840.10008.5.1.4.1.1.2").name
    'CT Image Storage'
    >>> uid("CTImageStorage").uid
    '1.2.840.10008.5.1.4.1.1.2'
    """
    entry = find_uid(key)
    if entry is None:
        from ._nearest import nearest

        column = 0 if key[:1].isdigit() else 1
        raise UnknownEntry("UID", key, nearest(key, _registry().columns[column]))
    return entry


def uids(kind: UIDKind | None = None) -> Iterator[UIDEntry]:
    """Every entry, or those of one kind, in numerical order."""
    registry = _registry()
    kinds = registry.columns[3]
    return (registry.entry(row) for row in range(len(kinds)) if kind is None or kinds[row] == kind)


# Tracebacks, reprs and pickles name the place that users import from
UIDKind.__module__ = UIDEntry.__module__ = find_uid.__module__ = uid.__module__ = "dicom_dict"
uids.__module__ = "dicom_dict"
