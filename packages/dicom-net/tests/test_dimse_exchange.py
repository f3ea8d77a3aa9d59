"""`Exchange`: messages over an association, both sides through one helper, and what peers may not do."""

import pytest
from attrs import evolve
from exchange_pair import (
    ANSWER,
    CT,
    ECHO,
    EXPLICIT,
    FIND,
    MR,
    REQUEST,
    Pair,
    drain,
    joined,
    raw,
    said,
)
from hypothesis import given
from hypothesis import strategies as st

from dicom_dict import StatusCategory
from dicom_net import LocalProtocolError, NegotiationError, RemoteProtocolError
from dicom_net.dimse import (
    AcceptedContext,
    Begin,
    CCancelRQ,
    CEchoRQ,
    CEchoRSP,
    CFindRQ,
    CFindRSP,
    Command,
    CStoreRQ,
    CStoreRSP,
    Data,
    DimseLimits,
    ExchangeEvent,
    InvalidRQ,
    NEventReportRQ,
    NEventReportRSP,
    encode,
    refusal,
)
from dicom_net.ul import (
    NEED_DATA,
    PAUSED,
    Abort,
    AbortReason,
    ConnectionClosed,
    OperationsWindow,
    ReleaseRP,
    ReleaseRQ,
    RoleSelection,
    State,
)

ASK = CEchoRQ(message_id=1)
DONE = CEchoRSP(responded_to=1, status=0, affected_sop_class=ECHO)
STORE = CStoreRQ(message_id=7, affected_sop_class=CT, affected_sop_instance="1.2.3")
STORED = CStoreRSP(responded_to=7, status=0)
LOOK = CFindRQ(message_id=2, affected_sop_class=FIND)
MATCH = CFindRSP(responded_to=2, status=0xFF00, affected_sop_class=FIND, has_data=True)
END = CFindRSP(responded_to=2, status=0, affected_sop_class=FIND)


def seen(events: list[ExchangeEvent]) -> list[object]:
    """Events by value: of data, what it says."""
    return [
        (event.context, event.message_id, b"".join(event.views), event.last)
        if isinstance(event, Data)
        else event
        for event in events
    ]


def test_a_message_without_data() -> None:
    pair = Pair()
    assert pair.send(pair.user, Begin(5, ASK)) == [Begin(5, ASK)]
    assert pair.user.outstanding == pair.provider.to_answer == {1}
    assert pair.send(pair.provider, Begin(5, DONE)) == [Begin(5, DONE)]
    assert not pair.user.outstanding | pair.provider.to_answer


def test_a_message_with_data_in_pieces() -> None:
    pair = Pair()
    assert seen(pair.send(pair.user, Begin(1, STORE))) == [Begin(1, STORE)]
    assert seen(pair.send(pair.user, Data(1, 7, [b"ab", b"cd"], last=False))) == [
        (1, 7, b"abcd", False)
    ]
    assert seen(pair.send(pair.user, Data(1, 7, [], last=True))) == [(1, 7, b"", True)]
    assert pair.send(pair.provider, Begin(1, STORED)) == [Begin(1, STORED)]


def test_a_whole_message_is_one_list_of_buffers() -> None:
    pair = Pair()
    data = b"x" * 600_000
    wire = pair.user.send_message(Begin(1, STORE), [memoryview(data)])
    got = seen(pair.feed(pair.provider, joined(wire)))
    assert got == [Begin(1, STORE), (1, 7, data, True)]
    assert any(isinstance(one, memoryview) and one.obj is data for one in wire)  # not copied


