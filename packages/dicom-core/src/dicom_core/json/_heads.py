"""What an element begins with in JSON, from the first bytes of its header."""

from functools import lru_cache
from typing import Final

from .._ambiguous import public_vrs
from .._charset import Charset
from .._kernel import SHORT
from ._bulk import BINARY_VRS
from ._small import tag_at
from ._values import NonFinite, ValueText, value_texts

__all__ = ["heads", "kept_character_set", "utf8_character_set"]

_REMEMBERED: Final = 20_000  # entries; it begins anew when it is full
_CHARACTER_SET: Final = 0x00080005


def utf8_character_set(raw: bytes, _charset: Charset) -> str:
    """What (0008,0005) says where text is UTF-8 (F.2); nothing where it said nothing."""
    return ',"Value":["ISO_IR 192"]}' if raw.strip(b" \0") else "}"


def kept_character_set(raw: bytes, charset: Charset) -> str | None:
    """The value of (0008,0005) as it stands."""
    return value_texts(True, "null")["CS"](raw, charset)


class _Heads(dict[bytes, tuple[str, ValueText | None]]):
    """The first bytes of a header (six, in implicit VR four) -> the text that the element begins with,
    and the function of its VR where the header alone tells it. A bounded memo of pure facts.
    """

    __slots__ = ("_character_set", "_texts")

    def __init__(self, texts: dict[str, ValueText], character_set: ValueText) -> None:
        self._texts = texts
        self._character_set = character_set

    def __missing__(self, head: bytes) -> tuple[str, ValueText | None]:
        tag = tag_at(head, 0)
        vr = head[4:].decode("latin-1") if len(head) == 6 else public_vrs().get(tag, "")
        value_text: ValueText | None = None
        if tag == _CHARACTER_SET:
            vr, value_text = "CS", self._character_set  # ours, whatever VR the file gave it
        elif tag & 0xFFFF and (len(head) == 4 or head[4:] in SHORT) and vr not in BINARY_VRS:
            value_text = self._texts.get(vr)
        if len(self) >= _REMEMBERED:
            self.clear()
        known = (f'"{tag:08X}":{{"vr":"{vr}"', value_text)
        self[head] = known
        return known


@lru_cache(maxsize=8)
def heads(policy: NonFinite, keep_charset: bool) -> dict[bytes, tuple[str, ValueText | None]]:
    """The table for these options."""
    character_set = kept_character_set if keep_charset else utf8_character_set
    return _Heads(value_texts(True, policy), character_set)
