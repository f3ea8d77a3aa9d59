"""DA: dates and ranges of dates."""

from functools import total_ordering
from typing import TYPE_CHECKING, Final, Self

from ._errors import InvalidValue
from ._pattern import Pattern
from ._range import ValueRange
from ._text_value import TextValue

if TYPE_CHECKING:
    from datetime import date

__all__ = ["DateRange", "DicomDate"]

RULE = "a date of the calendar as YYYYMMDD; YYYYMM, YYYY and the old YYYY.MM.DD are read too"
RANGE_RULE = (
    "a date as YYYYMMDD, without hyphens; a range in a query as YYYYMMDD-YYYYMMDD, YYYYMMDD- or "
    "-YYYYMMDD, the earlier date first"
)

_DAYS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DOTTED = Pattern(r"[0-9]{4}\.[0-9]{2}\.[0-9]{2}")
_new = object.__new__


def date_number(digits: str) -> int:
    """YYYYMMDD as a number, missing parts zero; -1 where there is no such date.

    The caller has made sure that there are 4, 6 or 8 ASCII digits.
    """
    number = int(digits)
    size = len(digits)
    if size == 8:
        day = number % 100
        month = number // 100 % 100
        if 0 < day <= 28 and 0 < month <= 12 and number > 10000:
            return number
        # Years before 1582 are proleptic Gregorian (PS3.5 6.2), as in datetime.
        year = number // 10000
        if not (0 < month <= 12 and 0 < day <= _DAYS[month] and year):
            return -1
        if day == 29 and month == 2 and (year % 4 or (not year % 100 and year % 400)):
            return -1
        return number
    if size == 6:
        return number * 100 if 0 < number % 100 <= 12 and number > 100 else -1
    return number * 10000 or -1


@total_ordering
class DicomDate(TextValue):
    """A date that may lack its day, or its month and day, and keeps its text.

    Dates are equal when they say the same: ``DicomDate("2025.01.31") == DicomDate("20250131")``;
    a date without a day differs from every date with one, and sorts before them.
    """

    __slots__ = ("_number",)
    _number: int

    def __new__(cls, text: "str | date") -> Self:
        if not isinstance(text, str):
            text = f"{text.year:04d}{text.month:02d}{text.day:02d}"
        self = _new(cls)
        self._text = text
        self._number = _number_of(text)
        return self

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> Self:
        """A date from its numbers."""
        if day is not None and month is None:
            raise InvalidValue("DA", "", "a day needs its month")
        return cls("".join((f"{year:04d}", _two(month), _two(day))))

    @property
    def year(self) -> int:
        """The year, 1 to 9999."""
        return self._number // 10000

    @property
    def month(self) -> int | None:
        """The month, or None where the text does not say it."""
        return self._number // 100 % 100 or None

    @property
    def day(self) -> int | None:
        """The day, or None where the text does not say it."""
        return self._number % 100 or None

    @property
    def is_complete(self) -> bool:
        """Whether year, month and day are all there."""
        return self._number % 100 != 0

    def to_date(self) -> "date":
        """The date of the standard library; raises InvalidValue where day or month is missing."""
        from datetime import date

        if not self.is_complete:
            raise InvalidValue("DA", self._text, "a complete date; this one lacks its day")
        number = self._number
        return date(number // 10000, number // 100 % 100, number % 100)

    def __eq__(self, other: object) -> bool:
        return self._number == other._number if isinstance(other, DicomDate) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._number < other._number if isinstance(other, DicomDate) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._number)


def _two(number: int | None) -> str:
    return "" if number is None else f"{number:02d}"


def _number_of(text: str) -> int:
    body = text.rstrip(" \0") if len(text) != 8 else text
    digits = body
    if len(body) == 10 and _DOTTED.fullmatch(body):  # ACR-NEMA 300, the predecessor of DICOM
        digits = body.replace(".", "")
    if len(digits) not in {4, 6, 8} or not (digits.isascii() and digits.isdigit()):
        raise InvalidValue("DA", text, RULE)
    number = date_number(digits)
    if number < 0:
        raise InvalidValue("DA", text, RULE)
    return number


def decode_date(text: str) -> "DicomDate | DateRange":
    """The date of a component of an element, or the range where a query holds one (PS3.4 C.2.2.2.5)."""
    if len(text) == 8 and text.isascii() and text.isdigit():
        number = date_number(text)
        if number > 0:
            value = _new(DicomDate)
            value._text = text
            value._number = number
            return value
    if "-" in text:
        return DateRange.parse(text)
    return DicomDate(text)


def _first(number: int) -> int:
    """The first day that a number of a date can mean."""
    if number % 100:
        return number
    return number + (1 if number // 100 % 100 else 101)


def _last(number: int) -> int:
    """The last day that a number of a date can mean."""
    if number % 100:
        return number
    month = number // 100 % 100
    if not month:
        return number + 1231
    last = number + _DAYS[month]
    return last if month != 2 or date_number(str(last).zfill(8)) > 0 else last - 1


class DateRange(ValueRange[DicomDate]):
    """A range of dates in a query, open on at most one side (PS3.4 C.2.2.2.5).

    Texts are "20250101-20250131", "20250101-" and "-20250131".
    """

    __slots__ = ()
    VR = "DA"
    RULE = RANGE_RULE

    @classmethod
    def _in_order(cls, start: DicomDate, end: DicomDate) -> bool:
        return start <= end

    @classmethod
    def _one(cls, text: str) -> DicomDate:
        return DicomDate(text)

    def __contains__(self, value: DicomDate) -> bool:
        # An incomplete date is inside when all of its days are.
        start, end = self._start, self._end
        if start is not None and _first(value._number) < _first(start._number):
            return False
        return end is None or _last(value._number) <= _last(end._number)


# Tracebacks, reprs and pickles name the place that users import from
DicomDate.__module__ = DateRange.__module__ = "dicom_core"
