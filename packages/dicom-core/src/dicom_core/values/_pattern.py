"""Regular expressions that are compiled when they are first used: most programs meet few of them."""

import re
from collections.abc import Callable

__all__ = ["Pattern"]


class Pattern:
    """A regular expression by its source; ``fullmatch`` is compiled on first use."""

    __slots__ = ("fullmatch", "source")
    fullmatch: Callable[[str], "re.Match[str] | None"]

    def __init__(self, source: str) -> None:
        self.source = source

    # Reached only while the slot is empty.
    def __getattr__(self, name: str) -> Callable[[str], "re.Match[str] | None"]:
        if name != "fullmatch":
            raise AttributeError(name)
        self.fullmatch = re.compile(self.source).fullmatch
        return self.fullmatch
