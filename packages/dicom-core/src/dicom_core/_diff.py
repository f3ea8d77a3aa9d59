"""Comparing data sets: equality by value, and the list of differences."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from dicom_dict import Tag

from ._element import DataElement, comparable
from ._index import all_tags, charset_in, raw_element
from ._sequence import Sequence

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["Difference", "diff", "equal"]


class Difference(NamedTuple):
    """One element that one data set has and the other has not, or has with another VR or value."""

    kind: Literal["added", "removed", "changed"]
    path: str
    tag: Tag
    old: DataElement | None
    new: DataElement | None

    def __str__(self) -> str:
        return f"{self.kind} {self.path}"


def equal(left: "Dataset", right: "Dataset") -> bool:
    """Whether both have the same elements with the same VRs and values, however they are encoded."""
    pairs = [(left, right)]
    while pairs:
        mine, theirs = pairs.pop()
        if mine is theirs:
            continue
        tags = all_tags(mine)
        if tags != all_tags(theirs):
            return False
        for tag in tags:
            a, b = mine.element(tag), theirs.element(tag)
            if a.vr != b.vr:
                return False
            if a.vr == "SQ":
                one, other = a.value, b.value
                assert isinstance(one, Sequence)
                assert isinstance(other, Sequence)
                if len(one) != len(other):
                    return False
                pairs.extend(zip(one, other, strict=True))
            elif not _same_value(mine, theirs, a, b):
                return False
    return True


def _same_value(mine: "Dataset", theirs: "Dataset", a: DataElement, b: DataElement) -> bool:
    one, other = raw_element(mine, a.tag), raw_element(theirs, b.tag)
    if (
        one is not None
        and other is not None
        and one.encoding == other.encoding
        and one.undefined == other.undefined
        and not one.undefined
        and a.raw == b.raw
        and (one.charset or charset_in(mine)) == (other.charset or charset_in(theirs))
    ):
        return True
    return comparable(a) == comparable(b)


def diff(old: "Dataset", new: "Dataset") -> list[Difference]:
    """What changed from one to the other, in the order of the tags, items one by one."""
    found: list[Difference] = []
    stack = [_level(old, new, "", found)]
    while stack:
        below = next(stack[-1], None)
        if below is None:
            stack.pop()
        else:
            stack.append(_level(*below, found))
    return found


Pair: TypeAlias = "tuple[Dataset, Dataset, str]"


def _level(old: "Dataset", new: "Dataset", place: str, found: list[Difference]) -> "Iterator[Pair]":
    """Compare one level; gives the items to compare where they stand."""
    before, after = set(all_tags(old)), set(all_tags(new))
    for tag in sorted(before | after):
        path = f"{place}.{Tag(tag)}" if place else str(Tag(tag))
        a = old.element(tag) if tag in before else None
        b = new.element(tag) if tag in after else None
        if a is None or b is None:
            found.append(Difference("removed" if b is None else "added", path, Tag(tag), a, b))
        elif a.vr == b.vr == "SQ":
            yield from _items(a, b, path, found)
        elif a.vr != b.vr or not _same_value(old, new, a, b):
            found.append(Difference("changed", path, Tag(tag), a, b))


def _items(a: DataElement, b: DataElement, path: str, found: list[Difference]) -> "Iterator[Pair]":
    one, other = a.value, b.value
    assert isinstance(one, Sequence)
    assert isinstance(other, Sequence)
    if len(one) != len(other):
        found.append(Difference("changed", path, a.tag, a, b))
        return
    for number, (left, right) in enumerate(zip(one, other, strict=True)):
        yield left, right, f"{path}[{number}]"


# Tracebacks, reprs and pickles name the place that users import from
Difference.__module__ = "dicom_core"
