"""Where in the nesting a parser stands."""

from typing import Final

from dicom_dict import Tag

__all__ = ["DATA_SET", "FRAGMENTS", "ITEM", "META", "SEQUENCE", "SKIPPED", "VALUE", "Level"]

# What a level holds
META: Final = "meta"
DATA_SET: Final = "data set"
ITEM: Final = "item"
SEQUENCE: Final = "sequence"
FRAGMENTS: Final = "fragments"
VALUE: Final = "value"
SKIPPED: Final = "skipped"  # the rest of a sequence in which something else than an item stands


class Level:
    """A data set, sequence, item or large value that has begun and is not over."""

    __slots__ = (
        "encoding", "end", "kind", "last", "number", "path", "position", "shorts", "signed", "tag",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        encoding: int,
        *,
        end: int | None = None,
        path: str = "",
        tag: int = 0,
        number: int = 0,
        signed: bool = False,
    ) -> None:
        self.kind = kind
        self.encoding = encoding
        self.end = end
        """The offset where it ends; None where only a delimiter ends it."""
        self.path = path
        self.tag = tag
        self.number = number
        """Of an item, which one it is; of a sequence, how many there were."""
        self.last = -1
        self.position = 0
        self.signed = signed
        self.shorts: dict[int, int] = {}

    def path_to(self, tag: int) -> str:
        """The path of an element on this level."""
        return f"{self.path}.{Tag(tag)}" if self.path else str(Tag(tag))


class Context:
    """What elements before tell about the VR of one that leaves a choice."""

    __slots__ = ("level",)

    def __init__(self, level: Level) -> None:
        self.level = level

    def signed(self) -> bool:
        """Whether Pixel Representation was 1."""
        return self.level.signed

    def unsigned_short(self, tag: int) -> int | None:
        """The first number of an element of this level."""
        return self.level.shorts.get(tag)
