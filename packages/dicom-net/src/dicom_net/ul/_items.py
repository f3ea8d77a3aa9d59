"""The items inside A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.2, 9.3.3; user information in PS3.7 D.3.3).

Items of unknown types are skipped (PS3.8 9.3.1); those of the user information are kept as `UnknownItem`.
A string is decoded as Latin-1, so that each byte of a peer survives; we send ASCII.
"""

from struct import Struct

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
from ._items_common import Part, encode_text, encode_uid, item, part_at, split, text_of
from ._items_contexts import contexts_in, run
from ._reader import broken

__all__ = ["Items", "read_items", "user_information"]

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


class _Fields:
    """The fields of an item whose lengths stand before them."""

    def __init__(self, part: Part) -> None:
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


def _fixed(part: Part, struct: Struct) -> tuple[int, ...]:
    if len(part.value) != struct.size:
        text = f"an item {part.kind:02X}H of {len(part.value)} bytes; it has {struct.size}"
        raise broken(text, "item-length", part.offset)
    return struct.unpack(part.value)


def _role(part: Part) -> RoleSelection:
    fields = _Fields(part)
    sop_class = text_of(fields.field())
    scu, scp = fields.take(2)
    return RoleSelection(sop_class, scu == 1, scp == 1)


def _extended(part: Part) -> SopClassExtended:
    fields = _Fields(part)
    return SopClassExtended(text_of(fields.field()), fields.rest())


def _common_extended(part: Part) -> SopClassCommonExtended:
    fields = _Fields(part)
    sop_class, service_class = text_of(fields.field()), text_of(fields.field())
    related = fields.field()
    uids, inner = [], _Fields(Part(part.kind, 0, related, part.offset))
    left = len(related)
    while left > 0:
        uid = inner.field()
        uids.append(text_of(uid))
        left -= 2 + len(uid)
    # What follows is reserved for later versions of the item (PS3.7 D.3.3.6.1)
    return SopClassCommonExtended(sop_class, service_class, tuple(uids), part.second)


def _identity(part: Part) -> UserIdentity:
    fields = _Fields(part)
    kind, wants = fields.take(2)
    primary = fields.field()
    return UserIdentity(kind, primary, fields.field(), wants_response=wants == 1)


def _user(part: Part, found: Items, *, request: bool) -> None:
    kind = part.kind
    if kind == 0x51:
        (found.max_pdu,) = _fixed(part, _UL)
    elif kind == 0x52:
        found.implementation_class = text_of(part.value)
    elif kind == 0x53:
        found.window = OperationsWindow(*_fixed(part, _WINDOW))
    elif kind == 0x54:
        found.roles.append(_role(part))
    elif kind == 0x55:
        found.implementation_version = text_of(part.value)
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


def _take_contexts(found: Items, block: bytes, offset: int, *, request: bool) -> None:
    proposed, answered = contexts_in(block, offset, request=request)
    there = {one.id for one in found.proposed} | {one.id for one in found.answered}
    if there:  # contexts in several places
        for number in [one.id for one in proposed] + [one.id for one in answered]:
            if number in there:
                raise broken(f"presentation context {number} twice", "context-id", offset)
    found.proposed += proposed
    found.answered += answered


def read_items(data: bytes, offset: int, *, request: bool) -> Items:
    """The variable items of a request, or of its answer; a peer's mistakes raise `RemoteProtocolError`."""
    found, users, count = Items(), 0, 0
    pos, end = 0, len(data)
    while pos < end:
        if data[pos] == (0x20 if request else 0x21):
            start, (pos, more) = pos, run(data, pos, MOST_ITEMS - count)
            count += more
            if count > MOST_ITEMS:
                raise broken(f"more than {MOST_ITEMS} items", "item-count", offset + start)
            _take_contexts(found, data[start:pos], offset + start, request=request)
            continue
        part = part_at(data, pos, offset)
        pos += 4 + len(part.value)
        count += 1
        if count > MOST_ITEMS:
            raise broken(f"more than {MOST_ITEMS} items", "item-count", part.offset)
        if part.kind == 0x10:
            found.application_context = text_of(part.value)
        elif part.kind == 0x50:
            for sub in split(part.value, part.offset):
                users += 1
                if users > MOST_ITEMS:
                    text = f"more than {MOST_ITEMS} items of user information"
                    raise broken(text, "item-count", sub.offset)
                _user(sub, found, request=request)
    return found


def _field(value: bytes) -> bytes:
    if len(value) > 0xFFFF:
        raise LocalProtocolError(f"a field of {len(value)} bytes; its length has 16 bits")
    return _US.pack(len(value)) + value


def user_information(event: AssociateRQ | AssociateAC) -> bytes:
    """The user information item; its sub-items ascend, since older peers expect it (PS3.8 9.3.2.3)."""
    parts = [item(0x51, _UL.pack(event.max_pdu))]
    if event.implementation_class:
        parts.append(item(0x52, encode_text(event.implementation_class, limit=64)))
    if event.window is not None:
        parts.append(item(0x53, _WINDOW.pack(event.window.invoked, event.window.performed)))
    for role in event.roles:
        parts.append(item(0x54, _field(encode_uid(role.sop_class)) + bytes((role.scu, role.scp))))
    if event.implementation_version:
        parts.append(item(0x55, encode_text(event.implementation_version, limit=16)))
    for extended in event.extended:
        parts.append(item(0x56, _field(encode_uid(extended.sop_class)) + extended.information))
    if isinstance(event, AssociateRQ):
        for common in event.common_extended:
            related = b"".join(_field(encode_uid(uid)) for uid in common.related)
            value = _field(encode_uid(common.sop_class)) + _field(encode_uid(common.service_class))
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
