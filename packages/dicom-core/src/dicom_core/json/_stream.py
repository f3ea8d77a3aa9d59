"""Data sets out of a JSON text that arrives in pieces (PS3.18 F.2.1), holding one at a time.

The text of one data set is found by its brackets; only then is it parsed. What a text nests and how
long it is are known before anything is made of it.
"""

import re
from typing import TYPE_CHECKING, Final

from .._errors import LimitExceeded, ParseError
from .._options import Limits
from ._arguments import piece_of
from ._build import Builder
from ._decoder import build, parse

if TYPE_CHECKING:
    from .._dataset import Dataset
    from ._bulk import Resolver

__all__ = ["Decoder"]

# Runs of text that open no bracket which they do not close: whole attributes at a time. Nothing here
# looks back, so that a byte is gone over a bounded number of times.
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_FLAT: Final = rb'(?:[^"{}\[\]]++|' + _STRING + rb")*+"
_LIST: Final = rb"\[" + _FLAT + rb"(?:\{" + _FLAT + rb"\}" + _FLAT + rb")*+\]"
_closed: Final = re.compile(
    rb'(?:[^"{}\[\]]++|' + _STRING + rb"|" + _LIST
    + rb"|\{" + _FLAT + rb"(?:" + _LIST + _FLAT + rb")*+\})*+",
    re.DOTALL,
).match  # fmt: skip
_in_string: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL).match
_spaces: Final = re.compile(rb"[ \t\r\n]*+").match

_START, _FIRST, _NEXT, _AFTER, _INSIDE, _END = range(6)
_WANTED: Final = {
    _START: "an object or an array",
    _FIRST: "an object or the end of the array",
    _NEXT: "an object",
    _AFTER: "a comma or the end of the array",
    _END: "nothing more",
}
_BOM: Final = b"\xef\xbb\xbf"
_PER_SEQUENCE: Final = 3  # brackets: the attribute, its Value, the item


class Decoder:
    """A push parser for one object or an array of them.

    ``feed`` gives the data sets that are complete, ``close`` raises when something is missing. The text
    of one data set may have twice ``limits.value`` bytes, which is never more than what is held.
    After an error a decoder is of no more use.
    """

    __slots__ = (
        "_array", "_base", "_begin", "_buf", "_builder", "_depth", "_error", "_limits", "_pos", "_state", "_string",
    )  # fmt: skip

    def __init__(self, *, bulk: "Resolver | None" = None, limits: Limits = Limits()) -> None:  # noqa: B008
        self._limits = limits
        self._builder = Builder(limits, bulk)
        self._buf = bytearray()
        self._base = 0  # where in the text the buffer begins
        self._pos = 0  # how far the buffer was looked at
        self._begin = 0  # where the data set begins
        self._state = _START
        self._depth = 0
        self._string = False
        self._array = False
        self._error: ParseError | LimitExceeded | None = None

    def feed(self, data: bytes | bytearray | memoryview) -> "list[Dataset]":
        """Take a piece of the text, and give the data sets that end in it.

        An error after some of them is raised by the next call.
        """
        if self._error is not None:
            raise self._error
        self._buf += piece_of(data)
        found: list[Dataset] = []
        try:
            while self._pos < len(self._buf):
                if self._state != _INSIDE:
                    if not self._between():
                        break
                elif self._inside():
                    found.append(self._take())
                else:
                    break
            self._forget()
        except (ParseError, LimitExceeded) as error:
            self._error = error
            if not found:
                raise
        return found

    def _forget(self) -> None:
        """Keep no more than the data set that has begun."""
        keep = self._begin if self._state == _INSIDE else self._pos
        if keep:
            del self._buf[:keep]
            self._base += keep
            self._begin -= keep
            self._pos -= keep
        if self._state == _INSIDE and len(self._buf) > 2 * self._limits.value:
            raise LimitExceeded("value", len(self._buf), "in the text of one data set")

    def close(self) -> None:
        """Say that nothing more comes. Raises `ParseError` when the text is not complete."""
        if self._error is not None:
            raise self._error
        if self._state != _END:
            at = self._base + len(self._buf)
            raise ParseError("json-truncated", "the text ends before the data set does", offset=at)

    def _between(self) -> bool:
        """Look at one character outside of data sets; whether there was one."""
        if self._state == _START and not self._base and self._buf[:3] == _BOM[: len(self._buf)]:
            if len(self._buf) < 3:
                return False
            self._pos = max(self._pos, 3)
        space = _spaces(self._buf, self._pos)
        assert space is not None
        self._pos = space.end()
        if self._pos == len(self._buf):
            return False
        char = self._buf[self._pos]
        state = self._state
        if char == 0x7B and state in {_START, _FIRST, _NEXT}:  # {
            self._state = _INSIDE
            self._begin = self._pos
            self._depth = 1
            self._string = False
        elif char == 0x5B and state == _START:  # [
            self._array = True
            self._state = _FIRST
        elif char == 0x5D and state in {_FIRST, _AFTER}:  # ]
            self._state = _END
        elif char == 0x2C and state == _AFTER:  # ,
            self._state = _NEXT
        else:
            at = self._base + self._pos
            raise ParseError("json-syntax", f"{_WANTED[state]} was expected", offset=at)
        self._pos += 1
        return True

    def _inside(self) -> bool:
        """Go on to the end of the data set, or of what there is; whether it was the former."""
        buf, pos = self._buf, self._pos
        most = _PER_SEQUENCE * (self._limits.depth + 1) + 2
        while pos < len(buf):
            if self._string:
                match = _in_string(buf, pos)
                assert match is not None
                pos = match.end()
                if pos == len(buf) or buf[pos] != 0x22:
                    break
                self._string = False
                pos += 1
                continue
            match = _closed(buf, pos)
            assert match is not None
            pos = match.end()
            if pos == len(buf):
                break
            char = buf[pos]
            pos += 1
            if char == 0x22:  # a string whose end is still to come
                self._string = True
            elif char in {0x7B, 0x5B}:
                self._depth += 1
                if self._depth > most:
                    raise LimitExceeded(
                        "depth", self._depth // _PER_SEQUENCE, f"at byte {self._base + pos - 1}"
                    )
            else:
                self._depth -= 1
                if not self._depth:
                    self._pos = pos
                    return True
        self._pos = pos
        return False

    def _take(self) -> "Dataset":
        """The data set whose text is complete."""
        self._state = _AFTER if self._array else _END
        raw = bytes(memoryview(self._buf)[self._begin : self._pos])
        if len(raw) > 2 * self._limits.value:
            raise LimitExceeded("value", len(raw), "in the text of one data set")
        model = parse(raw, self._base + self._begin)
        return build(self._builder, model)


# Tracebacks, reprs and pickles name the place that users import from
Decoder.__module__ = "dicom_core.json"
