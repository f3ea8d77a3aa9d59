"""Whether the index agrees with itself: numbers that are kept against numbers that are counted, each in one statement.

A statement sees one moment of the database, so that a server may go on storing meanwhile.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Column, ScalarSelect, Table, distinct, exists, func, select, update

from ..index._schema import header, instance, patient, series, study, total
from ._types import Fault

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["audit", "put_right"]


class _Count(NamedTuple):
    table: Table
    kept: Column[int]
    counted: ScalarSelect[int]
    what: str


# From below: each counts what the ones before it have put right
_COUNTS: Final = (
    _Count(
        series,
        series.c.instances,
        select(func.count(instance.c.id))
        .where(instance.c.series == series.c.id)
        .correlate(series)
        .scalar_subquery(),
        "instances",
    ),
    _Count(
        study,
        study.c.series,
        select(func.count(series.c.id))
        .where(series.c.study == study.c.id)
        .correlate(study)
        .scalar_subquery(),
        "series",
    ),
    _Count(
        study,
        study.c.instances,
        select(func.coalesce(func.sum(series.c.instances), 0))
        .where(series.c.study == study.c.id)
        .correlate(study)
        .scalar_subquery(),
        "instances",
    ),
    *(
        _Count(
            patient,
            kept,
            select(counted)
            .where(study.c.patient == patient.c.id)
            .correlate(patient)
            .scalar_subquery(),
            kept.name,
        )
        for kept, counted in (
            (patient.c.studies, func.count(study.c.id)),
            (patient.c.instances, func.coalesce(func.sum(study.c.instances), 0)),
        )
    ),
    _Count(
        patient,
        patient.c.series,
        # One that two studies have is one series of the patient
        select(func.count(distinct(series.c.uid)))
        .select_from(study.join(series, series.c.study == study.c.id))
        .where(study.c.patient == patient.c.id)
        .correlate(patient)
        .scalar_subquery(),
        "series",
    ),
    _Count(
        total, total.c.instances, select(func.count(instance.c.id)).scalar_subquery(), "instances"
    ),
    _Count(
        total,
        total.c.size,
        select(func.coalesce(func.sum(instance.c.size), 0)).scalar_subquery(),
        "bytes",
    ),
)
_HEADS: Final = (
    (series, exists().where(instance.c.id == series.c.head, instance.c.series == series.c.id)),
    (study, exists().where(instance.c.id == study.c.head, instance.c.study == study.c.id)),
    (
        patient,
        exists()
        .where(instance.c.id == patient.c.head, instance.c.study == study.c.id)
        .where(study.c.patient == patient.c.id),
    ),
)


def audit(connection: "Connection") -> Iterator[Fault]:
    """What does not agree."""
    for count in _COUNTS:
        columns = _name(count.table), count.kept, count.counted
        statement = select(*columns).where(count.kept != count.counted)
        for name, kept, found in connection.execute(statement):
            what = _called(count.table, name)
            kind = "totals" if count.table is total else "counts"
            yield Fault(
                kind=kind, text=f"{what} has {found} {count.what}, and {kept} are written down"
            )
    for table, its_own in _HEADS:
        for (name,) in connection.execute(select(_name(table)).where(~its_own.correlate(table))):
            what = _called(table, name)
            yield Fault(
                kind="heads",
                text=f"{what} is described by an instance that it has not; rebuild the index",
            )
    bare = select(instance.c.uid).where(~exists().where(header.c.instance == instance.c.id))
    for (uid,) in connection.execute(bare):
        yield Fault(
            kind="unreadable-header", text="the index has no header of the instance", instance=uid
        )


def put_right(connection: "Connection") -> None:
    """Write the numbers that are counted, in one transaction."""
    on_server = connection.dialect.name != "sqlite"
    connection.exec_driver_sql("BEGIN" if on_server else "BEGIN IMMEDIATE")
    try:
        if on_server:  # as everybody does who writes
            connection.exec_driver_sql("SELECT id FROM total WHERE id = 1 FOR UPDATE")
        for count in _COUNTS:
            statement = update(count.table).where(count.kept != count.counted)
            connection.execute(statement.values({count.kept.name: count.counted}))
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.rollback()
        raise


def _name(table: Table) -> "Column[object]":
    return table.c.uid if "uid" in table.c else table.c.id


def _called(table: Table, name: object) -> str:
    # A patient has a number only: what identifies him stands in no message
    return "the archive" if table is total else f"the {table.name} {name}"
