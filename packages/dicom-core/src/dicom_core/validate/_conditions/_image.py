"""Images of one frame or a simple stack: pixels, orientation, the modalities' modules (PS3.3 C.7.6, C.8)."""

from typing import TYPE_CHECKING, Final

from .._predicates import (
    UNKNOWN,
    Condition,
    absent,
    all_of,
    any_of,
    has_value,
    is_one_of,
    lists,
    more_than,
    not_,
    present,
    value,
)

if TYPE_CHECKING:
    from .._scope import Scope

__all__ = ["EVIDENCE", "IMAGE", "IMAGE_MODULES"]

_PALETTE: Final = any_of(
    value("PhotometricInterpretation", "PALETTE COLOR"),
    value("PixelPresentation", "COLOR", "MIXED"),
)


def _oriented(here: "Scope") -> bool | None:
    """C.7.6.1.1.1: needed where neither the patient's nor the slide's orientation is asked for."""
    iod = here.root.iod
    if iod is None:
        return None
    if any(group.name.startswith("Plane Orientation") for group in iod.functional_groups):
        return False
    for use in iod.modules:
        if use.usage == "M" and use.name in {"Image Plane", "Whole Slide Microscopy Image"}:
            return False
    if any(map(here.view.has, (0x00200037, 0x00480102))):
        return False
    return None if iod.functional_groups else True


def _aspect(here: "Scope") -> bool | None:
    """C.7.6.3.1.7: whether the pixels are square is not told where no spacing is."""
    return False if any(map(here.view.has, (0x00280030, 0x00181164, 0x00182010))) else None


def _palette_data(colour: str) -> Condition:
    """C.7.6.3 and C.7.9: the plain table, or else the segmented one."""
    return all_of(_PALETTE, absent(f"Segmented{colour}PaletteColorLookupTableData"))


_LOSSY: Final = any_of(
    *map(present, ("LossyImageCompressionRatio", "LossyImageCompressionMethod")), UNKNOWN
)

IMAGE: Final[dict[tuple[str, str], Condition]] = {
    # C.7.6.1 General Image
    ("C.7-9", "PatientOrientation"): _oriented,
    # C.7.6.3 Image Pixel
    ("C.7-11c", "PixelAspectRatio"): _aspect,
    **{
        ("C.7-11c", f"{colour}PaletteColorLookupTableData"): _palette_data(colour)
        for colour in ("Red", "Green", "Blue")
    },
    ("C.7-11a", "PixelDataProviderURL"): present("PixelDataProviderURL"),
    # C.7.9 Palette Color Lookup Table
    **{
        ("C.7-22a", f"{colour}PaletteColorLookupTableData"): absent(
            f"Segmented{colour}PaletteColorLookupTableData"
        )
        for colour in ("Red", "Green", "Blue")
    },
    **{
        ("C.7-22a", f"Segmented{colour}PaletteColorLookupTableData"): absent(
            f"{colour}PaletteColorLookupTableData"
        )
        for colour in ("Red", "Green", "Blue")
    },
    # C.8.2.1 CT Image
    ("C.8-3", "RescaleType"): any_of(value("MultienergyCTAcquisition", "YES"), UNKNOWN),
    # C.8.3.1 MR Image
    ("C.8-4", "TriggerTime"): has_value(
        "ScanOptions", "CG", "PPG", "CARDIAC_GATING", "CARD_COMP_ARR_REJ", "VCG_GATING"
    ),
    # C.8.4 Nuclear Medicine
    ("C.8-7", "NumberOfRotations"): is_one_of(
        "ImageType", 3, "TOMO", "GATED TOMO", "RECON TOMO", "RECON GATED TOMO"
    ),
    ("C.8-9", "LossyImageCompression"): _LOSSY,
    ("C.8-11", "DistanceSourceToDetector"): all_of(
        is_one_of("ImageType", 4, "TRANSMISSION"),
        not_(is_one_of("ImageType", 3, "TOMO", "GATED TOMO", "RECON TOMO", "RECON GATED TOMO")),
    ),
    # C.8.5.5 US Region Calibration: Pixel Component Organization is 0 bits, 1 ranges, 2 table, 3 codes
    ("C.8-17", "PixelComponentMask"): value("PixelComponentOrganization", "0"),
    ("C.8-17", "PixelComponentRangeStart"): value("PixelComponentOrganization", "1"),
    ("C.8-17", "PixelComponentRangeStop"): value("PixelComponentOrganization", "1"),
    # C.8.5.6 US Image
    ("C.8-18", "LossyImageCompression"): _LOSSY,
    ("C.8-18", "FrameIncrementPointer"): present("NumberOfFrames"),
    ("C.8-18", "NumberOfStages"): any_of(*map(present, ("StageName", "StageNumber")), UNKNOWN),
    ("C.8-18", "NumberOfViewsInStage"): any_of(
        *map(present, ("StageName", "StageNumber")), UNKNOWN
    ),
    # C.8.9.4 PET Image
    ("C.8-63", "LossyImageCompression"): _LOSSY,
    # C.8.11.3 DX Image: unless the view is of skull, spine ... by codes; a view that is there may be one of them
    ("C.8-70", "PatientOrientation"): any_of(absent("ViewCodeSequence"), UNKNOWN),
}

_FOR_PRESENTATION: Final = value("PresentationIntentType", "FOR PRESENTATION")

IMAGE_MODULES: Final[dict[tuple[str, str], Condition]] = {
    # C.7.6.6: RT Image and RT Dose of more than one frame
    ("", "Multi-frame"): more_than("NumberOfFrames", 1),
    ("Digital Mammography X-Ray Image", "Frame of Reference"): UNKNOWN,
    # A.27.4: DX for processing has no VOI LUT
    ("Digital X-Ray Image", "VOI LUT"): _FOR_PRESENTATION,
    ("Digital Mammography X-Ray Image", "VOI LUT"): _FOR_PRESENTATION,
    # A.54: a cine run points to its times
    ("RT Image", "Cine"): any_of(
        lists("FrameIncrementPointer", "FrameTime"),
        lists("FrameIncrementPointer", "FrameTimeVector"),
    ),
}

# Which attributes tell that a module is there, where some that only it lists tell nothing.
EVIDENCE: Final[dict[str, tuple[str, ...]]] = {
    "Multi-frame": ("NumberOfFrames",),
    "Cine": ("FrameTime", "FrameTimeVector", "CineRate", "RecommendedDisplayFrameRate"),
}
