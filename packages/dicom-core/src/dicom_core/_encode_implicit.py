"""What is kept in explicit VR little endian, in implicit VR: most elements only get another header.

Such are the answers to a C-FIND, ten thousand of them at a time; `Encoder.element` takes four times as long for each.
"""

from struct import pack
from typing import TYPE_CHECKING, Final

from ._index import index_in
from ._kernel import EXPLICIT
from ._kernels import kernel as plain

if TYPE_CHECKING:
    from ._charset import Charset
    from ._dataset import Dataset
    from ._encode import Encoder, Part

__all__ = ["in_implicit"]

_NOT_PLAIN: Final = frozenset(("SQ", "UN", ""))


def in_implicit(
    encoder: "Encoder", node: "Dataset", tags: list[int], charset: "Charset", depth: int
) -> "list[Part]":
    """The parts of a data set whose text is in the character set that is written."""
    buf, index, edits = node._frame.buf, index_in(node), node._edits or {}
    parts: list[Part] = []
    for tag in tags:
        edit = edits.get(tag)
        stored = edit if type(edit) is bytes else buf  # bytes are a whole element, in ASCII
        at = plain.find(index, tag) if edit is None else 0 if stored is edit else -1
        if at >= 0:
            vr, start, length = plain.header(stored, at, EXPLICIT)
            end = start + length
            if vr not in _NOT_PLAIN and not length & 1 and end <= len(stored):
                parts.append(pack("<HHI", tag >> 16, tag & 0xFFFF, length))
                parts.append(stored[start:end])
                continue
        parts += encoder.element(node, tag, charset, depth)
    return parts
