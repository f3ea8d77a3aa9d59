"""Pickling of data sets and files: the bytes they stand on, or the path and identity of the file."""

from typing import TYPE_CHECKING, TypeAlias

from ._charset import Charset
from ._index import (
    FoundElement,
    FragmentsElement,
    Frame,
    GivenElement,
    Odd,
    Place,
    RawElement,
    Reading,
    Stored,
    charset_in,
)
from ._index_top import fill
from ._kernels import kernel as plain
from ._options import ReadOptions
from ._sequence import Sequence
from ._source import ValueHandle

if TYPE_CHECKING:
    from ._dataset import Dataset

__all__ = ["restore", "state_of"]

_set = object.__setattr__


def state_of(root: "Dataset") -> tuple[object, ...]:
    """How to make the data set again: large values go as handles on their source.

    Edited items stand behind the data set they are in, in one flat list: pickle would recurse.
    """
    nodes = [root]
    return restore, ([_state(node, nodes) for node in nodes],)


def _state(node: "Dataset", nodes: "list[Dataset]") -> "State":
    """One data set; the items that are packed beside it are appended to ``nodes``."""
    frame = node._frame
    start = node._start
    entries = [(tag, plain.find(node._index, tag) - start) for tag in plain.tags(node._index)]
    edits = node._edits or {}
    for tag in [tag for tag, edit in edits.items() if isinstance(edit, Stored)]:
        node._load(tag)  # its only item becomes a sequence
    values = list(node._values.items())
    sequences = [(tag, one) for tag, one in values if isinstance(one, Sequence) and one.is_edited]
    items: dict[int, tuple[bool | None, list[int]]] = {}
    for tag, one in sequences:
        items[tag] = (one.undefined_length, list(range(len(nodes), len(nodes) + len(one))))
        nodes.extend(one)
    return (
        frame.buf[start : node._end],
        frame.base + start,
        frame.encoding,
        frame.reading.options,
        entries,
        {tag: _packed(found) for tag, found in node._odd.items()},
        {
            tag: _packed(edit) if isinstance(edit, RawElement) else edit
            for tag, edit in edits.items()
            if not isinstance(edit, Stored)
        },
        {tag: value for tag, value in values if tag in edits and tag not in items},
        items,
        (charset_in(node), node.signed(), node._place, node._number, frame.depth, node._odd.solid),
    )


def _packed(found: RawElement) -> tuple[object, ...]:
    return (
        found.vr, found.buf[found.start : found.stop], found.encoding, found.offset, found.undefined,
        found.base + found.start, found.handle, found.spans, found.charset, type(found) is GivenElement,
    )  # fmt: skip


State: TypeAlias = tuple[
    bytes,
    int,
    int,
    ReadOptions,
    list[tuple[int, int]],
    dict[int, tuple[object, ...]],
    dict[int, tuple[object, ...] | bytes | None],
    dict[int, object],
    dict[int, tuple[bool | None, list[int]]],
    tuple[Charset, bool, Place, int, int, bool],
]


def restore(states: list[State]) -> "Dataset":
    """The data set of a pickled state."""
    nodes: dict[int, Dataset] = {}
    for number in range(len(states) - 1, -1, -1):  # items before what holds them
        nodes[number] = _restored(states[number], nodes)
    return nodes[0]


def _restored(state: State, nodes: "dict[int, Dataset]") -> "Dataset":
    from ._dataset import make_dataset

    buf, base, encoding, options, entries, odd, edits, values, items, rest = state
    charset, signed, place, number, depth, solid = rest
    frame = Frame(
        buf, encoding, Reading(options), base=base, charset=charset, signed=signed, place=place,
        depth=depth,
    )  # fmt: skip
    node = make_dataset(frame, 0, len(buf), number)
    index = plain.new_index()
    for tag, offset in entries:
        plain.put(index, tag, offset)
    others = Odd(solid)
    for tag, packed in odd.items():
        others[tag] = _unpacked(packed)
    fill(node, index, others)
    _set(node, "_charset", charset)
    if edits:
        made = {
            tag: _unpacked(packed) if isinstance(packed, tuple) else packed
            for tag, packed in edits.items()
        }
        _set(node, "_edits", made)
    node._values.update(values)
    for tag, (undefined, numbers) in items.items():
        sequence = node._values[tag] = Sequence(nodes.pop(item) for item in numbers)
        sequence.undefined_length = undefined
    return node


def _unpacked(packed: tuple[object, ...]) -> RawElement:
    vr, raw, encoding, offset, undefined, base, handle, spans, charset, given = packed
    assert isinstance(vr, str)
    assert isinstance(raw, bytes)
    assert isinstance(encoding, int)
    assert isinstance(offset, int)
    assert isinstance(base, int)
    assert handle is None or isinstance(handle, ValueHandle)
    assert spans is None or isinstance(spans, list)
    assert charset is None or isinstance(charset, Charset)
    if offset < 0:
        kind = FragmentsElement if undefined else GivenElement if given else RawElement
        made = kind(vr, raw, 0, len(raw), encoding, charset)
        made.handle = handle
        return made
    return FoundElement(
        vr, raw, 0, len(raw), encoding, offset, bool(undefined), base=base,
        handle=handle, spans=spans, charset=charset,
    )  # fmt: skip
