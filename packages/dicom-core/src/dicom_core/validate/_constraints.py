"""Values that an image module allows beside the lists of the tables: by table and keyword, then by position (0: all).

The description of these attributes in PS3.3 names the values in a section of its own.
"""

from typing import Final

__all__ = ["LISTED_TOO", "VALUES"]

_MONOCHROME: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
_TYPE_1: Final = frozenset({"ORIGINAL", "DERIVED"})
_TYPE_1_MIXED: Final = frozenset({"ORIGINAL", "DERIVED", "MIXED"})
_TYPE_2: Final = frozenset({"PRIMARY", "SECONDARY"})
_ONE: Final = frozenset({"1"})
_12_TO_16: Final = frozenset({"12", "13", "14", "15", "16"})

VALUES: Final[dict[tuple[str, str], dict[int, frozenset[str]]]] = {
    # CT Image, C.8.2.1.1
    ("C.8-3", "ImageType"): {1: _TYPE_1, 2: _TYPE_2},
    ("C.8-3", "SamplesPerPixel"): {0: _ONE},
    ("C.8-3", "PhotometricInterpretation"): {0: _MONOCHROME},
    ("C.8-3", "BitsAllocated"): {0: frozenset({"16"})},
    ("C.8-3", "BitsStored"): {0: _12_TO_16},
    # MR Image, C.8.3.1.1
    ("C.8-4", "ImageType"): {1: _TYPE_1, 2: _TYPE_2},
    ("C.8-4", "SamplesPerPixel"): {0: _ONE},
    ("C.8-4", "PhotometricInterpretation"): {0: _MONOCHROME},
    ("C.8-4", "BitsAllocated"): {0: frozenset({"16"})},
    # Enhanced CT and MR Image, C.8.16.1
    ("C.8-114", "ImageType"): {1: _TYPE_1_MIXED, 2: _TYPE_2 | {"MIXED"}},
    ("C.8-79", "ImageType"): {1: _TYPE_1_MIXED, 2: _TYPE_2 | {"MIXED"}},
    # NM Image Pixel, C.8.4.8
    ("C.8-6", "SamplesPerPixel"): {0: _ONE},
    ("C.8-6", "PhotometricInterpretation"): {0: frozenset({"MONOCHROME2", "PALETTE COLOR"})},
    ("C.8-6", "BitsAllocated"): {0: frozenset({"8", "16"})},
    # PET Image, C.8.9.4
    ("C.8-63", "SamplesPerPixel"): {0: _ONE},
    ("C.8-63", "PhotometricInterpretation"): {0: frozenset({"MONOCHROME2"})},
    ("C.8-63", "BitsAllocated"): {0: frozenset({"16"})},
    # DX Image, C.8.11.3
    ("C.8-70", "SamplesPerPixel"): {0: _ONE},
    ("C.8-70", "PhotometricInterpretation"): {0: _MONOCHROME},
    # RT Dose, C.8.8.3
    ("C.8-39", "SamplesPerPixel"): {0: _ONE},
    ("C.8-39", "PhotometricInterpretation"): {0: frozenset({"MONOCHROME2"})},
    ("C.8-39", "BitsAllocated"): {0: frozenset({"16", "32"})},
    # RT Image, C.8.8.2
    ("C.8-38", "SamplesPerPixel"): {0: _ONE},
    ("C.8-38", "PhotometricInterpretation"): {0: frozenset({"MONOCHROME2"})},
    ("C.8-38", "BitsAllocated"): {0: frozenset({"8", "16"})},
}

# Values that no source has: newer ones of lists that stand there as they were in 2020b, and the signed half of
# Pixel Representation, which has no description of its own.
LISTED_TOO: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("C.8.20-2", "SegmentationType"): frozenset({"LABELMAP"}),
    ("C.8.24.3-1", "PixelRepresentation"): frozenset({"1"}),
    ("C.8.25.14-5", "OphthalmicAxialLengthMeasurementsType"): frozenset({"SEGMENTAL LENGTH"}),
    ("C.8.31-1", "PixelRepresentation"): frozenset({"1"}),
}
