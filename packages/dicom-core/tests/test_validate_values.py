"""Values against their VR, and pixel attributes against one another, a defect a rule (CORE-101, 107)."""

import pytest

from dicom_core.validate import ValidationConfig, validate

EXPLICIT = "1.2.840.10008.1.2.1"

# keyword, VR, a value at the limit, values beyond it with the rule they break (PS3.5 table 6.2-1)
LIMITS: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    ("StationAETitle", "AE", "A" * 16, [("A" * 17, "length")]),
    ("PatientAge", "AS", "999Y", [("99Y", "length"), ("099X", "format")]),
    ("BodyPartExamined", "CS", "A" * 16, [("A" * 17, "length"), ("a", "repertoire"), ("A-B", "repertoire")]),
    ("StudyDate", "DA", "20240229", [("20230229", "range"), ("2024-2-9", "format")]),
    ("KVP", "DS", "-1.234567890E+10", [("1" * 17, "length"), ("1,5", "format")]),
    ("AcquisitionDateTime", "DT", "20240229235959.123456+0100", [("2024022", "format"), ("20241301", "range")]),
    ("InstanceNumber", "IS", "-2147483648", [("2147483648", "range"), ("1.0", "format")]),
    ("StudyDescription", "LO", "A" * 64, [("A" * 65, "length"), ("A\x07", "repertoire")]),
    ("PatientComments", "LT", "A\r\nB\\C", [("A\x07", "repertoire"), ("A" * 10241, "length")]),
    ("PatientName", "PN", "A" * 64, [("A" * 65, "length"), ("A^B^C^D^E^F", "format"), ("A=B=C=D", "format")]),
    ("AccessionNumber", "SH", "A" * 16, [("A" * 17, "length")]),
    ("InstitutionAddress", "ST", "A" * 1024, [("A" * 1025, "length")]),
    ("StudyTime", "TM", "235960.123456", [("2400", "range"), ("10:15", "format")]),
    ("RetrieveURL", "UR", "https://a.example/b?c=1", [("a b", "repertoire")]),
]  # fmt: skip


@pytest.mark.parametrize(("keyword", "vr", "good", "bad"), LIMITS, ids=lambda part: str(part)[:20])
def test_the_limits_of_a_vr(keyword: str, vr: str, good: str, bad: list[tuple[str, str]]) -> None:
    only_values = ValidationConfig(disabled=["iod", "enumerated"])

    def found(value: str) -> set[str]:
        issues = validate({keyword: value}, only_values).errors
        return {issue.rule for issue in issues if issue.rule.startswith("value-")}

    assert found(good) == set()
    for value, rule in bad:
        assert f"value-{rule}" in found(value), value
        issues = [one for one in validate({keyword: value}).errors if one.rule == f"value-{rule}"]
        assert issues[0].message.startswith(f"no {vr}: ")


IMAGE: dict[str, object] = {
    "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 3, "Columns": 3,
    "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0, "PixelData": bytes(10),
}  # fmt: skip
COLOUR: dict[str, object] = {
    "SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0,
    "PixelData": bytes(28),
}  # fmt: skip

PIXELS: list[tuple[dict[str, object], str, str, set[str]]] = [
    ({}, EXPLICIT, "nothing", set()),
    (COLOUR, EXPLICIT, "colour", set()),
    ({"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "PixelData": bytes(2)}, EXPLICIT, "1 bit", set()),
    ({"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11, "PixelData": bytes(14)}, EXPLICIT, "12 bits",
     {"pixel-bits-allocated"}),
    ({"BitsStored": 9, "HighBit": 8}, EXPLICIT, "stored above allocated", {"pixel-bits-stored"}),
    ({"BitsStored": 0, "HighBit": 0}, EXPLICIT, "nothing stored", {"pixel-bits-stored", "pixel-high-bit"}),
    ({"HighBit": 6}, EXPLICIT, "high bit", {"pixel-high-bit"}),
    ({"SamplesPerPixel": 3, "PixelData": bytes(28)}, EXPLICIT, "samples", {"pixel-samples"}),
    ({"PixelData": bytes(8)}, EXPLICIT, "short", {"pixel-length"}),
    ({"PixelData": bytes(12)}, EXPLICIT, "long", {"pixel-length"}),
    ({"PixelData": bytes(9)}, EXPLICIT, "odd", {"pixel-length"}),
    ({"NumberOfFrames": "2", "PixelData": bytes(18)}, EXPLICIT, "two frames", set()),
    ({"NumberOfFrames": "2"}, EXPLICIT, "a frame short", {"pixel-length"}),
    ({"NumberOfFrames": "0"}, EXPLICIT, "no frame", {"pixel-frames"}),
    ({**COLOUR, "PhotometricInterpretation": "YBR_ICT"}, EXPLICIT, "native ICT", {"pixel-photometric"}),
    ({**COLOUR, "PhotometricInterpretation": "YBR_FULL_422", "PixelData": bytes(18)}, EXPLICIT, "4:2:2", set()),
    ({**COLOUR, "PhotometricInterpretation": "YBR_FULL_422", "PixelData": bytes(18), "PlanarConfiguration": 1},
     EXPLICIT, "4:2:2 by plane", {"pixel-planar"}),
    ({"FloatPixelData": bytes(36)}, EXPLICIT, "two kinds of pixels", {"pixel-data-twice"}),
    ({"PixelData": None, "FloatPixelData": bytes(36), "BitsAllocated": 32, "BitsStored": None, "HighBit": None},
     EXPLICIT, "floats", set()),
    ({"PixelData": None, "FloatPixelData": bytes(36), "BitsStored": None, "HighBit": None}, EXPLICIT,
     "floats of 8 bits", {"pixel-bits-allocated"}),
    ({"PixelData": bytes(4)}, "1.2.840.10008.1.2.4.50", "compressed", set()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "syntax", "name", "wanted"), PIXELS, ids=[row[2] for row in PIXELS]
)
def test_pixel_attributes(
    changes: dict[str, object], syntax: str, name: str, wanted: set[str]
) -> None:
    values = {key: value for key, value in {**IMAGE, **changes}.items() if value is not None}
    issues = validate(values, transfer_syntax=syntax).errors
    assert {one.rule for one in issues if one.rule.startswith("pixel-")} == wanted, name
