"""Making a `FrameIndex`: by arithmetic, from an offset table that proves right, or by scanning fragments.

PS3.5 A.4: frames of several fragments are told apart by a table, or else by the codestreams that begin in them.
"""

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import dicom_core as dc

from ._describe import PIXEL_DATA
from ._index import FrameIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dicom_core import Dataset, Fragments

    from ._descriptor import PixelDescriptor

__all__ = ["encapsulated_index", "native_index"]

_EXTENDED: Final = 0x7FE00001
_LENGTHS: Final = 0x7FE00002
_NEAR: Final = 4096  # fragments as small as this share reads when they are looked at
_WINDOW: Final = 1 << 16
_PEEK: Final = 16


class _Spans:
    """All fragments: where they are in the source, and where their items begin, counted as offset tables do."""

    def __init__(self, fragments: "Fragments") -> None:
        handle, spans = fragments.handle, fragments.spans
        self.handle = handle
        self.starts = array("Q", (handle.offset + at for at in spans[::2]))
        self.ends = array("Q", (handle.offset + at for at in spans[1::2]))
        items = array("Q")
        at = 0
        # of fragments that were never written, the items will have padding (PS3.5 A.4)
        pad = 1 if len(spans) > 2 and spans[2] == spans[1] else 0
        for size in fragments.sizes:
            items.append(at)
            at += size + (size & pad) + 8
        self.items = items

    def __len__(self) -> int:
        return len(self.starts)

    def size(self, number: int) -> int:
        return self.ends[number] - self.starts[number]

    def find(self, offset: int) -> int:
        """The fragment whose item begins at an offset of a table, or -1."""
        at = bisect_left(self.items, offset)
        return at if at < len(self.items) and self.items[at] == offset else -1


