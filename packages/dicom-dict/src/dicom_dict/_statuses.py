"""The statuses of DIMSE responses: PS3.7 Annex C, and what each service class of PS3.4 means by its codes."""

from collections.abc import Iterator, Mapping
from enum import StrEnum, unique
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ._errors import UnknownEntry
from ._tag import Tag

__all__ = [
    "DimseService",
    "Status",
    "StatusCategory",
    "StatusType",
    "failure_reason",
    "failure_reasons",
    "status",
    "status_category",
    "status_types",
    "statuses",
]


@unique
class StatusCategory(StrEnum):
    """The status classes of PS3.7 Annex C."""

    SUCCESS = "Success"
    WARNING = "Warning"
    FAILURE = "Failure"
    CANCEL = "Cancel"
    PENDING = "Pending"

    @property
    def is_final(self) -> bool:
        """Whether no further response follows."""
        return self is not StatusCategory.PENDING


@unique
class DimseService(StrEnum):
    """The DIMSE services, as PS3.7 writes them."""

    C_STORE = "C-STORE"
    C_FIND = "C-FIND"
    C_GET = "C-GET"
    C_MOVE = "C-MOVE"
    C_ECHO = "C-ECHO"
    N_EVENT_REPORT = "N-EVENT-REPORT"
    N_GET = "N-GET"
    N_SET = "N-SET"
    N_ACTION = "N-ACTION"
    N_CREATE = "N-CREATE"
    N_DELETE = "N-DELETE"


class StatusType(NamedTuple):
    """A status type of PS3.7 Annex C."""

    section: str
    """Such as ``C.5.6``."""
    code: int | None
    """None where each service class has codes of its own."""
    category: StatusCategory
    name: str
    fields: tuple[Tag, ...]
    """The command elements that may come with it."""
    services: tuple[DimseService, ...]
    """The services that may answer so (PS3.7 9.1 and 10.1)."""


class Status(NamedTuple):
    """A status code and what it means."""

    code: int
    """The code asked for; in a listing, the lowest code of the row."""
    pattern: str
    """The row that it fits, such as ``A7xx``; empty where no table has the code."""
    category: StatusCategory
    meaning: str
    services: tuple[DimseService, ...]
    """The services whose responses the row is about; empty where no table has the code."""
    service_class: str
    """The service class of PS3.4, such as ``Query/Retrieve``; empty for the general statuses of PS3.7."""
    scope: str
    """The SOP Class where the row is about one only, else empty."""
    fields: tuple[Tag, ...]
    """The command elements that may come with it."""
    table: str
    """Such as ``PS3.4 C.4-1`` or ``PS3.7 C.5.6``; empty where no table has the code."""

    @property
    def is_known(self) -> bool:
        """Whether a table of the standard has the code; if not, the category is still right."""
        return bool(self.table)

    def __str__(self) -> str:
        return f"{self.code:04X}H ({self.category.value}: {self.meaning})"


# The service classes that speak for their DIMSE services where none is named: theirs are the codes that
# other service classes repeat.
_USUAL = frozenset({"Storage", "Query/Retrieve"})


# Failed SOP Sequence > Failure Reason, in the table whose description lists the codes
_REASONS = ("C.14-1", "00081198.00081197")


class _Row(NamedTuple):
    mask: int
    status: Status


class _Table:
    """The tables taken apart: rows of PS3.4 in their order, those of PS3.7, and the class convention."""

    def __init__(self) -> None:
        from ._generated.statuses import CLASSES, CODES, TYPES

        self.classes = [
            (_mask(pattern), _lowest(pattern), StatusCategory(category))
            for pattern, category in (line.split("\t") for line in CLASSES.splitlines())
        ]
        self.types = tuple(_type(line.split("\t")) for line in TYPES.splitlines())
        self.general = [_general(row) for row in self.types if row.code is not None]
        self.specific = [_specific(line.split("\t")) for line in CODES.splitlines()]
        self.service_classes = tuple(
            dict.fromkeys(row.status.service_class for row in self.specific)
        )


def _mask(pattern: str) -> int:
    return int("".join("0" if digit == "x" else "F" for digit in pattern), 16)


def _lowest(pattern: str) -> int:
    return int(pattern.replace("x", "0"), 16)


def _tags(text: str) -> tuple[Tag, ...]:
    return tuple(Tag(int(word, 16)) for word in text.split())


def _type(fields: list[str]) -> StatusType:
    section, code, category, name, tags, services = fields
    return StatusType(
        section, int(code, 16) if code else None, StatusCategory(category), name,
        _tags(tags), tuple(DimseService(service) for service in services.split()),
    )  # fmt: skip


def _general(row: StatusType) -> _Row:
    code = row.code or 0
    known = Status(
        code, f"{code:04X}", row.category, row.name, row.services, "", "", row.fields, f"PS3.7 {row.section}"
    )  # fmt: skip
    return _Row(0xFFFF, known)


def _specific(fields: list[str]) -> _Row:
    table, pattern, category, service, service_class, scope, meaning, tags = fields
    known = Status(
        _lowest(pattern), pattern, StatusCategory(category), meaning, (DimseService(service),),
        service_class, scope, _tags(tags), f"PS3.4 {table}",
    )  # fmt: skip
    return _Row(_mask(pattern), known)


@cache
def _table() -> _Table:
    return _Table()


def status_category(code: int) -> StatusCategory:
    """The class that PS3.7 Annex C gives to a code, whatever service sent it.

    A code outside the convention counts as a failure: nothing says that the operation succeeded.
    """
    for mask, value, category in _table().classes:
        if code & mask == value:
            return category
    return StatusCategory.FAILURE


