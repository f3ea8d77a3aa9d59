"""From the texts of a key to its match, by VR (PS3.4 C.2.2.2)."""

from collections.abc import Callable, Sequence
from typing import Final

from dicom_dict import Tag, TagFormatError, UnknownEntry, find_element

from .._errors import LimitExceeded
from ..values import (
    RULES,
    Age,
    DateRange,
    DateTimeRange,
    DecimalString,
    DicomDate,
    DicomDateTime,
    DicomTime,
    IntegerString,
    InvalidValue,
    TimeRange,
)
from ._errors import QueryError
from ._kinds import (
    AllOf,
    AnyOf,
    EmptyValue,
    FuzzyName,
    Match,
    Range,
    Single,
    SingleValue,
    UIDList,
    Universal,
    Wildcard,
)
from ._moments import moments
from ._names import name_groups, name_words
from ._options import MatchOptions
from ._wildcard import WildcardPattern, has_wildcard

__all__ = ["MATCHABLE", "match_of", "split_values"]

# C.2.2.2.4; the empty VR is a private attribute of a URL, whose VR nobody knows.
_WILD: Final = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", ""))
_INTEGERS: Final = frozenset(("SL", "SS", "SV", "UL", "US", "UV"))
_REALS: Final = frozenset(("FD", "FL"))
MATCHABLE: Final = (
    _WILD | _INTEGERS | _REALS | {"AS", "AT", "DA", "DS", "DT", "IS", "TM", "UI", "SQ"}
)
_EMPTY: Final = '""'
VALUES: Final = 100
"""The most values of a key that each need a comparison of their own: names, wild cards."""


def split_values(vr: str, text: str) -> list[str]:
    """The values of a text, without the spaces that do not count in its VR."""
    rule = RULES.get(vr)
    if rule is None:
        return [text.strip(" \0")]
    parts = text.split("\\") if rule.divided else [text]
    if rule.strip == "both" or vr in {"PN", "UI", "SH", "LO"}:
        return [part.strip(" \0") for part in parts]
    return [part.rstrip(" \0") for part in parts]


def match_of(
    tag: int, vr: str, values: Sequence[str | float], options: MatchOptions, path: str
) -> Match:
    """What the values of a key mean. ``path`` is for the error."""
    given = [value for value in values if value != ""]
    if not given:
        return Universal()
    if options.empty_value and given == [_EMPTY]:
        return EmptyValue()
    try:
        if vr == "UI":
            return _uids([str(value) for value in given])
        if vr in _TEMPORAL and len(given) == 1:
            return _temporal(vr, str(given[0]), options)
        matches = [_one(vr, value, options) for value in given]
    except InvalidValue as bad:
        raise QueryError("value", f"the value is not {bad.rule}", path) from None
    if any(isinstance(match, Universal) for match in matches):
        return Universal()
    kept = tuple(
        match for match in matches if isinstance(match, SingleValue | Wildcard | FuzzyName)
    )
    if len(kept) == 1:
        return kept[0]
    if len(kept) > VALUES and (
        vr == "PN" or not all(isinstance(match, SingleValue) for match in kept)
    ):
        raise LimitExceeded("query values", len(kept), path)
    return AllOf(kept) if options.multiple_values and _all_must_match(tag, vr) else AnyOf(kept)


def _all_must_match(tag: int, vr: str) -> bool:
    """Whether C.2.2.2.8 speaks of the attribute: a VR of its list and a VM above 1."""
    if vr not in {"AE", "AS", "AT", "CS", "LO", "PN", "SH", "UC"}:
        return False
    entry = find_element(tag)
    return entry is not None and not entry.vm.is_single


def _uids(values: list[str]) -> Match:
    if any(not value.strip("*") for value in values):
        return Universal()  # many clients ask for all UIDs with an asterisk
    return UIDList(tuple(dict.fromkeys(values)))


def _one(
    vr: str, value: str | float, options: MatchOptions
) -> "SingleValue | Wildcard | FuzzyName | Universal":
    if vr in _WILD and isinstance(value, str):
        return _text(vr, value, options)
    return SingleValue(_NUMBERS[vr](value) if vr in _NUMBERS else _plain(vr, value))


def _text(
    vr: str, text: str, options: MatchOptions
) -> "SingleValue | Wildcard | FuzzyName | Universal":
    if not text.strip("*"):
        return Universal()  # C.2.2.2.4, note 1
    if vr == "PN":
        if not any(name_groups(text)):
            return Universal()
        if options.fuzzy_names:
            words = name_words(text)
            return FuzzyName(text, words) if words else Universal()
    if not has_wildcard(text):
        return SingleValue(text)
    WildcardPattern(text)  # raises where it is beyond the limit
    return Wildcard(text)


def _plain(vr: str, value: str | float) -> Single:
    """A value of a VR that is no text to look into."""
    text = str(value)
    match vr:
        case "AS":
            return Age(text)
        case "DA":
            return DicomDate(text)
        case "TM":
            return DicomTime(text)
        case "DT":
            return DicomDateTime(text)
        case "IS":
            return int(IntegerString(text.strip(" ")))
        case _:
            return float(DecimalString(text))


def _integer(value: str | float) -> int:
    if isinstance(value, int):
        return value
    text = str(value).strip(" ")
    digits = text[1:] if text[:1] in {"+", "-"} else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20:
        raise InvalidValue("IS", text, "a whole number")
    return int(text)


def _real(value: str | float) -> float:
    return float(DecimalString(value)) if isinstance(value, str) else float(value)


def _tag(value: str | float) -> Tag:
    try:
        return Tag(value if isinstance(value, int) else str(value))
    except (TagFormatError, UnknownEntry):
        raise InvalidValue("AT", str(value), "a tag of eight digits") from None


_NUMBERS: Final[dict[str, Callable[[str | float], Single]]] = {
    **dict.fromkeys(_INTEGERS, _integer),
    **dict.fromkeys(_REALS, _real),
    "AT": _tag,
}


def _temporal(vr: str, text: str, options: MatchOptions) -> Match:
    """One date, time or date-time, or a range; a hyphen always asks for a range (C.2.2.2.1.3, note 3)."""
    if "-" not in text:
        single = _plain(vr, text)
        return SingleValue(single)
    if vr == "DA":
        dates = DateRange.parse(text)
        return Range(dates.start, dates.end)
    if vr == "TM":
        return _time_range(text, options)
    return _datetime_range(text)


def _datetime_range(text: str) -> "Range | SingleValue":
    """A range, or the one moment of a text whose only hyphen belongs to an offset before UTC."""
    try:
        found = DateTimeRange.parse(text)
    except InvalidValue:
        return SingleValue(DicomDateTime(text))
    start, end = found.start, found.end
    if start is not None and end is not None and moments(end, None)[1] < moments(start, None)[0]:
        # 20240102103000-0500 is no range to the year 500
        return SingleValue(DicomDateTime(text))
    return Range(start, end)


def _time_range(text: str, options: MatchOptions) -> Range:
    try:
        times = TimeRange.parse(text)
    except InvalidValue:
        # Joined with a range of dates, 1800-1000 is from one evening to another day's morning
        first, dash, last = text.strip(" ").partition("-")
        if not options.combined_datetime or not (first and dash and last):
            raise
        return Range(DicomTime(first.strip(" ")), DicomTime(last.strip(" ")))
    return Range(times.start, times.end)


_TEMPORAL: Final = frozenset(("DA", "TM", "DT"))
