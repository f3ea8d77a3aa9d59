"""From stored values to 8 bits: modality, VOI and presentation as one table, applied as fast as numpy can.

The table is calculated in float64 by the formulas of the standard, once for every stored value that is possible.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ._lookup import LookupTable
from ._modality import Rescale
from ._presentation import Presentation
from ._voi import Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._descriptor import PixelDescriptor

__all__ = ["GreyPlan", "GreyTable", "TableCache", "draw_values", "grey_table", "stored_range"]

# Values calculated at a time where no table is used: small enough for the cache of a processor
BLOCK: Final = 1 << 15
# The same for arithmetic in float32; measured: with smaller blocks, the calls cost more than the cache saves
_LINE_BLOCK: Final = 1 << 16


class GreyPlan(NamedTuple):
    """All that decides how a stored value is drawn."""

    modality: Rescale | LookupTable
    voi: Window | LookupTable
    presentation: Presentation
    automatic: tuple[float, float] | None = None
    """The smallest and the largest stored value that an automatic window was made for."""


def stored_range(descriptor: "PixelDescriptor") -> tuple[int, int]:
    """The smallest and the largest stored value that fit in Bits Stored."""
    bits = descriptor.bits_stored
    return (
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if descriptor.signed else (0, (1 << bits) - 1)
    )


def draw_values(plan: GreyPlan, stored: "NDArray[np.generic]") -> "NDArray[np.uint8]":
    """Stored values as grey levels, calculated one by one in float64; NaN is black."""
    level = plan.voi(plan.modality(stored))
    if isinstance(plan.voi, LookupTable):
        level /= plan.voi.top
    table = plan.presentation.table
    if table is not None:
        # The VOI output fills the input range of the table (C.11.4)
        level = table.data[np.rint(level * (len(table.data) - 1)).astype(np.intp)] / table.top
    blank = np.isnan(level)
    level = np.floor(np.where(blank, 0.0, level) * 255 + 0.5)
    drawn = level.astype(np.uint8)
    if plan.presentation.invert:
        np.subtract(255, drawn, out=drawn)
    drawn[blank] = 0
    return drawn


class GreyTable(NamedTuple):
    """The grey level of each stored value, by its bits: negative values stand in the upper half."""

    levels: "NDArray[np.uint8]"
    octets: bytes
    """Of values of 8 bits: the same for `bytes.translate`, which is twice as fast as `numpy.take`."""
    line: "tuple[np.float32, np.float32] | None" = None
    """Slope and offset in float32 that give the same levels, where there are such."""

    def draw(self, pixels: "NDArray[np.generic]", out: "NDArray[np.uint8]") -> None:
        """Write the grey levels of stored values of 8 or 16 bits to ``out``, which has their shape."""
        if pixels.dtype.itemsize == 1:
            drawn = np.frombuffer(pixels.tobytes().translate(self.octets), np.uint8)
            np.copyto(out, drawn.reshape(out.shape))
        elif self.line is not None:
            _along(self.line, pixels, out)
        else:
            # mode="clip" and out= together: no buffer and no check of each index
            np.take(self.levels, pixels.view(np.uint16), out=out, mode="clip")


def _along(
    line: "tuple[np.float32, np.float32]", pixels: "NDArray[np.generic]", out: "NDArray[np.uint8]"
) -> None:
    """Levels by arithmetic: 90 microseconds for 512 x 512 where a table takes 170 to 220, and other threads may run."""
    slope, offset = line
    rows = max(1, _LINE_BLOCK // max(1, int(pixels.shape[-1])))
    work = np.empty((min(rows, len(pixels)), *pixels.shape[1:]), np.float32)
    for start in range(0, len(pixels), rows):
        part = pixels[start : start + rows]
        level = work[: len(part)]
        np.multiply(part, slope, out=level, casting="unsafe")
        np.add(level, offset, out=level)
        np.clip(level, 0, 255, out=level)
        np.copyto(out[start : start + len(part)], level, casting="unsafe")


def grey_table(plan: GreyPlan, descriptor: "PixelDescriptor") -> GreyTable:
    """The table for integers of at most 16 bits."""
    low, high = stored_range(descriptor)
    stored = np.arange(low, high + 1)
    if plan.automatic is None or not isinstance(plan.modality, Rescale):
        drawn = draw_values(plan, stored)
    else:  # the table is for one frame: calculate what occurs in it; what lies beyond is as dark or as bright as its ends
        first, last = (int(end) - low for end in plan.automatic)
        inside = draw_values(plan, stored[first : last + 1])
        drawn = np.pad(inside, (first, len(stored) - last - 1), mode="edge")
    octet = descriptor.bits_allocated <= 8
    if low >= 0 and not octet:
        levels = drawn
    else:
        levels = np.zeros(1 << (8 if octet else 16), np.uint8)
        levels[: high + 1] = drawn[-low:]
        if low < 0:
            levels[low:] = drawn[:-low]
    return GreyTable(
        levels, levels.tobytes() if octet else b"", None if octet else _line(plan, stored, drawn)
    )


def _line(
    plan: GreyPlan, stored: "NDArray[np.int64]", drawn: "NDArray[np.uint8]"
) -> "tuple[np.float32, np.float32] | None":
    """Float32 arithmetic that gives each possible stored value the level of the table; None where there is none.

    It is tried on all of them, since float32 rounds. A level that lies halfway may need a push.
    """
    modality, voi, (turned, table) = plan.modality, plan.voi, plan.presentation
    if not (isinstance(modality, Rescale) and isinstance(voi, Window)) or table is not None:
        return None
    part = voi.line
    if part is None:
        return None
    slope = modality.slope * part[0] * 255
    offset = (modality.intercept * part[0] + part[1]) * 255 + 0.5
    if turned:
        slope, offset = -slope, 256 - offset
    values = stored.astype(np.float32)
    for push in (0.0, 2e-5, -2e-5, 1e-4, -1e-4):
        line = np.float32(slope), np.float32(offset + push)
        if not np.isfinite(line).all():
            return None
        made = np.empty_like(drawn)
        _along(line, values[np.newaxis], made[np.newaxis])
        if np.array_equal(made, drawn):
            return line
    return None


class TableCache:
    """The tables that were made last; it belongs to whoever draws."""

    __slots__ = ("_most", "_tables")

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._tables: dict[object, GreyTable] = {}

    def table(self, plan: GreyPlan, descriptor: "PixelDescriptor") -> GreyTable:
        """The table of a plan, made now or before."""
        key = (descriptor.bits_allocated, descriptor.bits_stored, descriptor.signed, _key(plan))
        made = self._tables.get(key)
        if made is None:
            made = grey_table(plan, descriptor)
            while len(self._tables) >= self._most:
                # Another thread may have taken the oldest away already
                self._tables.pop(next(iter(self._tables), None), None)
            self._tables[key] = made
        return made


def _key(plan: GreyPlan) -> tuple[object, ...]:
    table = plan.presentation.table
    return (
        _part(plan.modality),
        _part(plan.voi),
        plan.presentation.invert,
        table and _part(table),
    )


def _part(stage: Rescale | LookupTable | Window) -> object:
    if isinstance(stage, LookupTable):
        return stage.first, stage.bits, stage.data.tobytes()
    if isinstance(stage, Window):
        return stage.center, stage.width, stage.function
    return stage
