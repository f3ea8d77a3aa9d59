"""Data sets to bytes (PS3.5 7): stored runs are copied, what was edited is encoded anew.

The result is a list of parts: bytes, views of stored bytes, and handles on values that are still in
a file. Nothing is joined before it is known where it goes.
"""

from bisect import bisect_left
from struct import pack
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from ._charset import Charset
from ._encode_implicit import in_implicit
from ._encode_made import SEQUENCE_END, items, made
from ._encode_swap import Swapped, swapped
from ._errors import LimitExceeded, WriteError
from ._fragments import Fragments
from ._headers import LONG, TEXTS
from ._index import (
    EMPTY,
    GivenElement,
    RawElement,
    Stored,
    all_tags,
    charset_in,
    path_of,
    raw_element,
    vr_of,
)
from ._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT, UNDEFINED
from ._kernels import kernel as plain
from ._sequence import Sequence
from ._source import ValueHandle

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["Encoder", "Part", "WriteOptions", "size_of"]

Part: TypeAlias = "bytes | memoryview | ValueHandle"

_CHARACTER_SET: Final = 0x00080005
_ITEM: Final = b"\xfe\xff\x00\xe0"


class WriteOptions(NamedTuple):
    """How a data set is written."""

    sequences: Literal["keep", "defined", "undefined"] = "keep"
    """Lengths of sequences and items: as they were read (new ones defined), or all of one kind."""
    long_values: Literal["UN", "error"] = "UN"
    """A value of 64 KiB and more in a VR with a 16-bit length: as UN (PS3.5 6.2.2), or a `WriteError`."""
    depth: int = 100
    """Sequences in sequences."""
    charset: Literal["declared", "utf-8"] = "declared"
    """Text that is not in the declared character sets: an `UnencodableText`, or all is written and declared in UTF-8."""


def size_of(parts: list[Part]) -> int:
    """The bytes of all parts."""
    return sum(map(len, parts))


