"""All that stands in an index, and all that should: what `dicom_core.store.InMemoryStore` has, brought into the same form."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import dicom_core as dc
from dicom_archive.index import Index
from dicom_archive.index._columns import folded_groups, folded_words
from dicom_archive.index._entity import attributes_of
from dicom_core.query import QueryLevel
from dicom_core.store import entities

__all__ = ["Entity", "entities_in", "expected_entities", "names_in", "orphans_in", "wipe"]

TABLES = ("event", "doomed", "word", "person", "header", "instance", "series", "study", "patient")
LEVELS = {"patient": QueryLevel.PATIENT, "study": QueryLevel.STUDY, "series": QueryLevel.SERIES}
COUNTED = {
    "NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances",
    "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "NumberOfSeriesRelatedInstances",
    "ModalitiesInStudy", "SOPClassesInStudy", "InstanceAvailability",
}  # fmt: skip


class Entity(NamedTuple):
    """A patient, study or series as it is told."""

    attributes: dict[str, object]
    counts: tuple[object, ...]


def _rows(index: Index, statement: str) -> list[tuple[Any, ...]]:
    with index.connection() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split("\\")[1:-1])


def entities_in(index: Index, level: str) -> list[Entity]:
    """The rows of a level, in their order."""
    columns = {
        "patient": "studies, series, instances",
        "study": "series, instances, modalities, sop_classes",
        "series": "instances",
    }[level]
    rows = _rows(index, f"SELECT attributes, {columns} FROM {level} ORDER BY head")
    found = []
    for attributes, *counts in rows:
        if level == "study":
            counts[2:] = _codes(counts[2]), _codes(counts[3])
        found.append(Entity(_values(attributes_of(bytes(attributes))), tuple(counts)))
    return found


def _values(dataset: dc.Dataset) -> dict[str, object]:
    return {element.keyword: _value(element) for element in dataset.elements()}


def _value(element: dc.DataElement) -> object:
    try:
        return element.value
    except dc.ValueDecodeError:
        return element.raw


def expected_entities(datasets: Iterable[dc.Dataset], level: str) -> list[Entity]:
    """What the data sets of all instances make of a level (`dicom_core.store.entities`)."""
    keywords = {
        "patient": ("NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances"),
        "study": ("NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "ModalitiesInStudy", "SOPClassesInStudy"),
        "series": ("NumberOfSeriesRelatedInstances",),
    }[level]  # fmt: skip
    found = []
    for entity in entities(datasets, LEVELS[level]):
        values = _values(entity)
        counts = tuple(values[keyword] for keyword in keywords)
        if level == "study":
            counts = (*counts[:2], *(code if code is not None else () for code in counts[2:]))
            counts = tuple(
                tuple(map(str, count)) if isinstance(count, tuple) else count for count in counts
            )
        for keyword in COUNTED:
            values.pop(keyword, None)
        found.append(Entity(values, counts))
    return found


def names_in(index: Index) -> None:
    """Rows of names are those that the attributes say, and none is left of what is gone."""
    for level, value in LEVELS.items():
        depth = value.depth
        for number, attributes in _rows(index, f"SELECT id, attributes FROM {level}"):
            dataset = attributes_of(bytes(attributes))
            names = [
                (int(element.tag), str(element.value))
                for element in dataset.elements()
                if element.vr == "PN" and element.value
            ]
            where = f"WHERE level = {depth} AND owner = {number}"
            groups = _rows(index, f"SELECT tag, folded FROM person {where}")
            assert sorted(groups) == sorted(
                (tag, group) for tag, name in names for group in folded_groups(name)
            )
            words = _rows(index, f"SELECT tag, word, sound FROM word {where}")
            assert sorted(words) == sorted(
                (tag, *word) for tag, name in names for word in folded_words(name)
            )


def orphans_in(index: Index) -> None:
    """Nothing is left of what is gone; a head is the first instance, and columns of numbers are those of rows."""
    for depth, level in enumerate(("patient", "study", "series")):
        for table in ("person", "word"):
            assert not _rows(
                index,
                f"SELECT id FROM {table} WHERE level = {depth} AND owner NOT IN (SELECT id FROM {level})",
            )
    assert not _rows(index, "SELECT id FROM patient WHERE id NOT IN (SELECT patient FROM study)")
    assert not _rows(index, "SELECT id FROM study WHERE id NOT IN (SELECT study FROM series)")
    assert not _rows(index, "SELECT id FROM series WHERE id NOT IN (SELECT series FROM instance)")
    for level, column in (("study", "study"), ("series", "series")):
        assert not _rows(
            index,
            f"SELECT o.id FROM {level} o WHERE o.head <> (SELECT min(id) FROM instance WHERE {column} = o.id)",
        )
    assert not _rows(
        index,
        "SELECT o.id FROM patient o WHERE o.head <> (SELECT min(head) FROM study WHERE patient = o.id)",
    )
    assert not _rows(
        index,
        "SELECT i.id FROM instance i JOIN series e ON e.id = i.series WHERE e.study <> i.study",
    )
    assert _rows(index, "SELECT count(*) FROM header") == _rows(
        index, "SELECT count(*) FROM instance"
    )
    assert _rows(index, "SELECT instances, size FROM total") == [
        tuple(map(int, _rows(index, "SELECT count(*), COALESCE(sum(size), 0) FROM instance")[0]))
    ]


def wipe(index: Index) -> None:
    """An index as if it was new."""
    with index.connection() as connection:
        for table in TABLES:
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql(
            "UPDATE total SET instances = 0, size = 0, last_id = 0, last_event = 0"
        )
