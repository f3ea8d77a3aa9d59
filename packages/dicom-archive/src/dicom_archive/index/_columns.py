"""The forms in which values stand in columns, for what is kept and for the keys of a query alike.

A form compares byte by byte as its values do. A value without a form (several values, a date without a day, a text that
is too long or that no database takes) is NULL, and its row is ``odd``.
"""

from typing import TYPE_CHECKING, Final

from dicom_core import ValueDecodeError
from dicom_core.query import fold_name, name_groups, name_words, soundex, times
from dicom_core.values import DicomDate, DicomTime

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = [
    "LONGEST",
    "NAMES",
    "Forms",
    "date_form",
    "folded_groups",
    "folded_words",
    "given_text",
    "kept_text",
    "number_form",
    "text_form",
    "time_form",
]

LONGEST: Final = 256
"""Characters of a text that is matched; an index of PostgreSQL takes no row above 2,700 bytes."""
NAMES: Final = 64
"""The most component groups, and the most words, that are kept of the names of one attribute."""
_LARGEST: Final = (1 << 63) - 1
_DAY: Final = 86_400_000_000  # a leap second before midnight is the first of the next day


def is_plain(text: str) -> bool:
    """Whether databases take a text: no NUL, and no half of a surrogate pair."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    return not any("\ud800" <= character <= "\udfff" for character in text)


def kept_text(text: str) -> str:
    r"""A text that is given back by `given_text` as it was; there is no backslash in a single value.

    >>> given_text(kept_text("A\0B")) == "A\0B"
    True
    """
    if is_plain(text):
        return text
    return "".join(
        f"\\{ord(character):04x}" if character == "\0" or "\ud800" <= character <= "\udfff" else character
        for character in text
    )  # fmt: skip


def given_text(text: str) -> str:
    """The text that was kept."""
    if "\\" not in text:
        return text
    first, *others = text.split("\\")
    return first + "".join(chr(int(part[:4], 16)) + part[4:] for part in others)


def text_form(text: str) -> str | None:
    """A text as it is compared, or None where it has no form."""
    return str(text) if len(text) <= LONGEST and is_plain(text) else None


def date_form(date: DicomDate) -> str | None:
    """YYYYMMDD, or None for a date that is many days."""
    if date.month is None or date.day is None:
        return None
    return f"{date.year:04d}{date.month:02d}{date.day:02d}"


def time_form(microseconds: int) -> str:
    """A time of day, which is compared by its first moment (`dicom_core.query`), as HHMMSS.FFFFFF."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}{minute:02d}{second:02d}.{fraction:06d}"


def number_form(number: int) -> int | None:
    """A whole number of 64 bits, or None for a longer one."""
    return int(number) if -_LARGEST <= number <= _LARGEST else None


def folded_groups(name: str) -> tuple[str, ...]:
    """The component groups of a name in the form in which they are compared, cut where they are overlong."""
    groups = name_groups(fold_name(name))
    return tuple(dict.fromkeys(group[:LONGEST] for group in groups if group))


def folded_words(name: str) -> tuple[tuple[str, str | None], ...]:
    """The words of a name and how each sounds, for fuzzy matching."""
    return tuple(
        (word[:LONGEST], soundex(word) or None) for word in dict.fromkeys(name_words(name))
    )


class Forms:
    """Takes the values of a data set, and remembers whether one has no form."""

    __slots__ = ("_dataset", "odd")

    def __init__(self, dataset: "Dataset") -> None:
        self._dataset = dataset
        self.odd = False

    def _value(self, tag: int) -> object:
        """The value; None where there is none or where it cannot be decoded, which matches nothing."""
        try:
            value = self._dataset.get(tag)
        except ValueDecodeError:
            return None
        if isinstance(value, tuple):
            self.odd = True
            return None
        return None if value == "" else value

    def text(self, tag: int) -> str | None:
        """The form of a text."""
        value = self._value(tag)
        if value is None:
            return None
        found = text_form(value) if isinstance(value, str) else None
        self.odd |= found is None
        return found

    def date(self, tag: int) -> str | None:
        """The form of a date."""
        value = self._value(tag)
        if value is None:
            return None
        found = date_form(value) if isinstance(value, DicomDate) else None
        self.odd |= found is None
        return found

    def time(self, tag: int) -> str | None:
        """The form of a time."""
        value = self._value(tag)
        if value is None:
            return None
        found = time_form(times(value)[0] % _DAY) if isinstance(value, DicomTime) else None
        self.odd |= found is None
        return found

    def number(self, tag: int) -> int | None:
        """The form of a whole number."""
        value = self._value(tag)
        if value is None:
            return None
        found = number_form(value) if isinstance(value, int) else None
        self.odd |= found is None
        return found
