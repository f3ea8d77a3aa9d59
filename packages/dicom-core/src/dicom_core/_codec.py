"""Values of each VR from bytes (PS3.5 6.2). Sequences never come here.

What each VR becomes is the table in ``dicom_core.values``; here is one function a VR. To bytes: ``values._encode``.
"""

import struct
from collections.abc import Callable
from typing import Final

from dicom_dict import Tag

from ._charset import Charset
from ._errors import ValueDecodeError
from .values._age import Age
from .values._date import DicomDate, decode_date
from .values._datetime import decode_datetime
from .values._errors import InvalidValue
from .values._numbers import DS_RULE, IS_RULE, LONGEST, DecimalString, IntegerString
from .values._person_name import PersonName
from .values._strings import UID, AETitle, CodeString, UniversalResource
from .values._time import DicomTime, decode_time

__all__ = ["DECODERS", "decode"]

Decoder = Callable[[bytes, bool, Charset], object]

# Final names of our own: compiled, others are looked up in a dictionary each time.
_new: Final = object.__new__
_new_text: Final = str.__new__
_new_float: Final = float.__new__
_new_int: Final = int.__new__
_Decimal: Final = DecimalString
_Integer: Final = IntegerString
_Name: Final = PersonName
_Date: Final = DicomDate
_Time: Final = DicomTime


def decode(vr: str, raw: bytes, little: bool, charset: Charset) -> object:
    """The value of a value field: a scalar, a tuple of several, None of nothing.

    Raises ValueDecodeError, without path and offset, where the bytes break the rule of the VR
    so that there is no value. Text never raises. A VR that nobody knows is bytes, as UN is.
    """
    if not raw:
        return None
    decoder = DECODERS.get(vr)
    return raw if decoder is None else decoder(raw, little, charset)


# --- text of the default repertoire ----------------------------------------------------------
# Decoded as Latin-1, which takes every byte and gives it back: what is not ASCII is a finding of
# check_value, never an exception and never a loss. For ASCII, UTF-8 is the same and far cheaper.


def _codes(cls: type[CodeString | AETitle | UID]) -> Decoder:
    def decoder(raw: bytes, _little: bool, _charset: Charset) -> object:
        text = (raw.decode() if raw.isascii() else raw.decode("latin-1")).strip(" \0")
        if "\\" in text:
            if " " in text:
                return tuple([_new_text(cls, part.strip(" ")) for part in text.split("\\")])
            return tuple([_new_text(cls, part) for part in text.split("\\")])
        return _new_text(cls, text) if text else None

    return decoder


def _code_strings(raw: bytes, little: bool, charset: Charset) -> object:
    """CS: defined terms are few, and the same in file after file."""
    value = _known_codes.get(raw)
    if value is None:
        value = _any_codes(raw, little, charset)
        if len(raw) <= _LONGEST_KNOWN:
            if len(_known_codes) >= _MOST_KNOWN:
                _known_codes.clear()
            _known_codes[raw] = value
    return value


_any_codes: Final = _codes(CodeString)
# A bounded memo of pure facts
_known_codes: Final[dict[bytes, object]] = {}
_LONGEST_KNOWN: Final = 64  # bytes of a value
_MOST_KNOWN: Final = 2048


def _resource(raw: bytes, _little: bool, _charset: Charset) -> object:
    # Never several values; a leading space is not allowed, and kept (PS3.5 6.2).
    text = raw.decode("latin-1").rstrip(" \0")
    return _new_text(UniversalResource, text) if text else None


# --- text of the declared character sets -----------------------------------------------------


def _texts(raw: bytes, _little: bool, charset: Charset) -> object:
    """LO, SH: padding on both sides is not significant."""
    if raw.isascii() and charset.plain and not (charset.extended and b"\x1b" in raw):
        text = raw.decode().strip(" \0")
    else:
        text = charset.decode(raw, "LO").strip(" \0")
    if "\\" in text:
        return tuple([part.strip(" ") for part in text.split("\\")])
    return text or None


def _unlimited(raw: bytes, _little: bool, charset: Charset) -> object:
    """UC: leading spaces are significant."""
    text = charset.decode(raw, "UC").rstrip(" \0")
    if "\\" in text:
        return tuple([part.rstrip(" ") for part in text.split("\\")])
    return text or None


def _paragraphs(raw: bytes, _little: bool, charset: Charset) -> object:
    """LT, ST, UT: one value; leading spaces and backslashes are significant."""
    if raw.isascii() and charset.plain and not (charset.extended and b"\x1b" in raw):
        return raw.decode().rstrip(" \0") or None
    return charset.decode(raw, "UT").rstrip(" \0") or None


