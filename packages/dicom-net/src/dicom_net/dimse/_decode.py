"""Command sets into messages: Implicit VR Little Endian, by a loop of its own (PS3.7 6.3.1).

Rule 1: what leaves it open which message this is, or whether a data set follows, ends the association.
Rule 2: a request that can be told apart but not performed becomes an `InvalidRQ`, which is answered.
Rule 3: elements that a message does not have are not looked at; neither are retired ones (PS3.7 E.2).
Rule 4: an empty element is an absent one.
"""

from struct import Struct
from typing import Final, TypeAlias, cast

from dicom_core import Tag

from .._errors import RemoteProtocolError
from ..ul import Abort, AbortReason, AbortSource
from . import _hot
from ._command import InvalidRQ
from ._fields import FIELDS, NO_DATA, Kind
from ._messages import Command
from ._shapes import SHAPES, Shape

__all__ = ["decode", "violation"]

_START: Final = Struct("<HHII").unpack_from
_HEADER: Final = Struct("<HHI").unpack_from
_US: Final = Struct("<H").unpack_from
_KNOWN: Final = {entry.element: (name, entry.kind) for name, entry in FIELDS.items()}
_RESPONSE: Final = 0x8000

_PROCESSING_FAILURE: Final = 0x0110  # PS3.7 C.5.16
_UNRECOGNIZED_OPERATION: Final = 0x0211  # PS3.7 C.5.21

_Value: TypeAlias = int | str | tuple[Tag, ...]


def violation(
    rule: str,
    text: str,
    offset: int | None = None,
    reason: AbortReason = AbortReason.INVALID_PARAMETER_VALUE,
) -> RemoteProtocolError:
    """The peer broke a rule of PS3.7; with the abort that says so."""
    abort = Abort(AbortSource.PROVIDER, reason)
    return RemoteProtocolError(text, rule=rule, offset=offset, abort=abort)


def decode(data: bytes, offset: int | None = None) -> tuple[Command, bool]:
    """The message of a whole command set, and whether the peer announced a data set.

    Raises `RemoteProtocolError` where there is no message; ``offset`` is for its text.
    """
    return _hot.read(data) or _slowly(data, offset)


def _slowly(data: bytes, offset: int | None) -> tuple[Command, bool]:
    values, broken = _values(data, offset)
    try:
        code = cast("int", values.pop("command_field"))
        announced = values.pop("has_data") != NO_DATA
    except KeyError as absent:
        text = f"a command set without {_title(str(absent.args[0]))}"
        raise violation("command-fields", text, offset) from None
    shape = SHAPES.get(code)
    if shape is None:
        if code & _RESPONSE:
            text = f"a response {code:04X}H, which PS3.7 E.1 does not have"
            raise violation("command-field", text, offset)
        reason = "unrecognized operation"
        return _invalid(values, code, announced, _UNRECOGNIZED_OPERATION, reason, offset), announced
    if not values.keys() <= shape.names:
        values = {name: value for name, value in values.items() if name in shape.names}
    if broken or not shape.required <= values.keys() or (shape.needs_data and not announced):
        fault = _fault(values, broken, shape, announced)
        if fault is not None:
            return _answerable(fault, values, code, announced, offset), announced
    if shape.may_have_data:
        values["has_data"] = announced
    return shape.make(**values), announced


def _values(data: bytes, offset: int | None) -> tuple[dict[str, _Value], list[str]]:
    """The fields that there are, by name, and the names of those whose values are broken."""
    end = len(data)
    if end < 12:
        raise violation("command-length", f"a command set of {end} bytes", offset)
    group, element, length, total = _START(data)
    if (group, element, length) != (0, 0, 4) or total != end - 12:
        if (group, element, length) != (0, 0, 4) or not _has_appendix(data, 12 + total):
            raise _bad_start(data, offset)
        end = 12 + total
    values: dict[str, _Value] = {}
    broken: list[str] = []
    position = 12
    while position < end:
        if end - position < 8:
            raise violation("command-length", "a command set that ends within an element", offset)
        group, element, length = _HEADER(data, position)
        start = position + 8
        position = start + length
        if group or position > end:
            raise _bad_element(group, element, offset)
        if not length or element not in _KNOWN:
            continue
        name, kind = _KNOWN[element]
        if name in values:
            raise violation("command-twice", f"a command set with {_title(name)} twice", offset)
        if kind is Kind.US:
            if length == 2:
                values[name] = _US(data, start)[0]
            else:
                broken.append(name)
            continue
        raw = data[start:position]
        if kind is Kind.AT:
            if length & 3:
                broken.append(name)
            else:
                values[name] = _tags(raw)
        elif kind is Kind.LO:
            # A sentence for people, and some write it in their own language
            values[name] = raw.decode("ascii", "backslashreplace").strip(" \0")
        elif raw.isascii():
            # UI is padded with NUL, AE with spaces; some confuse them
            values[name] = raw.decode("ascii").strip(" \0")
        else:
            broken.append(name)
    return values, broken


