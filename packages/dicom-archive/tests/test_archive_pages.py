"""Answers in pages: short ones first, so that whoever asked has something soon."""

from dicom_archive import Archive, ArchiveSettings
from dicom_archive.synthetic import small_instances
from dicom_core.query import QueryLevel, build
from dicom_core.store import drive, put


def test_pages_grow_up_to_the_setting() -> None:
    query = build(QueryLevel.STUDY, where={"StudyInstanceUID": None})

    async def sizes(archive: Archive) -> list[int]:
        return [len(page) async for page in archive.search_pages(query) if page]

    with Archive.in_memory(ArchiveSettings(page=60)) as archive:
        for file in small_instances(200, 900, series=1, study=1):
            drive(put(archive, file.to_bytes()))
        assert drive(sizes(archive)) == [25, 50, 60, 60, 5]
    with Archive.in_memory(ArchiveSettings(page=3)) as archive:
        for file in small_instances(7, 900, series=1, study=1):
            drive(put(archive, file.to_bytes()))
        assert drive(sizes(archive)) == [3, 3, 1]
