"""The half of `Image` that shows: units, windows, display, overlays. Each loads when it is first asked for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dicom_core import Dataset

    from ._descriptor import PixelDescriptor
    from ._display import Display, WindowChoice
    from ._functional import FunctionalGroups
    from ._limits import PixelLimits
    from ._modality import Measured
    from ._overlay import Overlay
    from ._render import PictureFormat
    from ._scale import Crop
    from ._voi import Window
    from .codecs import Decoded

__all__ = ["Looks"]


class Looks:
    """What can be seen in frames; a class above it has them."""

    __slots__ = ("_display",)

    _display: "Display | None"
    dataset: "Dataset"
    limits: "PixelLimits"

    if TYPE_CHECKING:

        @property
        def descriptor(self) -> "PixelDescriptor": ...
        @property
        def groups(self) -> "FunctionalGroups": ...
        def decoded(self, frame: int = 0) -> "Decoded": ...
        def number(self, frame: int) -> int: ...

    @property
    def rows(self) -> int:
        """Rows of a frame."""
        return self.descriptor.rows

    @property
    def columns(self) -> int:
        """Columns of a frame."""
        return self.descriptor.columns

    @property
    def slope(self) -> float:
        """Rescale Slope of the first frame; 1 where there is none. `units` applies it, and what else there is."""
        return self._rescale()[0]

    @property
    def intercept(self) -> float:
        """Rescale Intercept of the first frame; 0 where there is none."""
        return self._rescale()[1]

    def _rescale(self) -> tuple[float, float]:
        from ._modality import Rescale, modality

        how = modality(self, 0).apply
        return (how.slope, how.intercept) if isinstance(how, Rescale) else (1.0, 0.0)

    @property
    def window(self) -> "Window | None":
        """The first window of the first frame; None where the file has none."""
        return next(iter(self.windows()), None)

    def windows(self, frame: int = 0) -> "tuple[Window, ...]":
        """All windows of a frame with their explanations, in the order of the file."""
        from ._voi import windows

        return windows(self, self.number(frame))

    def units(self, frame: int = 0, mapping: str | int | None = None) -> "Measured":
        """The values of a frame in the units of the file, such as Hounsfield units; see `dicom_imaging.units`."""
        from ._modality import units

        return units(self, self.number(frame), mapping)

    def display(
        self,
        frame: int = 0,
        *,
        window: "WindowChoice" = None,
        lut: bool = True,
        overlays: bool = False,
        invert: bool | None = None,
        out: "NDArray[np.uint8] | None" = None,
    ) -> "NDArray[np.uint8]":
        """A frame as it should look: 8-bit grey or RGB; see `dicom_imaging.display_frame`. Tables are kept for the next."""
        display = self._display
        if display is None:
            from ._display import Display

            display = self._display = Display(self)
        return display.frame(
            self.number(frame), window=window, lut=lut, overlays=overlays, invert=invert, out=out
        )

    def render(
        self,
        frame: int = 0,
        format: "PictureFormat" = "png",  # noqa: A002
        *,
        window: "WindowChoice" = None,
        lut: bool = True,
        invert: bool | None = None,
        overlays: bool = False,
        size: tuple[int, int] | None = None,
        crop: "Crop | None" = None,
        aspect: bool = False,
        quality: int = 90,
    ) -> bytes:
        """A frame as PNG, JPEG or GIF; see `dicom_imaging.render`, and take a `FrameRenderer` for many frames."""
        from ._render import render

        return render(
            self, frame, format, window=window, lut=lut, invert=invert, overlays=overlays,
            size=size, crop=crop, aspect=aspect, quality=quality,
        )  # fmt: skip

    def explore(self, size: tuple[int, int] | None = (512, 512)) -> object:
        """The picture with sliders for frame and window, in a notebook that has ipywidgets."""
        from ._explore import explore

        return explore(self, size)

    def _repr_png_(self) -> bytes:
        """The first frame, as a notebook shows it."""
        from ._render import render
        from ._scale import fit

        largest = 512
        one = self.descriptor
        large = max(one.rows, one.columns) > largest
        size = fit(one.columns, one.rows, (largest, largest)) if large else None
        return render(self, size=size)

    def overlays(self, frame: int = 0) -> "list[Overlay]":
        """The overlay planes that lie over a frame."""
        from ._overlay import overlays

        return overlays(self, self.number(frame))
