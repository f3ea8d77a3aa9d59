"""Which rows may be answers, in the order in which they came: conditions become ids.

Where an index finds few rows for one of the conditions, those are gathered and sorted once, and pages are parts of
them. Otherwise rows are gone over in their order from where the last page ended, and most of them match. Either
way a page costs what it holds, wherever it is; the one case between (a condition that many rows fulfil, none of them
near) is left to the sorting of the database.
"""

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import text

from ._dialect import Dialect, Parameter
from ._levels import IMAGE, LEVELS, SERIES, STUDY, Level

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ._condition import Condition

__all__ = ["GATHERED", "SCAN_RANK", "Candidate", "Candidates", "Parent"]

GATHERED: Final = 20_000
"""The most rows that are gathered and sorted at the beginning of a search."""
_FEW: Final = 500
"""So few that no other condition is asked whether it has fewer."""
_ALL: Final = 1 << 60
SCAN_RANK: Final = 8
"""Of conditions that go over an index from one end to the other."""


class Candidate(NamedTuple):
    """A row that fulfils the conditions, or that is odd and has to be looked at."""

    id: int
    place: int
    odd: int


class Parent(NamedTuple):
    """The only row of a level above whose rows can match."""

    home: int
    id: int


class Candidates:
    """The candidates of one query."""

    def __init__(
        self,
        connection: "Connection",
        dialect: Dialect,
        depth: int,
        conditions: "Sequence[Condition]",
        parent: "Parent | None" = None,
    ) -> None:
        self._connection = connection
        self._dialect = dialect
        self._level = LEVELS[depth]
        self._all = conditions
        self.parent: Parent | None = None
        self.is_far = False
        self._use(conditions)
        if parent is not None:
            self._within(parent)

    def _use(self, conditions: "Sequence[Condition]") -> None:
        self._conditions = conditions
        self._homes = sorted({one.home for one in conditions if not one.sure})
        self._parameters: dict[str, Parameter] = {}
        for one in conditions:
            self._parameters.update(one.parameters)

    def _within(self, parent: "Parent") -> None:
        """Only rows below one other are left, which fulfils what is asked of its level and those above."""
        self.parent = parent
        self._use([one for one in self._all if one.home > parent.home])

    # --- few ------------------------------------------------------------------------------------

    def gather(self, *, scans: bool = False) -> "array[int] | None":
        """The ids of all rows that an index finds for the best of the conditions, in order; None where they are many.

        Rows of a single parent are not gathered: an index has them in order (``parent`` is set then). ``scans``
        also goes over an index from one end to the other.
        """
        best: list[int] | None = None
        home = 0
        for one in sorted(self._all, key=lambda one: (one.rank, -one.home)):
            if one.seek is None or (one.rank >= SCAN_RANK) is not scans:
                continue
            found = self._seek(one)
            if found is not None and (best is None or len(found) < len(best)):
                best, home = found, one.home
                if len(found) <= _FEW:
                    break
        return None if best is None else self._settled(best, home)

    def _settled(self, found: list[int], home: int) -> "array[int] | None":
        """The rows of our level that belong to those found at theirs, and the odd ones besides."""
        odd = self._all_odd()
        if odd is None:
            return None
        if home < self._level.depth and not odd:
            above = [one for one in self._all if one.home <= home]
            if len(above) > 1:
                there = Candidates(self._connection, self._dialect, home, above)
                found = [one.id for one in there.among(found)]
            if len(found) == 1:
                self._within(Parent(home, found[0]))
                return None
        below = self._below(found, home)
        if below is None:
            self.is_far = len(found) <= _FEW
            return None
        if odd:
            level = self._level
            both = self._dialect.several({*below, *odd})
            among = self._dialect.among("id", "ids", texts=False)
            sql = f"SELECT id, {level.order} AS place FROM {level.table} WHERE {among}"
            below = self._ids(sql, {"ids": both, "limit": _ALL})
        return array("q", below)

    def _seek(self, condition: "Condition") -> list[int] | None:
        """Ids of the rows of a condition; None where they are many."""
        values = {**condition.parameters, "limit": GATHERED + 1}
        if condition.probe is not None:
            ((count,),) = self._run(
                f"SELECT count(*) FROM ({condition.probe} LIMIT :limit) k", values
            )
            if count > GATHERED:
                return None
        assert condition.seek is not None
        found = self._ids(condition.seek, values)
        return None if len(found) > GATHERED else found

    def _all_odd(self) -> list[int] | None:
        """Rows of our level that are odd, or below odd ones that a condition speaks of; None where they are many."""
        found: list[int] = []
        for home in self._homes:
            level = LEVELS[home]
            sql = f"SELECT id, {level.order} AS place FROM {level.table} WHERE odd = 1"
            there = self._ids(sql, {"limit": GATHERED + 1})
            below = self._below(there, home) if len(there) <= GATHERED else None
            if below is None:
                return None
            found += below
        return found

    def _below(self, found: list[int], home: int) -> list[int] | None:
        """The rows of our level that belong to some of another; None where they are many."""
        level = self._level
        if home == level.depth or not found:
            return found
        among = self._dialect.among(level.above[home], "ids", texts=False)
        rows = self._ids(
            f"SELECT id, {level.order} AS place FROM {level.table} WHERE {among}",
            {"ids": self._dialect.several(found), "limit": GATHERED + 1},
        )
        return None if len(rows) > GATHERED else rows

    def _ids(self, sql: str, parameters: dict[str, Parameter]) -> list[int]:
        """The ids of rows in the order of their places, without duplicates; ``limit`` is one of the parameters."""
        gathered = self._dialect.gathered("id")
        # The plus: SQLite takes the index of the condition, not that of the order
        ((value,),) = self._run(
            f"SELECT {gathered} FROM (SELECT id FROM ({sql} LIMIT :limit) q ORDER BY +place) r",
            parameters,
        )
        return list(dict.fromkeys(self._dialect.numbers(value)))

    def among(self, ids: Sequence[int]) -> list[Candidate]:
        """Those of some rows that fulfil all conditions, in order."""
        base = self._dialect.among("id", "ids", texts=False)
        rows = self._select(f"{self._inside()}{base}", {"ids": self._dialect.several(ids)})
        return [Candidate(*row) for row in rows]

    # --- many -----------------------------------------------------------------------------------

    def walk(self, after: int, most: int, budget: int) -> "tuple[list[Candidate], int, int | None]":
        """The next candidates after a place, the rows that were gone over, and where to go on; None: there are no more.

        No more rows than a budget are gone over: there may be none although more come later.
        """
        if self.is_settled:
            rows = self._settled_rows(after, most)
            return rows, len(rows), rows[-1].place if len(rows) == most else None
        found: list[Candidate] = []
        walked, chunk = 0, max(4 * most, 100)
        while walked < budget:
            part = self._chunk(after, chunk, most - len(found))
            found += part
            if len(found) == most:
                return found, walked, found[-1].place
            end = self._place_after(after, chunk)
            if end is None:
                return found, walked, None
            walked += chunk
            after = end
            chunk = min(2 * chunk, budget)
        return found, walked, after

    def far(self, after: int, most: int) -> "tuple[list[Candidate], int | None] | None":
        """The same as `walk`, by the best index alone, sorted by the database; None where that leads nowhere."""
        seekable = [one for one in self._conditions if one.seek is not None]
        if not seekable or self._all_odd() != []:
            return None
        best = min(seekable, key=lambda one: one.rank)
        level = self._level
        own = "id" if best.home == level.depth else level.above[best.home]
        sql = (
            f"SELECT DISTINCT {level.alias}.id, {level.alias}.{level.order}, 0 FROM ({best.seek}) k "
            f"CROSS JOIN {self._tables(f'{self._inside()}{level.order} > :after', f' AND {level.alias}.{own} = k.id')} "
            f"ORDER BY {level.alias}.{level.order} LIMIT :most"
        )
        values: dict[str, Parameter] = {"after": after, "most": most, "limit": _ALL}
        rows = self._run(sql, {**self._parameters, **self._inside_parameters(), **values})
        found = [Candidate(*row) for row in rows]
        return found, found[-1].place if len(found) == most else None

    @property
    def is_settled(self) -> bool:
        """Whether every row that is left is a candidate."""
        return not self._conditions

    def place_of(self, number: int) -> int | None:
        """The place of a row by its number from 1, where all rows are candidates."""
        return self._place_after(0, number)

    def odd(self) -> list[Candidate] | None:
        """Those that are odd; None where they are many."""
        found = self._all_odd()
        if found is None:
            return None
        return [one for one in self.among(found) if one.odd] if found else []

    def count(self) -> int:
        """How many rows fulfil the conditions and are not odd."""
        odd = "".join(f" AND {LEVELS[home].alias}.odd = 0" for home in self._homes)
        base = f"{self._inside()}1 = 1"
        sql = f"SELECT count(*) FROM {self._tables(base, odd)}"
        return int(self._run(sql, {**self._parameters, **self._inside_parameters()})[0][0])

    def _chunk(self, after: int, rows: int, most: int) -> list[Candidate]:
        order = self._level.order
        base = f"{self._inside()}{order} > :after ORDER BY {order} LIMIT :rows"
        found = self._select(base, {"after": after, "rows": rows}, "LIMIT :most", {"most": most})
        return [Candidate(*row) for row in found]

    def _place_after(self, after: int, rows: int) -> int | None:
        level = self._level
        found = self._run(
            f"SELECT {level.order} FROM {level.table} WHERE {self._inside()}{level.order} > :after "
            f"ORDER BY {level.order} LIMIT 1 OFFSET :rows",
            {**self._inside_parameters(), "after": after, "rows": rows - 1},
        )
        return found[0][0] if found else None

    def _settled_rows(self, after: int, most: int) -> list[Candidate]:
        level = self._level
        rows = self._run(
            f"SELECT id, {level.order}, 0 FROM {level.table} WHERE {self._inside()}{level.order} > :after "
            f"ORDER BY {level.order} LIMIT :most",
            {**self._inside_parameters(), "after": after, "most": most},
        )
        return [Candidate(*row) for row in rows]

    def _inside(self) -> str:
        return (
            "" if self.parent is None else f"{self._level.above[self.parent.home]} = :parent AND "
        )

    def _inside_parameters(self) -> dict[str, Parameter]:
        return {} if self.parent is None else {"parent": self.parent.id}

    # --- statements -------------------------------------------------------------------------------

    def _select(
        self,
        base: str,
        parameters: dict[str, Parameter],
        tail: str = "",
        more: dict[str, Parameter] | None = None,
    ) -> Sequence[Sequence[int]]:
        """Rows of our level within a base that fulfil the conditions, in order."""
        level = self._level
        odd = " + ".join(f"{LEVELS[home].alias}.odd" for home in self._homes) or "0"
        sql = (
            f"SELECT {level.alias}.id, {level.alias}.{level.order}, {odd} FROM {self._tables(base)} "
            f"ORDER BY {level.alias}.{level.order} {tail}"
        )
        return self._run(
            sql, {**self._parameters, **self._inside_parameters(), **parameters, **(more or {})}
        )

    def _tables(self, base: str, also: str = "") -> str:
        level = self._level
        columns = ", ".join(level.columns)
        tables = [f"(SELECT {columns} FROM {level.table} WHERE {base}) {level.alias}"]
        tests = []
        homes = {one.home for one in self._conditions} - {level.depth}
        for home, on in self._joins(level, homes):
            tables.append(f"{LEVELS[home].table} {LEVELS[home].alias}")
            tests.append(on)
        tests += [one.check for one in self._conditions if one.sure]
        others = " AND ".join(one.check for one in self._conditions if not one.sure)
        if others:
            odd = " OR ".join(f"{LEVELS[home].alias}.odd = 1" for home in self._homes)
            tests.append(f"(({others}) OR {odd})")
        return " CROSS JOIN ".join(tables) + f" WHERE {' AND '.join(tests) or '1 = 1'}{also}"

    def _joins(self, level: Level, homes: set[int]) -> Iterator[tuple[int, str]]:
        """The tables above that are spoken of, and how their rows are found."""
        if level.depth == IMAGE and SERIES in homes:
            yield SERIES, f"{LEVELS[SERIES].alias}.id = {level.alias}.series"
        patient = 0 in homes and level.depth > 0
        if level.depth > STUDY and (STUDY in homes or patient):
            yield STUDY, f"{LEVELS[STUDY].alias}.id = {level.alias}.study"
        if patient:
            yield 0, f"{LEVELS[0].alias}.id = {LEVELS[STUDY].alias}.patient"

    def _run(self, sql: str, parameters: dict[str, Parameter]) -> Sequence[Sequence[Any]]:
        return self._connection.execute(text(sql), parameters).all()
