"""Multi-frame images with functional groups, enhanced CT and MR, segmentations (PS3.3 C.7.6.16, C.8.13 to C.8.20)."""

from typing import TYPE_CHECKING, Final

from .._predicates import (
    UNKNOWN,
    Condition,
    all_of,
    any_of,
    filled,
    has_value,
    is_not,
    is_one_of,
    not_,
    present,
    value,
)
from .._scope import PER_FRAME, SHARED

if TYPE_CHECKING:
    from .._scope import Scope

__all__ = ["GROUPS", "MULTI_FRAME", "MULTI_FRAME_MODULES"]

_SEGMENTATION: Final = value(
    "SOPClassUID", "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
)
_TOMOGRAPHY: Final = value("SOPClassUID", "1.2.840.10008.5.1.4.1.1.77.1.5.4")
_B_SCAN: Final = value("SOPClassUID", "1.2.840.10008.5.1.4.1.1.77.1.5.8")
_NO_REFERENCE_TIMES: Final = value(
    "SOPClassUID",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.128.1",
    "1.2.840.10008.5.1.4.1.1.77.1.6",
)
_OTHER_VOLUMES: Final = (
    all_of(_SEGMENTATION, present("FrameOfReferenceUID")),
    all_of(_TOMOGRAPHY, value("OphthalmicVolumetricPropertiesFlag", "YES")),
    _B_SCAN,
)
_ORIGINAL_FRAME: Final = all_of(is_one_of("FrameType", 1, "ORIGINAL"), not_(_NO_REFERENCE_TIMES))


_LEGACY: Final = value(
    "SOPClassUID",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.128.1",
)
_INDEXED: Final = all_of(
    filled("DimensionIndexSequence"), not_(value("DimensionOrganizationType", "TILED_FULL"))
)


def _has_group(tag: int) -> Condition:
    """A functional group is there, shared or with a frame."""

    def test(here: "Scope") -> bool | None:
        root = here.root
        items = (*root.view.items(SHARED), *root.view.items(PER_FRAME))
        return any(item.has(tag) for item in items)

    return test


def _per_frame(here: "Scope") -> bool | None:
    """C.7.6.16: where a group that is never shared is mandatory, there is something to say of each frame."""
    iod = here.root.iod
    groups = iod.functional_groups if iod is not None else ()
    usage = next((use.usage for use in groups if use.name == "Frame Content"), "U")
    if usage == "M" or (usage == "C" and _INDEXED(here)):
        return True
    return None


def _pointed_in_group(here: "Scope") -> bool | None:
    """C.7.6.17.1: what a dimension points to is in a functional group, or at the top level."""
    texts = here.view.texts(0x00209165)
    if not texts or len(texts[0]) != 8:
        return None
    tag = int(texts[0], 16)
    if here.root.view.has(tag) or tag in here.root.known:
        return False
    iod = here.root.iod
    rows = (row for use in iod.functional_groups for row in use.macro.attributes) if iod else ()
    return True if any(inner.tag == tag for row in rows for inner in row.nested) else None


_PLACED: Final = any_of(
    all_of(is_one_of("FrameType", 1, "ORIGINAL"), is_not("VolumetricProperties", "DISTORTED")),
    *_OTHER_VOLUMES,
)
_DERIVATION: Final = _has_group(0x00089124)
_SLIDE: Final = any_of(present("ImageOrientationSlide"), _has_group(0x0048021A))
_IN_PATIENT: Final = all_of(present("FrameOfReferenceUID"), not_(_SLIDE))
_TILED_FULL: Final = value("DimensionOrganizationType", "TILED_FULL")
_MEASURES: Final = _has_group(0x00289110)
_PLANES: Final = any_of(*map(_has_group, (0x00209113, 0x00209116, 0x0048021A)))

