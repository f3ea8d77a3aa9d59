"""The bytes that were fed and not yet used, inflated where the data set is deflated (PS3.5 A.5)."""

from typing import TYPE_CHECKING, Final

from .._errors import ParseError

if TYPE_CHECKING:
    from zlib import _Decompress

__all__ = ["Input"]

STEP: Final = 1 << 16


class Input:
    """A window on the stream: `offset` is that of its first byte."""

    __slots__ = ("_inflate", "_packed", "_start", "closed", "offset", "window")

    def __init__(self) -> None:
        self.window = bytearray()
        self._start = 0
        self.offset = 0
        self.closed = False
        self._inflate: _Decompress | None = None
        self._packed = b""

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take more bytes."""
        if self._inflate is None:
            self.window += data
        else:
            self._packed += bytes(data)

    def __len__(self) -> int:
        return len(self.window) - self._start

    def has(self, count: int) -> bool:
        """Whether so many bytes are there, after inflating no more than is needed."""
        while len(self) < count and self._packed and self._inflate is not None:
            self._inflate_some(max(STEP, count - len(self)))
        return len(self) >= count

    def _inflate_some(self, size: int) -> None:
        from zlib import error

        machine = self._inflate
        assert machine is not None
        try:
            self.window += machine.decompress(self._packed, size)
        except error as broken:
            place = self.offset + len(self)
            raise ParseError(
                "deflate", f"the deflated stream is damaged ({broken})", offset=place
            ) from None
        self._packed = b"" if machine.eof else machine.unconsumed_tail

    def peek(self, count: int, at: int = 0) -> bytes:
        """The next bytes, without using them up."""
        start = self._start + at
        return bytes(self.window[start : start + count])

    def take(self, count: int) -> bytes:
        """Use up the next bytes."""
        data = self.peek(count)
        self.skip(len(data))
        return data

    def skip(self, count: int) -> None:
        """Use up bytes without a look at them."""
        self._start += count
        self.offset += count
        if self._start > STEP or self._start == len(self.window):
            del self.window[: self._start]
            self._start = 0

    def begin_deflated(self) -> None:
        """What follows is one raw deflate stream; offsets count inflated bytes from here on."""
        from zlib import MAX_WBITS, decompressobj

        self._packed = bytes(self.window[self._start :])
        self._inflate = decompressobj(-MAX_WBITS)
        self.window.clear()
        self._start = 0
        self.offset = 0
