"""Queries of the archive: what `InMemoryStore.search` finds, by the indexes of a database.

Each key becomes a condition in SQL where there is one that no match fails (`_translate`); the candidates come in order
(`_candidates`), and where a condition says less than its key, or a row is odd, the matcher of `dicom_core.query` looks at the
entity itself: at no more than ``scan`` of them for one query.
"""

from typing import TYPE_CHECKING, Final

from attrs import evolve

from dicom_core.query import Query

from .._errors import QueryTooBroad
from ._answers import Answers, Unpack
from ._candidates import SCAN_RANK, Candidate, Candidates
from ._dialect import dialect_of
from ._page import Cursor, Page
from ._translate import Translator

if TYPE_CHECKING:
    from array import array

    from sqlalchemy import Connection

    from dicom_core import Dataset

    from ._condition import Condition

__all__ = ["count", "search"]

_LOOKS: Final = 1_000
"""Entities that are looked at one by one before a page is given, full or not."""
_ROWS: Final = 20
"""Rows that the database goes over cost as much as one entity that is looked at."""
_CONDITIONS: Final = 64
"""Keys that become SQL: SQLite takes no more than 1,000 terms in one expression, and the matcher looks at the others."""
_SKIPPED: Final = 5_000
_WALKED: Final = _LOOKS * _ROWS
"""Rows that are gone over for a page before an index is asked for all that match."""
_BEFORE_SCAN: Final = 2_000
"""The same, before a whole index is gone over."""


def search(
    connection: "Connection",
    query: Query,
    *,
    unpack: Unpack,
    after: Cursor | None = None,
    most: int = 100,
    scan: int = 100_000,
) -> Page:
    """The next answers to a query, at most so many; the first page begins at ``query.offset``.

    Raises `QueryTooBroad`. ``query.limit`` is a matter of the caller.
    """
    if query.level is None:
        return Page([], None)  # worklists and workitems are no instances
    return _Search(connection, query, unpack, scan).page(after, most)


def count(connection: "Connection", query: Query, *, unpack: Unpack, scan: int = 100_000) -> int:
    """How many entities a query means, whatever its offset. Raises `QueryTooBroad`."""
    if query.level is None:
        return 0
    return _Search(connection, evolve(query, offset=0), unpack, scan).count()


