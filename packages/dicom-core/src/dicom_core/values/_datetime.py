"""DT: dates with times and offsets from UTC, and ranges of them."""

from functools import total_ordering
from typing import TYPE_CHECKING, Self

from ._date import date_number
from ._errors import InvalidValue
from ._pattern import Pattern
from ._range import ValueRange
from ._text_value import TextValue
from ._time import clock_number

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["DateTimeRange", "DicomDateTime"]

RULE = (
    "YYYYMMDDHHMMSS.FFFFFF&ZZXX, cut anywhere after the year; the offset &ZZXX from -1200 to +1400"
)
RANGE_RULE = "two date-times with a hyphen between them, or one with a hyphen before or after it, the earlier first"

_FORM = Pattern(r"([0-9]{4,14})(?:\.([0-9]{1,16}))?([+-][0-9]{4})?[ \0]*")
_new = object.__new__


@total_ordering
class DicomDateTime(TextValue):
    """A date and time that may lack its smaller parts and its offset, and keeps its text.

    Equal are those with the same parts and the same offset. The order is that of the moments; one
    without an offset compares by its parts as they stand, since its zone is not in the value.
    """

    __slots__ = ("_clock", "_date", "_offset", "_size")
    _date: int
    _clock: int
    _size: int
    _offset: int | None

    def __new__(cls, text: "str | datetime") -> Self:
        if not isinstance(text, str):
            text = _text_of(text)
        self = _new(cls)
        _fill(self, text)
        return self

    @property
    def year(self) -> int:
        """The year, 1 to 9999."""
        return self._date // 10000

    @property
    def month(self) -> int | None:
        """The month, or None where the text does not say it."""
        return self._date // 100 % 100 or None

    @property
    def day(self) -> int | None:
        """The day, or None where the text does not say it."""
        return self._date % 100 or None

    @property
    def hour(self) -> int | None:
        """The hour, 0 to 23, or None where the text does not say it."""
        return self._clock // 10000000000 if self._size >= 10 else None

    @property
    def minute(self) -> int | None:
        """The minute, or None where the text does not say it."""
        return self._clock // 100000000 % 100 if self._size >= 12 else None

    @property
    def second(self) -> int | None:
        """The second, 0 to 60 (a leap second), or None where the text does not say it."""
        return self._clock // 1000000 % 100 if self._size >= 14 else None

    @property
    def microsecond(self) -> int | None:
        """The fraction in microseconds, or None where the text has none."""
        return self._clock % 1000000 if self._size > 14 else None

    @property
    def offset_minutes(self) -> int | None:
        """Local time minus UTC in minutes, or None where the text has no offset."""
        return self._offset

    def to_datetime(self) -> "datetime":
        """The datetime of the standard library, aware where there is an offset; missing times are zero.

        Raises InvalidValue where month or day is missing, and for a leap second.
        """
        from datetime import datetime, timedelta, timezone

        if self._size < 8:
            raise InvalidValue("DT", self._text, "a complete date here; this one lacks its day")
        if self._clock // 1000000 % 100 == 60:
            raise InvalidValue(
                "DT", self._text, "a second of at most 59 here; datetime knows no leap second"
            )
        zone = None if self._offset is None else timezone(timedelta(minutes=self._offset))
        return datetime(
            self._date // 10000,
            self._date // 100 % 100,
            self._date % 100,
            self._clock // 10000000000,
            self._clock // 100000000 % 100,
            self._clock // 1000000 % 100,
            self._clock % 1000000,
            tzinfo=zone,
        )

    def _key(self) -> tuple[int, int, int, int | None]:
        return self._date, self._clock, min(self._size, 14), self._offset

    def _moment(self) -> tuple[int, int, int]:
        """Microseconds on one time line, then what is left to keep the order total."""
        year, month, day = self._date // 10000, self._date // 100 % 100 or 1, self._date % 100 or 1
        clock = self._clock
        minutes = (
            _ordinal(year, month, day) * 24 + clock // 10000000000
        ) * 60 + clock // 100000000 % 100
        minutes -= self._offset or 0
        return minutes * 61000000 + clock % 100000000, min(self._size, 14), self._offset or 0

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, DicomDateTime) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __lt__(self, other: object) -> bool:
        return (
            self._moment() < other._moment() if isinstance(other, DicomDateTime) else NotImplemented
        )


