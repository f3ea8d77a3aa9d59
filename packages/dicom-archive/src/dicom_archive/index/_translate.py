"""The keys of a query as SQL conditions (PS3.4 C.2.2.2), in the forms of `_columns`.

What is true here of a column is true of the attribute for every row that is not odd. A key of a level above is
matched by the entity of that level. Keys without a translation are left to the matcher.
"""

from datetime import date
from typing import Final

from dicom_core.query import (
    AllOf,
    AnyOf,
    CombinedRange,
    EmptyValue,
    Key,
    Query,
    Range,
    SingleValue,
    UIDList,
    Wildcard,
    days,
    moments,
    times,
)
from dicom_core.values import DicomDate, DicomTime

from ._columns import date_form, text_form, time_form
from ._condition import NEVER, Column, Condition, made, plain
from ._dialect import Dialect, Parameter, before_wildcard, begins
from ._levels import IMAGE, LEVELS, PATIENT, SERIES, STUDY
from ._translate_names import NameTranslator

__all__ = ["Translator"]

_TEXTS: Final = {
    0x00100020: "patient_id", 0x00100021: "issuer", 0x00100040: "sex", 0x00080050: "accession",
    0x00200010: "study_id", 0x00081030: "description", 0x00080060: "modality",
    0x0008103E: "description", 0x00180015: "body_part",
}  # fmt: skip
_DATES: Final = {0x00100030: "birth_date", 0x00080020: "study_date"}
_TIMES: Final = {0x00080030: "study_time"}
_NUMBERS: Final = {0x00200011: "number", 0x00200013: "number"}
_UIDS: Final = {0x0020000D: STUDY, 0x0020000E: SERIES, 0x00080018: IMAGE}
# Of levels (PS3.4 table C.3-1): home and column
_COUNTS: Final = {
    0x00201200: (PATIENT, "studies"), 0x00201202: (PATIENT, "series"), 0x00201204: (PATIENT, "instances"),
    0x00201206: (STUDY, "series"), 0x00201208: (STUDY, "instances"), 0x00201209: (SERIES, "instances"),
}  # fmt: skip
_LISTS: Final = {0x00080061: "modalities", 0x00080062: "sop_classes"}
_SOP_CLASS: Final = 0x00080016
_MODALITY: Final = 0x00080060
_SERIES_TAGS: Final = frozenset({0x00080060, 0x0008103E, 0x00180015, 0x00200011})
_DAY: Final = 86_400_000_000
_ZONES: Final = 9
"""Days between what two zones call the same moment, if +9959 is one."""
_PATTERN: Final = 256
_ASTERISKS: Final = 4
"""Of a pattern that the database compares: beyond, the matcher does it, in linear time (HOSTILE N19)."""
_LARGEST: Final = (1 << 63) - 1


