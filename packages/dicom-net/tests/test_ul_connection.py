"""Both ends of associations: how they begin and end, collisions, aborts, time, and what our side may not do."""

import attrs
import pytest
from ul_cases import ANSWER, REQUEST, data, p_data, pair, pdv, wire

from dicom_net import LocalProtocolError, RemoteProtocolError
from dicom_net.testing import OwnedPData, Pair, drain, feed
from dicom_net.ul import (
    NEED_DATA,
    PAUSED,
    Abort,
    AnsweredContext,
    AssociateRJ,
    Connection,
    ConnectionClosed,
    Event,
    PData,
    ReleaseRP,
    ReleaseRQ,
    Role,
    State,
    UpperLayerLimits,
)
from dicom_net.ul._pdus import encode_control

R, A = Role.REQUESTOR, Role.ACCEPTOR


def states(ends: Pair[Connection]) -> tuple[int, int]:
    return int(ends.requestor.state), int(ends.acceptor.state)


def ended(end: Connection) -> bool:
    """Whether the transport is to be closed, and nothing can happen any more."""
    return end.must_close and end.state is State.STA1_IDLE


def say(ends: Pair[Connection], role: Role, event: Event) -> list[object]:
    """One end says something; what the other hears."""
    return list(ends.carry(role, ends.ends[role].send(event, ends.now)))


def test_handshake_data_both_ways_and_release() -> None:
    ends = pair(answer=None)
    assert states(ends) == (5, 3)
    assert say(ends, A, ANSWER) == [ANSWER]
    assert states(ends) == (6, 6)
    assert ends.requestor.requested == ends.acceptor.requested == REQUEST
    assert ends.requestor.accepted == ends.acceptor.accepted == ANSWER
    assert say(ends, R, data(b"abcd")) == [OwnedPData(1, b"abcd", False, True)]
    assert say(ends, A, data(b"efgh", 3, command=True)) == [OwnedPData(3, b"efgh", True, True)]
    assert say(ends, R, ReleaseRQ()) == [ReleaseRQ()]
    assert states(ends) == (7, 8)
    assert say(ends, A, data(b"late")) == [OwnedPData(1, b"late", False, True)]
    assert say(ends, A, ReleaseRP()) == [ReleaseRP()]
    assert states(ends) == (1, 13)
    assert (ended(ends.requestor), ended(ends.acceptor)) == (True, False)
    assert ends.close(R) == [ConnectionClosed()]
    assert (ended(ends.requestor), ended(ends.acceptor)) == (True, True)
    assert ends.requestor.next_event() is ends.acceptor.next_event() is PAUSED


def test_rejection_ends_both_sides() -> None:
    ends = pair(answer=None)
    assert say(ends, A, AssociateRJ(1, 1, 7)) == [AssociateRJ(1, 1, 7)]
    assert states(ends) == (1, 13)
    assert ends.requestor.must_close


def test_releases_that_cross_on_the_wire_N08() -> None:
    """PS3.8 9.2, Sta9 to Sta12: the requestor answers first."""
    ends = pair()
    ends.hold(R, ends.requestor.send(ReleaseRQ(), 0))
    ends.hold(A, ends.acceptor.send(ReleaseRQ(), 0))
    assert states(ends) == (7, 7)
    assert ends.deliver(R) == ends.deliver(A) == [ReleaseRQ()]
    assert states(ends) == (9, 10)
    with pytest.raises(LocalProtocolError):
        ends.acceptor.send(ReleaseRP(), 0)
    assert say(ends, R, ReleaseRP()) == [ReleaseRP()]
    assert states(ends) == (11, 12)
    assert say(ends, A, ReleaseRP()) == [ReleaseRP()]
    assert states(ends) == (1, 13)
    assert ends.requestor.must_close


