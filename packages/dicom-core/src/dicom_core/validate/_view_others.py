"""Views of what is no `Dataset`: a mapping of keywords or tags, or any object behind two callables."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Sequence as AbstractSequence

from attrs import frozen

from dicom_dict import Tag, find_element, vr_by_tag

from .._element import TEXT
from ._view import View, values_as_texts

__all__ = ["Accessors", "AccessorsView", "MappingView"]


def _rules_of(tag: int, texts: Iterable[str]) -> list[tuple[str, str]]:
    """The rules of the dictionary's VR for values that are texts."""
    from ..values import check_value

    entry = find_element(tag)
    if entry is None or entry.vr not in TEXT:
        return []
    return [(problem.rule, problem.text) for problem in check_value(entry.vr, "\\".join(texts))]


class MappingView:
    """A view of a mapping: keywords or tags to texts, numbers, bytes, lists of them, or lists of mappings."""

    __slots__ = ("_values",)
    knows_fragments = False

    def __init__(self, values: Mapping[str, object] | Mapping[int, object]) -> None:
        self._values: dict[int, object] = {}
        for key, value in values.items():
            entry = find_element(key)
            self._values[int(entry.tag) if entry is not None else int(Tag(key))] = value

    def tags(self) -> AbstractSequence[int]:
        return sorted(self._values)

    def has(self, tag: int) -> bool:
        return tag in self._values

    def is_empty(self, tag: int) -> bool:
        value = self._values.get(tag)
        if isinstance(value, Mapping):
            return False
        if isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
            return False
        return not value if isinstance(value, bytes) else not any(self.texts(tag))

    def vr(self, tag: int) -> str:  # noqa: ARG002 - a plain value has none of its own
        return ""

    def texts(self, tag: int) -> tuple[str, ...]:
        value = self._values.get(tag)
        entry = find_element(tag)
        if entry is not None and entry.vr == "SQ":
            return ()
        if isinstance(value, str) and (entry is None or entry.vr not in {"LT", "ST", "UT", "UR"}):
            return tuple(part.strip(" ") for part in value.split("\\")) if value else ()
        return values_as_texts(value)

    def field(self, tag: int) -> bytes | str | None:
        value = self._values.get(tag)
        return value if isinstance(value, bytes) else "\\".join(self.texts(tag))

    def length(self, tag: int) -> int | None:
        value = self._values.get(tag)
        return len(value) if isinstance(value, bytes) else None

    def fragments(self, tag: int) -> int | None:  # noqa: ARG002 - its values are not encapsulated
        return None

    def items(self, tag: int) -> AbstractSequence[View]:
        value = self._values.get(tag)
        many = value if isinstance(value, list | tuple) else (value,)
        return [MappingView(one) for one in many if isinstance(one, Mapping)]

    def problems(self, tag: int) -> list[tuple[str, str]]:
        return _rules_of(tag, self.texts(tag))


@frozen
class Accessors:
    """How to ask an object of another library for its elements.

    ``text`` gives the value of an element as text, several values with backslashes between them, and None where
    the element is absent. ``data`` gives the bytes of a bulk value, such as pixel data, or None. Without ``items`` the
    insides of sequences are not looked at; without ``tags`` every element of the dictionary is asked for.
    """

    text: Callable[[Tag], str | None]
    data: Callable[[Tag], bytes | None]
    items: "Callable[[Tag], Iterable[Accessors] | None] | None" = None
    tags: Callable[[], Iterable[int]] | None = None


class AccessorsView:
    """A view of an object behind callables."""

    __slots__ = ("_access", "_tags", "_texts")
    knows_fragments = False

    def __init__(self, access: Accessors) -> None:
        self._access = access
        self._tags: list[int] | None = None
        self._texts: dict[int, str | None] = {}

    def tags(self) -> AbstractSequence[int]:
        if self._tags is None:
            asked = self._access.tags
            if asked is not None:
                self._tags = sorted(int(tag) for tag in asked())
            else:
                self._tags = sorted(tag for tag in vr_by_tag() if tag >> 16 > 7 and self.has(tag))
        return self._tags

    def _text(self, tag: int) -> str | None:
        if tag not in self._texts:
            self._texts[tag] = self._access.text(Tag(tag))
        return self._texts[tag]

    def has(self, tag: int) -> bool:
        if self._text(tag) is not None or self._access.data(Tag(tag)) is not None:
            return True
        return self._access.items is not None and self._access.items(Tag(tag)) is not None

    def is_empty(self, tag: int) -> bool:
        return not self._text(tag) and not self._access.data(Tag(tag)) and not self.items(tag)

    def vr(self, tag: int) -> str:  # noqa: ARG002 - a plain value has none of its own
        return ""

    def texts(self, tag: int) -> tuple[str, ...]:
        text = self._text(tag)
        entry = find_element(tag)
        if not text or (entry is not None and entry.vr == "SQ"):
            return ()
        if entry is not None and entry.vr in {"LT", "ST", "UT", "UR"}:
            return (text,)
        return tuple(part.strip(" ") for part in text.split("\\"))

    def field(self, tag: int) -> bytes | str | None:
        return self._text(tag)

    def length(self, tag: int) -> int | None:
        data = self._access.data(Tag(tag))
        return None if data is None else len(data)

    def fragments(self, tag: int) -> int | None:  # noqa: ARG002 - its values are not encapsulated
        return None

    def items(self, tag: int) -> AbstractSequence[View]:
        if self._access.items is None:
            return ()
        found = self._access.items(Tag(tag))
        return [AccessorsView(one) for one in found] if found is not None else ()

    def problems(self, tag: int) -> list[tuple[str, str]]:
        return _rules_of(tag, self.texts(tag))


# Tracebacks, reprs and pickles name the place that users import from
Accessors.__module__ = "dicom_core.validate"