def native_index(
    handle: "dc.ValueHandle", descriptor: "PixelDescriptor", bits: int
) -> tuple[FrameIndex, list[dc.Finding]]:
    """The index of pixels that are not encapsulated; ``bits``: of one frame as it is stored."""
    need, have = -(-bits * descriptor.frames // 8), handle.length
    index = FrameIndex.native(descriptor.frames, handle.offset, have, bits)
    if have < need:
        text = f"there are {have} bytes of pixels, {need} are needed"
        return index, [_finding("pixel-data-short", text)]
    if have > need + need % 2:
        text = f"there are {have} bytes of pixels, {need} are needed; the rest is not used"
        return index, [_finding("pixel-data-long", text)]
    return index, []


def encapsulated_index(
    dataset: "Dataset", fragments: "Fragments", descriptor: "PixelDescriptor", codec: str
) -> tuple[FrameIndex, list[dc.Finding]]:
    """The index of encapsulated pixels; ``codec`` is the family of their codestreams."""
    spans = _Spans(fragments)
    findings: list[dc.Finding] = []
    frames = descriptor.frames
    how, firsts = "scan", None
    for name, table in (
        ("extended", _extended(dataset, spans, frames, findings)),
        ("basic", _basic(fragments.offset_table, spans, frames, findings)),
    ):
        if table is not None:
            how, firsts = name, table
            break
    why = ""
    if how == "scan":
        firsts, why = _scan(spans, frames, codec)
        if why:
            findings.append(_finding("frames-not-found", why))
    if firsts is not None and len(firsts) == len(spans):
        firsts = None  # each frame has one fragment
    made = FrameIndex.encapsulated(how, frames, (spans.starts, spans.ends), firsts, why)
    return made, findings


def _extended(
    dataset: "Dataset", spans: _Spans, frames: int, findings: list[dc.Finding]
) -> "array[int] | None":
    """The first fragments by the Extended Offset Table (PS3.3 C.7.6.3.1.8), where that is right."""
    if _EXTENDED not in dataset or not dataset.element(_EXTENDED).length:
        return None
    offsets = _numbers(dataset, _EXTENDED, 8, frames)
    lengths = _numbers(dataset, _LENGTHS, 8, frames) if _LENGTHS in dataset else None
    firsts = None if offsets is None else _firsts(offsets, spans)
    if firsts is None:
        findings.append(_finding("extended-offset-table", "it does not fit the fragments"))
        return None
    # Each frame is one fragment then (PS3.5 A.4); its length is that of the fragment, less padding
    if (
        lengths is None
        or len(firsts) != len(spans)
        or not all(0 <= spans.size(at) - length <= 1 for at, length in enumerate(lengths))
    ):
        text = "its lengths are not those of the fragments"
        findings.append(_finding("extended-offset-table", text))
        return None
    return firsts


def _basic(
    table: bytes, spans: _Spans, frames: int, findings: list[dc.Finding]
) -> "array[int] | None":
    """The first fragments by the Basic Offset Table, where that is right."""
    if not table:
        return None
    firsts = None
    if len(table) == 4 * frames:
        firsts = _firsts(_little_endian(table, 4), spans)
    if firsts is None:
        text = f"its {len(table)} bytes do not fit {frames} frames in {len(spans)} fragments"
        findings.append(_finding("basic-offset-table", text))
    return firsts


def _firsts(offsets: "array[int]", spans: _Spans) -> "array[int] | None":
    """The fragments that begin at ascending offsets, the first of them at 0."""
    firsts = array("Q")
    last = -1
    for offset in offsets:
        at = spans.find(offset)
        if at <= last:
            return None
        firsts.append(at)
        last = at
    return firsts if firsts and firsts[0] == 0 else None


def _numbers(dataset: "Dataset", tag: int, size: int, count: int) -> "array[int] | None":
    element = dataset.element(tag)
    if element.length != size * count or element.is_encapsulated:
        return None
    return _little_endian(element.handle.read(), size)


def _little_endian(data: bytes, size: int) -> "array[int]":
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return array("Q", (int.from_bytes(piece, "little") for piece in pieces))


def _scan(spans: _Spans, frames: int, codec: str) -> "tuple[array[int] | None, str]":
    """The first fragments without a table, and why some frames have none."""
    count = len(spans)
    if frames == 1:
        return array("Q", [0] if count else []), "" if count else "there are no fragments"
    if count == frames:
        return None, ""
    begins = _BEGINNINGS.get(codec)
    if begins is None:
        reason = f"{count} fragments hold {frames} frames, and nothing tells which"
        return array("Q"), reason
    firsts = array("Q", (at for at, piece in enumerate(_heads(spans)) if begins(piece)))
    if len(firsts) == frames and firsts[0] == 0:
        return firsts, ""
    if 0 < len(firsts) < frames and len(firsts) == count:
        return firsts, f"{frames} frames are announced, {count} are there"
    found = f"{count} fragments and {len(firsts)} codestreams in them"
    return array("Q"), f"{found} cannot be divided into {frames} frames"


def _heads(spans: _Spans) -> "Iterator[bytes]":
    """The first bytes of each fragment; small fragments share a read."""
    source = spans.handle.source
    stop = spans.handle.offset + spans.handle.length
    base, window = 0, b""
    for number, (start, end) in enumerate(zip(spans.starts, spans.ends, strict=True)):
        need = min(_PEEK, end - start)
        if not base <= start <= start + need <= base + len(window):
            following = number + 8
            near = following < len(spans) and spans.starts[following] - start < 8 * _NEAR
            base = start
            window = source.read_range(start, min(_WINDOW if near else need, stop - start))
        yield window[start - base : start - base + need]


def _jpeg(head: bytes) -> bool:
    return head[:3] == b"\xff\xd8\xff"


def _jpeg2000(head: bytes) -> bool:
    return head[:4] == b"\xff\x4f\xff\x51" or head[:8] == b"\0\0\0\x0cjP  "


def _jpegxl(head: bytes) -> bool:
    return head[:2] == b"\xff\x0a" or head[:8] == b"\0\0\0\x0cJXL "


def _rle(head: bytes) -> bool:
    """The number of segments and the offset of the first one, which follows the header (PS3.5 G.5)."""
    segments = int.from_bytes(head[:4], "little")
    return 1 <= segments <= 15 and head[4:8] == b"\x40\0\0\0"


_BEGINNINGS: "Final[dict[str, Callable[[bytes], bool]]]" = {
    "jpeg": _jpeg, "jpeg-lossless": _jpeg, "jpeg-ls": _jpeg, "jpeg2000": _jpeg2000,
    "htj2k": _jpeg2000, "jpegxl": _jpegxl, "rle": _rle,
}  # fmt: skip


def _finding(rule: str, text: str) -> dc.Finding:
    return dc.Finding(rule, text, str(dc.Tag(PIXEL_DATA)))
