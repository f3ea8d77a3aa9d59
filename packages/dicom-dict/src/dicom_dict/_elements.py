"""The data dictionary: PS3.6 tables 6-1, 7-1, 8-1 and 9-1, and the command dictionary of PS3.7 Annex E.

The generated table is one string. The first look-up splits it once and keeps columns and two
indexes, about 2 ms and 2 MiB; an entry is made when somebody asks for it, and kept.
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from itertools import repeat
from types import MappingProxyType
from typing import NamedTuple

from ._errors import UnknownEntry
from ._tag import Tag, tag_number
from ._vm import VM
from ._vr import VR

__all__ = ["ElementEntry", "element", "elements", "find_element", "vr_by_tag"]

_FIELDS = 4


class ElementEntry(NamedTuple):
    """An entry of the data dictionary."""

    tag: Tag
    """Of an element of a repeating group: the tag asked for, or the lowest one."""
    keyword: str
    """Empty for a few retired elements that have none."""
    name: str
    vrs: tuple[VR, ...]
    """More than one where the data set decides ("US or SS"); none for items and delimiters."""
    vm: VM
    retired: bool
    note: str
    """``DICONDE`` or ``DICOS`` where the element belongs to those standards, else empty."""
    pattern: str
    """Of a repeating element its mask, such as ``60xx3000``; else empty."""

    @property
    def vr(self) -> VR | None:
        """The VR, the first of them where the data set decides; None for items and delimiters."""
        return self.vrs[0] if self.vrs else None


class _Dictionary:
    """The table taken apart: columns, and indexes by tag and keyword."""

    def __init__(self) -> None:
        from ._generated.elements import ROWS

        # One flat split and strided slices build columns without a Python loop over 5,000 rows.
        flat = ROWS.replace("\n", "\t").split("\t")
        flat.pop()
        self.keywords = flat[1::_FIELDS]
        self.names = flat[2::_FIELDS]
        kinds = flat[3::_FIELDS]
        shared: dict[str, str] = {}
        self.kinds = list(map(shared.setdefault, kinds, kinds))
        self.tags = list(map(int, flat[0::_FIELDS], repeat(16)))
        self.row_of_tag = dict(zip(self.tags, range(len(self.tags)), strict=True))
        self.row_of_keyword = dict(zip(self.keywords, range(len(self.keywords)), strict=True))
        self.row_of_keyword.pop("", None)

    def entry(self, row: int, tag: int | None = None) -> ElementEntry:
        vrs, vm, flags, pattern = self.kinds[row].split("|")
        retired, _, note = flags.partition(" ")
        return ElementEntry(
            Tag(self.tags[row] if tag is None else tag),
            self.keywords[row],
            self.names[row],
            tuple(VR(vr) for vr in vrs.split()),
            VM.parse(vm),
            retired == "R",
            note,
            pattern,
        )

    @cached_property
    def masks(self) -> list[tuple[int, int, int]]:
        """Of each repeating element its mask, the value under it, and its row; the narrowest mask first."""
        found = []
        for row, kind in enumerate(self.kinds):
            pattern = kind.rpartition("|")[2]
            if pattern:
                mask = int("".join("0" if digit == "x" else "F" for digit in pattern), 16)
                found.append((mask, self.tags[row] & mask, row))
        return sorted(found, key=lambda mask: (-mask[0].bit_count(), mask[1]))

    def row_of_repeater(self, tag: int) -> int | None:
        """The row of the repeating element whose mask fits. Odd groups are private (PS3.5 7.8)."""
        if tag & 0x10000:
            return None
        for mask, value, row in self.masks:
            if tag & mask == value:
                return row
        return None

    def find(self, key: int | str) -> ElementEntry | None:
        if isinstance(key, str):
            row = self.row_of_keyword.get(key)
            if row is None:
                row = _rows_by_name().get(key)
            if row is not None:
                return self.entry(row)
            number = tag_number(key)
            if number is None:
                return None
            key = number
        row = self.row_of_tag.get(key)
        if row is not None:
            return self.entry(row)
        row = self.row_of_repeater(key)
        return None if row is None else self.entry(row, key)


@cache
def _dictionary() -> _Dictionary:
    return _Dictionary()


@cache
def _rows_by_name() -> dict[str, int]:
    names = _dictionary().names
    return dict(zip(reversed(names), range(len(names) - 1, -1, -1), strict=True))


# Entries that were asked for. A memo of an immutable table: bounded by the table for keywords and
# plain tags; of repeating groups there are at most 2**16 concrete tags a mask, kept up to a bound.
_MEMO: dict[int | str, ElementEntry] = {}
_MEMO_BOUND = 20_000


def find_element(key: int | str) -> ElementEntry | None:
    """The entry of a tag (a number or its text), a keyword or a name, or None."""
    entry = _MEMO.get(key)
    if entry is None:
        entry = _dictionary().find(key)
        if entry is not None and len(_MEMO) < _MEMO_BOUND:
            _MEMO[key] = entry
    return entry


def element(key: int | str) -> ElementEntry:
    """The entry of a tag (a number or any text that `Tag` takes), a keyword or a name.

    ``UnknownEntry`` names the nearest ones where there is none.

    >>> element("PatientName").vr
    <VR.PN: 'PN'>
    """
    try:
        return _MEMO[key]
    except KeyError:
        entry = find_element(key)
    if entry is None:
        raise _unknown(key)
    return entry


def _unknown(key: int | str) -> UnknownEntry:
    if isinstance(key, str) and (number := tag_number(key)) is not None:
        key = number
    if isinstance(key, str):
        from ._nearest import nearest

        return UnknownEntry("data element", key, nearest(key, _dictionary().keywords))
    tag = Tag(key)
    near = [Tag(known) for known in _nearest_tags(tag)]
    return UnknownEntry("data element", str(tag), [f"{known} {known.keyword}" for known in near])


def _nearest_tags(tag: Tag) -> list[int]:
    """The two neighbours of a tag in its group."""
    from bisect import bisect_left

    tags = sorted(_dictionary().tags)
    at = bisect_left(tags, tag)
    return [known for known in tags[max(at - 1, 0) : at + 1] if known >> 16 == tag.group]


def elements() -> Iterator[ElementEntry]:
    """Every entry, in the order of the tags; of a repeating element its lowest tag."""
    table = _dictionary()
    return (table.entry(row) for row in range(len(table.tags)))


@cache
def vr_by_tag() -> Mapping[int, str]:
    """The VR of each public element, for reading implicit VR data sets fast.

    Where the standard leaves a choice, the text is the whole choice, such as ``US SS``. Elements of
    repeating groups are not here: ask `find_element`.
    """
    table = _dictionary()
    vrs = {kind: kind.partition("|")[0] for kind in set(table.kinds)}
    return MappingProxyType(dict(zip(table.tags, map(vrs.__getitem__, table.kinds), strict=True)))


# Tracebacks, reprs and pickles name the place that users import from
ElementEntry.__module__ = find_element.__module__ = element.__module__ = "dicom_dict"
elements.__module__ = "dicom_dict"
