"""Values that no database takes as they stand, or that are not what an attribute holds, are kept and given back."""

import pytest
from index_cases import Records
from index_state import entities_in, expected_entities, orphans_in

import dicom_core as dc
from dicom_archive import Record
from dicom_archive.index import Index
from dicom_archive.index._columns import (
    Forms,
    folded_groups,
    folded_words,
    given_text,
    kept_text,
    text_form,
    time_form,
)
from dicom_core.store import DuplicatePolicy
from dicom_core.store.testing import sample

RAW: dict[str, dict[str, tuple[str, bytes]]] = {
    "NUL in the Patient ID": {"PatientID": ("LO", b"P\0001")},
    "backslash in the Patient ID": {"PatientID": ("LO", b"P1\\P2")},
    "long Patient ID": {"PatientID": ("LO", b"P" * 20_000)},
    "long Patient ID and issuer": {"PatientID": ("LO", b"P" * 9000), "IssuerOfPatientID": ("LO", b"I" * 9000)},
    "Patient ID in no character set": {"PatientID": ("LO", b"\xff\xfe\x80P1")},
    "halves of surrogates": {"PatientID": ("LO", b"\xed\xa0\x80"), "PatientName": ("PN", b"\xed\xa0\x80^A")},
    "Patient ID as bytes": {"PatientID": ("OB", b"P1")},
    "NUL in a name": {"PatientName": ("PN", b"Doe^Ja\0ne")},
    "a name of many components": {"PatientName": ("PN", b"^".join(b"A%d" % k for k in range(20_000)))},
    "a name of many groups": {"PatientName": ("PN", b"=".join(b"A%d" % k for k in range(5000)))},
    "many names": {"PerformingPhysicianName": ("PN", b"\\".join(b"A%d^B" % k for k in range(3000)))},
    "a long word": {"PatientName": ("PN", "語".encode() * 20_000)},
    "a date that is none": {"StudyDate": ("DA", b"20249999"), "PatientBirthDate": ("DA", b"yesterday")},
    "a year and nothing else": {"StudyDate": ("DA", b"2024"), "PatientBirthDate": ("DA", b"1960")},
    "two dates": {"StudyDate": ("DA", b"20240101\\20240102")},
    "a time that is none": {"StudyTime": ("TM", b"noon")},
    "a date in a text": {"StudyDate": ("LO", b"20240101")},
    "a number beyond all": {"SeriesNumber": ("IS", b"9" * 19), "InstanceNumber": ("IS", b"9" * 20)},
    "a number that is none": {"SeriesNumber": ("IS", b"first"), "InstanceNumber": ("IS", b"1.5")},
    "two modalities": {"Modality": ("CS", b"CT\\MR")},
    "a long modality": {"Modality": ("CS", b"C" * 5000)},
    "NUL in the modality": {"Modality": ("CS", b"C\0T")},
    "long texts": {"StudyDescription": ("LO", b"d" * 9000), "AccessionNumber": ("SH", b"a" * 9000)},
    "very long comments": {"PatientComments": ("LT", b"c" * 200_000)},
    "percent and underscore": {"AccessionNumber": ("SH", b"%_?*'\"; DROP TABLE study")},
}  # fmt: skip


def _record(records: Records, values: dict[str, tuple[str, bytes]], instance: str) -> Record:
    dataset = dc.read(sample(instance, PatientName="Doe^Jane")).dataset
    for keyword, (vr, raw) in values.items():
        dataset.set_raw(keyword, vr, raw + b" " * (len(raw) % 2))
    return records.of(dc.DicomFile.new(dataset).to_bytes(), "A\0B")


@pytest.mark.parametrize("name", RAW)
def test_what_is_odd_is_kept_and_given_back(index: Index, name: str) -> None:
    records = Records()
    first = _record(records, RAW[name], "1.2.3.4")
    second = _record(records, RAW[name], "1.2.3.5")
    index.add([first, second])
    assert [kept.instance for kept in index.instances()[0]] == [first.instance, second.instance]
    assert index.find("1.2.3.4").instance == first.instance
    assert [(event.instance, event.sender) for event in index.events()] == [
        (first.instance, "A\0B"),
        (second.instance, "A\0B"),
    ]
    _compare(index, [first, second])
    # The other one becomes the first
    index.delete("1.2", instance="1.2.3.4")
    _compare(index, [second])
    index.add([_record(records, {}, "1.2.3.5")], DuplicatePolicy.REPLACE)
    index.delete("1.2")
    orphans_in(index)
    assert index.counts().patients == 0


def _compare(index: Index, records: list[Record]) -> None:
    orphans_in(index)
    for level in ("patient", "study", "series"):
        expected = expected_entities([record.dataset for record in records], level)
        for entity in expected:
            for keyword in ("PatientComments", "PatientName"):
                if len(str(entity.attributes.get(keyword))) > 60_000:
                    del entity.attributes[keyword]  # longer than what is kept
        found = entities_in(index, level)
        assert [entity.attributes for entity in found] == [entity.attributes for entity in expected]
        assert [entity.counts[:2] for entity in found] == [entity.counts[:2] for entity in expected]


@pytest.mark.parametrize("text", ["", "P1", "P\0", "\0", "\ud800x\udfff", "日本\0", "\\0"])
def test_kept_texts_are_given_back(text: str) -> None:
    kept = kept_text(text)
    assert "\0" not in kept
    kept.encode()
    if "\\" not in text:  # no value has one
        assert given_text(kept) == text


@pytest.mark.parametrize(
    ("text", "form"),
    [("A", "A"), ("x" * 256, "x" * 256), ("x" * 257, None), ("A\0", None), ("\udc80", None), ("é", "é")],
)  # fmt: skip
def test_texts_have_a_form_or_none(text: str, form: str | None) -> None:
    assert text_form(text) == form


def test_times_sort_as_they_follow_each_other() -> None:
    moments = [0, 1, 999_999, 1_000_000, 59_999_999, 60_000_000, 3_600_000_000, 86_399_999_999]
    forms = [time_form(moment) for moment in moments]
    assert forms == sorted(forms)
    assert forms[-1] == "235959.999999"
    assert {len(form) for form in forms} == {13}


@pytest.mark.parametrize(
    ("raw", "form", "odd"),
    [
        (b"20240102", "20240102", False),
        (b"2024.01.02", "20240102", False),
        (b"202401", None, True),
        (b"20240199", None, False),  # it cannot be decoded, and matches nothing
        (b"", None, False),
    ],
)
def test_a_date_has_a_form_where_it_is_one_day(raw: bytes, form: str | None, odd: bool) -> None:
    dataset = dc.Dataset()
    dataset.set_raw("StudyDate", "DA", raw)
    forms = Forms(dataset)
    assert (forms.date(0x00080020), forms.odd) == (form, odd)


def test_names_are_folded_group_by_group() -> None:
    assert folded_groups("DOE^Jane^^=山田^太郎= ﾔﾏﾀﾞ ^ﾀﾛｳ") == (
        "doe^jane",
        "山田^太郎",
        "ヤマダ^タロウ",
    )
    assert folded_words("Müller^Jürgen") == (("muller", "M460"), ("jurgen", "J625"))
    assert all(len(group) <= 256 for group in folded_groups("x" * 1000))
