"""C-FIND through an association of its own: whole answers as lists, long ones as asynchronous generators.

A generator that is left early is closed with ``aclose()`` (or `contextlib.aclosing`): the query is then cancelled and
the association released.
"""

from collections.abc import AsyncGenerator
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


async def find(host: str, port: int, query: Query, **named: Unpack[Finding]) -> list[Match]:
    """All matches of a query, of any model and level; see `services.find` for what can go wrong."""
    return [match async for match in iter_find(host, port, query, **named)]


def iter_find(
    host: str, port: int, query: Query, **named: Unpack[Finding]
) -> AsyncGenerator[Match]:
    """The matches of a query, one by one, as they come."""
    return _answers(host, port, plan_find(query, named))


async def find_patients(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindPatients]
) -> list[PatientMatch]:
    """All patients that match a query, or the keys of `QueryKeys.patient`."""
    return [match async for match in iter_patients(host, port, query, **named)]


def iter_patients(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindPatients]
) -> AsyncGenerator[PatientMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.PATIENT, query, named)
    return cast("AsyncGenerator[PatientMatch]", _answers(host, port, plan))


async def find_studies(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindStudies]
) -> list[StudyMatch]:
    """All studies that match a query, or the keys of `QueryKeys.study`.

    As in ``find_studies(host, port, patient_name="SMITH^*", modality="CT")``.
    """
    return [match async for match in iter_studies(host, port, query, **named)]


def iter_studies(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindStudies]
) -> AsyncGenerator[StudyMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.STUDY, query, named)
    return cast("AsyncGenerator[StudyMatch]", _answers(host, port, plan))


async def find_series(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindSeries]
) -> list[SeriesMatch]:
    """All series that match a query, or the keys of `QueryKeys.series`."""
    return [match async for match in iter_series(host, port, query, **named)]


def iter_series(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindSeries]
) -> AsyncGenerator[SeriesMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.SERIES, query, named)
    return cast("AsyncGenerator[SeriesMatch]", _answers(host, port, plan))


async def find_instances(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindInstances]
) -> list[InstanceMatch]:
    """All instances that match a query, or the keys of `QueryKeys.instance`."""
    return [match async for match in iter_instances(host, port, query, **named)]


def iter_instances(
    host: str, port: int, query: Query | None = None, **named: Unpack[FindInstances]
) -> AsyncGenerator[InstanceMatch]:
    """The same, one by one, as they come."""
    plan = plan_level(QueryLevel.IMAGE, query, named)
    return cast("AsyncGenerator[InstanceMatch]", _answers(host, port, plan))


async def _answers(host: str, port: int, plan: FindPlan) -> AsyncGenerator[Match]:
    association = await open_association(
        host, port, plan.contexts, extended=plan.extended, **plan.opening
    )
    try:
        operation = find_on(association.exchange, plan.query, **plan.how)
        async with association.iterate(operation) as matches:
            async for match in matches:
                yield cast("Match", match)
    except GeneratorExit:  # enough: the iteration above has cancelled the query
        await association.release()
        raise
    except BaseException:
        await association.abort()
        raise
    await association.release()


# Tracebacks, reprs and pickles name the place that users import from
find.__module__ = iter_find.__module__ = find_patients.__module__ = "dicom_net"
iter_patients.__module__ = find_studies.__module__ = iter_studies.__module__ = "dicom_net"
find_series.__module__ = iter_series.__module__ = find_instances.__module__ = "dicom_net"
iter_instances.__module__ = "dicom_net"
