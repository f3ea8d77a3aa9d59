"""All cases, in the order in which they are played."""

from ._conformance import CONFORMANCE
from ._hostile import HOSTILE

__all__ = ["CASES"]

CASES = (*CONFORMANCE, *HOSTILE)
