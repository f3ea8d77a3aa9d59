"""What can be said on an association: the seven PDUs of PS3.8 9.3 and the end of the connection.

An event that one side sends is the event that the other receives. Control events are frozen, checked
when they are made and compared by value; `PData` is not, since bulk data leaves it no time.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum, unique
from typing import Final, TypeAlias

from attrs import field, frozen
from attrs.validators import ge, le, max_len, min_len

__all__ = [
    "Abort",
    "AbortReason",
    "AbortSource",
    "AnsweredContext",
    "AssociateAC",
    "AssociateRJ",
    "AssociateRQ",
    "ConnectionClosed",
    "ContextResult",
    "Event",
    "OperationsWindow",
    "PData",
    "ProposedContext",
    "RejectReason",
    "RejectResult",
    "RejectSource",
    "ReleaseRP",
    "ReleaseRQ",
    "RoleSelection",
    "SopClassCommonExtended",
    "SopClassExtended",
    "UnknownItem",
    "UserIdentity",
    "UserIdentityKind",
]

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
"""The DICOM Application Context Name (PS3.7 A.2.1)."""


@unique
class ContextResult(IntEnum):
    """What became of a proposed presentation context (PS3.8 table 9-18)."""

    ACCEPTANCE = 0
    USER_REJECTION = 1
    NO_REASON = 2
    ABSTRACT_SYNTAX_NOT_SUPPORTED = 3
    TRANSFER_SYNTAXES_NOT_SUPPORTED = 4


# One converter for each type: a checker cannot follow a bare `tuple` (mypy 2.1)
def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


_RESULTS: Final = {int(result): result for result in ContextResult}


def _known_result(number: int) -> int:
    return _RESULTS.get(number, number)


def _context_id(_instance: object, _attribute: object, value: int) -> None:
    if not 1 <= value <= 255:  # one function instead of attrs' two: an association has up to 256
        raise ValueError(f"presentation context ID {value}; it is 1 to 255")


def _result_number(_instance: object, _attribute: object, value: int) -> None:
    if not 0 <= value <= 255:
        raise ValueError(f"result {value} of a presentation context; it has one byte")


@frozen(cache_hash=True)
class ProposedContext:
    """A presentation context as it is asked for (PS3.8 9.3.2.2)."""

    id: int = field(validator=_context_id)
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...] = field(converter=_texts, validator=min_len(1))


@frozen(cache_hash=True)
class AnsweredContext:
    """A presentation context as it was answered (PS3.8 9.3.3.2); the transfer syntax means nothing unless it was accepted."""

    id: int = field(validator=_context_id)
    result: int = field(converter=_known_result, validator=_result_number)
    """A `ContextResult`; a number that the standard does not know is kept as it came."""
    transfer_syntax: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether it can be used."""
        return self.result == 0  # `ContextResult.ACCEPTANCE`, whose lookup costs more than the rest


@frozen
class OperationsWindow:
    """How many operations may be outstanding; 0 is without limit (PS3.7 D.3.3.3).

    Both are meant from the side of the requestor of the association.
    """

    invoked: int = field(default=1, validator=[ge(0), le(0xFFFF)])
    performed: int = field(default=1, validator=[ge(0), le(0xFFFF)])


@frozen
class RoleSelection:
    """Which roles the requestor takes for a SOP class (PS3.7 D.3.3.4)."""

    sop_class: str
    scu: bool
    scp: bool


@frozen
class SopClassExtended:
    """Service class application information (PS3.7 D.3.3.5)."""

    sop_class: str
    information: bytes


@frozen
class SopClassCommonExtended:
    """The service class of a SOP class, and general ones it may be taken for (PS3.7 D.3.3.6)."""

    sop_class: str
    service_class: str
    related: tuple[str, ...] = field(default=(), converter=_texts)
    version: int = 0


@unique
class UserIdentityKind(IntEnum):
    """What a user identity is (PS3.7 table D.3-14)."""

    USERNAME = 1
    USERNAME_AND_PASSCODE = 2
    KERBEROS = 3
    SAML = 4
    JWT = 5


_IDENTITIES: Final = {int(kind): kind for kind in UserIdentityKind}


def _known_identity(number: int) -> int:
    return _IDENTITIES.get(number, number)


@frozen
class UserIdentity:
    """Who uses the calling application (PS3.7 D.3.3.7). Neither repr nor errors show it."""

    kind: int = field(converter=_known_identity, validator=[ge(0), le(255)])
    """A `UserIdentityKind`; a number that the standard does not know is kept as it came."""
    primary: bytes = field(repr=False, validator=max_len(0xFFFF))
    secondary: bytes = field(default=b"", repr=False, validator=max_len(0xFFFF))
    wants_response: bool = False