def test_pending_responses_keep_a_request_open() -> None:
    pair = Pair()
    pair.send(pair.user, Begin(3, LOOK), Data(3, 2, [b"??"], last=True))
    for _ in range(3):
        got = pair.send(pair.provider, Begin(3, MATCH), Data(3, 2, [b"!!"], last=True))
        assert seen(got) == [Begin(3, MATCH), (3, 2, b"!!", True)]
        assert pair.user.outstanding == {2}
    assert pair.send(pair.provider, Begin(3, END)) == [Begin(3, END)]
    assert not pair.user.outstanding
    assert not pair.provider.to_answer


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_messages_come_in_any_pieces(size: int) -> None:
    """One table of messages, fed whole, in pieces of some bytes, and with the next message behind them."""
    pair = Pair(window=OperationsWindow(0, 0))
    wire = joined(pair.user.send_message(Begin(1, STORE), [b"abcdef" * 50]))
    wire += joined(pair.user.send(Begin(5, ASK)))
    wire += joined(pair.user.send_message(Begin(3, LOOK), [b"query!"]))
    events: list[ExchangeEvent] = []
    for start in range(0, len(wire), size):
        events += pair.feed(pair.provider, wire[start : start + size])
    begins = [event for event in events if isinstance(event, Begin)]
    assert begins == [Begin(1, STORE), Begin(5, ASK), Begin(3, LOOK)]
    data: dict[int, bytes] = {}
    for event in events:
        if isinstance(event, Data):
            data[event.message_id] = data.get(event.message_id, b"") + b"".join(event.views)
    assert data == {7: b"abcdef" * 50, 2: b"query!"}
    assert [event.message_id for event in events if isinstance(event, Data) and event.last] == [
        7,
        2,
    ]


@given(st.lists(st.integers(1, 40), max_size=30), st.binary(max_size=200), st.integers(1, 60))
def test_pieces_do_not_matter(cuts: list[int], data: bytes, pdu: int) -> None:
    """Commands and data cut into fragments anywhere, fed in pieces cut anywhere else."""
    pair = Pair()
    wire = raw(1, encode(STORE), command=True, size=pdu) + raw(1, data, command=False, size=pdu)
    events: list[ExchangeEvent] = []
    for cut in cuts:
        if wire[:cut]:
            events += pair.feed(pair.provider, wire[:cut])
        wire = wire[cut:]
    if wire:
        events += pair.feed(pair.provider, wire)
    begin, *pieces = events
    assert begin == Begin(1, STORE)
    assert b"".join(b"".join(one.views) for one in pieces if isinstance(one, Data)) == data
    assert [one.last for one in pieces if isinstance(one, Data)][-1:] == [True]


def test_both_sides_know_what_was_agreed() -> None:
    pair = Pair()
    for exchange in (pair.user, pair.provider):
        assert (exchange.requested, exchange.accepted) == (REQUEST, ANSWER)
        assert exchange.state is State.STA6_ESTABLISHED
    assert list(pair.user.contexts) == [1, 3, 5, 9]
    assert pair.user.contexts[1] == AcceptedContext(1, CT, EXPLICIT, as_scu=True, as_scp=False)
    assert pair.provider.contexts[1] == AcceptedContext(1, CT, EXPLICIT, as_scu=False, as_scp=True)
    assert pair.user.context_for(MR).id == 9
    assert pair.user.context_for(CT, EXPLICIT).id == 1
    assert pair.provider.context_for(CT, as_scp=True).id == 1
    for exchange, syntax, transfer, as_scp in [
        (pair.user, MR, EXPLICIT, False),
        (pair.user, "1.2.3", None, False),
        (pair.user, CT, None, True),
        (pair.provider, CT, None, False),
    ]:
        with pytest.raises(NegotiationError) as caught:
            exchange.context_for(syntax, transfer, as_scp=as_scp)
        assert len(caught.value.negotiated) == 4
        assert "context 1: CT Image Storage" in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "granted", "user", "provider"),
    [
        (None, None, (True, False), (False, True)),
        ((True, True), (True, True), (True, True), (True, True)),
        ((False, True), (False, True), (False, True), (True, False)),
        ((True, True), (True, False), (True, False), (False, True)),
        ((True, True), None, (True, False), (False, True)),  # not answered: the usual roles
        ((True, False), (True, True), (True, False), (False, True)),  # more than was asked for
        (None, (True, True), (True, False), (False, True)),  # nothing was asked for
        ((True, True), (False, False), (False, False), (False, False)),
    ],
)
def test_the_acceptor_decides_on_roles(
    wanted: tuple[bool, bool] | None,
    granted: tuple[bool, bool] | None,
    user: tuple[bool, bool],
    provider: tuple[bool, bool],
) -> None:
    roles = [RoleSelection(CT, *wanted)] if wanted else [RoleSelection(MR, True, True)]
    answers = [RoleSelection(CT, *granted)] if granted else []
    pair = Pair(roles=roles, granted=answers)
    assert (pair.user.contexts[1].as_scu, pair.user.contexts[1].as_scp) == user
    assert (pair.provider.contexts[1].as_scu, pair.provider.contexts[1].as_scp) == provider