def status_types() -> tuple[StatusType, ...]:
    """The status types of PS3.7 Annex C, those without a code of their own included."""
    return _table().types


def statuses(service: str | None = None, service_class: str | None = None) -> Iterator[Status]:
    """Every row of the tables: the general ones of PS3.7, then PS3.4 in its order; a row of many codes once.

    ``service`` and ``service_class`` keep those of one DIMSE service or service class. Names that
    do not exist raise ``UnknownEntry``.
    """
    kind = None if service is None else _service(service)
    if service_class is not None:
        _check_service_class(service_class)
    table = _table()
    for row in (*table.general, *table.specific):
        known = row.status
        if kind in {None, *known.services} and service_class in {None, known.service_class}:
            yield known


def status(code: int, service: str | None = None, service_class: str | None = None) -> Status:
    """What a status code means in the response of a service; never an error for an unknown code.

    The same code means different things in different services, so without ``service`` only what is
    true of all of them is told. ``service_class`` chooses among the service classes of PS3.4
    (``"Print Management"``, `statuses` lists them). Without it C-STORE is read as Storage, C-FIND, C-MOVE and C-GET
    as Query/Retrieve, and a code that only other service classes use is told where they agree.

    >>> status(0xA712, "C-STORE").meaning
    'Refused: Out of Resources'
    >>> status(0xB000, "C-MOVE").category.value
    'Warning'
    >>> status(0x0122).meaning
    'Refused: SOP Class not supported'
    """
    if not 0 <= code <= 0xFFFF:
        raise ValueError(
            f"{code!r} is not a status code; Status (0000,0900) is a number from 0 to FFFF hex"
        )
    kind = None if service is None else _service(service)
    if service_class is not None:
        _check_service_class(service_class)
    known = _best(code, kind, service_class)
    if known is not None:
        return known._replace(code=code)
    # Without a service the tables may have several meanings, or none at all.
    used = kind is None and any(code & row.mask == row.status.code for row in _table().specific)
    meaning = "a meaning that depends on the service" if used else "not assigned by the standard"
    return Status(code, "", status_category(code), meaning, (), "", "", (), "")


def failure_reasons() -> tuple[Status, ...]:
    """What Failure Reason (0008,1197) says of an instance that is not committed (PS3.3 C.14.1.1)."""
    return tuple(_reasons().values())


def failure_reason(code: int) -> Status:
    """What a Failure Reason (0008,1197) means; never an error for an unknown one.

    Those of storage commitment come first (PS3.3 C.14.1.1). Whoever tells why an instance was not stored,
    such as an answer of STOW-RS (PS3.18), uses the codes of C-STORE, so the others are read as these.

    >>> failure_reason(0x0131).meaning
    'Duplicate Transaction UID'
    >>> failure_reason(0xA700).meaning
    'Refused: Out of Resources'
    """
    return _reasons().get(code) or status(code, "C-STORE")


@cache
def _reasons() -> Mapping[int, Status]:
    from ._value_lists import value_lists

    terms = [term for found in value_lists(*_REASONS) for term in found.terms]
    rows = [(int(term.value.rstrip("H"), 16), term.meaning) for term in terms]
    return MappingProxyType(
        {
            code: Status(
                code, f"{code:04X}", StatusCategory.FAILURE, meaning, (), "Storage Commitment", "", (), "PS3.3 C.14-1"
            )
            for code, meaning in sorted(rows)
        }
    )  # fmt: skip


def _best(code: int, kind: DimseService | None, service_class: str | None) -> Status | None:
    table = _table()
    general = next((row.status for row in table.general if row.status.code == code), None)
    fitting = [
        row
        for row in table.specific
        if code & row.mask == row.status.code
        and kind in {None, *row.status.services}
        and service_class in {None, row.status.service_class}
    ]
    if service_class is None:
        usual = [row for row in fitting if row.status.service_class in _USUAL]
        # 01xx and 02xx have meanings that no service class may change (PS3.7 Annex C).
        if general is not None and (kind is None or not usual or code >> 8 in {1, 2}):
            return general
        fitting = (usual if kind is not None else []) or _agreeing(fitting)
    # In one table the row with the fewest free digits counts.
    fitting.sort(key=lambda row: -row.mask.bit_count())
    return fitting[0].status if fitting else general


def _agreeing(rows: list[_Row]) -> list[_Row]:
    """The rows if they all say the same, else none."""
    return rows if len({row.status.meaning.lower().rstrip(".") for row in rows}) == 1 else []


def _service(name: str) -> DimseService:
    try:
        return DimseService(name)
    except ValueError:
        raise _unknown("DIMSE service", name, tuple(DimseService)) from None


def _check_service_class(name: str) -> None:
    known = _table().service_classes
    if name not in known:
        raise _unknown("service class with statuses of its own", name, known)


def _unknown(table: str, asked: str, known: tuple[str, ...]) -> UnknownEntry:
    from ._nearest import nearest

    return UnknownEntry(table, asked, nearest(asked, [str(name) for name in known]))


# Tracebacks, reprs and pickles name the place that users import from
StatusCategory.__module__ = DimseService.__module__ = StatusType.__module__ = "dicom_dict"
Status.__module__ = status_category.__module__ = status_types.__module__ = "dicom_dict"
statuses.__module__ = status.__module__ = "dicom_dict"
failure_reason.__module__ = failure_reasons.__module__ = "dicom_dict"
