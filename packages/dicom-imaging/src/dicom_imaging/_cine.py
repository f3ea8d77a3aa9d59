"""How long each frame of a cine is shown (PS3.3 C.7.6.5, C.7.6.6)."""

from typing import TYPE_CHECKING, Final

from ._attributes import number, numbers

if TYPE_CHECKING:
    from ._frame_source import FrameSource

__all__ = ["frame_times"]

_DEFAULT: Final = 100.0


def frame_times(source: "FrameSource") -> list[float]:
    """Milliseconds, one a frame; 100 where the file says nothing.

    From Frame Time Vector, Frame Time, Recommended Display Frame Rate or Cine Rate, whichever comes first.
    """
    ds, count = source.dataset, source.descriptor.frames
    vector = numbers(ds, "FrameTimeVector")
    if len(vector) == count and count > 1:
        # Each is the time since the frame before, of the first 0 (C.7.6.5.1.2): the last lasts like the one before it
        times = [*vector[1:], vector[-1]]
        if all(0 < time < 1e7 for time in times):
            return list(times)
    time = number(ds, "FrameTime")
    if time is None or not 0 < time < 1e7:
        rates = (number(ds, key) for key in ("RecommendedDisplayFrameRate", "CineRate"))
        time = next(
            (1000 / rate for rate in rates if rate is not None and 0 < rate < 1e6), _DEFAULT
        )
    return [time] * count
