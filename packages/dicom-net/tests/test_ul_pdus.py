"""The seven PDUs and their items: known bytes, round trips, and what peers send that we do not know."""

import attrs
import pytest
from hypothesis import given
from ul_cases import (
    ANSWER,
    CT,
    FIXED_BYTES,
    FULL_ANSWER,
    FULL_REQUEST,
    IMPLICIT,
    REQUEST,
    REQUEST_BYTES,
    USER_BYTES,
)

from dicom_net import LocalProtocolError, RemoteProtocolError
from dicom_net.testing import strategies
from dicom_net.ul import (
    AnsweredContext,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ContextResult,
    ProposedContext,
    RejectReason,
    UnknownItem,
    UserIdentity,
    UserIdentityKind,
)
from dicom_net.ul._pdus import Control, decode_control, encode_control


def decode(data: bytes) -> Control:
    """A whole PDU."""
    assert int.from_bytes(data[2:6], "big") == len(data) - 6
    return decode_control(data[0], data[6:], 0)


def with_items(event: AssociateRQ | AssociateAC, *items: bytes) -> bytes:
    """The PDU with items of its variable field replaced: the fixed fields, then these."""
    return encode_control(event)[6 : 6 + 68] + b"".join(items)


def item(kind: int, value: bytes, length: int | None = None) -> bytes:
    return bytes((kind, 0)) + (len(value) if length is None else length).to_bytes(2, "big") + value


CONTEXT_NAME = item(0x10, b"1.2.840.10008.3.1.1.1")


def test_request_has_the_bytes_of_the_standard() -> None:
    assert encode_control(REQUEST) == REQUEST_BYTES + USER_BYTES
    assert decode(REQUEST_BYTES + USER_BYTES) == REQUEST


@pytest.mark.parametrize(("event", "raw"), FIXED_BYTES)
def test_short_pdus_have_the_bytes_of_the_standard(event: Control, raw: bytes) -> None:
    assert encode_control(event) == raw
    assert decode(raw) == event


@pytest.mark.parametrize("event", [REQUEST, ANSWER, FULL_REQUEST, FULL_ANSWER])
def test_associations_come_back(event: Control) -> None:
    assert decode(encode_control(event)) == event


@given(strategies.control_events())
def test_every_pdu_comes_back(event: Control) -> None:
    raw = encode_control(event)
    assert decode(raw) == event
    assert encode_control(decode(raw)) == raw


def test_reserved_bytes_are_kept_and_not_looked_at() -> None:
    raw = bytearray(encode_control(ANSWER))
    raw[1] = 0xFF
    raw[8:10] = b"\xff\xff"
    raw[42:74] = bytes(range(32))
    got = decode(bytes(raw))
    assert isinstance(got, AssociateAC)
    assert got.reserved == bytes(range(32))
    assert encode_control(got)[42:74] == bytes(range(32))
    assert decode(bytes.fromhex("07 ff 00000004 ffff 02 06")) == decode(FIXED_BYTES[3][1])


def test_unknown_items_are_skipped_and_those_of_the_user_kept() -> None:
    body = with_items(
        REQUEST,
        item(0x0F, b"what"),
        CONTEXT_NAME,
        item(0x20, b"\1\0\0\0" + item(0x99, b"?") + item(0x30, CT.encode()) + item(0x40, b"1.2")),
        item(0x21, b"an answer's item in a request"),
        item(0x50, item(0x5F, b"new") + item(0x59, b"\0\0") + item(0x51, b"\0\0\x40\0")),
        item(0xFF, b""),
    )
    got = decode_control(1, body, 0)
    assert isinstance(got, AssociateRQ)
    assert got.contexts == (ProposedContext(1, CT, ["1.2"]),)
    assert got.unknown == (UnknownItem(0x5F, b"new"), UnknownItem(0x59, b"\0\0"))
    assert got.max_pdu == 0x4000


def test_a_thousand_unknown_items_N11() -> None:
    body = with_items(REQUEST, CONTEXT_NAME, *[item(0x50, item(0x70, b"x" * 60) * 1000)])
    got = decode_control(1, body, 0)
    assert isinstance(got, AssociateRQ)
    assert len(got.unknown) == 1000


def test_a_context_with_two_hundred_transfer_syntaxes_N11() -> None:
    syntaxes = [f"1.2.{number}" for number in range(200)]
    request = AssociateRQ(
        called="A",
        calling="B",
        contexts=[ProposedContext(number, CT, syntaxes) for number in range(1, 256, 2)],
    )
    raw = encode_control(request)
    assert len(raw) < 1 << 20
    assert decode(raw) == request


def test_what_a_peer_may_leave_out() -> None:
    got = decode_control(1, with_items(REQUEST), 0)
    assert isinstance(got, AssociateRQ)
    assert (got.contexts, got.application_context, got.max_pdu) == ((), "", 16384)


def test_padding_of_peers_means_nothing() -> None:
    body = bytearray(
        with_items(
            REQUEST,
            item(0x10, b"1.2.840.10008.3.1.1.1\0"),
            item(0x20, b"\1\0\0\0" + item(0x30, CT.encode() + b"\0") + item(0x40, b"1.2 ")),
        )
    )
    body[4:20] = b"  THEM\0\0\0\0\0\0\0\0\0\0"
    got = decode_control(1, bytes(body), 0)
    assert isinstance(got, AssociateRQ)
    assert got.called == "THEM"
    assert got.contexts == (ProposedContext(1, CT, ["1.2"]),)


