"""Objects that are no Dataset: a mapping, and pydicom behind callables (CORE-105)."""

from collections.abc import Iterable

import pydicom
import pytest
from pydicom.data import get_testdata_file

import dicom_core as dc
from dicom_core.validate import Accessors, ValidationConfig, validate


def text_of(dataset: pydicom.Dataset, tag: int) -> str | None:
    if tag not in dataset:
        return None
    value = dataset[tag].value
    if isinstance(value, pydicom.Sequence | bytes):
        return None
    many = value if isinstance(value, list | pydicom.multival.MultiValue) else [value]
    return "\\".join("" if one is None else str(one) for one in many)


def bytes_of(dataset: pydicom.Dataset, tag: int) -> bytes | None:
    value = dataset[tag].value if tag in dataset else None
    return value if isinstance(value, bytes) else None


def behind_callables(dataset: pydicom.Dataset) -> Accessors:
    def items(tag: int) -> Iterable[Accessors] | None:
        value = dataset[tag].value if tag in dataset else None
        return map(behind_callables, value) if isinstance(value, pydicom.Sequence) else None

    return Accessors(
        text=lambda tag: text_of(dataset, tag),
        data=lambda tag: bytes_of(dataset, tag),
        items=items,
        tags=lambda: [int(tag) for tag in dataset.keys()],  # noqa: SIM118 - a Dataset iterates elements
    )


def wheel_file(name: str) -> str:
    found = get_testdata_file(name, download=False)
    assert isinstance(found, str)
    return found


def test_two_lambdas() -> None:
    dataset = pydicom.dcmread(wheel_file("CT_small.dcm"))
    access = Accessors(
        text=lambda tag: text_of(dataset, tag), data=lambda tag: bytes_of(dataset, tag)
    )
    assert validate(access, transfer_syntax="1.2.840.10008.1.2.1").is_valid
    del dataset.Modality
    dataset.PatientSex = "X"
    dataset.HighBit = 7
    found = {(issue.rule, issue.path) for issue in validate(access).errors}
    assert found == {
        ("type-1-missing", "(0008,0060)"),
        ("enumerated-value", "(0010,0040)"),
        ("pixel-high-bit", "(0028,0102)"),
    }


FILES = ["CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "liver_1frame.dcm", "SC_rgb_rle.dcm"]


@pytest.mark.parametrize("name", FILES)
def test_the_same_findings_as_for_the_file(name: str) -> None:
    path = wheel_file(name)
    ours = validate(dc.read(path).dataset)
    theirs = validate(behind_callables(pydicom.dcmread(path)))

    def seen(result: object) -> set[tuple[str, str]]:
        return {
            (issue.rule, issue.path)
            for issue in getattr(result, "errors", ())
            if not issue.path.startswith("(0002") and issue.rule != "vr"
        }

    assert seen(theirs) == seen(ours)


def test_a_mapping_by_keyword_tag_or_number() -> None:
    by_keyword = validate({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "PatientSex": "X"})
    by_text = validate({"0008,0016": "1.2.840.10008.5.1.4.1.1.2", "00100040": "X"})
    by_number = validate({0x00080016: "1.2.840.10008.5.1.4.1.1.2", 0x00100040: "X"})
    assert by_keyword == by_text == by_number
    assert "enumerated-value" in {issue.rule for issue in by_keyword.errors}


def test_numbers_bytes_and_many_values_in_a_mapping() -> None:
    values = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "PixelSpacing": [0.5, 0.5, 0.5],
        "Rows": 2,
        "PixelData": b"",
        "StudyDescription": "a\\b",
        "PatientComments": "a\\b",
    }
    found = {(issue.rule, issue.path) for issue in validate(values).errors}
    assert ("multiplicity", "(0028,0030)") in found
    assert ("multiplicity", "(0008,1030)") in found
    assert ("multiplicity", "(0010,4000)") not in found  # LT has no separator
    assert ("type-1c-empty", "(7FE0,0010)") in found


def test_what_cannot_be_validated() -> None:
    with pytest.raises(TypeError, match="mapping or Accessors"):
        validate([1, 2])  # type: ignore[arg-type]


def test_strict_on_accessors() -> None:
    dataset = pydicom.dcmread(wheel_file("MR_small.dcm"))
    result = validate(behind_callables(dataset), ValidationConfig.STRICT)
    assert {issue.rule for issue in result.errors} <= {"value-format", "type-2-missing"}
