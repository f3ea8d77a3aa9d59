"""The confidentiality profile: complete, consistent, and right where PS3.15 is known by heart."""

from collections import Counter

import pytest

from dicom_dict import (
    DeidentificationAction as Action,
)
from dicom_dict import (
    DeidentificationOption as Option,
)
from dicom_dict import (
    Tag,
    UnknownEntry,
    deidentification_actions,
    deidentification_concept,
    deidentification_concepts,
    deidentification_row,
    find_deidentification_concept,
    find_element,
)

ROWS = deidentification_actions()


def test_the_profile_is_complete() -> None:
    # Counted in the table of 2026d.
    assert len(ROWS) == 656
    assert Counter(row.basic.value for row in ROWS) == {
        "X": 416, "D": 93, "U": 55, "Z": 42, "X/D": 23, "X/Z": 11, "X/Z/D": 8, "Z/D": 6, "X/Z/U*": 2,
    }  # fmt: skip
    columns = Counter(option for row in ROWS for option in row.options)
    assert columns == {
        Option.RETAIN_LONGITUDINAL_FULL_DATES: 169,
        Option.RETAIN_LONGITUDINAL_MODIFIED_DATES: 169,
        Option.CLEAN_DESCRIPTORS: 139,
        Option.RETAIN_UIDS: 60,
        Option.RETAIN_DEVICE_IDENTITY: 59,
        Option.RETAIN_PATIENT_CHARACTERISTICS: 19,
        Option.RETAIN_INSTITUTION_IDENTITY: 10,
        Option.CLEAN_STRUCTURED_CONTENT: 4,
        Option.CLEAN_GRAPHICS: 4,
        Option.RETAIN_SAFE_PRIVATE: 1,
    }


def test_options_have_a_column_or_are_about_pixels() -> None:
    without = {option for option in Option if not option.has_column}
    assert without == {Option.CLEAN_PIXEL_DATA, Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES}
    assert {option for row in ROWS for option in row.options} == set(Option) - without


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (Option.CLEAN_PIXEL_DATA, "113101"),
        (Option.CLEAN_RECOGNIZABLE_VISUAL_FEATURES, "113102"),
        (Option.CLEAN_GRAPHICS, "113103"),
        (Option.CLEAN_STRUCTURED_CONTENT, "113104"),
        (Option.CLEAN_DESCRIPTORS, "113105"),
        (Option.RETAIN_LONGITUDINAL_FULL_DATES, "113106"),
        (Option.RETAIN_LONGITUDINAL_MODIFIED_DATES, "113107"),
        (Option.RETAIN_PATIENT_CHARACTERISTICS, "113108"),
        (Option.RETAIN_DEVICE_IDENTITY, "113109"),
        (Option.RETAIN_UIDS, "113110"),
        (Option.RETAIN_SAFE_PRIVATE, "113111"),
        (Option.RETAIN_INSTITUTION_IDENTITY, "113112"),
    ],
)
def test_each_option_records_its_code(option: Option, code: str) -> None:
    assert option.code == code
    # The name of the option is in the meaning of its code.
    words = option.value.replace("uids", "UIDs").split("_")
    assert all(word.lower() in option.meaning.lower() for word in words), option.meaning


