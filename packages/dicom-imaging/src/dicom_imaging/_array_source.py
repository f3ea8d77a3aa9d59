"""`ArraySource`: an image made of arrays, for pixels that come from somewhere else than a file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dicom_core as dc

from ._descriptor import PhotometricInterpretation, PixelDescriptor, SampleKind
from ._limits import PixelLimits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .codecs import Decoded

__all__ = ["ArraySource"]


class _Groups:
    """The functional groups of a data set, of which few are needed."""

    __slots__ = ("_dataset",)

    def __init__(self, dataset: dc.Dataset) -> None:
        self._dataset = dataset

    def macro(self, frame: int, sequence: str) -> dc.Dataset | None:
        """See `FrameSource`."""
        for key, at in (("PerFrame", frame), ("Shared", 0)):
            groups = self._dataset.get(f"{key}FunctionalGroupsSequence")
            if isinstance(groups, dc.Sequence) and at < len(groups):
                found = groups[at].get(sequence)
                if isinstance(found, dc.Sequence) and len(found):
                    return found[0]
        return None


class ArraySource:
    """Frames in memory with the attributes that say what they mean, so that they can be measured and drawn.

    ``frames``: stored values, (rows, columns) or (rows, columns, samples) each. ``dataset`` holds what a file would:
    windows, rescale, palettes. ``bits``: Bits Stored, if it is less than the dtype has.
    """

    def __init__(
        self,
        frames: "Sequence[NDArray[np.generic]]",
        dataset: dc.Dataset | None = None,
        *,
        photometric: str = "",
        bits: int | None = None,
        limits: PixelLimits | None = None,
    ) -> None:
        self._frames = list(frames)
        if not self._frames:
            raise ValueError("an image has at least one frame")
        first = self._frames[0]
        samples = first.shape[2] if first.ndim == 3 else 1
        size = first.dtype.itemsize * 8
        kind = SampleKind.INTEGER
        if first.dtype.kind == "f":
            kind = SampleKind.FLOAT if size == 32 else SampleKind.DOUBLE
        stored = bits or size
        self.dataset = dc.Dataset() if dataset is None else dataset
        self.groups = _Groups(self.dataset)
        self.limits = limits or PixelLimits()
        self.descriptor = PixelDescriptor(
            first.shape[0], first.shape[1], samples, size, stored, stored - 1, first.dtype.kind == "i",
            PhotometricInterpretation(photometric or ("RGB" if samples == 3 else "MONOCHROME2")),
            frames=len(self._frames), kind=kind,
        )  # fmt: skip

    def decoded(self, frame: int) -> "Decoded":
        """See `FrameSource`."""
        from .codecs import Decoded

        return Decoded(self._frames[frame], self.descriptor.photometric)


# Tracebacks, reprs and pickles name the place that users import from
ArraySource.__module__ = "dicom_imaging"