MULTI_FRAME: Final[dict[tuple[str, str], Condition]] = {
    # C.7.6.16 Multi-frame Functional Groups
    ("C.7.6.16-1", "PerFrameFunctionalGroupsSequence"): _per_frame,
    # C.7.6.16.2.1 Pixel Measures
    ("C.7.6.16-2", "PixelSpacing"): any_of(
        is_not("VolumetricProperties", "DISTORTED", "SAMPLED"), *_OTHER_VOLUMES
    ),
    ("C.7.6.16-2", "SliceThickness"): any_of(
        has_value("VolumetricProperties", "VOLUME", "SAMPLED"), *_OTHER_VOLUMES
    ),
    # C.7.6.16.2.2 Frame Content
    ("C.7.6.16-3", "FrameAcquisitionDateTime"): _ORIGINAL_FRAME,
    ("C.7.6.16-3", "FrameReferenceDateTime"): _ORIGINAL_FRAME,
    ("C.7.6.16-3", "FrameAcquisitionDuration"): _ORIGINAL_FRAME,
    ("C.7.6.16-3", "DimensionIndexValues"): present("DimensionIndexSequence"),
    # C.7.6.16.2.3 Plane Position, C.7.6.16.2.4 Plane Orientation
    ("C.7.6.16-4", "ImagePositionPatient"): _PLACED,
    ("C.7.6.16-5", "ImageOrientationPatient"): _PLACED,
    # C.7.6.16.2.5 Referenced Image, C.7.6.16.2.6 Derivation Image
    ("C.7.6.16-6", "PurposeOfReferenceCodeSequence"): not_(_LEGACY),
    ("C.7.6.16-7", "PurposeOfReferenceCodeSequence"): not_(_LEGACY),
    ("C.7.6.16-7", "DerivationCodeSequence"): not_(_LEGACY),
    # C.7.6.17 Multi-frame Dimension
    ("C.7.6.17-1", "FunctionalGroupPointer"): _pointed_in_group,
    # C.8.12.14 Microscope Slide Layer Tile Organization
    ("C.8.12.14-1", "ImageOrientationSlide"): any_of(_has_group(0x0048021A), _TILED_FULL),
    # C.8.20.2 Segmentation Image: whether the sources were compressed is the creator's to know
    ("C.8.20-2", "LossyImageCompressionRatio"): any_of(
        value("LossyImageCompression", "01"), UNKNOWN
    ),
    ("C.8.20-2", "LossyImageCompressionMethod"): any_of(
        value("LossyImageCompression", "01"), UNKNOWN
    ),
}

# A.51.5.1: a segmentation has its own geometry, or is derived from images that have one.
_OWN_GEOMETRY: Final = all_of(not_(_DERIVATION), _IN_PATIENT)

GROUPS: Final[dict[tuple[str, str], Condition]] = {
    **{
        (iod, name): condition
        for iod in ("Segmentation", "Label Map Segmentation")
        for name, condition in (
            ("Pixel Measures", _OWN_GEOMETRY),
            ("Plane Position (Patient)", _OWN_GEOMETRY),
            ("Plane Orientation (Patient)", _OWN_GEOMETRY),
            ("Plane Position (Slide)", all_of(not_(_DERIVATION), _SLIDE, not_(_TILED_FULL))),
            ("Frame Content", _INDEXED),
            ("Derivation Image", not_(all_of(_MEASURES, any_of(_PLANES, _TILED_FULL)))),
            # C.8.20.2: a label map tells the segment by its pixels
            ("Segmentation", not_(any_of(_TILED_FULL, value("SegmentationType", "LABELMAP")))),
        )
    },
    # A.75.4: in the patient's coordinates or on a slide
    ("Parametric Map", "Plane Position (Patient)"): not_(_SLIDE),
    ("Parametric Map", "Plane Orientation (Patient)"): not_(_SLIDE),
    ("Parametric Map", "Plane Position (Slide)"): all_of(_SLIDE, not_(_TILED_FULL)),
    # C.8.13.5.9: in any frame
    ("Enhanced MR Image", "MR Diffusion"): all_of(
        value("AcquisitionContrast", "DIFFUSION"), is_one_of("ImageType", 1, "ORIGINAL", "MIXED")
    ),
    ("Enhanced MR Image", "MR Spatial Saturation"): all_of(
        value("SpatialPresaturation", "SLAB"), is_one_of("ImageType", 1, "ORIGINAL", "MIXED")
    ),
    ("", "Contrast/Bolus Usage"): filled("ContrastBolusAgentSequence"),
}

MULTI_FRAME_MODULES: Final[dict[tuple[str, str], Condition]] = {
    # A.51.3
    ("Segmentation", "Common Instance Reference"): _DERIVATION,
    ("Segmentation", "Frame of Reference"): not_(_DERIVATION),
}