def test_a_title_of_any_bytes_is_decoded_N12() -> None:
    body = bytearray(with_items(REQUEST, CONTEXT_NAME))
    body[4:20] = b" " * 16
    body[20:36] = bytes(range(0x80, 0x90))
    got = decode_control(1, bytes(body), 0)
    assert isinstance(got, AssociateRQ)
    assert got.called == ""
    assert got.calling == "".join(map(chr, range(0x80, 0x90)))


def test_numbers_of_later_standards_are_kept() -> None:
    assert AnsweredContext(1, 9).result == 9
    assert not AnsweredContext(1, 9).is_accepted
    assert AnsweredContext(1, 4).result is ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED
    assert UserIdentity(77, b"").kind == 77
    assert UserIdentity(5, b"").kind is UserIdentityKind.JWT
    assert AssociateRJ(1, 1, 4).meaning is None
    assert AssociateRJ(1, 1, 7).meaning is RejectReason.CALLED_AE_NOT_RECOGNIZED


LIES = {
    "short": (b"\0" * 67, "associate-length"),
    "stump": (with_items(REQUEST, b"\x10\0\0"), "item-length"),
    "item-too-long": (with_items(REQUEST, item(0x10, b"1.2", 4)), "item-length"),
    "item-of-64k": (with_items(REQUEST, item(0x50, b"", 0xFFFF)), "item-length"),
    "context-short": (with_items(REQUEST, item(0x20, b"\1\0\0")), "context-item"),
    "context-even": (
        with_items(REQUEST, item(0x20, b"\2\0\0\0" + item(0x30, b"1") + item(0x40, b"1"))),
        "context-id",
    ),
    "context-zero": (
        with_items(REQUEST, item(0x20, b"\0\0\0\0" + item(0x30, b"1") + item(0x40, b"1"))),
        "context-id",
    ),
    "context-twice": (
        with_items(REQUEST, item(0x20, b"\1\0\0\0" + item(0x30, b"1") + item(0x40, b"1")) * 2),
        "context-id",
    ),
    "no-abstract-syntax": (
        with_items(REQUEST, item(0x20, b"\1\0\0\0" + item(0x40, b"1"))),
        "context-item",
    ),
    "no-transfer-syntax": (
        with_items(REQUEST, item(0x20, b"\1\0\0\0" + item(0x30, b"1"))),
        "context-item",
    ),
    "inner-item-too-long": (
        with_items(REQUEST, item(0x20, b"\1\0\0\0" + item(0x30, b"1", 2))),
        "item-length",
    ),
    "max-length-of-3": (with_items(REQUEST, item(0x50, item(0x51, b"\0\0\0"))), "item-length"),
    "window-of-2": (with_items(REQUEST, item(0x50, item(0x53, b"\0\1"))), "item-length"),
    "role-short": (with_items(REQUEST, item(0x50, item(0x54, b"\0\x011\1"))), "item-field"),
    "role-empty": (with_items(REQUEST, item(0x50, item(0x54, b""))), "item-field"),
    "extended-lies": (with_items(REQUEST, item(0x50, item(0x56, b"\0\x051.2"))), "item-field"),
    "common-lies": (
        with_items(REQUEST, item(0x50, item(0x57, b"\0\x011\0\x011\0\3\0\x091"))),
        "item-field",
    ),
    "identity-lies": (
        with_items(REQUEST, item(0x50, item(0x58, b"\1\0\xff\xffjoe"))),
        "item-field",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_lengths_that_lie_are_refused_N11(name: str) -> None:
    body, rule = LIES[name]
    with pytest.raises(RemoteProtocolError) as caught:
        decode_control(1, body, 1000)
    error = caught.value
    assert error.rule == rule
    assert error.abort is not None
    assert (error.abort.source, error.abort.reason) == (2, 6)
    assert error.offset is not None
    assert 1000 <= error.offset <= 1006 + len(body)


def test_an_answer_that_accepts_without_a_transfer_syntax_is_refused() -> None:
    body = with_items(ANSWER, item(0x21, b"\1\0\0\0"))
    with pytest.raises(RemoteProtocolError, match="0 transfer syntaxes"):
        decode_control(2, body, 0)
    refused = decode_control(2, with_items(ANSWER, item(0x21, b"\1\0\3\0")), 0)
    assert isinstance(refused, AssociateAC)
    assert refused.contexts == (AnsweredContext(1, 3, ""),)


@pytest.mark.parametrize(
    "changes",
    [
        {"called": ""},
        {"called": "   "},
        {"called": "SEVENTEEN_LETTERS"},
        {"calling": "\xc4"},
        {"calling": "A\\B"},
        {"calling": "A\n"},
        {"implementation_class": "1." * 33},
        {"implementation_version": "V" * 17},
        {"application_context": "☃"},
        {"contexts": [ProposedContext(1, "☃", [IMPLICIT])]},
        {"user_identity": UserIdentity(2, b"x" * 65535, b"y")},
        {"unknown": [UnknownItem(0x70, b"x" * 65536)]},
    ],
)
def test_what_cannot_be_sent_is_refused_here(changes: dict[str, object]) -> None:
    fields = {field.name: getattr(REQUEST, field.name) for field in attrs.fields(AssociateRQ)}
    with pytest.raises(LocalProtocolError):
        encode_control(AssociateRQ(**(fields | changes)))


def test_an_answer_repeats_titles_that_nobody_could_send() -> None:
    raw = encode_control(attrs.evolve(ANSWER, called="", calling="\xc4\n☃"))
    assert raw[10:42] == b" " * 16 + b"\xc4\n?".ljust(16)
