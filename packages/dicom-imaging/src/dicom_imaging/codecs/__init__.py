"""Codecs: who decodes and encodes which transfer syntax, and how to add one."""

from ._codec import Bytes, Codec, Decoded, Encoded, EncodeOptions, Encoder, Pixels
from ._registry import Registered, Registry, default_registry

__all__ = [
    "Bytes",
    "Codec",
    "Decoded",
    "EncodeOptions",
    "Encoded",
    "Encoder",
    "Pixels",
    "Registered",
    "Registry",
    "default_registry",
]
