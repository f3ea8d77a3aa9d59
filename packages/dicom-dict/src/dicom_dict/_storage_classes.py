"""Storage SOP classes: what an archive or a storage SCP accepts, and what it proposes (PS3.4 Annex B).

The registry is a value. Whoever serves a private SOP class makes one that has it, and hands it on.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from ._errors import UnknownEntry
from ._uids import UIDEntry, UIDKind, find_uid, uids

__all__ = ["StorageClass", "StorageClassRegistry"]

# The syntaxes that every storage service understands (PS3.5 10.1), the richer first.
_DEFAULT_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")

# The value of Modality (0008,0060) that an IOD of PS3.3 Annex A prescribes, by the beginning of the keyword, the
# longest that fits. Absent where the IOD leaves the modality open (secondary capture, raw data, parametric maps).
_MODALITIES = {
    "12LeadECG": "ECG", "TwelveLeadECG": "ECG", "GeneralECG": "ECG", "General32bitECG": "ECG", "AmbulatoryECG": "ECG",
    "Autorefraction": "AR", "BasicVoiceAudio": "AU", "BodyPosition": "POS", "BreastProjection": "MG",
    "BreastTomosynthesis": "MG", "CTImage": "CT", "CardiacElectrophysiology": "EPS", "ChestCADSR": "SR",
    "ColonCADSR": "SR", "Comprehensive": "SR", "ComputedRadiography": "CR", "CornealTopography": "OPM",
    "DeformableSpatialRegistration": "REG", "DermoscopicPhotography": "DMS", "DigitalIntraOral": "IO",
    "DigitalMammography": "MG", "DigitalXRay": "DX", "Electromyogram": "EMG", "Electrooculogram": "EOG",
    "EncapsulatedCDA": "DOC", "EncapsulatedMTL": "M3D", "EncapsulatedOBJ": "M3D", "EncapsulatedPDF": "DOC",
    "EncapsulatedSTL": "M3D", "EnhancedCT": "CT", "EnhancedMR": "MR", "EnhancedPET": "PT", "EnhancedSR": "SR",
    "EnhancedUSVolume": "US", "EnhancedXA": "XA", "EnhancedXRF": "RF", "EnhancedXRayRadiationDoseSR": "SR",
    "ExtensibleSR": "SR", "AcquisitionContextSR": "SR", "BasicTextSR": "SR", "GeneralAudio": "AU", "Hemodynamic": "HD",
    "GrayscaleSoftcopy": "PR", "ColorSoftcopy": "PR", "PseudoColorSoftcopy": "PR", "BlendingSoftcopy": "PR",
    "XAXRFGrayscaleSoftcopy": "PR", "GrayscalePlanarMPR": "PR", "CompositingPlanarMPR": "PR", "AdvancedBlending": "PR",
    "VolumeRenderingVolumetric": "PR", "SegmentedVolumeRendering": "PR", "MultipleVolumeRendering": "PR",
    "VariableModalityLUT": "PR", "ImplantationPlanSR": "SR", "IntraocularLens": "IOL",
    "IntravascularOpticalCoherence": "IVOCT", "KeratometryMeasurements": "KER", "KeyObjectSelection": "KO",
    "LegacyConvertedEnhancedCT": "CT", "LegacyConvertedEnhancedMR": "MR", "LegacyConvertedEnhancedPET": "PT",
    "Lensometry": "LEN", "MRImage": "MR", "MRSpectroscopy": "MR", "MacularGridThickness": "SR", "MammographyCADSR": "SR",
    "MicroscopyBulkSimpleAnnotations": "ANN", "NuclearMedicine": "NM", "OphthalmicAxialMeasurements": "OAM",
    "OphthalmicPhotography": "OP", "OphthalmicThicknessMap": "OPM", "OphthalmicTomography": "OPT",
    "OphthalmicVisualField": "OPV", "PatientRadiationDoseSR": "SR", "PerformedImagingAgent": "SR",
    "Photoacoustic": "PA", "PlannedImagingAgent": "SR", "PositronEmissionTomography": "PT", "ProcedureLog": "SR",
    "RTBeamsTreatmentRecord": "RTRECORD", "RTBrachyTreatmentRecord": "RTRECORD", "RTDose": "RTDOSE",
    "RTImage": "RTIMAGE", "RTIonBeamsTreatmentRecord": "RTRECORD", "RTIonPlan": "RTPLAN", "RTPlan": "RTPLAN",
    "RTStructureSet": "RTSTRUCT", "RTTreatmentSummaryRecord": "RTRECORD", "RadiopharmaceuticalRadiationDoseSR": "SR",
    "RealWorldValueMapping": "RWV", "RenditionSelection": "KO", "RespiratoryWaveform": "RESP",
    "MultichannelRespiratory": "RESP", "RoutineScalpElectroencephalogram": "EEG", "SleepElectroencephalogram": "EEG",
    "Segmentation": "SEG", "LabelMapSegmentation": "SEG", "HeightMapSegmentation": "SEG", "SurfaceSegmentation": "SEG",
    "SimplifiedAdultEchoSR": "SR", "SpatialFiducials": "FID", "SpatialRegistration": "REG",
    "SpectaclePrescriptionReport": "SR", "StereometricRelationship": "SMR", "SubjectiveRefraction": "SRF",
    "Ultrasound": "US", "VLEndoscopic": "ES", "VLMicroscopic": "GM", "VLPhotographic": "XC", "VLSlideCoordinates": "SM",
    "VLWholeSlide": "SM", "VideoEndoscopic": "ES", "VideoMicroscopic": "GM", "VideoPhotographic": "XC",
    "VisualAcuity": "VA", "WaveformAnnotationSR": "SR", "WideFieldOphthalmic": "OP", "XRay3DAngiographic": "XA",
    "XRayAngiographic": "XA", "XRayRadiationDoseSR": "SR", "XRayRadiofluoroscopic": "RF",
}  # fmt: skip


class StorageClass(NamedTuple):
    """A SOP class whose instances are stored."""

    uid: str
    keyword: str
    name: str
    iod: str
    """The name of its IOD, or empty where the standard's tables have none (retired, DICOS and DICONDE classes)."""
    modality: str
    """The Modality its IOD prescribes, or empty where that is left open."""
    transfer_syntaxes: tuple[str, ...] = _DEFAULT_SYNTAXES
    """What to propose in a presentation context, best first."""
    retired: bool = False


