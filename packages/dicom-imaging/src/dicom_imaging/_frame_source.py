"""`FrameSource`: what display and transcoding ask of an image, so that they do not depend on how frames are found."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dicom_core import Dataset

    from ._descriptor import PixelDescriptor
    from ._limits import PixelLimits
    from .codecs import Decoded

__all__ = ["FrameSource", "Groups"]


class Groups(Protocol):
    """The functional groups of a multi-frame image (PS3.3 C.7.6.16)."""

    def macro(self, frame: int, sequence: str) -> "Dataset | None":
        """The item of a functional group macro that holds for a frame, such as of ``PixelValueTransformationSequence``:
        from the per-frame groups, else from the shared ones; None where neither has it.
        """
        ...


class FrameSource(Protocol):
    """An image whose frames can be had one by one."""

    @property
    def dataset(self) -> "Dataset":
        """The data set that describes the pixels."""
        ...

    @property
    def descriptor(self) -> "PixelDescriptor":
        """What a frame is made of."""
        ...

    @property
    def groups(self) -> Groups:
        """The functional groups; of an image that has none, they are empty."""
        ...

    @property
    def limits(self) -> "PixelLimits":
        """What decoding and rendering may cost."""
        ...

    def decoded(self, frame: int) -> "Decoded":
        """The stored values of one frame, and the colour space that they are in."""
        ...
