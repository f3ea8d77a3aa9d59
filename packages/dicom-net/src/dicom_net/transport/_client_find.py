"""Queries, as methods of a client."""

from collections.abc import AsyncGenerator
from typing import Unpack, cast

from dicom_core.query import Query

from .._opening import Opening
from ..services._find_plan import Finding, FindInstances, FindPatients, FindSeries, FindStudies
from ..services._matches import InstanceMatch, Match, PatientMatch, SeriesMatch, StudyMatch
from . import _query

__all__ = ["ClientFinds"]


class ClientFinds:
    """See `DicomClient`."""

    host: str
    port: int
    _opening: Opening

    async def find(self, query: Query, **named: Unpack[Finding]) -> list[Match]:
        """See `find`."""
        return await _query.find(
            self.host, self.port, query, **cast("Finding", {**self._opening, **named})
        )

    def iter_find(self, query: Query, **named: Unpack[Finding]) -> AsyncGenerator[Match]:
        """See `iter_find`."""
        return _query.iter_find(
            self.host, self.port, query, **cast("Finding", {**self._opening, **named})
        )

    async def find_patients(
        self, query: Query | None = None, **named: Unpack[FindPatients]
    ) -> list[PatientMatch]:
        """See `find_patients`."""
        return await _query.find_patients(
            self.host, self.port, query, **cast("FindPatients", {**self._opening, **named})
        )

    def iter_patients(
        self, query: Query | None = None, **named: Unpack[FindPatients]
    ) -> AsyncGenerator[PatientMatch]:
        """See `iter_patients`."""
        return _query.iter_patients(
            self.host, self.port, query, **cast("FindPatients", {**self._opening, **named})
        )

    async def find_studies(
        self, query: Query | None = None, **named: Unpack[FindStudies]
    ) -> list[StudyMatch]:
        """See `find_studies`."""
        return await _query.find_studies(
            self.host, self.port, query, **cast("FindStudies", {**self._opening, **named})
        )

    def iter_studies(
        self, query: Query | None = None, **named: Unpack[FindStudies]
    ) -> AsyncGenerator[StudyMatch]:
        """See `iter_studies`."""
        return _query.iter_studies(
            self.host, self.port, query, **cast("FindStudies", {**self._opening, **named})
        )

    async def find_series(
        self, query: Query | None = None, **named: Unpack[FindSeries]
    ) -> list[SeriesMatch]:
        """See `find_series`."""
        return await _query.find_series(
            self.host, self.port, query, **cast("FindSeries", {**self._opening, **named})
        )

    def iter_series(
        self, query: Query | None = None, **named: Unpack[FindSeries]
    ) -> AsyncGenerator[SeriesMatch]:
        """See `iter_series`."""
        return _query.iter_series(
            self.host, self.port, query, **cast("FindSeries", {**self._opening, **named})
        )

    async def find_instances(
        self, query: Query | None = None, **named: Unpack[FindInstances]
    ) -> list[InstanceMatch]:
        """See `find_instances`."""
        return await _query.find_instances(
            self.host, self.port, query, **cast("FindInstances", {**self._opening, **named})
        )

    def iter_instances(
        self, query: Query | None = None, **named: Unpack[FindInstances]
    ) -> AsyncGenerator[InstanceMatch]:
        """See `iter_instances`."""
        return _query.iter_instances(
            self.host, self.port, query, **cast("FindInstances", {**self._opening, **named})
        )
