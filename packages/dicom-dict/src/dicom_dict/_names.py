"""Modules whose attributes are the keywords of a table: made when asked for, known to type checkers by a stub beside them."""

from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["lazy_names"]

T = TypeVar("T")


def lazy_names(
    module: str, what: str, find: Callable[[str], T | None], names: Callable[[], Iterable[str]]
) -> tuple[Callable[[str], T], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of such a module (PEP 562)."""

    def get(name: str) -> T:
        # Names with an underscore are asked for by the import system and by inspection; no keyword has one.
        found = None if name.startswith("_") else find(name)
        if found is not None:
            return found
        sentence = f"{module} has no {what} {name!r}"
        if not name.startswith("_"):
            from ._nearest import nearest

            near = tuple(nearest(name, names()))
            sentence += f"; did you mean {' or '.join(near)}?" if near else ""
        raise AttributeError(sentence, name=name)

    return get, lambda: sorted(names())
