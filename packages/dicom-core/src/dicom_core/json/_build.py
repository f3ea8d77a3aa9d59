"""From the model to a data set: what JSON and XML say of an element becomes its bytes.

Values are not decoded here, nor checked against their VR: a data set that was encoded and decoded
holds the texts that it held before, right or wrong.
"""

import binascii
from collections.abc import Callable, Iterable, Sequence
from struct import Struct, error, pack
from typing import Final, TypeAlias, TypeGuard

from dicom_dict import Tag, TagFormatError, UnknownEntry

from .._ambiguous import vr_for_writing
from .._charset import Charset
from .._dataset import Dataset, make_dataset
from .._errors import LimitExceeded, ParseError
from .._fragments import Fragments
from .._index import Frame, RawElement, Reading, path_of
from .._kernel import EXPLICIT, NAMES
from .._options import Limits, ReadOptions
from .._sequence import Sequence as Items
from ._bulk import BulkDataHandle, Resolver

__all__ = ["Builder", "Number", "Scalar"]

_set = object.__setattr__
_UTF8: Final = Charset.parse("ISO_IR 192")
_LATIN: Final = Charset.DEFAULT
_VRS: Final = frozenset(NAMES.values())
_PIXEL_DATA: Final = 0x7FE00010
_CHARACTER_SET: Final = 0x00080005
_LONGEST_NUMBER: Final = 64  # more digits than that have no meaning for any VR
_LONGEST_DS: Final = 16
_SPACES: Final = str.maketrans("", "", " \t\r\n")
_CODES: Final = frozenset("AE AS CS DA DT TM UI UR".split())  # noqa: SIM905
_WORDS: Final = frozenset("LO LT SH ST UC UT".split())  # noqa: SIM905
_INTEGERS: Final = {"SS": "h", "US": "H", "SL": "i", "UL": "I", "SV": "q", "UV": "Q"}
_REALS: Final = {"FL": "f", "FD": "d"}


class Number(str):
    """The text of a number with a fraction or an exponent, as it stood."""

    __slots__ = ()


Scalar: TypeAlias = "str | int | float | None"
_SCALARS: Final = frozenset((str, int, float, Number, type(None)))