@frozen
class UnknownItem:
    """A user information sub-item that we do not know; it is kept, and ignored (PS3.8 9.3.1)."""

    kind: int
    value: bytes = field(repr=False)


def _answered(items: Iterable[AnsweredContext]) -> tuple[AnsweredContext, ...]:
    return tuple(items)


def _proposed(items: Iterable[ProposedContext]) -> tuple[ProposedContext, ...]:
    return tuple(items)


def _roles(items: Iterable[RoleSelection]) -> tuple[RoleSelection, ...]:
    return tuple(items)


def _extended(items: Iterable[SopClassExtended]) -> tuple[SopClassExtended, ...]:
    return tuple(items)


def _common(items: Iterable[SopClassCommonExtended]) -> tuple[SopClassCommonExtended, ...]:
    return tuple(items)


def _unknown(items: Iterable[UnknownItem]) -> tuple[UnknownItem, ...]:
    return tuple(items)


@frozen(kw_only=True)
class _Associate:
    """What a request and its answer both say."""

    called: str
    """The AE title; the answer repeats what the request said, and nobody may look at it (PS3.8 9.3.3)."""
    calling: str
    application_context: str = APPLICATION_CONTEXT
    max_pdu: int = field(default=262_144, validator=[ge(0), le(0xFFFF_FFFF)])
    """The longest P-DATA-TF variable field that the sender of this takes; 0 is without limit."""
    implementation_class: str = ""
    implementation_version: str = ""
    window: OperationsWindow | None = None
    roles: tuple[RoleSelection, ...] = field(default=(), converter=_roles)
    extended: tuple[SopClassExtended, ...] = field(default=(), converter=_extended)
    unknown: tuple[UnknownItem, ...] = field(default=(), converter=_unknown)
    protocol_version: int = 1
    """Bit 0 is version 1; a receiver tests no other (PS3.8 9.3.2)."""
    reserved: bytes = field(default=bytes(32), repr=False, validator=[min_len(32), max_len(32)])
    """Bytes 43 to 74, which an answer repeats and nobody looks at."""


@frozen(kw_only=True)
class AssociateRQ(_Associate):
    """The wish for an association. Until it is answered, only an abort or the end of the connection may follow."""

    contexts: tuple[ProposedContext, ...] = field(converter=_proposed, validator=max_len(128))
    common_extended: tuple[SopClassCommonExtended, ...] = field(default=(), converter=_common)
    user_identity: UserIdentity | None = None


@frozen(kw_only=True)
class AssociateAC(_Associate):
    """The association stands."""

    contexts: tuple[AnsweredContext, ...] = field(converter=_answered, validator=max_len(128))
    identity_response: bytes | None = field(default=None, repr=False)


@unique
class RejectResult(IntEnum):
    """Whether asking again can help (PS3.8 table 9-21)."""

    PERMANENT = 1
    TRANSIENT = 2


@unique
class RejectSource(IntEnum):
    """Who rejects (PS3.8 table 9-21)."""

    USER = 1
    ACSE = 2
    PRESENTATION = 3


@unique
class RejectReason(IntEnum):
    """Why, source and reason in one number: ``source << 8 | reason`` (PS3.8 table 9-21)."""

    NO_REASON = 0x101
    APPLICATION_CONTEXT_NOT_SUPPORTED = 0x102
    CALLING_AE_NOT_RECOGNIZED = 0x103
    CALLED_AE_NOT_RECOGNIZED = 0x107
    ACSE_NO_REASON = 0x201
    PROTOCOL_VERSION_NOT_SUPPORTED = 0x202
    TEMPORARY_CONGESTION = 0x301
    LOCAL_LIMIT_EXCEEDED = 0x302


@frozen
class AssociateRJ:
    """The association is refused. Numbers that the standard does not know are kept as they came."""

    result: int
    source: int
    reason: int

    @property
    def is_transient(self) -> bool:
        """Whether asking again later may succeed."""
        return self.result == RejectResult.TRANSIENT

    @property
    def meaning(self) -> RejectReason | None:
        """The reason of PS3.8 table 9-21, or None for other numbers."""
        number = self.source << 8 | self.reason
        return _REASONS.get(number)

    @property
    def explanation(self) -> str:
        """Result, source and reason in words."""
        how = {1: "permanently", 2: "for now"}.get(self.result, f"with result {self.result}")
        who = {1: "the application", 2: "the association service", 3: "the presentation service"}
        meaning = self.meaning
        why = (
            f"reason {self.reason}"
            if meaning is None
            else meaning.name.removeprefix("ACSE_")
            .lower()
            .replace("_", " ")
            .replace(" ae ", " AE title ")
        )
        return f"{how}, by {who.get(self.source, f'source {self.source}')}: {why}"

    @property
    def suggestion(self) -> str:
        """What to do next."""
        return _NEXT.get(self.meaning, "look at the peer's log for the reason")


