"""The straight way into an ordinary file: every header is looked at, nothing is made that nobody asked for.

Ordinary is: a preamble, file meta information in explicit VR that names a known transfer syntax without
compression of the data set, and a data set in which nothing is odd before the place where reading
stops. Anything else is left to the general reader, which takes over where this one stopped.
"""

from typing import TYPE_CHECKING, Final

from ._kernel import EXPLICIT, EXPLICIT_BE, IMPLICIT, NAMES
from ._kernels import kernel as plain
from ._meta import Syntax, syntax_of_value
from ._options import ReadOptions
from ._source import ByteSource

if TYPE_CHECKING:
    from ._kernel_native import Index

__all__ = ["ALL_TAGS", "BEGIN", "Survey", "begin_of", "looks_like", "meta_of", "survey"]

ALL_TAGS: Final = 1 << 32
BEGIN: Final = 132  # of the file meta information (PS3.10 7.1)
LATER: Final = 64 << 10  # so many bytes behind such a sequence are worth being read later
_PIXEL_DATA: Final = b"\xe0\x7f\x10\x00"
_SYNTAX: Final = [0x00020010]
_DATA_SET: Final = 0x00030000
_META_ELEMENTS: Final = 1000


class Survey:
    """How far a file is ordinary, and what was found as far as that."""

    options: ReadOptions | None = None
    source: ByteSource | None = None
    path: tuple[str, tuple[int, int, int, int]] | None = None  # instead of it, with the identity
    made: dict[str, object] | None = None  # what `DicomFile` has made of this
    begun: bool = False  # at a sequence of undefined length that is walked through when needed
    stopped: bool = False  # because reading shall stop there
    done: bool = False  # there or at the end: nothing is left to do

    def __init__(self, buf: bytes, pos: int, syntax: Syntax, index: "Index") -> None:
        self.buf = buf
        self.pos = pos  # of the first element of the data set
        self.syntax = syntax
        self.index = index
        self.ends: dict[int, int] = {}
        self.at = pos  # of the first element that is not in the index


def meta_of(buf: bytes, whole: bool) -> Survey | None:
    """A survey that ends where the data set begins; None when something is odd before that.

    ``whole``: there is nothing behind ``buf``.
    """
    begin = begin_of(buf, whole)
    return None if begin is None else Survey(buf, begin[0], begin[1], plain.new_index())


def begin_of(buf: bytes, whole: bool) -> tuple[int, Syntax] | None:
    """Where the data set begins and in which transfer syntax; None when something is odd before that."""
    if buf[BEGIN - 4 : BEGIN + 2] != b"DICM\x02\x00":
        return None
    pos, found = plain.pick(buf, BEGIN, EXPLICIT, _DATA_SET, _META_ELEMENTS, _SYNTAX)
    at = found[0]
    if at < 0 or buf[pos : pos + 2] == b"\x02\x00" or not (whole or pos + 1024 <= len(buf)):
        return None
    _, start, length = plain.header(buf, at, EXPLICIT)
    syntax = syntax_of_value(buf[start : start + length])
    if not syntax.known or syntax.deflated or not looks_like(buf, pos, syntax.encoding):
        return None
    return pos, syntax


def survey(buf: bytes, size: int, stop: int, options: ReadOptions) -> Survey | None:
    """How far the first bytes of a file of ``size`` bytes are ordinary, up to the tag ``stop``."""
    found = meta_of(buf, len(buf) >= size)
    if found is None:
        return None
    index = found.index
    found.options = options
    encoding = found.syntax.encoding
    budget = options.limits.elements + 1
    at, last = found.pos, -1
    if stop == ALL_TAGS and size == len(buf) > LATER:
        at = plain.scan(buf, at, size, encoding, stop, budget, -1, index, None)
        last = plain.last_tag(index)
        if size - at > LATER and _begins_sequence(buf, at, encoding, last):
            found.begun = found.done = True
            found.at = at
            return found
    at = plain.scan(buf, at, len(buf), encoding, stop, budget, last, index, found.ends)
    found.at = at
    if plain.count(index) >= budget:  # what that means is said in one place only
        return None
    if at == size:
        found.done = True
    elif stop < ALL_TAGS and plain.stops(buf, at, encoding, -1, stop):
        found.done = found.stopped = True
    return found


def _begins_sequence(buf: bytes, at: int, encoding: int, last: int) -> bool:
    """Whether a sequence of undefined length begins there, in order."""
    if not plain.stops(buf, at, encoding, last, 0):
        return False
    if encoding != IMPLICIT:
        return buf[at + 4 : at + 6] == b"SQ" and buf[at + 8 : at + 12] == b"\xff\xff\xff\xff"
    return buf[at + 4 : at + 8] == b"\xff\xff\xff\xff" and buf[at : at + 4] != _PIXEL_DATA


def looks_like(buf: bytes, pos: int, encoding: int) -> bool:
    """Whether the first header is of this encoding, by a glance that costs nothing."""
    if pos + 8 > len(buf):
        return True
    explicit = buf[pos + 4 : pos + 6] in NAMES
    if encoding == EXPLICIT_BE:
        return explicit and buf[pos] == 0
    return explicit == (encoding == EXPLICIT) and buf[pos + 1] == 0
