"""Each row of PS3.15 table E.3.4-1 under each option, and what a crash or a mutated file leaves behind."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

import dicom_core as dc
from dicom_core import deid
from dicom_dict import DeidentificationAction as Action
from dicom_dict import DeidentificationConcept, deidentification_concepts

SR = "1.2.840.10008.5.1.4.1.1.88.33"
CT = "1.2.840.10008.5.1.4.1.1.2"
MAPPING = deid.KeyedMapping(bytes(range(32)))
CLEAN = deid.Option.CLEAN_STRUCTURED_CONTENT
OPTIONS = [
    (),
    (deid.Option.RETAIN_UIDS,),
    (deid.Option.RETAIN_DEVICE_IDENTITY,),
    (deid.Option.RETAIN_INSTITUTION_IDENTITY,),
    (deid.Option.RETAIN_PATIENT_CHARACTERISTICS,),
    (deid.Option.RETAIN_LONGITUDINAL_FULL_DATES,),
    (deid.Option.RETAIN_LONGITUDINAL_MODIFIED_DATES,),
    (deid.Option.CLEAN_DESCRIPTORS,),
]
REFERENCES = ("COMPOSITE", "IMAGE", "WAVEFORM")
KEYWORDS = {
    "CODE": "ConceptCodeSequence", "CONTAINER": "ContinuityOfContent", "DATE": "Date", "DATETIME": "DateTime",
    "NUM": "MeasuredValueSequence", "PNAME": "PersonName", "TEXT": "TextValue", "TIME": "Time", "UIDREF": "UID",
}  # fmt: skip


def planted(kind: str) -> object:
    code = {"CodeValue": "PHI1", "CodingSchemeDesignator": "SCT", "CodeMeaning": "PHI"}
    reference = {"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "1.2.3.4711"}
    values: dict[str, object] = {
        "CODE": [dc.Dataset(code)], "CONTAINER": "SEPARATE", "DATE": "20210315", "DATETIME": "20210315101112",
        "NUM": [dc.Dataset({"NumericValue": "77"})], "PNAME": "Phi^Planted", "TEXT": "CT PHI", "TIME": "101112",
        "UIDREF": "1.2.3.4711",
    }  # fmt: skip
    return values.get(kind, [dc.Dataset(reference)])


def item_of(row: DeidentificationConcept) -> dc.Dataset:
    name = dc.Dataset(
        {"CodeValue": row.code, "CodingSchemeDesignator": row.scheme, "CodeMeaning": "Name"}
    )
    keyword = KEYWORDS.get(row.value_type, "ReferencedSOPSequence")
    return dc.Dataset({
        "RelationshipType": "CONTAINS", "ValueType": row.value_type, "ConceptNameCodeSequence": [name],
        keyword: planted(row.value_type),
    })  # fmt: skip


def found(item: dc.Dataset, kind: str) -> str:
    """The planted value as it is now."""
    if kind in REFERENCES:
        return next(e.text for e in item.walk() if e.keyword == "ReferencedSOPInstanceUID")
    if kind == "NUM":
        return next((e.text for e in item.walk() if e.keyword == "NumericValue"), "")
    if kind == "CODE":
        return next((e.text for e in item.walk() if e.text == "PHI1"), "gone")
    return item.element(KEYWORDS[kind]).text


def problem(
    row: DeidentificationConcept, options: tuple[deid.Option, ...], items: list[dc.Dataset]
) -> str:
    chosen = {row.options[option] for option in options if option in row.options}
    action = Action.CLEAN if Action.CLEAN in chosen else Action.KEEP if chosen else row.basic
    if action is Action.REMOVE:
        return "still there" if items else ""
    if not items:
        return "gone"
    kind = row.value_type
    (item,) = items
    before, after = found(item_of(row), kind), found(item, kind)
    if kind == "UIDREF" or kind in REFERENCES:
        wanted = before if action is Action.KEEP else MAPPING.uid(before)
        return "" if after == wanted else f"{after} instead of {wanted}"
    if action is Action.CLEAN:
        if kind == "TEXT":
            return "" if after == "CT" else f"cleaned to {after}"
        return "" if after[8:] == before[8:] or kind == "TIME" else "time changed"
    return "" if (after == before) is (action is Action.KEEP) else f"{action}: {after}"


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "+".join(options) or "alone")
def test_D05_each_concept_under_each_option(options: tuple[deid.Option, ...]) -> None:
    profile = deid.Profile.basic(CLEAN, *options)
    wrong = []
    for row in deidentification_concepts():
        ds = dc.Dataset({"SOPClassUID": SR, "SOPInstanceUID": "1.2.3.9"})
        # Beside another item, since an empty tree would get an item that says nothing
        neutral = dc.Dataset({"RelationshipType": "CONTAINS", "ValueType": "CONTAINER"})
        ds.ContentSequence = [item_of(row), neutral]
        done = deid.deidentify(ds, profile, MAPPING).dataset
        items = list(done.ContentSequence or ())
        assert items[-1].ValueType == "CONTAINER"
        what = problem(row, options, items[:-1])
        if what:
            wrong.append(f"{row.meaning} {row.value_type} {row.basic}: {what}")
    assert wrong == []


def test_D05_every_value_type_of_the_table_is_planted() -> None:
    assert {row.value_type for row in deidentification_concepts()} <= {*KEYWORDS, *REFERENCES}


@pytest.mark.parametrize(
    ("keyword", "sequence"),
    [
        ("AcquisitionContextSequence", "AcquisitionContextSequence"),
        ("SpecimenPreparationSequence", "SpecimenPreparationStepContentItemSequence"),
        ("ProtocolContextSequence", "ProtocolContextSequence"),
    ],
)
def test_D05_content_items_elsewhere(keyword: str, sequence: str) -> None:
    rows = {row.meaning: row for row in deidentification_concepts()}
    items = [item_of(rows["Person Observer Name"]), item_of(rows["Comment"])]
    inner = items if keyword == sequence else [dc.Dataset({sequence: items})]
    ds = dc.Dataset({"SOPClassUID": CT, "SOPInstanceUID": "1.2", keyword: inner})
    for options in ((), (CLEAN,), (CLEAN, deid.Option.CLEAN_DESCRIPTORS)):
        done = deid.deidentify(ds, deid.Profile.basic(*options), MAPPING)
        data = done.file.to_bytes()
        assert b"PHI" not in data
        assert b"Planted" not in data
        if CLEAN in options:
            assert b"ANONYMIZED" in data


# --- D11, D12: crashes and mutations --------------------------------------------------------------


CRASH = """
import sys
sys.path[:] = eval(sys.argv[1])
from pathlib import Path
import os
from dicom_core import deid
class Dying(deid.KeyedMapping):
    asked = 0
    def uid(self, original):
        Dying.asked += 1
        if Dying.asked == 9:
            os._exit(9)
        return super().uid(original)
