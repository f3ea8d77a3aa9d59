"""`DataElement`: one element of a data set, as it was found or as somebody makes it."""

from typing import TYPE_CHECKING, Final

from dicom_dict import Tag, find_element

from ._ambiguous import SINGLE, SINGLE_KNOWN
from ._codec import DECODERS, decode
from ._encode_swap import swapped
from ._errors import ValueDecodeError
from ._index import FoundElement, RawElement, Stored, charset_in, path_of, vr_of
from ._kernel import EXPLICIT_BE, LONG, NAMES
from ._kernels import COMPILED, mypyc_attr
from ._nested import fragments_of, passing_sequence, stored_sequence
from ._passing import Passing
from ._source import BytesSource, ValueHandle

if TYPE_CHECKING:
    from ._charset import Charset

__all__ = ["DataElement"]

# VRs that hold one value whatever the dictionary says (PS3.5 6.2, 6.4)
ONE_VALUE: Final = frozenset(
    ("LT", "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "ST", "UN", "UR", "UT")
)
TEXT: Final = frozenset(
    "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT".split()  # noqa: SIM905
)
LONG_NAMES: Final = frozenset(vr.decode() for vr in LONG)
# Words and numbers that are handed out as bytes: little endian, whatever they were stored in
WORDS: Final = frozenset(("OD", "OF", "OL", "OV", "OW"))
_FRAGMENTED: Final = frozenset(("OB", "OW"))
UNSET: Final = object()
BLANK: Final = object()
"""Instead of a value: an element that is filled afterwards."""
_SINGLE: Final = SINGLE_KNOWN  # compiled, a name of another module is looked up each time
# The decoder of each VR that an index knows; None of sequences and of plain bytes
_BY_VR: Final = {vr: DECODERS.get(vr) for vr in NAMES.values()}
_LONGEST_KEPT: Final = 64  # bytes of a value that is remembered
_MOST_KEPT: Final = 2048  # values that are remembered for one file


# With subclasses allowed, a blank one can be made and filled. It is part of no cycle.
@mypyc_attr(allow_interpreted_subclasses=True, acyclic=True)
class DataElement:
    """One data element: immutable, compared by tag, VR and value.

    The value is decoded when it is asked for; `raw` and `text` work even where that raises.
    """

    __slots__ = ("_found", "_node", "_start", "_stop", "_tag", "_value", "_vr")

    _node: "Stored | None"
    _found: RawElement | None
    _value: object
    # Of an element of a plain index: offsets of value and end of value; _start is -1 for others.
    _start: int
    _stop: int

    def __init__(self, tag: int | str, vr: str, value: object) -> None:
        if value is BLANK:  # compiled, this is the only way that is no look-up
            return
        self._tag = int(Tag(tag))
        self._vr = vr
        self._node = None
        self._found = None
        self._start = -1
        if vr != "SQ":
            from .values._encode import encode

            encode(vr, value, True, _utf8())  # raises where the VR has no such value
        self._value = value

    @classmethod
    def _of(cls, node: "Stored", tag: int, found: RawElement) -> "DataElement":
        self: DataElement = blank(cls)
        self._tag = tag
        self._vr = vr_of(node, tag, found)
        self._node = node
        self._start = -1
        self._found = found
        self._value = UNSET
        return self

    @property
    def tag(self) -> Tag:
        """The tag."""
        return int.__new__(Tag, self._tag)

    @property
    def vr(self) -> str:
        """The VR of the value; in implicit VR, what the dictionary and the data set say."""
        return self._vr

    @property
    def value(self) -> object:
        """The value: a tuple where there are several, also where the dictionary says VM 1."""
        value = self._value
        if value is not UNSET:
            return value
        start, vr = self._start, self._vr
        decoder = None if start < 0 else _BY_VR[vr]
        if decoder is None:
            value = self._value = self._other_value()
            return value
        node = self._node
        assert node is not None
        frame = node._frame
        memo = frame.memo
        key = b""
        if memo is not None:
            if self._stop - start <= _LONGEST_KEPT and vr not in LONG_NAMES:
                key = frame.buf[start - 8 : self._stop]  # tag, VR, length and value
                value = memo.get(key, UNSET)
                if value is not UNSET:
                    self._value = value
                    return value
            else:
                memo = None
        raw = frame.buf[start : self._stop]
        if not raw:
            self._value = None
            return None
        charset = node._charset
        if charset is None:
            charset = charset_in(node)
        try:
            value = decoder(raw, frame.encoding != EXPLICIT_BE, charset)
        except ValueDecodeError as error:
            error.path = self.path
            error.offset = self.offset
            raise
        if type(value) is not tuple and value is not None:
            single = _SINGLE.get(self._tag)
            if single is None:
                single = SINGLE[self._tag]
            if not single and vr not in ONE_VALUE:
                value = (value,)
        if memo is not None and len(memo) < _MOST_KEPT:
            memo[key] = value
        self._value = value
        return value

    def _other_value(self) -> object:
        """The value of a sequence, of plain bytes, or of an element that the plain index does not hold."""
        node, start, tag = self._node, self._start, self._tag
        assert node is not None
        if start < 0:
            found = self._found
            assert found is not None
            return _value_of(node, tag, self._vr, found)
        buf = node._frame.buf
        if self._vr != "SQ":
            return buf[start : self._stop] or None
        undefined = buf[start - 4 : start] == b"\xff\xff\xff\xff"
        if isinstance(node, Passing):
            return passing_sequence(node, tag, start, self._stop, undefined)
        edits = node._edits
        if edits and tag in edits:  # it was deleted or replaced since
            return stored_sequence(node, tag, start, self._stop, undefined)
        value = node._values.get(tag)
        if value is None:
            made = stored_sequence(node, tag, start, self._stop, undefined)
            value = node._values.setdefault(tag, made)
        return value

    def _stored(self) -> RawElement | None:
        """What stands behind it; None for an element that was made."""
        if self._start < 0 or self._found is not None:
            return self._found
        node = self._node
        assert node is not None
        frame = node._frame
        at = self._start - (12 if frame.encoding and self._vr in LONG_NAMES else 8)
        undefined = frame.buf[self._start - 4 : self._start] == b"\xff\xff\xff\xff"
        self._found = FoundElement(
            self._vr if frame.encoding else "", frame.buf, self._start, self._stop, frame.encoding,
            frame.base + at, undefined and self._vr == "SQ", base=frame.base,
        )  # fmt: skip
        return self._found

    @property
    def raw(self) -> bytes:
        """The bytes of the value field as they stand in the source, padding included."""
        found = self._stored()
        if found is None:
            from .values._encode import encode

            return encode(self._vr, self._value, True, _utf8()) if self._vr != "SQ" else b""
        node = self._node
        assert node is not None
        return found.raw(node._frame.reading.options.limits.value)

    @property
    def text(self) -> str:
        """The value as text; never raises for what a value may hold.

        Character VRs decoded without padding, numbers joined by backslashes, bytes as hexadecimal
        digits, sequences as their number of items.
        """
        vr = self._vr
        if vr in TEXT:
            return self._charset().decode(self.raw, vr).rstrip(" \0")
        if vr == "SQ":
            count = len(self.value) if hasattr(self.value, "__len__") else 0
            return f"{count} item{'' if count == 1 else 's'}"
        if vr not in ONE_VALUE:
            try:
                value = self.value
            except ValueDecodeError:
                return self.raw.hex()
            if isinstance(value, tuple):
                return "\\".join(map(str, value))
            return "" if value is None else str(value)
        return self.handle.read_range(0, 64).hex() + ("..." if self.length > 64 else "")

    def _charset(self) -> "Charset":
        found = self._stored()
        if found is None:
            return _utf8()
        node = self._node
        assert node is not None
        return found.charset or charset_in(node)

    @property
    def charset(self) -> "Charset":
        """The character set that its text is in (PS3.5 6.1); UTF-8 for an element that was set."""
        return self._charset()

    @property
    def has_undefined_length(self) -> bool:
        """Whether it stands in the source with an undefined length: a sequence, or fragments (PS3.5 7.1)."""
        found = self._stored()
        return found is not None and found.undefined

    @property
    def offset(self) -> int | None:
        """The byte of its header in the source; None for an element that was set."""
        found = self._stored()
        return None if found is None or found.offset < 0 else found.offset

    @property
    def value_offset(self) -> int | None:
        """The byte of its value in the source; None for an element that was set."""
        found = self._stored()
        if found is None or found.offset < 0:
            return None
        return found.base + found.start if found.handle is None else found.handle.offset

    @property
    def length(self) -> int:
        """The bytes of the value that are there."""
        found = self._stored()
        return len(self.raw) if found is None else found.length

    @property
    def vm(self) -> int:
        """How many values there are."""
        value = self.value
        if value is None:
            return 0
        return len(value) if isinstance(value, tuple) else 1

    @property
    def handle(self) -> ValueHandle:
        """The bytes of the value for reading by range, without bringing all of it into memory."""
        found = self._stored()
        if found is None:
            raw = self.raw
            return ValueHandle(BytesSource(raw), 0, len(raw))
        if found.handle is not None:
            return found.handle
        return ValueHandle(BytesSource(found.buf), found.start, found.length)

    @property
    def is_encapsulated(self) -> bool:
        """Whether it holds fragments (PS3.5 A.4); the value is then `Fragments`."""
        found = self._stored()
        return found is not None and found.undefined and self._vr != "SQ"

    @property
    def is_big_endian(self) -> bool:
        """Whether `raw` and `handle` hold big endian words; the value never does."""
        found = self._stored()
        return found is not None and found.encoding == EXPLICIT_BE and found.vr != "UN"

    @property
    def is_empty(self) -> bool:
        """Whether the value has no bytes; a sequence, no items."""
        return not self.value if self._vr == "SQ" else self.length == 0

    @property
    def keyword(self) -> str:
        """The keyword of the dictionary, or empty."""
        entry = find_element(self._tag)
        return entry.keyword if entry is not None else ""

    @property
    def name(self) -> str:
        """The name of the dictionary, or empty."""
        entry = find_element(self._tag)
        return entry.name if entry is not None else ""

    @property
    def path(self) -> str:
        """Where it stands, such as ``(0040,A730)[2].(0008,0100)``."""
        return str(self.tag) if self._node is None else path_of(self._node, self._tag)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataElement):
            return NotImplemented
        return (
            self._tag == other._tag
            and self._vr == other._vr
            and comparable(self) == comparable(other)
        )

    def __hash__(self) -> int:
        return hash((self._tag, self._vr))

    def __reduce__(self) -> tuple[object, ...]:
        return DataElement, (self.tag, self._vr, self.value)

    def __repr__(self) -> str:
        from ._display import short_value

        name = f" {self.keyword}" if self.keyword else ""
        return f"<{self.tag}{name} {self._vr} {short_value(self)}>"


