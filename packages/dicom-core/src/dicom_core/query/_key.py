"""A key of a query: an attribute and how it is matched."""

from attrs import field, frozen

from dicom_dict import Tag, find_element

from ._kinds import UNIVERSAL, Match, SequenceMatch, Universal

__all__ = ["IgnoredKey", "Key", "path_text"]


@frozen
class Key:
    """An attribute, its VR, and its match; every key is also asked for in the answer."""

    tag: Tag = field(converter=Tag)
    vr: str
    """Empty where nobody knows it: a private attribute in a URL."""
    match: Match = UNIVERSAL
    creator: str | None = None
    """Of a private attribute: who reserved its block (PS3.5 7.8). The block of an answer may be another."""

    @property
    def is_matching(self) -> bool:
        """Whether the key excludes anything."""
        match = self.match
        if isinstance(match, SequenceMatch):
            return any(key.is_matching for key in match.keys)
        return not isinstance(match, Universal)

    @property
    def keyword(self) -> str:
        """The keyword of the dictionary, or the tag as eight digits."""
        return name_of(self.tag)

    def __str__(self) -> str:
        return f"{self.keyword}: {self.match.name}"


@frozen
class IgnoredKey:
    """A key that was not understood; the answer comes without it (status FF01, PS3.4 table C.4-1)."""

    path: tuple[Tag, ...]
    reason: str
    """A short stable name: unknown-private, not-matchable, command, below-level, unsupported."""

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.reason}"


def name_of(tag: int) -> str:
    """The keyword of a tag, or its eight digits."""
    entry = find_element(tag)
    return entry.keyword if entry is not None and entry.keyword else f"{tag:08X}"


def path_text(path: tuple[int, ...]) -> str:
    """A path of tags as PS3.18 writes it: keywords, or digits, with dots."""
    return ".".join(map(name_of, path))


# Tracebacks, reprs and pickles name the place that users import from
Key.__module__ = IgnoredKey.__module__ = "dicom_core.query"
