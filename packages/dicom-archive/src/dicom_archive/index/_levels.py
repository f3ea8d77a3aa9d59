"""The tables of the four levels, as searching sees them."""

from typing import Final

from attrs import frozen
from sqlalchemy import Table

from . import _schema as tables

__all__ = ["IMAGE", "LEVELS", "PATIENT", "SERIES", "STUDY", "Level"]

PATIENT, STUDY, SERIES, IMAGE = range(4)


@frozen
class Level:
    """A table, the alias that it has in all statements, and how its rows are ordered."""

    depth: int
    table: str
    alias: str
    order: str
    """The column of the order in which entities came."""
    columns: tuple[str, ...]
    """Those that conditions may speak of."""
    above: dict[int, str]
    """The columns that name the rows of levels above, by their depth."""


def _level(depth: int, table: Table, order: str, above: dict[int, str]) -> Level:
    names = tuple(column.name for column in table.columns if column.name != "attributes")
    return Level(depth, table.name, "psei"[depth], order, names, above)


LEVELS: Final = (
    _level(PATIENT, tables.patient, "head", {}),
    _level(STUDY, tables.study, "head", {PATIENT: "patient"}),
    _level(SERIES, tables.series, "head", {STUDY: "study"}),
    _level(IMAGE, tables.instance, "id", {SERIES: "series", STUDY: "study"}),
)
