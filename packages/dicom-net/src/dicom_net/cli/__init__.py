"""The commands of this package: `dicom_core.cli` finds them here, each in a module that loads when it is called."""

from importlib import import_module

__all__: list[str] = []

_WHERE = {
    name: f"_{name}"
    for name in ("echo", "find", "get", "move", "store", "listen", "doctor", "fuzz")
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    return import_module(f".{_WHERE[name]}", __name__).command
