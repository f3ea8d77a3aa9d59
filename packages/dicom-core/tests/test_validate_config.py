"""The configuration: presets, switches, TOML and JSON, and what is refused (CORE-103, 104, 111)."""

import json
import pickle
from pathlib import Path

import pytest

from dicom_core import ValidationError
from dicom_core.validate import (
    Check,
    ValidationConfig,
    ValidationConfigError,
    ValidationLevel,
    Validator,
    validate,
)

DATA = Path(__file__).parent / "data" / "validate"
EXPLICIT = "1.2.840.10008.1.2.1"


def ct(**changes: object) -> dict[str, object]:
    """A CT image without a defect, as a mapping; None deletes."""
    values: dict[str, object] = json.loads((DATA / "ct.json").read_text())
    values["PixelData"] = bytes(8)
    values |= changes
    return {key: value for key, value in values.items() if value is not None}


def rules(values: dict[str, object], config: ValidationConfig) -> list[str]:
    result = validate(values, config, transfer_syntax=EXPLICIT)
    return [issue.rule for issue in (*result.errors, *result.warnings)]


def test_presets_are_what_they_say() -> None:
    assert (
        ValidationConfig(
            level=ValidationLevel.STANDARD,
            check_transfer_syntax=True,
            check_pixels=True,
            warnings_as_errors=False,
            allowed_sop_classes=None,
            additional_required_tags=(),
            disabled=frozenset(),
        )
        == ValidationConfig.DEFAULT
    )
    assert (
        ValidationConfig(level=ValidationLevel.STRICT, warnings_as_errors=True)
        == ValidationConfig.STRICT
    )
    assert Validator() == Validator(ValidationConfig.DEFAULT)
    assert Validator().config.level is ValidationLevel.STANDARD


def test_a_ct_without_defects_is_valid() -> None:
    for config in (ValidationConfig.DEFAULT, ValidationConfig.STRICT):
        result = validate(ct(), config, transfer_syntax=EXPLICIT)
        assert result.is_valid
        assert not result.has_warnings
        result.raise_if_invalid()