blank: Final = DataElement.__new__


def comparable(element: DataElement) -> object:
    """The value, or the raw bytes of one that cannot be decoded."""
    try:
        return element.value
    except ValueDecodeError:
        return element.raw


def _utf8() -> "Charset":
    from ._charset import Charset

    return Charset.parse("ISO_IR 192")


def _value_of(node: "Stored", tag: int, vr: str, found: RawElement) -> object:
    if vr == "SQ" or found.undefined:
        edits = node._edits
        if (
            vr in _FRAGMENTED
            and isinstance(found, FoundElement)
            and not isinstance(node, Passing)
            and not (edits and tag in edits)
        ):
            known = node._values.get(tag)
            return node._values.setdefault(tag, fragments_of(found)) if known is None else known
        return node._load(tag)
    value = decode_found(node, tag, vr, found)
    if value is None or type(value) is tuple or vr in ONE_VALUE or SINGLE[tag]:
        return value
    return (value,)


def decode_found(node: Stored, tag: int, vr: str, found: RawElement) -> object:
    """The value of an element that is no sequence; errors say where."""
    raw = found.raw(node._frame.reading.options.limits.value)
    # UN is little endian even in a big endian data set (PS3.5 6.2.2)
    little = found.encoding != EXPLICIT_BE or found.vr == "UN"
    if not little and vr in WORDS:
        raw = swapped(raw, vr)
    try:
        return decode(vr, raw, little, found.charset or charset_in(node))
    except ValueDecodeError as error:
        error.path = path_of(node, tag)
        error.offset = found.offset if found.offset >= 0 else None
        raise


# Tracebacks, reprs and pickles name the place that users import from; mypyc takes no plain assignment here.
type.__setattr__(DataElement, "__module__", "dicom_core")
if COMPILED:  # a class has lost it
    type.__setattr__(
        DataElement, "__doc__", "One data element: immutable, compared by tag, VR, value."
    )
