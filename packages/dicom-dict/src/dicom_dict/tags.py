"""A name for each tag: ``tags.PatientName`` is ``Tag("0010,0010")``. The stub `tags.pyi` lists them all."""

from ._elements import find_element
from ._names import lazy_names
from ._tag import Tag


def _find(name: str) -> Tag | None:
    entry = find_element(name)
    return entry.tag if entry is not None and entry.keyword == name else None


def _all() -> list[str]:
    from ._elements import elements

    return [entry.keyword for entry in elements() if entry.keyword]


__getattr__, __dir__ = lazy_names(__name__, "keyword", _find, _all)
