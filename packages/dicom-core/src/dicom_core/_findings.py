"""A finding: what reading or checking noticed, as data."""

from sys import modules
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import Tag

from ._errors import ParseError, TruncatedElement

if TYPE_CHECKING:
    from ._index_careful import Report

__all__ = ["LOSS", "Collector", "Finding"]

LOSS: Final = frozenset(
    (
        "deflate",
        "delimiter-missing",
        "item-overrun",
        "trailing-bytes",
        "truncated",
        "truncated-header",
    )
)
"""Rules of what is missing, or is no part of any element: nobody could see it in a result that is whole again."""


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


class Collector:
    """Takes findings while something is read; in strict mode the first one is raised instead."""

    __slots__ = ("found", "more", "most", "strict")

    def __init__(self, strict: bool = False, most: int = 10_000) -> None:
        self.strict = strict
        self.most = most
        self.found: list[Finding] = []
        self.more = 0

    def note(
        self, rule: str, text: str, path: str = "", offset: int | None = None, vr: str = ""
    ) -> None:
        """Take one finding."""
        if self.strict:
            raise ParseError(rule, text, path=path, offset=offset, vr=vr)
        if len(self.found) < self.most:
            self.found.append(Finding(rule, text, path, offset, vr))
            if "logging" in modules:  # who never imported it cannot be listening
                from ._logging import log_finding

                log_finding("read", self.found[-1])
        else:
            self.more += 1

    def copy(self) -> "Collector":
        """Another one that goes on from here."""
        twin = Collector(self.strict, self.most)
        twin.found, twin.more = list(self.found), self.more
        return twin

    def all(self) -> tuple[Finding, ...]:
        """What was found, and if that was too much to keep, how much more."""
        if not self.more:
            return tuple(self.found)
        text = f"{self.more} more findings are not kept; Limits(findings=...) says how many are"
        return (*self.found, Finding("limit-findings", text))

    def reporter(self, base: int, place: str = "") -> "Report":
        """A reporter for the careful reader of a level that stands at ``place``."""

        def report(
            rule: str, text: str, tag: int, at: int, vr: str, declared: int, available: int
        ) -> None:
            path = f"{place}.{Tag(tag)}" if place else str(Tag(tag))
            if rule.startswith("trailing-"):
                path = place  # after the last element: the offset says where
            if self.strict and rule == "truncated":
                raise TruncatedElement(
                    Tag(tag), declared, available, path=path, offset=base + at, vr=vr
                )
            self.note(rule, text, path, base + at, vr)

        return report


# Tracebacks, reprs and pickles name the place that users import from
Finding.__module__ = "dicom_core"
