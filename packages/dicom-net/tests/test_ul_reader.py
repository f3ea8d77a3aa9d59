"""The stream of PDUs: the same events however it is cut, views instead of copies, lengths judged when they are read."""

from typing import Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ul_cases import ANSWER, REQUEST, data, p_data, pair, pdv, wire

from dicom_net import LocalProtocolError, RemoteProtocolError
from dicom_net.testing import OwnedPData, Received, drain, feed, joined, outcome
from dicom_net.ul import (
    NEED_DATA,
    Abort,
    Connection,
    PData,
    ReleaseRQ,
    Role,
)
from dicom_net.ul._pdus import encode_control

NEXT = encode_control(ReleaseRQ())

# Bytes that an acceptor with an association receives, and what they mean
CASES: dict[str, tuple[bytes, list[Received]]] = {
    "one-command": (p_data(pdv(b"abcd", 1, 3)), [OwnedPData(1, b"abcd", True, True)]),
    "one-data": (p_data(pdv(b"abcd", 3, 2)), [OwnedPData(3, b"abcd", False, True)]),
    "two-pdus": (
        p_data(pdv(b"ab", 1, 0)) + p_data(pdv(b"cd", 1, 2)),
        [OwnedPData(1, b"abcd", False, True)],
    ),
    "two-values-in-a-pdu": (
        p_data(pdv(b"ab", 1, 1), pdv(b"cd", 1, 3)),
        [OwnedPData(1, b"abcd", True, True)],
    ),
    "command-and-data-in-a-pdu": (
        p_data(pdv(b"ab", 1, 3), pdv(b"cd", 1, 2)),
        [OwnedPData(1, b"ab", True, True), OwnedPData(1, b"cd", False, True)],
    ),
    "two-messages-in-a-pdu": (
        p_data(pdv(b"ab", 1, 3), pdv(b"cd", 3, 3)),
        [OwnedPData(1, b"ab", True, True), OwnedPData(3, b"cd", True, True)],
    ),
    "empty-last": (
        p_data(pdv(b"ab", 1, 0)) + p_data(pdv(b"", 1, 2)),
        [OwnedPData(1, b"ab", False, True)],
    ),
    "nothing-but-empty": (p_data(pdv(b"", 1, 2)), [OwnedPData(1, b"", False, True)]),
    "empty-first": (
        p_data(pdv(b"", 1, 0), pdv(b"", 1, 0)) + p_data(pdv(b"ab", 1, 2)),
        [OwnedPData(1, b"ab", False, True)],
    ),
    "odd-lengths": (
        p_data(pdv(b"a", 1, 0)) + p_data(pdv(b"bcd", 1, 2)),
        [OwnedPData(1, b"abcd", False, True)],
    ),
    "other-bits-of-the-control-header": (
        p_data(pdv(b"ab", 1, 0xFC)) + p_data(pdv(b"cd", 1, 0xFE)),
        [OwnedPData(1, b"abcd", False, True)],
    ),
    "reserved-byte": (
        b"\4\xff" + p_data(pdv(b"ab", 1, 3))[2:],
        [OwnedPData(1, b"ab", True, True)],
    ),
    "release": (NEXT, [ReleaseRQ()]),
    "data-then-release": (
        p_data(pdv(b"ab", 1, 2)) + NEXT,
        [OwnedPData(1, b"ab", False, True), ReleaseRQ()],
    ),
    "abort": (encode_control(Abort(2, 1)), [Abort(2, 1)]),
}


def acceptor() -> Connection:
    """An acceptor whose association stands."""
    return pair().acceptor


@pytest.mark.parametrize("name", CASES)
def test_fed_whole(name: str) -> None:
    raw, wanted = CASES[name]
    assert joined(feed(acceptor(), raw)) == wanted


@pytest.mark.parametrize("name", CASES)
def test_fed_byte_by_byte_N28(name: str) -> None:
    raw, wanted = CASES[name]
    assert joined(feed(acceptor(), raw, sizes=[1] * len(raw))) == wanted


@pytest.mark.parametrize("name", CASES)
def test_cut_at_every_byte_N28(name: str) -> None:
    raw, wanted = CASES[name]
    for cut in range(1, len(raw)):
        assert joined(feed(acceptor(), raw, sizes=[cut])) == wanted, cut


