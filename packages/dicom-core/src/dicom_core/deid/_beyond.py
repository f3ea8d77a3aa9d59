"""What table E.1-1 does not list and yet is of the kind that it protects.

PS3.15 E.1.1 calls the table the minimum, and leaves it to the de-identifier to go further: by VR for
dates and names, and for what the standard got since, or has in objects beside the composite ones.
"""

from functools import cache
from types import MappingProxyType
from typing import Final

from dicom_dict import (
    DeidentificationAction as Action,
)
from dicom_dict import (
    DeidentificationOption as Option,
)
from dicom_dict import (
    DeidentificationRow,
    Tag,
    element,
    find_element,
)

__all__ = ["beyond_row"]


_DATES: Final = {
    Option.RETAIN_LONGITUDINAL_FULL_DATES: Action.KEEP,
    Option.RETAIN_LONGITUDINAL_MODIFIED_DATES: Action.CLEAN,
}
_BY_VR: Final = {
    "DA": (Action.REMOVE_OR_ZERO_OR_DUMMY, _DATES),
    "DT": (Action.REMOVE_OR_ZERO_OR_DUMMY, _DATES),
    "TM": (Action.REMOVE_OR_ZERO_OR_DUMMY, _DATES),
    "PN": (Action.REMOVE_OR_ZERO_OR_DUMMY, {}),
    "AE": (Action.REMOVE_OR_ZERO_OR_DUMMY, {Option.RETAIN_DEVICE_IDENTITY: Action.CLEAN}),
}
# UIDs of instances and of parts of them
_UIDS: Final = """
RTVCommunicationSOPInstanceUID MultiFrameSourceSOPInstanceUID
RadiopharmaceuticalAdministrationEventUID TargetFrameOfReferenceUID
SOPInstanceUIDOfConcatenationSource VolumeFrameOfReferenceUID TableFrameOfReferenceUID
ReferencedColorPaletteInstanceUID FindingsGroupUIDTrial ReferencedFindingsGroupUIDTrial AssertionUID
ReferencedAssertionUID ModelGroupUID ReferencedFiducialUID VolumetricPresentationInputSetUID
SelectorUIValue EquipmentFrameOfReferenceUID SegmentationTemplateUID
"""
# Addresses of systems and places where the originals are, and identifiers that others assigned
_PLACES: Final = """
RetrieveURL RetrieveURI RetrieveLocationUID RepositoryUniqueID HomeCommunityID StorageURL
StoredInstanceBaseURI FolderAccessURI FileAccessURI FilenameInContainer PixelDataProviderURL
ContactURI SourcePresentationAddress SendingPresentationAddress ReceivingPresentationAddress
NTPSourceAddress RecordKey PriorRecordKey HL7InstanceIdentifier
PatientBirthDateInAlternativeCalendar PatientDeathDateInAlternativeCalendar BreedRegistrationNumber
PlacerOrderNumberProcedure FillerOrderNumberProcedure PlacerOrderNumberImagingServiceRequestRetired
FillerOrderNumberImagingServiceRequestRetired StorageMediaFileSetID OwnerID PrintJobID
ReferenceToRecordedSound ContactDisplayName ObjectBinaryIdentifierTrial
ObjectDirectoryBinaryIdentifierTrial UniformResourceLocatorTrial

"""
# Free text of people
_TEXTS: Final = """
DocumentTitle CommentsOnTheScheduledProcedureStep SOPAuthorizationComment ReasonForCancellation
ProcedureStepProgressDescription AssertionComments SubstanceAdministrationNotes
CommentsOnPatientPerformanceOfVisualField CalculationComment FrameOfReferenceTransformationComment
DoseComment SurfaceComments InstructionPerformanceComment ReportStatusCommentTrial
BibliographicCitationTrial IdentificationDescriptionTrial SpecimenDescriptionTrial
RequestedProcedureDescriptionTrial TransactionStatusComment RTImageDescription OverrideReason
SetupImageComment TreatmentStatusComment SelectorUCValue
"""
# Made for what was there before, and beyond anybody's checking now
_STALE: Final = "EncryptedAttributesSequence MACParametersSequence"
_DEVICES: Final = "DeviceID RadiationMachineName PrinterName"


@cache
def _listed() -> dict[int, tuple[Action, dict[Option, Action]]]:
    found: dict[int, tuple[Action, dict[Option, Action]]] = {}
    for words, action, options in (
        (_UIDS, Action.REPLACE_UID, {Option.RETAIN_UIDS: Action.KEEP}),
        (_PLACES, Action.REMOVE_OR_ZERO_OR_DUMMY, {}),
        (_STALE, Action.REMOVE, {}),
        (_TEXTS, Action.REMOVE_OR_ZERO_OR_DUMMY, {Option.CLEAN_DESCRIPTORS: Action.CLEAN}),
        (_DEVICES, Action.REMOVE_OR_ZERO_OR_DUMMY, {Option.RETAIN_DEVICE_IDENTITY: Action.KEEP}),
    ):
        for word in words.split():
            found[element(word).tag] = (action, options)
    return found


def beyond_row(tag: int) -> DeidentificationRow | None:
    """A row in the form of the table's for an element that the table does not list, or None."""
    entry = find_element(tag)
    if entry is None:
        return None
    listed = _listed().get(tag) or (_BY_VR.get(str(entry.vr)) if len(entry.vrs) == 1 else None)
    if listed is None:
        return None
    action, options = listed
    return DeidentificationRow(
        Tag(tag), "", entry.name, entry.retired, False, action, MappingProxyType(options)
    )
