"""Each row of PS3.15 table E.1-1 under each option, at depths 0 to 3, and the choices that the IOD makes."""

from functools import cache

import pytest

import dicom_core as dc
from dicom_core import deid
from dicom_core.deid._beyond import beyond_row
from dicom_core.deid._decide import Place, resolve
from dicom_dict import DeidentificationAction as Action
from dicom_dict import DeidentificationRow, deidentification_actions, find_element, iods

# A class of the standard without an IOD (retired): every choice of the table falls to the last action
RETIRED_CLASS = "1.2.840.10008.5.1.4.1.1.6"
CT = "1.2.840.10008.5.1.4.1.1.2"
PET = "1.2.840.10008.5.1.4.1.1.128"
NEST = 0x00400260  # Performed Protocol Code Sequence, which the table does not list
DEPTHS = 4

WITH_COLUMNS = [option for option in deid.Option if option.has_column]
MAPPING = deid.KeyedMapping(bytes(range(32)))

# What each VR is planted with: recognizable, and never what a dummy would be
PLANTED: dict[str, object] = {
    "AE": "PHIAE", "AS": "047Y", "AT": 0x00100010, "CS": "PHI_CODE", "DA": "20210315", "DS": "77.5",
    "DT": "20210315101112.5+0100", "FD": 77.5, "FL": 77.5, "IS": "4711", "LO": "CT PHI Smith",
    "LT": "CT PHI Smith", "OB": b"PHI!", "OD": b"PHIPHI!!", "OF": b"PHI!", "OW": b"PHI!", "PN": "Phi^Planted",
    "SH": "CT PHI", "SL": 4711, "SS": 4711, "ST": "CT PHI Smith", "TM": "101112", "UC": "CT PHI Smith",
    "UI": "1.2.3.4711", "UL": 4711, "UN": b"PHI!", "UR": "http://phi.example/1", "US": 4711, "UT": "CT PHI Smith",
}  # fmt: skip

# Groups of messages, files and directories have no place in a data set and always go
FOREIGN = 0x0007


def rows() -> list[DeidentificationRow]:
    """The rows about single attributes that may stand in a data set."""
    return [
        row for row in deidentification_actions() if not row.pattern and row.tag >> 16 > FOREIGN
    ]


def vr_of(row: DeidentificationRow) -> str:
    entry = find_element(row.tag)
    return str(entry.vr) if entry is not None and entry.vr is not None else "LO"


def planted(tag: int, vr: str) -> object:
    if vr == "SQ":
        item = dc.Dataset()
        item.set(0x00080104, "LO", "A meaning")
        item.set(0x00081155, "UI", "1.2.3.9")
        return [item]
    entry = find_element(tag)
    value = PLANTED[vr]
    if tag == 0x00080201:
        return "+0100"
    return [value] * entry.vm.least if entry is not None and entry.vm.least > 1 else value


def level() -> dc.Dataset:
    ds = dc.Dataset()
    for row in rows():
        ds.set(row.tag, vr_of(row), planted(row.tag, vr_of(row)))
    return ds


@cache
def source() -> bytes:
    """A file with every attribute of the table at every depth."""
    inner = None
    for _ in range(DEPTHS):
        ds = level()
        if inner is not None:
            ds.set(NEST, "SQ", [inner])
        inner = ds
    assert inner is not None
    inner.SOPClassUID = RETIRED_CLASS
    return dc.DicomFile.new(inner).to_bytes()


def levels(ds: dc.Dataset) -> list[dc.Dataset]:
    found = [ds]
    while NEST in found[-1]:
        items = found[-1][NEST]
        assert isinstance(items, dc.Sequence)
        found.append(items[0])
    assert len(found) == DEPTHS
    return found


def action_for(row: DeidentificationRow, *options: deid.Option) -> Action:
    chosen = {row.options[option] for option in options if option in row.options}
    if Action.CLEAN in chosen:
        return Action.CLEAN
    return Action.KEEP if chosen else row.basic


