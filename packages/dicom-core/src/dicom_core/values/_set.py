"""What a program sets, and what of it is plainly right.

A value of a type of ``dicom_core.values`` is taken as it is, whatever a file made it; a plain object is
new, and keeps the rule of its VR or is refused (PS3.5 6.2). Keys of a query are accepted too: ranges of
dates and times, and the empty key (PS3.4 C.2.2.2).

What is not told at a glance takes the long way, `new_value`, which asks the rules as data.
"""

from typing import Final

from .._charset import Charset
from ._age import Age
from ._date import DicomDate, date_number
from ._datetime import DicomDateTime
from ._encode import encode
from ._errors import InvalidValue
from ._numbers import DecimalString, IntegerString
from ._person_name import PersonName
from ._strings import UID, AETitle, CodeString, UniversalResource
from ._time import DicomTime

__all__ = [
    "is_age",
    "is_code",
    "is_date",
    "is_decimal",
    "is_moment",
    "is_name",
    "is_time",
    "is_title",
    "is_uid",
    "new_value",
]

_UTF8: Final = Charset.parse("ISO_IR 192")
_OWN: Final[dict[str, type]] = {
    "AE": AETitle,
    "AS": Age,
    "CS": CodeString,
    "DA": DicomDate,
    "DS": DecimalString,
    "DT": DicomDateTime,
    "IS": IntegerString,
    "PN": PersonName,
    "TM": DicomTime,
    "UI": UID,
    "UR": UniversalResource,
}
_CODE: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ "
_DECIMAL: Final = b"0123456789+-.eE"
_DIGITS_AND_DOTS: Final = b"0123456789."
_AFTER_ZERO: Final = frozenset(("", "."))


def new_value(vr: str, value: object) -> bytes:
    """The value field, padded; the plain texts in it are checked against the rules of the VR.

    Raises ValueEncodeError (InvalidValue, WrongValueType, UnencodableText), which are also
    ValueError and TypeError.
    """
    raw = encode(vr, value, True, _UTF8)
    own = _OWN.get(vr)
    for part in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(part, str) and (own is None or not isinstance(part, own)):
            from ._rules import (
                check_value,
            )  # who sets only what is plainly right never loads the rules

            problems = check_value(vr, part, query=True)
            if problems:
                raise InvalidValue(vr, part, problems[0].text)
    return raw


# --- what is plainly right: a subset of what the rules allow, told by few calls --------------


def is_title(text: str) -> bool:
    return (
        0 < len(text) <= 16
        and text.isascii()
        and text.isprintable()
        and "\\" not in text
        and text[0] != " " != text[-1]
    )


def is_code(text: str) -> bool:
    return (
        len(text) <= 16
        and text.isascii()
        and not text.encode().translate(None, _CODE)
        and text[:1] != " " != text[-1:]
    )


def is_uid(text: str) -> bool:
    return (
        0 < len(text) <= 64
        and text.isascii()
        and not text.encode().translate(None, _DIGITS_AND_DOTS)
        and text[0] not in "0."
        and text[-1] != "."
        and ".." not in text
        and (".0" not in text or _has_zeros_alone(text))
    )


def _has_zeros_alone(text: str) -> bool:
    """Whether each component that begins with 0 is 0."""
    return all(part[:1] in _AFTER_ZERO for part in text.split(".0")[1:])


def is_age(text: str) -> bool:
    return len(text) == 4 and text.isascii() and text[:3].isdigit() and text[3] in "DWMY"


def is_date(text: str) -> bool:
    return len(text) == 8 and text.isascii() and text.isdigit() and date_number(text) > 0


def is_time(text: str) -> bool:
    return (
        text[:6].isdigit()
        and text.isascii()
        and text[:2] < "24"
        and text[2:4] < "60" > text[4:6]
        and (len(text) == 6 or (8 <= len(text) <= 13 and text[6] == "." and text[7:].isdigit()))
    )


def is_moment(text: str) -> bool:
    return is_date(text[:8]) and len(text) >= 14 and is_time(text[8:])


def is_decimal(text: str) -> bool:
    if len(text) > 16 or not text.isascii() or text.encode().translate(None, _DECIMAL):
        return False
    try:
        number = float(text)
    except ValueError:
        return False
    return number - number == 0.0  # "1e999" has no float


def is_name(text: object) -> bool:
    """PN: of the type of names, or as long as one group may be, with the components that one may have."""
    if type(text) is str:
        return (
            len(text) <= 63
            and text.isascii()
            and text.isprintable()
            and "\\" not in text
            and text.count("^") <= 4
            and text.count("=") <= 2
        )
    return type(text) is PersonName and text.isascii() and text.isprintable()
