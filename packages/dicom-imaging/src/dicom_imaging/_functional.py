"""Functional groups of multi-frame images (PS3.3 C.7.6.16): what holds for one frame, found in constant time."""

from typing import TYPE_CHECKING, Final

import dicom_core as dc

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["FunctionalGroups"]

_SHARED: Final = 0x52009229
_PER_FRAME: Final = 0x52009230


class FunctionalGroups:
    """The functional groups of a data set; of one that has none, every macro is None.

    Items of other frames are never parsed.
    """

    __slots__ = ("_per_frame", "_shared")

    def __init__(self, dataset: "Dataset") -> None:
        shared = _sequence(dataset, _SHARED)
        self._shared: Dataset | None = shared[0] if shared else None
        self._per_frame = _sequence(dataset, _PER_FRAME)

    def __len__(self) -> int:
        """How many frames have groups of their own."""
        return 0 if self._per_frame is None else len(self._per_frame)

    @property
    def shared(self) -> "Dataset | None":
        """The item of the shared functional groups."""
        return self._shared

    def frame(self, frame: int) -> "Dataset | None":
        """The item of the per-frame functional groups for a frame; None where it has none."""
        items = self._per_frame
        return items[frame] if items is not None and 0 <= frame < len(items) else None

    def macro(self, frame: int, sequence: str) -> "Dataset | None":
        """The item of a macro that holds for a frame, such as of ``PlanePositionSequence``.

        From the per-frame groups, else from the shared ones (PS3.3 C.7.6.16.1.1); None where neither has it.
        """
        for group in (self.frame(frame), self._shared):
            if group is not None:
                items = _sequence(group, sequence)
                if items:
                    return items[0]
        return None


def _sequence(dataset: "Dataset", key: int | str) -> "dc.Sequence | None":
    """A sequence that is one; files call other things by its tag."""
    if key not in dataset:
        return None
    value = dataset.get(key)
    return value if isinstance(value, dc.Sequence) else None


# Tracebacks, reprs and pickles name the place that users import from
FunctionalGroups.__module__ = "dicom_imaging"
