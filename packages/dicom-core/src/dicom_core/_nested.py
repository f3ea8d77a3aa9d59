"""From the bytes of a sequence to the `Sequence`; none of it is parsed before somebody looks."""

from ._index import Frame, RawElement, Stored
from ._kernel import IMPLICIT
from ._kernels import kernel as plain
from ._sequence import Sequence, found_sequence

__all__ = ["sequence_of", "stored_sequence"]


def stored_sequence(node: Stored, tag: int, start: int, stop: int, undefined: bool) -> Sequence:
    """The sequence in these bytes of a data set, in its encoding."""
    frame, charset = node._frame, node._charset
    below = frame.below
    # Pixel Representation only decides in implicit VR
    signed = frame.encoding == IMPLICIT and node.signed()
    if below is None or below.charset is not charset or below.signed != signed:
        below = frame.below = Frame(
            frame.buf, frame.encoding, frame.reading, frame.base, frame.ends, charset, signed, None,
            frame.depth + 1,
        )  # fmt: skip
    return found_sequence(below, (node._place, node._number, tag), start, stop, undefined)


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
        charset=node._charset,
        signed=encoding == IMPLICIT and node.signed(),
        place=place,
        depth=frame.depth + 1,
    )
    return found_sequence(inner, place, start, stop, found.undefined)
