"""What a program sets, as the whole element it will be in explicit VR little endian (PS3.5 7.1.2).

This is the hot loop of making data sets, hence one function a VR, which knows at a glance what is plainly
right and puts header and value together in one step: measured, each layer between `Dataset.set` and
these functions costs a tenth. Their types are told apart by `type`, which a checker does not follow
through names: hence Any. Whatever they do not know takes the long way, which asks the rules.
"""

from collections.abc import Callable
from struct import Struct, error
from typing import Any, Final

from ._headers import EXPLICIT_FORMS, TEXTS, Heads
from ._index import UTF8, RawElement
from ._kernel import EXPLICIT
from .values._age import Age
from .values._date import DicomDate
from .values._datetime import DicomDateTime
from .values._numbers import DecimalString, IntegerString
from .values._set import (
    is_age,
    is_code,
    is_date,
    is_decimal,
    is_moment,
    is_name,
    is_time,
    is_title,
    is_uid,
    new_value,
)
from .values._strings import UID, AETitle, CodeString
from .values._time import DicomTime

__all__ = ["SETTERS", "Setter", "whole"]

Made = RawElement | bytes
Setter = Callable[[int, object], Made]
_StringKind = type[AETitle | CodeString | UID]
_TextKind = type[Age | DicomDate | DecimalString | DicomDateTime | DicomTime]

_SMALL: Final = 0x1000  # bytes of a value that are copied once more to stand behind their header
_SHORT: Final = 64  # bytes of a text, numbers of a value: what one call packs, header and all


class _Packs(dict[int, Callable[..., bytes]]):
    """How many bytes or numbers -> what packs a header and as many of them; at most `_SHORT` are asked for."""

    __slots__ = ("_form",)

    def __init__(self, form: str) -> None:
        self._form = form

    def __missing__(self, count: int) -> Callable[..., bytes]:
        made = self[count] = Struct(self._form.format(count)).pack
        return made


_TEXT_PACKS: Final = _Packs("<6sH{}s")


def whole(vr: str, tag: int, value: object) -> Made:
    """The element of any value, after a look at the rules; raises ValueEncodeError."""
    raw = new_value(vr, value)
    size = len(raw)
    form = EXPLICIT_FORMS[vr]
    # Text that is not ASCII waits for the character set; a group length is made when all is written.
    if size > _SMALL or not tag & 0xFFFF or (vr in TEXTS and (not raw.isascii() or b"\x1b" in raw)):
        return RawElement(vr, raw, 0, size, EXPLICIT, UTF8)
    return form.pack(form.heads[tag], size) + raw


def _string(vr: str, own: _StringKind, plain: Callable[[str], bool], pad: bytes) -> Setter:
    """AE, CS, UI: the value type is a str."""
    heads, head, *_ = EXPLICIT_FORMS[vr]

    def setter(tag: int, value: Any) -> Made:
        kind = type(value)
        if kind is own or kind is str:
            if not (value.isascii() if kind is own else plain(value)):
                return whole(vr, tag, value)
            raw: bytes = value.encode()
        elif kind is tuple or kind is list:
            for part in value:
                kind = type(part)
                if not ((kind is own and part.isascii()) or (kind is str and plain(part))):
                    return whole(vr, tag, value)
            raw = "\\".join(value).encode()
        else:
            return whole(vr, tag, value)
        size = len(raw)
        if size & 1:
            raw += pad
            size += 1
        if size <= _SHORT:
            return _TEXT_PACKS[size](heads[tag], size, raw)
        if size > _SMALL:
            return whole(vr, tag, value)
        return head(heads[tag], size) + raw

    return setter


def _kept(vr: str, own: _TextKind, plain: Callable[[str], bool]) -> Setter:
    """AS, DA, DS, DT, TM: the value type keeps its text, which is digits and signs of ASCII."""
    heads, head, *_ = EXPLICIT_FORMS[vr]

    def setter(tag: int, value: Any) -> Made:
        kind = type(value)
        text: str
        if kind is own:
            text = value._text
        elif kind is str and plain(value):
            text = value
        elif kind is tuple or kind is list:
            texts = []
            for part in value:
                if type(part) is own:
                    texts.append(part._text)
                elif type(part) is str and plain(part):
                    texts.append(part)
                else:
                    return whole(vr, tag, value)
            text = "\\".join(texts)
        else:
            return whole(vr, tag, value)
        size = len(text)
        if size & 1:
            text += " "
            size += 1
        if size <= _SHORT:
            return _TEXT_PACKS[size](heads[tag], size, text.encode())
        if size > _SMALL:
            return whole(vr, tag, value)
        return head(heads[tag], size) + text.encode()

    return setter


_decimal_text: Final = _kept("DS", DecimalString, is_decimal)


def _decimal(tag: int, value: Any) -> Made:
    """DS: also a float, or several."""
    kind = type(value)
    if kind is float:
        text = repr(value)
        if len(text) <= 16 and "n" not in text:  # else too long, or inf and nan
            return _decimal_text(tag, DecimalString(text))
        return whole("DS", tag, value)
    if (kind is tuple or kind is list) and value and type(value[0]) is float:
        return whole("DS", tag, value)
    return _decimal_text(tag, value)