def test_every_row_is_about_an_element_of_the_dictionary() -> None:
    unknown = [row for row in ROWS if not row.pattern and find_element(row.tag) is None]
    # Display URI is newer than the element table (2026b).
    assert {row.tag for row in unknown} <= {0x0040E012}
    assert [row.pattern for row in ROWS if row.pattern] == [
        "50xxxxxx",
        "60xx4000",
        "60xx3000",
        "private",
    ]
    assert len({row.tag for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.name == " ".join(row.name.split())
        assert row.keyword or row.pattern or row in unknown


def test_what_is_retired_here_is_retired_in_the_dictionary() -> None:
    for row in ROWS:
        element = None if row.pattern else find_element(row.tag)
        if element is not None and not element.retired:
            assert not row.retired, row.name


@pytest.mark.parametrize(
    ("tag", "basic", "options"),
    [
        ("PatientName", "Z", {}),
        ("PatientID", "Z/D", {}),
        ("PatientBirthDate", "Z", {}),
        ("PatientSex", "Z", {Option.RETAIN_PATIENT_CHARACTERISTICS: "K"}),
        ("SOPInstanceUID", "U", {Option.RETAIN_UIDS: "K"}),
        ("StudyDescription", "X", {Option.CLEAN_DESCRIPTORS: "C"}),
        (
            "StudyDate", "Z",
            {Option.RETAIN_LONGITUDINAL_FULL_DATES: "K", Option.RETAIN_LONGITUDINAL_MODIFIED_DATES: "C"},
        ),
        ("ReferencedImageSequence", "X/Z/U*", {Option.RETAIN_UIDS: "K"}),
        (0x50101234, "X", {Option.CLEAN_GRAPHICS: "C"}),
        (0x60FE3000, "X", {Option.CLEAN_GRAPHICS: "C"}),
        (0x60004000, "X", {Option.CLEAN_GRAPHICS: "C"}),
        (0x00290010, "X", {Option.RETAIN_SAFE_PRIVATE: "C"}),
        (0x50011234, "X", {Option.RETAIN_SAFE_PRIVATE: "C"}),
    ],
)  # fmt: skip
def test_known_rows(tag: int | str, basic: str, options: dict[Option, str]) -> None:
    row = deidentification_row(tag)
    assert row is not None
    assert (row.basic, dict(row.options)) == (basic, options)


@pytest.mark.parametrize("tag", ["Rows", "PixelData", 0x60000010, 0x00280010, 0x51000000])
def test_what_the_profile_leaves_alone(tag: int | str) -> None:
    assert deidentification_row(tag) is None


def test_an_unknown_keyword_names_the_nearest() -> None:
    with pytest.raises(UnknownEntry, match="did you mean PatientName"):
        deidentification_row("PatientNam")


def test_each_row_is_found_by_its_tag() -> None:
    for row in ROWS:
        assert deidentification_row(row.tag) is row
        assert deidentification_row(int(row.tag)) is row
        assert isinstance(row.tag, Tag)


def test_actions_say_what_they_mean_and_fall_apart_into_simple_ones() -> None:
    assert all(action.meaning for action in Action)
    assert Action.REMOVE.meaning == "remove"
    assert Action.REMOVE_OR_ZERO_OR_REPLACE_UIDS.choices == (
        Action.REMOVE,
        Action.ZERO,
        Action.REPLACE_UID,
    )
    assert Action.KEEP.choices == (Action.KEEP,)
    assert all(len(simple) == 1 for action in Action for simple in action.choices)


def test_concepts_of_content_items() -> None:
    # Counted in table E.3.4-1 of 2023b.
    rows = deidentification_concepts()
    assert len(rows) == 209
    assert Counter(row.basic.value for row in rows) == {"X": 130, "D": 60, "X/D": 19}
    assert Counter(row.scheme for row in rows)["DCM"] == 184
    assert Counter(option for row in rows for option in row.options)[Option.RETAIN_UIDS] == 61
    for row in rows:
        assert deidentification_concept(row.code, row.scheme, row.value_type).meaning == row.meaning


def test_a_concept_by_its_code() -> None:
    row = deidentification_concept("126201", "DCM")
    assert (row.meaning, row.value_type, row.basic) == ("Acquisition Date", "DATE", Action.REMOVE)
    assert row.options[Option.RETAIN_LONGITUDINAL_FULL_DATES] is Action.KEEP
    assert find_deidentification_concept("126201", "DCM", "NUM") is None
    assert find_deidentification_concept("1", "99LOCAL") is None
    with pytest.raises(
        UnknownEntry, match=r"no concept of table E.3.4-1 '\(126291, DCM\)'; did you mean"
    ):
        deidentification_concept("126291", "DCM")
