"""What is fuzzed: a name, inputs to start from, and the function that must survive every input."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["Surface", "polite", "surfaces"]


class Surface(NamedTuple):
    """Something that takes bytes from anybody."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    feed: Callable[[bytes], None]
    """Returns for every input; an exception that leaves it is a fault."""
    instrument: tuple[str, ...]
    """The packages whose branches guide the search."""
    rate: int
    """Inputs that it takes in a second, about: a search is bound by their number, which is the same everywhere."""


def surfaces() -> dict[str, Surface]:
    """Every surface of the modules `surfaces_*` of this folder, by name."""
    here = [str(Path(__file__).parent)]
    names = sorted(
        module.name for module in pkgutil.iter_modules(here) if module.name.startswith("surfaces_")
    )
    modules = [importlib.import_module(f".{name}", __package__) for name in names]
    return {surface.name: surface for module in modules for surface in module.SURFACES}


def polite(error: Exception) -> None:
    """An error has one sentence that may be printed."""
    text = str(error)
    if not all(one.isprintable() for one in text) or len(text) > 1000:
        raise AssertionError(f"an error that should not be printed: {text[:200]!r}")
