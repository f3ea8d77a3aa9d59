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
# What one lookup must cost more than arithmetic is decided once for a table: see `_affine`
_TABLE_BITS: Final = 16


class GreyPlan(NamedTuple):
    """All that decides how a stored value is drawn."""

    modality: Rescale | LookupTable
    voi: Window | LookupTable
    presentation: Presentation
    padding: tuple[float, float] | None = None
    """Stored values that are drawn black, both ends included."""


def stored_range(descriptor: "PixelDescriptor") -> tuple[int, int]:
    """The smallest and the largest stored value that fit in Bits Stored."""
    bits = descriptor.bits_stored
    return (
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if descriptor.signed else (0, (1 << bits) - 1)
    )


def draw_values(plan: GreyPlan, stored: "NDArray[np.generic]") -> "NDArray[np.uint8]":
    """Stored values as grey levels, calculated one by one in float64; NaN is black."""
    level = plan.voi(plan.modality(stored))
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
    if plan.padding is not None:
        low, high = plan.padding
        drawn[np.greater_equal(stored, low) & np.less_equal(stored, high)] = 0
    return drawn


class GreyTable(NamedTuple):
    """The grey level of each stored value, by its bits: negative values stand in the upper half."""

    levels: "NDArray[np.uint8]"
    octets: bytes
    """Of values of 8 bits: the same for `bytes.translate`, which is twice as fast as `numpy.take`."""

    def draw(self, pixels: "NDArray[np.generic]", out: "NDArray[np.uint8]") -> None:
        """Write the grey levels of stored values of 8 or 16 bits to ``out``, which has their shape."""
        if pixels.dtype.itemsize == 1:
            drawn = np.frombuffer(pixels.tobytes().translate(self.octets), np.uint8)
            np.copyto(out, drawn.reshape(out.shape))
            return
        # mode="clip" and out= together: no buffer and no check of each index
        np.take(self.levels, pixels.view(np.uint16), out=out, mode="clip")


def grey_table(plan: GreyPlan, descriptor: "PixelDescriptor") -> GreyTable:
    """The table for integers of at most 16 bits."""
    low, high = stored_range(descriptor)
    size = 1 << (8 if descriptor.bits_allocated <= 8 else 16)
    if low >= 0:
        levels = draw_values(plan, np.arange(low, high + 1))
    else:
        levels = np.zeros(size, np.uint8)
        levels[: high + 1] = draw_values(plan, np.arange(high + 1))
        levels[low:] = draw_values(plan, np.arange(low, 0))
    octets = levels.tobytes().ljust(256, levels[-1:].tobytes()) if size == 256 else b""
    return GreyTable(levels, octets)


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
        plan.padding,
    )


def _part(stage: Rescale | LookupTable | Window) -> object:
    if isinstance(stage, LookupTable):
        return stage.first, stage.bits, stage.data.tobytes()
    if isinstance(stage, Window):
        return stage.center, stage.width, stage.function
    return stage
