"""The command sets of bulk traffic, read and written in one piece.

Each C-STORE and C-ECHO costs two of them, and each C-FIND answer one. The loops of `_decode` and `_encode` take 2 to 3 times
as long. A test shows that both say the same; whatever does not look exactly as here goes the long way.
"""

from functools import lru_cache
from struct import Struct, error
from typing import Final

from ._command import CommandField
from ._fields import DATA, NO_DATA
from ._messages import CEchoRQ, CEchoRSP, CFindRSP, Command, CStoreRQ, CStoreRSP

__all__ = ["read", "write"]

_START: Final = Struct("<HHIIHHI")
_HEADER: Final = Struct("<HHI")


def _us(element: int) -> bytes:
    return _HEADER.pack(0, element, 2)


# From (0000,0100) on: headers, each before its value; a request ends with the header of its instance UID
_REQUEST: Final = Struct("<8s2s8sH8sH8sHHHI")
_PLAIN: Final = Struct("<8s2s8sH8sH")  # a C-ECHO request
_RESPONSE: Final = Struct("<8s2s8sH8sH8sH")
_CODE: Final = _us(0x0100)
_ID: Final = _us(0x0110)
_RESPONDED_TO: Final = _us(0x0120)
_PRIORITY: Final = _us(0x0700)
_TYPE: Final = _us(0x0800)
_STATUS: Final = _us(0x0900)
_INSTANCE: Final = 0x1000
_ORIGINATOR: Final = 0x1030
_ORIGINATOR_ID: Final = Struct("<HHIH")


def _code(field: CommandField) -> bytes:
    return int(field).to_bytes(2, "little")


_STORE_RQ: Final = _code(CommandField.C_STORE_RQ)
_STORE_RSP: Final = _code(CommandField.C_STORE_RSP)
_FIND_RSP: Final = _code(CommandField.C_FIND_RSP)
_ECHO_RQ: Final = _code(CommandField.C_ECHO_RQ)
_ECHO_RSP: Final = _code(CommandField.C_ECHO_RSP)
_RESPONSES: Final = frozenset((_STORE_RSP, _FIND_RSP, _ECHO_RSP))


def read(data: bytes) -> tuple[Command, bool] | None:
    """A request of C-STORE or C-ECHO, or a response of those or of C-FIND, as nearly everybody writes them."""
    end = len(data)
    if end < 60:
        return None
    group, element, length, total, group2, element2, size = _START.unpack_from(data)
    here = 20 + size
    if (group, element, length, total, group2, element2) != (0, 0, 4, end - 12, 0, 2):
        return None
    code = data[here + 8 : here + 10]
    try:
        if code == _STORE_RQ:
            return _read_store(data, here, end)
        if code in _RESPONSES:
            return _read_response(data, here, end, code)
        if code == _ECHO_RQ:
            return _read_echo(data, here, end)
    except UnicodeDecodeError:
        return None
    return None


def _read_store(data: bytes, here: int, end: int) -> tuple[Command, bool] | None:
    there = here + _REQUEST.size
    if there >= end:
        return None
    (
        code, _, message, message_id, important, priority, kind, data_type, group, element, size,
    ) = _REQUEST.unpack_from(data, here)  # fmt: skip
    if (code, message, important, kind, group, element, size) != (
        _CODE, _ID, _PRIORITY, _TYPE, 0, _INSTANCE, end - there,
    ):  # fmt: skip
        return None
    sop_class = data[20:here].decode("ascii").strip(" \0")
    instance = data[there:end].decode("ascii").strip(" \0")
    if not sop_class or not instance or data_type == NO_DATA:
        return None
    return CStoreRQ(
        message_id=message_id,
        affected_sop_class=sop_class,
        affected_sop_instance=instance,
        priority=priority,
    ), True


def _read_echo(data: bytes, here: int, end: int) -> tuple[Command, bool] | None:
    if here + _PLAIN.size != end:
        return None
    code, _, message, message_id, kind, data_type = _PLAIN.unpack_from(data, here)
    sop_class = data[20:here].decode("ascii").strip(" \0")
    if (code, message, kind) != (_CODE, _ID, _TYPE) or not sop_class:
        return None
    return CEchoRQ(message_id=message_id, affected_sop_class=sop_class), data_type != NO_DATA


