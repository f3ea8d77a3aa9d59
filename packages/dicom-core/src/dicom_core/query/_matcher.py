"""`Matcher`: a query made ready to be compared with many data sets."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from .._errors import ValueDecodeError
from .._sequence import Sequence
from ..values import DicomDate, DicomDateTime, DicomTime
from ._combine import time_of
from ._elements import stored_tag
from ._key import Key
from ._kinds import (
    AllOf,
    AnyOf,
    CombinedRange,
    EmptyValue,
    FuzzyName,
    Range,
    SequenceMatch,
    SingleValue,
    UIDList,
    Universal,
    Wildcard,
)
from ._levels import is_required
from ._moments import DAY, days, moments, offset_minutes, shifted, times
from ._names import FuzzyWords, NamePattern
from ._wildcard import WildcardPattern

if TYPE_CHECKING:
    from .._dataset import Dataset
    from ._query import Query

__all__ = ["Compiler", "Matcher"]

# A test gets a data set or item, and the zone of the whole data set in minutes.
Test: TypeAlias = "Callable[[Dataset, int | None], bool]"
ValueTest: TypeAlias = Callable[[object], bool]

_ZONE: Final = 0x00080201
_FIRST: Final = -(1 << 80)
_LAST: Final = 1 << 80


class Matcher:
    """Compares data sets with the keys of a query; as immutable as the query, and safe in threads."""

    __slots__ = ("_tests",)

    def __init__(self, query: "Query") -> None:
        self._tests = Compiler(query).tests(query.keys)

    def matches(self, dataset: "Dataset") -> bool:
        """Whether all keys match. A value that cannot be decoded matches nothing but universal keys."""
        tests = self._tests
        if not tests:
            return True
        try:
            zone = offset_minutes(dataset.get(_ZONE))
        except ValueDecodeError:
            zone = None
        return all(test(dataset, zone) for test in tests)


class Compiler:
    """Makes tests of keys."""

    def __init__(self, query: "Query") -> None:
        self.options = query.options
        self.zone = query.timezone

    def tests(self, keys: tuple[Key, ...]) -> list[Test]:
        return [self.test(key) for key in keys if key.is_matching]

    def test(self, key: Key) -> Test:
        match = key.match
        if isinstance(match, SequenceMatch):
            return self._sequence(key, match)
        if isinstance(match, CombinedRange):
            return self._combined(key, match)
        if isinstance(match, EmptyValue):
            return lambda dataset, _zone: _is_empty(
                dataset, stored_tag(dataset, key.tag, key.creator)
            )
        if key.vr in {"DA", "TM", "DT"} and isinstance(match, SingleValue | Range):
            return self._temporal(key, match)
        return self._plain(key, _value_test(key.vr, match, self.options.case_sensitive_names))

    def _unknown(self, key: Key) -> bool:
        """What an absent or empty value gives (PS3.4 C.2.2.1.2)."""
        return self.options.unknown_matches and is_required(key.tag)

    def _plain(self, key: Key, matches: "ValueTest | _All") -> Test:
        unknown = self._unknown(key)
        tag, creator, untyped = key.tag, key.creator, not key.vr

        def test(dataset: "Dataset", _zone: int | None) -> bool:
            values = _values(dataset, stored_tag(dataset, tag, creator), untyped=untyped)
            if not values:
                return unknown
            if isinstance(matches, _All):
                return matches.test(values)
            return any(map(matches, values))

        return test

    def _sequence(self, key: Key, match: SequenceMatch) -> Test:
        inner = self.tests(match.keys)
        tag, creator = key.tag, key.creator

        def test(dataset: "Dataset", zone: int | None) -> bool:
            items = dataset.get(stored_tag(dataset, tag, creator))
            return isinstance(items, Sequence) and any(
                all(one(item, zone) for one in inner) for item in items
            )

        return test

    def _temporal(self, key: Key, match: SingleValue | Range) -> Test:
        start = match.value if isinstance(match, SingleValue) else match.start
        end = match.value if isinstance(match, SingleValue) else match.end
        unknown = self._unknown(key)
        tag = key.tag

        def test(dataset: "Dataset", zone: int | None) -> bool:
            values = _values(dataset, stored_tag(dataset, tag, key.creator))
            if not values:
                return unknown
            return any(inside(value, dataset, zone) for value in values)

        if key.vr == "DT":
            inside = self._datetimes(start, end)
        elif key.vr == "DA":
            inside = self._dates(key, start, end)
        else:
            inside = self._times(start, end)
        return test

    def _datetimes(
        self, start: object, end: object
    ) -> "Callable[[object, Dataset, int | None], bool]":
        # Where one side says no zone, it is taken to be in that of the other: a query without (0008,0201) asks
        # in the local time of whatever it meets.
        def inside(value: object, _dataset: "Dataset", zone: int | None) -> bool:
            if not isinstance(value, DicomDateTime):
                return False
            asked = zone if self.zone is None else self.zone
            low = moments(start, asked)[0] if isinstance(start, DicomDateTime) else _FIRST
            high = moments(end, asked)[1] if isinstance(end, DicomDateTime) else _LAST
            return low <= moments(value, self.zone if zone is None else zone)[0] <= high

        return inside

    def _dates(
        self, key: Key, start: object, end: object
    ) -> "Callable[[object, Dataset, int | None], bool]":
        low = days(start)[0] if isinstance(start, DicomDate) else _FIRST
        high = days(end)[1] if isinstance(end, DicomDate) else _LAST
        partner = time_of(key.tag)

        def inside(value: object, dataset: "Dataset", zone: int | None) -> bool:
            if not isinstance(value, DicomDate):
                return False
            first, last = days(value)
            shift = self._shift(zone)
            if shift and partner is not None and first == last:
                for time in _values(dataset, partner):
                    if isinstance(time, DicomTime):
                        first = last = shifted(first, times(time)[0], shift)[0]
                        break
            return low <= first and last <= high

        return inside

    def _times(self, start: object, end: object) -> "Callable[[object, Dataset, int | None], bool]":
        low = times(start)[0] if isinstance(start, DicomTime) else _FIRST
        high = times(end)[1] if isinstance(end, DicomTime) else _LAST

        def inside(value: object, _dataset: "Dataset", zone: int | None) -> bool:
            if not isinstance(value, DicomTime):
                return False
            return low <= shifted(0, times(value)[0], self._shift(zone))[1] <= high

        return inside

    def _shift(self, zone: int | None) -> int:
        """Minutes from the zone of the data set to that of the query, where both are known and agreed on."""
        if not self.options.timezone or zone is None or self.zone is None:
            return 0
        return self.zone - zone

    def _combined(self, key: Key, match: CombinedRange) -> Test:
        low = moments(match.start, None)[0] if match.start is not None else _FIRST
        high = moments(match.end, None)[1] if match.end is not None else _LAST
        unknown = self._unknown(key)

        def test(dataset: "Dataset", zone: int | None) -> bool:
            found = [one for one in _values(dataset, key.tag) if isinstance(one, DicomDate)]
            if not found:
                return unknown
            first, last = days(found[0])
            for time in _values(dataset, match.time):
                if isinstance(time, DicomTime) and first == last:
                    day, moment = shifted(first, times(time)[0], self._shift(zone))
                    return low <= day * DAY + moment <= high
            # No time is known: the days are compared
            return low // DAY <= first and last <= high // DAY

        return test


def _values(dataset: "Dataset", tag: int, *, untyped: bool = False) -> tuple[object, ...]:
    """The values that there are; none where they cannot be decoded."""
    if untyped:
        text = dataset.element(tag).text.strip(" ") if tag in dataset else ""
        return tuple(part.strip(" ") for part in text.split("\\")) if text else ()
    try:
        value = dataset.get(tag)
    except ValueDecodeError:
        return ()
    if isinstance(value, tuple):
        return tuple(one for one in value if one is not None and one != "")
    # A sequence where the key has none is no value
    return () if value is None or value == "" or isinstance(value, Sequence) else (value,)


def _is_empty(dataset: "Dataset", tag: int) -> bool:
    try:
        value = dataset.get(tag)
    except ValueDecodeError:
        return False
    return value is None or (isinstance(value, str | bytes | tuple | Sequence) and not value)


class _All:
    """Each of several matches finds a value of its own or shares it (C.2.2.2.8)."""

    __slots__ = ("tests",)

    def __init__(self, tests: list[ValueTest]) -> None:
        self.tests = tests

    def test(self, values: tuple[object, ...]) -> bool:
        return all(any(map(test, values)) for test in self.tests)


def _value_test(vr: str, match: object, case_sensitive: bool) -> "ValueTest | _All":
    match match:
        case UIDList(uids=uids):
            return frozenset(uids).__contains__
        case FuzzyName(words=words):
            return _on_text(FuzzyWords(words).matches)
        case Wildcard(pattern=pattern) | SingleValue(value=str(pattern)) if vr == "PN":
            return _on_text(NamePattern(pattern, case_sensitive=case_sensitive).matches)
        case Wildcard(pattern=pattern):
            return _on_text(WildcardPattern(pattern).matches)
        case SingleValue(value=value):
            return _equal_to(value)
        case AnyOf(matches=matches) if vr != "PN" and all(map(_is_text, matches)):
            # One look-up, however many there are
            return frozenset(
                one.value for one in matches if isinstance(one, SingleValue)
            ).__contains__
        case AnyOf(matches=matches):
            return _any(_value_tests(vr, matches, case_sensitive))
        case AllOf(matches=matches):
            return _All(_value_tests(vr, matches, case_sensitive))
        case Universal():
            return lambda _value: True
        case _:
            raise AssertionError(f"{match} is no match of single values")


def _value_tests(
    vr: str, matches: "tuple[SingleValue | Wildcard | FuzzyName, ...]", case_sensitive: bool
) -> list[ValueTest]:
    tests = [_value_test(vr, one, case_sensitive) for one in matches]
    return [test for test in tests if not isinstance(test, _All)]


def _any(tests: list[ValueTest]) -> ValueTest:
    return lambda value: any(test(value) for test in tests)


def _is_text(match: object) -> bool:
    return isinstance(match, SingleValue) and isinstance(match.value, str)


def _on_text(matches: Callable[[str], bool]) -> ValueTest:
    return lambda value: isinstance(value, str) and matches(value)


def _equal_to(wanted: object) -> ValueTest:
    return lambda value: value == wanted


# Tracebacks, reprs and pickles name the place that users import from
Matcher.__module__ = "dicom_core.query"