def _names(raw: bytes, _little: bool, charset: Charset) -> object:
    if raw.isascii() and charset.plain and not (charset.extended and b"\x1b" in raw):
        text = raw.decode().strip(" \0")
    else:
        text = charset.decode(raw, "PN").strip(" \0")
    if "\\" in text:
        return tuple([_new_text(_Name, part.strip(" ")) for part in text.split("\\")])
    return _new_text(_Name, text) if text else None


# --- dates, times, ages ----------------------------------------------------------------------


def _text_of(raw: bytes) -> str:
    """The text without the one space that made its length even: encoding adds it again."""
    text = raw.decode() if raw.isascii() else raw.decode("latin-1")
    return text[:-1] if raw[-1] == 0x20 and not len(raw) & 1 else text


def _parsed(vr: str, parse: Callable[[str], object]) -> Decoder:
    def decoder(raw: bytes, _little: bool, _charset: Charset) -> object:
        text = _text_of(raw)
        try:
            if "\\" in text:
                return tuple(
                    [parse(part) if part.strip(" \0") else None for part in text.split("\\")]
                )
            return parse(text)
        except InvalidValue as error:
            if not text.strip(" \0"):
                return None
            raise ValueDecodeError(vr, error.text, error.rule) from None

    return decoder


_any_date: Final = _parsed("DA", decode_date)
_any_time: Final = _parsed("TM", decode_time)


def _dates(raw: bytes, little: bool, charset: Charset) -> object:
    # Nearly all are YYYYMMDD with a day that every month has.
    if len(raw) == 8 and raw.isdigit():
        number = int(raw)
        if 0 < number % 100 < 29 and 100 < number % 10000 < 1229 and number > 10000:
            value = _new(_Date)
            value._text = raw.decode()
            value._number = number
            return value
    return _any_date(raw, little, charset)


def _times(raw: bytes, little: bool, charset: Charset) -> object:
    # Most are HHMMSS, or that and a fraction, without a leap second.
    size = len(raw)
    if size == 6 and raw.isdigit():
        clock, fraction, text = int(raw), 0, raw
    elif 8 <= size <= 14 and raw[6] == 0x2E:
        text = raw[:-1] if raw[-1] == 0x20 and not size & 1 else raw
        size = len(text) - 1
        digits = text[7:]
        if not 7 <= size <= 12 or not digits.isdigit() or not text[:6].isdigit():
            return _any_time(raw, little, charset)
        clock, fraction = int(text[:6]), int(digits) * _MICROSECONDS[size]
    else:
        return _any_time(raw, little, charset)
    if clock % 100 < 60 and clock % 10000 < 6000 and clock < 240000:
        value = _new(_Time)
        value._text = text.decode()
        value._number = clock * 1000000 + fraction
        value._size = size
        return value
    return _any_time(raw, little, charset)


# In the last digit of a fraction, by how many digits are there with those of the clock
_MICROSECONDS: Final = (*(0,) * 7, 100000, 10000, 1000, 100, 10, 1)


# --- numbers written as text -----------------------------------------------------------------


def _decimals(raw: bytes, _little: bool, _charset: Charset) -> object:
    size = len(raw)
    if size > LONGEST or not raw.isascii():
        return _careful_decimals(raw, _text_of(raw))
    text = raw.decode()
    if raw[-1] == 0x20 and not size & 1:  # as `_text_of`, which is a call
        text = text[:-1]
    # Beyond DS, float() takes underscores, white space that is not printable, and infinities.
    if text.isprintable() and "_" not in text:
        try:
            if "\\" not in text:
                number = _new_float(_Decimal, text)
                number._text = text
                if number - number == 0.0:
                    return number
            else:
                numbers = []
                for part in text.split("\\"):
                    number = _new_float(_Decimal, part)
                    number._text = part
                    if number - number != 0.0:
                        break
                    numbers.append(number)
                else:
                    return tuple(numbers)
        except ValueError:
            pass
    return _careful_decimals(raw, text)


def _careful_decimals(raw: bytes, text: str) -> object:
    if raw.translate(None, b"0123456789+-.eE \\\0"):
        raise ValueDecodeError("DS", raw.decode("latin-1"), DS_RULE)
    if "\\" in text:
        return tuple([_decimal(part) for part in text.split("\\")])
    return _decimal(text)