@pytest.mark.parametrize("role", Role)
def test_an_abort_ends_at_once(role: Role) -> None:
    ends = pair()
    assert say(ends, role, Abort()) == [Abort()]
    assert ends.ends[role].state is State.STA13_AWAITING_CLOSE
    assert ends.ends[role.other].state is State.STA1_IDLE
    assert ends.ends[role.other].must_close
    assert ends.close(role.other) == [ConnectionClosed()]


def test_an_abort_while_the_answer_is_awaited() -> None:
    ends = pair(answer=None)
    assert say(ends, R, Abort()) == [Abort()]
    assert states(ends) == (13, 1)


def test_aborts_that_cross_on_the_wire() -> None:
    ends = pair()
    ends.hold(R, ends.requestor.send(Abort(), 0))
    ends.hold(A, ends.acceptor.send(Abort(), 0))
    assert ends.deliver(R) == ends.deliver(A) == []
    assert states(ends) == (1, 1)


def test_giving_up_before_the_transport_is_open() -> None:
    end = Connection(R)
    assert end.send(REQUEST, 0) == []
    assert not ended(end)
    assert end.send(Abort(), 0) == []
    assert ended(end)


def test_a_transport_that_does_not_open() -> None:
    end = Connection(R)
    end.send(REQUEST, 0)
    end.receive_data(b"", 0)
    assert drain(end) == [ConnectionClosed()]
    assert end.state is State.STA1_IDLE


@pytest.mark.parametrize("when", ["asked", "established", "releasing", "half a PDU"])
def test_the_peer_is_gone(when: str) -> None:
    ends = pair(answer=None if when == "asked" else ANSWER)
    if when == "releasing":
        ends.acceptor.send(ReleaseRQ(), 0)
    if when == "half a PDU":
        assert feed(ends.acceptor, p_data(pdv(b"abcd"))[:9]) == []
    assert ends.close(R) == [ConnectionClosed()]
    assert ends.acceptor.state is State.STA1_IDLE
    assert ends.acceptor.next_event() is PAUSED
    with pytest.raises(LocalProtocolError):
        ends.acceptor.send(data(b"ab"), 0)


class TestTime:
    LIMITS = UpperLayerLimits(artim=30)

    def test_a_request_has_its_time(self) -> None:
        end = Connection(A, limits=self.LIMITS)
        end.connected(1000)
        assert end.deadline == 1030
        assert end.handle_timeout(1029.9) == []
        assert not ended(end)
        feed(end, b"\1\0\0", 1029)  # a drip does not restart it
        assert end.deadline == 1030
        assert end.handle_timeout(1030) == []
        assert ended(end)
        assert [end.deadline] == [None]
        assert drain(end) == []

    def test_an_association_has_none(self) -> None:
        ends = pair()
        assert ends.requestor.deadline is ends.acceptor.deadline is None
        assert ends.acceptor.handle_timeout(1e9) == []
        assert states(ends) == (6, 6)

    def test_closing_has_its_time(self) -> None:
        ends = pair(limits=self.LIMITS)
        ends.now = 50
        say(ends, R, ReleaseRQ())
        say(ends, A, ReleaseRP())
        assert ends.requestor.deadline is None
        assert ends.acceptor.deadline == 80
        ends.acceptor.handle_timeout(80)
        assert ends.acceptor.must_close

    @pytest.mark.parametrize("event", [Abort(), AssociateRJ(1, 1, 1)])
    def test_the_end_has_its_time(self, event: Abort | AssociateRJ) -> None:
        ends = pair(answer=None, limits=self.LIMITS)
        ends.now = 7
        say(ends, A, event)
        assert ends.acceptor.deadline == 37
        ends.close(R)
        assert ends.acceptor.deadline is None


