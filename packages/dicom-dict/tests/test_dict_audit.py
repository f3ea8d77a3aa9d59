"""The audit messages: all of them, with all their fields."""

import pytest

from dicom_dict import (
    AuditCode,
    UnknownEntry,
    audit_fields,
    audit_message,
    audit_messages,
    audit_values,
)

# Rows counted in tables A.5.3.1-1 to A.5.3.15-1 of 2023b.
MESSAGES = {
    "Application Activity": ("110100", 19),
    "Audit Log Used": ("110101", 29),
    "Begin Transferring DICOM Instances": ("110102", 52),
    "Data Export": ("110106", 54),
    "Data Import": ("110107", 54),
    "DICOM Instances Accessed": ("110103", 38),
    "DICOM Instances Transferred": ("110104", 52),
    "DICOM Study Deleted": ("110105", 38),
    "Network Entry": ("110108", 12),
    "Query": ("110112", 42),
    "Security Alert": ("110113", 35),
    "User Authentication": ("110114", 19),
    "Order Record": ("110109", 22),
    "Patient Record": ("110110", 22),
    "Procedure Record": ("110111", 38),
}


def test_the_messages_are_complete() -> None:
    found = {
        message.name: (
            message.event_id.code,
            sum(len(entity.fields) for entity in message.entities),
        )
        for message in audit_messages()
    }
    assert found == MESSAGES


def test_a_message_is_found_by_name_event_and_code() -> None:
    message = audit_message("Data Export")
    assert message is audit_message("Export") is audit_message("110106")
    assert message.event_id == AuditCode("110106", "DCM", "Export")
    with pytest.raises(UnknownEntry, match="did you mean Data Export"):
        audit_message("Data Exprt")


def test_each_message_begins_with_the_event_and_has_a_participant() -> None:
    for message in audit_messages():
        assert [field.name for field in message.event.fields] == [
            "EventID", "EventActionCode", "EventDateTime", "EventOutcomeIndicator", "EventTypeCode",
        ]  # fmt: skip
        assert message.event.kind == "Event"
        assert message.of_kind("Active Participant")
        for entity in message.entities:
            assert entity.role or entity.kind == "Event"
            assert entity.most is None or entity.least <= entity.most
            first = "ParticipantObjectTypeCode" if entity.kind == "Participant Object" else "UserID"
            assert entity.kind == "Event" or entity.fields[0].name == first


def test_a_message_in_detail() -> None:
    message = audit_message("Begin Transferring DICOM Instances")
    roles = [(entity.kind, entity.role, entity.least, entity.most) for entity in message.entities]
    assert roles == [
        ("Event", "", 1, 1),
        ("Active Participant", "Process Sending the Data", 1, 1),
        ("Active Participant", "Process receiving the data", 1, 1),
        ("Active Participant", "Other Participants", 0, None),
        ("Participant Object", "Studies being transferred", 1, None),
        ("Participant Object", "Patient", 1, 1),
    ]
    sender = message.entities[1]
    assert sender.field("RoleIDCode").codes == (AuditCode("110153", "DCM", "Source Role ID"),)
    assert sender.field("UserName").constraint == ""
    assert sender.field("UserID").optionality == "M"
    patient = message.entities[-1]
    values = [
        (value.value, value.meaning)
        for value in patient.field("ParticipantObjectIDTypeCode").values
    ]
    assert values == [("2", "Patient Number")]
    with pytest.raises(UnknownEntry, match="did you mean UserName"):
        sender.field("Username")


def test_alternatives_are_taken_apart() -> None:
    login = audit_message("User Authentication").event.field("EventTypeCode")
    assert [code.meaning for code in login.codes] == ["Login", "Logout"]
    action = audit_message("DICOM Instances Transferred").event.field("EventActionCode")
    assert [(value.value, value.meaning) for value in action.values] == [
        ("C", "create"),
        ("R", "read"),
        ("U", "update"),
    ]
    alert = audit_message("Security Alert")
    assert alert.event.field("EventTypeCode").context_groups == (403,)
    subject = alert.of_kind("Participant Object")[0].field("ParticipantObjectIDTypeCode")
    assert [value.value for value in subject.values] == ["12"]
    assert [code.code for code in subject.codes] == ["110182"]


def test_the_general_format() -> None:
    fields = audit_fields()
    assert len(fields) == 32
    assert {field.entity for field in fields.values()} == {
        "Event", "Active Participant", "Audit Source", "Participant Object",
    }  # fmt: skip
    assert fields["EventID"].context_groups == (400,)
    assert fields["EventID"].optionality == "M"
    assert {field.optionality for field in fields.values()} == {"M", "U", "MC"}


def test_fields_of_messages_are_fields_of_the_format() -> None:
    known = set(audit_fields())
    # Names that the messages use and the general format leaves out or spells otherwise.
    extra = {"Instances", "MediaIdentifier", "MediaType", "ParticipantObjectDescription"}
    for message in audit_messages():
        for entity in message.entities:
            assert {field.name for field in entity.fields} <= known | extra


@pytest.mark.parametrize(
    ("field", "count", "value", "meaning"),
    [
        ("AuditSourceTypeCode", 9, "4", "Application server process tier in a multi-tier system"),
        ("ParticipantObjectTypeCodeRole", 26, "3", "Report"),
        ("ParticipantObjectDataLifeCycle", 15, "7", "De-identification"),
        ("ParticipantObjectIDTypeCode", 12, "12", "URI"),
        ("EventOutcomeIndicator", 4, "0", "Success"),
        ("ParticipantObjectTypeCode", 4, "2", "System Object"),
        ("NetworkAccessPointTypeCode", 5, "2", "IP Address"),
    ],
)
def test_values_of_coded_fields(field: str, count: int, value: str, meaning: str) -> None:
    values = audit_values(field)
    assert len(values) == count
    assert {row.value: row.meaning for row in values}[value] == meaning


def test_action_codes() -> None:
    assert [row.value for row in audit_values("EventActionCode")] == ["C", "R", "U", "D", "E"]
    assert (
        audit_values("ParticipantObjectTypeCodeRole")[3].note == "1 - Person, or 3 - Organization"
    )
    with pytest.raises(UnknownEntry, match="did you mean EventActionCode"):
        audit_values("EventActioncode")


def test_values_that_messages_prescribe_are_values_of_the_field() -> None:
    for message in audit_messages():
        for entity in message.entities:
            for field in entity.fields:
                if field.values:
                    assert {row.value for row in field.values} <= {
                        row.value for row in audit_values(field.name)
                    }
