"""A place in a data set while it is validated: its level, what may stand there, and what is around it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from dicom_dict import Tag

from ._view import View

if TYPE_CHECKING:
    from dicom_dict import AttributeUse, Iod

__all__ = ["PER_FRAME", "SHARED", "Scope"]

SHARED: Final = 0x52009229
PER_FRAME: Final = 0x52009230
_NOTHING: "Final[Mapping[int, AttributeUse]]" = {}


class Scope:
    """One level of a data set, with the way to it."""

    __slots__ = (
        "_inner",
        "_levels",
        "iod",
        "known",
        "parent",
        "path",
        "position",
        "sequence",
        "view",
    )

    def __init__(
        self,
        view: View,
        known: "Mapping[int, AttributeUse]" = _NOTHING,
        parent: "Scope | None" = None,
        sequence: int = 0,
        position: int = 0,
    ) -> None:
        self.view = view
        self.known = known
        """What the IOD lists for this level."""
        self.parent = parent
        self._inner: dict[int, Scope] | None = None
        self._levels: list[Scope] | None = None
        self.iod: Iod | None = None
        """Of the root what it is checked against."""
        self.sequence = sequence
        """The tag of the sequence that this is an item of; 0 for the root."""
        self.position = position
        """Which item of it, from 0."""
        self.path = "" if parent is None else f"{parent.where(sequence)}[{position}]"

    def where(self, tag: int) -> str:
        """The path of an element of this level."""
        return f"{self.path}.{Tag(tag)}" if self.path else str(Tag(tag))

    @property
    def root(self) -> "Scope":
        """The data set itself."""
        place = self
        while place.parent is not None:
            place = place.parent
        return place

    def below(self, tag: int, known: "Mapping[int, AttributeUse]" = _NOTHING) -> "Iterator[Scope]":
        """The items of a sequence of this level."""
        for position, item in enumerate(self.view.items(tag)):
            yield Scope(item, known, self, tag, position)

    def holder(self, tag: int) -> "Scope":
        """The level that a condition means by an attribute.

        The innermost level that may hold it; else the innermost that does; else, of a multi-frame image, the functional
        group of this frame or of all frames.
        """
        place: Scope | None = self
        while place is not None:
            if tag in place.known or place.view.has(tag):
                return place
            place = place.parent
        return self._in_groups(tag) or self

    def _in_groups(self, tag: int) -> "Scope | None":
        """An attribute of a functional group (PS3.3 C.7.6.16): this frame's, then the shared one, then the first frame's."""
        frame: Scope | None = self
        while frame is not None and frame.sequence != PER_FRAME:
            frame = frame.parent
        levels = [] if frame is None else [frame]
        for level in (*levels, *self.root.group_levels()):
            found = level.inner().get(tag)
            if found is not None:
                return found
        return None

    def group_levels(self) -> "list[Scope]":
        """Of the root the shared functional groups and those of the first frame, made once."""
        if self._levels is None:
            first = self.view.items(PER_FRAME)[:1]
            self._levels = list(self.below(SHARED))
            self._levels += [Scope(item, _NOTHING, self, PER_FRAME, 0) for item in first]
        return self._levels

    def inner(self) -> "dict[int, Scope]":
        """The attributes one sequence further down, each with the item that has it; made once."""
        if self._inner is None:
            self._inner = {}
            for sequence in self.view.tags():
                for item in self.below(sequence):
                    for tag in item.view.tags():
                        self._inner.setdefault(tag, item)
        return self._inner

    def texts(self, tag: int) -> tuple[str, ...]:
        """The values of an attribute, wherever `holder` finds it."""
        return self.holder(tag).view.texts(tag)

    def number(self, tag: int) -> float | None:
        """The first value as a number; None where there is none."""
        texts = self.texts(tag)
        if not texts:
            return None
        try:
            return float(texts[0])
        except ValueError:
            return None

    def integer(self, tag: int) -> int | None:
        """The first value as an integer; None where there is none."""
        number = self.number(tag)
        return int(number) if number is not None and number.is_integer() else None