def problem(row: DeidentificationRow, action: Action, ds: dc.Dataset) -> str:
    """What is wrong at one place, or nothing. The table's words, not the code's."""
    vr, tag = vr_of(row), row.tag
    there = tag in ds
    last = action.choices[-1]
    if action is Action.CLEAN:
        return clean_problem(row, vr, ds)
    if last is Action.REMOVE:
        return "still there" if there else ""
    if not there:
        return "gone"
    element = ds.element(tag)
    if vr == "SQ":
        return sequence_problem(last, element.value)
    same = element.raw == original(tag, vr)
    if last is Action.KEEP:
        return "" if same else "changed"
    if same:
        return "unchanged"
    if last is Action.REPLACE_UID:
        wanted = MAPPING.uid("1.2.3.4711")
        return "" if element.text == wanted else "not the UID of the mapping"
    if last is Action.DUMMY and element.is_empty:
        return "empty"
    return ""


def sequence_problem(last: Action, items: object) -> str:
    assert isinstance(items, dc.Sequence)
    if last is Action.ZERO:
        return "not empty" if items else ""
    if not items:
        return "empty"
    uid = items[0].get(0x00081155)
    if last is Action.DUMMY:
        return "the items are the old ones" if uid else ""
    return "a UID of an item stayed" if uid == "1.2.3.9" and last is not Action.KEEP else ""


def clean_problem(row: DeidentificationRow, vr: str, ds: dc.Dataset) -> str:
    """Cleaned: a similar value without what identifies, or what the profile does without options."""
    if vr in {"OB", "OW", "CS", "DS"}:
        return problem(row, row.basic, ds)
    if row.tag not in ds:
        # An item of a sequence of codes whose code is not known is not known to be harmless
        return "" if vr == "SQ" else "gone"
    element = ds.element(row.tag)
    if vr == "SQ":
        return ""
    if vr in {"DA", "DT"}:
        return "" if element.text[:8] == moved() and len(element.text) >= 8 else "not moved"
    if vr == "TM" or row.tag == 0x00080201:
        return "" if element.raw == original(row.tag, vr) else "changed"
    if vr == "AE":
        return "" if element.text.startswith("AE") and "PHI" not in element.text else "not replaced"
    return "" if element.text == "CT" else f"cleaned to {element.text!r}"


@cache
def moved() -> str:
    from datetime import date, timedelta

    day = date(2021, 3, 15) + timedelta(MAPPING.shift("\0CT PHI Smith"))
    return day.strftime("%Y%m%d")


@cache
def original(tag: int, vr: str) -> bytes:
    ds = dc.Dataset()
    ds.set(tag, vr, planted(tag, vr))
    return ds.element(tag).raw


def deidentified(*options: deid.Option) -> dc.Dataset:
    done = deid.deidentify(dc.read(source()), deid.Profile.basic(*options), MAPPING)
    return dc.read(done.file.to_bytes()).dataset


def test_the_check_sees_what_is_wrong() -> None:
    """Checked against the actions of other options, the same result is wrong in many places."""
    top = levels(deidentified())[0]
    for option in (deid.Option.RETAIN_UIDS, deid.Option.RETAIN_LONGITUDINAL_FULL_DATES):
        wrong = [row for row in rows() if problem(row, action_for(row, option), top)]
        assert len(wrong) >= 50
        assert all(option in row.options for row in wrong)
    assert all(problem(row, row.basic, levels(dc.read(source()).dataset)[3]) for row in rows())


CASES = [(), *((option,) for option in WITH_COLUMNS)]


@pytest.mark.parametrize("options", CASES, ids=lambda options: "+".join(options) or "basic")
def test_D01_each_row_under_each_option_at_each_depth(options: tuple[deid.Option, ...]) -> None:
    wrong = [
        f"{row.tag} {row.name} at depth {depth}: {found}"
        for depth, ds in enumerate(levels(deidentified(*options)))
        for row in rows()
        if row.tag != 0x00120064  # what the de-identifier itself writes
        for found in [problem(row, action_for(row, *options), ds)]
        if found
    ]
    assert wrong == []


def test_D01_all_options_together() -> None:
    options = tuple(o for o in WITH_COLUMNS if o is not deid.Option.RETAIN_LONGITUDINAL_FULL_DATES)
    wrong = [
        f"{row.tag} {row.name}: {found}"
        for ds in levels(deidentified(*options))
        for row in rows()
        for found in [problem(row, action_for(row, *options), ds)]
        if found
    ]
    assert wrong == []


