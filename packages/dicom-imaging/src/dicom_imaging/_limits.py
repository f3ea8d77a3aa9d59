"""What decoding may cost at most: values with defaults, handed to each call. There is no global switch."""

from typing import NamedTuple

__all__ = ["PixelLimits"]

GIB = 1 << 30


class PixelLimits(NamedTuple):
    """Limits of decoding and rendering. A breach raises `dicom_core.LimitExceeded` before anything is allocated."""

    frame: int = GIB
    """Bytes of one decoded frame."""
    array: int = 16 * GIB
    """Bytes of all frames that are asked for as one array."""
    in_flight: int = 2 * GIB
    """Bytes of frames that are decoded at the same time; more wait."""
    frames: int = 10_000_000
    """Frames of one image."""
    scans: int = 200
    """Scans of one progressive JPEG."""
    rendered: int = GIB
    """Bytes of one rendered picture."""
    icc_profile: int = 16 << 20
    """Bytes of an ICC profile that is looked at."""


# Tracebacks, reprs and pickles name the place that users import from
PixelLimits.__module__ = "dicom_imaging"
