"""From which edition of the standard each table was made."""

from importlib import import_module
from types import MappingProxyType

__all__ = ["EDITION", "editions"]  # noqa: F822 - EDITION is made by __getattr__


def editions() -> "MappingProxyType[str, tuple[tuple[str, str, str], ...]]":
    """The sources of each generated table: (part, edition, file), the first one leading.

    >>> editions()["elements"][0][0]
    'PS3.6'
    """
    from pkgutil import iter_modules

    from . import _generated

    names = sorted(module.name for module in iter_modules(_generated.__path__))
    return MappingProxyType(
        {name: import_module(f"._generated.{name}", __package__).SOURCES for name in names}
    )


def __getattr__(name: str) -> str:
    if name == "EDITION":
        from ._generated.elements import EDITION

        return EDITION
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


# Tracebacks, reprs and pickles name the place that users import from
editions.__module__ = "dicom_dict"
