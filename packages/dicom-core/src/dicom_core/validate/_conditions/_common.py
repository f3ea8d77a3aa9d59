"""What every IOD has: codes, the patient, the series, references (PS3.3 8, 10, C.7.1 to C.7.5, C.12)."""

from typing import TYPE_CHECKING, Final

from .._predicates import (
    ALWAYS,
    UNKNOWN,
    Condition,
    absent,
    all_of,
    any_of,
    empty,
    filled,
    is_one_of,
    not_,
    present,
)
from .._scope import PER_FRAME, SHARED

if TYPE_CHECKING:
    from .._scope import Scope

__all__ = ["COMMON", "INCLUDES"]

# The beginning of a sentence that says when a macro is included.
INCLUDES: Final[tuple[tuple[str, Condition], ...]] = (
    # C.17.3: by-reference content has an identifier instead of a value
    (
        "Include if the Target Content Item is included by-value",
        absent("ReferencedContentItemIdentifier"),
    ),
    # What is validated is the whole object, not the metadata part of a STOW-RS request
    ("Required if the IOD is not being transferred in a STOW-RS Request", ALWAYS),
)

# C.7.1.1.1.2: nothing says "non-human" outright; these attributes are of animals only.
# A data set that is silent is of a human, as nearly all are.
_ANIMAL: Final = any_of(
    *map(
        filled,
        ("PatientSpeciesDescription", "PatientSpeciesCodeSequence", "PatientBreedDescription"),
    ),
    *map(filled, ("PatientBreedCodeSequence", "BreedRegistrationSequence")),
)


# C.7.3.1: the SOP classes whose images have a Patient Position, unless they tell the orientation by codes.
_POSITIONED: Final = (
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.3", "1.2.840.10008.5.1.4.1.1.4.2",
)  # fmt: skip

# Body Part Examined of structures that are paired, and of those that are not (PS3.16 Annex L); others are left open.
_PAIRED: Final = (
    "ADRENAL", "ANKLE", "ARM", "AXILLA", "BREAST", "CALCANEUS", "CALF", "CLAVICLE", "EAR", "ELBOW", "EYE", "FEMUR",
    "FIBULA", "FINGER", "FOOT", "FOREARM", "HAND", "HIP", "HUMERUS", "KIDNEY", "KNEE", "LEG", "LOWERLEG", "OVARY",
    "PATELLA", "RADIUS", "SCAPULA", "SHOULDER", "SIJOINT", "TESTIS", "THIGH", "THUMB", "TIBIA", "TMJ", "TOE", "ULNA",
    "UPPERARM", "WRIST", "ZYGOMA",
)  # fmt: skip
_SINGLE: Final = (
    "ABDOMEN", "ABDOMENPELVIS", "BLADDER", "BRAIN", "CHEST", "CHESTABDOMEN", "CHESTABDPELVIS", "COCCYX", "COLON",
    "CSPINE", "CTSPINE", "ESOPHAGUS", "HEAD", "HEADNECK", "HEART", "LIVER", "LSPINE", "LSSPINE", "MEDIASTINUM",
    "MOUTH", "NECK", "NECKCHEST", "NECKCHESTABDOMEN", "NECKCHESTABDPELV", "NOSE", "PANCREAS", "PELVIS", "PENIS",
    "PITUITARY", "PROSTATE", "RECTUM", "SACRUM", "SKULL", "SPINE", "SPLEEN", "SSPINE", "STERNUM", "STOMACH",
    "TAIL", "THYMUS", "TLSPINE", "TRACHEA", "TSPINE", "URETHRA", "UTERUS", "VAGINA", "WHOLEBODY",
)  # fmt: skip
_SIDED: Final = any_of(
    *map(present, ("ImageLaterality", "FrameLaterality", "MeasurementLaterality")),
)


def _laterality(here: "Scope") -> bool | None:
    """C.7.3.1.1: a paired structure whose side nothing else tells."""
    texts = here.texts(0x00180015)
    if _SIDED(here) or (texts and texts[0] in _SINGLE):
        return False
    return True if texts and texts[0] in _PAIRED else None


# 8.8: a code stands in exactly one of three attributes.
_LONG: Final = present("LongCodeValue")
_URN: Final = present("URNCodeValue")

_STUDY_REFERENCES: Final = (0x00081140, 0x00082112, 0x00089124)


def _refers(here: "Scope") -> bool | None:
    """C.12.2: the instance refers to images; of which study, only the list of other studies tells."""
    root = here.root
    frames = (*root.below(SHARED), *root.below(PER_FRAME))
    levels = (root, *frames, *(item for level in frames for item in level.below(0x00089124)))
    if not any(level.view.items(tag) for level in levels for tag in _STUDY_REFERENCES):
        return None
    return None if root.view.has(0x00081200) else True


COMMON: Final[dict[tuple[str, str], Condition]] = {
    # 8.8 Code Sequence Macro
    ("8.8-1a", "CodeValue"): not_(any_of(_LONG, _URN)),
    ("8.8-1a", "LongCodeValue"): all_of(absent("CodeValue"), present("LongCodeValue")),
    ("8.8-1a", "URNCodeValue"): all_of(absent("CodeValue"), present("URNCodeValue")),
    # 10.10 Basic Pixel Spacing Calibration: a calibration says what it was
    ("10-10", "PixelSpacing"): any_of(
        *map(present, ("PixelSpacingCalibrationType", "PixelSpacingCalibrationDescription")),
        UNKNOWN,
    ),
    # C.7.1.1 Patient
    ("C.7-1", "PatientSpeciesDescription"): all_of(_ANIMAL, absent("PatientSpeciesCodeSequence")),
    ("C.7-1", "PatientSpeciesCodeSequence"): all_of(_ANIMAL, absent("PatientSpeciesDescription")),
    ("C.7-1", "PatientBreedDescription"): all_of(
        _ANIMAL, any_of(absent("PatientBreedCodeSequence"), empty("PatientBreedCodeSequence"))
    ),
    ("C.7-1", "PatientBreedCodeSequence"): _ANIMAL,
    ("C.7-1", "BreedRegistrationSequence"): _ANIMAL,
    ("C.7-1", "ResponsiblePerson"): _ANIMAL,
    ("C.7-1", "ResponsibleOrganization"): _ANIMAL,
    ("C.7-1", "PatientAlternativeCalendar"): any_of(
        *map(
            present,
            ("PatientBirthDateInAlternativeCalendar", "PatientDeathDateInAlternativeCalendar"),
        )
    ),
    # C.7.2.2 Patient Study
    ("C.7-4a", "PatientSexNeutered"): _ANIMAL,
    # C.7.3.1 General Series
    ("C.7-5a", "PatientPosition"): all_of(
        is_one_of("SOPClassUID", 1, *_POSITIONED), absent("PatientOrientationCodeSequence")
    ),
    ("C.7-5a", "Laterality"): _laterality,
    ("C.7-5a", "AnatomicalOrientationType"): all_of(_ANIMAL, UNKNOWN),
    # C.12.2 Common Instance Reference
    ("C.12-8", "ReferencedSeriesSequence"): _refers,
    # C.12.1 SOP Common: a value beyond ASCII is found by the character set check of values
    ("C.12-1", "SpecificCharacterSet"): UNKNOWN,
}
