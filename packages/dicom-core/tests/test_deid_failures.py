"""De-identification: dates, traces of others, our own record, and failures: the cases D08 to D15."""

import os
import pickle
from pathlib import Path

import pytest
from deid_objects import (
    BASIC,
    CT,
    MAPPING,
    NUMBER,
    PIXELS,
    SECRET,
    blacken,
    ct,
    leaks,
    nested,
    planted,
)

import dicom_core as dc
from dicom_core import deid

# --- D08: dates -----------------------------------------------------------------------------------


def test_D08_one_patient_has_one_shift_and_order_stays() -> None:
    profile = deid.Profile.basic("retain_longitudinal_modified_dates")
    days = ["20191231", "20200101", "20200229", "20200301", "20201231"]
    moved = []
    for day in days:
        ds = ct(PatientID=NUMBER, StudyDate=day, StudyTime="235959.5", PatientBirthDate="19300101")
        ds.AcquisitionDateTime = f"{day}101112.123456-0530"
        ds.set(0x00400260, "SQ", [dc.Dataset({"ContentDate": day})])
        done = deid.deidentify(ds, profile, MAPPING).dataset
        moved.append(dc.DicomDate(done.element("StudyDate").text).to_date())
        assert done.element("AcquisitionDateTime").text[:8] == done.element("StudyDate").text
        assert done.element("AcquisitionDateTime").text[8:] == "101112.123456-0530"
        assert done.element("StudyTime").text == "235959.5"
        assert {e.text for e in done.walk() if e.keyword == "ContentDate"} == {
            done.element("StudyDate").text
        }
        assert done.element("PatientBirthDate").is_empty
    original = [dc.DicomDate(day).to_date() for day in days]
    assert {a - b for a, b in zip(moved, original, strict=True)} == {moved[0] - original[0]}
    assert moved == sorted(moved)
    other = deid.deidentify(ct(PatientID="other", StudyDate=days[0]), profile, MAPPING).dataset
    assert other.element("StudyDate").text != moved[0].strftime("%Y%m%d")


def test_D08_one_patient_of_two_domains_is_two_patients() -> None:
    ds = ct(PatientID=NUMBER)
    one, two, three = (
        deid.deidentify(ds, deid.Profile.basic(domain=domain), MAPPING).dataset.PatientID
        for domain in ("A", "B", "A")
    )
    assert one == three != two


@pytest.mark.parametrize(
    ("vr", "text", "days", "moved"),
    [
        ("DA", "20200301", -1, "20200229"), ("DA", "2020.03.01", -1, "20200229"), ("DA", "202003", -1, "202002"),
        ("DA", "20200301\\\\20210301", -366, "20190301\\\\20200229"), ("DT", "2020", -1, "2019"),
        ("DT", "202003", -1, "202002"), ("DT", "2020030110", -1, "2020022910"),
        ("DT", "20200301101112.5+0100", -1, "20200229101112.5+0100"), ("TM", "101112.5", -9, "101112.5"),
    ],
)  # fmt: skip
def test_D08_dates_move_and_precision_stays(vr: str, text: str, days: int, moved: str) -> None:
    from dicom_core.deid._dates import shifted

    assert shifted(vr, text, days) == moved


@pytest.mark.parametrize("text", ["Ann     ", "00000000", "20201332", "00010101"])
def test_D08_what_is_no_date_does_not_stay(text: str) -> None:
    data = dc.write_dataset(ct(StudyDate="20200101", SeriesDate="20200101")).replace(
        b"20200101", text.encode()
    )
    profile = deid.Profile.basic("retain_longitudinal_modified_dates")
    done = deid.deidentify(dc.read_dataset(data), profile, MAPPING).dataset
    assert done.element("StudyDate").is_empty
    assert "SeriesDate" not in done


def test_D08_full_dates_keep_dates_and_nothing_else() -> None:
    profile = deid.Profile.basic("retain_longitudinal_full_dates")
    ds = ct(StudyDate="20200101", StudyTime="101112", ContentTime="121314")
    data = dc.write_dataset(ds).replace(b"121314", b"Smith ")
    done = deid.deidentify(dc.read_dataset(data), profile, MAPPING).dataset
    assert (done.element("StudyDate").text, done.element("StudyTime").text) == (
        "20200101",
        "101112",
    )
    assert b"Smith" not in dc.write_dataset(done)