def _read_response(data: bytes, here: int, end: int, which: bytes) -> tuple[Command, bool] | None:
    there = here + _RESPONSE.size
    if there > end:
        return None
    code, _, message, responded_to, kind, data_type, important, status = _RESPONSE.unpack_from(
        data, here
    )
    if (code, message, kind, important) != (_CODE, _RESPONDED_TO, _TYPE, _STATUS):
        return None
    sop_class = data[20:here].decode("ascii").strip(" \0") or None
    announced = data_type != NO_DATA
    if which == _STORE_RSP:
        instance = None
        if there < end:
            if there + 8 > end or _HEADER.unpack_from(data, there) != (
                0,
                _INSTANCE,
                end - there - 8,
            ):
                return None
            instance = data[there + 8 : end].decode("ascii").strip(" \0") or None
        return CStoreRSP(
            responded_to=responded_to,
            status=status,
            affected_sop_class=sop_class,
            affected_sop_instance=instance,
        ), announced
    if there < end:
        return None
    if which == _ECHO_RSP:
        return CEchoRSP(
            responded_to=responded_to, status=status, affected_sop_class=sop_class
        ), announced
    return CFindRSP(
        responded_to=responded_to,
        status=status,
        affected_sop_class=sop_class,
        has_data=announced,
    ), announced


def write(command: Command) -> bytes | None:
    """A request of C-ECHO or C-STORE, or a response of those or of C-FIND with a status alone."""
    try:
        # Asked for one after another: `isinstance` with all of them costs as much as the rest
        if type(command) is CStoreRSP:
            instance = command.affected_sop_instance
            uid = b"" if instance is None else _padded(instance)
            end = b"" if instance is None else _HEADER.pack(0, _INSTANCE, len(uid)) + uid
            return _response(command, _STORE_RSP, end)
        if type(command) is CEchoRSP:
            return _response(command, _ECHO_RSP)
        if type(command) is CFindRSP:
            return _response(command, _FIND_RSP)
        if type(command) is CEchoRQ:
            sop_class = _of_class(command.affected_sop_class)
            middle = _PLAIN.pack(_CODE, _ECHO_RQ, _ID, command.message_id, _TYPE, NO_DATA)
            return _whole(sop_class, middle)
        if type(command) is CStoreRQ:
            originator = b""
            if command.move_originator is not None or command.move_originator_id is not None:
                originator = _of_move(command.move_originator, command.move_originator_id)
            sop_class = _of_class(command.affected_sop_class)
            uid = _padded(command.affected_sop_instance)
            middle = _REQUEST.pack(
                _CODE, _STORE_RQ, _ID, command.message_id, _PRIORITY, command.priority,
                _TYPE, DATA if command.has_data else NO_DATA, 0, _INSTANCE, len(uid),
            )  # fmt: skip
            return _whole(sop_class, middle, uid + originator)
    except (ValueError, error):
        pass  # the long way says what is wrong
    return None


def _response(
    command: CStoreRSP | CEchoRSP | CFindRSP, code: bytes, end: bytes = b""
) -> bytes | None:
    if (
        command.affected_sop_class is None
        or command.comment
        or command.offending
        or command.error_id is not None
    ):
        return None
    middle = _RESPONSE.pack(
        _CODE, code, _RESPONDED_TO, command.responded_to,
        _TYPE, DATA if command.has_data else NO_DATA, _STATUS, command.status,
    )  # fmt: skip
    return _whole(_of_class(command.affected_sop_class), middle, end)


def _whole(sop_class: bytes, middle: bytes, end: bytes = b"") -> bytes:
    length = len(sop_class)
    total = 8 + length + len(middle) + len(end)
    return _START.pack(0, 0, 4, total, 0, 2, length) + sop_class + middle + end


def _padded(uid: str) -> bytes:
    raw = uid.encode("ascii")
    if not 0 < len(raw) <= 64:
        raise ValueError
    return raw + b"\0" if len(raw) & 1 else raw


@lru_cache(maxsize=256)  # a C-MOVE has one for all of its instances
def _of_move(title: str | None, message_id: int | None) -> bytes:
    """Who asked for it: (0000,1030) and (0000,1031). ValueError where it is not both, or no title."""
    raw = (title or "").encode("ascii")
    if message_id is None or not 0 < len(raw) <= 16:
        raise ValueError
    raw += b" " * (len(raw) & 1)
    header = _HEADER.pack(0, _ORIGINATOR, len(raw))
    return header + raw + _ORIGINATOR_ID.pack(0, _ORIGINATOR + 1, 2, message_id)


_of_class = lru_cache(maxsize=256)(_padded)  # an association has few