def test_every_row_is_planted_or_of_a_mask_or_foreign() -> None:
    skipped = {row.pattern or str(row.tag) for row in deidentification_actions()} - {
        str(row.tag) for row in rows()
    }
    assert skipped == {
        "(0000,1000)", "(0000,1001)", "(0002,0003)", "(0004,1511)", "50xxxxxx", "60xx3000", "60xx4000", "private",
    }  # fmt: skip


def test_D01_rows_of_masks_and_foreign_groups() -> None:
    ds = dc.Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = RETIRED_CLASS, "1.2.3"
    for tag, vr in (
        (0x00001000, "UI"), (0x00020003, "UI"), (0x00041511, "UI"), (0x50003000, "OW"), (0x501E0005, "US"),
        (0x60003000, "OW"), (0x60020010, "US"), (0x601E4000, "LT"), (0x00290010, "LO"), (0x00291001, "LO"),
    ):  # fmt: skip
        ds.set(tag, vr, PLANTED[vr])
    item = ds.copy()
    ds.set(NEST, "SQ", [item])
    for options in CASES:
        done = deid.deidentify(ds, deid.Profile.basic(*options), MAPPING).dataset
        for one in (done, done[NEST][0]):  # type: ignore[index]
            left = [
                tag for tag in one if tag >> 16 <= 7 or tag >> 24 in {0x50, 0x60} or tag & 0x10000
            ]
            assert left == []


@pytest.mark.parametrize(
    ("action", "of_type", "wanted"),
    [
        ("Z/D", "1", "D"), ("Z/D", "2", "Z"), ("Z/D", "3", "Z"),
        ("X/Z", "1", "D"), ("X/Z", "2", "Z"), ("X/Z", "3", "X"),
        ("X/D", "1", "D"), ("X/D", "2", "D"), ("X/D", "3", "X"),
        ("X/Z/D", "1", "D"), ("X/Z/D", "2", "Z"), ("X/Z/D", "3", "X"),
        ("X/Z/U*", "1", "U"), ("X/Z/U*", "2", "Z"), ("X/Z/U*", "3", "X"),
        ("Z", "1", "D"), ("Z", "2", "Z"), ("Z", "3", "Z"), ("X", "3", "X"), ("D", "3", "D"), ("U", "2", "U"),
        ("X", "1", "D"), ("X", "2", "Z"),
    ],
)  # fmt: skip
def test_compound_actions_keep_the_iod(action: str, of_type: str, wanted: str) -> None:
    # Modality is type 1 in every CT; Manufacturer type 2; Manufacturer's Model Name type 3
    tag = {"1": 0x00080060, "2": 0x00080070, "3": 0x00081090}[of_type]
    place = Place.root(CT)
    use = place.use(tag)
    assert use is not None
    assert use.type == of_type
    assert resolve(Action(action), tag, place) == wanted


def test_compound_actions_where_nothing_is_known() -> None:
    place = Place.root(RETIRED_CLASS)
    for action in Action:
        assert resolve(action, 0x00080060, place) is action.choices[-1]


def test_every_iod_keeps_what_it_must_have() -> None:
    """An object of each IOD with all attributes that it must have still has them, type 1 with a value."""
    profile, wrong, done = deid.Profile.basic(burned_in="accept"), [], 0
    for iod in iods():
        if not iod.sop_classes or iod.name == "Basic Directory":
            continue
        ds, types = dc.Dataset(), {}
        for tag, use in iod.attributes().items():
            entry = find_element(tag)
            vr = str(entry.vr) if entry is not None else ""
            if use.is_mandatory and tag >> 16 > FOREIGN and (vr in PLANTED or vr == "SQ"):
                ds.set(tag, vr, planted(tag, vr))
                types[tag] = use.type
        ds.SOPClassUID, ds.SOPInstanceUID = iod.sop_classes[0], "1.2.3.4"
        try:
            left = deid.deidentify(ds, profile, MAPPING).dataset
        except deid.UnsupportedObject:
            continue
        done += 1
        for tag, kind in types.items():
            if tag not in left or (kind == "1" and left.element(tag).is_empty):
                wrong.append(f"{iod.name}: {dc.Tag(tag)} of type {kind}")
    assert wrong == []
    assert done > 150


