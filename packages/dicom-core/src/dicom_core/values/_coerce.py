"""What a program sets, as the value that reading it back would give."""

from typing import TYPE_CHECKING

from dicom_dict import Tag

from ._encode import encode, text_of
from ._errors import InvalidValue
from ._name_group import NameGroup
from ._rules import RULES, check_value

if TYPE_CHECKING:
    from .._charset import Charset

__all__ = ["coerce"]

_REAL = frozenset({"FD", "FL"})


def coerce(vr: str, value: object, charset: "Charset | None" = None) -> object:
    """The value of a VR that a Python object stands for: the type of the table in ``dicom_core.values``.

    A value of that type is taken as it is, whatever a file made it; a plain object is new and must keep
    the rule of its VR. Raises InvalidValue or WrongValueType. Nothing (None, an empty text, list
    or buffer) is None; several values are a tuple. With ``charset``, text must be in its repertoire.
    """
    if value is None or (isinstance(value, (str, bytes, list, tuple)) and not value):
        return None
    if isinstance(value, NameGroup):  # a tuple of components, not of several names
        value = value.text
    rule = RULES.get(vr)
    if rule is None or (rule.pad == "\0" and vr != "UI"):
        return _bytes(vr, value)
    if rule.size > 1:
        return _numbers(vr, value)
    if isinstance(value, (list, tuple)):
        if len(value) > 1 and not rule.divided:
            raise InvalidValue(vr, "", "a single value; this VR has no separator")
        parts = tuple([_text(vr, part, charset) for part in value])
        return parts[0] if len(parts) == 1 else parts
    return _text(vr, value, charset)


def _text(vr: str, value: object, charset: "Charset | None") -> object:
    text = text_of(vr, value)
    if type(value) is str:
        problems = check_value(vr, text, query=True)
        if problems:
            raise InvalidValue(vr, text, problems[0].text)
    if charset is not None and RULES[vr].declared:
        charset.encode(text, vr)
    return _typed(vr, text, value)


def _typed(vr: str, text: str, given: object) -> object:
    """The value type of a checked text; what has it already stays itself."""
    from .. import values

    kinds: dict[
        str,
        type[
            values.AETitle
            | values.CodeString
            | values.PersonName
            | values.UID
            | values.UniversalResource
        ],
    ] = {
        "AE": values.AETitle,
        "CS": values.CodeString,
        "PN": values.PersonName,
        "UI": values.UID,
        "UR": values.UniversalResource,
    }
    if vr in kinds:
        kind = kinds[vr]
        strip = RULES[vr].strip
        return (
            given
            if isinstance(given, kind)
            else kind.unchecked(text.strip(" ") if strip == "both" else text.rstrip(" \0"))
        )
    if RULES[vr].declared:
        return text.strip(" ") if RULES[vr].strip == "both" else text.rstrip(" ")
    if not text:
        return None
    parsed = _parse(vr, text)
    return given if type(given) is type(parsed) else parsed


def _parse(vr: str, text: str) -> object:
    from ._age import Age
    from ._date import decode_date
    from ._datetime import decode_datetime
    from ._numbers import DecimalString, IntegerString
    from ._time import decode_time

    match vr:
        case "AS":
            return Age(text)
        case "DA":
            return decode_date(text)
        case "DS":
            return DecimalString(text)
        case "DT":
            return decode_datetime(text)
        case "IS":
            return IntegerString(text)
        case _:
            return decode_time(text)


def _numbers(vr: str, value: object) -> object:
    """Numbers as they are, after the encoder has accepted each."""
    if not isinstance(value, (list, tuple, int, float, str)) and hasattr(value, "tolist"):
        value = value.tolist()
    _encode(vr, value)
    several = value if isinstance(value, (list, tuple)) else (value,)
    parts: list[object]
    if vr == "AT":
        parts = [Tag(part) for part in several]
    elif vr in _REAL:
        parts = [float(part) for part in several]
    else:
        parts = [part.__index__() for part in several]
    return parts[0] if len(parts) == 1 else tuple(parts) or None


def _bytes(vr: str, value: object) -> bytes | None:
    """The bytes of a buffer. Its items stand in little-endian order, as in most files."""
    return _encode(vr, value) or None


def _encode(vr: str, value: object) -> bytes:
    from .._charset import Charset

    return encode(vr, value, True, Charset.DEFAULT)


# Tracebacks, reprs and pickles name the place that users import from
coerce.__module__ = "dicom_core.values"
