"""Statements of a transaction: their texts, and how they are run."""

from typing import TYPE_CHECKING, Any, Final

from ._entity import COLUMNS, PATIENT, SERIES, STUDY
from ._schema import doomed, event, header, instance, patient, person, series, study, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine.interfaces import DBAPICursor

    from ._engine import Database

__all__ = ["INSERT", "PATIENT_PATH", "REMADE", "SERIES_PATH", "STUDY_PATH", "Statements"]


def _insert(table: "Table") -> str:
    # Rows of names have numbers of the database's own
    names = [column.name for column in table.columns if column.autoincrement is not True]
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"


INSERT: Final = {
    table.name: _insert(table)
    for table in (doomed, event, header, instance, patient, person, series, study, word)
}


def _remade(name: str, depth: int) -> str:
    columns = ", ".join(f"{column} = ?" for column in (*COLUMNS[depth], "odd", "attributes"))
    return f"UPDATE {name} SET {columns} WHERE id = ?"


REMADE: Final = {
    PATIENT: _remade("patient", PATIENT),
    STUDY: _remade("study", STUDY),
    SERIES: _remade("series", SERIES),
}

SERIES_PATH: Final = (
    "SELECT p.id, p.identity, p.label, p.head, p.studies, p.series, p.instances, "
    "s.id, s.uid, s.modalities, s.sop_classes, s.head, s.series, s.instances, e.id, e.uid, e.head, e.instances "
    "FROM series e JOIN study s ON s.id = e.study JOIN patient p ON p.id = s.patient WHERE "
)
STUDY_PATH: Final = (
    "SELECT p.id, p.identity, p.label, p.head, p.studies, p.series, p.instances, "
    "s.id, s.uid, s.modalities, s.sop_classes, s.head, s.series, s.instances "
    "FROM study s JOIN patient p ON p.id = s.patient WHERE s.uid = ? AND p.identity = ?"
)
PATIENT_PATH: Final = (
    "SELECT id, identity, label, head, studies, series, instances FROM patient WHERE identity = ?"
)


class Statements:
    """Runs statements, with question marks for values, on one cursor."""

    def __init__(self, database: "Database", cursor: "DBAPICursor") -> None:
        self.database = database
        self.cursor = cursor

    def run(self, statement: str, values: "Sequence[object]" = ()) -> None:
        """One statement."""
        self.cursor.execute(self.database.text(statement), values)

    def many(self, statement: str, rows: "Sequence[Sequence[object]]") -> None:
        """One statement for each row."""
        if len(rows) == 1:
            self.run(statement, rows[0])
        elif rows:
            self.cursor.executemany(self.database.text(statement), rows)

    def one(self, statement: str, values: "Sequence[object]" = ()) -> "tuple[Any, ...] | None":
        """The first row."""
        self.run(statement, values)
        row: tuple[Any, ...] | None = self.cursor.fetchone()
        return row

    def all(self, statement: str, values: "Sequence[object]" = ()) -> "Sequence[tuple[Any, ...]]":
        """All rows."""
        self.run(statement, values)
        return self.cursor.fetchall()
