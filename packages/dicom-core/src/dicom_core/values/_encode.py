"""Values to value fields (PS3.5 6.2), padded to even length by VR.

A value that was decoded is written as it stood. A plain Python object (a str for a date, a
float for a DS) is a new value, and is checked against the rule of its VR before it is written.
"""

import struct
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from dicom_dict import Tag, TagFormatError, UnknownEntry

from ._age import Age
from ._date import DicomDate
from ._datetime import DicomDateTime
from ._encode_text import TEXTS, is_group
from ._errors import InvalidValue, WrongValueType
from ._numbers import DecimalString, IntegerString
from ._strings import UID, AETitle, CodeString, UniversalResource
from ._time import DicomTime

if TYPE_CHECKING:
    from .._charset import Charset

__all__ = ["encode", "text_of"]

Encoder = Callable[[object, bool, "Charset"], bytes]


def encode(vr: str, value: object, little: bool, charset: "Charset") -> bytes:
    """The value field of a scalar, a list or tuple of several, or None, padded to even length.

    Raises ValueEncodeError (InvalidValue, WrongValueType, UnencodableText), which are also
    ValueError and TypeError.
    """
    if value is None:
        return b""
    encoder = _ENCODERS.get(vr)
    if encoder is None:
        return _bytes(value, vr, little)
    return encoder(value, little, charset)


def text_of(vr: str, value: object) -> str:
    """The text of one value of a VR that is written as text, checked where it is a plain object."""
    return "" if value is None else TEXTS[vr](value)


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, (list, tuple)) else (value,)


# The value type of each VR; a range of a query goes the longer way.
_OWN: Final[
    dict[
        str,
        type[AETitle]
        | type[Age]
        | type[CodeString]
        | type[DicomDate]
        | type[DecimalString]
        | type[DicomDateTime]
        | type[IntegerString]
        | type[DicomTime]
        | type[UID]
        | type[UniversalResource],
    ]
] = {
    "AE": AETitle,
    "AS": Age,
    "CS": CodeString,
    "DA": DicomDate,
    "DS": DecimalString,
    "DT": DicomDateTime,
    "IS": IntegerString,
    "TM": DicomTime,
    "UI": UID,
    "UR": UniversalResource,
}


# --- text VRs --------------------------------------------------------------------------------


def _default_repertoire(vr: str, pad: bytes) -> Encoder:
    """VRs that Specific Character Set does not touch."""
    one, own = TEXTS[vr], _OWN[vr]

    def encoder(value: object, _little: bool, _charset: "Charset") -> bytes:
        if type(value) is tuple and len(value) == 1 and value[0] is not None:
            value = value[0]
        if isinstance(value, own):  # its text was checked when it was made
            text = value if isinstance(value, str) else value.text
        elif isinstance(value, (list, tuple)):
            text = "\\".join(["" if part is None else one(part) for part in value])
        else:
            text = one(value)
        try:
            # Latin-1 gives back every byte that decoding took; what is new was checked to be ASCII.
            data = text.encode() if text.isascii() else text.encode("latin-1")
        except UnicodeEncodeError:
            raise InvalidValue(vr, text, "characters of ASCII only") from None
        return data + pad if len(data) & 1 else data

    return encoder


def _declared_repertoire(vr: str) -> Encoder:
    one = TEXTS[vr]

    def encoder(value: object, _little: bool, charset: "Charset") -> bytes:
        if isinstance(value, str) and "\\" not in value:
            data = charset.encode(value, vr)
        elif isinstance(value, (list, tuple)):
            # Each value begins and ends with the first character set (PS3.5 6.1.2.5.3).
            data = b"\\".join(
                [charset.encode("" if part is None else one(part), vr) for part in value]
            )
        else:
            data = charset.encode(one(value), vr)
        return data + b" " if len(data) & 1 else data

    return encoder


_name_field = _declared_repertoire("PN")


def _names(value: object, little: bool, charset: "Charset") -> bytes:
    # A component group is a tuple of its components, not of several names.
    return _name_field(value.text if is_group(value) else value, little, charset)


def _single(vr: str) -> Encoder:
    """LT, ST, UT: a backslash is a character, so there is only ever one value."""
    one = TEXTS[vr]

    def encoder(value: object, _little: bool, charset: "Charset") -> bytes:
        values = _several(value)
        if len(values) > 1:
            raise InvalidValue(vr, "", "a single value; this VR has no separator")
        data = charset.encode(one(values[0]), vr) if values and values[0] is not None else b""
        return data + b" " if len(data) & 1 else data

    return encoder


_resource_field = _default_repertoire("UR", b" ")


def _resource(value: object, little: bool, charset: "Charset") -> bytes:
    if len(_several(value)) > 1:
        raise InvalidValue("UR", "", "a single value; this VR has no separator")
    return _resource_field(value, little, charset)


