"""Headers of elements in little endian (PS3.5 7.1.2, 7.1.3), and elements that are ready to be written."""

from collections.abc import Callable
from struct import Struct, pack
from typing import Final, NamedTuple

from dicom_dict import Tag

from ._kernel import LONG as LONG_CODES
from ._kernel import NAMES, UNDEFINED

__all__ = ["EXPLICIT_FORMS", "IMPLICIT_FORMS", "LONG", "TEXTS", "Form", "Heads"]

LONG: Final = frozenset(vr.decode() for vr in LONG_CODES)
TEXTS: Final = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
_REMEMBERED: Final = 20_000  # tags, in each memo


class Heads(dict[int, bytes]):
    """Tag -> its header up to the length, of one VR. A bounded memo of pure facts."""

    __slots__ = ("_code",)

    def __init__(self, code: bytes) -> None:
        self._code = code

    def __missing__(self, tag: int) -> bytes:
        if not 0 <= tag <= 0xFFFFFFFF:
            Tag(tag)  # raises and says what a tag is
        if len(self) >= _REMEMBERED:
            self.clear()
        head = self[tag] = pack("<HH", tag >> 16, tag & 0xFFFF) + self._code
        return head


class Form(NamedTuple):
    """How the header of a VR is made."""

    heads: Heads
    pack: Callable[[bytes, int], bytes]
    most: int
    """The longest value that the header has room for."""
    text: bool


EXPLICIT_FORMS: Final = {
    vr: Form(Heads(code + b"\0\0"), Struct("<8sI").pack, UNDEFINED - 1, vr in TEXTS)
    if vr in LONG
    else Form(Heads(code), Struct("<6sH").pack, 0xFFFE, vr in TEXTS)
    for code, vr in NAMES.items()
}
_IMPLICIT_HEADS: Final = Heads(b"")
IMPLICIT_FORMS: Final = {
    vr: Form(_IMPLICIT_HEADS, Struct("<4sI").pack, UNDEFINED - 1, vr in TEXTS)
    for vr in NAMES.values()
}
