"""Command sets: every message, against pynetdicom's bytes, and what peers get wrong."""

import struct
from collections.abc import Callable
from io import BytesIO
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.tag import Tag as PydicomTag
from pynetdicom import dimse_messages, dimse_primitives
from pynetdicom.dsutils import encode as pynetdicom_encode

from dicom_core import Tag
from dicom_net import LocalProtocolError, RemoteProtocolError
from dicom_net.dimse import (
    CCancelRQ,
    CEchoRQ,
    CEchoRSP,
    CFindRQ,
    CFindRSP,
    CGetRQ,
    CGetRSP,
    CMoveRQ,
    CMoveRSP,
    Command,
    CommandField,
    CStoreRQ,
    CStoreRSP,
    InvalidRQ,
    InvalidRSP,
    NActionRQ,
    NActionRSP,
    NCreateRQ,
    NCreateRSP,
    NDeleteRQ,
    NDeleteRSP,
    NEventReportRQ,
    NEventReportRSP,
    NGetRQ,
    NGetRSP,
    NSetRQ,
    NSetRSP,
    Priority,
    Request,
    Response,
    _hot,
    decode,
    encode,
    refusal,
)
from dicom_net.dimse._decode import _slowly as decode_slowly
from dicom_net.dimse._encode import _slowly as encode_slowly

CT = "1.2.840.10008.5.1.4.1.1.2"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
COMMITMENT = "1.2.840.10008.1.20.1"
NAME, ID = Tag(0x00100010), Tag(0x00100020)

