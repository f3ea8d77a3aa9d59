"""The kinds of matching of PS3.4 C.2.2.2 as plain, frozen, picklable data."""

from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import frozen

from dicom_dict import Tag

from ..values import Age, DicomDate, DicomDateTime, DicomTime

if TYPE_CHECKING:
    from ._key import Key

__all__ = [
    "UNIVERSAL",
    "AllOf",
    "AnyOf",
    "CombinedRange",
    "EmptyValue",
    "FuzzyName",
    "Match",
    "Moment",
    "Range",
    "SequenceMatch",
    "Single",
    "SingleValue",
    "UIDList",
    "Universal",
    "Wildcard",
]

Moment: TypeAlias = DicomDate | DicomTime | DicomDateTime
Single: TypeAlias = str | int | float | Tag | Age | DicomDate | DicomTime | DicomDateTime


@frozen
class Universal:
    """Everything matches; the value is asked for (C.2.2.2.3)."""

    name = "universal"


@frozen
class SingleValue:
    """One value, compared by the rules of its VR (C.2.2.2.1).

    Texts without padding, case-sensitive except PN; numbers as numbers; dates and times by meaning: a key
    of less precision matches all moments inside it, so that the time 1030 matches 103015.
    """

    name = "single value"
    value: Single


@frozen
class UIDList:
    """One of these UIDs (C.2.2.2.2)."""

    name = "list of UID"
    uids: tuple[str, ...]


@frozen
class Wildcard:
    """A text with ``*`` for any characters and ``?`` for one (C.2.2.2.4); never without one of them."""

    name = "wild card"
    pattern: str


@frozen
class Range:
    """From ``start`` to ``end``, both included; None where it is open (C.2.2.2.5)."""

    name = "range"
    start: Moment | None
    end: Moment | None


@frozen
class CombinedRange:
    """A range of a date together with its time as one DT (C.2.2.2.5.4); the key of the time is universal then.

    ``time`` is the tag of the time, in the same data set or item as the date.
    """

    name = "combined range"
    time: Tag
    start: DicomDateTime | None
    end: DicomDateTime | None


@frozen
class SequenceMatch:
    """At least one item in which all of these keys match (C.2.2.2.6)."""

    name = "sequence"
    keys: "tuple[Key, ...]"


@frozen
class EmptyValue:
    """What is empty or absent (C.2.2.2.7)."""

    name = "empty value"


@frozen
class FuzzyName:
    """Each word of the key is found in the name (C.2.2.2.1.1).

    A word is found when the name has a word that begins with it, or sounds like it (`soundex`), accents and
    case aside; a word with ``*`` or ``?`` is a wild card for a word. The order of words and the component
    groups do not matter. ``words`` are those of ``text``, folded by `fold_name` without accents.
    """

    name = "fuzzy name"
    text: str
    words: tuple[str, ...]


@frozen
class AnyOf:
    """One of several matches is enough."""

    name = "any of several values"
    matches: "tuple[SingleValue | Wildcard | FuzzyName, ...]"


@frozen
class AllOf:
    """Each of several values is there (C.2.2.2.8)."""

    name = "all of several values"
    matches: "tuple[SingleValue | Wildcard | FuzzyName, ...]"


Match: TypeAlias = (
    "Universal | SingleValue | UIDList | Wildcard | Range | CombinedRange | SequenceMatch | EmptyValue"
    " | FuzzyName | AnyOf | AllOf"
)

UNIVERSAL: Final = Universal()


# Tracebacks, reprs and pickles name the place that users import from
Universal.__module__ = SingleValue.__module__ = UIDList.__module__ = "dicom_core.query"
Wildcard.__module__ = Range.__module__ = CombinedRange.__module__ = "dicom_core.query"
SequenceMatch.__module__ = EmptyValue.__module__ = FuzzyName.__module__ = "dicom_core.query"
AnyOf.__module__ = AllOf.__module__ = "dicom_core.query"
