"""Messages into command sets: Implicit VR Little Endian with their group length (PS3.7 6.3.1)."""

from struct import Struct
from typing import Final, get_args

from .._errors import LocalProtocolError
from . import _hot
from ._fields import DATA, NO_DATA, Field, Kind
from ._messages import Command
from ._shapes import shape_of

__all__ = ["encode"]

_GROUP_LENGTH: Final = Struct("<HHII").pack
_HEADER: Final = Struct("<HHI").pack
_LONGEST: Final = {Kind.UI: 64, Kind.AE: 16, Kind.LO: 64}


def _plan(cls: type[Command]) -> tuple[tuple[str, Kind, bytes, Field], ...]:
    return tuple(
        (name, entry.kind, _HEADER(0, entry.element, 2), entry)
        for name, entry in shape_of(cls).fields
    )


_PLANS: Final = {cls: _plan(cls) for cls in get_args(Command)}


def encode(command: Command) -> bytes:
    """The command set of a message. `LocalProtocolError` names the field that cannot be coded.

    Of an Error Comment what is no printable ASCII becomes a question mark, and it ends after 64 characters.
    """
    quick = _hot.write(command)
    return _slowly(command) if quick is None else quick


def _slowly(command: Command) -> bytes:
    parts = [b""]
    for name, kind, header, entry in _PLANS[type(command)]:
        value = getattr(command, name)
        if kind is Kind.US:
            if value is None:
                continue
            if name == "has_data":
                value = DATA if value else NO_DATA
            try:
                parts.append(header + value.to_bytes(2, "little"))
            except OverflowError:
                raise LocalProtocolError(f"{entry.title} is 0 to 65535, not {value}") from None
        elif value:
            raw = _tags(value) if kind is Kind.AT else _text(value, entry)
            parts.append(_HEADER(0, entry.element, len(raw)) + raw)
    parts[0] = _GROUP_LENGTH(0, 0, 4, sum(map(len, parts)))
    return b"".join(parts)


def _tags(value: tuple[int, ...]) -> bytes:
    return b"".join(Struct("<HH").pack(tag >> 16, tag & 0xFFFF) for tag in value)


def _text(value: str, entry: Field) -> bytes:
    longest = _LONGEST[entry.kind]
    if entry.kind is Kind.LO:
        value = "".join(
            sign if " " <= sign <= "~" and sign != "\\" else "?" for sign in value[:longest]
        )
    if len(value) > longest or not value.isascii():
        raise LocalProtocolError(f"{entry.title} is at most {longest} ASCII characters")
    raw = value.encode("ascii")
    if len(raw) & 1:
        raw += b"\0" if entry.kind is Kind.UI else b" "
    return raw


# Tracebacks, reprs and pickles name the place that users import from
encode.__module__ = "dicom_net.dimse"