def _tags(raw: bytes) -> tuple[Tag, ...]:
    return tuple(Tag(group << 16 | element) for group, element in (Struct("<HH").iter_unpack(raw)))


def _fault(
    values: dict[str, _Value], broken: list[str], shape: Shape, announced: bool
) -> tuple[str, str] | None:
    """What is wrong, and with which field."""
    for name in broken:
        if name in shape.names:
            return f"{_title(name)} is broken", name
    for name in sorted(shape.required - values.keys()):
        return f"{_title(name)} is missing", name
    if shape.needs_data and not announced:
        return "no data set is announced", "has_data"
    return None  # what is broken belongs to other messages


def _answerable(
    fault: tuple[str, str],
    values: dict[str, _Value],
    code: int,
    announced: bool,
    offset: int | None,
) -> InvalidRQ:
    text, name = fault
    if code & _RESPONSE or "message_id" not in values:
        shape = SHAPES[code]
        raise violation("command-fields", f"{shape.title}: {text}", offset)
    tag = Tag(FIELDS[name].element)
    return _invalid(values, code, announced, _PROCESSING_FAILURE, text, offset, (tag,))


def _invalid(
    values: dict[str, _Value],
    code: int,
    announced: bool,
    status: int,
    reason: str,
    offset: int | None,
    offending: tuple[Tag, ...] = (),
) -> InvalidRQ:
    message_id = values.get("message_id")
    if not isinstance(message_id, int):
        text = f"a request {code:04X}H without {_title('message_id')}"
        raise violation("command-fields", text, offset)
    sop_class = values.get("affected_sop_class") or values.get("requested_sop_class")
    instance = values.get("affected_sop_instance") or values.get("requested_sop_instance")
    return InvalidRQ(
        message_id=message_id,
        command_field=code,
        has_data=announced,
        status=status,
        reason=reason,
        offending=offending,
        affected_sop_class=cast("str | None", sop_class),
        affected_sop_instance=cast("str | None", instance),
    )


def _has_appendix(data: bytes, end: int) -> bool:
    """Whether other groups follow the elements that the group length counts.

    Orthanc puts the list of failed instances there when a C-GET was cancelled; no group but 0000 has a place in
    a command set (PS3.7 6.3.1), and so nobody looks at it.
    """
    return 12 < end <= len(data) - 8 and data[end : end + 2] != b"\0\0"


def _bad_start(data: bytes, offset: int | None) -> RemoteProtocolError:
    group, element, length, total = _START(data)
    if (group, element) == (0, 0) and data[4:6] == b"UL":
        text = (
            "a command set in explicit VR; command sets are Implicit VR Little Endian (PS3.7 6.3.1)"
        )
        return violation("command-explicit", text, offset)
    if (group, element, length) == (0, 0, 4):
        text = f"a command group length of {total} where {len(data) - 12} bytes follow"
    else:
        text = "a command set that does not begin with its group length"
    return violation("command-group-length", text, offset)


def _bad_element(group: int, element: int, offset: int | None) -> RemoteProtocolError:
    where = f"({group:04X},{element:04X})"
    if group:
        return violation("command-group", f"{where} in a command set", offset)
    return violation("command-length", f"{where} is longer than its command set", offset)


def _title(name: str) -> str:
    entry = FIELDS[name]
    return f"{entry.title} (0000,{entry.element:04X})"


# Tracebacks, reprs and pickles name the place that users import from
decode.__module__ = "dicom_net.dimse"
