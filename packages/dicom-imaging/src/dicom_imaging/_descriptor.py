"""`PixelDescriptor`: what the attributes say about the pixels of an image (PS3.3 C.7.6.3)."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["PhotometricInterpretation", "PixelDescriptor", "SampleKind"]


class PhotometricInterpretation(StrEnum):
    """Photometric Interpretation (0028,0004), PS3.3 C.7.6.3.1.2."""

    MONOCHROME1 = "MONOCHROME1"
    MONOCHROME2 = "MONOCHROME2"
    PALETTE_COLOR = "PALETTE COLOR"
    RGB = "RGB"
    HSV = "HSV"
    ARGB = "ARGB"
    CMYK = "CMYK"
    YBR_FULL = "YBR_FULL"
    YBR_FULL_422 = "YBR_FULL_422"
    YBR_PARTIAL_422 = "YBR_PARTIAL_422"
    YBR_PARTIAL_420 = "YBR_PARTIAL_420"
    YBR_ICT = "YBR_ICT"
    YBR_RCT = "YBR_RCT"
    XYB = "XYB"

    @property
    def is_monochrome(self) -> bool:
        """Whether one sample is a grey value."""
        return self in {self.MONOCHROME1, self.MONOCHROME2}

    @property
    def is_color(self) -> bool:
        """Whether it is drawn in colours, palettes included."""
        return not self.is_monochrome

    @property
    def is_ybr(self) -> bool:
        """Whether the samples are luminance and two chrominances."""
        return self.name.startswith("YBR")


class SampleKind(StrEnum):
    """Which of the three pixel data elements holds the samples (PS3.3 C.7.6.24)."""

    INTEGER = "integer"
    FLOAT = "float"
    DOUBLE = "double"


class PixelDescriptor(NamedTuple):
    """What one frame is made of. Made by `describe`, which refuses what makes no sense; codecs can rely on it."""

    rows: int
    columns: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: PhotometricInterpretation
    planar: int = 0
    """Planar Configuration: 0 sample by sample, 1 plane by plane."""
    frames: int = 1
    kind: SampleKind = SampleKind.INTEGER

    @property
    def dtype(self) -> str:
        """The numpy name of decoded samples, such as ``uint16``; 1 bit gives ``uint8``, 12 packed bits ``uint16``."""
        if self.kind is not SampleKind.INTEGER:
            return "float32" if self.kind is SampleKind.FLOAT else "float64"
        size = self._cell
        return f"{'int' if self.signed else 'uint'}{size}"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a decoded frame: (rows, columns), with a third axis for several samples."""
        return (
            (self.rows, self.columns)
            if self.samples == 1
            else (self.rows, self.columns, self.samples)
        )

    @property
    def decoded_bytes(self) -> int:
        """The bytes of one decoded frame, exactly."""
        return self.rows * self.columns * self.samples * self._cell // 8

    @property
    def _cell(self) -> int:
        """The bits of a sample that is unpacked: 1 gives 8, 12 gives 16."""
        return 16 if self.bits_allocated == 12 else max(8, self.bits_allocated)


# Tracebacks, reprs and pickles name the place that users import from
PhotometricInterpretation.__module__ = SampleKind.__module__ = PixelDescriptor.__module__ = (
    "dicom_imaging"
)
