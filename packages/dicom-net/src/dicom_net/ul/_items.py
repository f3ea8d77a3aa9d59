"""The items inside A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.2, 9.3.3; user information in PS3.7 D.3.3).

Items of unknown types are skipped (PS3.8 9.3.1); those of the user information are kept as `UnknownItem`.
A string is decoded as Latin-1, so that each byte of a peer survives; we send ASCII.
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple, TypeAlias, TypeVar

from .._errors import LocalProtocolError
from ._events import (
    AnsweredContext,
    AssociateAC,
    AssociateRQ,
    OperationsWindow,
    ProposedContext,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UnknownItem,
    UserIdentity,
)
from ._reader import broken

__all__ = ["Items", "context_items", "encode_text", "item", "read_items", "user_information"]

T = TypeVar("T")

_HEADER = Struct(">BBH")
_PROPOSED = Struct(">BxHB3xBxH")
_US = Struct(">H")
_UL = Struct(">I")
_WINDOW = Struct(">HH")

MOST_ITEMS = 4096
"""Of the variable field, and of the user information: 128 contexts need no more, and each costs far more memory than bytes."""

ABSENT_MAX = 16_384
"""What a peer takes that does not say: the default of most, and safe where none was meant."""


class Items:
    """What the variable items of an A-ASSOCIATE-RQ or -AC said."""

    __slots__ = (
        "answered",
        "application_context",
        "common_extended",
        "extended",
        "identity_response",
        "implementation_class",
        "implementation_version",
        "max_pdu",
        "proposed",
        "roles",
        "unknown",
        "user_identity",
        "window",
    )

    def __init__(self) -> None:
        self.application_context = ""
        self.proposed: list[ProposedContext] = []
        self.answered: list[AnsweredContext] = []
        self.max_pdu = ABSENT_MAX
        self.implementation_class = ""
        self.implementation_version = ""
        self.window: OperationsWindow | None = None
        self.roles: list[RoleSelection] = []
        self.extended: list[SopClassExtended] = []
        self.common_extended: list[SopClassCommonExtended] = []
        self.user_identity: UserIdentity | None = None
        self.identity_response: bytes | None = None
        self.unknown: list[UnknownItem] = []


class _Part(NamedTuple):
    """An item: its type, its second byte (the version of 57H), its value, and where that begins in the stream."""

    kind: int
    second: int
    value: bytes
    offset: int


def _split(data: bytes, offset: int) -> Iterator[_Part]:
    pos, end = 0, len(data)
    while pos < end:
        if end - pos < 4:
            raise broken(f"{end - pos} bytes where an item begins", "item-length", offset + pos)
        kind, second, length = _HEADER.unpack_from(data, pos)
        if length > end - pos - 4:
            text = f"an item {kind:02X}H of {length} bytes where {end - pos - 4} are left"
            raise broken(text, "item-length", offset + pos)
        yield _Part(kind, second, data[pos + 4 : pos + 4 + length], offset + pos + 4)
        pos += 4 + length


def _text(value: bytes) -> str:
    # Some peers pad UIDs as data sets do; padding means nothing here (PS3.8 annex F forbids it)
    return value.rstrip(b"\0 ").decode("latin-1")


class _Fields:
    """The fields of an item whose lengths stand before them."""

    def __init__(self, part: _Part) -> None:
        self._part = part
        self._pos = 0

    def take(self, length: int) -> bytes:
        """So many bytes."""
        part, pos = self._part, self._pos
        if length > len(part.value) - pos:
            text = f"a field of {length} bytes where {len(part.value) - pos} are left of item {part.kind:02X}H"
            raise broken(text, "item-field", part.offset + pos)
        self._pos = pos + length
        return part.value[pos : self._pos]

    def field(self) -> bytes:
        """A field with its length in two bytes before it."""
        (length,) = _US.unpack(self.take(2))
        return self.take(length)

    def rest(self) -> bytes:
        """What is left."""
        return self.take(len(self._part.value) - self._pos)


def _fixed(part: _Part, struct: Struct) -> tuple[int, ...]:
    if len(part.value) != struct.size:
        text = f"an item {part.kind:02X}H of {len(part.value)} bytes; it has {struct.size}"
        raise broken(text, "item-length", part.offset)
    return struct.unpack(part.value)


_Syntaxes: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]


def _syntaxes(value: bytes, offset: int, known: dict[bytes, _Syntaxes]) -> _Syntaxes:
    """The abstract and the transfer syntaxes in the sub-items of a context.

    Up to 128 contexts of a PDU mostly repeat the same transfer syntaxes: what stands in ``known`` is not read again,
    which halves what an association costs.
    """
    after = 4 + int.from_bytes(value[2:4], "big") if value[:1] == b"\x30" else 0
    rest = value[after:]
    found = known.get(rest) if rest else None
    if found is not None:
        return ((_text(value[4:after]), *found[0]) if after else found[0]), found[1]
    abstract, transfer = [], []
    for sub in _split(value, offset):
        if sub.kind == 0x30:
            abstract.append(_text(sub.value))
        elif sub.kind == 0x40:
            transfer.append(_text(sub.value))
    if rest:
        known[rest] = tuple(abstract[1:] if after else abstract), tuple(transfer)
    return tuple(abstract), tuple(transfer)


def _context(part: _Part) -> tuple[int, int]:
    """The ID of a presentation context, and its result where it has one."""
    if len(part.value) < 4:
        text = f"a presentation context item of {len(part.value)} bytes"
        raise broken(text, "context-item", part.offset)
    number = part.value[0]
    if not number & 1:
        text = f"presentation context ID {number}; it is odd"
        raise broken(text, "context-id", part.offset)
    return number, part.value[2]


def _proposed(part: _Part, known: dict[bytes, _Syntaxes]) -> ProposedContext:
    number, _ = _context(part)
    abstract, transfer = _syntaxes(part.value[4:], part.offset + 4, known)
    if len(abstract) != 1 or not transfer:
        text = (
            f"presentation context {number} with {len(abstract)} abstract syntaxes "
            f"and {len(transfer)} transfer syntaxes"
        )
        raise broken(text, "context-item", part.offset)
    return ProposedContext(number, abstract[0], transfer)


def _answered(part: _Part, known: dict[bytes, _Syntaxes]) -> AnsweredContext:
    number, result = _context(part)
    transfer = _syntaxes(part.value[4:], part.offset + 4, known)[1]
    if result == 0 and len(transfer) != 1:
        text = f"presentation context {number} accepted with {len(transfer)} transfer syntaxes"
        raise broken(text, "context-item", part.offset)
    return AnsweredContext(number, result, transfer[0] if transfer else "")


def _role(part: _Part) -> RoleSelection:
    fields = _Fields(part)
    sop_class = _text(fields.field())
    scu, scp = fields.take(2)
    return RoleSelection(sop_class, scu == 1, scp == 1)


def _extended(part: _Part) -> SopClassExtended:
    fields = _Fields(part)
    return SopClassExtended(_text(fields.field()), fields.rest())


def _common_extended(part: _Part) -> SopClassCommonExtended:
    fields = _Fields(part)
    sop_class, service_class = _text(fields.field()), _text(fields.field())
    related = fields.field()
    uids, inner = [], _Fields(_Part(part.kind, 0, related, part.offset))
    left = len(related)
    while left > 0:
        uid = inner.field()
        uids.append(_text(uid))
        left -= 2 + len(uid)
    # What follows is reserved for later versions of the item (PS3.7 D.3.3.6.1)
    return SopClassCommonExtended(sop_class, service_class, tuple(uids), part.second)


def _identity(part: _Part) -> UserIdentity:
    fields = _Fields(part)
    kind, wants = fields.take(2)
    primary = fields.field()
    return UserIdentity(kind, primary, fields.field(), wants_response=wants == 1)


def _user(part: _Part, found: Items, *, request: bool) -> None:
    kind = part.kind
    if kind == 0x51:
        (found.max_pdu,) = _fixed(part, _UL)
    elif kind == 0x52:
        found.implementation_class = _text(part.value)
    elif kind == 0x53:
        found.window = OperationsWindow(*_fixed(part, _WINDOW))
    elif kind == 0x54:
        found.roles.append(_role(part))
    elif kind == 0x55:
        found.implementation_version = _text(part.value)
    elif kind == 0x56:
        found.extended.append(_extended(part))
    elif kind == 0x57 and request:
        found.common_extended.append(_common_extended(part))
    elif kind == 0x58 and request:
        found.user_identity = _identity(part)
    elif kind == 0x59 and not request:
        found.identity_response = _Fields(part).field()
    else:
        found.unknown.append(UnknownItem(kind, part.value))


def read_items(data: bytes, offset: int, *, request: bool) -> Items:
    """The variable items of a request, or of its answer; a peer's mistakes raise `RemoteProtocolError`."""
    found, users = Items(), 0
    seen = set()
    known: dict[bytes, _Syntaxes] = {}
    for count, part in enumerate(_split(data, offset)):
        if count == MOST_ITEMS:
            raise broken(f"more than {MOST_ITEMS} items", "item-count", part.offset)
        if part.kind == 0x10:
            found.application_context = _text(part.value)
        elif part.kind == (0x20 if request else 0x21):
            context = _proposed(part, known) if request else _answered(part, known)
            if context.id in seen:
                text = f"presentation context {context.id} twice"
                raise broken(text, "context-id", part.offset)
            seen.add(context.id)
            if isinstance(context, ProposedContext):
                found.proposed.append(context)
            else:
                found.answered.append(context)
        elif part.kind == 0x50:
            for sub in _split(part.value, part.offset):
                users += 1
                if users > MOST_ITEMS:
                    text = f"more than {MOST_ITEMS} items of user information"
                    raise broken(text, "item-count", sub.offset)
                _user(sub, found, request=request)
    return found


