"""Value fields as the texts of Value elements (PS3.19 table A.1.5-2)."""

import re
from typing import Final

from .._charset import Charset
from .._codec import decode
from .._errors import ValueDecodeError

__all__ = ["attribute", "can_be_xml", "escape", "value_texts"]

_CODES: Final = frozenset("AE AS CS DA DS DT IS TM UI".split())  # noqa: SIM905
_WORDS: Final = frozenset(("LO", "SH", "PN"))
_ONE: Final = frozenset(("LT", "ST", "UT"))
_BINARY: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
# What XML 1.0 has no way to write (its section 2.2): most control characters, halves of characters.
_forbidden = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]").search
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def can_be_xml(text: str) -> bool:
    """Whether every character may stand in a document."""
    return _forbidden(text) is None


def escape(text: str) -> str:
    """Text of an element; a carriage return would become a line feed."""
    return text.translate(_ESCAPES)


def attribute(text: str) -> str:
    """Text between quotation marks."""
    return text.translate(_IN_ATTRIBUTE)


def value_texts(vr: str, raw: bytes, little: bool, charset: Charset) -> list[str] | None:
    """The values, empty ones as empty texts; None for bytes that have no values in this VR."""
    if vr in _BINARY:
        return None
    if vr in _CODES:
        return _split(raw.decode("latin-1").strip(" \0"))
    if vr in _WORDS:
        return _split(charset.decode(raw, vr).strip(" \0"))
    if vr in _ONE:
        text = charset.decode(raw, vr).rstrip(" \0")
        return [text] if text else []
    if vr == "UC":
        text = charset.decode(raw, vr).rstrip(" \0")
        return [part.rstrip(" ") for part in text.split("\\")] if text else []
    if vr == "UR":
        text = raw.decode("latin-1").rstrip(" \0")
        return [text] if text else []
    try:
        value = decode(vr, raw, little, charset)
    except ValueDecodeError:
        return None
    if value is None:
        return []
    return [_number(vr, one) for one in (value if isinstance(value, tuple) else (value,))]


def _split(text: str) -> list[str]:
    return [part.strip(" ") for part in text.split("\\")] if text else []


def _number(vr: str, value: object) -> str:
    if vr == "AT" and isinstance(value, int):
        return f"{value:08X}"
    if isinstance(value, float):
        # The spelling of XML Schema part 2, section 3.2.5.
        return {"nan": "NaN", "inf": "INF", "-inf": "-INF"}.get(repr(value), repr(value))
    return str(value)