class Encoder:
    """Encodes data sets in one encoding."""

    __slots__ = ("big", "encoding", "explicit", "options", "order", "quick")

    def __init__(self, encoding: int, options: WriteOptions) -> None:
        self.encoding = encoding
        self.explicit = encoding != IMPLICIT
        self.big = encoding == EXPLICIT_BE
        self.quick = encoding == EXPLICIT and options.sequences != "undefined"
        self.order = ">" if self.big else "<"
        self.options = options

    def data_set(
        self, node: "Dataset", charset: Charset | None = None, depth: int = 0
    ) -> list[Part]:
        """The parts of a data set or item; ``charset`` is that of the data set around it."""
        if depth > self.options.depth:
            raise LimitExceeded("depth", depth, "while writing")
        declared = declared_charset(node, charset)
        if node._frame is EMPTY and not self.big:
            new: list[Part] = []
            made(self, node, declared, depth, new)
            return new
        edited = edited_tags(node)
        same = (
            node._frame.encoding == self.encoding
            and self.options.sequences == "keep"
            and (
                declared == charset_in(node)
                or node._frame.reading.options.charset_override is not None
            )
            and node._odd.solid
        )
        if same and not edited and not node._odd:
            return [stored_run(node, node._start, node._end)]
        tags = all_tags(node)
        if any(not tag & 0xFFFF and tag >> 16 > 2 for tag in tags):
            return self.with_group_lengths(node, tags, declared, depth)
        if same:
            return self._runs(node, edited, declared, depth)
        if not self.explicit and node._frame.encoding == EXPLICIT and declared == charset_in(node):
            return in_implicit(self, node, tags, declared, depth)
        parts: list[Part] = []
        for tag in tags:
            parts += self.element(node, tag, declared, depth)
        return parts

    def _runs(self, node: "Dataset", edited: list[int], charset: Charset, depth: int) -> list[Part]:
        """Stored runs between the elements that are edited or stand elsewhere."""
        tags = plain.tags(node._index)
        parts: list[Part] = []
        start = node._start  # where the stored bytes go on
        for tag in sorted({*edited, *node._odd}):
            place = bisect_left(tags, tag)
            at = plain.find(node._index, tags[place]) if place < len(tags) else node._end
            if at > start:
                parts.append(stored_run(node, start, at))
            start = max(start, at)
            if place < len(tags) and tags[place] == tag:
                after = place + 1
                start = plain.find(node._index, tags[after]) if after < len(tags) else node._end
            if raw_element(node, tag) is not None:
                parts += self.element(node, tag, charset, depth)
        if node._end > start:
            parts.append(stored_run(node, start, node._end))
        return parts

    def with_group_lengths(
        self, node: "Dataset", tags: list[int], charset: Charset, depth: int
    ) -> list[Part]:
        """Group lengths that are there are made true again (PS3.5 7.2)."""
        parts: list[Part] = []
        slot, group, size = -1, -1, 0
        for tag in tags:
            if tag >> 16 != group:
                self._set_group_length(parts, slot, group, size)
                slot, group, size = -1, tag >> 16, 0
            if not tag & 0xFFFF:
                slot = len(parts)
                parts.append(b"")
                continue
            made = self.element(node, tag, charset, depth)
            size += size_of(made)
            parts += made
        self._set_group_length(parts, slot, group, size)
        return parts

    def _set_group_length(self, parts: list[Part], slot: int, group: int, size: int) -> None:
        if slot >= 0:
            value = pack(self.order + "I", size)
            parts[slot] = self.header(group << 16, "UL", 4) + value

    # --- one element --------------------------------------------------------------------------

    def header(self, tag: int, vr: str, length: int, node: "Dataset | None" = None) -> bytes:
        """The header of an element (PS3.5 7.1.2, 7.1.3)."""
        group, element = tag >> 16, tag & 0xFFFF
        if length > UNDEFINED:
            path = "" if node is None else path_of(node, tag)
            raise WriteError(f"{length} bytes are too long for one value", path=path)
        if not self.explicit:
            return pack("<HHI", group, element, length)
        if vr in LONG:
            return pack(self.order + "HH2sHI", group, element, vr.encode(), 0, length)
        return pack(self.order + "HH2sH", group, element, vr.encode(), length)

    def element(self, node: "Dataset", tag: int, charset: Charset, depth: int) -> list[Part]:
        """One element, header and value."""
        found = raw_element(node, tag)
        assert found is not None
        vr = vr_of(node, tag, found)
        if vr == "SQ":
            parts: list[Part] = []
            if not self._as_stored(node, tag, found, charset, parts):
                items(self, node, tag, charset, depth, parts)
            return parts
        if found.undefined:
            return self._encapsulated(node, tag, vr, found)
        value = self._value(node, tag, vr, found, charset)
        length = len(value)
        if self.explicit and length > 0xFFFE and vr not in LONG:
            if self.options.long_values == "error":
                raise WriteError(
                    f"{length} bytes are too long for {vr} in explicit VR (PS3.5 6.2.2)",
                    path=path_of(node, tag),
                    rule="long-value",
                )
            value = self._value(node, tag, vr, found, charset, little=True)
            vr = "UN"
        parts = [self.header(tag, vr, length + (length & 1), node), value]
        if length & 1:  # of a stored value that is odd, or cut off
            parts.append(b" " if vr not in LONG and vr != "UI" else b"\0")
        return parts

    def _value(
        self,
        node: "Dataset",
        tag: int,
        vr: str,
        found: RawElement,
        charset: Charset,
        *,
        little: bool = False,
    ) -> bytes | memoryview | ValueHandle:
        """The value field in the byte order and character set that is written."""
        stored_big = found.encoding == EXPLICIT_BE and found.vr != "UN"
        target_big = self.big and not little and vr != "UN"
        stored = found.charset or charset_in(node)
        if found.handle is not None and (vr not in TEXTS or stored == charset):
            return found.handle if stored_big == target_big else Swapped.handle(found.handle, vr)
        raw = found.raw(found.length)
        if stored_big != target_big:
            raw = swapped(raw, vr)
        if (
            vr in TEXTS
            and stored != charset
            and type(found) is not GivenElement
            and (not raw.isascii() or b"\x1b" in raw)
        ):
            return _recoded(node, tag, raw, vr, stored, charset)
        return raw

    def _encapsulated(self, node: "Dataset", tag: int, vr: str, found: RawElement) -> list[Part]:
        """Fragments (PS3.5 A.4), which only explicit little endian has."""
        if self.encoding != EXPLICIT:
            raise WriteError(
                "encapsulated pixel data is only in explicit VR little endian (PS3.5 A.4)",
                path=path_of(node, tag),
                rule="encapsulated",
            )
        head = self.header(tag, vr, UNDEFINED)
        if found.offset >= 0 and _are_whole(found):
            if found.handle is not None:
                return [head, found.handle, SEQUENCE_END[False]]
            body = memoryview(found.buf)[found.start : found.stop]
            return [head, body, SEQUENCE_END[False]]
        value = node[tag]
        assert isinstance(value, Fragments)
        parts: list[Part] = [head]
        for piece in (value.offset_table, *value.parts()):
            length = len(piece) + (len(piece) & 1)
            parts.append(_ITEM + pack("<I", length))
            parts.append(piece)
            if len(piece) & 1:
                parts.append(b"\0")
        parts.append(SEQUENCE_END[False])
        return parts

    def _as_stored(
        self, node: "Dataset", tag: int, found: RawElement, charset: Charset, parts: list[Part]
    ) -> bool:
        """Append a sequence byte for byte, if nothing in it is edited and it is to be written as it was read."""
        value = node._values.get(tag)
        if (
            found.offset < 0
            or found.encoding != self.encoding
            or self.options.sequences != "keep"
            or not node._odd.solid
            or (
                charset != charset_in(node) and node._frame.reading.options.charset_override is None
            )
            or (isinstance(value, Sequence) and value.is_edited)
        ):
            return False
        undefined = found.undefined
        parts.append(self.header(tag, found.vr or "SQ", UNDEFINED if undefined else found.length))
        parts.append(found.handle or memoryview(found.buf)[found.start : found.stop])
        if undefined:
            parts.append(SEQUENCE_END[self.big])
        return True