def encode_text(text: str, *, limit: int = 0xFFFF, encoding: str = "ascii") -> bytes:
    """A name as it is sent; one that cannot be sent raises `LocalProtocolError`."""
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        raise LocalProtocolError(f"{text!a} has characters that cannot be sent") from None
    if len(data) > limit:
        raise LocalProtocolError(f"{text!r} is longer than {limit} characters")
    return data


def item(kind: int, value: bytes, second: int = 0) -> bytes:
    """An item with its header."""
    if len(value) > 0xFFFF:
        raise LocalProtocolError(
            f"an item {kind:02X}H of {len(value)} bytes; its length has 16 bits"
        )
    return _HEADER.pack(kind, second, len(value)) + value


def _field(value: bytes) -> bytes:
    if len(value) > 0xFFFF:
        raise LocalProtocolError(f"a field of {len(value)} bytes; its length has 16 bits")
    return _US.pack(len(value)) + value


def _uid(text: str) -> bytes:
    # Latin-1: an answer repeats what the request said, whatever that was
    return encode_text(text, encoding="latin-1")


def context_items(event: AssociateRQ | AssociateAC) -> Iterator[bytes]:
    """The presentation context items; most have the same transfer syntaxes, which are encoded once."""
    known: dict[tuple[str, ...], bytes] = {}

    def encoded(syntaxes: tuple[str, ...]) -> bytes:
        found = known.get(syntaxes)
        if found is None:
            found = known[syntaxes] = b"".join(item(0x40, _uid(syntax)) for syntax in syntaxes)
        return found

    if isinstance(event, AssociateRQ):
        for context in event.contexts:
            abstract, rest = _uid(context.abstract_syntax), encoded(context.transfer_syntaxes)
            whole = len(abstract) + len(rest) + 8
            if whole > 0xFFFF:
                raise LocalProtocolError(
                    f"presentation context {context.id} of {whole} bytes; its length has 16 bits"
                )
            # Context and abstract syntax in one: there are up to 128 of them
            yield _PROPOSED.pack(0x20, whole, context.id, 0x30, len(abstract)) + abstract + rest
    else:
        for answer in event.contexts:
            syntax = encoded((answer.transfer_syntax,))
            yield item(0x21, bytes((answer.id, 0, answer.result, 0)) + syntax)


