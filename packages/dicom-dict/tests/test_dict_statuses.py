"""DIMSE statuses: every code has a class, known codes their meaning, and nothing raises."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_dict import (
    DimseService,
    Status,
    StatusCategory,
    UnknownEntry,
    failure_reason,
    failure_reasons,
    find_element,
    status,
    status_category,
    status_types,
    statuses,
)

S, W, F, C, P = (
    StatusCategory.SUCCESS,
    StatusCategory.WARNING,
    StatusCategory.FAILURE,
    StatusCategory.CANCEL,
    StatusCategory.PENDING,
)


def expected(code: int) -> StatusCategory:
    """The convention of PS3.7 Annex C, written down a second time."""
    if code == 0:
        return S
    if code in {0x0001, 0x0107, 0x0116} or code >> 12 == 0xB:
        return W
    if code == 0xFE00:
        return C
    return P if code in {0xFF00, 0xFF01} else F


def test_each_of_the_65536_codes_has_its_class() -> None:
    assert all(status_category(code) is expected(code) for code in range(0x10000))


def test_the_status_types_are_complete() -> None:
    types = status_types()
    assert len(types) == 31
    assert Counter(row.category for row in types) == {S: 1, P: 1, C: 1, W: 3, F: 25}
    assert sum(row.code is not None for row in types) == 24
    assert sorted(row.code for row in types if row.code is not None and row.category is F) == [
        0x0105, 0x0106, 0x0110, 0x0111, 0x0112, 0x0113, 0x0114, 0x0115, 0x0117, 0x0118, 0x0119,
        0x0120, 0x0121, 0x0122, 0x0123, 0x0124, 0x0210, 0x0211, 0x0212, 0x0213,
    ]  # fmt: skip
    for row in types:
        assert row.services, row.name
        assert row.code is None or status_category(row.code) is row.category


def test_which_services_answer_with_a_type() -> None:
    by_name = {row.name: row for row in status_types()}
    assert set(by_name["Success"].services) == set(DimseService)
    assert by_name["Refused: Move Destination unknown"].services == (DimseService.C_MOVE,)
    assert by_name["No such Action Type"].services == (DimseService.N_ACTION,)
    assert DimseService.C_ECHO in by_name["Refused: SOP Class not supported"].services
    assert by_name["Attribute List warning"].services == (
        DimseService.N_GET, DimseService.N_SET, DimseService.N_CREATE,
    )  # fmt: skip


def test_rows_are_consistent() -> None:
    rows = list(statuses())
    assert len(rows) == 24 + sum(1 for row in rows if row.table.startswith("PS3.4"))
    for row in rows:
        assert row.is_known
        assert row.meaning
        assert row.services
        assert status_category(row.code) is row.category
        assert all(find_element(tag) is not None and tag.group == 0 for tag in row.fields)
    assert len({row.table for row in rows if row.table.startswith("PS3.4")}) == 37


@pytest.mark.parametrize(
    ("code", "service", "category", "meaning", "table"),
    [
        (0x0000, None, S, "Success", "PS3.7 C.1.1"),
        (0x0000, "C-STORE", S, "Success", "PS3.4 B.2-1"),
        (0x0000, "C-ECHO", S, "Success", "PS3.7 C.1.1"),
        (0x0000, "N-ACTION", S, "Success", "PS3.7 C.1.1"),
        (0xA700, "C-STORE", F, "Refused: Out of Resources", "PS3.4 B.2-1"),
        (0xA7FF, "C-STORE", F, "Refused: Out of Resources", "PS3.4 B.2-1"),
        (0xA9AB, "C-STORE", F, "Error: Data Set does not match SOP Class", "PS3.4 B.2-1"),
        (0xC123, "C-STORE", F, "Error: Cannot understand", "PS3.4 B.2-1"),
        (0xB000, "C-STORE", W, "Coercion of Data Elements", "PS3.4 B.2-1"),
        (0xB006, "C-STORE", W, "Elements Discarded", "PS3.4 B.2-1"),
        (0xB007, "C-STORE", W, "Data Set does not match SOP Class", "PS3.4 B.2-1"),
        (0xA700, "C-FIND", F, "Refused: Out of Resources", "PS3.4 C.4-1"),
        (0xC100, "C-FIND", F, "Unable to process", "PS3.4 C.4-1"),
        (0xFE00, "C-FIND", C, "Matching terminated due to Cancel request", "PS3.4 C.4-1"),
        (
            0xA701,
            "C-MOVE",
            F,
            "Refused: Out of Resources - Unable to calculate number of matches",
            "PS3.4 C.4-2",
        ),
        (0xA801, "C-MOVE", F, "Refused: Move Destination unknown", "PS3.4 C.4-2"),
        (0xB000, "C-MOVE", W, "Sub-operations Complete - One or more Failures", "PS3.4 C.4-2"),
        (0xFF00, "C-GET", P, "Sub-operations are continuing", "PS3.4 C.4-3"),
        (
            0xAA00,
            "C-GET",
            F,
            "None of the frames requested were found in the SOP Instance",
            "PS3.4 Y.4-2",
        ),
        (0x0122, "C-FIND", F, "Refused: SOP Class not supported", "PS3.7 C.5.6"),
        (0x0110, "N-SET", F, "Processing Failure", "PS3.7 C.5.21"),
        (0x0107, "N-SET", W, "Attribute List warning", "PS3.7 C.4.2"),
        (0x0112, "N-GET", F, "No such SOP Instance", "PS3.7 C.5.19"),
        (0xC302, "N-ACTION", F, "Refused: The UPS is already IN PROGRESS", "PS3.4 CC.2.1-2"),
        (0xFE00, None, C, "Cancel", "PS3.7 C.3.1"),
    ],
)
def test_known_codes(
    code: int, service: str | None, category: StatusCategory, meaning: str, table: str
) -> None:
    found = status(code, service)
    assert (found.category, found.meaning, found.table) == (category, meaning, table)
    assert found.code == code
    assert found.is_known


@pytest.mark.parametrize(
    ("code", "service", "service_class", "meaning"),
    [
        (0xC100, "C-FIND", "Relevant Patient Information Query", "More than one match found"),
        (0xB603, "N-ACTION", "Print Management",
         "Film Box SOP Instance hierarchy does not contain Image Box SOP Instances (empty page)"),
        (0xC313, "N-ACTION", "Unified Procedure Step", "Refused: Performer chooses not to cancel"),
        (0x0000, "N-CREATE", "Unified Procedure Step", "The UPS was created as requested"),
        (0x0112, "N-ACTION", "Unified Procedure Step", "No such SOP Instance"),
        (0xA510, "N-ACTION", "Media Creation Management",
         "Refused because an Initiate Media Creation action has already been received for this SOP Instance."),
        (0xC227, "N-CREATE", "RT Machine Verification", "No such object instance - Referenced RT Plan not found"),
    ],
)  # fmt: skip
def test_codes_of_a_service_class(
    code: int, service: str, service_class: str, meaning: str
) -> None:
    assert status(code, service, service_class).meaning == meaning


def test_mpps_says_more_about_a_general_code() -> None:
    found = status(0x0110, "N-SET", "Procedure Step")
    assert found.meaning.startswith(
        "Processing Failure; Error Comment: Performed Procedure Step Object may no longer"
    )
    assert [str(tag) for tag in found.fields] == ["(0000,0902)", "(0000,0903)"]


def test_related_fields() -> None:
    assert [tag.keyword for tag in status(0xFF00, "C-MOVE").fields] == [
        "NumberOfRemainingSuboperations",
        "NumberOfCompletedSuboperations",
        "NumberOfFailedSuboperations",
        "NumberOfWarningSuboperations",
    ]
    assert [tag.keyword for tag in status(0x0107).fields] == [
        "AffectedSOPClassUID", "AffectedSOPInstanceUID", "AttributeIdentifierList",
    ]  # fmt: skip


def test_a_code_whose_meaning_depends_on_the_service_is_not_guessed() -> None:
    found = status(0xB000)
    assert not found.is_known
    assert found.category is W
    assert found.meaning == "a meaning that depends on the service"
    assert str(found) == "B000H (Warning: a meaning that depends on the service)"


def test_a_code_of_no_table() -> None:
    found = status(0x9999, "C-STORE")
    assert found == Status(0x9999, "", F, "not assigned by the standard", (), "", "", (), "")
    assert not found.is_known


@given(
    st.integers(0, 0xFFFF),
    st.none() | st.sampled_from(list(DimseService)),
    st.none() | st.sampled_from(sorted({row.service_class for row in statuses()} - {""})),
)
def test_every_code_is_usable(code: int, service: str | None, service_class: str | None) -> None:
    found = status(code, service, service_class)
    assert found.code == code
    assert found.category is expected(code)
    assert found.meaning
    assert str(found).startswith(f"{code:04X}H (")
    if found.service_class and service is not None:
        assert service in found.services


@pytest.mark.parametrize("code", [-1, 0x10000])
def test_what_is_no_code(code: int) -> None:
    with pytest.raises(ValueError, match="not a status code"):
        status(code)


def test_unknown_names_name_the_nearest() -> None:
    with pytest.raises(UnknownEntry, match="did you mean C-STORE"):
        status(0, "C-STOR")
    with pytest.raises(UnknownEntry, match="did you mean Print Management"):
        status(0, "N-SET", "Print Managment")
    with pytest.raises(UnknownEntry):
        list(statuses("X-RAY"))


def test_listing_by_service() -> None:
    store = list(statuses("C-STORE", "Storage"))
    assert [row.pattern for row in store] == [
        "A7xx",
        "A9xx",
        "Cxxx",
        "B000",
        "B007",
        "B006",
        "0000",
    ]
    assert {row.table for row in statuses("C-ECHO")} <= {
        row.table for row in statuses() if row.table.startswith("PS3.7")
    }
    assert not P.is_final
    assert all(category.is_final for category in (S, W, F, C))


def test_the_reasons_why_an_instance_is_not_committed() -> None:
    # PS3.3 C.14.1.1, written down a second time
    assert {reason.code: reason.meaning for reason in failure_reasons()} == {
        0x0110: "Processing Failure",
        0x0112: "No such SOP Instance",
        0x0119: "Class/Instance conflict",
        0x0122: "Referenced SOP Class not supported",
        0x0131: "Duplicate Transaction UID",
        0x0213: "Resource limitation",
    }
    assert {reason.category for reason in failure_reasons()} == {F}
    assert failure_reason(0x0213).service_class == "Storage Commitment"


@given(st.integers(0, 0xFFFF))
def test_any_other_reason_is_a_status_of_storing(code: int) -> None:
    known = {reason.code: reason for reason in failure_reasons()}
    assert failure_reason(code) == known.get(code, status(code, "C-STORE"))
