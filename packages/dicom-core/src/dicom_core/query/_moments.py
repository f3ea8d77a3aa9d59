"""Dates and times as whole numbers, so that they can be compared by meaning (PS3.4 C.2.2.2.1.3, C.2.2.2.5).

A value of less precision is all moments inside it: both functions give the first and the last. Days
count from 0001-01-01, times in microseconds from midnight, moments in microseconds of UTC.
"""

from datetime import date
from typing import Final

from ..values import DicomDate, DicomDateTime, DicomTime

__all__ = ["DAY", "days", "joined", "moments", "offset_minutes", "shifted", "times"]

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def days(value: DicomDate) -> tuple[int, int]:
    """The first and the last day of a date."""
    return _days(value.year, value.month, value.day)


def _days(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    first = date(year, month or 1, day or 1).toordinal()
    if day is not None:
        return first, first
    if month is None or month == 12:
        return first, date(year, 12, 31).toordinal()
    return first, date(year, month + 1, 1).toordinal() - 1


def times(value: DicomTime) -> tuple[int, int]:
    """The first and the last microsecond of a time of day."""
    return _times(value.hour, value.minute, value.second, value.microsecond, _fraction(value.text))


def _fraction(text: str) -> int:
    """How many digits of a fraction a text has."""
    tail = text.strip(" \0").partition(".")[2]
    digits = 0
    while digits < len(tail) and tail[digits].isdigit():
        digits += 1
    return min(digits, 6)


def _times(
    hour: int | None, minute: int | None, second: int | None, micro: int | None, digits: int
) -> tuple[int, int]:
    if hour is None:
        return 0, DAY - 1
    first = hour * HOUR
    if minute is None:
        return first, first + HOUR - 1
    first += minute * MINUTE
    if second is None:
        return first, first + MINUTE - 1
    first += second * SECOND + (micro or 0)
    return first, first + int(10 ** (6 - digits if micro is not None else 6)) - 1


def moments(value: DicomDateTime, zone: int | None) -> tuple[int, int]:
    """The first and the last microsecond of a date-time; ``zone`` in minutes where it says none."""
    first_day, last_day = _days(value.year, value.month, value.day)
    first, last = _times(
        value.hour, value.minute, value.second, value.microsecond, _fraction(value.text)
    )
    offset = value.offset_minutes
    shift = ((zone or 0) if offset is None else offset) * MINUTE
    return first_day * DAY + first - shift, last_day * DAY + last - shift


def joined(day: DicomDate, time: DicomTime) -> DicomDateTime:
    """The DT that a date and a time say together (PS3.4 C.2.2.2.5.4)."""
    text = f"{day.year:04d}{day.month or 1:02d}{day.day or 1:02d}{time.hour:02d}"
    if time.minute is not None:
        text += f"{time.minute:02d}"
    if time.second is not None:
        text += f"{time.second:02d}"
    if time.microsecond is not None:
        text += f".{time.microsecond:06d}"[: 1 + max(_fraction(time.text), 1)]
    return DicomDateTime(text)


def shifted(day: int, time: int, minutes: int) -> tuple[int, int]:
    """A day and a time of day, moved by so many minutes."""
    carry, moved = divmod(time + minutes * MINUTE, DAY)
    return day + carry, moved


def offset_minutes(text: object) -> int | None:
    """The minutes that a Timezone Offset From UTC (0008,0201) says, or None."""
    if not isinstance(text, str):
        return None
    sign, digits = text[:1], text[1:5]
    if sign not in {"+", "-"} or len(text) != 5 or not (digits.isascii() and digits.isdigit()):
        return None
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if sign == "-" else minutes


# Tracebacks, reprs and pickles name the place that users import from
days.__module__ = moments.__module__ = times.__module__ = "dicom_core.query"
