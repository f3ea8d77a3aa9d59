"""dicom-core's push parser: the same events however the bytes are cut, and the elements that the reader finds."""

from collections.abc import Iterator, Sequence
from itertools import cycle, zip_longest

import dicom_core as dc
from dicom_core.stream import (
    NEED_DATA,
    Element,
    EndOfData,
    Event,
    Parser,
    SequenceStart,
    ValueChunk,
    ValueStart,
)

from .surface import Surface, polite
from .surfaces_core import (
    DEFLATED,
    EXPLICIT,
    EXPLICIT_BE,
    IMPLICIT,
    LIMITS,
    dataset_seeds,
    small_files,
)

__all__ = ["SURFACES", "feed_parser"]

SYNTAXES = (None, IMPLICIT, EXPLICIT, EXPLICIT_BE, DEFLATED)
CHUNKS = (1, 16, 500, 1 << 16)
MOST_CUTS = 8
MOST_PIECES = 2000  # of one stream: a long one has longer pieces
# What a parser that never looks ahead cannot know, and the reader does
READERS_GUESSES = frozenset(("encoding-mislabelled", "meta-implicit", "no-transfer-syntax"))


def feed_parser(data: bytes) -> None:
    """How to read and where to cut stand before the stream, see `arranged`."""
    if len(data) < 2:
        return
    syntax = SYNTAXES[data[0] % len(SYNTAXES)]
    strict = bool(data[0] & 0x80)
    chunk = CHUNKS[data[1] >> 4 & 3]
    count = data[1] % MOST_CUTS
    sizes, stream = data[2 : 2 + count], data[2 + count :]
    whole = outcome(syntax, strict, chunk, [stream])
    cut = outcome(syntax, strict, chunk, pieces(stream, sizes))
    if whole != cut:
        raise AssertionError(first_difference("in one piece", whole, "in many pieces", cut))
    if not strict and not whole[1] and not whole[2]:
        same_as_the_reader(syntax, stream, whole[0])


def arranged(stream: bytes, syntax: str | None, sizes: bytes, how: int = 0) -> bytes:
    """An input of `feed_parser`."""
    return bytes([SYNTAXES.index(syntax), how << 4 | len(sizes)]) + sizes + stream


def pieces(stream: bytes, sizes: bytes) -> Iterator[bytes]:
    """The stream in pieces of these sizes, over and over."""
    least = max(len(stream) // MOST_PIECES, 1)
    start = 0
    for size in cycle(sizes or b"\0"):
        if start >= len(stream):
            return
        if not size:
            yield b""  # that is no end
        yield stream[start : start + size + least]
        start += size + least


Outcome = tuple[tuple[Event, ...], tuple[str, ...], tuple[dc.Finding, ...]]


def outcome(
    syntax: str | None, strict: bool, chunk: int, parts: "Iterator[bytes] | list[bytes]"
) -> Outcome:
    """The events, the error that ended them if one did, and the findings."""
    parser = Parser(syntax, options=dc.ReadOptions(strict=strict, limits=LIMITS), chunk=chunk)
    events: list[Event] = []
    error: tuple[str, ...] = ()
    try:
        for part in parts:
            parser.feed(part)
            events += drained(parser)
            if events and isinstance(events[-1], EndOfData):
                break  # the deflate stream is damaged: what follows says nothing
        parser.close()
        if not events or not isinstance(events[-1], EndOfData):
            events += drained(parser)
        if not events or not isinstance(events[-1], EndOfData):
            raise AssertionError("a closed stream does not come to its end")
    except dc.DicomError as broken:
        polite(broken)
        error = (type(broken).__name__, str(broken))
    return tuple(events), error, parser.findings


def drained(parser: Parser) -> Iterator[Event]:
    while (event := parser.next_event()) is not NEED_DATA:
        yield event
        if isinstance(event, EndOfData):
            return


def same_as_the_reader(syntax: str | None, stream: bytes, events: tuple[Event, ...]) -> None:
    """Where neither found anything odd, both found the same elements."""
    head = b"" if syntax is None else header(syntax)
    try:
        file = dc.read(head + stream, dc.ReadOptions(limits=LIMITS))
        sets = (file.meta, file.dataset) if syntax is None else (file.dataset,)
        shift = 0 if syntax == DEFLATED else len(head)
        read = [
            (one.path, one.vr, (one.offset or 0) - shift, one.raw)
            for ds in sets
            for one in ds.walk()
        ]
        if file.findings:
            return
    except dc.DicomError:
        return
    pushed = list(elements(events))
    same = len(pushed) == len(read) and all(
        have == one if one[3] is not None else have[:3] == one[:3]
        for have, one in zip(read, pushed, strict=True)
    )
    if not same:
        raise AssertionError(first_difference("pushed", pushed, "read", read))


def first_difference(one: str, left: Sequence[object], other: str, right: Sequence[object]) -> str:
    """In words, for whoever looks at the crasher."""
    for have, want in zip_longest(left, right):
        if have != want:
            if isinstance(have, tuple | list) and isinstance(want, tuple | list) and len(left) == 3:
                return first_difference(one, [*have, ""], other, [*want, ""])
            return f"{one}: {have!r:.900}\n{other}: {want!r:.900}"
    return "no difference"


def header(syntax: str) -> bytes:
    """Preamble and file meta information, so that the reader has findings to show."""
    uid = syntax.encode() + b"\0" * (len(syntax) & 1)
    element = b"\2\0\x10\0UI" + len(uid).to_bytes(2, "little") + uid
    group = b"\2\0\0\0UL\4\0" + len(element).to_bytes(4, "little")
    return bytes(128) + b"DICM" + group + element


def elements(events: tuple[Event, ...]) -> Iterator[tuple[str, str, int, bytes | None]]:
    """Path, VR, offset and value of each element; none of what has items or fragments."""
    for number, event in enumerate(events):
        if isinstance(event, Element):
            yield event.path, event.vr, event.offset, event.value
        elif isinstance(event, SequenceStart):
            yield event.path, event.vr, event.offset, None
        elif isinstance(event, ValueStart):
            value = bytearray()
            for chunk in events[number + 1 :]:
                if not isinstance(chunk, ValueChunk):
                    break
                value += chunk.data
            yield event.path, event.vr, event.offset, bytes(value)


def seeds() -> Sequence[bytes]:
    files = [
        arranged(data, None, bytes([7, 200]), number & 3)
        for number, data in enumerate(small_files())
    ]
    sets = [
        arranged(data[1:], syntax, bytes([3]), 1)
        for data, syntax in zip(dataset_seeds(), SYNTAXES[1:], strict=True)
    ]
    return [*files, *sets]


SURFACES = (Surface("parser", seeds, feed_parser, ("dicom_core",), 900),)