class Translator:
    """Makes conditions of the keys of one query, whose keys of lower levels are gone."""

    def __init__(self, query: Query, dialect: Dialect) -> None:
        assert query.level is not None
        self._query = query
        self._dialect = dialect
        self._depth = query.level.depth
        # Patients are part of studies everywhere but at their own level: the index says there what each study says
        self._above = PATIENT if self._depth == PATIENT else STUDY
        self._shifts = query.options.timezone and query.timezone is not None
        self._names = NameTranslator(query.options, dialect)

    def condition(self, key: Key, number: int) -> Condition | None:
        """The condition of a key that excludes something; None where there is no translation."""
        if key.creator is not None:
            return None
        tag, match, prefix = int(key.tag), key.match, f"k{number}"
        if isinstance(match, EmptyValue):
            column = self._column(tag)
            # What cannot be decoded is NULL as well, and not empty
            return None if column is None else plain(column, f"{column.sql} IS NULL", exact=False)
        found: Condition | None = None
        if tag in _UIDS or tag == _SOP_CLASS:
            found = self._uid(tag, match, prefix)
        elif tag in _COUNTS:
            found = self._count(tag, match, prefix)
        elif tag in _LISTS:
            found = self._list(tag, match, prefix)
        elif key.vr == "PN":
            return self._names.condition(key, self._depth, prefix)
        else:
            column = self._column(tag)
            if column is not None:
                found = self._of_column(column, key, prefix)
        if found is None or not self._query.options.unknown_matches:
            return found
        return self._or_unknown(tag, found)

    def _column(self, tag: int) -> Column | None:
        if tag == _MODALITY and self._depth == IMAGE:
            return Column(IMAGE, "modality")  # there every instance says it
        if tag in _SERIES_TAGS:
            return Column(SERIES, _TEXTS.get(tag) or _NUMBERS[tag])
        name = _TEXTS.get(tag) or _DATES.get(tag) or _TIMES.get(tag) or _NUMBERS.get(tag)
        home = IMAGE if tag in _NUMBERS else self._above
        return Column(home, name) if name in LEVELS[home].columns and name else None

    def _or_unknown(self, tag: int, found: Condition) -> Condition | None:
        """PS3.4 C.2.2.1.2, where somebody wants it: what is empty matches any value of a required key."""
        column = self._column(tag)
        if column is None:
            return found
        return plain(
            column, f"({found.check} OR {column.sql} IS NULL)", found.parameters, exact=False
        )

    # --- UIDs and what is counted ---------------------------------------------------------------

    def _uid(self, tag: int, match: object, prefix: str) -> Condition | None:
        if not isinstance(match, UIDList):
            return None
        uids = [uid for uid in match.uids if len(uid) <= 64 and text_form(uid) is not None]
        home = _UIDS.get(tag, IMAGE)
        column = Column(home, "sop_class" if tag == _SOP_CLASS else "uid")
        if not uids:
            return NEVER(home, sure=True)
        rank = None if tag == _SOP_CLASS else 0
        return self._one_of(column, list(uids), prefix, rank, sure=True)

    def _count(self, tag: int, match: object, prefix: str) -> Condition | None:
        home, name = _COUNTS[tag]
        if not isinstance(match, SingleValue) or type(match.value) is not int:
            return None
        if abs(match.value) > _LARGEST:
            return NEVER(home, sure=True)
        column = Column(home, name)
        return plain(column, f"{column.sql} = :{prefix}", {prefix: match.value}, sure=True)

    def _list(self, tag: int, match: object, prefix: str) -> Condition | None:
        r"""Modalities and SOP classes in the study stand in a column as \CT\SR\."""
        column = Column(STUDY, _LISTS[tag])
        wanted = _wanted(match)
        if not wanted or len(wanted) > 100:
            return None
        texts = [text for text in wanted if text_form(text) is not None and "\\" not in text]
        if not texts:
            return None
        names = {f"{prefix}_{n}": f"\\{text}\\" for n, text in enumerate(texts)}
        word = " AND " if isinstance(match, AllOf) else " OR "
        check = word.join(self._dialect.holds(column.sql, name) for name in names)
        whole = len(texts) == len(wanted)
        if not whole and not isinstance(match, AllOf):
            return None
        return plain(column, f"({check})", dict(names), exact=whole)

    # --- plain columns ----------------------------------------------------------------------------

    def _of_column(self, column: Column, key: Key, prefix: str) -> Condition | None:
        match, tag = key.match, int(key.tag)
        if tag in _DATES:
            return self._date(column, key, prefix)
        if tag in _TIMES:
            return self._time(column, key, prefix)
        if tag in _NUMBERS:
            return self._number(column, match, prefix)
        if isinstance(match, Wildcard):
            return self._wildcard(column, match.pattern, prefix)
        texts = _wanted(match)
        if not texts or isinstance(match, AllOf) or not key.vr:
            return None
        known = [text for text in texts if text_form(text) is not None]
        if not known:
            return NEVER(column.home)
        return self._one_of(column, known, prefix, column.rank)

    def _one_of(
        self,
        column: Column,
        values: list[str],
        prefix: str,
        rank: int | None,
        *,
        sure: bool = False,
    ) -> Condition:
        if len(values) == 1:
            test, parameters = "{0} = :" + prefix, {prefix: values[0]}
        else:
            test = self._dialect.among("{0}", prefix, texts=True)
            parameters = {prefix: self._dialect.several(values)}  # type: ignore[dict-item]
        return made(column, test, dict(parameters), rank=rank, sure=sure)

    def _wildcard(self, column: Column, pattern: str, prefix: str) -> Condition | None:
        if text_form(pattern[:_PATTERN]) is None:
            return None
        head = before_wildcard(pattern)[: _PATTERN // 2]
        parameters: dict[str, Parameter] = {}
        tests = []
        if head:
            tests.append(begins("{0}", head, prefix, parameters))
        # A prefix with an asterisk after it is the range itself
        exact = head + "*" == pattern
        if not exact and len(pattern) <= _PATTERN and pattern.count("*") <= _ASTERISKS:
            tests.append(self._dialect.like("{0}", f"{prefix}p"))
            parameters[f"{prefix}p"] = self._dialect.pattern(pattern)
            exact = True
        if not tests:
            return None
        rank = None if column.rank is None or not head else column.rank + 1
        return made(column, " AND ".join(tests), parameters, rank=rank, exact=exact)

    def _number(self, column: Column, match: object, prefix: str) -> Condition | None:
        several = match.matches if isinstance(match, AnyOf) else (match,)
        numbers = [
            one.value for one in several if isinstance(one, SingleValue) and type(one.value) is int
        ]
        if len(numbers) != len(several):
            return None
        known = [number for number in numbers if abs(number) <= _LARGEST]
        if not known:
            return NEVER(column.home)
        test = self._dialect.among("{0}", prefix, texts=False)
        return made(column, test, {prefix: self._dialect.several(known)})

    # --- dates and times ----------------------------------------------------------------------------

    def _date(self, column: Column, key: Key, prefix: str) -> Condition | None:
        match = key.match
        if isinstance(match, AnyOf) and key.vr == "DA":
            found = [one.value for one in match.matches if isinstance(one, SingleValue)]
            dates = [date_form(one) for one in found if isinstance(one, DicomDate)]
            complete = [one for one in dates if one is not None]
            if len(dates) != len(match.matches):
                return None
            # A date without its day equals none that has one
            return (
                self._one_of(column, complete, prefix, column.rank)
                if complete
                else NEVER(column.home)
            )
        if isinstance(match, CombinedRange):
            low = None if match.start is None else moments(match.start, None)[0] // _DAY
            high = None if match.end is None else moments(match.end, None)[1] // _DAY
            return self._days(column, low, high, prefix, exact=False)
        if key.vr != "DA":
            return None
        if isinstance(match, SingleValue):
            start = end = match.value
        elif isinstance(match, Range):
            start, end = match.start, match.end  # type: ignore[assignment]
        else:
            return None
        low = days(start)[0] if isinstance(start, DicomDate) else None
        high = days(end)[1] if isinstance(end, DicomDate) else None
        return self._days(column, low, high, prefix, exact=not self._shifts)

    def _days(
        self, column: Column, low: int | None, high: int | None, prefix: str, *, exact: bool
    ) -> Condition:
        slack = _ZONES if self._shifts else 0
        tests, parameters = [], {}
        if low is not None:
            tests.append(f"{{0}} >= :{prefix}a")
            parameters[f"{prefix}a"] = _day(low - slack)
        if high is not None:
            tests.append(f"{{0}} <= :{prefix}z")
            parameters[f"{prefix}z"] = _day(high + slack)
        test = " AND ".join(tests) or "{0} IS NOT NULL"
        return made(column, test, dict(parameters), rank=column.rank, exact=exact)

    def _time(self, column: Column, key: Key, prefix: str) -> Condition | None:
        match = key.match
        if key.vr != "TM" or self._shifts:
            return None
        if isinstance(match, SingleValue):
            start = end = match.value
        elif isinstance(match, Range):
            start, end = match.start, match.end  # type: ignore[assignment]
        else:
            return None
        tests, parameters = ["{0} IS NOT NULL"], {}
        if isinstance(start, DicomTime):
            tests.append(f"{{0}} >= :{prefix}a")
            parameters[f"{prefix}a"] = time_form(times(start)[0])
        if isinstance(end, DicomTime):
            tests.append(f"{{0}} <= :{prefix}z")
            parameters[f"{prefix}z"] = time_form(times(end)[1])
        # The second 60 is the first of the next minute, in a form that sorts before it
        return made(column, " AND ".join(tests), dict(parameters))


def _wanted(match: object) -> list[str] | None:
    """The texts of which a value must be one, or all; None for another kind of match."""
    if isinstance(match, UIDList):
        return list(match.uids)
    several = match.matches if isinstance(match, AnyOf | AllOf) else (match,)
    texts = [
        one.value for one in several if isinstance(one, SingleValue) and isinstance(one.value, str)
    ]
    return texts if len(texts) == len(several) else None


def _day(ordinal: int) -> str:
    found = date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))
    return f"{found.year:04d}{found.month:02d}{found.day:02d}"