folder = Path(sys.argv[2])
sources = sorted(folder.glob("*.dcm"))
for outcome in deid.deidentify_files(sources, folder / "out", deid.Profile.basic(), Dying(bytes(range(32)))):
    pass
"""


def test_D12_after_a_crash_the_rest_is_done_and_nothing_twice(tmp_path: Path) -> None:
    for number in range(6):
        ds = dc.Dataset(
            {"SOPClassUID": CT, "SOPInstanceUID": f"1.2.{number}", "StudyInstanceUID": "1.3"}
        )
        dc.write(ds, tmp_path / f"{number}.dcm")
    done = subprocess.run([sys.executable, "-c", CRASH, repr(sys.path), str(tmp_path)], check=False)
    assert done.returncode == 9
    out = tmp_path / "out"
    halfway = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert 0 < len(halfway) < 6
    outcomes = list(
        deid.deidentify_files(sorted(tmp_path.glob("*.dcm")), out, deid.Profile.basic(), MAPPING)
    )
    assert {outcome.status for outcome in outcomes} == {"done"}
    whole = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert len(whole) == 6
    assert halfway.items() <= whole.items()
    assert all(path.suffix == ".dcm" for path in whole)


def test_D11_mutated_files_give_an_object_or_a_documented_error() -> None:
    ds = dc.Dataset(
        {
            "SOPClassUID": SR,
            "SOPInstanceUID": "1.2.3.9",
            "PatientName": "Smith^Ann",
            "StudyDate": "20200101",
        }
    )
    ds.ContentSequence = [item_of(row) for row in deidentification_concepts()[:20]]
    ds.set(0x00290010, "LO", "ACME")
    ds.set(0x00291001, "SQ", [dc.Dataset({"PatientID": "4711"})])
    whole = dc.DicomFile.new(ds).to_bytes()
    profile = deid.Profile.basic(CLEAN, "retain_longitudinal_modified_dates", "retain_safe_private")
    chance = random.Random(20210315)
    outcomes = {"object": 0, "error": 0}
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(132, len(data))
            if chance.random() < 0.6:
                data[at] = chance.randrange(256)
            else:
                del data[at : at + chance.randint(1, 9)]
        try:
            done = deid.deidentify(dc.read(bytes(data)), profile, MAPPING)
            assert b"Smith" not in done.file.to_bytes()
            outcomes["object"] += 1
        except dc.DicomError:
            outcomes["error"] += 1
    assert min(outcomes.values()) > 30


def test_a_profile_comes_from_toml_json_and_files(tmp_path: Path) -> None:
    pytest.importorskip("cattrs")
    toml = '[deidentification]\noptions = ["retain_uids"]\npatient = "empty"\n'
    wanted = deid.Profile.basic("retain_uids", patient="empty")
    settings = {"options": ["retain_uids"], "patient": "empty"}
    assert deid.Profile.from_toml(toml) == deid.Profile.from_mapping(settings) == wanted
    assert deid.Profile.from_json(json.dumps({"deidentification": settings})) == wanted
    assert deid.Profile.from_json(json.dumps(settings)) == wanted
    (tmp_path / "profile.toml").write_text(toml)
    assert deid.Profile.load(tmp_path / "profile.toml") == wanted
    for read, text in ((deid.Profile.from_toml, "="), (deid.Profile.from_json, "[]")):
        with pytest.raises(deid.ProfileError):
            read(text)
    with pytest.raises(deid.ProfileError, match=r"\.toml or \.json"):
        deid.Profile.load(tmp_path / "profile.txt")