class Builder:
    """Makes data sets; counts what it makes against the limits."""

    __slots__ = ("_count", "_form", "_limits", "_non_ascii", "_reading", "_resolver")

    def __init__(self, limits: Limits, resolver: Resolver | None, form: str = "json") -> None:
        self._limits = limits
        self._form = form  # what the rules of errors begin with
        self._resolver = resolver
        self._reading = Reading(ReadOptions(limits=limits))
        self._count = 0
        self._non_ascii = False

    # --- data sets ----------------------------------------------------------------------------

    def root(self) -> Dataset:
        """An empty data set to fill; `finish` it."""
        self._non_ascii = False
        self._count = 0
        dataset = make_dataset(Frame(b"", EXPLICIT, self._reading), 0, 0, 0)
        _set(dataset, "_edits", {})
        return dataset

    def frame(self, outer: Dataset, tag: int) -> Frame:
        """What the items of one sequence share."""
        above = outer._frame
        depth = above.depth + 1
        if depth > self._limits.depth:
            raise LimitExceeded("depth", depth, f"in {Tag(tag)}")
        place = (above.place, outer._number, tag)
        return Frame(b"", EXPLICIT, self._reading, place=place, depth=depth)

    def item(self, frame: Frame, number: int) -> Dataset:
        """An empty item of a sequence."""
        self._tick()
        item = make_dataset(frame, 0, 0, number)
        _set(item, "_edits", {})
        return item

    def finish(self, dataset: Dataset) -> Dataset:
        """Text of the model is UTF-8 (PS3.18 F.2); a data set with more than ASCII has to say so."""
        if self._non_ascii and _CHARACTER_SET not in (dataset._edits or {}):
            self.text(dataset, _CHARACTER_SET, "CS", ["ISO_IR 192"])
        return dataset

    def _tick(self) -> None:
        self._count += 1
        if self._count > self._limits.elements:
            raise LimitExceeded("elements", self._count)

    # --- elements -----------------------------------------------------------------------------

    def vr(self, node: Dataset, tag: int, vr: object) -> str:
        """The VR that was given, or where none was, the one of the dictionary; empty if that has none."""
        if vr is None:
            return vr_for_writing(tag, node)
        if isinstance(vr, str) and vr in _VRS:
            return vr
        raise self.wrong("vr", "the vr is none of PS3.5 6.2", node, tag)

    def wrong(self, rule: str, text: str, node: Dataset, tag: int) -> ParseError:
        """An error that says where."""
        return ParseError(f"{self._form}-{rule}", text, path=path_of(node, tag))

    def empty(self, node: Dataset, tag: int, vr: str) -> None:
        """An element without a value."""
        if vr == "SQ":
            self.sequence(node, tag, [])
        else:
            self._put(node, tag, vr or "UN", b"", _UTF8)

    def sequence(self, node: Dataset, tag: int, items: Iterable[Dataset]) -> None:
        """A sequence of finished items."""
        self._put(node, tag, "SQ", b"", _UTF8)
        node._values[tag] = Items(items)

    def inline(self, node: Dataset, tag: int, vr: str, text: str) -> None:
        """Base64 of a value field in little endian (F.2.7)."""
        if len(text) // 4 * 3 > self._limits.value + 3:
            raise LimitExceeded("value", len(text) // 4 * 3, f"in {path_of(node, tag)}")
        raw = _base64(text)
        if raw is None:
            raise self.wrong("base64", "InlineBinary is no base64", node, tag)
        vr = vr or "UN"
        if vr == "SQ":
            raise self.wrong("value", "a sequence has items, no InlineBinary", node, tag)
        if vr in {"OB", "OW"} and tag == _PIXEL_DATA:
            fragments = _fragments(raw)
            if fragments is not None:
                node.set(tag, vr, fragments)
                self._tick()
                return
        if not raw.isascii() and vr in _WORDS:
            self._non_ascii = True
        pad = b"\0" if vr not in _WORDS and vr not in _CODES else b" "
        self._put(node, tag, vr, raw + pad if len(raw) & 1 else raw, _UTF8)

    def bulk(self, node: Dataset, tag: int, vr: str, uri: str) -> None:
        """A value behind a URI (F.2.6)."""
        if vr == "SQ":
            raise self.wrong("value", "a sequence has items, no BulkDataURI", node, tag)
        self._put(node, tag, vr or "UN", b"", _UTF8)
        element = (node._edits or {})[tag]
        assert isinstance(element, RawElement)
        element.handle = BulkDataHandle(uri, self._resolver)

    def values(self, node: Dataset, tag: int, vr: str, values: Sequence[object]) -> None:
        """Values that are texts or numbers; None is an empty one among several."""
        if not _are_scalars(values):
            raise self.wrong("value", "a value is neither text nor number", node, tag)
        if vr in _INTEGERS:
            self._numbers(node, tag, vr, values)
        elif vr in _REALS:
            self._reals(node, tag, vr, values)
        elif vr == "AT":
            self._tags(node, tag, values)
        elif vr in {"DS", "IS"}:
            self.text(node, tag, vr, [_number_text(value, vr) for value in values])
        elif vr in _CODES or vr in _WORDS or vr == "PN":
            self.text(node, tag, vr, [_plain_text(value) for value in values])
        elif vr:
            raise self.wrong("value", f"{vr} has no Value but InlineBinary", node, tag)
        else:
            raise self.wrong("vr", "no vr is given and the dictionary has none", node, tag)

    def text(self, node: Dataset, tag: int, vr: str, parts: Sequence[str]) -> None:
        """Values of a character VR, as they will stand."""
        text = "\\".join(parts)
        charset = _UTF8
        try:
            # What the character set does not touch is read as Latin-1, and goes back as it came.
            raw = text.encode("utf-8" if vr in _WORDS or vr == "PN" else "latin-1")
        except UnicodeEncodeError as problem:
            if vr in _WORDS or vr == "PN" or "\ud800" <= text[problem.start] <= "\udfff":
                raise self.wrong("text", "half a character (lone surrogate)", node, tag) from None
            raw = text.encode("utf-8")
        if len(raw) > self._limits.value:
            raise LimitExceeded("value", len(raw), f"in {path_of(node, tag)}")
        if not self._non_ascii and not raw.isascii() and vr not in _CODES:
            self._non_ascii = True
        if len(raw) & 1:
            raw += b"\0" if vr == "UI" else b" "
        self._put(node, tag, vr, raw, charset)

    def _numbers(self, node: Dataset, tag: int, vr: str, values: Sequence[Scalar]) -> None:
        code = f"<{len(values)}{_INTEGERS[vr]}"
        try:
            raw = pack(code, *values)
        except error:
            try:
                raw = pack(code, *[_integer(value) for value in values])
            except (error, ValueError, OverflowError):
                raise self.wrong("value", f"a value is no {vr}", node, tag) from None
        self._put(node, tag, vr, raw, _LATIN)

    def _reals(self, node: Dataset, tag: int, vr: str, values: Sequence[Scalar]) -> None:
        try:
            numbers = [_real(value) for value in values]
            raw = pack(f"<{len(numbers)}{_REALS[vr]}", *numbers)
        except (error, ValueError, OverflowError):
            raise self.wrong("value", f"a value is no {vr}", node, tag) from None
        self._put(node, tag, vr, raw, _LATIN)

    def _tags(self, node: Dataset, tag: int, values: Sequence[Scalar]) -> None:
        try:
            tags = [Tag(value if isinstance(value, str | int) else "") for value in values]
        except (TagFormatError, UnknownEntry, ValueError):
            raise self.wrong("value", "a value is no AT, eight digits", node, tag) from None
        raw = b"".join([_halves(value >> 16, value & 0xFFFF) for value in tags])
        self._put(node, tag, "AT", raw, _LATIN)

    def _put(self, node: Dataset, tag: int, vr: str, raw: bytes, charset: Charset) -> None:
        self._tick()
        edits = node._edits
        assert edits is not None
        if tag in edits:
            raise self.wrong("duplicate", "the element stands here twice", node, tag)
        edits[tag] = RawElement(vr, raw, 0, len(raw), EXPLICIT, charset=charset)


def _are_scalars(values: Sequence[object]) -> TypeGuard[Sequence[Scalar]]:
    """Whether all are texts, numbers or None; true and false are no values."""
    for value in values:
        if type(value) not in _SCALARS and (
            isinstance(value, bool) or not isinstance(value, str | int | float)
        ):
            return False
    return True


_halves: Final[Callable[[int, int], bytes]] = Struct("<HH").pack


def _plain_text(value: Scalar) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _number_text(value: Scalar, vr: str) -> str:
    """The text of DS or IS: a string as it is, a number in as many characters as there is room for."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    if type(value) is not str and vr == "DS" and len(text) > _LONGEST_DS:
        from ..values._numbers import decimal_text

        return decimal_text(float(text)) if len(text) <= _LONGEST_NUMBER else text
    return text


def _integer(value: Scalar) -> int:
    """An integer, also as a text or as a number with a fraction of zero."""
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        try:
            return int(value)
        except ValueError:
            value = float(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ValueError


def _real(value: Scalar) -> float:
    """A number, also as a text; nothing is NaN, which JSON cannot say."""
    if value is None:
        return float("nan")
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER * 8:
        raise ValueError
    return float(value)


def _base64(text: str) -> bytes | None:
    """The bytes of base64 (RFC 4648 section 4), white space apart; None of anything else."""
    text = text.translate(_SPACES)
    # What strict mode makes of padding that is too long or missing differs between versions of Python.
    if len(text) % 4 or text[-3:] == "===":
        return None
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def _fragments(raw: bytes) -> Fragments | None:
    """Encapsulated pixel data, if the bytes are items to their end (PS3.5 A.4)."""
    pieces: list[bytes] = []
    pos = 0
    while raw[pos : pos + 4] == b"\xfe\xff\x00\xe0" and pos + 8 <= len(raw):
        length = int.from_bytes(raw[pos + 4 : pos + 8], "little")
        if pos + 8 + length > len(raw):
            return None
        pieces.append(raw[pos + 8 : pos + 8 + length])
        pos += 8 + length
    if not pieces or raw[pos:] not in {b"", b"\xfe\xff\xdd\xe0\0\0\0\0"}:
        return None
    return Fragments(pieces[1:], pieces[0])
