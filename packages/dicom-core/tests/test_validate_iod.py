"""Modules, functional groups, overrides and content trees, one idea each, on small mappings (CORE-106)."""

from collections.abc import Mapping

import pytest

from dicom_core.validate import ValidationConfig, validate

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
SC = "1.2.840.10008.5.1.4.1.1.7"
MG = "1.2.840.10008.5.1.4.1.1.1.2"
DX = "1.2.840.10008.5.1.4.1.1.1.1"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
RT_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
RT_PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
US = "1.2.840.10008.5.1.4.1.1.6.1"
PET = "1.2.840.10008.5.1.4.1.1.128"
NM = "1.2.840.10008.5.1.4.1.1.20"
BASIC_SR = "1.2.840.10008.5.1.4.1.1.88.11"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
PALETTE = "1.2.840.10008.5.1.4.39.1"

Found = set[tuple[str, str]]


def errors(sop_class: str, **values: object) -> Found:
    result = validate({"SOPClassUID": sop_class, **values})
    return {(issue.rule, issue.path) for issue in result.errors}


def item(**values: object) -> list[dict[str, object]]:
    return [values]


# SOP class, values, a finding that must be there, or that must not (None: no finding at this path)
CONDITIONS: list[tuple[str, dict[str, object], str, str | None]] = [
    # C.7.6.3: three samples have a planar configuration
    (SC, {"SamplesPerPixel": 3}, "(0028,0006)", "type-1c-missing"),
    (SC, {"SamplesPerPixel": 1}, "(0028,0006)", None),
    # C.7.6.3: a palette image has palettes, plain or segmented
    (US, {"PhotometricInterpretation": "PALETTE COLOR"}, "(0028,1201)", "type-1c-missing"),
    (US, {"PhotometricInterpretation": "PALETTE COLOR", "SegmentedRedPaletteColorLookupTableData": b"12"},
     "(0028,1201)", None),
    (US, {"PhotometricInterpretation": "RGB"}, "(0028,1201)", None),
    # C.7.3.1: CT and MR images have a patient position, others need none
    (CT, {}, "(0018,5100)", "type-2c-missing"),
    (CT, {"PatientOrientationCodeSequence": item(CodeValue="1")}, "(0018,5100)", None),
    (US, {}, "(0018,5100)", None),
    # C.7.6.1: no image plane, so a patient orientation
    (SC, {}, "(0020,0020)", "type-2c-missing"),
    (CT, {}, "(0020,0020)", None),
    # C.7.3.1: the side of a paired structure
    (CT, {"BodyPartExamined": "KNEE"}, "(0020,0060)", "type-2c-missing"),
    (CT, {"BodyPartExamined": "KNEE", "ImageLaterality": "L"}, "(0020,0060)", None),
    (CT, {"BodyPartExamined": "HEAD"}, "(0020,0060)", None),
    (CT, {}, "(0020,0060)", None),
    # C.7.1.1: an animal has an owner
    (CT, {"PatientSpeciesDescription": "Canis"}, "(0010,2297)", "type-2c-missing"),
    (CT, {}, "(0010,2297)", None),
    # C.8.3.1
    (MR, {"ScanningSequence": "IR"}, "(0018,0082)", "type-2c-missing"),
    (MR, {"ScanningSequence": "SE"}, "(0018,0082)", None),
    (MR, {"ScanningSequence": "EP", "SequenceVariant": "NONE"}, "(0018,0080)", None),
    (MR, {"ScanningSequence": "SE"}, "(0018,0080)", "type-2c-missing"),
    # C.8.9.1
    (PET, {"SeriesType": ["GATED", "IMAGE"]}, "(0054,0061)", "type-1c-missing"),
    (PET, {"SeriesType": ["STATIC", "IMAGE"]}, "(0054,0061)", None),
    # C.8.4.9
    (NM, {"FrameIncrementPointer": "00540010"}, "(0054,0010)", "type-1c-missing"),
    (NM, {"FrameIncrementPointer": "00540020"}, "(0054,0010)", None),
    # C.8.8.3: a dose without a grid has no pixels
    (RT_DOSE, {"PixelData": bytes(8)}, "(3004,000E)", "type-1c-missing"),
    (RT_DOSE, {"PixelData": bytes(8)}, "(0028,0010)", "type-1-missing"),
    (RT_DOSE, {}, "(0028,0010)", None),
    (RT_DOSE, {"DoseSummationType": "PLAN"}, "(300C,0002)", "type-1c-missing"),
    (RT_DOSE, {"NumberOfFrames": "2"}, "(0028,0009)", "type-1-missing"),
    # C.8.8.9: a plan for a patient has structures; A.20.3: beams where fraction groups count some
    (RT_PLAN, {"RTPlanGeometry": "PATIENT"}, "(300C,0060)", "type-1c-missing"),
    (RT_PLAN, {"RTPlanGeometry": "TREATMENT_DEVICE"}, "(300C,0060)", None),
    (RT_PLAN, {"FractionGroupSequence": item(NumberOfBeams="1")}, "(300A,00B0)", "type-1-missing"),
    (RT_PLAN, {"FractionGroupSequence": item(NumberOfBeams="0")}, "(300A,00B0)", None),
    # C.8.11.3: for presentation means a window
    (DX, {"PresentationIntentType": "FOR PRESENTATION"}, "(0028,1050)", "type-1c-missing"),
    (DX, {"PresentationIntentType": "FOR PROCESSING"}, "(0028,1050)", None),
    # 8.8: exactly one of three ways to give a code
    (CT, {"ProcedureCodeSequence": item(CodeMeaning="x")}, "(0008,1032)[0].(0008,0100)", "type-1c-missing"),
    (CT, {"ProcedureCodeSequence": item(CodeMeaning="x", URNCodeValue="urn:x")}, "(0008,1032)[0].(0008,0100)", None),
    (CT, {"ProcedureCodeSequence": item(CodeMeaning="x", CodeValue="1")}, "(0008,1032)[0].(0008,0102)",
     "type-1c-missing"),
    # C.8.6.1: the modality of a secondary capture is type 3 and overrides the general series
    (SC, {"ConversionType": "WSD"}, "(0008,0060)", None),
    (CT, {}, "(0008,0060)", "type-1-missing"),
    # C.12.1: a colour palette belongs to no study
    (PALETTE, {}, "(0020,000D)", None),
    (PALETTE, {}, "(0008,0018)", "required-uid"),
    # C.11.1: an optional module is complete once begun
    (SC, {"RescaleIntercept": "0"}, "(0028,1053)", "type-1c-missing"),
    (SC, {}, "(0028,1053)", None),
]  # fmt: skip


