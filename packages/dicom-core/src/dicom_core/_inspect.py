"""The structural findings of a file: a careful second pass over every level, made when asked for."""

from typing import TYPE_CHECKING, Final

from dicom_dict import Tag, find_element

from ._errors import LimitExceeded
from ._findings import Collector, Finding
from ._index import RawElement, Reading, Stored, all_tags, path_of, stored_element, vr_of
from ._index_careful import Careful, Level, careful_items
from ._kernel import IMPLICIT
from ._nested import sequence_of

if TYPE_CHECKING:
    from ._file import DicomFile

__all__ = ["inspect"]

# VRs of fixed size values: their length is a multiple of it (PS3.5 6.2)
_SIZES: Final = {
    "AT": 4, "FD": 8, "FL": 4, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2, "SL": 4, "SS": 2,
    "SV": 8, "UL": 4, "US": 2, "UV": 8,
}  # fmt: skip


def inspect(file: "DicomFile", collector: Collector) -> tuple[Finding, ...]:
    """Add what nested levels and lengths show to what reading noticed."""
    _meta_length(file, collector)
    # Counted apart: what is looked at here is made for this look, and made again when it is used
    reading = Reading(file.dataset._frame.reading.options)
    stack: list[Stored] = [file.dataset, file.meta]
    while stack:
        node = stack.pop()
        stack.extend(_level(node, collector, reading, in_meta=node is file.meta))
    return collector.all()


def _meta_length(file: "DicomFile", collector: Collector) -> None:
    """(0002,0000) counts what follows it in its group (PS3.10 7.1)."""
    begin, end = file._head
    found = stored_element(file.meta, 0x00020000)
    if found is None or found.length != 4:
        if end > begin:
            collector.note("meta-group-length", "the group length is missing", "(0002,0000)", begin)
        return
    declared = int.from_bytes(found.raw(4), "little")
    if declared != end - found.base - found.stop:
        text = f"the group length says {declared}, {end - found.base - found.stop} bytes follow"
        collector.note("meta-group-length", text, "(0002,0000)", found.offset, "UL")


def _level(node: Stored, collector: Collector, reading: Reading, *, in_meta: bool) -> list[Stored]:
    """Look at every element of a level; gives the items below."""
    below: list[Stored] = []
    creators: set[int] = set()
    for tag in all_tags(node):
        found = stored_element(node, tag)
        if found is None:
            continue
        _one(node, tag, found, creators, collector, in_meta=in_meta)
        vr = vr_of(node, tag, found)
        if vr == "SQ":
            below.extend(_items(node, tag, found, collector, reading))
            continue
        if vr == "UN" and found.length and _is_sequence(tag):
            text = "the value of a sequence does not begin with an item"
            collector.note("item-expected", text, path_of(node, tag), found.offset, found.vr)
        length, size = found.length, _SIZES.get(vr, 1)
        if length % size:
            text = f"{length} bytes are no multiple of {size}"
            collector.note("length-multiple", text, path_of(node, tag), found.offset, vr)
        elif length & 1 and not found.undefined:
            text = f"the length {length} is odd"
            collector.note("odd-length", text, path_of(node, tag), found.offset, vr)
    below.reverse()
    return below


def _is_sequence(tag: int) -> bool:
    entry = find_element(tag)
    return entry is not None and entry.vr == "SQ"


def _one(
    node: Stored,
    tag: int,
    found: RawElement,
    creators: set[int],
    collector: Collector,
    *,
    in_meta: bool,
) -> None:
    """Where an element may stand (PS3.5 7.8, PS3.10 7.1)."""
    if tag >> 16 <= 2 and not in_meta:
        text = f"{Tag(tag)} does not belong in a data set"
        collector.note("group-misplaced", text, path_of(node, tag), found.offset, found.vr)
    if tag & 0x10000 and tag & 0xFFFF:
        element = tag & 0xFFFF
        if 0x10 <= element <= 0xFF:
            creators.add(tag)
        elif element < 0x1000 or (tag & 0xFFFF0000 | element >> 8) not in creators:
            text = f"{Tag(tag)} has no private creator"
            collector.note(
                "private-creator-missing", text, path_of(node, tag), found.offset, found.vr
            )


def _items(
    node: Stored, tag: int, found: RawElement, collector: Collector, reading: Reading
) -> list[Stored]:
    """Go over a sequence and each of its items with care."""
    from ._dataset import make_dataset

    frame = sequence_of(node, tag, found)._frame
    frame.reading = reading
    options = reading.options
    place = path_of(node, tag)
    if frame.depth > options.limits.depth:
        if collector.strict:
            raise LimitExceeded("depth", frame.depth, f"at byte {found.offset}")
        text = f"sequences are nested deeper than {options.limits.depth}; what is below was not looked at"
        collector.note("limit-depth", text, place, found.offset)
        return []
    start, stop = (0, len(frame.buf)) if found.handle is not None else (found.start, found.stop)
    depth = options.limits.depth - frame.depth
    report = collector.reporter(frame.base, place)
    level = Level(frame.buf, stop, frame.encoding, frame.ends, report, depth)
    if found.vr == "UN" and frame.encoding != IMPLICIT and stop > start:
        text = "a sequence of VR UN is not in implicit VR little endian"
        collector.note("un-not-implicit", text, place, found.offset, "UN")
    spans, _ = careful_items(level, start, undefined=False)
    reading.count(len(spans) // 2)
    below: list[Stored] = []
    steps = 0
    for number in range(0, len(spans), 2):
        item = make_dataset(frame, spans[number], spans[number + 1], number >> 1)
        inner = level._replace(
            end=spans[number + 1],
            report=collector.reporter(frame.base, f"{place}[{number >> 1}]"),
        )
        seen: set[int] = set()
        careful = Careful(inner, seen.__contains__)
        at = spans[number]
        while at < inner.end:
            entry, at = careful.next(at)
            if entry is not None:
                seen.add(entry.tag)
            steps += 1
        if steps > options.limits.elements:
            raise LimitExceeded("elements", steps)
        below.append(item)
    return below
