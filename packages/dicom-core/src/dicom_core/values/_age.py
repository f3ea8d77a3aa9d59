"""AS: ages."""

from functools import total_ordering
from typing import Final, Self

from ._errors import InvalidValue
from ._pattern import Pattern

__all__ = ["Age"]

RULE = "three digits and one of D, W, M, Y, such as 018M"

_FORM = Pattern(r"[0-9]{3}[DWMY]")
# Some writers leave out leading zeros or write small letters; the age is not in doubt.
_LOOSE = Pattern(r" *([0-9]{1,3})([DWMYdwmy])[ \0]*")
_UNITS: Final = {"D": "day", "W": "week", "M": "month", "Y": "year"}
_DAYS: Final = {"D": 1.0, "W": 7.0, "M": 365.2425 / 12, "Y": 365.2425}
_new = object.__new__


@total_ordering
class Age:
    """An age as a number of days, weeks, months or years; keeps its text.

    Ages are equal when number and unit are: "012M" is not "001Y". They sort by their approximate length.
    """

    __slots__ = ("_number", "_text", "_unit")
    _text: str
    _number: int
    _unit: str

    def __new__(cls, text: str) -> Self:
        self = _new(cls)
        self._text = text
        if _FORM.fullmatch(text):
            self._number, self._unit = int(text[:3]), text[3]
            return self
        loose = _LOOSE.fullmatch(text)
        if loose is None:
            raise InvalidValue("AS", text, RULE)
        self._number, self._unit = int(loose[1]), loose[2].upper()
        return self

    @classmethod
    def of(cls, number: int, unit: str) -> Self:
        """An age from its number, 0 to 999, and its unit, one of D, W, M and Y."""
        if not 0 <= number <= 999:
            raise InvalidValue("AS", f"{number}{unit}", RULE)
        return cls(f"{number:03d}{unit}")

    @property
    def text(self) -> str:
        """The characters the value was read from or is written with."""
        return self._text

    @property
    def number(self) -> int:
        """How many of the units."""
        return self._number

    @property
    def unit(self) -> str:
        """D, W, M or Y."""
        return self._unit

    @property
    def approximate_days(self) -> float:
        """The age in days, months and years being those of the Gregorian calendar on average."""
        return self._number * _DAYS[self._unit]

    @property
    def approximate_years(self) -> float:
        """The age in years of the Gregorian calendar on average."""
        if self._unit == "M":
            return self._number / 12
        return self._number if self._unit == "Y" else self._number * _DAYS[self._unit] / _DAYS["Y"]

    def __str__(self) -> str:
        return f"{self._number} {_UNITS[self._unit]}{'' if self._number == 1 else 's'}"

    def __repr__(self) -> str:
        return f"Age({self._text!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Age):
            return NotImplemented
        return (self._number, self._unit) == (other._number, other._unit)

    def __hash__(self) -> int:
        return hash((self._number, self._unit))

    def _order(self) -> tuple[float, str]:
        return (self.approximate_days, self._unit)

    def __lt__(self, other: object) -> bool:
        return self._order() < other._order() if isinstance(other, Age) else NotImplemented

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self._text,))


# Tracebacks, reprs and pickles name the place that users import from
Age.__module__ = "dicom_core"
