"""Private elements (PS3.5 7.8): dictionaries of them as immutable values. There is no global registry."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

from ._errors import DicomError
from ._vm import VM
from ._vr import VR

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["PrivateDictionary", "PrivateDictionaryError", "PrivateElement"]


class PrivateDictionaryError(DicomError, ValueError):
    """A private dictionary cannot be read: ``where`` names the line or entry, ``problem`` what is wrong with it."""

    def __init__(self, where: str, problem: str) -> None:
        self.where = where
        self.problem = problem
        super().__init__(where, problem)

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


class PrivateElement(NamedTuple):
    """What is known of a private element of one creator."""

    creator: str
    """Without the blanks around it, which are not significant (PS3.5 7.8.1)."""
    pattern: str
    """``(0019,xx23)``: in whatever block the creator reserved. ``(0029,1010)``: at this number only.
    ``(6001-60FF,xx01)``: in each odd group of the range."""
    vrs: tuple[VR, ...]
    """More than one where the data set decides, none where the description does not say."""
    vm: VM
    name: str

    @property
    def vr(self) -> VR | None:
        """The VR, the first of them where the data set decides; None where it is not known."""
        return self.vrs[0] if self.vrs else None

    @classmethod
    def make(cls, creator: str, pattern: str, vr: str, vm: str = "1", name: str = "") -> Self:
        """Check and normalise a description.

        >>> PrivateElement.make("ACME", "(0029,xx01)", "US or SS").vr
        <VR.US: 'US'>
        """
        first, last, element, fixed = _parse_pattern(pattern)
        if not creator.strip():
            raise PrivateDictionaryError(pattern, "the private creator is empty")
        groups = f"{first:04X}" if first == last else f"{first:04X}-{last:04X}"
        where = f"{element:04X}" if fixed else f"xx{element:02X}"
        try:
            vrs = tuple(VR(word) for word in vr.replace("/", " ").replace(" or ", " ").split())
            counts = VM.parse(vm)
        except ValueError as error:
            raise PrivateDictionaryError(f"{pattern} of {creator.strip()!r}", str(error)) from None
        return cls(creator.strip(), f"({groups},{where})", vrs, counts, name)


def _parse_pattern(pattern: str) -> tuple[int, int, int, bool]:
    """First and last group, the element number, and whether that is a whole number instead of a low byte."""
    body = pattern.strip()
    body = body[1:-1] if body.startswith("(") and body.endswith(")") else body
    groups, _, element = (part.strip().lower() for part in body.partition(","))
    first, _, last = groups.partition("-")
    relative = element.removeprefix("xx") if element.startswith("xx") else ""
    try:
        numbers = (
            _hex(first, 4),
            _hex(last or first, 4),
            _hex(relative or element, 2 if relative else 4),
        )
    except ValueError:
        numbers = 0, 0, 0
    low, high, number = numbers
    odd = low & 1 and high & 1 and low <= high
    # Below 1000 hex stand the creators themselves (PS3.5 7.8.1).
    if not odd or (not relative and number < 0x1000):
        raise PrivateDictionaryError(
            pattern, "not a private element; write '(0019,xx23)', '(0029,1010)' or '(6001-60FF,xx01)', the groups odd"
        )  # fmt: skip
    return low, high, number, not relative


def _hex(text: str, digits: int) -> int:
    if len(text) != digits or not set(text) <= set("0123456789abcdef"):
        raise ValueError(text)
    return int(text, 16)


# (creator, low byte or whole element number) -> (first group, last group, element), the last added first
_Index = Mapping[tuple[str, int], tuple[tuple[int, int, PrivateElement], ...]]


class _Standard:
    """`PrivateDictionary.STANDARD`, made when it is first asked for."""

    def __get__(self, instance: object, owner: "type[PrivateDictionary]") -> "PrivateDictionary":
        return _standard()


class PrivateDictionary:
    """A dictionary of private elements; immutable, compared by its entries.

    >>> PrivateDictionary.STANDARD.find("GEMS_PARM_01", 0x00431027).name
    'Scan Pitch Ratio in the form "n.nnn:1"'
    """

    __slots__ = ("_elements", "_index")

    STANDARD: ClassVar = _Standard()
    """The safe private attributes of PS3.15 table E.3.10-1."""

    def __init__(self, elements: Iterable[PrivateElement] = ()) -> None:
        index: dict[tuple[str, int], tuple[tuple[int, int, PrivateElement], ...]] = {}
        kept: dict[tuple[str, str], PrivateElement] = {}
        for element in elements:
            # A later entry for the same place replaces the earlier one.
            kept[element.creator, element.pattern] = element
        for element in kept.values():
            first, last, number, _ = _parse_pattern(element.pattern)
            key = element.creator, number
            index[key] = ((first, last, element), *index.get(key, ()))
        self._elements = tuple(kept.values())
        self._index: _Index = index

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, str, str, str]]) -> Self:
        """Make one from (creator, pattern, VR, VM, name)."""
        return cls(PrivateElement.make(*row) for row in rows)

    @classmethod
    def from_json(cls, source: "str | PathLike[str]") -> Self:
        """Make one from a JSON list as `to_json` writes it: its text, or the path of a file."""
        import json

        where = "JSON text" if isinstance(source, str) else str(source)
        text = source if isinstance(source, str) else _read(source)
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise PrivateDictionaryError(where, f"not JSON: {error}") from error
        if not isinstance(data, list):
            raise PrivateDictionaryError(
                where, "expected a list of objects with creator, tag, vr, vm, name"
            )
        return cls(
            _from_object(item, f"{where}, entry {number}") for number, item in enumerate(data)
        )

    def to_json(self) -> str:
        """A JSON list with an object an entry, a line each."""
        import json

        lines = [
            json.dumps(
                {
                    "creator": element.creator,
                    "tag": element.pattern,
                    "vr": " or ".join(element.vrs),
                    "vm": str(element.vm),
                    "name": element.name,
                },
                ensure_ascii=False,
            )
            for element in self._elements
        ]
        return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"

    @classmethod
    def from_text(cls, source: "str | PathLike[str]") -> Self:
        """Make one from the text form that DCMTK's dictionaries use: its text, or the path of a file.

        A line is ``(gggg,"CREATOR",ee)``, VR, name, VM and origin with tabs between; comments begin with #.
        Elements that are not private are left out, since the standard's dictionary has those.
        """
        from ._private_text import parse_text

        text = source if isinstance(source, str) else _read(source)
        return cls(parse_text(text, "line" if isinstance(source, str) else f"{source}, line"))

    def find(self, creator: str, tag: int) -> PrivateElement | None:
        """What is known of the element ``tag`` in a block that ``creator`` reserved, whichever block that is.

        Blanks around the creator do not count (PS3.5 7.8.1). None too for tags that are no private data elements.
        """
        group, number = tag >> 16, tag & 0xFFFF
        if not group & 1 or number < 0x1000:
            return None
        name = creator.strip(" \0")
        for key in (number, number & 0xFF):
            for first, last, element in self._index.get((name, key), ()):
                if first <= group <= last:
                    return element
        return None

    def extended(
        self, elements: "Iterable[PrivateElement] | PrivateDictionary"
    ) -> "PrivateDictionary":
        """This dictionary and more entries; where both know a place, the new entry counts."""
        return PrivateDictionary([*self, *elements])

    def __or__(self, other: "PrivateDictionary") -> "PrivateDictionary":
        return self.extended(other)

    @property
    def creators(self) -> tuple[str, ...]:
        """The private creators, in the order in which they first stand."""
        return tuple(dict.fromkeys(element.creator for element in self._elements))

    def __iter__(self) -> Iterator[PrivateElement]:
        return iter(self._elements)

    def __len__(self) -> int:
        return len(self._elements)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PrivateDictionary):
            return NotImplemented
        return frozenset(self._elements) == frozenset(other._elements)

    def __hash__(self) -> int:
        return hash(frozenset(self._elements))

    def __repr__(self) -> str:
        return f"<PrivateDictionary of {len(self)} elements, {len(self.creators)} creators>"


@cache
def _standard() -> PrivateDictionary:
    from ._generated.private import ROWS

    rows = (line.split("\t") for line in ROWS.splitlines())
    return PrivateDictionary.from_rows(
        (creator, tag, vr, vm, name) for tag, creator, vr, vm, name in rows
    )


def _read(path: "PathLike[str]") -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError as error:
        raise PrivateDictionaryError(str(path), f"not UTF-8 text: {error}") from error


def _from_object(item: object, where: str) -> PrivateElement:
    if not isinstance(item, dict):
        raise PrivateDictionaryError(where, "not an object")
    fields = [
        item.get(key, default)
        for key, default in (("creator", ""), ("tag", ""), ("vr", ""), ("vm", "1"), ("name", ""))
    ]
    if not all(isinstance(field, str) for field in fields):
        raise PrivateDictionaryError(where, "creator, tag, vr, vm and name are texts")
    try:
        return PrivateElement.make(*fields)
    except PrivateDictionaryError as error:
        raise PrivateDictionaryError(where, str(error)) from error


# Tracebacks, reprs and pickles name the place that users import from
PrivateDictionaryError.__module__ = PrivateElement.__module__ = "dicom_dict"
PrivateDictionary.__module__ = "dicom_dict"