_REASONS: Final = {int(reason): reason for reason in RejectReason}

_NEXT: Final[dict[RejectReason | None, str]] = {
    RejectReason.APPLICATION_CONTEXT_NOT_SUPPORTED: "the peer does not speak DICOM's application context",
    RejectReason.CALLING_AE_NOT_RECOGNIZED: "have our AE title added to the peer's configuration, or call with one that it knows",
    RejectReason.CALLED_AE_NOT_RECOGNIZED: "call the peer by the AE title of its configuration",
    RejectReason.PROTOCOL_VERSION_NOT_SUPPORTED: "the peer speaks another version of the protocol",
    RejectReason.TEMPORARY_CONGESTION: "try again later",
    RejectReason.LOCAL_LIMIT_EXCEEDED: "the peer has as many associations as it takes; try again later",
}


@frozen
class ReleaseRQ:
    """The sender has nothing more to say."""


@frozen
class ReleaseRP:
    """The answer to `ReleaseRQ`: the association is over."""


@unique
class AbortSource(IntEnum):
    """Who aborts (PS3.8 table 9-26)."""

    USER = 0
    PROVIDER = 2


@unique
class AbortReason(IntEnum):
    """Why the provider aborts (PS3.8 table 9-26)."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    UNRECOGNIZED_PARAMETER = 4
    UNEXPECTED_PARAMETER = 5
    INVALID_PARAMETER_VALUE = 6


_ABORT_REASONS: Final = {int(reason): reason for reason in AbortReason}


@frozen
class Abort:
    """The association ends here and now. The reason means something only where the provider is the source."""

    source: int = AbortSource.USER
    reason: int = AbortReason.NOT_SPECIFIED

    @property
    def explanation(self) -> str:
        """Source and reason in words."""
        if self.source == AbortSource.USER:
            return "its application wanted to"
        known = _ABORT_REASONS.get(self.reason)
        if known is None:
            return f"reason {self.reason}"
        return known.name.lower().replace("_", " ").replace("pdu", "PDU")


@frozen
class ConnectionClosed:
    """The transport connection ended; nothing follows."""


class PData:
    """Fragments of one message, all of a command set or all of a data set (PS3.8 9.3.5).

    Received ``views`` are borrowed from the buffer that was fed: they are good until the next
    ``receive_data``. Sent ones are cut as the peer's maximum wants; those of data sets pass through uncopied.
    """

    __slots__ = ("command", "context", "last", "views")

    def __init__(
        self, context: int, views: Sequence[bytes | memoryview], *, command: bool, last: bool
    ) -> None:
        self.context = context
        self.views = views
        self.command = command
        self.last = last

    def __repr__(self) -> str:
        size = sum(map(len, self.views))
        kind = "command" if self.command else "data"
        return f"PData(context={self.context}, {kind}, {size} bytes, last={self.last})"


Event: TypeAlias = (
    AssociateRQ
    | AssociateAC
    | AssociateRJ
    | ReleaseRQ
    | ReleaseRP
    | Abort
    | ConnectionClosed
    | PData
)


# Tracebacks, reprs and pickles name the place that users import from
ContextResult.__module__ = ProposedContext.__module__ = AnsweredContext.__module__ = "dicom_net.ul"
OperationsWindow.__module__ = RoleSelection.__module__ = "dicom_net.ul"
SopClassExtended.__module__ = SopClassCommonExtended.__module__ = "dicom_net.ul"
UserIdentity.__module__ = UserIdentityKind.__module__ = UnknownItem.__module__ = "dicom_net.ul"
AssociateRQ.__module__ = AssociateAC.__module__ = RejectResult.__module__ = "dicom_net.ul"
RejectSource.__module__ = RejectReason.__module__ = AssociateRJ.__module__ = "dicom_net.ul"
ReleaseRQ.__module__ = ReleaseRP.__module__ = Abort.__module__ = "dicom_net.ul"
AbortSource.__module__ = AbortReason.__module__ = ConnectionClosed.__module__ = "dicom_net.ul"
PData.__module__ = "dicom_net.ul"