class TestBrokenPeers:
    def test_only_an_abort_can_be_said_then(self) -> None:
        ends = pair()
        with pytest.raises(RemoteProtocolError) as caught:
            feed(ends.acceptor, b"\x42")
        error = caught.value
        with pytest.raises(RemoteProtocolError) as caught:  # again, until the abort is sent
            ends.acceptor.next_event()
        assert caught.value is error
        assert error.abort == Abort(2, 1)
        assert ends.acceptor.state is State.STA13_AWAITING_CLOSE
        assert ends.acceptor.deadline == 30
        for event in (data(b"ab"), ReleaseRQ(), ReleaseRP(), ANSWER):
            with pytest.raises(LocalProtocolError, match="only an Abort"):
                ends.acceptor.send(event, 0)
        assert wire(ends.acceptor.send(error.abort, 0)) == encode_control(Abort(2, 1))
        with pytest.raises(LocalProtocolError):
            ends.acceptor.send(Abort(), 0)
        assert ends.acceptor.next_event() is NEED_DATA
        assert feed(ends.acceptor, b"whatever" * 1000) == []
        assert ends.close(R) == [ConnectionClosed()]

    def test_in_the_first_state_too_N01(self) -> None:
        end = Connection(A)
        end.connected(0)
        with pytest.raises(RemoteProtocolError) as caught:
            feed(end, b"GET / HTTP/1.1\r\n")
        assert caught.value.abort == Abort(2, 1)
        assert wire(end.send(Abort(2, 1), 0)) == bytes.fromhex("07000000000400000201")

    @pytest.mark.parametrize("maximum", [1, 7, 127])
    def test_tiny_maxima_are_refused_N04(self, maximum: int) -> None:
        ends = pair(answer=None)
        raw = encode_control(attrs.evolve(ANSWER, max_pdu=maximum))
        with pytest.raises(RemoteProtocolError, match=f"maximum PDU length of {maximum}") as caught:
            feed(ends.requestor, raw)
        assert caught.value.rule == "max-pdu"
        end = Connection(A)
        end.connected(0)
        with pytest.raises(RemoteProtocolError) as caught:
            feed(end, encode_control(attrs.evolve(REQUEST, max_pdu=maximum)))
        assert caught.value.abort == Abort(2, 6)

    @pytest.mark.parametrize("maximum", [0, 0xFFFF_FFFF])
    def test_without_a_maximum_our_cap_holds_N04(self, maximum: int) -> None:
        limits = UpperLayerLimits(p_data=5000)
        ends = pair(answer=attrs.evolve(ANSWER, max_pdu=maximum), limits=limits)
        assert ends.requestor.max_pdu_sent == 5000
        buffers = ends.requestor.send(data(bytes(20_000)), 0)
        assert [len(one) for one in buffers] == [12, 4994, 12, 4994, 12, 4994, 12, 4994, 12, 24]

    def test_where_we_announce_no_maximum_our_cap_holds(self) -> None:
        limits = UpperLayerLimits(p_data=5000)
        ends = pair(attrs.evolve(REQUEST, max_pdu=0), limits=limits)
        feed(ends.requestor, p_data(pdv(bytes(4994))))
        with pytest.raises(RemoteProtocolError, match="5002 bytes, and we take 5000"):
            feed(ends.requestor, p_data(pdv(bytes(4996))))

    def test_the_longest_request_N02_N11(self) -> None:
        end = Connection(A, limits=UpperLayerLimits(associate=1000))
        end.connected(0)
        with pytest.raises(RemoteProtocolError, match="68 to 1000"):
            feed(end, b"\1\0\0\0\x03\xe9")
        end = Connection(A)
        end.connected(0)
        with pytest.raises(RemoteProtocolError) as caught:
            feed(end, b"\1\0\xff\xff\xff\xff")
        assert caught.value.abort == Abort(2, 6)

    @pytest.mark.parametrize(
        "context",
        [
            AnsweredContext(5, 0, "1.2.840.10008.1.2"),
            AnsweredContext(5, 3),
            AnsweredContext(1, 0, "1.2.840.10008.1.2.1"),
        ],
    )
    def test_an_answer_to_what_was_not_asked_N23(self, context: AnsweredContext) -> None:
        ends = pair(answer=None)
        with pytest.raises(RemoteProtocolError) as caught:
            feed(ends.requestor, encode_control(attrs.evolve(ANSWER, contexts=[context])))
        assert caught.value.rule == "answered-context"
        with pytest.raises(LocalProtocolError):
            ends.acceptor.send(attrs.evolve(ANSWER, contexts=[context]), 0)

    def test_a_refused_context_carries_nothing(self) -> None:
        answer = attrs.evolve(
            ANSWER, contexts=[AnsweredContext(1, 3, ""), AnsweredContext(3, 0, "1.2.840.10008.1.2")]
        )
        ends = pair(answer=answer)
        with pytest.raises(LocalProtocolError, match="context 1"):
            ends.requestor.send(data(b"ab"), 0)
        with pytest.raises(RemoteProtocolError, match="context 1"):
            feed(ends.acceptor, p_data(pdv(b"ab")))

    def test_in_the_last_state_pdus_are_ignored_and_requests_aborted(self) -> None:
        """PS3.8 table 9-10, Sta13: AA-6 and AA-7."""
        ends = pair(answer=None)
        ends.acceptor.send(AssociateRJ(1, 1, 1), 0)
        ignored = p_data(pdv(b"ab")) + encode_control(ANSWER) + encode_control(ReleaseRQ())
        assert feed(ends.acceptor, ignored * 3, sizes=[7, 1, 50]) == []
        assert feed(ends.acceptor, b"\4\0\xff\xff\xff\xff" + bytes(1000)) == []
        ends = pair(answer=None)
        ends.acceptor.send(AssociateRJ(1, 1, 1), 0)
        with pytest.raises(RemoteProtocolError) as caught:
            feed(ends.acceptor, encode_control(REQUEST))
        assert caught.value.abort == Abort(2, 2)
        ends = pair(answer=None)
        ends.acceptor.send(AssociateRJ(1, 1, 1), 0)
        assert feed(ends.acceptor, encode_control(Abort())) == []
        assert ends.acceptor.must_close

    def test_an_abort_of_ours_while_a_pdu_is_under_way(self) -> None:
        ends = pair()
        raw = encode_control(ReleaseRQ()) + p_data(pdv(bytes(500)))
        assert feed(ends.acceptor, raw[:7]) == []
        ends.acceptor.send(Abort(), 0)
        assert feed(ends.acceptor, raw[7:] + encode_control(ReleaseRQ())) == []
        assert feed(ends.acceptor, encode_control(Abort())) == []
        assert ends.acceptor.state is State.STA1_IDLE
        ends = pair()
        assert feed(ends.acceptor, raw[10:300]) == [OwnedPData(1, bytes(278), False, False)]
        ends.acceptor.send(Abort(), 0)
        assert feed(ends.acceptor, raw[300:] + encode_control(Abort())) == []
        assert ends.acceptor.state is State.STA1_IDLE


