"""A few values out of the first bytes of an ordinary file: no data set is made, only what was asked for."""

from typing import TYPE_CHECKING, Final

from ._ambiguous import SINGLE, public_vrs
from ._charset import Charset
from ._codec import decode
from ._element import ONE_VALUE, WORDS
from ._errors import ValueDecodeError
from ._kernel import EXPLICIT_BE, UNDEFINED
from ._kernels import kernel as plain
from ._survey import begin_of

if TYPE_CHECKING:
    from ._options import ReadOptions

__all__ = ["Few"]

_CHARACTER_SET: Final = 0x00080005
# Sequences, and what needs a second look: UN that may be known, choices of the dictionary
_SLOW: Final = frozenset(("", "SQ", "UN", "US SS", "OB OW", "US OW", "US SS OW"))
_MOST: Final = 1000  # elements that are kept
_LARGE: Final = 256  # bytes of an element from which on it is not worth keeping


class Few:
    """Takes the values of some elements out of file after file."""

    def __init__(self, wanted: dict[str, int], stop: int, options: "ReadOptions") -> None:
        tags = sorted({tag for tag in (*wanted.values(), _CHARACTER_SET) if tag < stop})
        self.tags = tags
        self.stop = stop
        self.budget = options.limits.elements
        self.fallback = options.charset_fallback
        # name, tag, place among the tags
        self.wanted = [(name, tag, tags.index(tag)) for name, tag in wanted.items() if tag < stop]
        self.charset_at = tags.index(_CHARACTER_SET) if _CHARACTER_SET in tags else -1
        # The files of a series have most values in common: those of the last files are kept by the
        # bytes of their elements, as long as encoding and character set are the same.
        self.known: dict[bytes, object] = {}
        self.encoding = -1
        self.declared = b""
        self.charset = Charset.parse(None, self.fallback)

    def values(self, head: bytes) -> dict[str, object] | None:
        """By name, what a data set would give; None where only the general reader can tell."""
        begin = begin_of(head, False)
        if begin is None:
            return None
        pos, syntax = begin
        encoding = syntax.encoding
        at, found = plain.pick(head, pos, encoding, self.stop, self.budget, self.tags)
        if not plain.stops(head, at, encoding, -1, self.stop):
            return None
        declared = b""
        if self.charset_at >= 0 and found[self.charset_at] >= 0:
            _, start, length = plain.header(head, found[self.charset_at], encoding)
            if length == UNDEFINED:
                return None
            declared = head[start : start + length]
        if declared != self.declared or encoding != self.encoding or len(self.known) >= _MOST:
            self._begin(declared, encoding)
        known = self.known
        values: dict[str, object] = {}
        for name, tag, place in self.wanted:
            offset = found[place]
            if offset < 0:
                continue
            vr, start, length = plain.header(head, offset, encoding)
            stop = start + length
            element = head[offset:stop]
            if element in known:
                values[name] = known[element]
                continue
            if not vr:
                vr = public_vrs().get(tag, "")
            if vr in _SLOW or length == UNDEFINED or (vr in WORDS and encoding == EXPLICIT_BE):
                return None
            try:
                value = decode(vr, head[start:stop], encoding != EXPLICIT_BE, self.charset)
            except ValueDecodeError:
                return None  # the general reader says where
            if type(value) is tuple:
                if SINGLE[tag]:
                    value = value[0]
            elif value is not None and vr not in ONE_VALUE and not SINGLE[tag]:
                value = (value,)
            values[name] = value
            if stop - offset <= _LARGE:
                known[element] = value
        return values

    def _begin(self, declared: bytes, encoding: int) -> None:
        """Forget everything that another encoding or character set would make something else."""
        self.known = {}
        self.encoding = encoding
        if declared != self.declared:
            self.declared = declared
            text = declared.decode("latin-1").rstrip(" \0") if declared else None
            self.charset = Charset.parse(text, self.fallback)
