"""Codecs: who decodes and encodes which transfer syntax, and how to add one."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._codec import Bytes, Codec, Decoded, Encoded, EncodeOptions, Encoder, Pixels
    from ._encoding import encode_checked
    from ._isolated import Isolated, isolated
    from ._registry import Registered, Registry, default_registry

_DOOR = {
    "._codec": "Bytes Codec Decoded EncodeOptions Encoded Encoder Pixels",
    "._encoding": "encode_checked",
    "._isolated": "Isolated isolated",
    "._registry": "Registered Registry default_registry",
}

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
    __getattr__, __dir__ = door(globals(), _DOOR)
