"""Instances leave the index; what is left of their series, studies and patients is put right."""

from typing import TYPE_CHECKING

from dicom_core.store import EventKind

from .._records import Kept
from ._entity import Source
from ._read import select_instances
from ._rows import Patient, Row, Series, Study
from ._unit import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from sqlalchemy.engine.interfaces import DBAPICursor

    from ._engine import Database
    from ._entity import Unpack

__all__ = ["delete", "recode", "settle"]


def delete(
    database: "Database",
    cursor: "DBAPICursor",
    study: str,
    series: str | None,
    instance: str | None,
    most: int,
    unpack: "Unpack",
) -> list[Kept]:
    """Remove at most so many of the instances that belong to all of the UIDs."""
    unit = Unit(database, cursor)
    rows = select_instances(unit.all, study, series, instance, 0, most)
    if not rows:
        return []
    gone: dict[Series, set[int]] = {}
    for row in rows:
        one = unit.series_by_id(row.series)
        one.count(-1)
        unit.touch(one)
        gone.setdefault(one, set()).add(row.id)
        unit.instances -= 1
        unit.size -= row.kept.instance.size
        unit.doom(row.kept.key)
        unit.note(EventKind.DELETED, row.kept.instance, "")
    numbers = [(row.id,) for row in rows]
    unit.many("DELETE FROM header WHERE instance = ?", numbers)
    unit.many("DELETE FROM instance WHERE id = ?", numbers)
    settle(unit, gone, unpack)
    unit.finish(0)
    return [row.kept for row in rows]


def settle(unit: Unit, gone: "Mapping[Series, AbstractSet[int]]", unpack: "Unpack") -> None:
    """Put right what some instances left, each by its number: what is empty goes, what lost its first has another.

    Counts of instances are right already.
    """
    heads = _Heads(unit, unpack)
    lost = {number for numbers in gone.values() for number in numbers}
    studies: dict[Study, None] = {}
    for series in gone:
        unit.touch(series)
        study = series.study
        studies[study] = None
        if not series.instances:
            study.series -= 1
            if not unit.has_twin(series):
                study.patient.series -= 1
            _drop(unit, series, "series")
        elif series.head in lost:
            heads.give(series, "SELECT min(id) FROM instance WHERE series = ?")
    patients: dict[Patient, None] = {}
    for study in studies:
        patients[study.patient] = None
        if not study.instances:
            study.patient.studies -= 1
            _drop(unit, study, "study")
            continue
        if study.head in lost:
            heads.give(study, "SELECT min(id) FROM instance WHERE study = ?")
        recode(unit, study, fewer=True)
    unit.flush()
    for patient in patients:
        if not patient.instances:
            _drop(unit, patient, "patient")
        elif patient.head in lost:
            heads.give(patient, "SELECT min(head) FROM study WHERE patient = ?")
    unit.flush()


def _drop(unit: Unit, one: Row, table: str) -> None:
    unit.remove_names(one)
    unit.run(f"DELETE FROM {table} WHERE id = ?", (one.id,))
    unit.forget(one)


class _Heads:
    """Gives an entity its next first instance; one that is the first of several entities is read once."""

    def __init__(self, unit: Unit, unpack: "Unpack") -> None:
        self._unit = unit
        self._unpack = unpack
        self._read: dict[int, Source] = {}

    def give(self, one: Row, which: str) -> None:
        row = self._unit.one(which, (one.id,))
        assert row is not None
        number = int(row[0])
        found = self._read.get(number)
        if found is None:
            data = self._unit.one("SELECT data FROM header WHERE instance = ?", (number,))
            assert data is not None
            found = self._read[number] = Source(self._unpack(bytes(data[0])))
        one.head = number
        one.source = found
        self._unit.mark(one)


def recode(unit: Unit, study: Study, *, fewer: bool = False) -> None:
    """Modalities and SOP classes of a study, in the order in which they came; ``fewer``: none can be new."""
    for column, name in (("modality", "modalities"), ("sop_class", "sop_classes")):
        known: list[str] = getattr(study, name)
        # Most studies have one of each: then it is there as long as any instance says it
        if fewer and len(known) == 1 and _says(unit, study, column, known[0]):
            continue
        rows = unit.all(
            f"SELECT {column} FROM instance WHERE study = ? AND {column} <> '' "
            f"GROUP BY {column} ORDER BY min(id)",
            (study.id,),
        )
        found = [row[0] for row in rows]
        if found != known:
            setattr(study, name, found)
            unit.mark(study)


def _says(unit: Unit, study: Study, column: str, code: str) -> bool:
    found = unit.one(
        f"SELECT id FROM instance WHERE study = ? AND {column} = ? LIMIT 1",
        (study.id, code),
    )
    return found is not None
