"""Instances come into the index: a batch in one transaction."""

from typing import TYPE_CHECKING, Final

from dicom_core.store import (
    DuplicatePolicy,
    EventKind,
    InstanceConflict,
    Outcome,
    StoreError,
    StoreFull,
)

from .._records import Kept, Placed
from ._columns import Forms, kept_text
from ._entity import Source, identity_of
from ._read import Old, instances_named
from ._unit import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine.interfaces import DBAPICursor

    from dicom_core.store import StoreSettings

    from .._records import Record
    from ._engine import Database
    from ._entity import Unpack
    from ._rows import Series

__all__ = ["add"]

_MODALITY: Final = 0x00080060
_NUMBER: Final = 0x00200013


def add(
    database: "Database",
    cursor: "DBAPICursor",
    records: "Sequence[Record]",
    policy: DuplicatePolicy,
    limits: "StoreSettings",
    unpack: "Unpack",
) -> list[Placed | StoreError]:
    """Put instances into the index, one after the other."""
    unit = Unit(database, cursor)
    there = instances_named(unit.all, database, [record.instance.instance for record in records])
    found: list[Placed | StoreError] = []
    for record in records:
        old = there.get(record.instance.instance)
        refused = _refusal(unit, record, old, policy, limits)
        if refused is not None:
            found.append(refused)
        elif old is None:
            number, series = _put(unit, record)
            there[record.instance.instance] = Old(
                number, series.id, Kept(instance=record.instance, key=record.key)
            )
            found.append(Placed(instance=record.instance, outcome=Outcome.STORED))
        elif old.kept.instance.digest == record.instance.digest or policy is DuplicatePolicy.KEEP:
            same = old.kept.instance.digest == record.instance.digest
            # What is told again of a blob that the index names is no second blob
            spare = (record.key,) if record.key != old.kept.key else ()
            outcome = Outcome.DUPLICATE if same else Outcome.KEPT
            found.append(Placed(instance=old.kept.instance, outcome=outcome, unneeded=spare))
        else:
            series_id = _replace(unit, record, old, unpack)
            there[record.instance.instance] = Old(
                old.id, series_id, Kept(instance=record.instance, key=record.key)
            )
            spare = (old.kept.key,) if record.key != old.kept.key else ()
            found.append(Placed(instance=record.instance, outcome=Outcome.REPLACED, unneeded=spare))
    unit.finish(limits.events)
    return found


def _refusal(
    unit: Unit,
    record: "Record",
    old: Old | None,
    policy: DuplicatePolicy,
    limits: "StoreSettings",
) -> StoreError | None:
    """Why a record is not taken; as `dicom_core.store.InMemoryStore` has it."""
    size = record.instance.size
    if old is not None:
        if old.kept.instance.digest == record.instance.digest or policy is DuplicatePolicy.KEEP:
            return None
        if policy is DuplicatePolicy.REJECT:
            return InstanceConflict(record.instance.instance)
    elif unit.instances >= limits.instances:
        return StoreFull("instances", unit.instances + 1)
    if size > limits.instance_size:
        return StoreFull("instance_size", size)
    if unit.size + size > limits.size:
        return StoreFull("size", unit.size + size)
    return None


def columns_of(record: "Record") -> tuple[str | None, int | None, int]:
    """Modality, number and whether something of them is odd."""
    forms = Forms(record.dataset)
    modality, number = forms.text(_MODALITY), forms.number(_NUMBER)
    return modality, number, int(forms.odd)


def series_for(unit: Unit, record: "Record") -> "Series":
    """The series of a record."""
    kept = record.instance
    identity = identity_of(record.dataset, kept.patient, kept.study)
    return unit.series_of(identity, kept_text(kept.patient), kept.study, kept.series)


def _put(unit: Unit, record: "Record") -> tuple[int, "Series"]:
    columns = columns_of(record)
    series = series_for(unit, record)
    number = unit.new_id()
    study = series.study
    patient = study.patient
    # A new instance is the first of what is new; elsewhere there are others before it
    if not series.instances:
        source = Source(record.dataset)
        for one in (series, study, patient):
            if not one.instances:
                one.head = number
                one.source = source
    series.count(1)
    modality, sop_class = columns[0], record.instance.sop_class
    if modality and modality not in study.modalities:
        study.modalities.append(modality)
    if sop_class not in study.sop_classes:
        study.sop_classes.append(sop_class)
    unit.touch(series)
    unit.put(number, record, series, columns)
    unit.instances += 1
    unit.size += record.instance.size
    unit.note(EventKind.STORED, record.instance, record.sender)
    return number, series


def _replace(unit: Unit, record: "Record", old: Old, unpack: "Unpack") -> int:
    """Other bytes under a UID: the instance keeps its place in the order, and may move to another series."""
    from ._remove import recode, settle

    unit.flush()
    kept = record.instance
    before = unit.series_by_id(old.series)
    series = series_for(unit, record)
    if series is not before:
        before.count(-1)
        series.count(1)
    source = Source(record.dataset)
    for one in (series, series.study, series.study.patient):
        if one.fresh or old.id <= one.head:
            one.head = old.id
            one.source = source
    unit.touch(before)
    unit.touch(series)
    unit.flush()
    modality, number, odd = columns_of(record)
    row = unit.one("SELECT modality FROM instance WHERE id = ?", (old.id,))
    codes = (row[0] if row is not None else None), old.kept.instance.sop_class
    unit.run(
        "UPDATE instance SET study = ?, series = ?, sop_class = ?, transfer_syntax = ?, modality = ?, number = ?, "
        "odd = ?, size = ?, digest = ?, key = ? WHERE id = ?",
        (
            series.study.id, series.id, kept.sop_class, kept_text(kept.transfer_syntax), modality, number,
            odd, kept.size, kept.digest, record.key, old.id,
        ),
    )  # fmt: skip
    unit.run("UPDATE header SET data = ? WHERE instance = ?", (record.header, old.id))
    unit.size += kept.size - old.kept.instance.size
    if series is not before or codes != (modality, kept.sop_class):
        recode(unit, series.study)
    if series is not before:
        settle(unit, {before: {old.id}}, unpack)
    if record.key != old.kept.key:
        unit.doom(old.kept.key)
    unit.note(EventKind.REPLACED, kept, record.sender)
    return series.id
