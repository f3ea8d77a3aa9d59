"""The values of a key as they are sent: the other direction of `match_of`."""

from ..values import Age, DicomDate, DicomDateTime, DicomTime
from ._key import Key
from ._kinds import (
    AllOf,
    AnyOf,
    CombinedRange,
    EmptyValue,
    FuzzyName,
    Match,
    Moment,
    Range,
    SingleValue,
    UIDList,
    Wildcard,
)

__all__ = ["key_texts"]


def key_texts(key: Key, siblings: tuple[Key, ...]) -> tuple[str, ...]:
    """The texts of a key's values; none for a universal match.

    ``siblings`` are the keys beside it: a time may have been joined with its date.
    """
    if key.vr == "TM":
        for other in siblings:
            if isinstance(other.match, CombinedRange) and other.match.time == key.tag:
                return (_range(_time(other.match.start), _time(other.match.end)),)
    return _texts(key.match)


def _texts(match: Match) -> tuple[str, ...]:
    match match:
        case SingleValue(value=value):
            return (_text(value),)
        case UIDList(uids=uids):
            return uids
        case Wildcard(pattern=pattern):
            return (pattern,)
        case FuzzyName(text=text):
            return (text,)
        case EmptyValue():
            return ('""',)
        case Range(start=start, end=end):
            return (_range(_moment(start), _moment(end)),)
        case CombinedRange(start=start, end=end):
            return (_range(_day(start), _day(end)),)
        case AnyOf(matches=matches) | AllOf(matches=matches):
            return tuple(text for one in matches for text in _texts(one))
        case _:
            return ()


def _text(value: object) -> str:
    if isinstance(value, Age | DicomDate | DicomTime | DicomDateTime):
        return value.text.strip(" \0")
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, int) and type(value) is not int:
        return f"{int(value):08X}"  # a tag
    return str(value)


def _moment(value: Moment | None) -> str:
    return "" if value is None else value.text.strip(" \0")


def _range(start: str, end: str) -> str:
    return f"{start}-{end}"


def _day(value: DicomDateTime | None) -> str:
    return "" if value is None else value.text[:8]


def _time(value: DicomDateTime | None) -> str:
    return "" if value is None else value.text[8:]
