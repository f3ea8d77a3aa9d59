"""Choosing a character set for texts, and rewriting values from one to another."""

from collections.abc import Iterable
from typing import Final

from ._charset import UNDIVIDED, Charset, Policy

__all__ = ["choose", "escalate", "transcode"]

# From small to large: one byte a character first, in the order of PS3.3 table C.12-2 (but Latin No. 5
# before No. 3, which Turkish left for it), then UTF-8, which has everything.
# Code extensions are never chosen: they cost readers most and gain nothing over UTF-8; nor is
# ISO_IR 203, which readers from before 2024 do not know.
_CANDIDATES: Final = (
    "ISO_IR 100", "ISO_IR 101", "ISO_IR 148", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127",
    "ISO_IR 126", "ISO_IR 138", "ISO_IR 13", "ISO_IR 166", "ISO_IR 192",
)  # fmt: skip


def choose(texts: Iterable[str]) -> Charset:
    """The smallest character set that has every character of the texts.

    Raises UnencodableText for a lone surrogate, which no character set has.
    """
    characters = "".join(sorted(set().union(*texts)))
    if characters.isascii():
        return Charset.DEFAULT
    for term in _CANDIDATES:
        charset = Charset.parse(term)
        # Byte 5C of JIS X 0201 is a yen sign in one kind of text and a separator in the other.
        if charset.can_encode(characters, "LO") and charset.can_encode(characters, "UT"):
            return charset
    # UTF-8 was the last: what is left is the error that names the character.
    Charset.parse("ISO_IR 192").encode(characters, "UT")
    raise AssertionError("UTF-8 has every character")


def escalate(charset: Charset, texts: Iterable[str]) -> Charset:
    """The character set as it is where it has every character of the texts, otherwise the smallest that has."""
    texts = list(texts)
    if all(charset.can_encode(text, "UT") and charset.can_encode(text, "LO") for text in texts):
        return charset
    return choose(texts)


def transcode(raw: bytes, old: Charset, new: Charset, vr: str, errors: Policy = "error") -> bytes:
    """A value field of a text VR in another character set, padded to even length.

    What the bytes do not have in ``old`` cannot be carried over: such a value field raises
    UnencodableText unless ``errors`` is "replace". VRs that Specific Character Set (0008,0005) does
    not touch come back as they are.
    """
    if vr not in {"LO", "LT", "PN", "SH", "ST", "UC", "UT"}:
        return raw
    text = old.decode(raw, vr).rstrip(" \0")
    parts = [text] if vr in UNDIVIDED else text.split("\\")
    data = b"\\".join([new.encode(part, vr, errors) for part in parts])
    return data + b" " if len(data) & 1 else data
