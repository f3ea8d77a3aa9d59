"""C-FIND through an association of its own: whole answers as lists, long ones as generators.

A generator that is left early is closed with ``close()`` (or `contextlib.closing`): the query is then cancelled and
the association released.
"""

from collections.abc import Generator
from typing import Unpack, cast

from dicom_core.query import Query, QueryLevel

from ..services._find import find as find_on
from ..services._find_plan import (
    Finding,
    FindInstances,
    FindPatients,
    FindPlan,
    FindSeries,
    FindStudies,
    plan_find,
    plan_level,
)
from ..services._matches import InstanceMatch, Match, PatientMatch, SeriesMatch, StudyMatch
from ._associate import open_association

__all__ = [
    "find",
    "find_instances",
    "find_patients",
    "find_series",
    "find_studies",
    "iter_find",
    "iter_instances",
    "iter_patients",
    "iter_series",
    "iter_studies",
]


def find(host: str, port: int, query: Query, **named: Unpack[Finding]) -> list[Match]:
    """All matches of a query, of any model and level; see `services.find` for what can go wrong."""
    return list(iter_find(host, port, query, **named))


def iter_find(host: str, port: int, query: Query, **named: Unpack[Finding]) -> Generator[Match]:
    """The matches of a query, one by one, as they come."""
    return _answers(host, port, plan_find(query, named))


def find_patients(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindPatients]
) -> list[PatientMatch]:
    """All patients that match a query, or the keys of `QueryKeys.patient`."""
    return list(iter_patients(host, port, query, **named))


def iter_patients(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindPatients]
) -> Generator[PatientMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.PATIENT, query, named)
    return cast("Generator[PatientMatch]", _answers(host, port, plan))


def find_studies(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindStudies]
) -> list[StudyMatch]:
    """All studies that match a query, or the keys of `QueryKeys.study`.

    As in ``find_studies(host, port, patient_name="SMITH^*", modality="CT")``.
    """
    return list(iter_studies(host, port, query, **named))


def iter_studies(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindStudies]
) -> Generator[StudyMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.STUDY, query, named)
    return cast("Generator[StudyMatch]", _answers(host, port, plan))


def find_series(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindSeries]
) -> list[SeriesMatch]:
    """All series that match a query, or the keys of `QueryKeys.series`."""
    return list(iter_series(host, port, query, **named))


def iter_series(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindSeries]
) -> Generator[SeriesMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.SERIES, query, named)
    return cast("Generator[SeriesMatch]", _answers(host, port, plan))


def find_instances(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindInstances]
) -> list[InstanceMatch]:
    """All instances that match a query, or the keys of `QueryKeys.instance`."""
    return list(iter_instances(host, port, query, **named))


def iter_instances(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindInstances]
) -> Generator[InstanceMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.IMAGE, query, named)
    return cast("Generator[InstanceMatch]", _answers(host, port, plan))


def _answers(host: str, port: int, plan: FindPlan) -> Generator[Match]:
    association = open_association(
        host, port, plan.contexts, extended=plan.extended, **plan.opening
    )
    try:
        operation = find_on(association.exchange, plan.query, **plan.how)
        with association.iterate(operation) as matches:
            for match in matches:
                yield cast("Match", match)
    except GeneratorExit:  # enough: the iteration above has cancelled the query
        association.release()
        raise
    except BaseException:
        association.abort()
        raise
    association.release()


# Tracebacks, reprs and pickles name the place that users import from
find.__module__ = iter_find.__module__ = find_patients.__module__ = "dicom_net.blocking"
iter_patients.__module__ = find_studies.__module__ = iter_studies.__module__ = "dicom_net.blocking"
find_series.__module__ = iter_series.__module__ = find_instances.__module__ = "dicom_net.blocking"
iter_instances.__module__ = "dicom_net.blocking"