@pytest.mark.parametrize(
    "name", [name for name in CASES if "release" not in name and name != "abort"]
)
def test_what_follows_is_not_touched(name: str) -> None:
    raw, wanted = CASES[name]
    end = acceptor()
    assert joined(feed(end, raw + NEXT[:5])) == wanted
    assert feed(end, NEXT[5:]) == [ReleaseRQ()]


def test_control_pdus_come_with_their_last_byte_N28() -> None:
    """Nothing before it, and a request of any size."""
    raw = encode_control(REQUEST)
    end = Connection(Role.ACCEPTOR)
    end.connected(0)
    assert feed(end, raw[:-1], sizes=[1] * len(raw)) == []
    assert feed(end, raw[-1:]) == [REQUEST]


def test_whole_associations_in_any_pieces_N28() -> None:
    raw = b"".join([encode_control(REQUEST), *(raw for raw, _ in CASES.values())])

    def events(sizes: list[int]) -> list[Received]:
        end = Connection(Role.ACCEPTOR)
        end.connected(0)
        got = feed(end, encode_control(REQUEST), sizes=sizes)
        end.send(ANSWER, 0)
        rest = raw[len(encode_control(REQUEST)) :]
        return joined(got + feed(end, rest[: -len(NEXT) * 3], sizes=sizes))

    whole = events([])
    assert whole[0] == REQUEST
    for size in (1, 2, 3, 5, 6, 7, 11, 12, 13, 64):
        assert events([size] * len(raw)) == whole


@given(
    st.lists(st.tuples(st.binary(max_size=50), st.booleans()), max_size=12),
    st.lists(st.integers(1, 40), max_size=60),
    st.integers(128, 400),
)
def test_what_is_sent_is_what_comes(
    parts: list[tuple[bytes, bool]], sizes: list[int], maximum: int
) -> None:
    ends = pair(answer=attrs.evolve(ANSWER, max_pdu=maximum))
    raw, wanted = b"", []
    for payload, command in parts:
        whole = payload * 20
        raw += wire(ends.requestor.send(data(whole, 3, command=command), 0))
        wanted.append(OwnedPData(3, whole, command, True))
    assert joined(feed(ends.acceptor, raw, sizes=sizes)) == wanted


def test_fragments_of_one_feed_are_one_event_with_views_of_what_was_fed() -> None:
    ends = pair()
    raw = bytearray(wire(ends.requestor.send(data(bytes(100_000), 3), 0)))
    ends.acceptor.receive_data(raw, 0)
    event = ends.acceptor.next_event()
    assert isinstance(event, PData)
    assert ends.acceptor.next_event() is NEED_DATA
    assert len(event.views) == 4  # three full PDUs of 32,768 bytes and a rest
    raw[12] = 0xAB
    assert event.views[0][0] == 0xAB
    assert event.last


def test_the_buffer_is_free_once_all_was_taken() -> None:
    """A bytearray can be resized again: no view of it is kept."""
    ends = pair()
    for raw in (p_data(pdv(b"ab", 1, 0)), p_data(pdv(b"abcd"))[:9], b"\4"):
        buffer = bytearray(raw)
        ends.acceptor.receive_data(buffer, 0)
        drain(ends.acceptor)
        buffer.append(0)


def test_bytes_are_fed_one_after_the_other() -> None:
    end = acceptor()
    end.receive_data(p_data(pdv(b"ab", 1, 3), pdv(b"ab")), 0)
    end.next_event()
    with pytest.raises(LocalProtocolError, match="take all events"):
        end.receive_data(b"x", 0)


@pytest.mark.parametrize("kind", ["B", "b", "H", "f"])
def test_memory_of_any_items_can_be_fed(kind: Literal["B", "b", "H", "f"]) -> None:
    raw = p_data(pdv(b"abcd", 1, 3), pdv(b"abcd", 1, 2)) + NEXT
    items: memoryview[int] | memoryview[float] = memoryview(raw).cast("B").cast(kind)
    end = acceptor()
    end.receive_data(items, 0)  # type: ignore[arg-type] # as arrays of samples come
    assert len(drain(end)) == 3


