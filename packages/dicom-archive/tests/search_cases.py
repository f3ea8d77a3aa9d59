"""The same instances in an index and in `InMemoryStore`, which says what a search is to find."""

import random
from collections.abc import Iterable, Mapping
from typing import Final

from index_cases import Records

import dicom_core as dc
from dicom_archive.index import Index
from dicom_archive.index._page import Cursor
from dicom_core.query import Query
from dicom_core.store import (
    DuplicatePolicy,
    InMemoryStore,
    StoredInstance,
    StoreSettings,
    drive,
    put,
)
from dicom_dict import element

__all__ = ["Both", "made"]

_CT: Final = "1.2.840.10008.5.1.4.1.1.2"


def made(
    instance: str,
    series: str,
    study: str,
    attributes: Mapping[str, object] | None = None,
    raw: Mapping[str, bytes] | None = None,
) -> bytes:
    """A file. ``raw`` values keep no rule."""
    dataset = dc.Dataset(
        {
            "SpecificCharacterSet": "ISO_IR 192",
            "SOPClassUID": _CT,
            "SOPInstanceUID": instance,
            "StudyInstanceUID": study,
            "SeriesInstanceUID": series,
            **(attributes or {}),
        }
    )
    for keyword, value in (raw or {}).items():
        entry = element(keyword)
        dataset.set_raw(entry.tag, str(entry.vr), value)
    return dc.DicomFile.new(dataset).to_bytes()


class Both:
    """An index and the reference."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.memory = InMemoryStore(StoreSettings(duplicates=DuplicatePolicy.REPLACE))
        self._records = Records()

    def put(self, files: Iterable[bytes]) -> None:
        """Put files into both."""
        records = []
        for data in files:
            drive(put(self.memory, data))
            records.append(self._records.of(data))
        self.index.add(records, DuplicatePolicy.REPLACE)

    def change(self, chance: random.Random) -> None:
        """Replace some instances, which may move them to another study, and delete some."""
        for kept in self._kept():
            if chance.random() < 0.2:
                other = drive(self.memory.metadata(chance.choice(self._kept()).instance))
                other["SOPInstanceUID"] = kept.instance
                self.put([dc.DicomFile.new(other).to_bytes()])
        for kept in self._kept():
            if chance.random() < 0.3:
                uids = kept.study, kept.series, kept.instance
                assert len(self.index.delete(*uids)) == drive(self.memory.delete(*uids)) == 1

    def _kept(self) -> list[StoredInstance]:
        async def all_of() -> list[StoredInstance]:
            return [kept async for kept in self.memory.instances()]

        return drive(all_of())

    def expected(self, query: Query) -> list[dc.Dataset]:
        """What is to be found."""

        async def all_of() -> list[dc.Dataset]:
            return [answer async for answer in self.memory.search(query)]

        return drive(all_of())

    def found(self, query: Query, most: int = 100, scan: int = 10_000) -> list[dc.Dataset]:
        """What the index finds, page by page; ``limit`` is a matter of the archive."""
        answers: list[dc.Dataset] = []
        after: Cursor | None = None
        while True:
            page = self.index.search(query, after=after, most=most, scan=scan)
            assert len(page.entities) <= most
            answers += page.entities
            after = page.next
            if after is None:
                return answers if query.limit is None else answers[: query.limit]

    def check(self, query: Query, most: int = 100) -> int:
        """Both agree; how many there are."""
        expected = self.expected(query)
        found = self.found(query, most)
        assert found == expected, f"{query!r}: {len(found)}, not {len(expected)}"
        assert self.index.count(query, scan=10_000) == drive(self.memory.count(query)), repr(query)
        return len(expected)