class TestOurMistakes:
    def test_order(self) -> None:
        end = Connection(A)
        with pytest.raises(LocalProtocolError, match="no transport"):
            end.receive_data(b"x", 0)
        with pytest.raises(LocalProtocolError, match="acceptor"):
            end.send(REQUEST, 0)
        with pytest.raises(LocalProtocolError):
            end.send(ANSWER, 0)
        end = Connection(R)
        with pytest.raises(LocalProtocolError):
            end.connected(0)
        end.send(REQUEST, 0)
        with pytest.raises(LocalProtocolError, match="not open"):
            end.receive_data(b"x", 0)
        with pytest.raises(LocalProtocolError):
            end.send(REQUEST, 0)

    def test_a_request_that_cannot_be_sent_changes_nothing(self) -> None:
        end = Connection(R)
        with pytest.raises(LocalProtocolError):
            end.send(attrs.evolve(REQUEST, called="SEVENTEEN_LETTERS"), 0)
        assert end.state is State.STA1_IDLE
        assert end.send(REQUEST, 0) == []

    def test_a_connection_is_for_one_association(self) -> None:
        ends = pair()
        say(ends, R, Abort())
        ends.close(A)
        with pytest.raises(LocalProtocolError, match="new connection"):
            ends.requestor.send(REQUEST, 0)

    def test_data_where_none_can_be(self) -> None:
        ends = pair()
        with pytest.raises(LocalProtocolError, match="context 9"):
            ends.requestor.send(data(b"ab", 9), 0)
        with pytest.raises(LocalProtocolError, match="even"):
            ends.requestor.send(data(b"abc", last=False), 0)
        ends.requestor.send(data(b"ab", last=False), 0)
        for event in (data(b"ab", 3), data(b"ab", command=True)):
            with pytest.raises(LocalProtocolError, match="last fragment"):
                ends.requestor.send(event, 0)
        assert ends.requestor.send(PData(1, [], command=False, last=False), 0) == []
        ends.requestor.send(data(b"abc"), 0)
        ends.requestor.send(ReleaseRQ(), 0)
        with pytest.raises(LocalProtocolError):
            ends.requestor.send(data(b"ab"), 0)

    def test_the_end_of_the_stream_is_no_event_to_send(self) -> None:
        with pytest.raises(LocalProtocolError):
            pair().requestor.send(ConnectionClosed(), 0)

    def test_nothing_can_be_fed_after_the_end(self) -> None:
        ends = pair()
        ends.acceptor.receive_data(b"", 0)
        with pytest.raises(LocalProtocolError, match="closed"):
            ends.acceptor.receive_data(b"x", 0)

    def test_a_write_that_failed(self) -> None:
        """Nothing can be said any more; what the peer said is still heard."""
        ends = pair()
        ends.acceptor.send_failed()
        assert ends.acceptor.must_close
        for event in (data(b"ab"), Abort(), ReleaseRQ()):
            with pytest.raises(LocalProtocolError, match="write failed"):
                ends.acceptor.send(event, 0)
        assert say(ends, R, Abort(0, 0)) == [Abort(0, 0)]


