"""One value as the text of its VR: what was decoded as it stood, a plain Python object by the rule of its VR (PS3.5 6.2)."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ._age import Age
from ._date import DateRange, DicomDate, decode_date
from ._datetime import DateTimeRange, DicomDateTime, decode_datetime
from ._errors import InvalidValue, WrongValueType
from ._numbers import DS_RULE, DecimalString, IntegerString, decimal_text
from ._strings import UID, AETitle, CodeString, UniversalResource
from ._time import DicomTime, TimeRange, decode_time

if TYPE_CHECKING:
    from typing import TypeGuard

    from ._name_group import NameGroup

__all__ = ["TEXTS", "is_group"]

_SEPARATOR_RULE: Final = (
    "no backslash, which separates values; give a list or tuple for several values"
)


def is_group(value: object) -> "TypeGuard[NameGroup]":
    """Whether a value is a component group; who never loaded the type has none to give."""
    module = sys.modules.get("dicom_core.values._name_group")
    return module is not None and isinstance(value, module.NameGroup)


def _as_text(
    vr: str, cls: type[CodeString | AETitle | UID | UniversalResource]
) -> Callable[[object], str]:
    def one(value: object) -> str:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            # An empty text is an absent value among several, whatever the VR.
            return cls(value) if value else ""
        raise WrongValueType(vr, type(value).__name__, f"a str or {cls.__name__}")

    return one


def _as_age(value: object) -> str:
    if isinstance(value, Age):
        return value.text
    if isinstance(value, str):
        return Age(value).text if value else ""
    raise WrongValueType("AS", type(value).__name__, "a str such as '018M' or an Age")


def _as_date(value: object) -> str:
    if isinstance(value, (DicomDate, DateRange)):
        return value.text
    if isinstance(value, str):
        return decode_date(value).text if value else ""
    # Who never imported datetime has no date to give.
    datetime = sys.modules.get("datetime")
    if (
        datetime is not None
        and isinstance(value, datetime.date)
        and not isinstance(value, datetime.datetime)
    ):
        return DicomDate(value).text
    raise WrongValueType(
        "DA", type(value).__name__, "a str such as '20250131', a DicomDate or a datetime.date"
    )


def _as_time(value: object) -> str:
    if isinstance(value, (DicomTime, TimeRange)):
        return value.text
    if isinstance(value, str):
        return decode_time(value).text if value else ""
    datetime = sys.modules.get("datetime")
    if datetime is not None and isinstance(value, datetime.time):
        return DicomTime(value).text
    raise WrongValueType(
        "TM", type(value).__name__, "a str such as '070907.5', a DicomTime or a datetime.time"
    )


def _as_datetime(value: object) -> str:
    if isinstance(value, (DicomDateTime, DateTimeRange)):
        return value.text
    if isinstance(value, str):
        return decode_datetime(value).text if value else ""
    datetime = sys.modules.get("datetime")
    if datetime is not None and isinstance(value, datetime.datetime):
        return DicomDateTime(value).text
    raise WrongValueType(
        "DT", type(value).__name__, "a str such as '20250131120000', a DicomDateTime or a datetime"
    )


def _as_decimal(value: object) -> str:
    if isinstance(value, DecimalString):
        return value.text
    if isinstance(value, str):
        if not value:
            return ""
        if len(value) > 16:
            raise InvalidValue("DS", value, DS_RULE)
        return DecimalString(value).text
    if isinstance(value, (int, float)) or hasattr(value, "__float__"):
        return decimal_text(value if isinstance(value, (int, float)) else _real(value))
    raise WrongValueType("DS", type(value).__name__, "a float, an int, a Decimal or a str")


def _real(value: object) -> "float":
    """A Decimal as it is, and numbers of other libraries as float."""
    decimal = sys.modules.get("decimal")
    if decimal is not None and isinstance(value, decimal.Decimal):
        return value  # type: ignore[no-any-return]
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise WrongValueType(
            "DS", type(value).__name__, "a float, an int, a Decimal or a str"
        ) from None


def _as_integer(value: object) -> str:
    if isinstance(value, IntegerString):
        return value.text
    if isinstance(value, str):
        return IntegerString(value).text if value else ""
    if isinstance(value, int):
        return IntegerString(value).text
    if hasattr(value, "__index__"):
        return IntegerString(int(value.__index__())).text
    raise WrongValueType("IS", type(value).__name__, "an int or a str")


def _as_words(vr: str) -> Callable[[object], str]:
    def one(value: object) -> str:
        if not isinstance(value, str):
            raise WrongValueType(vr, type(value).__name__, "a str")
        if "\\" in value:
            raise InvalidValue(vr, value, _SEPARATOR_RULE)
        return value

    return one


def _as_name(value: object) -> str:
    if is_group(value):
        return value.text
    if not isinstance(value, str):
        raise WrongValueType("PN", type(value).__name__, "a str, a PersonName or a NameGroup")
    if "\\" in value:
        raise InvalidValue("PN", value, _SEPARATOR_RULE)
    return value


def _as_paragraphs(vr: str) -> Callable[[object], str]:
    def one(value: object) -> str:
        if not isinstance(value, str):
            raise WrongValueType(vr, type(value).__name__, "a str")
        return value

    return one


TEXTS: Final[dict[str, Callable[[object], str]]] = {
    "AE": _as_text("AE", AETitle),
    "AS": _as_age,
    "CS": _as_text("CS", CodeString),
    "DA": _as_date,
    "DS": _as_decimal,
    "DT": _as_datetime,
    "IS": _as_integer,
    "LO": _as_words("LO"),
    "LT": _as_paragraphs("LT"),
    "PN": _as_name,
    "SH": _as_words("SH"),
    "ST": _as_paragraphs("ST"),
    "TM": _as_time,
    "UC": _as_words("UC"),
    "UI": _as_text("UI", UID),
    "UR": _as_text("UR", UniversalResource),
    "UT": _as_paragraphs("UT"),
}
