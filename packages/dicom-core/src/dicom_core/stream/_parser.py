"""The push parser: a state machine over element headers that never waits and never reads ahead."""

from typing import TYPE_CHECKING, Final, Literal

from dicom_dict import Tag

from .._ambiguous import implicit_vr
from .._errors import LimitExceeded, NotDicom, ParseError, TruncatedElement
from .._findings import Collector, Finding
from .._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT, LONG, NAMES, UNDEFINED
from .._kernels import kernel as plain
from .._meta import syntax_of, syntax_of_value, uid_of
from .._options import ReadOptions
from ._events import (
    NEED_DATA,
    Element,
    EndOfData,
    Event,
    FileStart,
    ItemEnd,
    ItemStart,
    SequenceEnd,
    SequenceStart,
    ValueChunk,
    ValueEnd,
    ValueStart,
)
from ._input import Input
from ._levels import DATA_SET, FRAGMENTS, ITEM, META, SEQUENCE, SKIPPED, VALUE, Context, Level

if TYPE_CHECKING:
    from dicom_dict import TransferSyntax

__all__ = ["Parser"]

CHUNK: Final = 1 << 16
_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD
_PIXEL_DATA: Final = 0x7FE00010
_ITEMS: Final = frozenset((b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00"))
_SYNTAX: Final = 0x00020010
_PIXEL_REPRESENTATION: Final = 0x00280103
_LUT_DESCRIPTOR: Final = 0x00283002
_CONTAINERS: Final = frozenset(("SQ", "UN", "OB", "OW"))


class Parser:
    """Turns bytes into events, however they are cut, in memory of about one chunk.

    ``transfer_syntax``: of a bare data set; without it the stream is a file with preamble and file
    meta information. Values longer than ``chunk`` come in pieces of that size, wherever the bytes
    were cut. Call `feed`, then `next_event` until it gives `NEED_DATA`; `close` at the end.
    """

    __slots__ = (
        "_chunk", "_collector", "_elements", "_ended", "_input", "_levels", "_limits", "_told",
        "transfer_syntax",
    )  # fmt: skip

    transfer_syntax: str | None
    """The transfer syntax of the data set, as given or as the file meta information says."""

    def __init__(
        self,
        transfer_syntax: "str | TransferSyntax | None" = None,
        *,
        options: ReadOptions | None = None,
        chunk: int = CHUNK,
    ) -> None:
        options = options or ReadOptions()
        self._input = Input()
        self._chunk = chunk
        self._collector = Collector(options.strict, options.limits.findings)
        self._limits = options.limits
        self._levels: list[Level] = []
        self._elements = 0
        self._ended = False
        self._told = False
        self.transfer_syntax = None
        if transfer_syntax is not None:
            self._begin_data_set(uid_of(transfer_syntax))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was not as it should be, so far."""
        return self._collector.all()

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take more bytes of the stream."""
        if self._input.closed:
            raise ValueError("the parser was closed; nothing can be fed after that")
        self._input.feed(data)

    def close(self) -> None:
        """The stream is over: what is cut off is told now, or raised in strict mode."""
        self._input.closed = True

    def next_event(self) -> Event:
        """The next event, or `NEED_DATA`; after the last one `EndOfData`, again and again."""
        while True:
            event = self._step()
            if event is not None:
                return event

    # --- the machine --------------------------------------------------------------------------

    def _step(self) -> Event | None:
        """One step: an event, or None where the state changed without one."""
        if not self._levels:
            return self._preamble()
        level = self._levels[-1]
        if level.end is not None and self._input.offset >= level.end:
            return self._leave(level)
        if level.kind == VALUE:
            return self._value(level)
        if level.kind == SKIPPED:
            return self._skip(level)
        if level.kind in {SEQUENCE, FRAGMENTS}:
            return self._item(level)
        return self._header(level)

    def _preamble(self) -> Event:
        source = self._input
        if not source.has(132):
            if source.closed:
                raise NotDicom("there is no DICM after 128 bytes")
            return NEED_DATA
        if source.peek(4, 128) != b"DICM":
            raise NotDicom(
                "there is no DICM after 128 bytes; give the transfer syntax of a bare data set"
            )
        preamble = source.take(132)[:128]
        self._levels.append(Level(META, EXPLICIT))
        return FileStart(preamble)

    def _begin_data_set(self, uid: str) -> None:
        syntax = syntax_of(uid)
        self.transfer_syntax = uid
        self._levels = [Level(DATA_SET, syntax.encoding)]
        if syntax.deflated:
            self._input.begin_deflated()

    def _leave(self, level: Level) -> Event | None:
        """The level is over."""
        self._levels.pop()
        if level.kind == ITEM:
            return ItemEnd(level.number)
        if level.kind in {SEQUENCE, FRAGMENTS, SKIPPED}:
            return SequenceEnd(Tag(level.tag))
        # a fragment's value ends with its item, which has the same end
        return None if self._levels[-1].kind == ITEM and not level.tag else ValueEnd(Tag(level.tag))

    def _waits(self) -> bool:
        """Whether missing bytes may still come; if not, what is wrong with a deflate stream is told."""
        source = self._input
        if source.over and not self._told:
            self._told = True
            for rule, text in source.trouble:
                self._collector.note(rule, text, offset=source.offset + len(source))
        return not source.over

    def _starved(self, need: int, where: str) -> Event:
        """Bytes are missing: wait for them, or the stream is cut off here."""
        source = self._input
        if self._waits():
            return NEED_DATA
        level = self._levels[-1]
        if level.kind in {META, DATA_SET} and not len(source):
            self._ended = True
            return EndOfData(source.offset)
        if not self._ended and (len(source) or level.end is not None or level.kind != DATA_SET):
            self._ended = True
            text = f"the stream ends within {where}, {need} bytes were due, {len(source)} are there"
            self._collector.note("truncated", text, level.path, source.offset)
        if len(source):
            source.skip(len(source))
        if level.kind in {META, DATA_SET}:
            return EndOfData(source.offset)
        closed = self._leave(level)
        return closed if closed is not None else self.next_event()

    # --- elements -----------------------------------------------------------------------------

    def _header(self, level: Level) -> Event | None:
        source = self._input
        if not source.has(8):
            return self._starved(8, "an element header")
        head = source.peek(8)
        tag = _tag(head, level.encoding)
        if level.kind == META and tag >> 16 != 2:
            return self._end_meta()
        if tag >> 16 == 0xFFFE:
            return self._delimiter(level, tag)
        long_form = level.encoding != IMPLICIT and head[4:6] in LONG
        if long_form and not source.has(12):
            return self._starved(12, "an element header")
        if level.encoding != IMPLICIT and head[4:6] not in NAMES:
            return self._unknown(level, tag, head)
        vr, size, length = plain.header(source.peek(12), 0, level.encoding)
        if not vr:
            vr = implicit_vr(tag, Context(level))
        elif vr == "UN" and length != UNDEFINED and not tag & 0x10000:
            # UN hides what the dictionary knows (PS3.5 6.2.2), as for the reader
            known = implicit_vr(tag, Context(level))
            if known == "SQ" and length >= 4:
                if not source.has(size + 4) and self._waits():
                    return NEED_DATA
                known = "SQ" if source.peek(4, size) in _ITEMS else "UN"
            return self._element(level, tag, known, size, length, in_un=True)
        return self._element(level, tag, vr, size, length)

    def _unknown(self, level: Level, tag: int, head: bytes) -> Event | None:
        """A VR that nobody knows: the long form where its reserved bytes are zero (PS3.5 7.1.2)."""
        source = self._input
        if tag == 0 and not any(head):
            text = "zero bytes follow the last element"
            self._collector.note("trailing-padding", text, level.path, source.offset)
            source.skip(8)
            return None
        size = 8 if any(head[6:8]) else 12
        if not source.has(size):
            return self._starved(size, "an element header")
        order = _order(level.encoding)
        field = source.peek(size)[size - (2 if size == 8 else 4) :]
        length = int.from_bytes(field, order)
        return self._element(level, tag, "UN", size, length, unknown=True)

    def _element(
        self,
        level: Level,
        tag: int,
        vr: str,
        size: int,
        length: int,
        *,
        in_un: bool = False,
        unknown: bool = False,
    ) -> Event | None:
        """``in_un``: UN that hides a sequence; ``unknown``: a VR that nobody knows."""
        source = self._input
        whole = True
        if length == UNDEFINED or vr == "SQ":
            if (vr == "UN" or in_un) and not source.has(size + 14) and self._waits():
                return NEED_DATA
        else:
            due = min(length, self._room(size))
            whole = due > self._chunk or source.has(size + due)
            # nothing is told before it is sure that nothing more is waited for: it would be told again
            if not whole and self._waits():
                return NEED_DATA
        path = level.path_to(tag)
        offset = source.offset
        if unknown:
            text = f"{Tag(tag)} has an unknown VR"
            self._collector.note("vr-unknown", text, path, offset, "UN")
        if length == UNDEFINED or vr == "SQ":
            return self._sequence(level, tag, "UN" if in_un else vr, size, length)
        length = self._fitting(tag, path, size, length)
        if not whole:
            have = max(len(source) - size, 0)
            if self._collector.strict:
                raise TruncatedElement(Tag(tag), length, have, path=path, offset=offset, vr=vr)
            text = f"{Tag(tag)} declares {length} bytes, {have} are there"
            self._collector.note("truncated", text, path, offset, vr)
            length = have
        self._count(level, tag, path, offset)
        source.skip(size)
        if length > self._chunk:
            end = source.offset + length
            self._levels.append(Level(VALUE, level.encoding, end=end, path=path, tag=tag))
            return ValueStart(Tag(tag), vr, length, path, offset)
        value = source.take(length)
        self._remember(level, tag, value)
        return Element(Tag(tag), vr, length, path, offset, value)

    def _fitting(self, tag: int, path: str, size: int, length: int) -> int:
        """The length, cut to what the level around still holds."""
        have = self._room(size)
        if length <= have:
            return length
        offset = self._input.offset
        if self._collector.strict:
            raise TruncatedElement(Tag(tag), length, have, path=path, offset=offset)
        text = f"{Tag(tag)} declares {length} bytes, {have} are there"
        self._collector.note("truncated", text, path, offset)
        return have

    def _room(self, size: int) -> int:
        """Bytes after a header of this size before the nearest end of a level of defined length."""
        ends = [level.end for level in self._levels if level.end is not None]
        return max(min(ends) - self._input.offset - size, 0) if ends else UNDEFINED

    def _count(self, level: Level, tag: int, path: str, offset: int) -> None:
        self._elements += 1
        if self._elements > self._limits.elements:
            raise LimitExceeded("elements", self._elements, f"in {path}" if path else "")
        if tag <= level.last:
            rule = "tag-duplicate" if tag == level.last else "tag-order"
            self._collector.note(rule, f"{Tag(tag)} is out of order", path, offset)
        level.last = max(level.last, tag)

    def _remember(self, level: Level, tag: int, value: bytes) -> None:
        """What later elements depend on."""
        if level.kind == META:
            if tag == _SYNTAX:
                self.transfer_syntax = syntax_of_value(value).uid
        elif tag in {_PIXEL_REPRESENTATION, _LUT_DESCRIPTOR} and len(value) >= 2:
            number = int.from_bytes(value[:2], _order(level.encoding))
            level.shorts[tag] = number
            if tag == _PIXEL_REPRESENTATION:
                level.signed = number == 1

    def _end_meta(self) -> Event | None:
        if self.transfer_syntax is None:
            raise ParseError(
                "no-transfer-syntax",
                "the file meta information has no transfer syntax",
                path="(0002,0010)",
                offset=self._input.offset,
            )
        self._begin_data_set(self.transfer_syntax)
        return None

    def _value(self, level: Level) -> Event:
        """The next chunk of a large value: of the same size however the bytes came."""
        source = self._input
        assert level.end is not None
        size = min(self._chunk, level.end - source.offset)
        if not source.has(size):
            if self._waits():
                return NEED_DATA
            have = len(source)
            if not have:
                return self._starved(size, "a value")
            if not self._ended:
                self._ended = True
                if self._collector.strict:
                    begin = level.end - level.position - size
                    raise TruncatedElement(
                        Tag(level.tag),
                        level.end - begin,
                        have,
                        path=level.path,
                        offset=source.offset,
                    )
                text = f"the stream ends {level.end - source.offset - have} bytes before the value does"
                self._collector.note("truncated", text, level.path, source.offset)
            size = have
        position = level.position
        level.position += size
        return ValueChunk(position, source.take(size))

    # --- sequences ----------------------------------------------------------------------------

    def _sequence(self, level: Level, tag: int, vr: str, size: int, length: int) -> Event:
        source = self._input
        path, offset = level.path_to(tag), source.offset
        undefined = length == UNDEFINED
        if undefined and vr not in _CONTAINERS and level.encoding != IMPLICIT:
            raise ParseError(
                "undefined-length",
                f"{Tag(tag)} of VR {vr} has no length",
                path=path,
                offset=offset,
                vr=vr,
            )
        encoding = level.encoding
        if vr == "UN":
            encoding = plain.encoding_in_un(source.peek(14, size), 0, encoding)
        fragments = undefined and (vr in {"OB", "OW"} if level.encoding else tag == _PIXEL_DATA)
        depth = sum(1 for outer in self._levels if outer.kind == SEQUENCE) + 1
        if depth > self._limits.depth:
            raise LimitExceeded("depth", depth, f"at byte {offset}")
        if not undefined:
            length = self._fitting(tag, path, size, length)
        self._count(level, tag, path, offset)
        source.skip(size)
        end = None if undefined else source.offset + length
        kind = FRAGMENTS if fragments else SEQUENCE
        self._levels.append(Level(kind, encoding, end=end, path=path, tag=tag, signed=level.signed))
        shown = vr if fragments else "SQ"
        return SequenceStart(
            Tag(tag), shown, None if undefined else length, path, offset, fragments
        )

    def _item(self, level: Level) -> Event | None:
        source = self._input
        if not source.has(8):
            return self._starved(8, "a sequence")
        head = source.peek(8)
        tag = _tag(head, level.encoding)
        length = int.from_bytes(head[4:], _order(level.encoding))
        offset = source.offset
        if tag == _SEQUENCE_END:
            source.skip(8)
            if level.end is not None:
                text = "a delimiter ends a sequence of defined length"
                self._collector.note("delimiter-unexpected", text, level.path, offset)
            return self._leave(level)
        if tag != _ITEM:
            text = f"{Tag(tag)} stands where an item should"
            self._collector.note("item-expected", text, level.path, offset)
            if level.end is not None:
                level.kind = SKIPPED
                return None
            return self._leave(level)
        number = level.number
        undefined = length == UNDEFINED
        path = f"{level.path}[{number}]"
        if undefined and level.kind == FRAGMENTS:
            raise ParseError(
                "undefined-length", "a fragment has no length", path=path, offset=offset
            )
        if not undefined:
            length = self._fitting(_ITEM, path, 8, length)
        self._elements += 1
        if self._elements > self._limits.elements:
            raise LimitExceeded("elements", self._elements, f"in {path}")
        level.number += 1
        source.skip(8)
        end = None if undefined else source.offset + length
        self._levels.append(
            Level(ITEM, level.encoding, end=end, path=path, number=number, signed=level.signed)
        )
        if level.kind == FRAGMENTS:
            self._levels.append(Level(VALUE, level.encoding, end=end, path=path))
        return ItemStart(number, None if undefined else length, path, offset)

    def _skip(self, level: Level) -> Event | None:
        """Go on to the end of a sequence whose items cannot be told apart."""
        source = self._input
        assert level.end is not None
        left = level.end - source.offset
        if not source.has(min(left, CHUNK)) and not len(source):
            return self._starved(left, "a sequence")
        source.skip(min(left, len(source)))
        return None

    def _delimiter(self, level: Level, tag: int) -> Event | None:
        """A delimiter between elements: the end of an item, or astray (PS3.5 7.5)."""
        source = self._input
        if level.kind == ITEM and level.end is None:
            if tag == _ITEM_END:
                source.skip(8)
                return self._leave(level)
            if tag in {_SEQUENCE_END, _ITEM}:
                text = "an item has no delimiter"
                self._collector.note("delimiter-missing", text, level.path, source.offset)
                return self._leave(level)
        text = f"{Tag(tag)} stands between elements"
        self._collector.note("delimiter-unexpected", text, level.path, source.offset)
        source.skip(8)
        return None


def _order(encoding: int) -> Literal["little", "big"]:
    return "big" if encoding == EXPLICIT_BE else "little"


def _tag(head: bytes, encoding: int) -> int:
    order = _order(encoding)
    return int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)


# Tracebacks, reprs and pickles name the place that users import from
Parser.__module__ = "dicom_core.stream"