@pytest.mark.parametrize(("sop_class", "values", "path", "rule"), CONDITIONS)
def test_a_condition(
    sop_class: str, values: dict[str, object], path: str, rule: str | None
) -> None:
    found = {issue_rule for issue_rule, where in errors(sop_class, **values) if where == path}
    assert found == ({rule} if rule else set())


def test_overlays_are_checked_group_by_group() -> None:
    found = errors(CT, **{"6002,0010": 4, "6002,3000": b"12"})
    assert ("type-1-missing", "(6002,0011)") in found
    assert not any(path.startswith("(6000") for _, path in found)


FRAME = {"FrameContentSequence": [{"DimensionIndexValues": [1]}]}


def test_a_group_in_no_place() -> None:
    found = errors(
        ENHANCED_MR,
        NumberOfFrames="2",
        SharedFunctionalGroupsSequence=[{}],
        PerFrameFunctionalGroupsSequence=[FRAME, FRAME],
    )
    assert ("group-missing", "(5200,9229)[0].(0028,9110)") in found


def test_a_group_in_two_places() -> None:
    spacing = {"PixelMeasuresSequence": [{"PixelSpacing": ["1", "1"]}]}
    found = errors(
        ENHANCED_MR,
        NumberOfFrames="2",
        SharedFunctionalGroupsSequence=[spacing],
        PerFrameFunctionalGroupsSequence=[FRAME, {**FRAME, **spacing}],
    )
    assert ("group-twice", "(5200,9230)[1].(0028,9110)") in found


def test_a_group_that_a_frame_lacks() -> None:
    position = {"PlanePositionSequence": [{"ImagePositionPatient": ["0", "0", "0"]}]}
    found = errors(
        ENHANCED_MR,
        NumberOfFrames="3",
        SharedFunctionalGroupsSequence=[{}],
        PerFrameFunctionalGroupsSequence=[{**FRAME, **position}, FRAME, {**FRAME, **position}],
    )
    assert ("group-missing", "(5200,9230)[1].(0020,9113)") in found


def test_a_group_that_is_never_shared() -> None:
    found = errors(
        ENHANCED_MR,
        NumberOfFrames="1",
        SharedFunctionalGroupsSequence=[FRAME],
        PerFrameFunctionalGroupsSequence=[{"PlanePositionSequence": [{}]}],
    )
    assert ("group-shared", "(5200,9229)[0].(0020,9111)") in found


def test_an_item_for_each_frame() -> None:
    found = errors(
        ENHANCED_CT,
        NumberOfFrames="2",
        SharedFunctionalGroupsSequence=[{}],
        PerFrameFunctionalGroupsSequence=[FRAME],
    )
    assert ("frame-items", "(5200,9230)") in found