# Each message in its shortest and its longest form
MESSAGES: list[Command] = [
    CEchoRQ(message_id=1),
    CEchoRSP(responded_to=1, status=0),
    CEchoRSP(responded_to=1, status=0, affected_sop_class="1.2.840.10008.1.1"),
    CEchoRSP(responded_to=65535, status=0x0122, comment="not here"),
    CStoreRQ(message_id=7, affected_sop_class=CT, affected_sop_instance="1.2.3"),
    CStoreRQ(message_id=7, affected_sop_class=CT, affected_sop_instance="1.2.34", priority=Priority.HIGH),
    CStoreRQ(
        message_id=65535,
        affected_sop_class=CT,
        affected_sop_instance="1.2.3",
        priority=Priority.LOW,
        move_originator="MOVER",
        move_originator_id=4711,
    ),
    CStoreRSP(responded_to=7, status=0),
    CStoreRSP(responded_to=7, status=0, affected_sop_class=CT, affected_sop_instance="1.2.3"),
    CStoreRSP(responded_to=7, status=0, affected_sop_class=CT),
    CStoreRSP(responded_to=7, status=0xA900, comment="odd", offending=(NAME, ID)),
    CFindRQ(message_id=2, affected_sop_class=FIND),
    CFindRQ(message_id=2, affected_sop_class=FIND, priority=Priority.HIGH),
    CFindRSP(responded_to=2, status=0xFF00, affected_sop_class=FIND, has_data=True),
    CFindRSP(responded_to=2, status=0),
    CFindRSP(responded_to=2, status=0xA900, comment="what?", offending=(NAME,)),
    CGetRQ(message_id=3, affected_sop_class=FIND),
    CGetRSP(responded_to=3, status=0xFF00, affected_sop_class=FIND, remaining=3, completed=0, failed=1, warning=2),
    CGetRSP(responded_to=3, status=0xB000, has_data=True, completed=5, failed=1, warning=0, comment="one"),
    CMoveRQ(message_id=4, affected_sop_class=FIND, destination="STORE"),
    CMoveRSP(responded_to=4, status=0xFF00, affected_sop_class=FIND, remaining=3, completed=0, failed=1, warning=2),
    CMoveRSP(responded_to=4, status=0xA801, comment="who?"),
    CCancelRQ(responded_to=4),
    NEventReportRQ(message_id=5, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9", event_type=2, has_data=True),
    NEventReportRSP(responded_to=5, status=0, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9", event_type=2),
    NEventReportRSP(responded_to=5, status=0x0110, comment="no", error_id=9),
    NGetRQ(message_id=6, requested_sop_class=COMMITMENT, requested_sop_instance="1.2.9"),
    NGetRQ(message_id=6, requested_sop_class=COMMITMENT, requested_sop_instance="1.2.9", attributes=(NAME, ID)),
    NGetRSP(responded_to=6, status=0, has_data=True, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9"),
    NSetRQ(message_id=8, requested_sop_class=COMMITMENT, requested_sop_instance="1.2.9"),
    NSetRSP(responded_to=8, status=0x0107, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9", has_data=True),
    NActionRQ(message_id=9, requested_sop_class=COMMITMENT, requested_sop_instance="1.2.9", action_type=1, has_data=True),
    NActionRSP(responded_to=9, status=0, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9", action_type=1),
    NCreateRQ(message_id=10, affected_sop_class=COMMITMENT, has_data=True),
    NCreateRQ(message_id=10, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9"),
    NCreateRSP(responded_to=10, status=0, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9", has_data=True),
    NDeleteRQ(message_id=11, requested_sop_class=COMMITMENT, requested_sop_instance="1.2.9"),
    NDeleteRSP(responded_to=11, status=0x0112, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.9"),
]  # fmt: skip
NAMES = [f"{number}-{type(message).__name__}" for number, message in enumerate(MESSAGES)]

# Our fields under pynetdicom's names
THEIRS = {
    "message_id": "MessageID",
    "responded_to": "MessageIDBeingRespondedTo",
    "affected_sop_class": "AffectedSOPClassUID",
    "affected_sop_instance": "AffectedSOPInstanceUID",
    "requested_sop_class": "RequestedSOPClassUID",
    "requested_sop_instance": "RequestedSOPInstanceUID",
    "priority": "Priority",
    "status": "Status",
    "comment": "ErrorComment",
    "offending": "OffendingElement",
    "error_id": "ErrorID",
    "destination": "MoveDestination",
    "move_originator": "MoveOriginatorApplicationEntityTitle",
    "move_originator_id": "MoveOriginatorMessageID",
    "remaining": "NumberOfRemainingSuboperations",
    "completed": "NumberOfCompletedSuboperations",
    "failed": "NumberOfFailedSuboperations",
    "warning": "NumberOfWarningSuboperations",
    "event_type": "EventTypeID",
    "action_type": "ActionTypeID",
    "attributes": "AttributeIdentifierList",
}


DATA_SETS = {
    ("C_STORE", "RQ"): "DataSet",
    ("N_EVENT_REPORT", "RQ"): "EventInformation",
    ("N_GET", "RSP"): "AttributeList",
    ("N_SET", "RQ"): "ModificationList",
    ("N_SET", "RSP"): "AttributeList",
    ("N_ACTION", "RQ"): "ActionInformation",
    ("N_CREATE", "RQ"): "AttributeList",
    ("N_CREATE", "RSP"): "AttributeList",
}


def theirs(message: Command) -> bytes:
    """The command set that pynetdicom makes of the same fields."""
    name = CommandField(message.command_field).name
    service, kind = name.rsplit("_", 1)
    primitive = getattr(dimse_primitives, service)()
    for ours, their in THEIRS.items():
        value = getattr(message, ours, None)
        if value is None or value in ((), ""):
            continue
        if ours in {"offending", "attributes"}:
            value = [PydicomTag(tag) for tag in value]
        setattr(primitive, their, value)
    if message.has_data:
        setattr(primitive, DATA_SETS.get((service, kind), "Identifier"), BytesIO(b"\0\0"))
    made = getattr(dimse_messages, name)()
    made.primitive_to_message(primitive)
    encoded = pynetdicom_encode(made.command_set, True, True)
    assert encoded is not None
    return bytes(encoded)


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_bytes_are_those_of_pynetdicom(message: Command) -> None:
    assert encode(message).hex(" ") == theirs(message).hex(" ")


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_what_was_encoded_is_decoded(message: Command) -> None:
    assert decode(encode(message)) == (message, message.has_data)
    assert decode(theirs(message)) == (message, message.has_data)


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_both_ways_agree(message: Command) -> None:
    data = encode_slowly(message)
    assert encode(message) == data
    assert decode_slowly(data, None) == decode(data)


def test_every_message_is_in_the_table() -> None:
    wanted = {*get_args(Request), *get_args(Response), CCancelRQ}
    assert {type(message) for message in MESSAGES} == wanted
    assert {int(cls.command_field) for cls in wanted} == set(map(int, CommandField))


def test_the_short_way_is_taken() -> None:
    taken = {type(message).__name__ for message in MESSAGES if _hot.read(encode(message))}
    assert taken == {"CStoreRQ", "CStoreRSP", "CFindRSP", "CEchoRQ", "CEchoRSP"}


def element(number: int, value: bytes, *, group: int = 0) -> bytes:
    return struct.pack("<HHI", group, number, len(value)) + value


def us(number: int, value: int) -> bytes:
    return element(number, struct.pack("<H", value))


def command_set(*elements: bytes) -> bytes:
    body = b"".join(elements)
    return element(0, struct.pack("<I", len(body))) + body


CLASS = element(0x0002, CT.encode() + b"\0")
STORE, MESSAGE_ID, PRIORITY = us(0x0100, 1), us(0x0110, 7), us(0x0700, 0)
WITH_DATA, WITHOUT_DATA = us(0x0800, 0), us(0x0800, 0x0101)
INSTANCE = element(0x1000, b"1.2.3\0")
WHOLE = [CLASS, STORE, MESSAGE_ID, PRIORITY, WITH_DATA, INSTANCE]
EXPECTED = CStoreRQ(message_id=7, affected_sop_class=CT, affected_sop_instance="1.2.3")


def without(*gone: bytes, plus: bytes = b"") -> bytes:
    return command_set(*[one for one in WHOLE if one not in gone], plus)


@pytest.mark.parametrize(
    "data",
    [
        command_set(*WHOLE),
        command_set(*WHOLE, element(0x5010, b"ab")),  # retired (PS3.7 E.2)
        command_set(*WHOLE) + element(0x0058, b"1.2.3 ", group=8),  # what Orthanc appends
        command_set(element(0x0001, struct.pack("<I", 99)), *WHOLE),  # retired
        command_set(*WHOLE, element(0x1234, b"abc")),  # unknown
        command_set(*WHOLE, us(0x1008, 3)),  # belongs to N-ACTION
        command_set(*WHOLE, element(0x1008, b"abc")),  # belongs to N-ACTION, and is broken
        command_set(*WHOLE, element(0x1030, b"")),  # empty is absent
        without(PRIORITY),
        without(CLASS, plus=element(0x0002, CT.encode() + b" ")),  # padded with a space
        command_set(*reversed(WHOLE)),
    ],
)
def test_what_does_not_matter_is_not_looked_at(data: bytes) -> None:
    assert decode(data) == (EXPECTED, True)


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (without(CLASS), 0x0110, "Affected SOP Class UID (0000,0002) is missing"),
        (without(INSTANCE), 0x0110, "Affected SOP Instance UID (0000,1000) is missing"),
        (without(INSTANCE, plus=element(0x1000, b"\xff\xff")), 0x0110, "Affected SOP Instance UID (0000,1000) is broken"),
        (without(INSTANCE, plus=element(0x1000, b"")), 0x0110, "Affected SOP Instance UID (0000,1000) is missing"),
        (without(PRIORITY, plus=element(0x0700, b"\0\0\0\0")), 0x0110, "Priority (0000,0700) is broken"),
        (without(WITH_DATA, plus=WITHOUT_DATA), 0x0110, "no data set is announced"),
        (without(STORE, plus=us(0x0100, 0x0555)), 0x0211, "unrecognized operation"),
        (without(STORE, plus=us(0x0100, 0x0000)), 0x0211, "unrecognized operation"),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_performed_are_answered(
    data: bytes, status: int, reason: str
) -> None:
    request, announced = decode(data)
    assert isinstance(request, InvalidRQ)
    assert (request.status, request.reason, request.message_id) == (status, reason, 7)
    assert announced is request.has_data
    answer = refusal(request)
    assert answer.command_field == request.command_field | 0x8000
    assert (answer.responded_to, answer.status, answer.comment) == (7, status, reason)
    assert isinstance(answer, InvalidRSP | CStoreRSP)
    code = struct.pack("<HHIH", 0, 0x0100, 2, answer.command_field)
    assert code in encode(answer)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "command-length"),
        (command_set(), "command-fields"),
        (command_set(*WHOLE)[:-1], "command-group-length"),
        (command_set(*WHOLE) + b"\0", "command-group-length"),
        (command_set(*WHOLE) + element(0x0903, b"\1\0"), "command-group-length"),
        (command_set(*WHOLE) + b"\x08\0", "command-group-length"),
        (element(0, struct.pack("<I", 2**32 - 1)) + b"".join(WHOLE), "command-group-length"),
        (b"".join(WHOLE), "command-group-length"),  # none
        (element(0, b"\0\0") + b"".join(WHOLE), "command-group-length"),
        (b"\0\0\0\0UL\4\0\x10\0\0\0" + b"\0\0\0\1US\2\0\1\0", "command-explicit"),
        (without(INSTANCE, plus=INSTANCE[:-2]), "command-length"),
        (without(INSTANCE, plus=INSTANCE[:5]), "command-length"),
        (without(INSTANCE, plus=struct.pack("<HHI", 0, 0x1000, 2**32 - 1)), "command-length"),
        (without(plus=element(0x0010, b"1.2.3 ", group=8)), "command-group"),
        (without(plus=MESSAGE_ID), "command-twice"),
        (without(STORE), "command-fields"),
        (without(STORE, plus=element(0x0100, b"\1\0\0\0")), "command-fields"),
        (without(MESSAGE_ID), "command-fields"),
        (without(MESSAGE_ID, plus=element(0x0110, b"7 ab")), "command-fields"),
        (without(MESSAGE_ID, STORE, plus=us(0x0100, 0x0555)), "command-fields"),
        (without(WITH_DATA), "command-fields"),
        (without(WITH_DATA, plus=element(0x0800, b"")), "command-fields"),
        (without(STORE, plus=us(0x0100, 0x8555)), "command-field"),
        (command_set(us(0x0100, 0x8001), us(0x0120, 7), WITHOUT_DATA), "command-fields"),  # no status
        (command_set(us(0x0100, 0x8001), WITHOUT_DATA, us(0x0900, 0)), "command-fields"),
        (command_set(us(0x0100, 0x0FFF), WITHOUT_DATA), "command-fields"),
    ],
)  # fmt: skip
def test_n15_what_cannot_be_answered_ends_the_association(data: bytes, rule: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(data, 4711)
    assert (caught.value.rule, caught.value.offset) == (rule, 4711)
    assert caught.value.abort is not None
    assert caught.value.abort.source == 2


def test_n15_a_data_set_that_cannot_be_is_told_apart() -> None:
    """Of a C-ECHO that announces one, nothing waits for it."""
    data = command_set(us(0x0100, 0x0030), us(0x0110, 3), WITH_DATA)
    assert decode(data) == (CEchoRQ(message_id=3), True)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (CMoveRQ(message_id=1, affected_sop_class=FIND, destination="A" * 17), "Move Destination is at most 16"),
        (CMoveRQ(message_id=1, affected_sop_class=FIND, destination="ÄÖ"), "Move Destination is at most 16"),
        (CStoreRQ(message_id=1, affected_sop_class=CT, affected_sop_instance="1." * 40), "Affected SOP Instance UID is"),
        (CStoreRQ(message_id=1, affected_sop_class=CT, affected_sop_instance="1.2", priority=70000), "Priority is 0 to"),
    ],
)  # fmt: skip
def test_what_cannot_be_coded_is_refused(message: Command, text: str) -> None:
    with pytest.raises(LocalProtocolError, match=text):
        encode(message)


def test_comments_are_made_to_fit() -> None:
    """A handler's sentence must not keep its status from being sent."""
    answer, _ = decode(encode(CFindRSP(responded_to=1, status=0xC000, comment="ä\\\n" + "x" * 90)))
    assert isinstance(answer, CFindRSP)
    assert answer.comment == "???" + "x" * 61


@pytest.mark.parametrize("message", [one for one in MESSAGES if isinstance(one, Request)], ids=repr)
def test_every_request_can_be_refused(message: Request) -> None:
    answer = refusal(message, 0x0122, "not here", (NAME,))
    assert isinstance(answer, Response)
    assert answer.command_field == message.command_field | 0x8000
    assert (answer.responded_to, answer.status) == (message.message_id, 0x0122)
    assert (answer.comment, answer.offending) == ("not here", (NAME,))
    about = getattr(message, "affected_sop_class", "") or getattr(
        message, "requested_sop_class", ""
    )
    assert answer.affected_sop_class == about


uids = st.from_regex(r"[0-9.]{1,64}", fullmatch=True)
numbers = st.integers(0, 0xFFFF)


@given(numbers, uids, uids, numbers, st.none() | st.text("ABC 1", max_size=16), st.none() | numbers)
def test_c_store_requests_round_trip(
    message_id: int, cls: str, uid: str, priority: int, mover: str | None, mover_id: int | None
) -> None:
    mover = (mover or "").strip() or None
    message = CStoreRQ(
        message_id=message_id,
        affected_sop_class=cls,
        affected_sop_instance=uid,
        priority=priority,
        move_originator=mover,
        move_originator_id=mover_id,
    )
    data = encode(message)
    assert data == encode_slowly(message)
    assert decode(data) == decode_slowly(data, None) == (message, True)


@given(st.sampled_from(MESSAGES), st.data())
def test_damaged_command_sets_are_read_alike_or_refused(
    message: Command, data: st.DataObject
) -> None:
    """Whatever comes, it is a message or a `RemoteProtocolError`, and the short way says what the long way says."""
    raw = bytearray(encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(decode, bytes(raw)) == outcome(decode_slowly, bytes(raw))


def outcome(
    way: Callable[[bytes, int | None], tuple[Command, bool]], data: bytes
) -> tuple[Command, bool] | str:
    try:
        return way(data, None)
    except RemoteProtocolError as refused:
        return refused.rule
