"""Directory record types and what each record holds of its instance (PS3.3 F.4, F.5)."""

from typing import Final, NamedTuple

__all__ = ["KEYS", "ROOT_TYPES", "Key", "record_type"]


class Key(NamedTuple):
    """An attribute of a record: its keyword and type (1, 2, 1C)."""

    keyword: str
    type: str


def _keys(text: str) -> tuple[Key, ...]:
    """``"InstanceNumber 1, ContentDate 2"`` as keys."""
    return tuple(Key(*row.split()) for row in text.split(","))


_CONTENT: Final = "InstanceNumber 1, ContentDate 1, ContentTime 1"
_LABELLED: Final = f"{_CONTENT}, ContentLabel 1, ContentDescription 2, ContentCreatorName 2"

# PS3.3 F.5.1 and on: the attributes of each record that are copied from the instance
KEYS: Final[dict[str, tuple[Key, ...]]] = {
    "PATIENT": _keys("PatientName 2, PatientID 1"),
    "STUDY": _keys(
        "StudyDate 1, StudyTime 1, AccessionNumber 2, StudyDescription 2, StudyInstanceUID 1, StudyID 1"
    ),
    "SERIES": _keys("Modality 1, SeriesInstanceUID 1, SeriesNumber 1"),
    "IMAGE": _keys("InstanceNumber 1"),
    "RT DOSE": _keys("InstanceNumber 1, DoseSummationType 1"),
    "RT STRUCTURE SET": _keys(
        "InstanceNumber 1, StructureSetLabel 1, StructureSetDate 2, StructureSetTime 2"
    ),
    "RT PLAN": _keys("InstanceNumber 1, RTPlanLabel 1, RTPlanDate 2, RTPlanTime 2"),
    "RT TREAT RECORD": _keys("InstanceNumber 1, TreatmentDate 2, TreatmentTime 2"),
    "PRESENTATION": _keys(
        "PresentationCreationDate 1, PresentationCreationTime 1, InstanceNumber 1, ContentLabel 1, "
        "ContentDescription 2, ContentCreatorName 2, ReferencedSeriesSequence 1C, BlendingSequence 1C"
    ),
    "WAVEFORM": _keys(_CONTENT),
    "SR DOCUMENT": _keys(
        f"{_CONTENT}, CompletionFlag 1, VerificationFlag 1, VerificationDateTime 1C, "
        "ConceptNameCodeSequence 1, ContentSequence 1C"
    ),
    "KEY OBJECT DOC": _keys(f"{_CONTENT}, ConceptNameCodeSequence 1, ContentSequence 1C"),
    "SPECTROSCOPY": _keys(
        f"ImageType 1, {_CONTENT}, ReferencedImageEvidenceSequence 1C, NumberOfFrames 1, Rows 1, "
        "Columns 1, DataPointRows 1, DataPointColumns 1"
    ),
    "RAW DATA": _keys("ContentDate 1, ContentTime 1, InstanceNumber 2"),
    "REGISTRATION": _keys(_LABELLED),
    "FIDUCIAL": _keys(_LABELLED),
    "HANGING PROTOCOL": _keys(
        "HangingProtocolName 1, HangingProtocolDescription 1, HangingProtocolLevel 1, "
        "HangingProtocolCreator 1, HangingProtocolCreationDateTime 1, "
        "HangingProtocolDefinitionSequence 1, NumberOfPriorsReferenced 1, "
        "HangingProtocolUserIdentificationCodeSequence 2"
    ),
    "ENCAP DOC": _keys(
        "ContentDate 2, ContentTime 2, InstanceNumber 1, DocumentTitle 2, HL7InstanceIdentifier 1C, "
        "ConceptNameCodeSequence 2, MIMETypeOfEncapsulatedDocument 1"
    ),
    "VALUE MAP": _keys(_LABELLED),
    "STEREOMETRIC": (),
    "PALETTE": _keys("ContentLabel 1, ContentDescription 2"),
    "IMPLANT": _keys("Manufacturer 1, ImplantName 1, ImplantSize 1C, ImplantPartNumber 1"),
    "IMPLANT ASSY": _keys(
        "ImplantAssemblyTemplateName 1, Manufacturer 1, ProcedureTypeCodeSequence 1"
    ),
    "IMPLANT GROUP": _keys("ImplantTemplateGroupName 1, ImplantTemplateGroupIssuer 1"),
    "PLAN": (),
    "MEASUREMENT": _keys(_LABELLED),
    "SURFACE": _keys(_LABELLED),
    "SURFACE SCAN": _keys("ContentDate 1, ContentTime 1"),
    "TRACT": _keys(_LABELLED),
    "ASSESSMENT": _keys("InstanceNumber 1, InstanceCreationDate 1, InstanceCreationTime 2"),
    "RADIOTHERAPY": _keys(
        "InstanceNumber 1, UserContentLabel 1C, UserContentLongLabel 1C, ContentDescription 2, "
        "ContentCreatorName 2"
    ),
    "ANNOTATION": _keys(_LABELLED),
}

