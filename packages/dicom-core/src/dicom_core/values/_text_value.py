"""What the values that keep their text have in common."""

__all__ = ["TextValue"]


class TextValue:
    """A value with the characters it was read from or is written with."""

    __slots__ = ("_text",)
    _text: str

    @property
    def text(self) -> str:
        """The characters the value was read from or is written with."""
        return self._text

    def __str__(self) -> str:
        return self._text.strip(" \0")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self._text,))
