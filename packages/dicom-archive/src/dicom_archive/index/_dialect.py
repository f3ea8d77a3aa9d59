"""What SQLite and PostgreSQL say differently; all values go as parameters."""

import json
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from attrs import frozen

__all__ = ["Dialect", "Parameter", "after_prefix", "before_wildcard", "begins", "dialect_of"]

Parameter: TypeAlias = str | int | list[str] | list[int]

_LAST: Final = 0x10FFFF


@frozen
class Dialect:
    """One of the two."""

    is_sqlite: bool

    def among(self, column: str, name: str, *, texts: bool) -> str:
        """Whether a column is one of a list, however long it is."""
        if self.is_sqlite:
            return f"{column} IN (SELECT value FROM json_each(:{name}))"
        kind = "text" if texts else "bigint"
        return f"{column} = ANY(CAST(:{name} AS {kind}[]))"

    def gathered(self, column: str) -> str:
        """All values of a column of whole numbers as one, in the order of the rows; `numbers` reads it."""
        return f"{'json_group_array' if self.is_sqlite else 'array_agg'}({column})"

    def numbers(self, value: object) -> list[int]:
        """What `gathered` gave: a row for each would take four times as long."""
        found = json.loads(str(value)) if self.is_sqlite else value
        return found if isinstance(found, list) else []  # there are no rows

    def several(self, values: Iterable[str] | Iterable[int]) -> Parameter:
        """The parameter of `among`."""
        found: list[str] | list[int] = list(values)  # type: ignore[assignment]
        return json.dumps(found, ensure_ascii=False) if self.is_sqlite else found

    def holds(self, column: str, name: str) -> str:
        """Whether a text is somewhere within a column."""
        return f"{'instr' if self.is_sqlite else 'strpos'}({column}, :{name}) > 0"

    def like(self, column: str, name: str) -> str:
        """Whether a column is as `pattern` says; case counts."""
        return f"{column} GLOB :{name}" if self.is_sqlite else f"{column} LIKE :{name} ESCAPE '!'"

    def pattern(self, wild: str) -> str:
        """A text with asterisks and question marks for `like`; every other character stands for itself."""
        if self.is_sqlite:
            return wild.replace("[", "[[]")
        for special in "!%_":
            wild = wild.replace(special, "!" + special)
        return wild.replace("*", "%").replace("?", "_")


def dialect_of(name: str) -> Dialect:
    """By the name that SQLAlchemy has for it."""
    return Dialect(name == "sqlite")


def after_prefix(prefix: str) -> str | None:
    """The first text, by code points, after all those that begin with a prefix; None where there is none."""
    points: Sequence[str] = prefix.rstrip(chr(_LAST))
    if not points:
        return None
    last = ord(points[-1]) + 1
    if 0xD800 <= last <= 0xDFFF:  # halves of pairs are no characters
        last = 0xE000
    return f"{points[:-1]}{chr(last)}"


def before_wildcard(pattern: str) -> str:
    """What of a pattern stands before its first wild card."""
    return pattern[
        : min(at for at in (pattern.find("*"), pattern.find("?"), len(pattern)) if at >= 0)
    ]


def begins(column: str, head: str, prefix: str, parameters: dict[str, Parameter]) -> str:
    """Whether a column begins with a text: a range of the index."""
    parameters[f"{prefix}a"] = head
    end = after_prefix(head)
    if end is None:
        return f"{column} >= :{prefix}a"
    parameters[f"{prefix}z"] = end
    return f"{column} >= :{prefix}a AND {column} < :{prefix}z"
