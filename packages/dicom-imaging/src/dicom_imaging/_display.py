"""One frame as it should look: 8-bit grey or RGB (the pipelines of PS3.3 C.7.6.3, C.11 and PS3.4 N.2)."""

from typing import TYPE_CHECKING

import numpy as np

from ._colour import draw_colours
from ._descriptor import PhotometricInterpretation, PixelDescriptor
from ._errors import UnsupportedPhotometric
from ._palette import Painter, palette, supplemental_palette
from ._plans import Plans, WindowChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ._frame_source import FrameSource

__all__ = ["Display", "WindowChoice", "display_frame"]


class Display:
    """Draws frames of one image, and keeps what does not change from frame to frame: settings and tables.

    Settings of the data set are read once: change them, and make a new one. It may be used from several threads.
    """

    __slots__ = ("_palette", "_plans", "_source", "_supplement")

    def __init__(self, source: "FrameSource", *, tables: int = 32) -> None:
        self._source = source
        self._plans = Plans(source, tables)
        self._palette: Painter | None = None
        self._supplement: Painter | bool | None = None

    def frame(
        self,
        frame: int = 0,
        *,
        window: WindowChoice = None,
        lut: bool = True,
        overlays: bool = False,
        invert: bool | None = None,
        out: "NDArray[np.uint8] | None" = None,
    ) -> "NDArray[np.uint8]":
        """See `display_frame`."""
        source = self._source
        decoded = source.decoded(frame)
        descriptor = source.descriptor
        photometric = decoded.photometric
        colours = descriptor.samples != 1 or photometric is PhotometricInterpretation.PALETTE_COLOR
        supplement = None if colours else self._supplemental()
        rgb = colours or supplement is not None
        out = _target(descriptor, rgb, out)
        if photometric is PhotometricInterpretation.PALETTE_COLOR and descriptor.samples == 1:
            self._own_palette().draw(decoded.pixels, out)
        elif colours:
            draw_colours(decoded, descriptor.bits_stored, out)
        elif photometric.is_monochrome:
            self._grey(frame, decoded.pixels, out, supplement, (window, lut, invert))
        else:
            raise UnsupportedPhotometric(photometric, "it has one sample a pixel and not three")
        if overlays:
            from ._overlay import burn
            from ._overlay import overlays as planes

            burn(out, planes(source, frame))
        return out

    def _own_palette(self) -> Painter:
        if self._palette is None:
            self._palette = Painter(palette(self._source))
        return self._palette

    def _supplemental(self) -> Painter | None:
        if self._supplement is None:
            found = supplemental_palette(self._source)
            self._supplement = False if found is None else Painter(found)
        return None if isinstance(self._supplement, bool) else self._supplement

    def _grey(
        self,
        frame: int,
        pixels: "NDArray[np.generic]",
        out: "NDArray[np.uint8]",
        supplement: Painter | None,
        wanted: tuple[WindowChoice, bool, bool | None],
    ) -> None:
        if supplement is None:
            self._plans.draw(frame, pixels, out, wanted)
            return
        grey = np.empty(pixels.shape, np.uint8)
        coloured = np.greater_equal(pixels, supplement.palette.first)
        self._plans.draw(frame, pixels, grey, wanted, coloured)
        supplement.draw(pixels, out)
        out[~coloured] = grey[~coloured][:, np.newaxis]


def display_frame(
    source: "FrameSource",
    frame: int = 0,
    *,
    window: WindowChoice = None,
    lut: bool = True,
    overlays: bool = False,
    invert: bool | None = None,
    out: "NDArray[np.uint8] | None" = None,
) -> "NDArray[np.uint8]":
    """A frame as it should look: (rows, columns) grey, or (rows, columns, 3) RGB, in 8 bits.

    ``window``: a `Window`, a pair of centre and width, the number or the explanation of a window or VOI LUT of the file,
    ``"auto"`` for the range of the pixels without padding, or None for the file's own: with ``lut`` its first VOI LUT, else
    its first window that the standard gives a meaning, else the range of the pixels. It has no meaning for colours.

    ``overlays`` draws overlay planes white. ``invert``: whether low values are white; None for what the file says. ``out`` is
    an array of the right shape that is filled and returned.
    """
    return Display(source).frame(
        frame, window=window, lut=lut, overlays=overlays, invert=invert, out=out
    )


def _target(
    descriptor: PixelDescriptor, rgb: bool, out: "NDArray[np.uint8] | None"
) -> "NDArray[np.uint8]":
    shape = (
        (descriptor.rows, descriptor.columns, 3) if rgb else (descriptor.rows, descriptor.columns)
    )
    if out is None:
        return np.empty(shape, np.uint8)
    if out.shape != shape or out.dtype != np.uint8:
        raise ValueError(
            f"out must have the shape {shape} and the dtype uint8, not {out.shape} and {out.dtype}"
        )
    return out


# Tracebacks, reprs and pickles name the place that users import from
Display.__module__ = display_frame.__module__ = "dicom_imaging"