class _Search:
    """One query on its way through one page."""

    def __init__(self, connection: "Connection", query: Query, unpack: Unpack, scan: int) -> None:
        assert query.level is not None
        self.connection = connection
        self.scan = scan
        self.dialect = dialect_of(connection.dialect.name)
        self.depth = query.level.depth
        self.query = query.without_lower_levels()
        translator = Translator(self.query, self.dialect)
        self.conditions: list[Condition] = []
        rest = []
        for number, key in enumerate(self.query.keys):
            if not key.is_matching:
                continue
            room = len(self.conditions) < _CONDITIONS
            condition = translator.condition(key, number) if room else None
            if condition is not None:
                self.conditions.append(condition)
            if condition is None or not condition.exact:
                rest.append(key)
        self.rest = evolve(self.query, keys=tuple(rest)) if rest else None
        """What of the query the conditions do not decide."""
        wanted = None
        if not query.all_fields:
            wanted = frozenset(int(key.tag) for key in self.query.keys) | frozenset(
                int(path[0]) for path in query.fields
            )
        self.answers = Answers(connection, self.dialect, self.depth, wanted, unpack)
        self.entities: list[Dataset] = []
        self.counting = False
        self.found = 0
        self.looked = self.skip = 0

    def page(self, cursor: Cursor | None, most: int) -> Page:
        candidates = Candidates(
            self.connection,
            self.dialect,
            self.depth,
            self.conditions,
            None if cursor is None else cursor.parent,
        )
        ids = None
        if cursor is None:
            cursor = Cursor(0, skip=self.query.offset)
            ids = candidates.gather()
        else:
            ids = cursor.ids
        self.looked, self.skip, self.found = cursor.looked, cursor.skip, 0
        before = self.looked
        if ids is not None:
            after = self._given(self._gathered(candidates, ids, most, before))
        else:
            after = self._walked(candidates, cursor, most, before)
        return Page(self.entities, after)

    def _is_enough(self, most: int, before: int) -> bool:
        return self.found >= most or self.looked - before >= _LOOKS

    # --- the two ways ---------------------------------------------------------------------------

    def _gathered(
        self, candidates: Candidates, ids: "array[int]", most: int, before: int
    ) -> "array[int]":
        """Answers from the ids that were gathered; those that are left."""
        at = 0
        while at < len(ids) and not self._is_enough(most, before):
            room = self.skip + most - self.found
            part = ids[at : at + min(max(2 * room, 200), _SKIPPED)]
            by_id = {one.id: one for one in candidates.among(part)}
            there = [by_id[one] for one in part if one in by_id]
            done = self._take(there, most, before)
            if done < len(there):
                at += part.index(there[done].id)
            else:
                at += len(part)
        return ids[at:]

    def _walked(
        self, candidates: Candidates, cursor: Cursor, most: int, before: int
    ) -> Cursor | None:
        """Answers from rows in their order; where to go on."""
        after, is_far = cursor.after, cursor.is_far or candidates.is_far
        if self.skip and candidates.is_settled and self.rest is None:
            place = candidates.place_of(self.skip)
            if place is None:
                return None
            after, self.skip = place, 0
        scans = cursor.after == 0 and any(one.rank == SCAN_RANK for one in self.conditions)
        while not self._is_enough(most, before):
            room = min(self.skip + most - self.found, _SKIPPED)
            if self.rest is not None:
                room = min(max(room, 100), _LOOKS)
            far = candidates.far(after, room) if is_far else None
            if far is not None:
                (there, end), is_far = far, candidates.is_far
            else:
                there, walked, end = candidates.walk(
                    after, room, _BEFORE_SCAN if scans else _WALKED
                )
                if end is not None and len(there) < room:
                    if scans:
                        scans = False
                        ids = candidates.gather(scans=True)
                        if ids is not None:
                            return self._given(self._gathered(candidates, ids, most, before))
                    is_far = candidates.parent is None
                    self._look(walked // _ROWS)
            done = self._take(there, most, before)
            if done < len(there):
                end = there[done - 1].place if done else after
            if end is None:
                return None
            after = end
            if done < len(there):
                break
        return Cursor(after, self.looked, self.skip, None, candidates.parent, is_far)

    def _given(self, ids: "array[int]") -> Cursor | None:
        return Cursor(0, self.looked, self.skip, ids) if ids else None

    # --- candidates -------------------------------------------------------------------------------

    def _take(self, there: list[Candidate], most: int, before: int) -> int:
        """Make answers of candidates until the page is full; how many were used."""
        at = 0
        while at < len(there) and not self._is_enough(most, before):
            if self.rest is None and not there[at].odd and (self.skip or self.counting):
                if self.skip:
                    self.skip -= 1
                else:
                    self.found += 1
                at += 1
                continue
            part = there[at : at + max(most - self.found, 100 if self.rest is not None else 1)]
            entities = self.answers.read([one.id for one in part])
            for one in part:
                if self._is_enough(most, before):
                    break
                at += 1
                entity = entities.get(one.id)
                if entity is not None:
                    self._match(one, entity)
        return at

    def _match(self, candidate: Candidate, entity: "Dataset") -> None:
        asked = self.query if candidate.odd else self.rest
        if asked is not None:
            self._look(1)
            if not asked.matches(entity):
                return
        if self.skip:
            self.skip -= 1
            return
        self.found += 1
        if not self.counting:
            self.entities.append(self.query.project(entity))

    def _look(self, times: int) -> None:
        self.looked += times
        if self.looked > self.scan:
            raise QueryTooBroad(self.scan)

    # --- counting -------------------------------------------------------------------------------

    def count(self) -> int:
        self.counting = True
        total = self._counted() if self.rest is None else None
        if total is not None:
            return total
        total, cursor = 0, None
        while True:
            page = self.page(cursor, _LOOKS)
            total += self.found
            cursor = page.next
            if cursor is None:
                return total

    def _counted(self) -> int | None:
        """By the database, but for what is odd; None where much is odd."""
        candidates = Candidates(self.connection, self.dialect, self.depth, self.conditions)
        ids = candidates.gather()
        if ids is None:
            found = candidates.count()
            more = candidates.odd()
            if more is None:
                return None
            odd = more
        else:
            there = [
                one
                for at in range(0, len(ids), _SKIPPED)
                for one in candidates.among(ids[at : at + _SKIPPED])
            ]
            found = sum(not one.odd for one in there)
            odd = [one for one in there if one.odd]
        self.found = at = 0
        while at < len(odd):
            before = self.looked
            at += self._take(odd[at:], len(odd) + 1, before)
        return found + self.found
