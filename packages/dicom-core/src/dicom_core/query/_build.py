"""Queries from keywords: for programs that ask."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import TypeAlias

from dicom_dict import Tag

from ._identifier import combined
from ._levels import InformationModel, QueryLevel, unique_key
from ._options import DEFAULT, MatchOptions
from ._query import Query
from ._tree import KeyTree, parse_path

__all__ = ["KeyValue", "build"]

_One: TypeAlias = "str | int | float | date | time | datetime"
KeyValue: TypeAlias = "_One | tuple[_One | None, _One | None] | list[str] | None"
"""A value, a text with wild cards or a range; (from, to) of dates or times, open where None; a list of
values, such as UIDs; None or an empty text for what is only wanted in the answer."""


def build(
    level: QueryLevel | str | None,
    /,
    *,
    model: InformationModel = InformationModel.STUDY_ROOT,
    options: MatchOptions = DEFAULT,
    fields: Iterable[str | int] = (),
    limit: int | None = None,
    where: "Mapping[str, KeyValue] | None" = None,
    **keys: KeyValue,
) -> Query:
    """A query from keywords, such as ``build("STUDY", PatientID="42", StudyDate="20240101-")``.

    ``where`` takes what is no Python name: tags as digits and paths with dots
    (``{"RequestAttributesSequence.RequestedProcedureID": "P1"}``). ``fields`` are wanted in the answers. The
    unique key of the level is always there. A level of None is for flat models.
    """
    wanted = QueryLevel(level) if level is not None else None
    tree = KeyTree(options)
    given = {**keys, **(where or {})}
    for name, value in given.items():
        tree.add(parse_path(name), _values(value))
    if wanted is not None and unique_key(wanted) not in {parse_path(name)[0] for name in given}:
        tree.add((unique_key(wanted),), [])
    paths = tuple(
        (Tag(field),) if isinstance(field, int) else parse_path(field) for field in fields
    )
    return combined(
        Query(model, wanted, tree.keys(), options, paths, limit=limit, ignored=tuple(tree.ignored))
    )


def _values(value: KeyValue) -> list[str | int | float]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return [f"{_text(value[0])}-{_text(value[1])}"]
    if isinstance(value, list):
        return list(value)
    return [_text(value)]


def _text(value: "_One | None") -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, datetime):
        zone = value.strftime("%z")
        return value.strftime("%Y%m%d%H%M%S") + zone[:5]
    if isinstance(value, date):
        return f"{value.year:04d}{value.month:02d}{value.day:02d}"
    if isinstance(value, time):
        return value.strftime("%H%M%S")
    return value


# Tracebacks, reprs and pickles name the place that users import from
build.__module__ = "dicom_core.query"
