"""Keys of person names as SQL: the component groups and words of names have tables of their own.

Literally, a key is compared with folded groups (PS3.4 C.2.2.2.1.1 leaves the choice; `dicom_core.query` makes it):
its beginning is a range of the index. Fuzzily, each word of the key is the beginning of a word, or sounds like one.
"""

from typing import Final

from dicom_core.query import (
    AnyOf,
    FuzzyName,
    Key,
    MatchOptions,
    SingleValue,
    Wildcard,
    fold_name,
    level_of,
    name_groups,
    soundex,
)

from ._columns import text_form
from ._condition import Condition
from ._dialect import Dialect, Parameter, before_wildcard, begins
from ._levels import LEVELS, SERIES, STUDY

__all__ = ["NameTranslator"]

_ASTERISKS: Final = 4
_WORDS: Final = 4
"""Words of a fuzzy key that the database looks for; the matcher looks for all."""


class NameTranslator:
    """Makes conditions of the keys of names of one query."""

    def __init__(self, options: MatchOptions, dialect: Dialect) -> None:
        self._options = options
        self._dialect = dialect

    def condition(self, key: Key, depth: int, prefix: str) -> Condition | None:
        """See `Translator.condition`; ``depth`` is the lowest level whose rows have the name."""
        options, match = self._options, key.match
        owner = level_of(key.tag).depth
        if owner > SERIES:
            return None  # instances have no rows here
        depth = min(max(owner, STUDY), depth)
        if options.case_sensitive_names or options.unknown_matches:
            return None
        rows = _Rows(depth, int(key.tag), prefix)
        if isinstance(match, FuzzyName):
            return self._fuzzy(rows, match)
        several = match.matches if isinstance(match, AnyOf) else (match,)
        if len(several) != 1:
            return None
        one = several[0]
        if isinstance(one, Wildcard):
            return self._literal(rows, one.pattern)
        if isinstance(one, SingleValue) and isinstance(one.value, str):
            return self._literal(rows, one.value)
        return None

    def _literal(self, rows: "_Rows", text: str) -> Condition | None:
        groups = name_groups(fold_name(text))
        wanted = [group for group in groups if group.strip("*")]
        if not wanted:
            return None
        # Which group it is, the table does not say
        exact = len(groups) == 1
        parts = [self._group(rows, number, group) for number, group in enumerate(wanted[:3])]
        found = [part for part in parts if part is not None]
        if not found:
            return None
        exact = exact and len(found) == len(parts) and found[0][1]
        tests = [test for test, _, _ in found]
        rank = min(rank for _, _, rank in found)
        best = next(test for test, _, one in found if one == rank)
        return rows.condition("person", tests, best, rank, exact=exact)

    def _group(self, rows: "_Rows", number: int, group: str) -> tuple[str, bool, int] | None:
        """A test of ``folded``, whether it is exact, and the rank of looking for it."""
        name = f"{rows.prefix}_{number}"
        head = before_wildcard(group)
        if text_form(head) is None:
            return "1 = 0", True, 0  # no name that is not odd begins so
        if head == group:
            rows.parameters[name] = group
            return f"folded = :{name}", True, 1
        # DOE^* means DOE as well: what is left after the delimiters at the end of the beginning
        stem = head.rstrip("^")
        if stem == head and "^" not in group:
            return self._pattern(rows, name, group, head)
        if group != head + "*" or not stem:
            return None if not stem else (rows.begins("folded", stem, name), False, 3)
        if len(head) - len(stem) > max(4 - stem.count("^"), 0):
            return rows.begins("folded", head, name), True, 3
        if stem == head:
            return rows.begins("folded", head, name), True, 3
        rows.parameters[f"{name}s"] = stem
        return f"({rows.begins('folded', head, name)} OR folded = :{name}s)", True, 3

    def _pattern(
        self, rows: "_Rows", name: str, group: str, head: str
    ) -> tuple[str, bool, int] | None:
        tests = [rows.begins("folded", head, name)] if head else []
        exact = group == head + "*"
        if not exact and text_form(group) is not None and group.count("*") <= _ASTERISKS:
            tests.append(self._dialect.like("folded", f"{name}p"))
            rows.parameters[f"{name}p"] = self._dialect.pattern(group)
            exact = True
        if not tests:
            return None
        return " AND ".join(tests), exact, 3 if head else 8

    def _fuzzy(self, rows: "_Rows", match: FuzzyName) -> Condition | None:
        tests: list[tuple[str, str | None]] = []
        longest = sorted(match.words, key=len, reverse=True)
        for number, word in enumerate(longest):
            name = f"{rows.prefix}_{number}"
            head = before_wildcard(word)
            if text_form(word) is None or not head:
                continue
            begins = rows.begins("word", head, name)
            sound = soundex(word) if head == word else ""
            if sound:
                rows.parameters[f"{name}s"] = sound
                # Two ranges of two indexes: as one test with OR, SQLite might use neither
                tests.append((begins, f"sound = :{name}s"))
            else:
                tests.append((begins, None))
            if len(tests) == _WORDS:
                break
        if not tests:
            return None
        checks = [begins if sound is None else f"({begins} OR {sound})" for begins, sound in tests]
        first = tests[0]
        return rows.condition("word", checks, first[0], 6, exact=False, other=first[1])


class _Rows:
    """The rows in `person` or `word` of one attribute of the entities of one level."""

    def __init__(self, depth: int, tag: int, prefix: str) -> None:
        self.level = LEVELS[depth]
        self.prefix = prefix
        self.parameters: dict[str, Parameter] = {f"{prefix}t": tag}

    def begins(self, column: str, head: str, name: str) -> str:
        """Whether a column begins with a text."""
        return begins(column, head, name, self.parameters)

    def condition(
        self,
        table: str,
        checks: list[str],
        seek: str,
        rank: int,
        *,
        exact: bool,
        other: str | None = None,
    ) -> Condition:
        """All of the checks are true of some row each; the rows of ``seek`` (or ``other``) are looked for."""
        level, tag = self.level, f":{self.prefix}t"
        check = " AND ".join(
            f"EXISTS (SELECT 1 FROM {table} n WHERE n.level = {level.depth} AND n.owner = {level.alias}.id "
            f"AND +n.tag = {tag} AND {one})"  # the plus: SQLite takes the index of owners, not that of names
            for one in checks
        )
        # Owners come from the index alone; only as many as are wanted are then looked up
        owners = " UNION ALL ".join(
            f"SELECT * FROM (SELECT DISTINCT owner FROM {table} WHERE tag = {tag} AND level = {level.depth} "
            f"AND {one} LIMIT :limit) o{number}"
            for number, one in enumerate((seek, other))
            if one is not None
        )
        return Condition(
            home=level.depth,
            check=f"({check})",
            seek=f"SELECT id, {level.order} AS place FROM ({owners}) o CROSS JOIN {level.table} WHERE id = o.owner",
            probe=owners,
            rank=rank,
            parameters=self.parameters,
            exact=exact,
        )
