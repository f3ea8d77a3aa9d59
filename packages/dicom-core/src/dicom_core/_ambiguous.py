"""The VR of elements where the dictionary leaves a choice (PS3.5 A.1 and 8, PS3.3 C.7.6.3 and C.11)."""

from functools import lru_cache
from typing import Final, Protocol

from dicom_dict import find_element, vr_by_tag

__all__ = ["SINGLE", "SINGLE_KNOWN", "Context", "implicit_vr", "public_vrs", "vr_for_writing"]

_LUT_DATA = 0x00283006
_PIXEL_DATA = 0x7FE00010
_WAVEFORM_TEXT = frozenset((0x54000110, 0x54000112, 0x5400100A, 0x54001010))


class Context(Protocol):
    """What a data set tells about itself when a VR depends on it."""

    def signed(self) -> bool:
        """Whether Pixel Representation (0028,0103), here or above, is 1."""
        ...

    def unsigned_short(self, tag: int) -> int | None:
        """The first US value of an element, or None."""
        ...


def implicit_vr(tag: int, context: Context, private: str = "UN") -> str:
    """The VR of an element in implicit VR (PS3.5 A.1); ``private`` is that of a private element."""
    vr = public_vrs().get(tag)
    if not vr:
        vr = _unlisted(tag)
        if not vr:
            return private if tag & 0x10000 else "UN"
    if " " in vr:
        return _choose(tag, vr, context)
    return vr


def vr_for_writing(tag: int, context: Context) -> str:
    """The VR to give to an element that is set without one; empty where the dictionary knows none."""
    vr = public_vrs().get(tag) or _unlisted(tag)
    if not vr:
        return ""
    if vr == "OB OW":
        allocated = context.unsigned_short(0x00280100)
        if tag in _WAVEFORM_TEXT:
            allocated = context.unsigned_short(0x54001004) or allocated
        # PS3.5 A.2: OB or OW up to 8 bits, OW above; overlays are words (8.1.2)
        return "OB" if tag >> 24 != 0x60 and allocated is not None and allocated <= 8 else "OW"
    if " " in vr:
        return _choose(tag, vr, context)
    return vr


def _choose(tag: int, choice: str, context: Context) -> str:
    if choice == "US SS":
        return "SS" if context.signed() else "US"
    if tag == _LUT_DATA and context.unsigned_short(0x00283002) == 1:
        return "US"  # a table of one entry is one number
    return "OW"


@lru_cache(maxsize=1)
def public_vrs() -> dict[int, str]:
    """The VR of each public element as the dictionary gives it, choices as ``US SS``."""
    # A plain dict: a look-up through a mapping proxy costs a third more.
    return dict(vr_by_tag())


@lru_cache(maxsize=4096)
def _unlisted(tag: int) -> str:
    """The VR of what is not in the table by its tag: group lengths, creators, repeating groups."""
    if not tag & 0xFFFF:
        return "UL"  # group length, PS3.5 7.2
    if tag & 0x10000:
        return "LO" if 0x10 <= tag & 0xFFFF <= 0xFF else ""  # private creator, PS3.5 7.8.1
    entry = find_element(tag)
    return " ".join(entry.vrs) if entry is not None else ""


SINGLE_KNOWN: Final[dict[int, bool]] = {}
"""What `SINGLE` was asked before: a look-up here takes half the time."""


class _Single(dict[int, bool]):
    """Whether the dictionary says VM 1; of what it does not know, only private creators are.

    A memo of facts of the dictionary, bounded.
    """

    __slots__ = ()

    def __missing__(self, tag: int) -> bool:
        entry = find_element(tag)
        creator = bool(tag & 0x10000) and 0x10 <= tag & 0xFFFF <= 0xFF
        known = creator or not tag & 0xFFFF if entry is None else entry.vm.is_single
        if len(self) >= 20_000:
            self.clear()
            SINGLE_KNOWN.clear()
        self[tag] = SINGLE_KNOWN[tag] = known
        return known


SINGLE: Final = _Single()
