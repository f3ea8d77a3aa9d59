"""Values in a few characters, for repr, dumps and tables. Nothing that a terminal could obey passes."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ._element import DataElement

__all__ = ["clean", "short_value", "value_text"]

# So many bytes of a text are decoded to show its beginning
_ENOUGH: Final = 4096
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NUMBERS: Final = frozenset(("FL", "FD", "SL", "SS", "SV", "UL", "US", "UV"))


def clean(text: str) -> str:
    """The text with control, format and other invisible characters escaped.

    Escape sequences, right-to-left overrides and line separators stay visible as ``\\x1b`` or
    ``\\u202e``. Spaces of other scripts are left, since names hold them.
    """
    if text.isprintable():
        return text
    from unicodedata import category

    return "".join(
        one if one.isprintable() or category(one) == "Zs" else _escaped(one) for one in text
    )


def _escaped(one: str) -> str:
    number = ord(one)
    if one in _SHORT:
        return _SHORT[one]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(one) else 2 if east_asian_width(one) in {"W", "F"} else 1 for one in text
    )


def _cut(text: str, width: int) -> str:
    """The beginning of a text in at most ``width`` columns."""
    if len(text) * 2 <= width or _cells(text) <= width:
        return text
    kept, room = [], width - 3
    for one in text:
        room -= _cells(one)
        if room < 0:
            break
        kept.append(one)
    return "".join(kept) + "..."


def value_text(element: "DataElement", width: int = 64) -> tuple[str, str]:
    """The value in at most about ``width`` columns, and what kind of value it is.

    Kinds: ``text``, ``number``, ``uid``, ``bytes``, ``sequence``, ``empty``. Never raises for what a
    value may hold.
    """
    from ._element import TEXT

    vr = element.vr
    if vr == "SQ":
        return _items(element)
    if element.length == 0 and element.is_empty:
        return "", "empty"
    if vr == "UI":
        return _cut(clean(_text(element)), max(width, 80)), "uid"  # a UID is of use whole
    if vr in {"DS", "IS"}:
        return _cut(clean(_text(element)), width), "number"
    if vr in TEXT:
        return f"'{_cut(clean(_text(element)), max(width - 2, 4))}'", "text"
    if vr in _NUMBERS or vr == "AT":
        return _cut(_numbers(element), width), "number"
    return _bytes(element, width), "bytes"


def _text(element: "DataElement") -> str:
    """The text, or its beginning where it is long."""
    if element.length <= _ENOUGH:
        return element.text
    raw = element.handle.read_range(0, _ENOUGH)
    return element._charset().decode(raw, element.vr)


def _items(element: "DataElement") -> tuple[str, str]:
    from ._errors import DicomError

    try:
        count = len(element.value) if hasattr(element.value, "__len__") else 0
    except DicomError as error:  # a limit of depth or number
        return str(error), "bad"
    return f"{count} item{'' if count == 1 else 's'}", "sequence"


def _numbers(element: "DataElement") -> str:
    if element.length <= 512:
        return element.text
    from ._codec import decode
    from ._errors import ValueDecodeError
    from ._kernel import EXPLICIT_BE

    found = element._found
    little = found is None or found.encoding != EXPLICIT_BE
    try:
        value = decode(element.vr, element.handle.read_range(0, 512), little, element._charset())
    except ValueDecodeError:
        return element.handle.read_range(0, 64).hex()
    if not isinstance(value, tuple):
        return str(value)
    return "\\".join(map(str, value)) + "..."


def _bytes(element: "DataElement", width: int) -> str:
    from ._fragments import Fragments

    if element.has_undefined_length:
        value = element.value
        if isinstance(value, Fragments):
            count = len(value)
            return f"{count} fragment{'' if count == 1 else 's'}, {sum(value.sizes):,} bytes"
    length = element.length
    head = element.handle.read_range(0, max(min(length, (width - 20) // 3), 4))
    more = " ..." if len(head) < length else ""
    return f"{length:,} byte{'' if length == 1 else 's'}: {head.hex(' ')}{more}"


def short_value(element: "DataElement", width: int = 64) -> str:
    """The value of an element in one line of about ``width`` columns."""
    return value_text(element, width)[0]
