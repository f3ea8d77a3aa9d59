"""Values in the other byte order (PS3.5 7.3), in memory or as they are read."""

from collections.abc import Hashable
from typing import Final

from ._source import ByteSource, ValueHandle

__all__ = ["Swapped", "swapped"]

# The bytes that change places together; AT is two 16-bit numbers
UNITS: Final = {
    "AT": 2, "FD": 8, "FL": 4, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2, "SL": 4, "SS": 2,
    "SV": 8, "UL": 4, "US": 2, "UV": 8,
}  # fmt: skip
_CODES: Final = {2: "H", 4: "I", 8: "Q"}


def swapped(raw: bytes, vr: str) -> bytes:
    """The value field in the other byte order; an incomplete last number stays as it is."""
    unit = UNITS.get(vr, 1)
    if unit == 1 or not raw:
        return raw
    from array import array

    whole = len(raw) - len(raw) % unit
    numbers = array(_CODES[unit])
    numbers.frombytes(memoryview(raw)[:whole])
    numbers.byteswap()
    return numbers.tobytes() + raw[whole:]


class Swapped:
    """A source that gives a value in the other byte order, whatever range is asked for."""

    __slots__ = ("inner", "vr")

    def __init__(self, inner: ValueHandle, vr: str) -> None:
        self.inner = inner
        self.vr = vr

    @classmethod
    def handle(cls, inner: ValueHandle, vr: str) -> ValueHandle:
        """A handle on the value, swapped as it is read."""
        if vr not in UNITS:
            return inner
        source: ByteSource = cls(inner, vr)
        return ValueHandle(source, 0, len(inner))

    @property
    def size(self) -> int:
        return len(self.inner)

    @property
    def identity(self) -> Hashable:
        return (self.inner.source.identity, self.inner.offset, self.vr)

    def read_range(self, offset: int, length: int) -> bytes:
        unit = UNITS[self.vr]
        start = offset - offset % unit
        end = min(-(-(offset + length) // unit) * unit, len(self.inner))
        data = swapped(self.inner.read_range(start, end - start), self.vr)
        return data[offset - start : offset - start + length]
