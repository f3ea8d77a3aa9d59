"""From the bytes of a sequence to the `Sequence`; none of it is parsed before somebody looks."""

from ._index import Frame, RawElement, Stored
from ._kernel import IMPLICIT, encoding_in_un
from ._sequence import Sequence

__all__ = ["sequence_of", "stored_sequence"]


def stored_sequence(node: Stored, tag: int, start: int, stop: int, undefined: bool) -> Sequence:
    """The sequence in these bytes of a data set."""
    frame = node._frame
    encoding = frame.encoding
    inner = Frame(
        frame.buf,
        encoding,
        frame.reading,
        frame.base,
        frame.ends,
        node._charset,
        encoding == IMPLICIT and node.signed(),
        (frame.place, node._number, tag),
        frame.depth + 1,
    )
    return Sequence._found(inner, undefined, start, stop)


def sequence_of(node: Stored, tag: int, found: RawElement) -> Sequence:
    """The sequence that stands in the bytes of an element, wherever they are."""
    frame = node._frame
    buf, base, start, stop = found.buf, found.base, found.start, found.stop
    if found.handle is not None:
        buf = found.handle.read(frame.reading.options.limits.value)
        base, start, stop = found.handle.offset, 0, len(buf)
    encoding = encoding_in_un(buf, start, found.encoding) if found.vr == "UN" else found.encoding
    inner = Frame(
        buf,
        encoding,
        frame.reading,
        base=base,
        ends=frame.ends if buf is frame.buf else None,
        charset=node._charset,
        signed=encoding == IMPLICIT and node.signed(),
        place=(frame.place, node._number, tag),
        depth=frame.depth + 1,
    )
    return Sequence._found(inner, found.undefined, start, stop)
