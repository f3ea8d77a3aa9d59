"""What validation looks at: one level of a data set, however it is held.

Every check asks a `View` and nothing else, so that a `Dataset`, a mapping, or an object of another library behind two
callables is validated by the same rules.
"""

from collections.abc import Sequence as AbstractSequence
from typing import Final, Protocol

from dicom_dict import Tag

from .._dataset import Dataset
from .._element import TEXT, DataElement
from .._errors import LimitExceeded, ValueDecodeError
from .._fragments import Fragments
from .._sequence import Sequence

__all__ = ["DatasetView", "View"]

# Values above this are not brought into memory to look at their bytes.
SMALL: Final = 1 << 20
_ONE_TEXT: Final = frozenset(("LT", "ST", "UR", "UT"))


class View(Protocol):
    """One level of elements. Asking for an absent tag gives empty answers, never an error."""

    @property
    def knows_fragments(self) -> bool:
        """Whether `fragments` tells an encapsulated value from a native one."""
        ...

    def tags(self) -> AbstractSequence[int]:
        """The tags that are known to be there, ascending."""
        ...

    def has(self, tag: int) -> bool:
        """Whether the element is there."""
        ...

    def is_empty(self, tag: int) -> bool:
        """Whether it is absent or has no value; spaces alone are no value (PS3.5 6.2)."""
        ...

    def vr(self, tag: int) -> str:
        """The VR as it is encoded or held; empty where that is not known."""
        ...

    def texts(self, tag: int) -> tuple[str, ...]:
        """The values as texts without padding; tags as eight digits; none of bulk data."""
        ...

    def field(self, tag: int) -> bytes | str | None:
        """The value field as it stands, or its text where there are no bytes; None: not at hand."""
        ...

    def length(self, tag: int) -> int | None:
        """The bytes of the value; None where that is not known or the value is encapsulated."""
        ...

    def fragments(self, tag: int) -> int | None:
        """The fragments of an encapsulated value; None for any other."""
        ...

    def items(self, tag: int) -> "AbstractSequence[View]":
        """The items of a sequence."""
        ...

    def problems(self, tag: int) -> list[tuple[str, str]]:
        """What of the value breaks the rules of its VR: the name of the rule, and a sentence."""
        ...


class DatasetView:
    """A view of a `Dataset`."""

    __slots__ = ("_dataset", "_items", "_texts")
    knows_fragments = True

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._items: dict[int, AbstractSequence[View]] = {}
        self._texts: dict[int, tuple[str, ...]] = {}

    def _element(self, tag: int) -> DataElement | None:
        return self._dataset.element(tag) if tag in self._dataset else None

    def tags(self) -> AbstractSequence[int]:
        return list(self._dataset)

    def has(self, tag: int) -> bool:
        return tag in self._dataset

    def is_empty(self, tag: int) -> bool:
        element = self._element(tag)
        if element is None or (element.length == 0 and element.vr != "SQ"):
            return element is None or self.fragments(tag) in {None, 0}
        if element.vr == "SQ":
            return not self.items(tag)
        return element.vr in TEXT and not any(self.texts(tag))

    def vr(self, tag: int) -> str:
        element = self._element(tag)
        return "" if element is None else element.vr

    def texts(self, tag: int) -> tuple[str, ...]:
        found = self._texts.get(tag)
        if found is None:
            element = self._element(tag)
            found = self._texts[tag] = () if element is None else _texts(element)
        return found

    def field(self, tag: int) -> bytes | str | None:
        element = self._element(tag)
        if element is None or element.vr == "SQ" or element.length > SMALL:
            return None
        return element.raw

    def length(self, tag: int) -> int | None:
        element = self._element(tag)
        if element is None or self.fragments(tag) is not None:
            return None
        return element.length

    def fragments(self, tag: int) -> int | None:
        element = self._element(tag)
        # Only an undefined length says so: the bytes of a native value are not brought in to see.
        if element is None or not element.has_undefined_length:
            return None
        value = element.value
        return len(value) if isinstance(value, Fragments) else None

    def items(self, tag: int) -> AbstractSequence[View]:
        found = self._items.get(tag)
        if found is None:
            found = self._items[tag] = self._made(tag)
        return found

    def _made(self, tag: int) -> AbstractSequence[View]:
        element = self._element(tag)
        if element is None or element.vr != "SQ":
            return ()
        try:
            value = element.value
            return [DatasetView(item) for item in value] if isinstance(value, Sequence) else ()
        except LimitExceeded:
            return ()  # the reader's findings tell it (limit-depth)

    def problems(self, tag: int) -> list[tuple[str, str]]:
        from ..values import check_value

        raw = self.field(tag)
        element = self._element(tag)
        if raw is None or element is None:
            return []
        found = check_value(element.vr, raw, element.charset)
        return [(problem.rule, problem.text) for problem in found]

    def __repr__(self) -> str:
        return f"<DatasetView of {self._dataset!r}>"


def _texts(element: DataElement) -> tuple[str, ...]:
    if element.vr in TEXT:
        if element.length > SMALL:
            return ()
        text = element.text
        if element.vr in _ONE_TEXT:
            return (text.strip(" "),) if text else ()
        return tuple(part.strip(" \0") for part in text.split("\\")) if text else ()
    if element.vr in {"SQ", "UN"} or element.vr.startswith("O") or element.length > SMALL:
        return ()
    try:
        value = element.value
    except ValueDecodeError:
        return ()
    return values_as_texts(value)


def values_as_texts(value: object) -> tuple[str, ...]:
    """One value or several as texts; a tag as eight digits."""
    if value is None or isinstance(value, bytes):
        return ()
    many = value if isinstance(value, list | tuple) else (value,)
    return tuple(f"{one:08X}" if isinstance(one, Tag) else str(one) for one in many)
