"""Putting texts and elements into a data set as they are, and finding private ones there."""

from typing import TYPE_CHECKING, Final

from dicom_dict import Tag

from .._dataset import UTF8
from .._index import GivenElement, RawElement, charset_in, raw_element
from .._kernel import EXPLICIT
from .._private import creator_of
from .._sequence import Sequence

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["copy_element", "put_text", "stored_tag"]

# What in explicit VR says its VR itself, and is neither long nor nested
_SHORT: Final = frozenset((
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "PN", "SH", "SL", "SS", "SV", "TM", "UI", "UL", "US", "UV",
))  # fmt: skip


def put_text(target: "Dataset", tag: int, vr: str, text: str) -> None:
    """An element whose text breaks the rule of its VR, as keys do: wild cards in codes, ranges, quotation marks."""
    raw = text.encode("utf-8")
    if len(raw) & 1:
        raw += b"\0" if vr == "UI" else b" "
    target._edited()[int(tag)] = RawElement(vr, raw, 0, len(raw), EXPLICIT, charset=UTF8)
    target._values.pop(int(tag), None)


def copy_element(source: "Dataset", tag: int, target: "Dataset", to: int) -> bool:
    """Copy an element as it is, undecodable texts too; False where there is none."""
    found = raw_element(source, tag)
    if found is None:
        return False
    if found.encoding == EXPLICIT and found.vr in _SHORT and not (found.undefined or found.handle):
        # Most elements of most answers: a third of the time of a `DataElement`
        kind = GivenElement if type(found) is GivenElement else RawElement
        charset = found.charset or charset_in(source)
        made = kind(found.vr, found.buf, found.start, found.stop, EXPLICIT, charset)
        target._edited()[int(to)] = made
        target._values.pop(int(to), None)
        return True
    element = source.element(tag)
    if element.vr == "SQ":
        value = element.value
        assert isinstance(value, Sequence)
        target.set(to, "SQ", [item.copy() for item in value])
    else:
        target[to] = element
    return True


def stored_tag(dataset: "Dataset", tag: int, creator: str | None) -> int:
    """The tag that an attribute has in a data set: a private one is where its creator's block is (PS3.5 7.8.1)."""
    if creator is None or creator_of(dataset, tag) == creator:
        return tag
    group = tag & 0xFFFF0000
    for other in dataset:
        if other & 0xFFFF0000 == group and 0x10 <= other & 0xFFFF <= 0xFF:
            there = group | (other & 0xFF) << 8 | tag & 0xFF
            if creator_of(dataset, there) == creator:
                return Tag(there)
    return tag
