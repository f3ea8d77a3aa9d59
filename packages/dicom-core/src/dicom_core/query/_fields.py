"""Paths of attributes that are wanted, in data sets."""

from typing import TYPE_CHECKING

from dicom_dict import Tag, find_element

from .._sequence import Sequence

if TYPE_CHECKING:
    from .._dataset import Dataset

__all__ = ["place", "vr_of_tag"]


def vr_of_tag(tag: int) -> str:
    """The VR of the dictionary, or empty where it has none."""
    entry = find_element(tag)
    return str(entry.vr) if entry is not None and entry.vr is not None else ""


def place(identifier: "Dataset", path: tuple[Tag, ...]) -> None:
    """Ask for the attribute of a path by a universal key, beside the keys that are there."""
    from .._dataset import Dataset

    target = identifier
    for tag in path[:-1]:
        items = target.get(tag)
        if not isinstance(items, Sequence) or not items:
            if tag in target:
                return  # the whole sequence is asked for already
            item = Dataset()
            target.set(tag, "SQ", [item])
            items = target[tag]
        assert isinstance(items, Sequence)
        target = items[0]
    if path[-1] not in target:
        target.set(path[-1], vr_of_tag(path[-1]) or "UN", None)