def test_allowed_sop_classes() -> None:
    only_ct = ValidationConfig(allowed_sop_classes=["CTImageStorage"])
    assert only_ct.allowed_sop_classes == frozenset({"1.2.840.10008.5.1.4.1.1.2"})
    assert rules(ct(), only_ct) == []
    mr = ct(SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    assert "sop-class-not-allowed" in rules(mr, only_ct)
    assert "sop-class-not-allowed" not in rules(mr, ValidationConfig.DEFAULT)


def test_additional_required_tags() -> None:
    config = ValidationConfig(additional_required_tags=["PatientWeight", "0010,1020"])
    result = validate(ct(PatientSize="1.7"), config)
    assert [(issue.rule, issue.path) for issue in result.errors] == [
        ("required-tag", "(0010,1030)")
    ]
    assert validate(ct(PatientSize="1.7", PatientWeight=""), config).errors
    assert validate(ct(PatientSize="1.7", PatientWeight="70"), config).is_valid


def test_warnings_as_errors_flips_an_object_with_warnings_only() -> None:
    values = ct(SOPClassUID="1.2.3.4")
    lax, strict = ValidationConfig(), ValidationConfig(warnings_as_errors=True)
    assert validate(values, lax).is_valid
    result = validate(values, strict)
    assert not result.errors
    assert result.has_warnings
    assert not result.is_valid
    with pytest.raises(ValidationError, match="sop-class-unknown") as caught:
        result.raise_if_invalid()
    assert caught.value.findings == result.issues


# One defect for each check that the CT above can show; each switch takes away exactly its own finding.
ONE_DEFECT_EACH: dict[Check, dict[str, object]] = {
    Check.REQUIRED_UIDS: {"SeriesInstanceUID": None},
    Check.UID_FORMAT: {"FrameOfReferenceUID": "1.02"},
    Check.SOP_CLASS: {},
    Check.ADDITIONAL_TAGS: {},
    Check.TRANSFER_SYNTAX: {},
    Check.IOD: {"KVP": None},
    Check.ENUMERATED: {"PatientSex": "X"},
    Check.VALUES: {"AccessionNumber": "A" * 17},
    Check.MULTIPLICITY: {"PixelSpacing": ["0.5", "0.5", "0.5"]},
    Check.PIXELS: {"HighBit": 15},
    Check.TERMS: {"ImageType": ["ORIGINAL", "PRIMARY", "OBLIQUE"]},
    Check.FOREIGN: {"PlanarAngle": None, "NumberOfFrames": "1"},
}


def test_each_switch_takes_its_own_finding() -> None:
    changes: dict[str, object] = {}
    for change in ONE_DEFECT_EACH.values():
        changes |= change
    changes.pop("PlanarAngle")
    values = ct(**changes)
    config = ValidationConfig(
        level=ValidationLevel.STRICT,
        allowed_sop_classes=["MRImageStorage"],
        additional_required_tags=["PatientWeight"],
    )
    unknown_syntax = "1.2.3.4.5"
    everything = validate(values, config, transfer_syntax=unknown_syntax)
    found = [(issue.rule, issue.path) for issue in (*everything.errors, *everything.warnings)]
    assert len(found) == len(set(found)) == len(ONE_DEFECT_EACH)
    taken = []
    for check in ONE_DEFECT_EACH:
        less = validate(values, config.without(check), transfer_syntax=unknown_syntax)
        rest = {(issue.rule, issue.path) for issue in (*less.errors, *less.warnings)}
        missing = [one for one in found if one not in rest]
        assert len(missing) == 1, check
        assert len(rest) == len(found) - 1, check
        taken += missing
    assert sorted(taken) == sorted(found)


def test_the_named_switches() -> None:
    syntax = ValidationConfig(check_transfer_syntax=False)
    assert not syntax.checks(Check.TRANSFER_SYNTAX)
    assert syntax.checks("pixels")
    pixels = ValidationConfig(check_pixels=False)
    assert rules(ct(HighBit=15), pixels) == []
    assert rules(ct(HighBit=15), ValidationConfig.DEFAULT) == ["pixel-high-bit"]


TOML = """
[validation]
level = "strict"
check_pixels = false
warnings_as_errors = true
allowed_sop_classes = ["CTImageStorage", "1.2.840.10008.5.1.4.1.1.4"]
additional_required_tags = ["PatientWeight", "0010,1020"]
disabled = ["terms"]
"""


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    wanted = ValidationConfig(
        level="strict",
        check_pixels=False,
        warnings_as_errors=True,
        allowed_sop_classes=["CTImageStorage", "MRImageStorage"],
        additional_required_tags=["PatientWeight", "PatientSize"],
        disabled=["terms"],
    )
    as_json = json.dumps(
        {
            "level": "strict",
            "check_pixels": False,
            "warnings_as_errors": True,
            "allowed_sop_classes": ["CT Image Storage", "MR Image Storage"],
            "additional_required_tags": ["00101030", "PatientSize"],
            "disabled": ["terms"],
        }
    )
    assert ValidationConfig.from_toml(TOML) == wanted
    assert ValidationConfig.from_json(as_json) == wanted
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "a.json").write_text(as_json)
    assert ValidationConfig.load(tmp_path / "a.toml") == wanted
    assert ValidationConfig.load(tmp_path / "a.json") == wanted
    assert ValidationConfig.from_json('{"allowed_sop_classes": null}') == ValidationConfig()
    assert pickle.loads(pickle.dumps(wanted)) == wanted
    assert hash(wanted) == hash(ValidationConfig.from_toml(TOML))


REFUSED = [
    ("level = 'harsh'", "level"),
    ("level = 3", "level"),
    ("pixels = true", "pixels"),
    ("check_pixels = 'no'", "check_pixels"),
    ("disabled = ['everything']", "disabled"),
    ("disabled = 'pixels'", "disabled"),
    ("allowed_sop_classes = ['CTImageStorag']", "allowed_sop_classes"),
    ("allowed_sop_classes = 'CTImageStorage'", "allowed_sop_classes"),
    ("additional_required_tags = ['PatientWaight']", "additional_required_tags"),
    ("additional_required_tags = [1]", "additional_required_tags"),
    ("level = ", "toml"),
]


@pytest.mark.parametrize(("text", "setting"), REFUSED)
def test_wrong_settings_are_named(text: str, setting: str) -> None:
    with pytest.raises(ValidationConfigError) as caught:
        ValidationConfig.from_toml(text)
    assert caught.value.setting == setting
    assert setting in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "{", "3"])
def test_json_that_is_no_object(text: str) -> None:
    with pytest.raises(ValidationConfigError):
        ValidationConfig.from_json(text)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("level: strict")
    with pytest.raises(ValidationConfigError, match=r"\.toml or \.json"):
        ValidationConfig.load(tmp_path / "a.yaml")


def test_one_text_where_a_list_is_wanted() -> None:
    for name in ("allowed_sop_classes", "additional_required_tags", "disabled"):
        with pytest.raises(ValidationConfigError, match="not one text"):
            ValidationConfig(**{name: "CTImageStorage"})  # type: ignore[arg-type]
