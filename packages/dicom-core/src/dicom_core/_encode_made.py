"""Data sets that a program made to bytes: most of their elements are ready (PS3.5 7.1), and items get their lengths here.

All levels go into one list of parts, so that nothing is copied for each level it stands in; what goes before an item is put in
when its size is known. This is the hot loop of encoding, hence the short ways for what nearly all items are.
"""

from collections.abc import Iterable
from struct import Struct, pack
from typing import TYPE_CHECKING, Final

from ._charset import Charset
from ._errors import WriteError
from ._headers import EXPLICIT_FORMS, IMPLICIT_FORMS
from ._index import EMPTY, ITEMS_ALONE, UTF8, RawElement, Stored, all_tags
from ._kernel import EXPLICIT, UNDEFINED
from ._kernel import LONG as LONG_CODES
from ._sequence import Sequence

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._encode import Encoder, Part
    from ._index import Edit

__all__ = ["items", "made"]

_CHARACTER_SET: Final = 0x00080005
_ITEM_LE: Final = b"\xfe\xff\x00\xe0"
_ITEM: Final = {False: _ITEM_LE, True: b"\xff\xfe\xe0\x00"}
_ITEMS: Final = frozenset(_ITEM.values())
_ITEM_END: Final = {False: b"\xfe\xff\x0d\xe0" + bytes(4), True: b"\xff\xfe\xe0\x0d" + bytes(4)}
SEQUENCE_END: Final = {False: b"\xfe\xff\xdd\xe0" + bytes(4), True: b"\xff\xfe\xe0\xdd" + bytes(4)}
_item: Final = Struct("<4sI").pack
# The header of a sequence in explicit VR, and that of its only item
_one_item: Final = Struct("<8sI4sI").pack
_heads: Final = EXPLICIT_FORMS["SQ"].heads


def made(
    encoder: "Encoder", node: "Dataset", charset: Charset, depth: int, parts: "list[Part]"
) -> int:
    """Append a data set that was made in memory; its size."""
    edits = node._edits
    if not edits:
        return 0
    if not encoder.explicit:
        edits = _implicit(edits)
    elif not node._values and node._values is not ITEMS_ALONE:  # no sequences
        run = _joined(edits)
        if run is not None:
            parts.append(run)
            return len(run)
    values, first, size = node._values, len(parts), 0
    quick = encoder.quick and depth < encoder.options.depth
    for tag, edit in _in_order(edits):
        if type(edit) is bytes:
            parts.append(edit)
            size += len(edit)
            continue
        if edit is None:
            continue
        assert not isinstance(edit, bytes)
        item: Dataset | None = None
        if isinstance(edit, Stored):
            item = edit
        elif edit.vr == "SQ":
            value = values.get(tag)
            if type(value) is Sequence and not value.undefined_length:
                found = value._items
                item = found[0] if found and len(found) == 1 else None
        elif not tag & 0xFFFF and tag >> 16 > 2:
            del parts[first:]
            parts += encoder.with_group_lengths(node, all_tags(node), charset, depth)
            return sum(map(len, parts[first:]))
        else:
            size += _one(encoder, node, tag, edit, charset, depth, parts)
            continue
        if quick and item is not None:  # most sequences have only one
            below = item._edits
            if below and item._frame is EMPTY and _CHARACTER_SET not in below:
                place = len(parts)
                parts.append(b"")
                kept = item._values
                run = None if kept or kept is ITEMS_ALONE else _joined(below)
                if run is None:
                    length = made(encoder, item, charset, depth + 1, parts)
                else:
                    parts.append(run)
                    length = len(run)
                if length < UNDEFINED - 8:
                    parts[place] = _one_item(_heads[tag], length + 8, _ITEM_LE, length)
                    size += 20 + length
                    continue
                del parts[place:]  # the long way says what is wrong
        size += items(encoder, node, tag, charset, depth, parts)
    return size


def _joined(edits: "dict[int, Edit]") -> bytes | None:
    """All elements in order, if all of them are ready."""
    ready: Iterable[Edit] = edits.values()
    last = -1
    for tag in edits:  # mostly they were set in order: to see that takes half the time of sorting
        if tag < last:
            ready = [edits[tag] for tag in sorted(edits)]
            break
        last = tag
    try:
        return b"".join(ready)  # type: ignore[arg-type]
    except TypeError:  # quicker than looking at each of them first
        return None


