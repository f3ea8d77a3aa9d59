"""Real World Value Mappings of a frame (PS3.3 C.7.6.16.2.11 and C.7.6.16.2.11.1.2)."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ._attributes import first_item, number, numbers, text
from ._modality import Rescale, UnitsKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

    from ._frame_source import FrameSource

_MAPPINGS: Final = "RealWorldValueMappingSequence"

__all__ = ["RealWorldMapping", "RealWorldTable", "find_mapping", "real_world"]


class RealWorldTable(NamedTuple):
    """Values for the stored values from ``first`` on; NaN outside, since nothing is said there."""

    first: int
    data: "NDArray[np.float64]"

    def __call__(self, values: "NDArray[np.generic]") -> "NDArray[np.float64]":
        """The value of each stored value."""
        at = np.asarray(values).astype(np.int64) - self.first
        inside = (at >= 0) & (at < len(self.data))
        found = self.data[np.where(inside, at, 0)]
        return np.where(inside, found, np.nan)


class RealWorldMapping(NamedTuple):
    """One mapping of stored values to the real world."""

    apply: "Rescale | RealWorldTable"
    units: str
    """The code value, in UCUM."""
    name: str
    label: str
    """LUT Label (0040,9210)."""
    explanation: str
    first: float
    last: float
    """The stored values for which it is meant, both included."""
    kind: UnitsKind = UnitsKind.REAL_WORLD


def real_world(source: "FrameSource", frame: int) -> "tuple[RealWorldMapping, ...]":
    """The mappings of a frame that can be applied, in the order of the file."""
    made = (_mapping(item, signed=source.descriptor.signed) for item in _items(source, frame))
    return tuple(one for one in made if one is not None)


def find_mapping(source: "FrameSource", frame: int, key: str | int) -> "RealWorldMapping | None":
    """The mapping with this number, or the first with this label or unit code; None where there is none."""
    found = real_world(source, frame)
    if isinstance(key, int):
        return found[key] if 0 <= key < len(found) else None
    for one in found:
        if key in {one.label, one.units, one.name}:
            return one
    return None


def _items(source: "FrameSource", frame: int) -> "list[Dataset]":
    """The items that hold for a frame: of its groups, else of the shared ones, else of the data set."""
    root = source.dataset
    if source.groups.macro(frame, _MAPPINGS) is not None:
        groups = [_at(root, "PerFrameFunctionalGroupsSequence", frame),
                  _at(root, "SharedFunctionalGroupsSequence", 0)]  # fmt: skip
        for group in groups:
            found = [] if group is None else _all(group)
            if found:
                return found
    return _all(root)


def _at(ds: "Dataset", key: str, index: int) -> "Dataset | None":
    from dicom_core import Sequence

    value = ds.get(key)
    return value[index] if isinstance(value, Sequence) and index < len(value) else None


def _all(ds: "Dataset") -> "list[Dataset]":
    from dicom_core import Sequence

    value = ds.get(_MAPPINGS)
    return list(value) if isinstance(value, Sequence) else []


def _mapping(item: "Dataset", *, signed: bool) -> "RealWorldMapping | None":
    """A mapping; None for an item that has neither a slope nor a table."""
    first, last = (_end(item, which, signed=signed) for which in ("First", "Last"))
    slope, intercept = (number(item, f"RealWorldValue{key}") for key in ("Slope", "Intercept"))
    data = numbers(item, "RealWorldValueLUTData")
    apply: Rescale | RealWorldTable
    if data:
        apply = RealWorldTable(0 if first is None else int(first), np.array(data, np.float64))
    elif slope is not None:
        apply = Rescale(slope, intercept or 0.0)
    else:
        return None
    code = first_item(item, "MeasurementUnitsCodeSequence")
    value, meaning = (
        ("", "") if code is None else (text(code, "CodeValue"), text(code, "CodeMeaning"))
    )
    low, high = (-np.inf if first is None else first), (np.inf if last is None else last)
    return RealWorldMapping(
        apply, value, meaning, text(item, "LUTLabel"), text(item, "LUTExplanation"), low, high
    )


def _end(item: "Dataset", which: str, *, signed: bool) -> float | None:
    double = number(item, f"DoubleFloatRealWorldValue{which}ValueMapped")
    if double is not None:
        return double
    value = number(item, f"RealWorldValue{which}ValueMapped")
    if value is None:
        return None
    if signed and value > 0x7FFF:
        return value - 0x10000  # written as US
    return value + 0x10000 if not signed and value < 0 else value


# Tracebacks, reprs and pickles name the place that users import from
RealWorldMapping.__module__ = real_world.__module__ = "dicom_imaging"