def user_information(event: AssociateRQ | AssociateAC) -> bytes:
    """The user information item; its sub-items ascend, since older peers expect it (PS3.8 9.3.2.3)."""
    parts = [item(0x51, _UL.pack(event.max_pdu))]
    if event.implementation_class:
        parts.append(item(0x52, encode_text(event.implementation_class, limit=64)))
    if event.window is not None:
        parts.append(item(0x53, _WINDOW.pack(event.window.invoked, event.window.performed)))
    for role in event.roles:
        parts.append(item(0x54, _field(_uid(role.sop_class)) + bytes((role.scu, role.scp))))
    if event.implementation_version:
        parts.append(item(0x55, encode_text(event.implementation_version, limit=16)))
    for extended in event.extended:
        parts.append(item(0x56, _field(_uid(extended.sop_class)) + extended.information))
    if isinstance(event, AssociateRQ):
        for common in event.common_extended:
            related = b"".join(_field(_uid(uid)) for uid in common.related)
            value = _field(_uid(common.sop_class)) + _field(_uid(common.service_class))
            parts.append(item(0x57, value + _field(related), common.version))
        identity = event.user_identity
        if identity is not None:
            value = bytes((identity.kind, identity.wants_response))
            value += _field(identity.primary) + _field(identity.secondary)
            parts.append(item(0x58, value))
    elif event.identity_response is not None:
        parts.append(item(0x59, _field(event.identity_response)))
    parts.extend(item(unknown.kind, unknown.value) for unknown in event.unknown)
    return item(0x50, b"".join(parts))
