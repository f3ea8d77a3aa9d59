"""The registry of storage SOP classes."""

import pytest

import dicom_dict as dd
from dicom_dict import StorageClass, StorageClassRegistry, UnknownEntry

STANDARD = StorageClassRegistry.standard()
MODALITIES = [
    ("CTImageStorage", "CT"), ("EnhancedMRImageStorage", "MR"), ("ComprehensiveSRStorage", "SR"),
    ("DigitalMammographyXRayImageStorageForPresentation", "MG"), ("SegmentationStorage", "SEG"),
    ("RTIonBeamsTreatmentRecordStorage", "RTRECORD"), ("RTIonPlanStorage", "RTPLAN"), ("KeyObjectSelectionDocumentStorage", "KO"),
    ("TwelveLeadECGWaveformStorage", "ECG"), ("GrayscaleSoftcopyPresentationStateStorage", "PR"),
    ("SecondaryCaptureImageStorage", ""), ("RawDataStorage", ""), ("PositronEmissionTomographyImageStorage", "PT"),
]  # fmt: skip


def test_every_storage_class_with_an_iod_is_there() -> None:
    with_iod = {uid for iod in dd.iods() for uid in iod.sop_classes}
    assert with_iod - {entry.uid for entry in STANDARD} <= {
        "1.2.840.10008.1.3.10"
    }  # the media directory is not stored
    assert len(STANDARD) > 170
    assert "StorageCommitmentPushModel" not in STANDARD


@pytest.mark.parametrize(("keyword", "modality"), MODALITIES)
def test_modalities(keyword: str, modality: str) -> None:
    assert STANDARD[keyword].modality == modality


def test_prescribed_modalities_are_defined_terms() -> None:
    terms = {code.value for code in dd.context_group(29).codes()} | {
        code.value for code in dd.context_group(32).codes()
    }
    unknown = {entry.modality for entry in STANDARD if entry.modality} - terms
    assert unknown <= {"RTRECORD"} | unknown & {entry.code.value for entry in dd.dcm_codes()}


def test_look_up_by_uid_keyword_and_name() -> None:
    ct = STANDARD["1.2.840.10008.5.1.4.1.1.2"]
    assert ct == STANDARD["CTImageStorage"] == STANDARD["CT Image Storage"]
    assert (ct.iod, ct.transfer_syntaxes[0]) == ("CT Image", "1.2.840.10008.1.2.1")
    with pytest.raises(
        UnknownEntry, match="no storage SOP class 'CTImageStorag'; did you mean CTImageStorage"
    ):
        STANDARD["CTImageStorag"]


def test_a_private_class_makes_another_registry() -> None:
    mine = StorageClass("1.2.3.4", "AcmeStorage", "Acme Storage", "", "OT", ("1.2.840.10008.1.2",))
    both = STANDARD.with_class(mine)
    assert both["1.2.3.4"] == both["AcmeStorage"] == mine
    assert "1.2.3.4" not in STANDARD
    assert len(both) == len(STANDARD) + 1
    assert next(iter(both.only("AcmeStorage", "CTImageStorage"))) is mine
    assert both != STANDARD
    assert StorageClassRegistry(both) == both


def test_retired_classes_on_request() -> None:
    assert "StandaloneCurveStorage" not in STANDARD
    assert StorageClassRegistry.standard(retired=True)["StandaloneCurveStorage"].retired
