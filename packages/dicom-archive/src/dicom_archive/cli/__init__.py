"""The commands `dicom serve` and `dicom archive`, each in a module that loads when it is called."""

from importlib import import_module

__all__: list[str] = []

_WHERE = {name: f"_{name}" for name in ("serve", "archive")}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    return import_module(f".{_WHERE[name]}", __name__).command