def _decimal(text: str) -> DecimalString | None:
    try:
        number = _new_float(_Decimal, text)
    except ValueError:
        body = text.rstrip("\0 ")  # some writers pad with NUL
        if not body.strip(" "):
            return None
        if body == text or len(text) > LONGEST:
            raise ValueDecodeError("DS", text, DS_RULE) from None
        value = _decimal(body)
        if value is not None:
            value._text = text
        return value
    if len(text) > LONGEST or number - number != 0.0:
        raise ValueDecodeError("DS", text, DS_RULE)
    number._text = text
    return number


def _integers(raw: bytes, _little: bool, _charset: Charset) -> object:
    size = len(raw)
    digits = raw[:-1] if raw[-1] == 0x20 and not size & 1 else raw
    if digits.isdigit() and len(digits) < 10 and (digits[0] != 0x30 or len(digits) == 1):
        return _new_int(_Integer, digits)
    text = _text_of(raw)
    if "\\" in text:
        return tuple([_integer(part) for part in text.split("\\")])
    return _integer(text)


def _integer(text: str) -> IntegerString | None:
    if text.isdecimal() and len(text) < 10 and (text[0] != "0" or len(text) == 1):
        return _new_int(_Integer, text)
    body = text.rstrip("\0 ")
    if not body.strip(" "):
        return None
    try:
        value = IntegerString(body)
    except InvalidValue:
        raise ValueDecodeError("IS", text, IS_RULE) from None
    if body != text:
        value.__dict__["_text"] = text
    return value


# --- binary numbers --------------------------------------------------------------------------


def _numbers(vr: str, code: str) -> Decoder:
    one_little = struct.Struct("<" + code)
    one_big = struct.Struct(">" + code)
    unpack_little, unpack_big = one_little.unpack, one_big.unpack
    size = one_little.size
    few = tuple([struct.Struct(f"<{count}{code}").unpack for count in range(7)])

    def decoder(raw: bytes, little: bool, _charset: Charset) -> object:
        length = len(raw)
        if length == size:
            return (unpack_little if little else unpack_big)(raw)[0]
        count, rest = divmod(length, size)
        if rest:
            raise ValueDecodeError(vr, f"{length} bytes", f"a multiple of {size} bytes")
        if little and count < 7:
            return few[count](raw)
        return struct.unpack(f"{'<' if little else '>'}{count}{code}", raw)

    return decoder


_two_little: Final = struct.Struct("<2H").unpack
_two_big: Final = struct.Struct(">2H").unpack


def _tags(raw: bytes, little: bool, _charset: Charset) -> object:
    length = len(raw)
    if length % 4:
        raise ValueDecodeError("AT", f"{length} bytes", "a multiple of 4 bytes")
    if length == 4:
        group, element = (_two_little if little else _two_big)(raw)
        return _new_int(Tag, group << 16 | element)
    halves = struct.unpack(f"{'<' if little else '>'}{length // 2}H", raw)
    return tuple([_new_int(Tag, halves[i] << 16 | halves[i + 1]) for i in range(0, len(halves), 2)])


def _words(vr: str, size: int) -> Decoder:
    def decoder(raw: bytes, _little: bool, _charset: Charset) -> object:
        if len(raw) % size:
            raise ValueDecodeError(vr, f"{len(raw)} bytes", f"a multiple of {size} bytes")
        return raw

    return decoder


# A VR that is not here is bytes. A value field of no bytes has no value: it never comes here.
DECODERS: Final[dict[str, Decoder]] = {
    "AE": _codes(AETitle),
    "AS": _parsed("AS", Age),
    "AT": _tags,
    "CS": _code_strings,
    "DA": _dates,
    "DS": _decimals,
    "DT": _parsed("DT", decode_datetime),
    "FD": _numbers("FD", "d"),
    "FL": _numbers("FL", "f"),
    "IS": _integers,
    "LO": _texts,
    "LT": _paragraphs,
    "OD": _words("OD", 8),
    "OF": _words("OF", 4),
    "OL": _words("OL", 4),
    "OV": _words("OV", 8),
    "PN": _names,
    "SH": _texts,
    "SL": _numbers("SL", "i"),
    "SS": _numbers("SS", "h"),
    "ST": _paragraphs,
    "SV": _numbers("SV", "q"),
    "TM": _times,
    "UC": _unlimited,
    "UI": _codes(UID),
    "UL": _numbers("UL", "I"),
    "UR": _resource,
    "US": _numbers("US", "H"),
    "UT": _paragraphs,
    "UV": _numbers("UV", "Q"),
}
