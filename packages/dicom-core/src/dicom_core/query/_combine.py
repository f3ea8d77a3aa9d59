"""A range of dates and the range of its times as one range of moments (PS3.4 C.2.2.2.5.4)."""

from attrs import evolve

from dicom_dict import Tag, find_element

from ..values import DicomDate, DicomDateTime, DicomTime
from ._errors import QueryError
from ._key import Key, name_of
from ._kinds import CombinedRange, Range, SequenceMatch, Universal
from ._moments import joined, times

__all__ = ["combine", "time_of"]


def time_of(tag: int) -> Tag | None:
    """The time that belongs to a date: the attribute named the same with Time for Date."""
    entry = find_element(tag)
    if entry is None or not entry.keyword.endswith("Date"):
        return None
    other = find_element(entry.keyword[:-4] + "Time")
    return other.tag if other is not None and "TM" in other.vrs else None


def combine(keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """The keys with every pair of a date and its time joined whose ranges have the same form."""
    by_tag = {key.tag: key for key in keys}
    changed: dict[Tag, Key] = {}
    for key in keys:
        match = key.match
        if isinstance(match, SequenceMatch):
            changed[key.tag] = evolve(key, match=SequenceMatch(combine(match.keys)))
        elif key.vr == "DA" and isinstance(match, Range):
            time = time_of(key.tag)
            partner = by_tag.get(time) if time is not None else None
            if time is None or partner is None or not isinstance(partner.match, Range):
                continue
            if (match.start is None, match.end is None) != (
                partner.match.start is None,
                partner.match.end is None,
            ):
                continue
            start = _moment(match.start, partner.match.start)
            end = _moment(match.end, partner.match.end)
            changed[key.tag] = evolve(key, match=CombinedRange(time, start, end))
            changed[time] = evolve(partner, match=Universal())
    found = tuple(changed.get(key.tag, key) for key in keys)
    for key in found:
        _refuse_backwards(key)
    return found


def _moment(day: object, time: object) -> DicomDateTime | None:
    if isinstance(day, DicomDate) and isinstance(time, DicomTime):
        return joined(day, time)
    return None


def _refuse_backwards(key: Key) -> None:
    match = key.match
    if isinstance(match, Range) and isinstance(match.start, DicomTime):
        end = match.end
        if isinstance(end, DicomTime) and times(end)[1] < times(match.start)[0]:
            raise QueryError("value", "a range of times does not cross midnight", name_of(key.tag))
