"""Conditions as values: three-valued predicates over a place in a data set, and what combines them.

A condition is true, false, or None: not to be told from the data set ("if contrast was used").
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from dicom_dict import element

if TYPE_CHECKING:
    from ._scope import Scope

__all__ = [
    "ALWAYS", "UNKNOWN", "Condition", "absent", "all_of", "any_of", "empty", "filled", "first_item",
    "has_value", "is_not", "is_one_of", "lists", "more_than", "not_", "present", "value",
]  # fmt: skip

Condition: TypeAlias = Callable[["Scope"], bool | None]


def UNKNOWN(_: "Scope") -> bool | None:  # noqa: N802 - a constant that happens to be a function
    """A condition about the world, not about the data set."""
    return None


def _tag(keyword: str | int) -> int:
    return keyword if isinstance(keyword, int) else int(element(keyword).tag)


def present(keyword: str | int) -> Condition:
    """The attribute is there, with or without a value."""
    tag = _tag(keyword)
    return lambda here: here.holder(tag).view.has(tag)


def absent(keyword: str | int) -> Condition:
    """The attribute is not there."""
    return not_(present(keyword))


def filled(keyword: str | int) -> Condition:
    """The attribute is there and has a value."""
    tag = _tag(keyword)
    return lambda here: not here.holder(tag).view.is_empty(tag)


def empty(keyword: str | int) -> Condition:
    """The attribute has no value; None where it is not there at all."""
    tag = _tag(keyword)

    def test(here: "Scope") -> bool | None:
        view = here.holder(tag).view
        return view.is_empty(tag) if view.has(tag) else None

    return test


def has_value(keyword: str | int, *values: str) -> Condition:
    """One of the attribute's values is one of these; absent is false."""
    tag, wanted = _tag(keyword), frozenset(values)
    return lambda here: not wanted.isdisjoint(here.texts(tag))


def is_one_of(keyword: str | int, position: int, *values: str) -> Condition:
    """The value at a position (from 1) is one of these; absent is false."""
    tag, wanted = _tag(keyword), frozenset(values)

    def test(here: "Scope") -> bool | None:
        texts = here.texts(tag)
        return len(texts) >= position and texts[position - 1] in wanted

    return test


def value(keyword: str | int, *values: str) -> Condition:
    """The first value is one of these."""
    return is_one_of(keyword, 1, *values)


def is_not(keyword: str | int, *values: str) -> Condition:
    """The attribute has a value, and none of its values is one of these; None where it has none."""
    tag, wanted = _tag(keyword), frozenset(values)

    def test(here: "Scope") -> bool | None:
        texts = here.texts(tag)
        return wanted.isdisjoint(texts) if texts else None

    return test


def lists(keyword: str | int, pointed: str | int) -> Condition:
    """An attribute of VR AT has the tag of another among its values."""
    return has_value(keyword, f"{_tag(pointed):08X}")


def more_than(keyword: str | int, bound: float) -> Condition:
    """The first value is a number above a bound; absent is false."""
    tag = _tag(keyword)

    def test(here: "Scope") -> bool | None:
        found = here.number(tag)
        return found is not None and found > bound

    return test


def first_item(here: "Scope") -> bool | None:
    """This is the first item of its sequence; others are None: "or if it changes"."""
    return True if here.position == 0 else None


def not_(condition: Condition) -> Condition:
    """The opposite."""

    def test(here: "Scope") -> bool | None:
        known = condition(here)
        return None if known is None else not known

    return test


def any_of(*conditions: Condition) -> Condition:
    """At least one holds. One that is true settles it, whatever is not known of the others."""

    def test(here: "Scope") -> bool | None:
        result: bool | None = False
        for condition in conditions:
            known = condition(here)
            if known:
                return True
            if known is None:
                result = None
        return result

    return test


def all_of(*conditions: Condition) -> Condition:
    """All hold. One that is false settles it, whatever is not known of the others."""
    return not_(any_of(*map(not_, conditions)))


def ALWAYS(_: "Scope") -> bool | None:  # noqa: N802
    """Holds for every object that is validated here."""
    return True
