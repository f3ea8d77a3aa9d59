"""Seeded defects x levels: rule, path and severity in every cell (CORE-098, 101, 102)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import dicom_core as dc
from dicom_core.validate import ValidationConfig, ValidationLevel, validate

DATA = Path(__file__).parent / "data" / "validate"
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG = "1.2.840.10008.1.2.4.50"
MINIMAL, STANDARD, STRICT = ValidationLevel

Target = dc.DicomFile | dc.Dataset | dict[str, object]
Make = Callable[[], Target]


def ct(**changes: object) -> dict[str, object]:
    values: dict[str, object] = json.loads((DATA / "ct.json").read_text())
    values["PixelData"] = bytes(8)
    values |= changes
    return {key: value for key, value in values.items() if value is not None}


def dataset(values: dict[str, object]) -> dc.Dataset:
    made = dc.Dataset()
    for key, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            made[key] = [dataset(item) for item in value]
        else:
            made[key] = value
    return made


def file(syntax: str = EXPLICIT, **changes: object) -> dc.DicomFile:
    """A file that was written and read again."""
    return dc.read(dc.to_bytes(dc.DicomFile.new(dataset(ct(**changes)), syntax)))


def other_meta(**changes: object) -> dc.DicomFile:
    made = file()
    for key, value in changes.items():
        made.meta[key] = value
    return made


def other_vr() -> dc.Dataset:
    made = dataset(ct())
    made.set("StudyID", "LO", "S1")
    return made


def patched(old: bytes, new: bytes) -> dc.DicomFile:
    """A file of which some bytes were changed."""
    raw = dc.to_bytes(dc.DicomFile.new(dataset(ct())))
    assert raw.count(old) == 1
    return dc.read(raw.replace(old, new))


def relabelled(syntax: str) -> dc.DicomFile:
    """A file whose file meta information names another transfer syntax than it was written in."""
    made = file()
    return dc.DicomFile(made.dataset, made.meta, syntax)


def encapsulated() -> dc.DicomFile:
    made = file()
    made.dataset["PixelData"] = dc.Fragments([bytes(8)])
    return made


class Defect(NamedTuple):
    """One defect, the level from which it is seen, and what is seen."""

    name: str
    make: Make
    level: ValidationLevel
    rule: str
    path: str
    severity: str = "error"


def change(**changes: object) -> Make:
    return lambda: ct(**changes)


NO_INSTANCE = [{"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}]
TERM = ["ORIGINAL", "PRIMARY", "OBLIQUE"]

DEFECTS = [
    Defect("no class", change(SOPClassUID=None), MINIMAL, "required-uid", "(0008,0016)"),
    Defect("no instance", change(SOPInstanceUID=None), MINIMAL, "required-uid", "(0008,0018)"),
    Defect("no study", change(StudyInstanceUID=None), MINIMAL, "required-uid", "(0020,000D)"),
    Defect("empty series", change(SeriesInstanceUID=""), MINIMAL, "required-uid", "(0020,000E)"),
    Defect("bad UID", change(FrameOfReferenceUID="1.02"), MINIMAL, "uid-format", "(0020,0052)"),
    Defect(
        "private class",
        change(SOPClassUID="1.2.3"),
        MINIMAL,
        "sop-class-unknown",
        "(0008,0016)",
        "warning",
    ),
    Defect(
        "encapsulated under an uncompressed syntax",
        encapsulated,
        MINIMAL,
        "transfer-syntax-encapsulated",
        "(7FE0,0010)",
    ),
    Defect(
        "native under a compressed syntax",
        lambda: relabelled(JPEG),
        MINIMAL,
        "transfer-syntax-native",
        "(7FE0,0010)",
    ),
    Defect(
        "private syntax",
        lambda: relabelled("1.2.3.4"),
        MINIMAL,
        "transfer-syntax-unknown",
        "(0002,0010)",
        "warning",
    ),
    Defect(
        "meta of another instance",
        lambda: other_meta(MediaStorageSOPInstanceUID="2.25.7"),
        STANDARD,
        "meta-sop-instance",
        "(0002,0003)",
    ),
    Defect(
        "meta of another class",
        lambda: other_meta(MediaStorageSOPClassUID="2.25.7"),
        STANDARD,
        "meta-sop-class",
        "(0002,0002)",
    ),
    Defect("type 1 absent", change(Modality=None), STANDARD, "type-1-missing", "(0008,0060)"),
    Defect("type 1 empty", change(Modality=""), STANDARD, "type-1-empty", "(0008,0060)"),
    Defect("type 1 spaces", change(PixelSpacing=" "), STANDARD, "type-1-empty", "(0028,0030)"),
    Defect("type 2 absent", change(PatientID=None), STANDARD, "type-2-missing", "(0010,0020)"),
    Defect(
        "type 2C absent", change(PatientPosition=None), STANDARD, "type-2c-missing", "(0018,5100)"
    ),
    Defect(
        "type 1C empty", change(SpecificCharacterSet=""), STANDARD, "type-1c-empty", "(0008,0005)"
    ),
    Defect(
        "nested type 1 absent",
        change(ReferencedImageSequence=NO_INSTANCE),
        STANDARD,
        "type-1-missing",
        "(0008,1140)[0].(0008,1155)",
    ),
    Defect(
        "optional module begun",
        change(ClinicalTrialProtocolName="X"),
        STANDARD,
        "type-1-missing",
        "(0012,0010)",
    ),
    Defect("enumerated", change(PatientSex="X"), STANDARD, "enumerated-value", "(0010,0040)"),
    Defect("CT bits", change(BitsAllocated=8), STANDARD, "enumerated-value", "(0028,0100)"),
    Defect("date", change(StudyDate="20230229"), STANDARD, "value-range", "(0008,0020)"),
    Defect("length", change(AccessionNumber="A" * 17), STANDARD, "value-length", "(0008,0050)"),
    Defect(
        "repertoire", change(BodyPartExamined="chest"), STANDARD, "value-repertoire", "(0018,0015)"
    ),
    Defect("format", change(KVP="12O"), STANDARD, "value-format", "(0018,0060)"),
    Defect("VM", change(PixelSpacing=["1", "1", "1"]), STANDARD, "multiplicity", "(0028,0030)"),
    Defect("VR", other_vr, STANDARD, "vr", "(0020,0010)"),
    Defect("high bit", change(HighBit=15), STANDARD, "pixel-high-bit", "(0028,0102)"),
    Defect("length of pixels", change(PixelData=bytes(6)), STANDARD, "pixel-length", "(7FE0,0010)"),
    Defect("frames", change(NumberOfFrames="2"), STANDARD, "single-frame", "(0028,0008)"),
    Defect("term", change(ImageType=TERM), STRICT, "defined-term", "(0008,0008)", "warning"),
    Defect("foreign", change(NumberOfFrames="1"), STRICT, "not-in-iod", "(0028,0008)", "warning"),
    Defect("retired", change(ImageLocation="\\\\"), STRICT, "retired", "(0028,0200)", "warning"),
    Defect(
        "padding",
        lambda: patched(b"LO\x06\x00Nobody", b"LO\x06\x00Nobod\x00"),
        STRICT,
        "value-padding",
        "(0008,0070)",
        "warning",
    ),
    Defect(
        "order",
        lambda: patched(b"\x20\x00\x10\x00SH\x02\x00S1", b"\x18\x00\x10\x00SH\x02\x00S1"),
        STRICT,
        "structure-tag-order",
        "(0018,0010)",
        "warning",
    ),
]

# What a defect makes wrong besides: the same bytes cannot break one rule alone.
COMPANIONS = {
    "CT bits": {"pixel-bits-stored", "pixel-length"},
    "frames": {"pixel-length", "not-in-iod"},
    "retired": {"not-in-iod", "value-format", "multiplicity", "vr"},
    "order": {"type-2-missing", "vr"},
    "optional module begun": {"type-1-missing", "type-1c-missing", "type-2-missing"},
}


def found(target: Target, level: ValidationLevel) -> set[tuple[str, str, str]]:
    syntax = "" if isinstance(target, dc.DicomFile) else EXPLICIT
    result = validate(target, ValidationConfig(level=level), transfer_syntax=syntax)
    issues = (*result.errors, *result.warnings)
    return {(issue.rule, issue.path, issue.severity.value) for issue in issues}


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_every_cell(defect: Defect) -> None:
    wanted = (defect.rule, defect.path, defect.severity)
    besides = COMPANIONS.get(defect.name, set())
    lower: set[tuple[str, str, str]] = set()
    for level in ValidationLevel:
        seen = found(defect.make(), level)
        reached = list(ValidationLevel).index(level) >= list(ValidationLevel).index(defect.level)
        assert (wanted in seen) is reached, (level, seen)
        rest = {rule for rule, path, severity in seen if (rule, path, severity) != wanted}
        assert rest <= besides, (level, seen)
        assert lower <= seen
        lower = seen


@pytest.mark.parametrize("level", ValidationLevel)
def test_nothing_on_an_object_without_defects(level: ValidationLevel) -> None:
    assert found(ct(), level) == set()
    assert found(dataset(ct()), level) == set()
    assert found(file(), level) == set()


def test_no_message_holds_a_value() -> None:
    values = ct(PatientID="SECRET" * 20, PatientBirthDate="SECRET", PatientSex="SECRET")
    result = validate(values, ValidationConfig.STRICT, transfer_syntax=EXPLICIT)
    assert len(result.errors) >= 3
    assert not any("SECRET" in str(issue) for issue in result.issues)