def test_requests_go_the_way_of_the_roles() -> None:
    pair = Pair()
    with pytest.raises(LocalProtocolError, match="C-STORE-RQ is not ours to send in context 1"):
        pair.provider.send(Begin(1, STORE))
    report = NEventReportRQ(
        message_id=1, affected_sop_class=CT, affected_sop_instance="1.2", event_type=1
    )
    with pytest.raises(LocalProtocolError, match="N-EVENT-REPORT-RQ is not ours"):
        pair.user.send(Begin(1, report))
    assert pair.send(pair.provider, Begin(1, report)) == [Begin(1, report)]
    answer = NEventReportRSP(responded_to=1, status=0)
    assert pair.send(pair.user, Begin(1, answer)) == [Begin(1, answer)]


def test_a_window_of_four_holds_four() -> None:
    """NET-026: four requests are outstanding and matched, the fifth is refused, on either side."""
    pair = Pair(window=OperationsWindow(4, 2))
    assert (pair.user.free_slots, pair.provider.free_slots) == (4, 2)
    asked = [CEchoRQ(message_id=pair.user.next_message_id()) for _ in range(5)]
    for request in asked[:4]:
        pair.send(pair.user, Begin(5, request))
    assert pair.user.free_slots == 0
    with pytest.raises(LocalProtocolError, match="4 requests are outstanding"):
        pair.user.send(Begin(5, asked[4]))
    for number in (3, 1, 2):  # in another order than they were asked
        answer = CEchoRSP(responded_to=number, status=0)
        assert pair.send(pair.provider, Begin(5, answer)) == [Begin(5, answer)]
    assert pair.user.free_slots == 3
    assert pair.user.outstanding == {4}
    assert pair.send(pair.user, Begin(5, asked[4])) == [Begin(5, asked[4])]


def test_without_a_window_there_is_one_at_a_time() -> None:
    pair = Pair()
    assert (pair.user.window, pair.user.free_slots) == (OperationsWindow(1, 1), 1)
    pair.send(pair.user, Begin(5, ASK))
    with pytest.raises(LocalProtocolError, match="outstanding"):
        pair.user.send(Begin(5, CEchoRQ(message_id=2)))


def test_a_window_of_zero_is_without_limit() -> None:
    pair = Pair(window=OperationsWindow(0, 0))
    for number in range(1, 300):
        pair.send(pair.user, Begin(5, CEchoRQ(message_id=number)))
    assert pair.user.next_message_id() == 300
    assert len(pair.provider.to_answer) == 299


@pytest.mark.parametrize(
    ("asked", "granted", "agreed"),
    [
        (None, (8, 8), (1, 1)),
        ((8, 8), None, (1, 1)),
        ((4, 2), (8, 1), (4, 1)),
        ((0, 0), (16, 0), (16, 0)),
        ((3, 3), (0, 0), (3, 3)),
    ],
)
def test_a_window_is_what_both_say(
    asked: tuple[int, int] | None, granted: tuple[int, int] | None, agreed: tuple[int, int]
) -> None:
    request = evolve(REQUEST, window=OperationsWindow(*asked) if asked else None)
    answer = evolve(ANSWER, window=OperationsWindow(*granted) if granted else None)
    pair = Pair(request, answer)
    assert pair.user.window == pair.provider.window == OperationsWindow(*agreed)
    assert pair.user.free_slots == (agreed[0] or 65535)
    assert pair.provider.free_slots == (agreed[1] or 65535)


