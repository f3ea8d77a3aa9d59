"""The bytes that were fed and not yet used, inflated where the data set is deflated (PS3.5 A.5)."""

from typing import TYPE_CHECKING, Final

from .._deflate import (
    BROKEN,
    HEADED,
    TRAILING,
    ZLIB_HEADER,
    Trouble,
    has_zlib_header,
    is_padding,
    left_over,
    up_to_damage,
)

if TYPE_CHECKING:
    from zlib import _Decompress

__all__ = ["Input"]

STEP: Final = 1 << 16


class Input:
    """A window on the stream: `offset` is that of its first byte."""

    __slots__ = (
        "_after", "_deflated", "_first_after", "_inflate", "_packed", "_start", "_used", "broken",
        "closed", "headed", "offset", "window",
    )  # fmt: skip

    def __init__(self) -> None:
        self.window = bytearray()
        self._start = 0
        self.offset = 0
        self.closed = False
        self.broken = ""
        """How a deflate stream is damaged; what comes after that says nothing."""
        self.headed = False
        self._deflated = False
        self._inflate: _Decompress | None = None
        self._packed = bytearray()
        self._used = 0
        self._after = 0
        self._first_after = b""

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take more bytes."""
        if not self._deflated:
            self.window += data
        elif not self.broken:
            self._packed += data
            self._count_after()

    def __len__(self) -> int:
        return len(self.window) - self._start

    @property
    def over(self) -> bool:
        """Whether nothing can come any more but what is there."""
        return self.closed or bool(self.broken)

    @property
    def trouble(self) -> list[Trouble]:
        """What is wrong with a deflate stream whose bytes were all looked at, so far."""
        if not self._deflated:
            return []
        found: list[Trouble] = []
        ended = self._inflate is not None and self._inflate.eof
        if self.broken:
            found.append(Trouble(BROKEN, f"the deflated stream is damaged ({self.broken})"))
        elif self.closed and not ended:
            text = f"the stream ends at deflated byte {self._used}, without its end mark"
            found.append(Trouble(BROKEN, text))
        elif self.closed and not is_padding(self._after, self._first_after):
            text = f"{self._after} bytes follow the end of the stream at deflated byte {self._used}"
            found.append(Trouble(TRAILING, text))
        if self.headed:
            found.append(Trouble(HEADED, ZLIB_HEADER))
        return found

    def has(self, count: int) -> bool:
        """Whether so many bytes are there, after inflating no more than is needed."""
        if self._deflated:
            while len(self) < count and self._packed and not self.broken:
                if self._inflate is None and not self._begin():
                    break
                self._inflate_some(max(STEP, count - len(self)))
        return len(self) >= count

    def _begin(self) -> bool:
        """Choose what inflates, once the first bytes tell whether a zlib header stands there."""
        from zlib import MAX_WBITS, decompressobj

        if len(self._packed) <= 2 and not self.closed:
            return False
        self.headed = has_zlib_header(bytes(self._packed[:3]))
        self._inflate = decompressobj() if self.headed else decompressobj(-MAX_WBITS)
        return True

    def _inflate_some(self, size: int) -> None:
        from zlib import error

        machine = self._inflate
        assert machine is not None
        given = bytes(self._packed[:STEP])  # what is left over is copied: never all of the rest
        before = machine.copy()
        try:
            self.window += machine.decompress(given, size)
        except error:
            # as far as the damage, so that it is the same however the stream was cut
            data, used, self.broken = up_to_damage(before, given)
            self.window += data
            self._used += used
            self._packed.clear()
            return
        used = len(given) - left_over(machine)
        self._used += used
        del self._packed[:used]
        self._count_after()

    def _count_after(self) -> None:
        """What follows the end of a deflate stream is counted, not kept."""
        if self._inflate is not None and self._inflate.eof and self._packed:
            if not self._after:
                self._first_after = bytes(self._packed[:1])
            self._after += len(self._packed)
            self._packed.clear()

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
        """What follows is one deflate stream; offsets count inflated bytes from here on."""
        self._packed += self.window[self._start :]
        self._deflated = True
        self.window.clear()
        self._start = 0
        self.offset = 0
