"""Private elements: removed, or kept where they are known to be safe (PS3.15 E.3.10)."""

from typing import TYPE_CHECKING

from .._sequence import Sequence

if TYPE_CHECKING:
    from dicom_dict import PrivateElement

    from .._dataset import Dataset
    from ._profile import Profile

__all__ = ["kept_private", "path_part"]

_CHARACTERISTICS = 0x00080300


def kept_private(dataset: "Dataset", profile: "Profile") -> "dict[int, PrivateElement | None]":
    """The private elements of one level that stay, creators among them, with what is known of each."""
    kept: dict[int, PrivateElement | None] = {}
    declared = _declared(dataset) if profile.declared_safe else {}
    for tag in dataset:
        number = tag & 0xFFFF
        if not tag & 0x10000 or number < 0x1000:
            continue
        block = tag & 0xFFFF0000 | number >> 8
        creator = dataset.element(block).text.strip(" \0") if block in dataset else ""
        if not creator:
            continue
        known = profile.safe_private.find(creator, tag)
        if known is None and not _is_declared(declared, creator, tag):
            continue
        if known is not None and not _fits(dataset.element(tag).vr, known):
            continue  # not what is known to be safe, whatever it is
        kept[tag] = known
        kept[block] = None
    return kept


def _fits(vr: str, known: "PrivateElement") -> bool:
    """Whether an element has a VR that it is known with; UN says nothing, and may not hide a sequence."""
    return vr in known.vrs or not known.vrs or (vr == "UN" and "SQ" not in known.vrs)


def path_part(tag: int) -> str:
    """The tag of a private element as reports name it: the block says where, not what."""
    if tag & 0x10000 and tag & 0xFFFF >= 0x1000:
        return f"({tag >> 16:04X},xx{tag & 0xFF:02X})"
    group, element = tag >> 16, tag & 0xFFFF
    return f"({group:04X},{element:04X})"


def _is_declared(
    declared: dict[tuple[int, str], frozenset[int] | None], creator: str, tag: int
) -> bool:
    block = declared.get((tag >> 16, creator), frozenset())
    return block is None or tag & 0xFF in block


def _declared(dataset: "Dataset") -> dict[tuple[int, str], frozenset[int] | None]:
    """What the data set itself says (PS3.3 C.12.1.1.7): the safe elements of each block, None for all."""
    found: dict[tuple[int, str], frozenset[int] | None] = {}
    blocks = dataset.get(_CHARACTERISTICS)
    if not isinstance(blocks, Sequence):
        return found
    for item in blocks:
        group = item.get(0x00080301)
        creator = item.element(0x00080302).text.strip(" \0") if 0x00080302 in item else ""
        if not isinstance(group, int) or not creator:
            continue
        status = item.element(0x00080303).text.strip(" \0") if 0x00080303 in item else ""
        safe = item.get(0x00080304)
        if status == "SAFE":
            found[group, creator] = None
        elif status == "MIXED" and isinstance(safe, tuple):
            found[group, creator] = frozenset(int(one) & 0xFF for one in safe)
    return found
