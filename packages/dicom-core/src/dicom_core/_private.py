"""Private elements by their creator (PS3.5 7.8): find, reserve, read and write blocks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import Tag

from ._errors import MissingElement, WriteError
from ._index import Stored, all_tags, charset_in, path_of, raw_element

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["PrivateBlock", "PrivateDictionary", "PrivateEntry", "private_blocks"]

FIRST, LAST = 0x10, 0xFF


class PrivateEntry(NamedTuple):
    """What is known of a private element."""

    vr: str
    name: str = ""
    vm: str = "1"


class PrivateDictionary:
    """The private elements of some creators, given to a read by `ReadOptions`.

    Keys are (creator, group, element byte): ``{("ACME 1.1", 0x0029, 0x10): PrivateEntry("SQ")}``.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[tuple[str, int, int], PrivateEntry]) -> None:
        self._entries = dict(entries)

    def find(self, creator: str, group: int, element: int) -> PrivateEntry | None:
        """The entry of an element by the low byte of its number."""
        return self._entries.get((creator, group, element & 0xFF))

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __reduce__(self) -> tuple[object, ...]:
        return PrivateDictionary, (self._entries,)


def creator_of(node: Stored, tag: int) -> str | None:
    """The creator that reserved the block of a private element, or None (PS3.5 7.8.1)."""
    block = tag >> 8 & 0xFF
    if not tag & 0x10000 or block < FIRST:
        return None
    found = raw_element(node, (tag & 0xFFFF0000) | block)
    if found is None:
        return None
    return (found.charset or charset_in(node)).decode(found.raw(1 << 16), "LO").strip(" \0")


def private_entry(node: Stored, tag: int) -> PrivateEntry | None:
    """What the dictionaries of the read know of a private element."""
    dictionaries = node._frame.reading.options.private
    if not dictionaries:
        return None
    creator = creator_of(node, tag)
    if creator is None:
        return None
    for dictionary in dictionaries:
        entry = dictionary.find(creator, tag >> 16, tag)
        if entry is not None:
            return entry
    return None


def private_vr(node: Stored, tag: int) -> str | None:
    """The VR of a private element as the dictionaries of the read know it."""
    entry = private_entry(node, tag)
    return None if entry is None else entry.vr


class PrivateBlock:
    """The up to 256 elements that one creator reserved in one group of a data set.

    A mapping from the low byte of the element number to the value.
    """

    __slots__ = ("_dataset", "creator", "group", "number")

    def __init__(self, dataset: "Dataset", group: int, number: int, creator: str) -> None:
        self._dataset = dataset
        self.group: Final = group
        self.number: Final = number
        self.creator: Final = creator

    def tag(self, element: int) -> Tag:
        """The full tag of an element of the block."""
        if not 0 <= element <= 0xFF:
            raise ValueError(f"an element of a private block is 00 to FF, not {element:X}")
        return Tag(self.group, self.number << 8 | element)

    def __getitem__(self, element: int) -> object:
        return self._dataset[self.tag(element)]

    def get(self, element: int, default: object = None) -> object:
        """The value, or ``default`` when the element is absent."""
        return self._dataset.get(self.tag(element), default)

    def set(self, element: int, vr: str, value: object) -> None:
        """Set an element with its VR."""
        self._dataset.set(self.tag(element), vr, value)

    def __delitem__(self, element: int) -> None:
        del self._dataset[self.tag(element)]

    def __contains__(self, element: int) -> bool:
        return self.tag(element) in self._dataset

    def __iter__(self) -> Iterator[int]:
        low = self.tag(0)
        return iter([tag & 0xFF for tag in all_tags(self._dataset) if low <= tag <= low + 0xFF])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def remove(self) -> None:
        """Delete all elements of the block and its reservation."""
        for element in self:
            del self[element]
        del self._dataset[Tag(self.group, self.number)]

    def __repr__(self) -> str:
        return f"<PrivateBlock ({self.group:04X},{self.number:02X}xx): {len(self)} elements>"


class PrivateBlocks:
    """The private blocks of one data set."""

    __slots__ = ("_dataset",)

    def __init__(self, dataset: "Dataset") -> None:
        self._dataset = dataset

    def __iter__(self) -> Iterator[PrivateBlock]:
        for tag in all_tags(self._dataset):
            if tag & 0x10000 and FIRST <= tag & 0xFFFF <= LAST:
                creator = creator_of(self._dataset, (tag & 0xFFFF0000) | (tag & 0xFF) << 8)
                yield PrivateBlock(self._dataset, tag >> 16, tag & 0xFF, creator or "")

    def find(self, group: int, creator: str) -> PrivateBlock | None:
        """The first block that a creator reserved in a group, or None."""
        _check_group(group)
        for block in self:
            if block.group == group and block.creator == creator:
                return block
        return None

    def block(self, group: int, creator: str) -> PrivateBlock:
        """The same; `MissingElement` when there is none."""
        found = self.find(group, creator)
        if found is None:
            raise MissingElement(Tag(group, FIRST), path=path_of(self._dataset))
        return found

    def reserve(self, group: int, creator: str) -> PrivateBlock:
        """The creator's block; the first free one is reserved where there is none (PS3.5 7.8.1)."""
        found = self.find(group, creator)
        if found is not None:
            return found
        taken = set(self._taken(group))
        for number in range(FIRST, LAST + 1):
            if number not in taken:
                self._dataset.set(Tag(group, number), "LO", creator)
                return PrivateBlock(self._dataset, group, number, creator)
        raise WriteError(
            f"all private blocks of group {group:04X} are taken", path=path_of(self._dataset)
        )

    def _taken(self, group: int) -> Iterable[int]:
        """Blocks with a creator, and blocks in use without one."""
        for tag in all_tags(self._dataset):
            if tag >> 16 == group:
                element = tag & 0xFFFF
                yield element if element <= LAST else element >> 8


def _check_group(group: int) -> None:
    if not group & 1 or not 0x0009 <= group <= 0xFFFD:
        raise ValueError(f"{group:04X} is no private group: odd, from 0009 on (PS3.5 7.8)")


def private_blocks(dataset: "Dataset") -> PrivateBlocks:
    """The private blocks of a data set: to find, reserve, read and write by creator."""
    return PrivateBlocks(dataset)


# Tracebacks, reprs and pickles name the place that users import from
PrivateEntry.__module__ = PrivateDictionary.__module__ = PrivateBlock.__module__ = "dicom_core"
private_blocks.__module__ = "dicom_core"
