"""The door of a package whose names load when they are first used (PEP 562); the packages above this one open theirs with it."""

import sys
from collections.abc import Callable, Mapping

__all__ = ["door"]


def door(
    namespace: dict[str, object], names: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of the package whose ``globals()`` are given.

    ``names`` reads like the import statements it stands for: ``{"._file": "DicomFile Meta"}`` is ``from ._file
    import DicomFile, Meta``, and ``{".": "json xml"}`` is ``from . import json, xml``. What was loaded once is kept
    in the namespace; ``dir()`` shows ``__all__``.
    """
    package = str(namespace["__name__"])
    where = {name: module for module, listed in names.items() for name in listed.split()}

    def get(name: str) -> object:
        from importlib import import_module

        if name not in where:
            # With the module in `obj` a traceback says what was meant.
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}",
                name=name,
                obj=sys.modules.get(package),
            )
        module = where[name]
        value: object = (
            import_module(f".{name}", package)
            if module == "."
            else getattr(import_module(module, package), name)
        )
        namespace[name] = value  # the next access finds it without coming here
        return value

    def names_shown() -> list[str]:
        shown = namespace["__all__"]
        assert isinstance(shown, list)
        return sorted(shown)

    return get, names_shown