def _are_whole(found: RawElement) -> bool:
    """Whether stored fragments can be written as they stand: little endian, and the last one not cut off, which
    would take in the delimiter that is written after it.
    """
    if found.handle is None:
        return plain.items(found.buf, found.start, found.stop, EXPLICIT, {}) is not None
    spans = found.spans
    if not spans:
        return not found.length
    start, stop = spans[-2:]
    return stop == found.length and found.handle.read_range(start - 8, 8) == (
        _ITEM + pack("<I", stop - start)
    )


def stored_run(node: Stored, start: int, end: int) -> bytes | memoryview:
    """Stored bytes as they stand."""
    buf = node._frame.buf
    if end - start == len(buf):
        return buf
    return memoryview(buf)[start:end]


def edited_tags(node: "Dataset") -> list[int]:
    """The tags that were set or deleted, or whose items were."""
    found = set(node._edits or ())
    for tag, value in list(node._values.items()):
        if isinstance(value, Sequence) and value.is_edited:
            found.add(tag)
    return sorted(found)


def declared_charset(node: Stored, around: Charset | None) -> Charset:
    """The character set that a reader of the written data set will use."""
    edits = node._edits
    found = raw_element(node, _CHARACTER_SET) if edits and _CHARACTER_SET in edits else None
    if found is not None:
        return Charset.parse(found.raw(found.length).decode("latin-1").rstrip(" \0"))
    if edits and _CHARACTER_SET in edits:
        return around or Charset.DEFAULT
    if node._frame is EMPTY:  # nothing is stored
        return Charset.DEFAULT if around is None else around
    if raw_element(node, _CHARACTER_SET) is not None:
        return charset_in(node)
    if around is not None:
        return around
    return charset_in(node)


def _recoded(
    node: Stored, tag: int, raw: bytes, vr: str, stored: Charset, charset: Charset
) -> bytes:
    from ._charset._convert import transcode
    from ._errors import ValueEncodeError

    try:
        return transcode(raw, stored, charset, vr)
    except ValueEncodeError as error:
        error.path = path_of(node, tag)
        raise


def parts_to_bytes(parts: list[Part]) -> bytes:
    """Everything in one piece of memory."""
    try:
        return b"".join(parts)  # type: ignore[arg-type]
    except TypeError:  # quicker than looking at each of them first; a handle is not joined
        return b"".join([part.read() if isinstance(part, ValueHandle) else part for part in parts])


# Tracebacks, reprs and pickles name the place that users import from
WriteOptions.__module__ = "dicom_core"