# --- binary VRs ------------------------------------------------------------------------------


def _numbers(vr: str, code: str, rule: str) -> Encoder:
    little_one, big_one = struct.Struct("<" + code).pack, struct.Struct(">" + code).pack
    real = code in "fd"

    def encoder(value: object, little: bool, _charset: "Charset") -> bytes:
        if type(value) is tuple and len(value) == 1:
            value = value[0]
        if little and (type(value) is int or type(value) is float):
            try:
                return little_one(value)
            except (struct.error, OverflowError):
                raise _why_not(vr, value, rule, real=real) from None
        if not isinstance(value, (list, tuple, int, float)) and hasattr(value, "tolist"):
            value = value.tolist()  # arrays of numpy and of the standard library
        try:
            if isinstance(value, (list, tuple)):
                if bool in map(type, value):
                    raise WrongValueType(vr, "bool", rule)
                return struct.pack(f"{'<' if little else '>'}{len(value)}{code}", *value)
            if value is True or value is False:
                raise WrongValueType(vr, "bool", rule)
            return (little_one if little else big_one)(value)
        except (struct.error, OverflowError):
            raise _why_not(vr, value, rule, real=real) from None

    return encoder


def _why_not(vr: str, value: object, rule: str, *, real: bool) -> InvalidValue | WrongValueType:
    """Whether it was the type or the size that could not be packed."""
    for part in _several(value):
        if not (hasattr(part, "__index__") or (real and hasattr(part, "__float__"))):
            return WrongValueType(vr, type(part).__name__, rule)
    return InvalidValue(vr, "", rule)


def _tags(value: object, little: bool, _charset: "Charset") -> bytes:
    halves: list[int] = []
    for part in _several(value):
        if isinstance(part, bool) or not isinstance(part, (int, str)):
            raise WrongValueType(
                "AT", type(part).__name__, "a Tag, an int, or a str such as '0010,0010'"
            )
        try:
            tag = Tag(part)
        except (TagFormatError, UnknownEntry):
            raise InvalidValue(
                "AT", str(part), "a tag such as 0x00100010, '0010,0010' or a keyword"
            ) from None
        halves += (tag >> 16, tag & 0xFFFF)
    return struct.pack(f"{'<' if little else '>'}{len(halves)}H", *halves)


def _words(vr: str, size: int) -> Encoder:
    def encoder(value: object, little: bool, _charset: "Charset") -> bytes:
        data = _bytes(value, vr, little)
        if size > 2 and len(data) % size:
            raise InvalidValue(vr, "", f"a multiple of {size} bytes")
        return data

    return encoder


def _bytes(value: object, vr: str, little: bool) -> bytes:
    """The bytes of a buffer; the items of a typed one in the byte order asked for, odd lengths padded with zero."""
    if isinstance(value, (list, tuple)) and len(value) <= 1:
        value = value[0] if value else b""
    if not isinstance(value, bytes):
        try:
            view = memoryview(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise WrongValueType(vr, type(value).__name__, "bytes or an array") from None
        value = view.tobytes()
        order = view.format[:1]
        stored_little = order == "<" or (order not in ">!" and sys.byteorder == "little")
        if view.itemsize > 1 and stored_little != little:
            value = _swapped(value, view.itemsize)
    return value + b"\0" if len(value) & 1 else value


def _swapped(data: bytes, size: int) -> bytes:
    out = bytearray(len(data))
    for place in range(size):
        out[place::size] = data[size - 1 - place :: size]
    return bytes(out)


_ENCODERS: Final[dict[str, Encoder]] = {
    **{
        vr: _default_repertoire(vr, b" ") for vr in ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM")
    },
    **{vr: _declared_repertoire(vr) for vr in ("LO", "SH", "UC")},
    "PN": _names,
    **{vr: _single(vr) for vr in ("LT", "ST", "UT")},
    "UI": _default_repertoire("UI", b"\0"),
    "UR": _resource,
    "AT": _tags,
    "FD": _numbers("FD", "d", "a float"),
    "FL": _numbers("FL", "f", "a float within the range of 32 bits"),
    "SL": _numbers("SL", "i", "an int from -2147483648 to 2147483647"),
    "SS": _numbers("SS", "h", "an int from -32768 to 32767"),
    "SV": _numbers("SV", "q", "an int of 64 bits with sign"),
    "UL": _numbers("UL", "I", "an int from 0 to 4294967295"),
    "US": _numbers("US", "H", "an int from 0 to 65535"),
    "UV": _numbers("UV", "Q", "an int of 64 bits without sign"),
    "OB": _words("OB", 1),
    "UN": _words("UN", 1),
    "OW": _words("OW", 2),
    "OF": _words("OF", 4),
    "OL": _words("OL", 4),
    "OD": _words("OD", 8),
    "OV": _words("OV", 8),
}
