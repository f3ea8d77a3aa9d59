"""What the ranges of DA, TM and DT have in common (PS3.4 C.2.2.2.5)."""

from typing import ClassVar, Generic, Self, TypeVar

from ._errors import InvalidValue

__all__ = ["ValueRange"]

T = TypeVar("T")
_new = object.__new__


class ValueRange(Generic[T]):
    """A range in a query, open on at most one side, that keeps its text."""

    __slots__ = ("_end", "_start", "_text")
    _start: T | None
    _end: T | None
    _text: str

    VR: ClassVar[str]
    RULE: ClassVar[str]

    def __new__(cls, start: T | None, end: T | None) -> Self:
        return cls._make(start, end, f"{start or ''}-{end or ''}")

    @classmethod
    def _make(cls, start: T | None, end: T | None, text: str) -> Self:
        if start is None and end is None:
            raise InvalidValue(cls.VR, text, cls.RULE)
        if start is not None and end is not None and not cls._in_order(start, end):
            raise InvalidValue(cls.VR, text, cls.RULE)
        self = _new(cls)
        self._start = start
        self._end = end
        self._text = text
        return self

    @classmethod
    def _in_order(cls, start: T, end: T) -> bool:
        """Whether the end is not before the start."""
        raise NotImplementedError

    @classmethod
    def _one(cls, text: str) -> T:
        """The value of one side."""
        raise NotImplementedError

    @classmethod
    def parse(cls, text: str) -> Self:
        """The range that a text says: two values with a hyphen between, or one with a hyphen beside it."""
        body = text.strip(" \0")
        first, dash, last = body.partition("-")
        if not dash or "-" in last:
            raise InvalidValue(cls.VR, text, cls.RULE)
        start = cls._one(first.rstrip(" ")) if first else None
        end = cls._one(last.lstrip(" ")) if last else None
        return cls._make(start, end, text)

    @property
    def start(self) -> T | None:
        """Where it begins, or None where the range is open."""
        return self._start

    @property
    def end(self) -> T | None:
        """Where it ends, this value included, or None where the range is open."""
        return self._end

    @property
    def text(self) -> str:
        """The characters the value was read from or is written with."""
        return self._text

    def __str__(self) -> str:
        return self._text.strip(" \0")

    def __repr__(self) -> str:
        return f"{type(self).__name__}.parse({self._text!r})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self._start, self._end) == (other._start, other._end)

    def __hash__(self) -> int:
        return hash((self._start, self._end))

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self).parse, (self._text,))