class StorageClassRegistry:
    """The storage SOP classes that somebody serves: an immutable value.

    >>> "CTImageStorage" in StorageClassRegistry.standard()
    True
    """

    __slots__ = ("_by_key",)

    def __init__(self, classes: Iterable[StorageClass] = ()) -> None:
        self._by_key: dict[str, StorageClass] = {}
        for entry in classes:
            self._by_key[entry.uid] = entry

    @staticmethod
    def standard(*, retired: bool = False) -> "StorageClassRegistry":
        """Every storage SOP class of the standard in force, or the retired ones too."""
        return _standard(retired)

    def with_class(self, entry: StorageClass) -> "StorageClassRegistry":
        """This registry and one more class; a class of the same UID is replaced."""
        return StorageClassRegistry([*self, entry])

    def only(self, *keys: str) -> "StorageClassRegistry":
        """A registry of these classes alone, in this order."""
        return StorageClassRegistry(map(self.__getitem__, keys))

    def get(self, key: str) -> StorageClass | None:
        """The class of a UID, a keyword or a name, or None."""
        if key in self._by_key:
            return self._by_key[key]
        entry = find_uid(key)
        if entry is not None and entry.uid in self._by_key:
            return self._by_key[entry.uid]
        return next((own for own in self if key in {own.keyword, own.name} and key), None)

    def __getitem__(self, key: str) -> StorageClass:
        entry = self.get(key)
        if entry is None:
            from ._nearest import nearest

            raise UnknownEntry(
                "storage SOP class", key, nearest(key, [own.keyword for own in self])
            )
        return entry

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __iter__(self) -> Iterator[StorageClass]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorageClassRegistry) and self._by_key == other._by_key

    def __hash__(self) -> int:
        return hash(tuple(self._by_key))

    def __repr__(self) -> str:
        return f"<StorageClassRegistry of {len(self)} classes>"


@cache
def _standard(retired: bool) -> StorageClassRegistry:
    return StorageClassRegistry(
        _entry(entry)
        for entry in uids(UIDKind.SOP_CLASS)
        if _stores(entry) and (retired or not entry.retired)
    )


def _stores(entry: UIDEntry) -> bool:
    # Storage Commitment and the Stored Print service have the word in their names and store nothing here.
    return " Storage" in entry.name and not entry.name.startswith(
        ("Storage Commitment", "Stored Print")
    )


def _entry(entry: UIDEntry) -> StorageClass:
    from ._iods import iod_of

    try:
        iod = iod_of(entry.uid).name
    except UnknownEntry:
        iod = ""
    fitting = [start for start in _MODALITIES if entry.keyword.startswith(start)]
    modality = _MODALITIES[max(fitting, key=len)] if fitting else ""
    return StorageClass(entry.uid, entry.keyword, entry.name, iod, modality, retired=entry.retired)


# Tracebacks, reprs and pickles name the place that users import from
StorageClass.__module__ = StorageClassRegistry.__module__ = "dicom_dict"
