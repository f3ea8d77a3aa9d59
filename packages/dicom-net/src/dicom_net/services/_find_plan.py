"""What a call such as `find_studies` wants of an association, for both doors."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypedDict, cast

from dicom_core.query import InformationModel, KeyValue, MatchOptions, Query, QueryLevel

from .._opening import Opening
from ..ul import SopClassExtended
from ._find import FIND, SYNTAXES
from ._find_options import information
from ._query_keys import InstanceKeys, PatientKeys, QueryKeys, SeriesKeys, StudyKeys, usual_fields

if TYPE_CHECKING:
    from ..dimse import Priority

__all__ = [
    "FindInstances",
    "FindPatients",
    "FindPlan",
    "FindSeries",
    "FindStudies",
    "Finding",
    "plan_find",
    "plan_level",
]


class Finding(Opening, total=False):
    """How to ask, besides what `associate` takes."""

    priority: "Priority"
    check: bool
    """Whether the rules of the hierarchy are checked before anything is sent; some peers do without them."""


class _Asking(Finding, total=False):
    model: InformationModel
    returning: Iterable[str | int]
    """What is wanted in the answers; where it is left out, all that the class of the matches shows."""
    where: Mapping[str, KeyValue]
    options: MatchOptions
    charset: str | Iterable[str]
    limit: int


class FindPatients(PatientKeys, _Asking, total=False):
    """The keywords of `find_patients`: keys, and how to ask."""


class FindStudies(StudyKeys, _Asking, total=False):
    """The keywords of `find_studies`: keys, and how to ask."""


class FindSeries(SeriesKeys, _Asking, total=False):
    """The keywords of `find_series`: keys, and how to ask."""


class FindInstances(InstanceKeys, _Asking, total=False):
    """The keywords of `find_instances`: keys, and how to ask."""


class _How(TypedDict, total=False):
    priority: "Priority"
    check: bool


class FindPlan(NamedTuple):
    """A query, how to ask it, and the association that it needs."""

    query: Query
    how: _How
    contexts: tuple[tuple[str, tuple[str, ...]], ...]
    extended: tuple[SopClassExtended, ...]
    opening: Opening


_HOW: Final = _How.__annotations__.keys()
_OPENING: Final = Opening.__annotations__.keys()
_MAKERS: Final[dict[QueryLevel, Callable[..., Query]]] = {
    QueryLevel.PATIENT: QueryKeys.patient,
    QueryLevel.STUDY: QueryKeys.study,
    QueryLevel.SERIES: QueryKeys.series,
    QueryLevel.IMAGE: QueryKeys.instance,
}


def plan_find(query: Query, named: Finding) -> FindPlan:
    """The association for a query: its SOP class, with the options that are to be agreed on."""
    sop_class = FIND[query.model]
    wanted = information(query.options)
    return FindPlan(
        query,
        cast("_How", {name: value for name, value in named.items() if name in _HOW}),
        ((sop_class, SYNTAXES),),
        (SopClassExtended(sop_class, wanted),) if wanted else (),
        cast("Opening", {name: value for name, value in named.items() if name in _OPENING}),
    )


def plan_level(
    level: QueryLevel,
    query: Query | None,
    named: FindPatients | FindStudies | FindSeries | FindInstances,
) -> FindPlan:
    """The same for a query of one level, which may be given whole or by its keys."""
    keys = {name: value for name, value in named.items() if name not in _HOW | _OPENING}
    if query is None:
        keys.setdefault("returning", usual_fields(level))
        query = _MAKERS[level](**keys)
    elif keys:
        raise TypeError(f"a query that is made takes no more keys: {', '.join(sorted(keys))}")
    elif query.level is not level:
        raise ValueError(f"a query of the {level} level is needed here, not {query.level}")
    how = cast("Finding", {name: named[name] for name in named if name in _HOW | _OPENING})  # type: ignore[literal-required]
    return plan_find(query, how)