@pytest.mark.parametrize(
    ("tag", "vr", "stays"),
    [
        (0x00280010, "OB", False), (0x00280010, "LO", False), (0x00280010, "UL", True), (0x00080070, "OB", False),
        (0x00080070, "UT", True), (0x00281201, "OB", True), (0x00200013, "SH", True), (0x00180050, "FD", True),
    ],
)  # fmt: skip
def test_D01_a_value_of_another_kind_than_the_dictionary_says_does_not_stay(
    tag: int, vr: str, stays: bool
) -> None:
    ds = ct()
    ds.set(tag, vr, {"OB": b"12", "UL": 2, "FD": 2.0}.get(vr, "12"))
    done = deid.deidentify(ds, BASIC, MAPPING).dataset
    assert (tag in done) is stays


# --- D09, D10: traces of others, and our own ------------------------------------------------------


def test_D09_originals_signatures_and_equipment() -> None:
    before = dc.Dataset({"ModifiedAttributesSequence": [dc.Dataset({"PatientName": SECRET})]})
    equipment = dc.Dataset({
        "Manufacturer": "ACME", "InstitutionName": SECRET, "StationName": SECRET,
        "ContributionDateTime": "20200101", "DeviceSerialNumber": "SN4711",
    })  # fmt: skip
    ds = ct(OriginalAttributesSequence=[before], ContributingEquipmentSequence=[equipment])
    ds.InstanceCreatorUID = "1.2.3.55"
    ds.set(0x4FFE0001, "SQ", [dc.Dataset({"MACIDNumber": 1})])
    ds.set(0xFFFAFFFA, "SQ", [dc.Dataset({"CertificateOfSigner": SECRET.encode() + b"\0"})])
    ds.EncryptedAttributesSequence = [dc.Dataset({"EncryptedContent": b"1234"})]
    done = deid.deidentify(ds, BASIC, MAPPING)
    assert leaks(done.file.to_bytes(), SECRET, "SN4711") == []
    for keyword in (
        "OriginalAttributesSequence",
        "DigitalSignaturesSequence",
        "EncryptedAttributesSequence",
    ):
        assert keyword not in done.dataset
    assert 0x4FFE0001 not in done.dataset
    assert [item.Manufacturer for item in done.dataset.ContributingEquipmentSequence or ()] == [
        "ACME"
    ]
    assert done.dataset.InstanceCreatorUID == MAPPING.uid("1.2.3.55")


def test_D10_the_method_is_recorded() -> None:
    for options, codes, temporal in (
        ((), ["113100"], "REMOVED"),
        (("retain_longitudinal_full_dates",), ["113100", "113106"], "UNMODIFIED"),
        (
            ("retain_longitudinal_modified_dates", "retain_uids"),
            ["113100", "113107", "113110"],
            "MODIFIED",
        ),
        (
            (
                "clean_graphics",
                "clean_structured_content",
                "clean_descriptors",
                "retain_safe_private",
            ),
            ["113100", "113103", "113104", "113105", "113111"],
            "REMOVED",
        ),
    ):
        ds = ct(DeidentificationMethod=[SECRET], BurnedInAnnotation="NO")
        done = deid.deidentify(ds, deid.Profile.basic(*options), MAPPING).dataset
        assert done.PatientIdentityRemoved == "YES"
        assert SECRET not in str(done.DeidentificationMethod)
        items = list(done.DeidentificationMethodCodeSequence or ())
        assert [item.CodeValue for item in items] == codes
        assert all(item.CodingSchemeDesignator == "DCM" and item.CodeMeaning for item in items)
        assert done.LongitudinalTemporalInformationModified == temporal
        assert done.BurnedInAnnotation == "NO"


def test_D10_clean_pixels_of_an_earlier_deidentification_are_remembered() -> None:
    first = deid.deidentify(ct(**PIXELS), BASIC.with_cleaners(pixels=blacken), MAPPING)
    second = deid.deidentify(first.dataset, BASIC, MAPPING)
    codes = [item.CodeValue for item in second.dataset.DeidentificationMethodCodeSequence or ()]
    assert codes == ["113100", "113101"]


# --- D11, D14, D15: failures ----------------------------------------------------------------------


