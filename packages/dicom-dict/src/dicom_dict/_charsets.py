"""The defined terms of Specific Character Set (0008,0005): PS3.3 C.12.1.1.2, tables C.12-2 to C.12-5."""

from collections.abc import Mapping
from enum import StrEnum, unique
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from ._errors import UnknownEntry

__all__ = [
    "CharacterSet",
    "CharacterSetKind",
    "CodeElement",
    "character_set",
    "character_sets",
    "escape_sequences",
    "find_character_set",
]


@unique
class CharacterSetKind(StrEnum):
    """Which of the four tables a defined term stands in."""

    SINGLE_BYTE = "single-byte"
    """Alone, without code extensions (C.12-2)."""
    SINGLE_BYTE_EXTENSIBLE = "single-byte extensible"
    """With code extensions, as any value (C.12-3)."""
    MULTI_BYTE_EXTENSIBLE = "multi-byte extensible"
    """With code extensions, as any value but the first (C.12-4)."""
    MULTI_BYTE = "multi-byte"
    """Alone, without code extensions (C.12-5)."""


class CodeElement(NamedTuple):
    """A set of characters that a defined term places in one half of the code table (PS3.5 6.1.2)."""

    element: str
    """``G0``, invoked in the lower half, or ``G1``, in the upper half."""
    registration: str
    """Its number in the ISO register, such as ``ISO-IR 100``."""
    escape: bytes
    """What designates it, with the ESC; empty where code extensions are not allowed."""
    characters: int
    """How many characters it has."""
    bytes_per_character: int
    standard: str
    """What defines it, such as ``JIS X 0208: Kanji``."""


class CharacterSet(NamedTuple):
    """What a defined term stands for."""

    term: str
    """Empty for the default repertoire, which an absent or empty value means."""
    description: str
    kind: CharacterSetKind
    code_elements: tuple[CodeElement, ...]
    """G0 before G1; none for UTF-8, GB18030 and GBK."""

    @property
    def has_code_extensions(self) -> bool:
        """Whether escape sequences may switch to and from it (PS3.5 6.1.2.5)."""
        return self.kind.value.endswith("extensible")

    @property
    def g0(self) -> CodeElement | None:
        """What it places in the lower half."""
        return next((element for element in self.code_elements if element.element == "G0"), None)

    @property
    def g1(self) -> CodeElement | None:
        """What it places in the upper half."""
        return next((element for element in self.code_elements if element.element == "G1"), None)


@cache
def _sets() -> Mapping[str, CharacterSet]:
    from ._generated.charsets import ROWS

    found: dict[str, CharacterSet] = {}
    for line in ROWS.splitlines():
        term, kind, description, *rest = line.split("\t")
        known = found.get(term) or CharacterSet(term, description, CharacterSetKind(kind), ())
        elements = (*known.code_elements, *_code_elements(rest))
        found[term] = known._replace(code_elements=tuple(sorted(elements)))
    return MappingProxyType(found)


def _code_elements(fields: list[str]) -> tuple[CodeElement, ...]:
    element, registration, escape, characters, count, standard = fields
    if not element:
        return ()
    code = bytes.fromhex(escape)
    return (CodeElement(element, registration, code, int(characters), int(count), standard),)


def character_sets() -> tuple[CharacterSet, ...]:
    """Every character set, in the order of the tables; the default repertoire first."""
    return tuple(_sets().values())


def find_character_set(term: str) -> CharacterSet | None:
    """The character set of a value of Specific Character Set, or None. Blanks around it do not count."""
    return _sets().get(term.strip(" \0"))


def character_set(term: str) -> CharacterSet:
    """The character set of a value of Specific Character Set; ``UnknownEntry`` names the nearest terms.

    >>> character_set("ISO 2022 IR 87").g0.escape
    b'\\x1b$B'
    >>> character_set("").description
    'Default repertoire'
    """
    found = find_character_set(term)
    if found is None:
        from ._nearest import nearest

        raise UnknownEntry("defined term of Specific Character Set", term, nearest(term, _sets()))
    return found


@cache
def escape_sequences() -> Mapping[bytes, CodeElement]:
    """Escape sequence -> the code element that it designates; a sequence means the same in every term."""
    return MappingProxyType(
        {
            element.escape: element
            for known in character_sets()
            for element in known.code_elements
            if element.escape
        }
    )


# Tracebacks, reprs and pickles name the place that users import from
CharacterSetKind.__module__ = CodeElement.__module__ = CharacterSet.__module__ = "dicom_dict"
character_sets.__module__ = find_character_set.__module__ = "dicom_dict"
character_set.__module__ = "dicom_dict"