class TestSending:
    def test_views_pass_through_uncopied(self) -> None:
        ends = pair()
        payload = bytearray(70_000)
        buffers = ends.requestor.send(PData(1, [memoryview(payload)], command=False, last=True), 0)
        payload[0], payload[-1] = 1, 2
        assert buffers[1][0] == 1
        assert buffers[-1][-1] == 2
        small = bytes(10)
        assert ends.requestor.send(PData(1, [small], command=False, last=True), 0)[1] is small

    @pytest.mark.parametrize("maximum", [128, 129, 4096, 16384])
    def test_no_pdu_is_longer_than_the_peer_takes_NET006(self, maximum: int) -> None:
        ends = pair(answer=attrs.evolve(ANSWER, max_pdu=maximum))
        views = [bytes([one]) * size for one, size in enumerate((1, 0, 3000, 2, 20_000, 500, 94))]
        raw = wire(ends.requestor.send(PData(3, views, command=False, last=True), 0))
        pos, fragments = 0, []
        while pos < len(raw):
            length = int.from_bytes(raw[pos + 2 : pos + 6], "big")
            assert length <= maximum
            assert int.from_bytes(raw[pos + 6 : pos + 10], "big") == length - 4
            fragments.append((raw[pos + 10], raw[pos + 11], length - 6))
            pos += 6 + length
        assert all(one[0] == 3 for one in fragments)
        assert [one[1] for one in fragments] == [0] * (len(fragments) - 1) + [2]
        assert all(one[2] % 2 == 0 for one in fragments[:-1])
        assert sum(one[2] for one in fragments) == sum(map(len, views))
        assert feed(ends.acceptor, raw) == [OwnedPData(3, b"".join(views), False, True)]
