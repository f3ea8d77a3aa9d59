"""Whatever can be read can be validated: no exception, in a time that grows with the object."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_files

import dicom_core as dc
from dicom_core.validate import Severity, ValidationConfig, ValidationResult, validate


def checked(source: bytes | Path) -> ValidationResult | None:
    """The strict result; None where reading refuses with one of its own errors."""
    try:
        return validate(dc.read(source, force=True), ValidationConfig.STRICT)
    except dc.DicomError:
        return None


WHEEL = sorted({path for path in get_testdata_files() if path.endswith(".dcm")})


@pytest.mark.parametrize("path", WHEEL, ids=lambda path: Path(path).name)
def test_every_file_of_the_wheel(path: str) -> None:
    result = checked(Path(path))
    assert result is not None
    assert all(issue.rule and issue.message for issue in result.issues)


def test_every_file_of_the_corpus(corpus: Path) -> None:
    read = 0
    for path in sorted(corpus.glob("*/*"))[::3]:
        result = checked(path)
        read += result is not None
    assert read > 80


@settings(max_examples=60, deadline=None)
@given(st.integers(200, 1500), st.binary(min_size=1, max_size=6))
def test_damaged_bytes(at: int, junk: bytes) -> None:
    raw = Path(next(path for path in WHEEL if path.endswith("CT_small.dcm"))).read_bytes()[:6000]
    checked(raw[:at] + junk + raw[at + len(junk) :])


KEYS = st.sampled_from(
    [
        "SOPClassUID",
        "PatientID",
        "Rows",
        "PixelSpacing",
        "ContentSequence",
        "NumberOfFrames",
        "PixelData",
    ]
)
SCALARS = st.one_of(
    st.text(max_size=8), st.integers(), st.floats(), st.binary(max_size=8), st.none()
)
VALUES = st.recursive(
    st.one_of(SCALARS, st.lists(SCALARS, max_size=3)),
    lambda inner: st.lists(st.dictionaries(KEYS, inner, max_size=3), max_size=2),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(KEYS, VALUES, max_size=6),
    st.sampled_from(["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.88.33", "1.2.3"]),
)
def test_any_mapping(values: dict[str, object], sop_class: str) -> None:
    result = validate({**values, "SOPClassUID": sop_class}, ValidationConfig.STRICT)
    assert result.errors
    assert all(isinstance(issue.severity, Severity) for issue in result.issues)


def test_many_items_take_linear_work() -> None:
    """2,000 content items: every one is looked at, none makes the others slower."""
    items = [{"RelationshipType": "CONTAINS", "ValueType": "CONTAINER"}] * 2000
    values = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33",
        "ValueType": "CONTAINER",
        "ContentSequence": items,
    }
    found = validate(values)
    assert sum(issue.path.endswith("(0040,A050)") for issue in found.errors) == 2001
