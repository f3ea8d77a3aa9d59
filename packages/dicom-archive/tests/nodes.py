"""What the tests of the node share: both event loops, instances, and stores that fail."""

from collections.abc import AsyncIterator, Sequence

import pytest

import dicom_core as dc
from dicom_core.query import Query
from dicom_core.store import Expected, InMemoryStore, drive, put
from dicom_core.store._memory import _Arrival

HOST = "127.0.0.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"

# What tests of both event loops put into `pytestmark`
ON_BOTH_LOOPS = [
    pytest.mark.anyio,
    pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"]),
]


def instance(number: int, *, series: int = 1, study: int = 1) -> dc.DicomFile:
    ds = dc.Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = CT
    ds.SOPInstanceUID = f"1.2.{study}.{series}.{number}"
    ds.StudyInstanceUID = f"1.2.{study}"
    ds.SeriesInstanceUID = f"1.2.{study}.{series}"
    ds.PatientID = f"P{study}"
    ds.PatientName = "Doe^Jane" if study > 1 else "Smith^Adam"
    ds.StudyDate = f"202601{study:02}"
    ds.Modality = "CT"
    ds.InstanceNumber = number
    return dc.DicomFile.new(ds, EXPLICIT)


def ten() -> list[dc.DicomFile]:
    """Ten instances: two series of one study."""
    return [instance(number, series=series) for series in (1, 2) for number in range(1, 6)]


def filled(files: Sequence[dc.DicomFile] = ()) -> InMemoryStore:
    store = InMemoryStore()
    for file in files or ten():
        drive(put(store, file.to_bytes()))
    return store


class Failing(InMemoryStore):
    """A store that fails as it is told: with ``error``, whatever it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    async def receive(self, expected: Expected | None = None) -> _Arrival:
        self._check()
        return await super().receive(expected)

    async def search(self, query: Query) -> AsyncIterator[dc.Dataset]:
        self._check()
        async for found in super().search(query):
            yield found

    async def count(self, query: Query) -> int:
        self._check()
        return await super().count(query)

    async def instances(
        self, study: str | None = None, series: str | None = None, instance: str | None = None
    ) -> AsyncIterator[dc.store.StoredInstance]:
        self._check()
        async for found in super().instances(study, series, instance):
            yield found
