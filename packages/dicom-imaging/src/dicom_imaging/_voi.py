"""Windows and VOI LUTs: which values are drawn dark and which bright (PS3.3 C.11.2)."""

from enum import StrEnum
from math import isfinite, nan
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ._attributes import numbers, strings, text
from ._errors import InvalidWindow
from ._lookup import LookupTable, has_table, lookup_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

    from ._frame_source import FrameSource

__all__ = [
    "VoiFunction",
    "Window",
    "automatic_window",
    "choose",
    "pixel_extent",
    "voi_tables",
    "windows",
]


_FARTHEST: Final = 1e300


class VoiFunction(StrEnum):
    """VOI LUT Function (0028,1056)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


class Window(NamedTuple):
    """A window: applied to modality values, it gives 0 (dark) to 1 (bright)."""

    center: float
    width: float
    explanation: str = ""
    function: VoiFunction = VoiFunction.LINEAR

    @property
    def usable(self) -> bool:
        """Whether the standard gives it a meaning: width at least 1 for LINEAR, above 0 otherwise; nothing infinite."""
        if not (isfinite(self.center) and isfinite(self.width)):
            return False
        return self.width >= 1 if self.function is VoiFunction.LINEAR else self.width > 0

    @property
    def line(self) -> tuple[float, float] | None:
        """Slope and offset of the part between 0 and 1; None where there is no such line."""
        if not self.usable or self.function is VoiFunction.SIGMOID:
            return None
        exact = self.function is VoiFunction.LINEAR_EXACT
        center, width = (self.center, self.width) if exact else (self.center - 0.5, self.width - 1)
        return None if width == 0 else (1 / width, 0.5 - center / width)

    def __call__(self, values: "NDArray[np.generic]") -> "NDArray[np.float64]":
        """The formulas of C.11.2.1.2.1, C.11.2.1.3.1 and C.11.2.1.3.2 with the output range 0 to 1."""
        if not self.usable:
            raise InvalidWindow(
                f"a {self.function} window cannot have centre {self.center:g} and width {self.width:g}"
            )
        x = np.asarray(values, np.float64)
        if self.function is VoiFunction.SIGMOID:
            # Far from the centre the exponential leaves the range of float64: infinite, and the result is exactly 0
            with np.errstate(over="ignore"):
                return np.asarray(1 / (1 + np.exp(-4 * (x - self.center) / self.width)))
        exact = self.function is VoiFunction.LINEAR_EXACT
        center, width = (self.center, self.width) if exact else (self.center - 0.5, self.width - 1)
        if width == 0:  # a threshold
            return np.where(np.isnan(x), np.nan, np.where(x <= center, 0.0, 1.0))
        with np.errstate(over="ignore"):  # infinite is as far beyond as it can be
            return np.clip((x - center) / width + 0.5, 0.0, 1.0)


def windows(source: "FrameSource", frame: int = 0) -> tuple[Window, ...]:
    """All windows of a frame in the order of the file, with their explanations.

    Of the functional groups where they have any (Frame VOI LUT), else of the data set. A centre without a width is
    passed over. A window that the standard gives no meaning is listed, and not ``usable``; text that is no number is NaN.
    """
    ds = _place(source, frame)
    centers, widths = _readable(ds, "WindowCenter"), _readable(ds, "WindowWidth")
    texts = strings(ds, "WindowCenterWidthExplanation")
    function = _function(text(ds, "VOILUTFunction"))
    return tuple(
        Window(center, width, texts[at].strip() if at < len(texts) else "", function)
        for at, (center, width) in enumerate(zip(centers, widths, strict=False))
    )


def voi_tables(
    source: "FrameSource", frame: int = 0, *, signed: bool = False
) -> tuple[LookupTable, ...]:
    """The tables of the VOI LUT Sequence, but empty ones; ``signed``: modality values can be negative (C.11.2.1.1)."""
    from dicom_core import Sequence

    found = _place(source, frame).get("VOILUTSequence")
    items = [item for item in found if has_table(item)] if isinstance(found, Sequence) else []
    return tuple(lookup_table(item, signed=signed) for item in items)


def _readable(ds: "Dataset", key: str) -> tuple[float, ...]:
    """The values of an element; where its text breaks the rule of DS, each part by itself, NaN for what is no number.

    A picture is not withheld because of a window that nobody can read; `dicom_core.check` reports the value.
    """
    from dicom_core import ValueDecodeError

    try:
        return numbers(ds, key)
    except ValueDecodeError:
        return tuple(_number(part) for part in ds.element(key).text.split("\\"))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan


def _place(source: "FrameSource", frame: int) -> "Dataset":
    item = source.groups.macro(frame, "FrameVOILUTSequence")
    if item is not None and ("WindowCenter" in item or "VOILUTSequence" in item):
        return item
    return source.dataset


def _function(term: str) -> VoiFunction:
    """LINEAR for what the standard does not define, as for an absent one (C.11.2.1.2)."""
    known = {one.value: one for one in VoiFunction}
    return known.get(term, VoiFunction.LINEAR)


def pixel_extent(
    values: "NDArray[np.generic]", padding: "NDArray[np.bool_] | None" = None
) -> tuple[float, float]:
    """The smallest and the largest finite value that is not padding; (0, 0) where nothing is left."""
    kept = values if padding is None or not padding.any() else values[~padding]
    if kept.dtype.kind == "f":
        kept = kept[np.isfinite(kept)]
    return (float(kept.min()), float(kept.max())) if kept.size else (0.0, 0.0)


def automatic_window(low: float, high: float) -> Window:
    """The window that draws ``low`` black and ``high`` white; where they are the same, all is black."""
    # A slope of 1E+308 leaves the range of float64: a window ends before that
    low, high = max(low, -_FARTHEST), min(high, _FARTHEST)
    if not high > low:
        return Window(low + 1.0, 1.0, "automatic")
    return Window((low + high) / 2, high - low, "automatic", VoiFunction.LINEAR_EXACT)


def choose(
    source: "FrameSource",
    frame: int,
    wanted: "Window | tuple[float, float] | str | int | None",
    *,
    lut: bool = True,
    signed: bool = False,
) -> "Window | LookupTable | None":
    """What ``wanted`` means for a frame; None for the automatic window.

    ``None`` is the file's own: with ``lut`` its first VOI LUT before its first usable window. A number counts the file's
    windows and then its VOI LUTs, a text is an explanation of one of them or ``auto``.
    """
    if isinstance(wanted, Window):
        return _checked(wanted)
    if isinstance(wanted, tuple):
        center, width = wanted
        return _checked(Window(float(center), float(width)))
    if wanted == "auto":
        return None
    listed = windows(source, frame)
    if wanted is None:
        tables = voi_tables(source, frame, signed=signed) if lut else ()
        return tables[0] if tables else next((one for one in listed if one.usable), None)
    choices: list[Window | LookupTable] = [*listed, *voi_tables(source, frame, signed=signed)]
    if isinstance(wanted, int):
        if not 0 <= wanted < len(choices):
            raise InvalidWindow(
                f"there is no window {wanted}: the frame has {len(choices)}, counted from 0"
            )
        return _checked(choices[wanted])
    for choice in choices:
        if choice.explanation.casefold() == wanted.casefold():
            return _checked(choice)
    raise InvalidWindow(
        f"no window of the frame has this explanation; it has {len(choices)}, counted from 0"
    )


def _checked(choice: "Window | LookupTable") -> "Window | LookupTable":
    if isinstance(choice, Window) and not choice.usable:
        raise InvalidWindow(
            f"a {choice.function} window cannot have centre {choice.center:g} and width {choice.width:g}"
        )
    return choice


# Tracebacks, reprs and pickles name the place that users import from
VoiFunction.__module__ = Window.__module__ = windows.__module__ = "dicom_imaging"
