"""TM: times of day and ranges of them."""

from functools import total_ordering
from typing import TYPE_CHECKING, Self

from ._errors import InvalidValue
from ._pattern import Pattern
from ._range import ValueRange
from ._text_value import TextValue

if TYPE_CHECKING:
    from datetime import time

__all__ = ["DicomTime", "TimeRange"]

RULE = (
    "a time of day as HH, HHMM, HHMMSS or HHMMSS.F with 1 to 6 digits; the old HH:MM:SS is read too"
)
RANGE_RULE = "HHMMSS-HHMMSS, HHMMSS- or -HHMMSS, the earlier time first"

# More than six digits of a fraction are read, and cut: the number is not in doubt.
_COLONS = Pattern(r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,16})?)?)?")
_new = object.__new__


def clock_number(digits: str, fraction: str) -> int:
    """Hours, minutes, seconds and microseconds as one number HHMMSSFFFFFF; -1 where there is no such time.

    The caller has made sure that ``digits`` are 2, 4 or 6 and ``fraction`` at most 16 ASCII digits.
    """
    size = len(digits)
    number = int(digits)
    if size != 6:
        number *= 100 if size == 4 else 10000
    # The second 60 is a leap second (PS3.5 6.2).
    if number >= 240000 or number % 10000 >= 6000 or number % 100 > 60:
        return -1
    if fraction:
        return number * 1000000 + int(fraction[:6].ljust(6, "0"))
    return number * 1000000


@total_ordering
class DicomTime(TextValue):
    """A time of day that may lack its smaller parts, and keeps its text.

    Times are equal when they are the same moment with the same precision in hours, minutes and
    seconds: "07" differs from "0700", but "070907.07" is "070907.070".
    """

    __slots__ = ("_number", "_size")
    _number: int
    _size: int

    def __new__(cls, text: "str | time") -> Self:
        if not isinstance(text, str):
            text = _text_of(text)
        self = _new(cls)
        _fill(self, text)
        return self

    @property
    def hour(self) -> int:
        """The hour, 0 to 23."""
        return self._number // 10000000000

    @property
    def minute(self) -> int | None:
        """The minute, or None where the text does not say it."""
        return self._number // 100000000 % 100 if self._size >= 4 else None

    @property
    def second(self) -> int | None:
        """The second, 0 to 60 (a leap second), or None where the text does not say it."""
        return self._number // 1000000 % 100 if self._size >= 6 else None

    @property
    def microsecond(self) -> int | None:
        """The fraction in microseconds, or None where the text has none."""
        return self._number % 1000000 if self._size > 6 else None

    def to_time(self) -> "time":
        """The time of the standard library, missing parts zero.

        Raises InvalidValue for a leap second, which ``datetime`` cannot hold.
        """
        from datetime import time

        number = self._number
        second = number // 1000000 % 100
        if second == 60:
            raise InvalidValue(
                "TM", self._text, "a second of at most 59 here; datetime knows no leap second"
            )
        return time(number // 10000000000, number // 100000000 % 100, second, number % 1000000)

    def _key(self) -> tuple[int, int]:
        return self._number, min(self._size, 6)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, DicomTime) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._key() < other._key() if isinstance(other, DicomTime) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())


def _fill(value: DicomTime, text: str) -> None:
    body = text.rstrip(" \0")
    if ":" in body and _COLONS.fullmatch(body):  # ACR-NEMA 300, the predecessor of DICOM
        body = body.replace(":", "")
    digits, dot, fraction = body.partition(".")
    size = len(digits)
    number = -1
    if digits.isdecimal() and size in {2, 4, 6} and body.isascii():
        if not dot:
            number = clock_number(digits, "")
        elif size == 6 and fraction.isdecimal() and len(fraction) <= 16:
            number = clock_number(digits, fraction)
            size += len(fraction)
    if number < 0:
        raise InvalidValue("TM", text, RULE)
    value._text = text
    value._number = number
    value._size = size


def decode_time(text: str) -> "DicomTime | TimeRange":
    """The time of a component of an element, or the range where a query holds one (PS3.4 C.2.2.2.5)."""
    if "-" in text:
        return TimeRange.parse(text)
    value = _new(DicomTime)
    _fill(value, text)
    return value


def _text_of(value: "time") -> str:
    text = f"{value.hour:02d}{value.minute:02d}{value.second:02d}"
    return f"{text}.{value.microsecond:06d}" if value.microsecond else text


class TimeRange(ValueRange[DicomTime]):
    """A range of times in a query, open on at most one side (PS3.4 C.2.2.2.5).

    Texts are "0800-1200", "0800-" and "-1200".
    """

    __slots__ = ()
    VR = "TM"
    RULE = RANGE_RULE

    @classmethod
    def _in_order(cls, start: DicomTime, end: DicomTime) -> bool:
        return start._number <= _last(end)

    @classmethod
    def _one(cls, text: str) -> DicomTime:
        return DicomTime(text)

    def __contains__(self, value: DicomTime) -> bool:
        if self._start is not None and value._number < self._start._number:
            return False
        return self._end is None or value._number <= _last(self._end)


def _last(value: DicomTime) -> int:
    """The last moment that a time of less precision can mean: "12" ends with 12:59:60.999999."""
    number, size = value._number, value._size
    if size == 2:
        return number + 5960999999
    if size == 4:
        return number + 60999999
    return number + int(10 ** max(12 - size, 0)) - 1


# Tracebacks, reprs and pickles name the place that users import from
DicomTime.__module__ = TimeRange.__module__ = "dicom_core"
