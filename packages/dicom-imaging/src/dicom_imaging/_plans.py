"""Which plan a grey frame is drawn by: settings of the file and wishes of the caller, worked out once and kept."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._descriptor import PixelDescriptor, SampleKind
from ._lookup import LookupTable
from ._lut import BLOCK, GreyPlan, GreyTable, TableCache, draw_values, grey_table, stored_range
from ._modality import IDENTITY, Modality, Rescale, modality
from ._padding import padding_mask
from ._presentation import presentation
from ._voi import Window, automatic_window, choose, pixel_extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._frame_source import FrameSource

__all__ = ["Plans", "WindowChoice"]

WindowChoice = Window | tuple[float, float] | str | int | None

_TABLE_BITS: Final = 16
_MOST_PLANS: Final = 64
# Settings that can differ from frame to frame stand here
_PER_FRAME: Final = "PerFrameFunctionalGroupsSequence"


class Plans:
    """The plans and tables of one image. Settings are read when they are first needed, and kept."""

    __slots__ = ("_each", "_made", "_source", "_tables")

    def __init__(self, source: "FrameSource", tables: int = 32) -> None:
        self._source = source
        self._tables = TableCache(tables)
        self._made: dict[object, tuple[GreyPlan, GreyTable | None]] = {}
        self._each = _PER_FRAME in source.dataset

    def draw(
        self,
        frame: int,
        pixels: "NDArray[np.generic]",
        out: "NDArray[np.uint8]",
        wanted: tuple[WindowChoice, bool, bool | None],
        coloured: "NDArray[np.bool_] | None" = None,
    ) -> None:
        """Write a grey frame to ``out``. ``coloured``: pixels that have no share in an automatic window."""
        key = (wanted, frame if self._each else 0)
        found = self._made.get(key)
        if found is None:
            found = self._plan(frame, pixels, wanted, coloured)
            if found[0].automatic is None:
                while len(self._made) >= _MOST_PLANS:
                    self._made.pop(next(iter(self._made), None), None)  # or another thread took it
                self._made[key] = found
        plan, table = found
        if table is not None:
            table.draw(pixels, out)
            return
        rows = max(1, BLOCK // max(1, int(pixels.shape[1])))
        for start in range(0, len(pixels), rows):
            out[start : start + rows] = draw_values(plan, pixels[start : start + rows])

    def _plan(
        self,
        frame: int,
        pixels: "NDArray[np.generic]",
        wanted: tuple[WindowChoice, bool, bool | None],
        coloured: "NDArray[np.bool_] | None",
    ) -> tuple[GreyPlan, GreyTable | None]:
        source, (window, lut, invert) = self._source, wanted
        descriptor = source.descriptor
        how = modality(source, frame)
        if isinstance(how.apply, LookupTable) and how.apply.exceeds:
            # Entries beyond the announced range: windows and peers do without such a table
            how = how._replace(apply=IDENTITY)
        signed = _may_be_negative(how, descriptor)
        voi = choose(source, frame, window, lut=lut, signed=signed)
        extent = None
        if voi is None:
            mask = padding_mask(source, pixels)
            if coloured is not None:
                mask = coloured if mask is None else mask | coloured
            extent = pixel_extent(pixels, mask)
            voi = _automatic(how, pixels, mask, extent)
        shown = presentation(source, invert)
        plan = GreyPlan(how.apply, voi, shown, extent)
        if descriptor.kind is not SampleKind.INTEGER or descriptor.bits_allocated > _TABLE_BITS:
            return plan, None
        if extent is not None:  # another frame has another one: nothing to keep
            return plan, grey_table(plan, descriptor)
        return plan, self._tables.table(plan, descriptor)


def _may_be_negative(how: Modality, descriptor: PixelDescriptor) -> bool:
    """Whether the input of the VOI stage can be negative, so that a VOI LUT begins at a signed value (C.11.2.1.1)."""
    if descriptor.kind is not SampleKind.INTEGER:
        return True
    low, _ = how.range_of(*stored_range(descriptor))
    return low < 0


def _automatic(
    how: Modality,
    pixels: "NDArray[np.generic]",
    padding: "NDArray[np.bool_] | None",
    extent: tuple[float, float],
) -> Window:
    """The range of a frame after the modality stage; of a slope, only its ends need to be calculated."""
    if isinstance(how.apply, Rescale):
        return automatic_window(*how.range_of(*extent))
    return automatic_window(*pixel_extent(how.apply(pixels), padding))
