"""Data element tags (PS3.5 7.1): a 32-bit number with a group and an element half."""

from typing import Self

from ._errors import TagFormatError

__all__ = ["Tag", "tag_number"]

_HEX = frozenset("0123456789abcdefABCDEF")


class Tag(int):
    """A data element tag; an ``int``, so it sorts, hashes and compares as its 32-bit number.

    >>> Tag(0x0010, 0x0010) == Tag("(0010,0010)") == Tag("PatientName") == 0x00100010
    True
    """

    __slots__ = ()

    def __new__(cls, tag: "int | str | tuple[int, int]", element: int | None = None) -> Self:
        if isinstance(tag, str):
            if element is not None:
                raise TagFormatError((tag, element))
            return int.__new__(cls, _number(tag))
        if isinstance(tag, tuple):
            if element is not None or len(tag) != 2:
                raise TagFormatError(tag)
            tag, element = tag
        if element is not None:
            if not (0 <= tag <= 0xFFFF and 0 <= element <= 0xFFFF):
                raise TagFormatError((tag, element))
            return int.__new__(cls, tag << 16 | element)
        if not 0 <= tag <= 0xFFFFFFFF:
            raise TagFormatError(tag)
        return int.__new__(cls, tag)

    @property
    def group(self) -> int:
        """The upper half."""
        return self >> 16

    @property
    def element(self) -> int:
        """The lower half."""
        return self & 0xFFFF

    @property
    def is_private(self) -> bool:
        """Whether the group is odd (PS3.5 7.8)."""
        return bool(self & 0x10000)

    @property
    def is_private_creator(self) -> bool:
        """Whether this element reserves a block of private elements (PS3.5 7.8.1)."""
        return bool(self & 0x10000) and 0x10 <= self & 0xFFFF <= 0xFF

    @property
    def private_block(self) -> int | None:
        """Of a private element, its block (0x10 to 0xFF); of anything else, None (PS3.5 7.8.1)."""
        block = self >> 8 & 0xFF
        return block if self & 0x10000 and block >= 0x10 else None

    @property
    def is_group_length(self) -> bool:
        """Whether the element number is zero (PS3.5 7.2)."""
        return not self & 0xFFFF

    @property
    def is_repeater(self) -> bool:
        """Whether the group is one of a repeating group: 5000-50FF or 6000-60FF, even (PS3.5 7.6)."""
        return (self >> 24) in {0x50, 0x60} and not self & 0x10000

    @property
    def keyword(self) -> str | None:
        """The keyword of the standard's data dictionary, or None where it has none."""
        from ._elements import find_element

        entry = find_element(self)
        return entry.keyword or None if entry is not None else None

    def __str__(self) -> str:
        return f"({self >> 16:04X},{self & 0xFFFF:04X})"

    def __repr__(self) -> str:
        return f"Tag('{self >> 16:04X},{self & 0xFFFF:04X}')"


def tag_number(text: str) -> int | None:
    """The number that a tag text stands for; None where it is none of the forms with digits."""
    body = text.strip()
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1]
    if len(body) == 9 and body[4] == ",":
        body = body[:4] + body[5:]
    return int(body, 16) if len(body) == 8 and _HEX.issuperset(body) else None


def _number(text: str) -> int:
    """The number that a tag text or a keyword stands for."""
    number = tag_number(text)
    if number is not None:
        return number
    body = text.strip()
    if body.isidentifier():
        from ._elements import element

        return element(body).tag  # an unknown keyword says so itself, with near matches
    raise TagFormatError(text)


# Tracebacks, reprs and pickles name the place that users import from
Tag.__module__ = "dicom_dict"
