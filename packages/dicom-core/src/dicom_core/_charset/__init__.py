"""Character sets: Specific Character Set (0008,0005), code extensions of ISO 2022, both ways (PS3.5 6.1)."""

from typing import TYPE_CHECKING

from ._charset import Charset, UnencodableText
from ._terms import Problem

if TYPE_CHECKING:
    from ._convert import choose, escalate, transcode

__all__ = ["Charset", "Problem", "UnencodableText", "choose", "escalate", "transcode"]


def __getattr__(name: str) -> object:
    if name in {"choose", "escalate", "transcode"}:
        from . import _convert

        value: object = getattr(_convert, name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