def _integer(tag: int, value: Any) -> Made:
    """IS."""
    kind = type(value)
    if (kind is tuple or kind is list) and len(value) == 1:
        value = value[0]
        kind = type(value)
    if kind is int and -0x80000000 <= value <= 0x7FFFFFFF:
        text = str(value)
    elif kind is IntegerString:
        text = value.text
    elif kind is str and len(value) <= 9 and value.isascii() and value.isdigit():
        text = value
    else:
        return whole("IS", tag, value)
    raw = text.encode()
    size = len(raw)
    if size & 1:
        return _is_head(_is_heads[tag], size + 1) + raw + b" "
    return _is_head(_is_heads[tag], size) + raw


_is_heads, _is_head, *_ = EXPLICIT_FORMS["IS"]


def _words(vr: str, most: int) -> Setter:
    """LO, SH: what is printable has no control characters, and ESC neither."""
    heads, head, *_ = EXPLICIT_FORMS[vr]

    def setter(tag: int, value: Any) -> Made:
        kind = type(value)
        if kind is str:
            text: str = value
            size = len(text)
            if size > most or not text.isascii() or not text.isprintable() or "\\" in text:
                return whole(vr, tag, value)
        elif kind is tuple or kind is list:
            for part in value:
                if (
                    type(part) is not str
                    or len(part) > most
                    or not part.isascii()
                    or not part.isprintable()
                    or "\\" in part
                ):
                    return whole(vr, tag, value)
            text = "\\".join(value)
            size = len(text)
        else:
            return whole(vr, tag, value)
        if size & 1:
            text += " "
            size += 1
        if size <= _SHORT and short:
            return _TEXT_PACKS[size](heads[tag], size, text.encode())
        if size > _SMALL:
            return whole(vr, tag, value)
        return head(heads[tag], size) + text.encode()

    short = vr != "UC"  # a length of 16 bits
    return setter


def _paragraphs(vr: str, most: int) -> Setter:
    """LT, ST, UT: a backslash is a character."""
    heads, head, *_ = EXPLICIT_FORMS[vr]

    def setter(tag: int, value: Any) -> Made:
        if type(value) is str and len(value) <= most and value.isascii() and value.isprintable():
            raw: bytes = value.encode()
            size = len(raw)
            if size & 1:
                return head(heads[tag], size + 1) + raw + b" "
            return head(heads[tag], size) + raw
        return whole(vr, tag, value)

    return setter


def _name(tag: int, value: Any) -> Made:
    kind = type(value)
    if (kind is tuple or kind is list) and len(value) == 1:
        value = value[0]
    if is_name(value):
        raw: bytes = value.encode()
        size = len(raw)
        if size & 1:
            return _pn_head(_pn_heads[tag], size + 1) + raw + b" "
        return _pn_head(_pn_heads[tag], size) + raw
    return whole("PN", tag, value)


_pn_heads, _pn_head, *_ = EXPLICIT_FORMS["PN"]


def _number(vr: str, code: str, kinds: frozenset[type]) -> Setter:
    """Numbers of a fixed size: a header with its length, and the value, in one step."""
    size = Struct("<" + code).size
    long = vr in _LONG_NUMBERS
    heads = Heads(
        vr.encode() + (b"\0\0" + size.to_bytes(4, "little") if long else size.to_bytes(2, "little"))
    )
    one = Struct(f"<{12 if long else 8}s{code}").pack
    several = EXPLICIT_FORMS[vr].heads
    packs = _Packs(("<8sI{}" if long else "<6sH{}") + code)

    def setter(tag: int, value: Any) -> Made:
        kind = type(value)
        try:
            if kind in kinds:
                if tag & 0xFFFF:
                    return one(heads[tag], value)
            elif (kind is tuple or kind is list) and bool not in map(type, value):
                count = len(value)
                if 0 < count <= _SHORT and tag & 0xFFFF:
                    return packs[count](several[tag], count * size, *value)
        except (error, OverflowError):
            pass  # the long way says why not
        return whole(vr, tag, value)

    return setter


def _other(vr: str) -> Setter:
    return lambda tag, value: whole(vr, tag, value)


_LONG_NUMBERS: Final = frozenset(("SV", "UV"))
_WHOLE: Final = frozenset((int,))
_REAL: Final = frozenset((int, float))

SETTERS: Final[dict[str, Setter]] = {
    "AE": _string("AE", AETitle, is_title, b" "),
    "AS": _kept("AS", Age, is_age),
    "AT": _other("AT"),
    "CS": _string("CS", CodeString, is_code, b" "),
    "DA": _kept("DA", DicomDate, is_date),
    "DS": _decimal,
    "DT": _kept("DT", DicomDateTime, is_moment),
    "FD": _number("FD", "d", _REAL),
    "FL": _number("FL", "f", _REAL),
    "IS": _integer,
    "LO": _words("LO", 64),
    "LT": _paragraphs("LT", _SMALL),
    "PN": _name,
    "SH": _words("SH", 16),
    "SL": _number("SL", "i", _WHOLE),
    "SS": _number("SS", "h", _WHOLE),
    "ST": _paragraphs("ST", 1024),
    "SV": _number("SV", "q", _WHOLE),
    "TM": _kept("TM", DicomTime, is_time),
    "UC": _words("UC", _SMALL),
    "UI": _string("UI", UID, is_uid, b"\0"),
    "UL": _number("UL", "I", _WHOLE),
    "UR": _other("UR"),
    "US": _number("US", "H", _WHOLE),
    "UT": _paragraphs("UT", _SMALL),
    "UV": _number("UV", "Q", _WHOLE),
}
