"""A finding: what reading or checking noticed, as data."""

from typing import NamedTuple

__all__ = ["Finding"]


class Finding(NamedTuple):
    """One thing that is not as the standard wants it.

    Reading goes on all the same; strict reading raises the first one as a `ParseError`.
    """

    rule: str
    """A short stable name, such as ``truncated`` or ``tag-order``."""
    text: str
    """What was found, in words, without values of the data set."""
    path: str = ""
    """The element, such as ``(0040,A730)[2].(0008,0100)``."""
    offset: int | None = None
    """The byte in the source; of a deflated data set, in the inflated bytes."""
    vr: str = ""

    def __str__(self) -> str:
        place = f" {self.path}" if self.path else ""
        at = "" if self.offset is None else f" at byte {self.offset}"
        return f"{self.rule}{place}{at}: {self.text}"
