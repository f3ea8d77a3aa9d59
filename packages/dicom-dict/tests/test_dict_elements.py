"""The data dictionary: look-up in every direction, repeating groups, and what an unknown name answers."""

import pickle

import pytest

import dicom_dict as dd
from dicom_dict import VM, VR, Tag, UnknownEntry, element

ENTRIES = tuple(dd.elements())


def test_the_table_is_complete() -> None:
    # PS3.6 2026b tables 6-1, 7-1, 8-1 and 9-1 have 5,308 rows; PS3.7 E.1-1 and E.2-1 have 24 and 22.
    assert len(ENTRIES) == 5308 + 24 + 22
    assert [entry.tag for entry in ENTRIES] == sorted(entry.tag for entry in ENTRIES)
    assert sum(1 for entry in ENTRIES if entry.tag.group == 0x0000) == 46
    assert sum(1 for entry in ENTRIES if entry.tag.group == 0x0002) > 20
    assert sum(1 for entry in ENTRIES if entry.pattern) == 88


def test_tag_keyword_and_name_lead_to_the_same_entry() -> None:
    for entry in ENTRIES:
        assert element(entry.tag) == entry
        if entry.keyword:
            assert element(entry.keyword) == entry
            assert entry.tag.keyword == entry.keyword


def test_names_lead_to_an_entry_of_that_name() -> None:
    for entry in ENTRIES:
        if entry.name:
            assert element(entry.name).name == entry.name


@pytest.mark.parametrize(
    "key",
    [
        "PatientName",
        "Patient's Name",
        0x00100010,
        Tag(0x10, 0x10),
        "(0010,0010)",
        "0010,0010",
        "00100010",
    ],
)
def test_every_form_of_a_key_is_understood(key: int | str) -> None:
    assert element(key) == (
        Tag(0x00100010),
        "PatientName",
        "Patient's Name",
        (VR.PN,),
        VM.parse("1"),
        False,
        "",
        "",
    )


def test_entries_are_values() -> None:
    entry = element("PatientName")
    assert entry == pickle.loads(pickle.dumps(entry))
    assert len({entry, element(0x00100010)}) == 1
    with pytest.raises(AttributeError):
        entry.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("tag", "keyword", "pattern"),
    [
        (0x60023000, "OverlayData", "60xx3000"),
        (0x601E0010, "OverlayRows", "60xx0010"),
        (0x50003000, "CurveData", "50xx3000"),
        (0x00203142, "SourceImageIDs", "002031xx"),
        (0x00280410, "RowsForNthOrderCoefficients", "002804x0"),
        (0x00280400, "TransformLabel", ""),
        (0x7F000010, "VariablePixelData", "7Fxx0010"),
        (0x7FE00010, "PixelData", ""),
        (0x100ABCD3 & ~0xFFFF0000 | 0x10000000, "HuffmanTableTriplet", "1000xxx3"),
    ],
)
def test_repeating_groups(tag: int, keyword: str, pattern: str) -> None:
    entry = element(tag)
    assert (entry.tag, entry.keyword, entry.pattern) == (tag, keyword, pattern)


@pytest.mark.parametrize("tag", [0x60013000, 0x50013000, 0x7F010010, 0x00091001])
def test_odd_groups_are_private_and_not_in_the_dictionary(tag: int) -> None:
    assert dd.find_element(tag) is None


@pytest.mark.parametrize(
    ("asked", "suggestion"),
    [
        ("PatientNme", "PatientName"),
        ("patientname", "PatientName"),
        ("StudyInstanceUid", "StudyInstanceUID"),
        (0x00100011 + 0x100, "(0010,0102) PatientPrimaryLanguageModifierCodeSequence"),
        ("0010,0111", "(0010,0102) PatientPrimaryLanguageModifierCodeSequence"),
    ],
)
def test_an_unknown_element_names_the_nearest(asked: int | str, suggestion: str) -> None:
    with pytest.raises(UnknownEntry) as caught:
        element(asked)
    assert caught.value.suggestions[0] == suggestion
    assert caught.value.table == "data element"
    assert "did you mean" in str(caught.value)
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, dd.DicomError)


def test_nothing_near_is_said_plainly() -> None:
    with pytest.raises(UnknownEntry, match=r"^no data element 'Qqqqqqqqqqq'$"):
        element("Qqqqqqqqqqq")


def test_errors_survive_pickling() -> None:
    with pytest.raises(UnknownEntry) as caught:
        element("PatientNme")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_table_for_implicit_vr_agrees_with_the_entries() -> None:
    table = dd.vr_by_tag()
    assert dict(table) == {int(entry.tag): " ".join(entry.vrs) for entry in ENTRIES}


def test_every_named_tag_is_a_tag() -> None:
    names = [name for name in dir(dd.tags) if not name.startswith("_")]
    assert len(names) == sum(1 for entry in ENTRIES if entry.keyword)
    for name in names:
        tag = getattr(dd.tags, name)
        assert type(tag) is Tag
        assert tag == element(name).tag


def test_a_misspelt_tag_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"no keyword 'PatientNme'; did you mean PatientName"):
        dd.tags.PatientNme  # type: ignore[attr-defined]  # noqa: B018
