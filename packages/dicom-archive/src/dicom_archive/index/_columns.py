"""What of a data set is put into columns, in a form that sorts: the same for what is kept and for what is asked.

A column that is NULL matches no value. Where the columns of an entity do not say all that its attributes do (several
values where one is expected, a date without its day, a text that no index holds), the entity is *odd*: it is listed in
the table `odd`, and searching looks at the entity itself.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from dicom_core import ValueDecodeError
from dicom_core.query import QueryLevel, fold_name, name_groups, name_words, soundex
from dicom_core.values import DicomDate, DicomTime

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = [
    "COLUMNS",
    "NAMES",
    "Columns",
    "Names",
    "Value",
    "clock",
    "columns_of",
    "date_text",
    "is_text",
    "names_of",
]

Value: TypeAlias = str | int | None

TEXT_SIZE: Final = 256
"""Characters of a text in a column; PostgreSQL indexes no more than 2,700 bytes."""
_GROUPS: Final = 8
_WORDS: Final = 32
_WHOLE: Final = 1 << 63

Make: TypeAlias = "Callable[[object], Value]"


class _Odd(Exception):
    """The column cannot say it."""


def is_text(text: str) -> bool:
    """Whether a text can stand in a column: PostgreSQL holds no NUL, UTF-8 no half of a pair."""
    if len(text) > TEXT_SIZE or "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text)


def _text(value: object) -> str:
    if not isinstance(value, str) or not is_text(value):
        raise _Odd
    return str(value)


def date_text(value: DicomDate) -> str:
    """YYYYMMDD of a date that is complete."""
    return f"{value.year:04d}{value.month or 1:02d}{value.day or 1:02d}"


def _date(value: object) -> str:
    if not isinstance(value, DicomDate) or not value.is_complete:
        raise _Odd
    return date_text(value)


def clock(value: DicomTime) -> int:
    """The first microsecond of the day that a time means."""
    whole = (value.hour * 60 + (value.minute or 0)) * 60 + (value.second or 0)
    return whole * 1_000_000 + (value.microsecond or 0)


def _time(value: object) -> int:
    if not isinstance(value, DicomTime):
        raise _Odd
    return clock(value)


def _whole(value: object) -> int:
    if not isinstance(value, int) or not -_WHOLE <= value < _WHOLE:
        raise _Odd
    return int(value)


# The column of each attribute at the level of the entity: (tag, name of the column, what makes it)
COLUMNS: Final[dict[QueryLevel, tuple[tuple[int, str, Make], ...]]] = {
    QueryLevel.PATIENT: (
        (0x00100020, "patient_id", _text),
        (0x00100021, "issuer", _text),
        (0x00100030, "birth_date", _date),
        (0x00100040, "sex", _text),
    ),
    QueryLevel.STUDY: (
        (0x00100020, "patient_id", _text),
        (0x00100030, "birth_date", _date),
        (0x00080020, "study_date", _date),
        (0x00080030, "study_time", _time),
        (0x00080050, "accession", _text),
        (0x00200010, "study_id", _text),
        (0x00081030, "description", _text),
    ),
    QueryLevel.SERIES: (
        (0x00080060, "modality", _text),
        (0x00200011, "number", _whole),
        (0x0008103E, "description", _text),
        (0x00180015, "body_part", _text),
    ),
    QueryLevel.IMAGE: ((0x00200013, "number", _whole),),
}
"""Besides UIDs, SOP Class and what is counted, which are no matter of one data set."""

NAMES: Final[dict[QueryLevel, tuple[int, ...]]] = {
    QueryLevel.PATIENT: (0x00100010,),
    QueryLevel.STUDY: (0x00100010, 0x00080090),  # Patient's Name, Referring Physician's Name
    QueryLevel.SERIES: (),
    QueryLevel.IMAGE: (),
}
"""Person names with rows in `person` and `word`."""


class Columns(NamedTuple):
    """What the columns of an entity hold."""

    values: dict[str, Value]
    odd: bool


class Names(NamedTuple):
    """The rows of an entity in `person` (tag, folded) and `word` (tag, word, sound)."""

    persons: list[tuple[int, str]]
    words: list[tuple[int, str, str | None]]
    odd: bool


def columns_of(dataset: "Dataset", level: QueryLevel) -> Columns:
    """The columns of an entity whose head is this data set. What is absent, empty or undecodable is None."""
    values: dict[str, Value] = {}
    odd = False
    for tag, name, make in COLUMNS[level]:
        made: Value = None
        try:
            value = dataset.get(tag)
            if value is not None and value != "":
                made = make(value)
        except ValueDecodeError:
            pass  # it matches nothing but universal keys
        except _Odd:
            odd = True
        values[name] = made
    return Columns(values, odd)


def names_of(dataset: "Dataset", level: QueryLevel) -> Names:
    """The rows of an entity whose head is this data set."""
    persons: list[tuple[int, str]] = []
    words: list[tuple[int, str, str | None]] = []
    odd = False
    for tag in NAMES[level]:
        try:
            text = _name(dataset.get(tag))
        except ValueDecodeError:
            continue
        except _Odd:
            odd = True
            continue
        groups = dict.fromkeys(name_groups(fold_name(text)))
        parts = dict.fromkeys(name_words(text))
        if len(groups) > _GROUPS or len(parts) > _WORDS:
            odd = True
            continue
        persons += [(tag, group) for group in groups if group]
        words += [(tag, part, soundex(part) or None) for part in parts]
    return Names(persons, words, odd)


def _name(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not is_text(value):
        raise _Odd
    return value