def test_message_ids_come_round_and_leave_out_what_is_outstanding() -> None:
    pair = Pair()
    pair.send(pair.user, Begin(5, ASK))
    ids = [pair.user.next_message_id() for _ in range(65535 * 2 - 2)]
    assert 1 not in ids
    assert set(ids) == set(range(2, 65536))


def test_cancellation() -> None:
    pair = Pair()
    pair.send(pair.user, Begin(3, LOOK), Data(3, 2, [b"??"], last=True))
    cancel = Begin(3, CCancelRQ(responded_to=2))
    assert pair.send(pair.user, cancel) == [cancel]
    pair.send(pair.provider, Begin(3, CFindRSP(responded_to=2, status=0xFE00)))
    assert pair.user.send(cancel) == []  # nothing left to cancel
    assert pair.feed(pair.provider, said(3, CCancelRQ(responded_to=2))) == []  # N20: late
    assert pair.feed(pair.provider, said(3, CCancelRQ(responded_to=99))) == []  # N20: wrong
    assert pair.send(pair.user, Begin(5, ASK)) == [Begin(5, ASK)]


def test_statuses_have_a_meaning() -> None:
    """NET-025."""
    answer = CStoreRSP(responded_to=1, status=0xA712)
    assert answer.category is StatusCategory.FAILURE
    assert answer.meaning.meaning == "Refused: Out of Resources"
    assert CStoreRSP(responded_to=1, status=0xB007).category is StatusCategory.WARNING
    assert CFindRSP(responded_to=1, status=0xFF01).is_pending
    assert not END.is_pending


def test_release() -> None:
    pair = Pair()
    assert pair.send(pair.user, ReleaseRQ()) == [ReleaseRQ()]
    assert pair.send(pair.provider, ReleaseRP()) == [ReleaseRP()]
    assert pair.user.must_close
    assert pair.user.next_event() is PAUSED
    pair.provider.receive_data(b"", 1.0)
    assert drain(pair.provider) == [ConnectionClosed()]


def test_time_is_kept_for_operations() -> None:
    pair = Pair()
    pair.provider.receive_data(joined(pair.user.send(ReleaseRQ(), 5.0)), 100.0)
    drain(pair.provider)
    pair.provider.send(ReleaseRP())  # without a clock
    assert pair.provider.deadline == 130.0
    assert pair.provider.handle_timeout(131.0) == []
    assert pair.provider.must_close


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([Begin(11, ASK)], "presentation context 11 was not accepted; there is context 1"),
        ([Begin(7, ASK)], "presentation context 7 was not accepted"),
        ([Begin(5, DONE)], "no request of the peer with message ID 1"),
        ([Data(1, 7, [b"ab"], last=True)], "no message in context 1 waits for data"),
        ([Begin(5, ASK), Data(5, 1, [b"ab"], last=True)], "no message in context 5 waits"),
        ([Begin(1, STORE), Begin(5, ASK)], "the data set of message 7 has no end yet"),
        ([Begin(1, STORE), ReleaseRQ()], "the data set of message 7 has no end yet"),
        ([Begin(1, STORE), Data(3, 7, [], last=True)], "no message in context 3 waits"),
        ([Begin(1, STORE), Data(1, 7, [], last=True), Begin(1, STORE)], "message ID 7 is used"),
    ],
)
def test_what_we_may_not_send(events: list[ExchangeEvent], text: str) -> None:
    pair = Pair()
    *before, wrong = events
    for event in before:
        pair.user.send(event)
    with pytest.raises(LocalProtocolError, match=text):
        pair.user.send(wrong)


