"""Levels of the information models, the keys that identify an entity, and who owns an attribute (PS3.4 C.3, C.6)."""

from enum import StrEnum
from functools import lru_cache
from typing import Final

from dicom_dict import Tag, element, module

__all__ = [
    "InformationModel",
    "QueryLevel",
    "default_fields",
    "is_required",
    "level_of",
    "unique_key",
]


class QueryLevel(StrEnum):
    """Query/Retrieve Level (0008,0052)."""

    PATIENT = "PATIENT"
    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"

    @property
    def depth(self) -> int:
        """0 for PATIENT to 3 for IMAGE."""
        return _ORDER.index(self)


_ORDER: Final = tuple(QueryLevel)


class InformationModel(StrEnum):
    """What is queried. The first two have levels, the others are flat."""

    PATIENT_ROOT = "patient root"
    STUDY_ROOT = "study root"
    WORKLIST = "modality worklist"
    UPS = "unified procedure step"

    @property
    def levels(self) -> tuple[QueryLevel, ...]:
        """Its levels from the top; none where it is flat."""
        if self is InformationModel.PATIENT_ROOT:
            return _ORDER
        return _ORDER[1:] if self is InformationModel.STUDY_ROOT else ()


_UNIQUE: Final = {
    QueryLevel.PATIENT: Tag(0x00100020),
    QueryLevel.STUDY: Tag(0x0020000D),
    QueryLevel.SERIES: Tag(0x0020000E),
    QueryLevel.IMAGE: Tag(0x00080018),
}


def unique_key(level: QueryLevel) -> Tag:
    """The attribute that identifies an entity of a level."""
    return _UNIQUE[level]


# Tables C.6-1 to C.6-5: the Required Keys, besides the unique ones.
_REQUIRED: Final = frozenset(
    {0x00100010, 0x00100020, 0x00080020, 0x00080030, 0x00080050, 0x00200010, 0x00080060, 0x00200011, 0x00200013}
)  # fmt: skip


def is_required(tag: int) -> bool:
    """Whether an attribute is a Required Key of the hierarchical models (PS3.4 tables C.6-1 to C.6-5)."""
    return tag in _REQUIRED


# The modules whose attributes describe the entity of a level (PS3.3 A.1.4), and table C.3-1 of PS3.4.
_MODULES: Final = {
    QueryLevel.PATIENT: ("Patient", "Clinical Trial Subject"),
    QueryLevel.STUDY: ("General Study", "Patient Study", "Clinical Trial Study"),
    QueryLevel.SERIES: (
        "General Series", "Clinical Trial Series", "General Equipment", "Frame of Reference", "CR Series",
        "PET Series", "RT Series", "DX Series", "Mammography Series", "SR Document Series",
        "Encapsulated Document Series",
    ),
}  # fmt: skip
_ADDED: Final = {
    QueryLevel.PATIENT: (
        "NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries", "NumberOfPatientRelatedInstances",
    ),
    QueryLevel.STUDY: (
        "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances", "ModalitiesInStudy", "SOPClassesInStudy",
        "AnatomicRegionsInStudyCodeSequence", "StudyInstanceUID",
    ),
    QueryLevel.SERIES: ("NumberOfSeriesRelatedInstances", "SeriesInstanceUID"),
}  # fmt: skip


@lru_cache(maxsize=1)
def _owners() -> dict[int, QueryLevel]:
    found: dict[int, QueryLevel] = {}
    for level, names in _MODULES.items():
        for name in names:
            for attribute in module(name).attributes:
                if attribute.tag is not None:
                    found.setdefault(attribute.tag, level)
        for keyword in _ADDED[level]:
            found[element(keyword).tag] = level
    return found


def level_of(tag: int) -> QueryLevel:
    """The level whose entity an attribute describes; IMAGE for what no module above owns."""
    return _owners().get(tag, QueryLevel.IMAGE)


# PS3.18 tables 10.6.3-3 to 10.6.3-5: what a search gives without being asked.
_FIELDS: Final = {
    QueryLevel.PATIENT: "PatientName PatientID PatientBirthDate PatientSex",
    QueryLevel.STUDY: (
        "StudyDate StudyTime AccessionNumber InstanceAvailability ModalitiesInStudy ReferringPhysicianName "
        "TimezoneOffsetFromUTC RetrieveURL PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyID "
        "NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances"
    ),
    QueryLevel.SERIES: (
        "Modality TimezoneOffsetFromUTC SeriesDescription RetrieveURL SeriesInstanceUID SeriesNumber "
        "NumberOfSeriesRelatedInstances PerformedProcedureStepStartDate PerformedProcedureStepStartTime "
        "RequestAttributesSequence"
    ),
    QueryLevel.IMAGE: (
        "SOPClassUID SOPInstanceUID InstanceAvailability TimezoneOffsetFromUTC RetrieveURL InstanceNumber Rows Columns "
        "BitsAllocated NumberOfFrames"
    ),
}


def default_fields(level: QueryLevel) -> tuple[Tag, ...]:
    """What a QIDO-RS search of a level returns without being asked (PS3.18 10.6.3.3)."""
    return tuple(element(keyword).tag for keyword in _FIELDS[level].split())


# Tracebacks, reprs and pickles name the place that users import from
QueryLevel.__module__ = InformationModel.__module__ = unique_key.__module__ = "dicom_core.query"
level_of.__module__ = default_fields.__module__ = "dicom_core.query"
