"""Enumerated Values and Defined Terms of PS3.3, read one table at a time."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

__all__ = ["Term", "ValueKind", "ValueList", "value_lists"]

ValueKind = Literal["enumerated", "defined", "unknown"]
_KINDS: Final[dict[str, ValueKind]] = {"E": "enumerated", "D": "defined", "": "unknown"}


class Term(NamedTuple):
    """A value, and what it means in a few words; the meaning is often empty ("YES")."""

    value: str
    meaning: str


class ValueList(NamedTuple):
    """The values that PS3.3 lists for an attribute in a module."""

    kind: ValueKind
    """``enumerated``: no other value is allowed. ``defined``: others are (PS3.3 5.4). ``unknown``: the
    sources have the list and not its kind; treat it as Defined Terms."""
    number: int | None
    """Of a multi-valued attribute the value that the list is for, from 1; None: every value."""
    condition: str
    """When the list holds, in the words of the standard; empty: always."""
    terms: tuple[Term, ...]
    edition: str
    """The edition that the values are from; ``2020b`` ones may have got company since."""

    @property
    def values(self) -> tuple[str, ...]:
        """The values alone."""
        return tuple(term.value for term in self.terms)


def value_lists(table: str, path: str) -> tuple[ValueList, ...]:
    """The lists of an attribute: by the number of its table, and the tags that lead to it there.

    >>> value_lists("C.7-5a", "00200060")[0].values
    ('R', 'L')
    """
    return _of_table(table).get(path, ())


@cache
def _of_table(table: str) -> Mapping[str, tuple[ValueList, ...]]:
    from ._generated.value_lists import LISTS

    found: dict[str, tuple[ValueList, ...]] = {}
    heads: list[tuple[str, ValueList]] = []
    terms: list[Term] = []

    def close() -> None:
        for path, head in heads:
            found[path] = (*found.get(path, ()), head._replace(terms=tuple(terms)))
        heads.clear()
        terms.clear()

    # The first row of a list names it, the others continue it.
    for line in LISTS.get(table, "").splitlines():
        path, kind, number, when, edition, value, meaning = line.split("\t")
        if path:
            close()
            which = int(number) if number else None
            heads.append((path, ValueList(_KINDS[kind], which, when, (), edition)))
        terms.append(Term(value, meaning))
    close()
    return MappingProxyType(found)


# Tracebacks, reprs and pickles name the place that users import from
Term.__module__ = ValueList.__module__ = value_lists.__module__ = "dicom_dict"
