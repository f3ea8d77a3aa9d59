"""Character sets: Specific Character Set (0008,0005), code extensions of ISO 2022, both ways (PS3.5 6.1)."""

from ._charset import Charset
from ._terms import Problem

__all__ = ["Charset", "Problem"]
