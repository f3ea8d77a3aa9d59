"""Decoding and encoding without code extensions: one Python codec a character set, and JIS X 0201."""

import codecs
from functools import cache
from typing import Final

__all__ = ["decode_all", "encode_one", "undecodable"]

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HOLE = "\ufffe"  # what charmap_decode takes for "not in this set"


# What Python's codecs have and the registered sets do not: ISO-IR 126 and 138 are ISO 8859-7:1987 and
# 8859-8:1988, ISO-IR 166 is TIS 620, which has no space of its own above. Read, but never written.
_LATER: Final = {
    "iso8859_7": frozenset("\N{EURO SIGN}\N{DRACHMA SIGN}\N{GREEK YPOGEGRAMMENI}"),
    "iso8859_8": frozenset("\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}"),
    "iso8859_11": frozenset("\N{NO-BREAK SPACE}"),
}


@cache
def jisx0201(yen: str) -> str:
    """The code table of JIS X 0201: romaji (ISO-IR 14) below, katakana (ISO-IR 13) above (PS3.5 6.1.2.3).

    ``yen`` is what byte 5C stands for: the separator of values or, in texts that are never
    divided, the yen sign that ISO-IR 14 has there.
    """
    low = [chr(code) for code in range(128)]
    low[0x5C] = yen
    low[0x7E] = "\N{OVERLINE}"
    high = [_HOLE] * 128
    for code in range(0xA1, 0xE0):
        high[code - 128] = chr(0xFF61 + code - 0xA1)
    return "".join(low + high)


def decode_all(raw: bytes, codec: str, *, undivided: bool, errors: str = "replace") -> str:
    """The text of bytes in one codec; what is in no code table becomes the replacement character."""
    if codec == "jisx0201":
        return codecs.charmap_decode(raw, errors, jisx0201("\N{YEN SIGN}" if undivided else "\\"))[
            0
        ]
    return raw.decode(codec, errors)


def undecodable(raw: bytes, codec: str) -> bool:
    """Whether some of the bytes are not in the character set."""
    try:
        decode_all(raw, codec, undivided=True, errors="strict")
    except UnicodeDecodeError:
        return True
    return False


@cache
def _jisx0201_encoding() -> dict[int, int]:
    table = jisx0201("\N{YEN SIGN}")
    return {ord(character): code for code, character in enumerate(table) if character != _HOLE}


def encode_one(text: str, codec: str, *, undivided: bool, errors: str = "strict") -> bytes:
    """The bytes of a text in one codec; raises UnicodeEncodeError where a character is in no code table.

    In JIS X 0201 byte 5C is the separator of values; only a text that is never divided can hold
    a yen sign, and none a backslash.
    """
    if codec != "jisx0201":
        if errors == "strict" and codec in _LATER:
            for place, character in enumerate(text):
                if character in _LATER[codec]:
                    raise UnicodeEncodeError(
                        codec, text, place, place + 1, "added by a later edition"
                    )
        return text.encode(codec, errors)
    table = _jisx0201_encoding()
    if not undivided:
        table = {**table, 0x5C: 0x5C}
        del table[0xA5]
    return codecs.charmap_encode(text, errors, table)[0]