def damaged() -> list[tuple[str, bytes]]:
    whole = dc.DicomFile.new(nested_ct()).to_bytes()
    return [
        ("not-dicom", b"nothing of the kind" * 20),
        ("empty", b""),
        ("cut", whole[:-40]),
        ("cut header", whole[:-3]),
        ("trailing", whole + SECRET.encode()),
        ("vr", whole.replace(b"\x10\0\x10\0PN", b"\x10\0\x10\0??")),
        (
            "no class",
            dc.DicomFile.new(ct()).to_bytes().replace(b"\x08\0\x16\0UI", b"\x08\0\x17\0UI"),
        ),
    ]


def nested_ct() -> dc.Dataset:
    ds = nested(planted(), 2)
    ds.SOPClassUID, ds.SOPInstanceUID = CT, "1.2.3.4"
    return ds


@pytest.mark.parametrize("name", [name for name, _ in damaged()])
def test_D11_what_is_not_understood_leaves_no_file(name: str, tmp_path: Path) -> None:
    source = tmp_path / f"{SECRET}.dcm"
    source.write_bytes(dict(damaged())[name])
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(deid.DeidentificationError) as caught:
        deid.deidentify_file(source, out / "x.dcm", BASIC, MAPPING)
    assert list(out.iterdir()) == []
    assert SECRET not in str(caught.value) + repr(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), type(again)) == (str(caught.value), type(caught.value))


@pytest.mark.parametrize(
    ("ds", "code"),
    [
        (dc.Dataset({"SOPInstanceUID": "1.2"}), "no-sop-class"),
        (dc.Dataset({"SOPClassUID": CT}), "no-instance-uid"),
        (dc.Dataset({"SOPClassUID": "1.2.3.4", "SOPInstanceUID": "1.2"}), "private-sop-class"),
        (dc.Dataset({"SOPClassUID": "1.2.840.10008.1.3.10", "SOPInstanceUID": "1.2"}), "directory"),
    ],
)
def test_D11_unsupported_objects(ds: dc.Dataset, code: str) -> None:
    with pytest.raises(deid.UnsupportedObject) as caught:
        deid.deidentify(ds, BASIC, MAPPING)
    assert caught.value.rule == code


def test_D11_a_rule_that_fails_lets_nothing_pass() -> None:
    rules: dict[int | str, deid.Rule] = {"Rows": deid.Replace("many")}
    with pytest.raises(deid.NotUnderstood) as caught:
        deid.deidentify(ct(Rows=1), deid.Profile.basic(rules=rules), MAPPING)
    assert caught.value.path == "(0028,0010)"


def test_D11_a_header_alone_is_refused(tmp_path: Path) -> None:
    dc.write(ct(**PIXELS), tmp_path / "a.dcm")
    with pytest.raises(deid.DeidentificationError, match="only the header"):
        deid.deidentify(dc.read_header(tmp_path / "a.dcm"), BASIC, MAPPING)


def test_D11_bytes_where_a_sequence_should_be() -> None:
    raw = dc.write_dataset(ct()) + b"\x40\x00\x60\x02UN\0\0\x08\0\0\0" + b"ANNWHOAN"
    with pytest.raises(deid.NotUnderstood, match="doubt"):
        deid.deidentify(dc.read_dataset(raw), BASIC, MAPPING)


@pytest.mark.parametrize(
    "more", [b"\x10\0\x10\0PN\x20\0Ann ", b"\x08\0\x18\0UI\4\0001.3\0", b"\x10\0\x10"]
)
def test_D11_a_data_set_without_its_file_is_looked_at_too(more: bytes) -> None:
    raw = dc.write_dataset(ct(PatientName="Ann")) + more
    with pytest.raises(deid.NotUnderstood):
        deid.deidentify(dc.read_dataset(raw), BASIC, MAPPING)
    whole = dc.read(dc.DicomFile.new(ct()).to_bytes() + more)
    for source in (whole, whole.dataset):
        with pytest.raises(deid.NotUnderstood):
            deid.deidentify(source, BASIC, MAPPING)


def test_D11_one_bad_file_stops_nothing(tmp_path: Path) -> None:
    good, bad, risky = (tmp_path / name for name in ("good", "bad", "risky"))
    dc.write(ct(), good)
    bad.write_bytes(b"bad")
    dc.write(ct(**PIXELS, BurnedInAnnotation="YES"), risky)
    sources = [bad, good, tmp_path / "missing", risky]
    outcomes = list(deid.deidentify_files(sources, tmp_path / "out", BASIC, MAPPING))
    assert [outcome.status for outcome in outcomes] == ["failed", "done", "failed", "quarantined"]
    assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 1
    assert "missing" not in str(outcomes[2].error)


