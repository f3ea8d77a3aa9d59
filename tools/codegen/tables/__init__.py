"""One module a family of tables: each has ``render``, which reads its sources, compares them, and gives generated files."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import Difference
from ..sources import Sources

__all__ = ["Render", "renders"]

Render = Callable[[Sources], tuple[dict[str, str], list[Difference]]]


def renders(only: Sequence[str] = ()) -> list[Render]:
    """The ``render`` of every module of this folder, or of those named, in the order of their names."""
    here = [str(Path(__file__).parent)]
    names = sorted(
        module.name for module in pkgutil.iter_modules(here) if not module.name.startswith("_")
    )
    return [
        importlib.import_module(f".{name}", __name__).render
        for name in names
        if not only or name in only
    ]