def _in_order(edits: "dict[int, Edit]") -> "Iterable[tuple[int, Edit]]":
    last = -1
    for tag in edits:
        if tag < last:
            return [(tag, edits[tag]) for tag in sorted(edits)]
        last = tag
    return edits.items()


def _implicit(edits: "dict[int, Edit]") -> "dict[int, Edit]":
    """The same with ready elements in implicit VR: without VR, and lengths of four bytes (PS3.5 7.1.3)."""
    return {
        tag: edit
        if type(edit) is not bytes
        else edit[:4] + edit[8:]
        if edit[4:6] in LONG_CODES
        else edit[:4] + edit[6:8] + b"\0\0" + edit[8:]
        for tag, edit in edits.items()
    }


def _one(
    encoder: "Encoder",
    node: "Dataset",
    tag: int,
    edit: RawElement,
    charset: Charset,
    depth: int,
    parts: "list[Part]",
) -> int:
    """Append one element that was set and is not ready; its size."""
    form = (EXPLICIT_FORMS if encoder.explicit else IMPLICIT_FORMS).get(edit.vr)
    if form is not None and type(edit) is RawElement and edit.handle is None:
        heads, pack, most, text = form
        raw = edit.buf[edit.start : edit.stop]
        length = len(raw)
        if (
            length <= most
            and not length & 1
            and edit.encoding == EXPLICIT
            and (
                not text
                or (raw.isascii() and b"\x1b" not in raw)
                or (edit.charset is UTF8 and charset == UTF8)
            )
        ):
            head = pack(heads[tag], length)
            parts += (head, raw)
            return len(head) + length
    made = encoder.element(node, tag, charset, depth)
    parts += made
    return sum(map(len, made))


def items(
    encoder: "Encoder",
    node: "Dataset",
    tag: int,
    charset: Charset,
    depth: int,
    parts: "list[Part]",
) -> int:
    """Append a sequence, item by item; its size."""
    value = node._values.get(tag)
    if type(value) is not Sequence:
        value = node[tag]
        assert isinstance(value, Sequence)
    depth += 1
    sequences = encoder.options.sequences
    undefined = bool(value.undefined_length) if sequences == "keep" else sequences == "undefined"
    place = len(parts)
    parts.append(b"")
    size = sum(
        [_item_parts(encoder, item, charset, depth, undefined, parts) for item in value._all()]
    )
    if undefined:
        parts.append(SEQUENCE_END[encoder.big])
        head = encoder.header(tag, "SQ", UNDEFINED)
        parts[place] = head
        return len(head) + size + 8
    if encoder.big or size >= UNDEFINED:
        head = encoder.header(tag, "SQ", size, node)
    else:
        form = (EXPLICIT_FORMS if encoder.explicit else IMPLICIT_FORMS)["SQ"]
        head = form.pack(form.heads[tag], size)
    parts[place] = head
    return len(head) + size


def _item_parts(
    encoder: "Encoder",
    item: "Dataset",
    charset: Charset,
    depth: int,
    undefined: bool,
    parts: "list[Part]",
) -> int:
    """Append one item; its size with what is around it."""
    big, options = encoder.big, encoder.options
    place = len(parts)
    parts.append(b"")
    edits = item._edits
    if (
        item._frame is EMPTY
        and not big
        and depth <= options.depth
        and not (edits and _CHARACTER_SET in edits)
    ):
        length = made(encoder, item, charset, depth, parts)
    else:
        body = encoder.data_set(item, charset, depth)
        length = sum(map(len, body))
        parts += body
        if options.sequences == "keep":
            undefined = _is_undefined(item, undefined)
    if undefined:
        parts[place] = _ITEM[big] + b"\xff\xff\xff\xff"
        parts.append(_ITEM_END[big])
        return 16 + length
    if length >= UNDEFINED:
        raise WriteError("an item is longer than a length can say", path=item.path)
    parts[place] = pack(">4sI", _ITEM[True], length) if big else _item(_ITEM_LE, length)
    return 8 + length


def _is_undefined(item: Stored, otherwise: bool) -> bool:
    """Whether the length of an item was undefined where it was read; of a new one, as its sequence."""
    buf, start = item._frame.buf, item._start
    head = buf[start - 8 : start] if start >= 8 else b""
    if head[:4] not in _ITEMS:
        return otherwise
    return head[4:] == b"\xff\xff\xff\xff"
