"""One key of a query as SQL."""

from attrs import field, frozen

from ._dialect import Parameter
from ._levels import LEVELS

__all__ = ["NEVER", "Condition"]


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
