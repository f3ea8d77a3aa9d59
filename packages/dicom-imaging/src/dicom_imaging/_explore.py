"""A picture with sliders for frame and window, in a notebook that has ipywidgets."""

from typing import TYPE_CHECKING, Protocol

from ._render import FrameRenderer
from ._voi import windows

if TYPE_CHECKING:
    from ._frame_source import FrameSource

__all__ = ["explore"]


class _Slider(Protocol):
    value: float


def explore(source: "FrameSource", size: tuple[int, int] | None = (512, 512)) -> object:
    """A widget with the picture and sliders; of colours, without window.

    ImportError says what to install where ipywidgets is missing.
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "explore() needs ipywidgets: pip install ipywidgets", name="ipywidgets"
        ) from error
    renderer = FrameRenderer(source, size=size)
    picture = ipywidgets.Image(format="png")
    controls: list[object] = []
    frame: _Slider | None = None
    if source.descriptor.frames > 1:
        frame = ipywidgets.IntSlider(0, 0, source.descriptor.frames - 1, description="frame")
        controls.append(frame)
    center: _Slider | None = None
    width: _Slider | None = None
    if source.descriptor.photometric.is_monochrome:
        start, low, high = _start(source)
        span = high - low
        center = ipywidgets.FloatSlider(
            start[0], min=low, max=high, step=span / 500, description="centre"
        )
        width = ipywidgets.FloatSlider(
            start[1], min=span / 500, max=2 * span, step=span / 500, description="width"
        )
        controls += [center, width]

    def draw(_change: object = None) -> None:
        if center is not None and width is not None:
            renderer.window = (center.value, max(1.0, width.value))
        picture.value = renderer.render(0 if frame is None else int(frame.value))

    for control in controls:
        control.observe(draw, names="value")  # type: ignore[attr-defined]
    draw()
    return ipywidgets.VBox([picture, *controls])


def _start(source: "FrameSource") -> tuple[tuple[float, float], float, float]:
    """The window to begin with, and the range of the first frame."""
    from ._modality import modality, transformed
    from ._voi import pixel_extent

    made = transformed(source, 0, modality(source, 0))
    low, high = pixel_extent(made.values, made.padding)
    if not high > low:
        high = low + 1.0
    own = next((one for one in windows(source, 0) if one.usable), None)
    if own is None:
        return ((low + high) / 2, high - low), low, high
    # a window may reach beyond the values
    low, high = min(low, own.center), max(high, own.center)
    return (own.center, min(own.width, 2 * (high - low))), low, high