def test_D11_the_source_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    dc.write(ct(PatientName=SECRET), path)
    before = path.read_bytes()
    with pytest.raises(deid.DeidentificationError, match="same file"):
        deid.deidentify_file(path, path, BASIC, MAPPING)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.dcm"]


def test_the_source_in_memory_stays_as_it_is() -> None:
    data = dc.DicomFile.new(nested_ct()).to_bytes()
    file = dc.read(data)
    deid.deidentify(file, BASIC, MAPPING)
    assert file.to_bytes() == data
    assert not file.is_edited


@pytest.mark.parametrize(
    "evil", ["a\r\nERROR: fake", "\x1b[31mred", "${jndi:ldap://x}", "%s%n{0}", "\u202egnp"]
)
def test_D14_D15_no_value_reaches_reports_or_errors(evil: str) -> None:
    text = f"{SECRET}{evil}"
    ds = ct(PatientID=NUMBER)
    ds.SpecificCharacterSet = "ISO_IR 192"
    data = dc.write_dataset(ds) + element(0x00100010, "PN", text) + element(0x00402017, "LO", text)
    source = dc.read_dataset(data)
    done = deid.deidentify(source, deid.Profile.basic("clean_descriptors"), MAPPING)
    shown = str(done.report) + repr(done.report) + repr(done.report.as_dict())
    assert leaks(shown.encode() + done.file.to_bytes(), SECRET, NUMBER) == []
    assert shown.isprintable() or set(shown) - set("\n") <= set(map(chr, range(32, 127)))


def element(tag: int, vr: str, text: str) -> bytes:
    raw = text.encode()
    raw += b" " * (len(raw) & 1)
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + vr.encode()
    return head + len(raw).to_bytes(2, "little") + raw


def test_the_report_counts_and_says_what_is_left() -> None:
    profile = deid.Profile.basic("retain_uids", "clean_descriptors", rules={"StationName": "keep"})
    ds = ct(
        **PIXELS,
        StudyDescription="CT chest",
        StationName="CT1",
        PatientName=SECRET,
        SegmentLabel="left lung",
    )
    done = deid.deidentify(ds, profile, MAPPING)
    report = done.report
    assert report.sop_instance == "1.2.3.4"
    assert report.options == ("clean_descriptors", "retain_uids")
    assert list(report.actions("(0008,1030)")) == ["cleaned"]
    assert list(report.actions("(0010,0010)")) == ["replaced"]
    assert {remark.code for remark in report.remarks} == {"pixels", "free-text", "uids", "rules"}
    left = next(remark.text for remark in report.remarks if remark.code == "free-text")
    assert left == "text stayed in (0008,1030), (0062,0005)"
    assert pickle.loads(pickle.dumps(report)) == report
    assert pickle.loads(pickle.dumps(profile)) == profile


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_links_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    source, out, outside = tmp_path / "ct.dcm", tmp_path / "out", tmp_path / "outside"
    dc.write(dc.DicomFile.new(ct()), source)
    out.mkdir()
    outside.mkdir()
    deid.deidentify_file(source, out, BASIC, MAPPING)
    (written,) = (path for path in out.rglob("*") if path.is_file())
    data = written.read_bytes()
    theirs = outside / "theirs.dcm"
    theirs.write_bytes(data)
    written.unlink()
    written.symlink_to(theirs)
    with pytest.raises(deid.DeidentificationError) as caught:
        deid.deidentify_file(source, out, BASIC, MAPPING)
    assert caught.value.rule == "instance-conflict"
    assert deid.deidentify_file(source, out, BASIC, MAPPING, replace=True).placed == "replaced"
    assert not written.is_symlink()
    assert written.read_bytes() == theirs.read_bytes() == data

    study = out / written.relative_to(out).parts[0]
    study.rename(outside / study.name)
    study.symlink_to(outside / study.name)
    with pytest.raises(deid.DeidentificationError, match="leads out") as caught:
        deid.deidentify_file(source, out, BASIC, MAPPING)
    assert caught.value.rule == "outside"
