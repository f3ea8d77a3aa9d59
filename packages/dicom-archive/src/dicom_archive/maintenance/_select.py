"""Which instances are meant: those of patients, studies, series, of an instance, or what a query finds."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen
from sqlalchemy import func, select

from dicom_core import Tag
from dicom_core.query import Query, QueryLevel, level_of
from dicom_core.store import drive

from ..index._columns import kept_text
from ..index._schema import patient as patient_table
from ..index._schema import series as series_table
from ..index._schema import study as study_table

if TYPE_CHECKING:
    from sqlalchemy import Select

    from dicom_core import Dataset

    from .._archive import Archive
    from .._records import Kept
    from ..index import Index

__all__ = ["Part", "Wanted", "count", "kept_of", "parts_of"]

_PAGE: Final = 500
_UIDS: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@frozen
class Part:
    """A study, a series of it or an instance of that; everything where there is no study."""

    study: str | None = None
    series: str | None = None
    instance: str | None = None


@frozen(kw_only=True)
class Wanted:
    """What is meant. All of these together; everything where nothing is said."""

    patients: tuple[str, ...] = field(default=(), repr=False)
    """Patient IDs, letter by letter."""
    studies: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    query: Query | None = None
    """What it finds at its level, STUDY or below; ValueError where it has keys of a lower one."""

    def __bool__(self) -> bool:
        named = self.patients or self.studies or self.series or self.instances
        return bool(named) or self.query is not None


def parts_of(archive: "Archive", wanted: Wanted) -> Iterator[Part]:
    """The parts of the archive that are meant; a study that is not there is a part without instances."""
    index = archive.index
    if not wanted:
        yield Part()
    for patient in wanted.patients:
        joined = study_table.join(patient_table, patient_table.c.id == study_table.c.patient)
        statement = select(study_table.c.uid).select_from(joined)
        statement = statement.where(patient_table.c.label == kept_text(patient))
        for uid in _column(index, statement):
            yield Part(uid)
    for uid in wanted.studies:
        yield Part(uid)
    for uid in wanted.series:
        joined = study_table.join(series_table, series_table.c.study == study_table.c.id)
        statement = select(study_table.c.uid).select_from(joined).where(series_table.c.uid == uid)
        for study in dict.fromkeys(_column(index, statement)):
            yield Part(study, uid)
    for uid, kept in index.found(wanted.instances).items():
        yield Part(kept.instance.study, kept.instance.series, uid)
    if wanted.query is not None:
        yield from _found(archive, wanted.query)


def kept_of(index: "Index", part: Part) -> Iterator[list["Kept"]]:
    """The instances of a part, in pages, in the order in which they came."""
    after = 0
    while True:
        page, after = index.instances(
            part.study, part.series, part.instance, after=after, most=_PAGE
        )
        if page:
            yield page
        if not after:
            return


def _column(index: "Index", statement: "Select[str]") -> list[str]:
    with index.connection() as connection:
        return [str(uid) for (uid,) in connection.execute(statement)]


def _found(archive: "Archive", query: Query) -> Iterator[Part]:
    # What identifies an entity is wanted, whatever else is; patients are named by their studies
    level = query.level
    if level is None or level is QueryLevel.PATIENT:
        level = QueryLevel.STUDY
    if query.ignored or any(level_of(key.tag).depth > level.depth for key in query.keys):
        # More would be found, and deleted, than anybody meant
        raise ValueError(
            "a key of the query would not be looked at; ask at the level it belongs to"
        )
    fields = tuple((Tag(name),) for name in _UIDS)
    pages = archive.search_pages(evolve(query, level=level, fields=query.fields + fields))
    while (page := drive(_following(pages))) is not None:
        for entity in page:
            yield Part(*(_uid(entity, name) for name in _UIDS[: level.depth]))


async def _following(pages: "AsyncIterator[Sequence[Dataset]]") -> "Sequence[Dataset] | None":
    return await anext(pages, None)


def _uid(entity: "Dataset", name: str) -> str:
    return str(entity.element(name).value)


def count(archive: "Archive", wanted: Wanted) -> int:
    """How many instances are meant; what is named twice counts twice."""
    index = archive.index
    if not wanted:
        return index.totals()[0]
    return sum(_count(index, part) for part in parts_of(archive, wanted))


def _count(index: "Index", part: Part) -> int:
    if part.instance is not None:
        return len(index.found([part.instance]))
    counted = select(func.sum(study_table.c.instances)).where(study_table.c.uid == part.study)
    if part.series is not None:
        joined = study_table.join(series_table, series_table.c.study == study_table.c.id)
        counted = select(func.sum(series_table.c.instances)).select_from(joined)
        counted = counted.where(study_table.c.uid == part.study, series_table.c.uid == part.series)
    with index.connection() as connection:
        return int(connection.execute(counted).scalar() or 0)


# Tracebacks, reprs and pickles name the place that users import from
Wanted.__module__ = count.__module__ = "dicom_archive.maintenance"