def test_wrong_answers_are_not_sent() -> None:
    pair = Pair()
    pair.send(pair.user, Begin(5, ASK))
    with pytest.raises(
        LocalProtocolError, match="C-ECHO-RQ in context 5 is not answered by C-STORE-RSP"
    ):
        pair.provider.send(Begin(5, CStoreRSP(responded_to=1, status=0)))
    with pytest.raises(LocalProtocolError, match="in context 3"):
        pair.provider.send(Begin(3, DONE))
    assert pair.send(pair.provider, Begin(5, DONE)) == [Begin(5, DONE)]
    with pytest.raises(LocalProtocolError, match="waits for a response"):
        pair.provider.send(Begin(5, DONE))


DATA = raw(1, b"abcd", command=False)
ECHOED = said(5, ASK)


@pytest.mark.parametrize(
    ("wire", "rule", "reason"),
    [
        (DATA, "data-without-command", 2),
        (ECHOED + DATA, "data-without-command", 2),
        (ECHOED + raw(3, b"ab", command=False), "data-without-command", 2),
        (said(1, STORE) + said(5, ASK), "command-within-data", 2),
        (said(1, STORE) + raw(1, b"ab", command=False, last=False) + said(1, STORE), "interleaved", 5),
        (said(1, STORE) + raw(3, b"ab", command=False), "data-without-command", 2),
        (said(1, STORE) + DATA + DATA, "data-without-command", 2),
        (said(1, STORE) + DATA + said(1, STORE), "message-id", 6),
        (ECHOED + said(5, CEchoRQ(message_id=2)), "operations-window", 6),
        (said(5, DONE), "unexpected-response", 6),
        (raw(1, b"x" * 65537, command=True), "command-limit", 6),
        (raw(1, b"x" * 65536, command=True, last=False) + raw(1, b"x", command=True, last=False), "command-limit", 6),
        (raw(5, encode(ASK)[:-1], command=True), "command-group-length", 6),
    ],
)  # fmt: skip
def test_what_peers_may_not_do(wire: bytes, rule: str, reason: int) -> None:
    """N06, N07, N15: the association ends, by an abort that says why; nothing is waited for."""
    pair = Pair()
    pair.provider.receive_data(wire, 0.0)
    with pytest.raises(RemoteProtocolError) as caught:
        drain(pair.provider)
    assert caught.value.rule == rule
    assert caught.value.abort == Abort(2, AbortReason(reason))
    assert caught.value.offset is not None
    with pytest.raises(RemoteProtocolError):
        pair.provider.next_event()
    with pytest.raises(LocalProtocolError, match="only an Abort"):
        pair.provider.send(Begin(5, DONE))
    assert pair.send(pair.provider, caught.value.abort) == [caught.value.abort]
    assert drain(pair.provider) == []
    assert pair.feed(pair.provider, said(5, ASK)) == []
    pair.provider.receive_data(b"", 1.0)
    drain(pair.provider)
    assert pair.provider.must_close


@pytest.mark.parametrize(
    ("wire", "rule"),
    [
        (said(5, CEchoRSP(responded_to=9, status=0)), "unexpected-response"),
        (said(5, CStoreRSP(responded_to=1, status=0)), "wrong-response"),
        (said(3, DONE), "response-context"),
        (said(5, DONE) + said(5, DONE), "unexpected-response"),  # N23: more than was asked for
        (said(5, CEchoRSP(responded_to=1, status=0xFF00)) + said(5, DONE), "unexpected-response"),
    ],
)
def test_n23_answers_that_were_not_asked_for(wire: bytes, rule: str) -> None:
    pair = Pair()
    pair.send(pair.user, Begin(5, ASK))
    pair.user.receive_data(wire, 0.0)
    with pytest.raises(RemoteProtocolError) as caught:
        drain(pair.user)
    assert caught.value.rule == rule


