"""Value fields as the values of DICOM JSON (PS3.18 table F.2.3-1), without a Python value in between.

Each function gives what follows ``"ggggeeee":{"vr":"XX"`` up to and with the closing brace, or None
for bytes that are no values of the VR.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from json.encoder import encode_basestring as quote
from math import isfinite
from struct import Struct, iter_unpack
from typing import Final, Literal, TypeAlias

from .._charset import Charset
from .._codec import decode
from .._errors import ValueDecodeError, ValueEncodeError

__all__ = ["NonFinite", "inline", "quote", "swapped", "value_texts"]

ValueText: TypeAlias = Callable[[bytes, Charset], str | None]
NonFinite: TypeAlias = Literal["null", "binary", "error"]
"""What becomes of NaN and infinity, for which JSON has no numbers."""

_LONGEST_DS: Final = 16  # PS3.5 table 6.2-1
# What is a number in JSON as it stands (RFC 8259 section 6). An exponent of three digits may be infinite.
_REAL: Final = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]{1,2})?"
_WHOLE: Final = r"-?(?:0|[1-9][0-9]{0,8})"
_is_real = re.compile(_REAL).fullmatch
_are_whole = re.compile(rf"{_WHOLE}(?:\\{_WHOLE})*+").fullmatch


def _array(parts: list[str]) -> str:
    """Values of text; an empty one among several is null (F.2.5)."""
    return ',"Value":[' + ",".join([quote(part) if part else "null" for part in parts]) + "]}"


def _codes(raw: bytes, _charset: Charset) -> str:
    text = raw.decode("latin-1").strip(" \0")
    if "\\" in text:
        return _array([part.strip(" ") for part in text.split("\\")])
    return f',"Value":[{quote(text)}]}}' if text else "}"


def _resource(raw: bytes, _charset: Charset) -> str:
    text = raw.decode("latin-1").rstrip(" \0")
    return f',"Value":[{quote(text)}]}}' if text else "}"


def _texts(raw: bytes, charset: Charset) -> str:
    text = charset.decode(raw, "LO").strip(" \0")
    if "\\" in text:
        return _array([part.strip(" ") for part in text.split("\\")])
    return f',"Value":[{quote(text)}]}}' if text else "}"


def _unlimited(raw: bytes, charset: Charset) -> str:
    text = charset.decode(raw, "UC").rstrip(" \0")
    if "\\" in text:
        return _array([part.rstrip(" ") for part in text.split("\\")])
    return f',"Value":[{quote(text)}]}}' if text else "}"


def _paragraphs(raw: bytes, charset: Charset) -> str:
    text = charset.decode(raw, "UT").rstrip(" \0")
    return f',"Value":[{quote(text)}]}}' if text else "}"


def _names(raw: bytes, charset: Charset) -> str:
    text = charset.decode(raw, "PN").strip(" \0")
    if not text:
        return "}"
    return f',"Value":[{",".join([_name(part.strip(" ")) for part in text.split(chr(92))])}]}}'


def _name(text: str) -> str:
    """The component groups that are not empty (F.2.2); no more than three are known."""
    if "=" not in text:
        return f'{{"Alphabetic":{quote(text)}}}' if text else "null"
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("=", 2), strict=False)
    kept = ",".join([f'"{name}":{quote(group)}' for name, group in groups if group])
    return f"{{{kept}}}" if kept else "null"


def _decimals(raw: bytes, _charset: Charset) -> str:
    text = raw.decode("latin-1").strip(" \0")
    if len(text) <= _LONGEST_DS and _is_real(text):
        return f',"Value":[{text}]}}'
    if not text:
        return "}"
    return f',"Value":[{",".join([_decimal(part.strip(" ")) for part in text.split(chr(92))])}]}}'


def _decimal(text: str) -> str:
    if not text:
        return "null"
    if len(text) > _LONGEST_DS:
        return quote(text)  # a string keeps what a number would lose (note of table F.2.3-1)
    if _is_real(text):
        return text
    try:
        value = decode("DS", text.encode("latin-1"), True, Charset.DEFAULT)
    except ValueDecodeError:
        return quote(text)
    return repr(float(value)) if isinstance(value, float) else quote(text)


def _integers(raw: bytes, _charset: Charset) -> str:
    text = raw.decode("latin-1").strip(" \0")
    if _are_whole(text):
        return ',"Value":[' + text.replace("\\", ",") + "]}"
    if not text:
        return "}"
    return f',"Value":[{",".join([_integer(part.strip(" ")) for part in text.split(chr(92))])}]}}'


def _integer(text: str) -> str:
    if not text:
        return "null"
    try:
        value = decode("IS", text.encode("latin-1"), True, Charset.DEFAULT)
    except ValueDecodeError:
        return quote(text)
    return int.__repr__(value) if isinstance(value, int) else quote(text)


def _numbers(code: str) -> ValueText:
    one = Struct(code)
    size, unpack = one.size, one.unpack

    def text(raw: bytes, _charset: Charset) -> str | None:
        if len(raw) == size:
            return f',"Value":[{unpack(raw)[0]}]}}'
        if len(raw) % size:
            return None
        values = ",".join([str(value) for (value,) in iter_unpack(code, raw)])
        return f',"Value":[{values}]}}' if values else "}"

    return text


def _reals(vr: str, code: str, policy: NonFinite) -> ValueText:
    one = Struct(code)
    size, unpack = one.size, one.unpack

    def text(raw: bytes, _charset: Charset) -> str | None:
        if len(raw) == size:
            (value,) = unpack(raw)
            if value - value == 0.0:
                return f',"Value":[{value!r}]}}'
        elif len(raw) % size:
            return None
        if not raw:
            return "}"
        values = [value for (value,) in iter_unpack(code, raw)]
        if all(map(isfinite, values)):
            return f',"Value":[{",".join(map(repr, values))}]}}'
        if policy == "error":
            raise ValueEncodeError(vr, "a finite number, the only ones that JSON has")
        if policy == "binary":
            return inline(raw if code[0] == "<" else swapped(raw, size))
        parts = [repr(value) if isfinite(value) else "null" for value in values]
        return f',"Value":[{",".join(parts)}]}}'

    return text


def _tags(code: str) -> ValueText:
    def text(raw: bytes, _charset: Charset) -> str | None:
        if len(raw) % 4:
            return None
        values = ",".join(
            [f'"{group:04X}{element:04X}"' for group, element in iter_unpack(code, raw)]
        )
        return f',"Value":[{values}]}}' if values else "}"

    return text


def inline(raw: bytes) -> str:
    """InlineBinary of a value field in little endian (F.2.7)."""
    return f',"InlineBinary":"{b64encode(raw).decode("ascii")}"}}' if raw else "}"


def _octets(raw: bytes, _charset: Charset) -> str:
    return inline(raw)


def _words(size: int, little: bool) -> ValueText:
    def text(raw: bytes, _charset: Charset) -> str | None:
        return inline(raw if little else swapped(raw, size))

    return text


def swapped(raw: bytes, size: int) -> bytes:
    """Words of the other byte order; what is left at an odd end stays."""
    whole = len(raw) - len(raw) % size
    out = bytearray(raw)
    for place in range(size):
        out[place:whole:size] = raw[size - 1 - place : whole : size]
    return bytes(out)


@lru_cache(maxsize=8)
def value_texts(little: bool, policy: NonFinite) -> dict[str, ValueText]:
    """The function of each VR but SQ, for one byte order."""
    order = "<" if little else ">"
    table: dict[str, ValueText] = dict.fromkeys("AE AS CS DA DT TM UI".split(), _codes)  # noqa: SIM905
    table.update({"LO": _texts, "SH": _texts, "UC": _unlimited, "PN": _names, "UR": _resource})
    table.update({"LT": _paragraphs, "ST": _paragraphs, "UT": _paragraphs})
    table.update({"DS": _decimals, "IS": _integers, "AT": _tags(order + "HH")})
    for vr, code in zip("SS US SL UL SV UV".split(), "hHiIqQ", strict=True):  # noqa: SIM905
        table[vr] = _numbers(order + code)
    table["FL"] = _reals("FL", order + "f", policy)
    table["FD"] = _reals("FD", order + "d", policy)
    table.update({"OB": _octets, "UN": _octets, "OW": _words(2, little)})
    table.update(dict.fromkeys(("OF", "OL"), _words(4, little)))
    table.update(dict.fromkeys(("OD", "OV"), _words(8, little)))
    return table
