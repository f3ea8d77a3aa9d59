"""From the bytes of a sequence to the `Sequence`; none of it is parsed before somebody looks. Fragments are like it."""

from typing import Final

from ._fragments import Fragments, spans_in
from ._index import Frame, Place, RawElement, Stored, charset_in
from ._items import Items
from ._kernel import EXPLICIT_BE, IMPLICIT
from ._kernels import kernel as plain
from ._sequence import Sequence
from ._source import BytesSource, ValueHandle

__all__ = ["fragments_of", "passing_sequence", "sequence_of", "stored_sequence"]

_REPEATING: Final = 1024  # bytes of a sequence in which values are likely to come again


def stored_sequence(node: Stored, tag: int, start: int, stop: int, undefined: bool) -> Sequence:
    """The sequence in these bytes of a data set, in its encoding."""
    place = (node._place, node._number, tag)
    return found_sequence(_below(node, stop - start), place, start, stop, undefined)


def passing_sequence(node: Stored, tag: int, start: int, stop: int, undefined: bool) -> Sequence:
    """The same for an item that is only gone over: the data set will know it when somebody looks into it."""
    made = found_sequence(_below(node, stop - start), None, start, stop, undefined)
    made._owner = node
    made._tag = tag
    return made


def _below(node: Stored, size: int) -> Frame:
    """The frame of items in so many bytes of a data set, in its encoding."""
    frame, charset = node._frame, charset_in(node)
    below = frame.below
    # Pixel Representation only decides in implicit VR
    signed = frame.encoding == IMPLICIT and node.signed()
    long = size >= _REPEATING
    if (
        below is None
        or below.charset is not charset
        or below.signed != signed
        or (long and below.memo is None)
    ):
        below = frame.below = Frame(
            frame.buf, frame.encoding, frame.reading, frame.base, frame.ends, charset, signed, None,
            frame.depth + 1,
        )  # fmt: skip
        known = frame.memo
        if known is not None and frame.charset is charset:
            below.memo = known
        elif long:
            below.memo = {}
    return below


def sequence_of(node: Stored, tag: int, found: RawElement) -> Sequence:
    """The sequence that stands in the bytes of an element, wherever they are."""
    frame = node._frame
    buf, base, start, stop = found.buf, found.base, found.start, found.stop
    if found.handle is not None:
        buf = found.handle.read(frame.reading.options.limits.value)
        base, start, stop = found.handle.offset, 0, len(buf)
    encoding = (
        plain.encoding_in_un(buf, start, found.encoding) if found.vr == "UN" else found.encoding
    )
    place = (node._place, node._number, tag)
    inner = Frame(
        buf,
        encoding,
        frame.reading,
        base=base,
        ends=frame.ends if buf is frame.buf else None,
        charset=charset_in(node),
        signed=encoding == IMPLICIT and node.signed(),
        place=place,
        depth=frame.depth + 1,
    )
    return found_sequence(inner, place, start, stop, found.undefined)


_blank: Final = Items.__new__
_Sequence: Final = Sequence  # compiled, a name of another module is looked up each time


def found_sequence(frame: Frame, place: Place, start: int, stop: int, undefined: bool) -> Sequence:
    """The sequence whose items, of this frame, are between two offsets; none of it is parsed."""
    self: Items = _blank(_Sequence)
    self._frame = frame
    self._place = place
    self._start = start
    self._stop = stop
    self._changed = False
    self.undefined_length = undefined
    self._items = self._owner = self._same = None
    return self  # type: ignore[return-value]


def fragments_of(found: RawElement) -> Fragments:
    """Encapsulated bytes; only the headers of the items are looked at."""
    if found.handle is not None:
        return Fragments.found(found.handle, found.spans or [])
    buf, start, stop = found.buf, found.start, found.stop
    source = BytesSource(buf)
    inner: dict[int, int] = {}  # holds something where an item has no length, which is no fragment
    spans = plain.items(buf, start, stop, found.encoding, inner)
    if spans is None or inner:
        spans, _, _ = spans_in(source, start, stop, found.encoding == EXPLICIT_BE)
    else:
        spans = [at - start for at in spans]
    return Fragments.found(ValueHandle(source, start, stop - start), spans)