def undue(command: Command) -> bytes:
    """A command that says there is a data set where none can be."""
    data = encode(command)
    return data.replace(b"\0\x08\2\0\0\0\1\1", b"\0\x08\2\0\0\0\0\0")


@pytest.mark.parametrize("wire", [b"", raw(5, b"abcd" * 9, command=False, size=16)])
def test_n15_a_lie_about_data_is_not_waited_for(wire: bytes) -> None:
    """A C-ECHO that announces a data set is answered at once; the data set goes by, if it comes at all."""
    pair = Pair()
    assert pair.feed(pair.provider, raw(5, undue(ASK), command=True)) == [Begin(5, ASK)]
    pair.provider.send(Begin(5, DONE))
    if wire:
        assert pair.feed(pair.provider, wire) == []
    assert pair.feed(pair.provider, said(5, ASK)) == [Begin(5, ASK)]


def test_n06_undue_data_has_a_limit() -> None:
    pair = Pair(limits=DimseLimits(undue=100))
    pair.feed(pair.provider, raw(5, undue(ASK), command=True))
    assert pair.feed(pair.provider, raw(5, b"x" * 100, command=False, last=False)) == []
    pair.provider.receive_data(raw(5, b"x", command=False, last=False), 0.0)
    with pytest.raises(RemoteProtocolError, match="more than 100 bytes"):
        drain(pair.provider)


def test_n15_what_cannot_be_performed_is_answered() -> None:
    """A C-STORE without its instance UID, with its data set behind it."""
    pair = Pair()
    data = encode(CStoreRQ(message_id=7, affected_sop_class=CT, affected_sop_instance=""))
    got = pair.feed(pair.provider, raw(1, data, command=True) + DATA)
    assert isinstance(got[0], Begin)
    request = got[0].command
    assert isinstance(request, InvalidRQ)
    assert seen(got[1:]) == [(1, 7, b"abcd", True)]
    wire = joined(pair.provider.send(Begin(1, refusal(request))))
    assert wire == said(1, refusal(request))
    assert not pair.provider.to_answer


def test_a_failed_write_ends_it() -> None:
    pair = Pair()
    pair.user.send_failed()
    assert pair.user.must_close
    with pytest.raises(LocalProtocolError):
        pair.user.send(Begin(5, ASK))


def test_need_data_until_something_comes() -> None:
    pair = Pair()
    assert pair.user.next_event() is NEED_DATA
    wire = said(5, ASK)
    assert pair.feed(pair.provider, wire[:-1]) == []
    assert pair.feed(pair.provider, wire[-1:] + wire[:3]) == [Begin(5, ASK)]


messages = st.sampled_from(
    [said(5, ASK), said(1, STORE), DATA, said(3, LOOK), raw(3, b"q!", command=False), said(3, CCancelRQ(responded_to=2))]
)  # fmt: skip


@given(st.lists(messages, max_size=8), st.data())
def test_whatever_comes_is_events_or_a_protocol_error(
    wires: list[bytes], data: st.DataObject
) -> None:
    wire = bytearray(b"".join(wires))
    for _ in range(data.draw(st.integers(0, 2)) if wire else 0):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    outcomes = []
    for size in (len(wire) or 1, 1):
        pair = Pair()
        events: list[ExchangeEvent] = []
        rule = ""
        try:
            for start in range(0, len(wire), size):
                pair.provider.receive_data(bytes(wire[start : start + size]), 0.0)
                events += drain(pair.provider)
        except RemoteProtocolError as error:
            rule = error.rule
        outcomes.append((rule, [event for event in events if isinstance(event, Begin)]))
    # What was read before an error in the same piece is lost with the drain, so only the rule is the same
    assert outcomes[0][0] == outcomes[1][0]
    if not outcomes[0][0]:
        assert outcomes[0][1] == outcomes[1][1]
