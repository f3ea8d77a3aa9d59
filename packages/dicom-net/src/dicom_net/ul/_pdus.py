"""The seven PDUs of PS3.8 9.3 as bytes: headers and bodies of the six control PDUs, and P-DATA-TF as it is cut."""

from collections.abc import Sequence
from struct import Struct
from typing import Final

from .._errors import LocalProtocolError
from ._events import (
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ReleaseRP,
    ReleaseRQ,
)
from ._items import read_items, user_information
from ._items_common import encode_text, item
from ._items_contexts import context_items
from ._reader import broken

__all__ = ["CONTROL_NAMES", "Control", "cut", "decode_control", "encode_control"]

Control = AssociateRQ | AssociateAC | AssociateRJ | ReleaseRQ | ReleaseRP | Abort

CONTROL_NAMES: Final = {
    0x01: "A-ASSOCIATE-RQ",
    0x02: "A-ASSOCIATE-AC",
    0x03: "A-ASSOCIATE-RJ",
    0x04: "P-DATA-TF",
    0x05: "A-RELEASE-RQ",
    0x06: "A-RELEASE-RP",
    0x07: "A-ABORT",
}

_PDU = Struct(">BxI")
_FIXED = Struct(">H2x16s16s32s")
_BOTH = Struct(">BxIIBB")


def _title(raw: bytes) -> str:
    # Leading and trailing spaces mean nothing (PS3.8 table 9-11); some peers pad with NUL
    return raw.rstrip(b"\0").strip(b" ").decode("latin-1")


def _encode_title(title: str, *, request: bool) -> bytes:
    if not request:  # repeats what the request said, whatever that was, and nobody looks at it
        return title.encode("latin-1", "replace")[:16].ljust(16)
    data = encode_text(title, limit=16)
    if not data.strip() or not title.isprintable() or "\\" in title:
        raise LocalProtocolError(
            f"AE title {title!r}; it has 1 to 16 characters, no backslash, no control characters"
        )
    return data.ljust(16)


def _associate(body: bytes, offset: int, *, request: bool) -> AssociateRQ | AssociateAC:
    if len(body) < _FIXED.size:
        text = f"an association PDU of {len(body)} bytes; it has {_FIXED.size} at least"
        raise broken(text, "associate-length", offset)
    version, called, calling, reserved = _FIXED.unpack_from(body)
    items = read_items(body[_FIXED.size :], offset + 6 + _FIXED.size, request=request)
    if request:
        return AssociateRQ(
            called=_title(called),
            calling=_title(calling),
            protocol_version=version,
            reserved=reserved,
            application_context=items.application_context,
            contexts=tuple(items.proposed),
            max_pdu=items.max_pdu,
            implementation_class=items.implementation_class,
            implementation_version=items.implementation_version,
            window=items.window,
            roles=tuple(items.roles),
            extended=tuple(items.extended),
            unknown=tuple(items.unknown),
            common_extended=tuple(items.common_extended),
            user_identity=items.user_identity,
        )
    return AssociateAC(
        called=_title(called),
        calling=_title(calling),
        protocol_version=version,
        reserved=reserved,
        application_context=items.application_context,
        contexts=tuple(items.answered),
        max_pdu=items.max_pdu,
        implementation_class=items.implementation_class,
        implementation_version=items.implementation_version,
        window=items.window,
        roles=tuple(items.roles),
        extended=tuple(items.extended),
        unknown=tuple(items.unknown),
        identity_response=items.identity_response,
    )


def decode_control(kind: int, body: bytes, offset: int) -> Control:
    """A control PDU whose header stood at this offset of the stream."""
    if kind == 0x01:
        return _associate(body, offset, request=True)
    if kind == 0x02:
        return _associate(body, offset, request=False)
    if kind == 0x03:
        return AssociateRJ(body[1], body[2], body[3])
    if kind == 0x05:
        return ReleaseRQ()
    if kind == 0x06:
        return ReleaseRP()
    return Abort(body[2], body[3])


def encode_control(event: Control) -> bytes:
    """A control PDU; what cannot be sent raises `LocalProtocolError`."""
    if isinstance(event, AssociateRQ | AssociateAC):
        request = isinstance(event, AssociateRQ)
        fixed = _FIXED.pack(
            event.protocol_version,
            _encode_title(event.called, request=request),
            _encode_title(event.calling, request=request),
            event.reserved,
        )
        body = b"".join(
            (
                fixed,
                item(0x10, encode_text(event.application_context)),
                context_items(event.contexts),
                user_information(event),
            )
        )
        return _PDU.pack(0x01 if request else 0x02, len(body)) + body
    if isinstance(event, AssociateRJ):
        return _PDU.pack(0x03, 4) + bytes((0, event.result, event.source, event.reason))
    if isinstance(event, ReleaseRQ):
        return b"\x05\0\0\0\0\4\0\0\0\0"
    if isinstance(event, ReleaseRP):
        return b"\x06\0\0\0\0\4\0\0\0\0"
    return _PDU.pack(0x07, 4) + bytes((0, 0, event.source, event.reason))


def cut(
    context: int,
    views: Sequence[bytes | bytearray | memoryview],
    *,
    command: bool,
    last: bool,
    longest: int,
) -> list[bytes | bytearray | memoryview]:
    """P-DATA-TF PDUs of at most this length, one fragment in each; the views of data sets pass through uncopied."""
    total = sum(map(len, views))
    room = (longest - 6) & ~1  # PS3.8 E.1: fragments are even
    flags = (1 if command else 0) | (2 if last else 0)
    if total <= room:
        if not total and not last:
            return []
        header = _BOTH.pack(4, total + 6, total + 2, context, flags)
        # A command set is short: that the system gathers two buffers costs more than putting them together
        return [header + b"".join(views)] if command else [header, *views]
    full = _BOTH.pack(4, room + 6, room + 2, context, flags & 1)
    out: list[bytes | bytearray | memoryview] = []
    append = out.append
    if len(views) == 1:  # a file or a part of one: in half the time of what follows
        whole = memoryview(views[0])
        end = (total - 1) // room * room
        for start in range(0, end, room):
            append(full)
            append(whole[start : start + room])
        append(_BOTH.pack(4, total - end + 6, total - end + 2, context, flags))
        append(whole[end:])
        return out
    free, left = 0, total  # what the PDU that was begun still takes, and what is still to be sent
    for view in views:
        pos, end = 0, len(view)
        if end and isinstance(view, bytes | bytearray):
            view = memoryview(view)
        while pos < end:
            if not free:
                if left > room:
                    append(full)
                    free = room
                else:
                    append(_BOTH.pack(4, left + 6, left + 2, context, flags))
                    free = left
            step = min(free, end - pos)
            append(view[pos : pos + step])
            pos += step
            free -= step
            left -= step
    return out
