"""Associations in memory: users' operations against providers, without a socket."""

from collections.abc import AsyncIterator, Iterable, Iterator

import pytest

from dicom_net import (
    AcceptancePolicy,
    AssociationAborted,
    AssociationRejected,
    ConnectionFailed,
    LocalProtocolError,
    NegotiationError,
    NetworkError,
    Offer,
)
from dicom_net._operation import END, Operation, StopWanted, call, give, poll, pull, receive, write
from dicom_net.dimse import Begin, CCancelRQ, CFindRQ, CFindRSP, Data, Exchange
from dicom_net.services import VERIFICATION, AssociationInfo, Seat, Verification, echo
from dicom_net.testing import MemoryAssociation, OwnedData, connect, connected_pair, run_pair
from dicom_net.ul import NEED_DATA, AssociateRJ, ReleaseRQ, Role

FIND = "1.2.840.10008.5.1.4.1.2.2.1"
IMPLICIT = "1.2.840.10008.1.2"


class Counter:
    """Answers a C-FIND with as many identifiers as the query has bytes, each of them a number."""

    def __init__(self) -> None:
        self.cancelled = False

    def offers(self) -> Iterable[Offer]:
        return [Offer(FIND, [IMPLICIT])]

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        exchange = seat.exchange
        assert isinstance(begin.command, CFindRQ)
        number = begin.command.message_id
        query = yield from receive(number)
        assert isinstance(query, Data)
        count = sum(map(len, query.views))
        status = 0
        for each in range(count):
            if (yield from poll(number)) is not None:
                self.cancelled, status = True, 0xFE00
                break
            text: str = yield from call(self.text, each)
            seat.tell(text)
            pending = CFindRSP(responded_to=number, status=0xFF00, has_data=True)
            yield from write(exchange.send_message(Begin(begin.context, pending), [text.encode()]))
        yield from write(
            exchange.send(Begin(begin.context, CFindRSP(responded_to=number, status=status)))
        )

    async def text(self, each: int) -> str:
        return f"{each:04}"


def ask(exchange: Exchange, size: int) -> Operation[int]:
    """Give each answer; the final status."""
    context = exchange.context_for(FIND).id
    number = exchange.next_message_id()
    request = CFindRQ(message_id=number, affected_sop_class=FIND)
    yield from write(exchange.send_message(Begin(context, request), [b"x" * size]))
    wanted = True
    while True:
        begin = yield from receive(number)
        assert isinstance(begin, Begin)
        assert isinstance(begin.command, CFindRSP)
        if not begin.command.has_data:
            return begin.command.status
        data = yield from receive(number)
        assert isinstance(data, Data)
        if wanted:
            try:
                yield from give(b"".join(data.views).decode())
            except StopWanted:
                wanted = False
                cancel = CCancelRQ(responded_to=number)
                yield from write(exchange.send(Begin(context, cancel)))


def test_an_operation_against_a_provider() -> None:
    assert run_pair(echo, Verification()).status == 0
    assert run_pair(lambda exchange: ask(exchange, 10), Counter()) == 0


def test_items_come_one_by_one_and_stop_when_nobody_wants_more() -> None:
    provider = Counter()
    with connect(provider) as association:
        assert list(association.iterate(ask(association.exchange, 4))) == [
            "0000",
            "0001",
            "0002",
            "0003",
        ]
        assert association.told == ["0000", "0001", "0002", "0003"]
        items = association.iterate(ask(association.exchange, 1000))
        assert isinstance(items, Iterator)
        assert next(items) == "0000"
        assert association.run(echo_of(association.exchange)) is None
        items.close()  # type: ignore[attr-defined] # a generator
        assert not association.exchange.outstanding


def echo_of(exchange: Exchange) -> Operation[None]:
    """An operation that does nothing with the peer."""
    assert exchange.context_for(FIND).id == 1
    yield from call(lambda: None)


def test_refusals_are_those_of_a_server() -> None:
    with pytest.raises(AssociationRejected, match="called AE title not recognized"):
        connect(Verification(), policy=AcceptancePolicy(ae_titles="OTHER"))
    association = connect(Verification(), [(FIND, [IMPLICIT])])
    assert association.answer.contexts[0].result == 3
    with pytest.raises(NegotiationError):
        association.run(echo(association.exchange))
    association.release()
    association.release()


def test_what_cannot_come_is_an_error_and_no_hang() -> None:
    def waits(exchange: Exchange) -> Operation[None]:
        yield from receive(7)

    with connect(Verification()) as association, pytest.raises(LocalProtocolError, match="wait"):
        association.run(waits(association.exchange))


def test_two_exchanges_on_a_wire() -> None:
    pair = connected_pair([(FIND, [IMPLICIT])])
    request = CFindRQ(message_id=1, affected_sop_class=FIND)
    begin = Begin(1, request)
    got = pair.carry(Role.REQUESTOR, pair.requestor.send_message(begin, [b"ab", b"cd"]))
    assert got == [begin, OwnedData(1, 1, b"abcd", True)]
    assert pair.acceptor.next_event() is NEED_DATA
    assert pair.carry(Role.ACCEPTOR, pair.acceptor.send(ReleaseRQ())) == [ReleaseRQ()]


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


def failing() -> Iterator[int]:
    yield 1
    raise OSError("gone")


def pulled(exchange: Exchange, source: AsyncIterator[int] | Iterator[int]) -> Operation[list[int]]:
    """All that an iterator gives."""
    assert exchange.contexts
    found = []
    while (item := (yield from pull(source))) is not END:
        found.append(item)
    return found


def test_users_iterators_are_pulled_from_and_their_errors_are_theirs() -> None:
    assert run_pair(lambda exchange: pulled(exchange, iter([1, 2])), Verification()) == [1, 2]
    assert run_pair(lambda exchange: pulled(exchange, numbers(3)), Verification()) == [0, 1, 2]
    with pytest.raises(OSError, match="gone"):
        run_pair(lambda exchange: pulled(exchange, failing()), Verification())


class Strict(Verification):
    """Refuses whoever is not called FRIEND, and knows how associations ended."""

    def __init__(self) -> None:
        self.ends: list[NetworkError | None] = []

    def admit(self, seat: Seat) -> Operation[AssociateRJ | bytes | None]:
        yield from call(lambda: None)
        return None if seat.info.calling == "FRIEND" else AssociateRJ(1, 1, 3)

    def ended(self, info: AssociationInfo, error: NetworkError | None) -> None:
        self.ends.append(error)


def test_a_doorkeeper_has_its_say() -> None:
    provider = Strict()
    with pytest.raises(AssociationRejected, match="calling AE title not recognized"):
        connect(provider)
    with connect(provider, calling_ae="FRIEND"):
        pass
    with pytest.raises(ValueError, match="ours"), connect(provider, calling_ae="FRIEND"):
        raise ValueError("ours")
    assert [type(error) for error in provider.ends] == [type(None), AssociationAborted]


def test_other_associations_are_those_of_the_network() -> None:
    class Asking(Verification):
        def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
            other = seat.associate(
                "there", 104, [(VERIFICATION, [IMPLICIT])], called_ae="THERE", calling_ae="HERE"
            )
            assert isinstance(other, MemoryAssociation)
            with other:
                assert other.request.called == "THERE"
                seat.tell(other.run(echo(other.exchange)).status)
            yield from super().respond(seat, begin)

    with connect(Asking(), network={("there", 104): Verification()}) as association:
        association.run(echo(association.exchange))
        assert association.told == [0]
    with (
        pytest.raises(ConnectionFailed, match="nobody listens there"),
        connect(Asking()) as association,
    ):
        association.run(echo(association.exchange))