def _ordinal(year: int, month: int, day: int) -> int:
    """Days on a time line of its own: only differences and order are used."""
    if month <= 2:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day


def _fill(value: DicomDateTime, text: str) -> None:
    form = _FORM.fullmatch(text) if len(text) <= 64 else None
    if form is None:
        raise InvalidValue("DT", text, RULE)
    digits, fraction, offset = form.groups()
    size = len(digits)
    # A fraction belongs to seconds: no component may be missing before another (PS3.5 6.2).
    if size % 2 or (fraction and size != 14):
        raise InvalidValue("DT", text, RULE)
    date = date_number(digits[:8])
    clock = clock_number(digits[8:], fraction or "") if size > 8 else 0
    minutes = None
    if offset:
        minutes = int(offset[1:3]) * 60 + int(offset[3:])
        if offset[0] == "-":
            minutes = -minutes
        if not -720 <= minutes <= 840 or offset[3] > "5":
            raise InvalidValue("DT", text, RULE)
    if date < 0 or clock < 0:
        raise InvalidValue("DT", text, RULE)
    value._text = text
    value._date = date
    value._clock = clock
    value._size = size + len(fraction or "")
    value._offset = minutes


def decode_datetime(text: str) -> "DicomDateTime | DateTimeRange":
    """The date-time of a component of an element, or the range where a query holds one (PS3.4 C.2.2.2.5)."""
    if "-" in text:
        # One hyphen before four digits at the end reads as an offset: "2007-0500" is a legal date-time.
        try:
            return DicomDateTime(text)
        except InvalidValue:
            return DateTimeRange.parse(text)
    value = _new(DicomDateTime)
    _fill(value, text)
    return value


def _text_of(value: "datetime") -> str:
    text = f"{value.year:04d}{value.month:02d}{value.day:02d}{value.hour:02d}{value.minute:02d}{value.second:02d}"
    if value.microsecond:
        text += f".{value.microsecond:06d}"
    offset = value.utcoffset()
    if offset is None:
        return text
    minutes, seconds = divmod(offset.days * 86400 + offset.seconds, 60)
    if seconds or offset.microseconds:
        raise InvalidValue("DT", text, "an offset from UTC in whole minutes")
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


class DateTimeRange(ValueRange[DicomDateTime]):
    """A range of date-times in a query, open on at most one side (PS3.4 C.2.2.2.5)."""

    __slots__ = ()
    VR = "DT"
    RULE = RANGE_RULE

    @classmethod
    def _in_order(cls, start: DicomDateTime, end: DicomDateTime) -> bool:
        # An end of less precision reaches further than its number.
        return end._moment() >= start._moment() or end._size < start._size

    @classmethod
    def parse(cls, text: str) -> Self:
        """The range that a text says; a hyphen that belongs to an offset does not divide it."""
        body = text.strip(" \0")
        if len(body) > 128:
            raise InvalidValue("DT", text, RANGE_RULE)
        for place, character in enumerate(body):
            if character != "-":
                continue
            try:
                start = DicomDateTime(body[:place].rstrip(" ")) if place else None
                end = (
                    DicomDateTime(body[place + 1 :].lstrip(" ")) if place + 1 < len(body) else None
                )
            except InvalidValue:
                continue
            if start is not None and end is not None and not cls._in_order(start, end):
                continue
            return cls._make(start, end, text)
        raise InvalidValue("DT", text, RANGE_RULE)


# Tracebacks, reprs and pickles name the place that users import from
DicomDateTime.__module__ = DateTimeRange.__module__ = "dicom_core"
