"""One key of a query as SQL."""

from typing import Final

from attrs import field, frozen

from ._dialect import Parameter
from ._levels import LEVELS, PATIENT, STUDY

__all__ = ["NEVER", "Column", "Condition", "made", "plain"]

# Columns with an index, and how few rows one value has
_INDEXED: Final = {
    (PATIENT, "patient_id"): 1, (STUDY, "patient_id"): 1, (STUDY, "accession"): 1,
    (STUDY, "study_id"): 2, (STUDY, "study_date"): 5, (PATIENT, "birth_date"): 4,
}  # fmt: skip
_SELECTIVE: Final = 1


@frozen(kw_only=True)
class Condition:
    """What a key asks of the rows of one level, said twice.

    ``check`` is true of every row that can match, but for rows that are odd. ``seek`` finds those rows by an index:
    it gives their id and order, without duplicates.
    """

    home: int
    """The depth of the level whose row it speaks of."""
    check: str
    seek: str | None = None
    probe: str | None = None
    """Gives as many rows as ``seek``, for less, where many are likely."""
    rank: int = 9
    """The lower, the fewer rows are expected."""
    parameters: dict[str, Parameter] = field(factory=dict)
    exact: bool = True
    """Whether ``check`` is also false of every row that does not match."""
    sure: bool = False
    """Whether the same is true of odd rows."""


def NEVER(home: int, *, sure: bool = False) -> Condition:  # noqa: N802 - a value but for its level
    """Of no row."""
    level = LEVELS[home]
    return Condition(
        home=home,
        check="1 = 0",
        seek=f"SELECT id, {level.order} AS place FROM {level.table} WHERE 1 = 0",
        rank=0,
        sure=sure,
    )


@frozen
class Column:
    """A column of the row of a level."""

    home: int
    name: str

    @property
    def sql(self) -> str:
        return f"{LEVELS[self.home].alias}.{self.name}"

    @property
    def rank(self) -> int | None:
        return _INDEXED.get((self.home, self.name))


def made(
    column: Column,
    test: str,
    parameters: dict[str, Parameter],
    *,
    rank: int | None = None,
    exact: bool = True,
    sure: bool = False,
) -> Condition:
    """A condition on one column; ``{0}`` in the test is its name."""
    level = LEVELS[column.home]
    seek = None
    if rank is not None:
        seek = f"SELECT id, {level.order} AS place FROM {level.table} WHERE {test.replace('{0}', column.name)}"
    return Condition(
        home=column.home,
        check=f"({test.replace('{0}', column.sql)})",
        seek=seek,
        probe=seek if rank is not None and rank > _SELECTIVE else None,
        rank=9 if rank is None else rank,
        parameters=parameters,
        exact=exact,
        sure=sure,
    )


def plain(
    column: Column,
    check: str,
    parameters: dict[str, Parameter] | None = None,
    *,
    exact: bool = True,
    sure: bool = False,
) -> Condition:
    """A condition that no index finds."""
    return Condition(
        home=column.home, check=check, parameters=parameters or {}, exact=exact, sure=sure
    )