# Records of instances that belong to no patient (PS3.3 table F.4-1)
ROOT_TYPES: Final = frozenset(
    ("HANGING PROTOCOL", "PALETTE", "IMPLANT", "IMPLANT ASSY", "IMPLANT GROUP")
)

# Keywords of SOP classes, or how they end, in this order; every other one is an image
_EXACT: Final = {
    "RTDoseStorage": "RT DOSE", "RTStructureSetStorage": "RT STRUCTURE SET",
    "RTPlanStorage": "RT PLAN", "RTIonPlanStorage": "RT PLAN",
    "RTTreatmentSummaryRecordStorage": "RT TREAT RECORD",
    "BasicStructuredDisplayStorage": "PRESENTATION", "ProcedureLogStorage": "SR DOCUMENT",
    "SpectaclePrescriptionReportStorage": "SR DOCUMENT",
    "MacularGridThicknessAndVolumeReportStorage": "SR DOCUMENT",
    "KeyObjectSelectionDocumentStorage": "KEY OBJECT DOC", "MRSpectroscopyStorage": "SPECTROSCOPY",
    "RawDataStorage": "RAW DATA", "SpatialRegistrationStorage": "REGISTRATION",
    "DeformableSpatialRegistrationStorage": "REGISTRATION", "SpatialFiducialsStorage": "FIDUCIAL",
    "HangingProtocolStorage": "HANGING PROTOCOL", "RealWorldValueMappingStorage": "VALUE MAP",
    "StereometricRelationshipStorage": "STEREOMETRIC", "ColorPaletteStorage": "PALETTE",
    "GenericImplantTemplateStorage": "IMPLANT", "ImplantAssemblyTemplateStorage": "IMPLANT ASSY",
    "ImplantTemplateGroupStorage": "IMPLANT GROUP", "RTBeamsDeliveryInstructionStorage": "PLAN",
    "SurfaceSegmentationStorage": "SURFACE", "SurfaceScanMeshStorage": "SURFACE SCAN",
    "SurfaceScanPointCloudStorage": "SURFACE SCAN", "TractographyResultsStorage": "TRACT",
    "ContentAssessmentResultsStorage": "ASSESSMENT", "AutorefractionMeasurementsStorage": "MEASUREMENT",
    "MicroscopyBulkSimpleAnnotationsStorage": "ANNOTATION",
}  # fmt: skip
_ENDINGS: Final = (
    ("TreatmentRecordStorage", "RT TREAT RECORD"),
    ("PresentationStateStorage", "PRESENTATION"),
    ("WaveformStorage", "WAVEFORM"),
    ("SRStorage", "SR DOCUMENT"),
    ("MeasurementsStorage", "MEASUREMENT"),
    ("RadiationStorage", "RADIOTHERAPY"),
    ("RadiationRecordStorage", "RADIOTHERAPY"),
    ("RadiationSalvageRecordStorage", "RADIOTHERAPY"),
    ("RadiationSetStorage", "RADIOTHERAPY"),
    ("RadiationSetDeliveryInstructionStorage", "RADIOTHERAPY"),
    ("DeliveryInstructionStorage", "RADIOTHERAPY"),
)
_OF_SECOND_GENERATION: Final = frozenset(
    ("RTPhysicianIntentStorage", "RTSegmentAnnotationStorage", "RTTreatmentPreparationStorage")
)


def record_type(sop_class: str) -> str:
    """The type of the directory record of an instance (PS3.3 table F.4-1)."""
    from dicom_dict import UnknownEntry, uid

    try:
        keyword = uid(sop_class).keyword
    except UnknownEntry:
        return "IMAGE"
    if keyword in _EXACT:
        return _EXACT[keyword]
    if keyword.startswith("Encapsulated"):
        return "ENCAP DOC"
    if keyword in _OF_SECOND_GENERATION:
        return "RADIOTHERAPY"
    return next((kind for ending, kind in _ENDINGS if keyword.endswith(ending)), "IMAGE")
