"""Numbers that are written as text: decimal strings and integer strings.

Both are the number and remember the characters they were written with, so that a value that
was read is written back as it was.
"""

from typing import TYPE_CHECKING, Final, NoReturn, Self

from ._errors import InvalidValue, WrongValueType
from ._pattern import Pattern

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["DecimalString", "IntegerString"]

DS_RULE = "a decimal number such as -1.5 or 1.5E-3, at most 16 characters, no embedded space"
IS_RULE = "an integer from -2147483648 to 2147483647, at most 12 characters, no embedded space"

# What a decimal number can be made of. float() checks the grammar, but would also take
# "nan", "infinity", underscores and digits of other scripts.
_DECIMAL = frozenset("0123456789+-.eE ")
# Longer than any number that was meant; a file of a million digits costs nothing (F21).
LONGEST: Final = 256
_LARGEST = 1.7976931348623157e308
# Some writers put "1.0" into an IS. The number is not in doubt; check_value reports the form.
_WHOLE = Pattern(r" *([+-]?[0-9]{1,20})(?:\.0*)? *")
_DS_FORM = Pattern(r" *[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)? *")

_new_float = float.__new__
_new_int = int.__new__


def is_decimal(text: str) -> bool:
    """Whether the text, padding included, has the form of a DS value."""
    return _DS_FORM.fullmatch(text) is not None


class DecimalString(float):
    """DS: a ``float`` that keeps its text; the exact number is ``decimal``.

    >>> DecimalString("0.30").text, DecimalString("0.30") == 0.3
    ('0.30', True)
    """

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, value: "str | float | Decimal") -> Self:
        text = value if isinstance(value, str) else decimal_text(value)
        if len(text) > LONGEST or not _DECIMAL.issuperset(text):
            raise InvalidValue("DS", text, DS_RULE)
        try:
            self = _new_float(cls, text)
        except ValueError:
            raise InvalidValue("DS", text, DS_RULE) from None
        if self - self != 0.0:  # "1e999": the number exists, a float of it does not
            raise InvalidValue("DS", text, "a magnitude of at most 1.797E308")
        self._text = text
        return self

    @property
    def text(self) -> str:
        """The characters the value was read from or is written with."""
        return self._text

    @property
    def decimal(self) -> "Decimal":
        """The exact number that the text says."""
        from decimal import Decimal

        return Decimal(self._text.strip(" "))

    def __str__(self) -> str:
        return self._text.strip(" ")

    def __repr__(self) -> str:
        return f"DecimalString({self._text!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self._text,))


class IntegerString(int):
    """IS: an ``int`` of 32 bits that keeps its text.

    >>> IntegerString(" +042 ") == 42, IntegerString(" +042 ").text
    (True, ' +042 ')
    """

    def __new__(cls, value: "str | int") -> Self:
        if isinstance(value, str):
            whole = _WHOLE.fullmatch(value) if value.isascii() and len(value) <= LONGEST else None
            if whole is None:
                raise InvalidValue("IS", value, IS_RULE)
            self = _new_int(cls, whole[1])
            if value != int.__repr__(self):
                # An int has no room for slots: only a text that differs from the plain number is kept.
                self.__dict__["_text"] = value
        elif isinstance(value, bool):
            raise WrongValueType("IS", "bool", "an int or a str")
        else:
            self = _new_int(cls, value)
        if not -0x80000000 <= self <= 0x7FFFFFFF:
            raise InvalidValue("IS", str(value), IS_RULE)
        return self

    @property
    def text(self) -> str:
        """The characters the value was read from or is written with."""
        # not through __dict__, which is made when it is asked for
        text: str = getattr(self, "_text", "") or int.__repr__(self)
        return text

    def __str__(self) -> str:
        return int.__repr__(self)

    def __repr__(self) -> str:
        return f"IntegerString({self.text!r})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"IntegerString is frozen; make a new one instead of setting {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"IntegerString is frozen; {name!r} cannot be deleted")

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.text,))


def decimal_text(value: "float | Decimal") -> str:
    """A number in at most 16 characters, losing no more than that needs (PS3.5 6.2, DS)."""
    if isinstance(value, bool):
        raise WrongValueType("DS", "bool", "a float, an int, a Decimal or a str")
    if isinstance(value, DecimalString):
        return value.text
    if isinstance(value, int):
        text = int.__repr__(value) if -(10**15) < value < 10**16 else _shortest(_as_float(value))
    elif isinstance(value, float):
        text = _shortest(float(value))
    else:
        text = str(value)
        if len(text) > 16 or not _DECIMAL.issuperset(text):
            text = _shortest(_as_float(value))
    return text


def _as_float(value: "int | Decimal") -> float:
    try:
        return float(value)
    except OverflowError:
        raise InvalidValue("DS", "a number beyond the range of float", DS_RULE) from None
    except (TypeError, ValueError):
        raise WrongValueType(
            "DS", type(value).__name__, "a float, an int, a Decimal or a str"
        ) from None


def _shortest(value: float) -> str:
    if value - value != 0.0:
        raise InvalidValue(
            "DS", repr(value), "a finite number; NaN and infinity have no decimal string"
        )
    text = repr(value)
    if len(text) <= 16:
        return text
    # Neither notation always keeps more digits: 0.00012345 spends them on zeros, an exponent on itself.
    fixed = _fitting(value, "G")
    scientific = _fitting(value, "E")
    return min(fixed, scientific, key=lambda text: (abs(float(text) - value), len(text)))


def _fitting(value: float, notation: str) -> str:
    """The most digits of one notation that fit into 16 characters."""
    text = ""
    for digits in range(17, 0, -1):
        text = f"{value:.{digits if notation == 'G' else digits - 1}{notation}}"
        if "E" in text:
            text = _tight_exponent(text)
        # Of the largest floats the nearest short decimal lies beyond them.
        if len(text) <= 16 and abs(float(text)) <= _LARGEST:
            break
    return text


def _tight_exponent(text: str) -> str:
    """ "1.50E-05" as "1.50E-5": characters for digits that count."""
    mantissa, _, exponent = text.partition("E")
    return f"{mantissa}E{int(exponent)}"


# Tracebacks, reprs and pickles name the place that users import from
DecimalString.__module__ = IntegerString.__module__ = "dicom_core"
