"""How an image is opened: values with defaults, handed to each call."""

from typing import NamedTuple

from dicom_core import ReadOptions

__all__ = ["PixelOptions"]


class PixelOptions(NamedTuple):
    """How to read pixels; the default tolerates what leaves no doubt and refuses the rest."""

    strict: bool = False
    """Raise `FrameExtractionError` for pixel data that is not as the attributes say, instead of a finding."""
    pad: bool = False
    """Fill native frames that are cut off with zeros, instead of a `FrameExtractionError`."""
    mmap: bool = False
    """Map a file into memory: native frames are views of it then. The file must not change while the image lives."""
    read: ReadOptions = ReadOptions()
    """How the data set is read."""


# Tracebacks, reprs and pickles name the place that users import from
PixelOptions.__module__ = "dicom_imaging"
