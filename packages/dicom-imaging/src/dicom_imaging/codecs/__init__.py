"""Codecs: who decodes and encodes which transfer syntax, and how to add one."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._codec import Bytes, Codec, Decoded, Encoded, EncodeOptions, Encoder, Pixels
    from ._encoding import encode_checked
    from ._isolated import Isolated, isolated
    from ._registry import Registered, Registry, default_registry

_DOOR = {
    "_codec": "Bytes Codec Decoded EncodeOptions Encoded Encoder Pixels",
    "_encoding": "encode_checked",
    "_isolated": "Isolated isolated",
    "_registry": "Registered Registry default_registry",
}
_WHERE = {name: module for module, names in _DOOR.items() for name in names.split()}

__all__ = [
    "Bytes",
    "Codec",
    "Decoded",
    "EncodeOptions",
    "Encoded",
    "Encoder",
    "Isolated",
    "Pixels",
    "Registered",
    "Registry",
    "default_registry",
    "encode_checked",
    "isolated",
]


if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        value: object = getattr(import_module(f".{_WHERE[name]}", __name__), name)
        globals()[name] = value  # the next access finds it without coming here
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