def test_conditions_see_the_group_of_their_own_frame() -> None:
    """C.8.15.3.9: an exposure is told of original frames."""

    def frame(kind: str) -> dict[str, object]:
        return {
            **FRAME,
            "CTImageFrameTypeSequence": [{"FrameType": [kind, "PRIMARY", "AXIAL", "NONE"]}],
            "CTXRayDetailsSequence": [{"FocalSpots": ["1"]}],
        }

    found = errors(
        ENHANCED_CT,
        ImageType=["MIXED", "PRIMARY", "AXIAL", "NONE"],
        NumberOfFrames="2",
        SharedFunctionalGroupsSequence=[{}],
        PerFrameFunctionalGroupsSequence=[frame("ORIGINAL"), frame("DERIVED")],
    )
    assert ("type-1c-missing", "(5200,9230)[0].(0018,9325)[0].(0018,0060)") in found
    assert ("type-1c-missing", "(5200,9230)[1].(0018,9325)[0].(0018,0060)") not in found


def test_an_enhanced_image_without_groups() -> None:
    assert ("type-1-missing", "(5200,9229)") in errors(ENHANCED_CT)
    assert ("type-1c-missing", "(5200,9230)") in errors(ENHANCED_CT)


CONTAINER = {"RelationshipType": "CONTAINS", "ContinuityOfContent": "SEPARATE"}


def report(sop_class: str, *items: Mapping[str, object]) -> Found:
    return errors(sop_class, ValueType="CONTAINER", ContentSequence=list(items))


def test_content_by_value_has_what_its_type_needs() -> None:
    found = report(COMPREHENSIVE_SR, {"RelationshipType": "CONTAINS", "ValueType": "NUM"})
    assert ("type-2-missing", "(0040,A730)[0].(0040,A300)") in found
    assert ("type-1c-missing", "(0040,A730)[0].(0040,A043)") in found
    assert not any(path.endswith(("(0040,A160)", "(0070,0022)")) for _, path in found)


def test_content_by_reference_has_no_type() -> None:
    found = report(
        COMPREHENSIVE_SR,
        {"RelationshipType": "CONTAINS", "ReferencedContentItemIdentifier": [1, 1]},
    )
    assert not any(path.startswith("(0040,A730)[0]") for _, path in found)


def test_value_types_and_relationships_of_the_iod() -> None:
    """A.35.1: a basic text report knows no numbers."""
    number = {"RelationshipType": "CONTAINS", "ValueType": "NUM"}
    assert ("sr-value-type", "(0040,A730)[0].(0040,A040)") in report(BASIC_SR, number)
    assert not any(rule.startswith("sr-") for rule, _ in report(COMPREHENSIVE_SR, number))
    odd = {"RelationshipType": "INFERRED FROM", "ValueType": "TEXT"}
    assert ("sr-relationship", "(0040,A730)[0].(0040,A010)") in report(COMPREHENSIVE_SR, odd)


def test_evidence_of_what_the_tree_refers_to() -> None:
    image = {
        "RelationshipType": "CONTAINS",
        "ValueType": "IMAGE",
        "ReferencedSOPSequence": [{"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2"}],
    }
    found = report(COMPREHENSIVE_SR, image)
    assert ("type-1c-missing", "(0040,A375)") in found
    assert ("type-1c-missing", "(0040,A375)") not in report(COMPREHENSIVE_SR)


def test_a_condition_about_the_world_is_told_as_such() -> None:
    result = validate({"SOPClassUID": CT})
    found = [issue for issue in result.infos if issue.rule == "condition-not-evaluated"]
    assert found
    assert all("condition not evaluated" in issue.message for issue in found)
    assert "(0400,0500)" in {issue.path for issue in found}


def test_a_value_that_shall_not_be_there() -> None:
    """C.11.1: a rescale intercept or a modality LUT, not both."""
    both = {"RescaleIntercept": "0", "RescaleSlope": "1", "RescaleType": "US"}
    values = {"SOPClassUID": SC, "ModalityLUTSequence": [{}], **both}
    found = {(issue.rule, issue.path, issue.severity.value) for issue in validate(values).issues}
    assert ("condition-not-met", "(0028,1052)", "error") in found


def test_private_and_nested_are_left_to_their_owner() -> None:
    values = {"SOPClassUID": CT, "0009,0010": "ACME", "0009,1001": "x"}
    strict = validate(values, ValidationConfig.STRICT)
    assert not any(issue.path.startswith("(0009") for issue in strict.issues)