BROKEN = {
    "N08_type_0": (b"\0", "pdu-type", (2, 1), 0),
    "N08_type_8": (b"\x08\0\0\0\0\0", "pdu-type", (2, 1), 0),
    "N08_type_ff": (b"\xff", "pdu-type", (2, 1), 0),
    "N01_http": (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", "pdu-type", (2, 1), 0),
    "N01_tls": (b"\x16\3\1\2\0\1\0\1\xfc\3\3", "pdu-type", (2, 1), 0),
    "N01_ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", "pdu-type", (2, 1), 0),
    "N02_data_0": (b"\4\0\0\0\0\0", "p-data-length", (2, 6), 0),
    "N02_data_3": (b"\4\0\0\0\0\3", "p-data-length", (2, 6), 0),
    "N02_data_4G": (b"\4\0\xff\xff\xff\xff", "p-data-length", (2, 6), 0),
    "N02_release_0": (b"\5\0\0\0\0\0", "pdu-length", (2, 6), 0),
    "N02_release_4G": (b"\5\0\xff\xff\xff\xff", "pdu-length", (2, 6), 0),
    "N02_abort_3": (b"\7\0\0\0\0\3", "pdu-length", (2, 6), 0),
    "N03_too_long": (b"\4\0\0\0\x80\1", "p-data-length", (2, 6), 0),
    "N05_value_0": (b"\4\0\0\0\0\6\0\0\0\0\1\3", "pdv-length", (2, 6), 6),
    "N05_value_1": (b"\4\0\0\0\0\6\0\0\0\1\1\3", "pdv-length", (2, 6), 6),
    "N05_value_over_pdu": (b"\4\0\0\0\0\6\0\0\0\3\1\3", "pdv-length", (2, 6), 6),
    "N05_value_4G": (b"\4\0\0\0\0\6\xff\xff\xff\xff\1\3", "pdv-length", (2, 6), 6),
    "N05_stump": (b"\4\0\0\0\0\x0b\0\0\0\2\1\3", "pdv-length", (2, 6), 6),
    "N05_second_value": (
        p_data(pdv(b"ab", 1, 3), b"\0\0\0\x09\1\2"),
        "pdv-length",
        (2, 6),
        6 + 8,
    ),
    "N07_context_even": (p_data(pdv(b"ab", 2)), "pdv-context", (2, 6), 6),
    "N07_context_0": (p_data(pdv(b"ab", 0)), "pdv-context", (2, 6), 6),
    "N07_context_unknown": (p_data(pdv(b"ab", 5)), "pdv-context", (2, 6), 6),
    "N07_command_in_data": (
        p_data(pdv(b"ab", 1, 0)) + p_data(pdv(b"ab", 1, 3)),
        "interleaved",
        (2, 5),
        14 + 6,
    ),
    "N07_data_in_command": (
        p_data(pdv(b"ab", 1, 1), pdv(b"ab", 1, 2)),
        "interleaved",
        (2, 5),
        14,
    ),
    "N07_two_contexts": (
        p_data(pdv(b"ab", 1, 0)) + p_data(pdv(b"ab", 3, 0)),
        "interleaved",
        (2, 5),
        14 + 6,
    ),
    "N08_second_request": (encode_control(REQUEST), "unexpected-pdu", (2, 2), 0),
    "N08_answer_to_acceptor": (encode_control(ANSWER), "unexpected-pdu", (2, 2), 0),
    "N08_release_rp_unasked": (b"\6\0\0\0\0\4\0\0\0\0", "unexpected-pdu", (2, 2), 0),
    "N02_unexpected_4G": (b"\1\0\xff\xff\xff\xff", "unexpected-pdu", (2, 2), 0),
}


def fault(raw: bytes, sizes: list[int]) -> tuple[list[Received], str, int, tuple[int, int]]:
    """The events before the error, and the error; whatever follows in the stream changes nothing."""
    events, error = outcome(acceptor(), raw, sizes=sizes)
    assert error is not None
    assert error.abort is not None
    assert error.offset is not None
    code = (error.abort.source, error.abort.reason)
    return joined(events), error.rule, error.offset - len(encode_control(REQUEST)), code


@pytest.mark.parametrize("name", BROKEN)
def test_broken_streams_are_refused_the_same_however_they_are_cut(name: str) -> None:
    raw, rule, code, offset = BROKEN[name]
    whole = fault(raw, [])
    assert whole[1:] == (rule, offset, code)
    assert fault(raw, [1] * len(raw)) == whole
    assert fault(raw + b"\4" * 40, []) == whole
    for cut in range(1, len(raw)):
        assert fault(raw, [cut]) == whole


def test_a_length_is_refused_with_the_byte_that_completes_it_N02() -> None:
    """Not one byte of what was announced is waited for, or held."""
    for name in ("N02_data_4G", "N02_release_4G", "N02_unexpected_4G", "N03_too_long"):
        end = acceptor()
        with pytest.raises(RemoteProtocolError):
            feed(end, BROKEN[name][0][:6])