def test_the_iod_decides_about_series_date() -> None:
    for sop_class, there in ((CT, False), (PET, True)):
        ds = dc.Dataset(
            {"SOPClassUID": sop_class, "SOPInstanceUID": "1.2", "SeriesDate": "20210315"}
        )
        done = deid.deidentify(ds, deid.Profile.basic(), MAPPING).dataset
        assert ("SeriesDate" in done) is there
        assert "20210315" not in str(done.get("SeriesDate"))


def test_what_the_table_forgets_is_treated_like_its_kin() -> None:
    for keyword, option in (
        ("EvaluatorName", None),
        ("RetrieveURL", None),
        ("TreatmentStatusComment", deid.Option.CLEAN_DESCRIPTORS),
        ("ItemInventoryDateTime", deid.Option.RETAIN_LONGITUDINAL_FULL_DATES),
        ("AssertionUID", deid.Option.RETAIN_UIDS),
    ):
        entry = find_element(keyword)
        assert entry is not None
        row = beyond_row(entry.tag)
        assert row is not None
        assert row.basic is not Action.KEEP
        assert option is None or option in row.options
    assert beyond_row(0x00080060) is None
    assert beyond_row(0x00080016) is None


def test_everything_else_stays() -> None:
    ds = dc.Dataset({"SOPClassUID": CT, "SOPInstanceUID": "1.2"})
    geometry: dict[str, object] = {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "Modality": "CT", "Manufacturer": "ACME",
        "SliceThickness": "1.25", "KVP": "120", "ImagePositionPatient": ["1", "2", "3"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"], "Rows": 2, "Columns": 2,
        "PixelSpacing": ["0.5", "0.5"], "BitsAllocated": 16, "PixelData": b"01234567", "RescaleSlope": "1",
        "SeriesNumber": "3", "InstanceNumber": "9", "BodyPartExamined": "CHEST", "WindowCenter": ["40"],
    }  # fmt: skip
    ds.update(geometry)
    done = deid.deidentify(ds, deid.Profile.basic(), MAPPING)
    for keyword in geometry:
        assert done.dataset.element(keyword).raw == ds.element(keyword).raw
    assert {entry.action for entry in done.report.entries} <= {"kept", "remapped", "added"}


def test_rules_of_ones_own_win_at_every_depth() -> None:
    rules: dict[int | str, deid.Rule] = {
        "StationName": "keep", "Modality": "remove", "SeriesDescription": deid.Replace("Series"),
        "StudyDate": deid.Replace(None), "InstitutionName": shout,
    }  # fmt: skip
    profile = deid.Profile.basic(rules=rules)
    inner = {"StationName": "CT PHI", "SeriesDescription": "x", "InstitutionName": "place"}
    ds = dc.Dataset({**inner, "SOPClassUID": CT, "SOPInstanceUID": "1.2", "Modality": "CT"})
    ds.StudyDate = "20200101"
    ds.set(NEST, "SQ", [dc.Dataset(inner)])
    done = deid.deidentify(ds, profile, MAPPING).dataset
    assert "Modality" not in done
    assert "StudyDate" not in done
    for one in (done, done[NEST][0]):  # type: ignore[index]
        assert (one.StationName, one.SeriesDescription) == ("CT PHI", "Series")
        assert one.InstitutionName == "PLACE"


def shout(element: dc.DataElement) -> object:
    return element.text.upper()


def test_a_profile_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="exclude each other"):
        deid.Profile.basic("retain_longitudinal_full_dates", "retain_longitudinal_modified_dates")
    with pytest.raises(ValueError, match="needs a pixel_cleaner"):
        deid.Profile.basic("clean_pixel_data")
    with pytest.raises(ValueError, match="is none of"):
        deid.Profile.basic(rules={"PatientName": "scramble"})  # type: ignore[dict-item]
    with pytest.raises(dc.UnknownEntry):
        deid.Profile.basic(rules={"PatientNames": "keep"})
    with pytest.raises(ValueError, match="is no option"):
        deid.Profile.basic("clean_everything")
