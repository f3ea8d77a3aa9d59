"""Several operations on one association: whoever waits reads, and each gets what is his, in both doors."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from doors import IMPLICIT, ON_BOTH_LOOPS

import dicom_net as dn
from dicom_net import blocking
from dicom_net._operation import (
    END,
    Operation,
    StopWanted,
    call,
    give,
    poll,
    pull,
    receive,
    write,
)
from dicom_net.dimse import (
    Begin,
    CCancelRQ,
    CFindRQ,
    CFindRSP,
    CStoreRQ,
    CStoreRSP,
    Data,
    Exchange,
)
from dicom_net.services import Seat

FIND = "1.2.840.10008.5.1.4.1.2.2.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
CONTEXTS = [(FIND, [IMPLICIT]), (CT, [IMPLICIT])]
WINDOW = dn.ul.OperationsWindow(8, 8)
POLICY = dn.AcceptancePolicy(ae_titles=["DICOMPY"], window=WINDOW)
ANSWERS = 30


class Answering:
    """Answers a C-FIND with what was asked, some thirty times; stores with the size of what came."""

    def __init__(self) -> None:
        self.cancelled = 0

    def offers(self) -> Iterable[dn.Offer]:
        return [dn.Offer(FIND, [IMPLICIT]), dn.Offer(CT, [IMPLICIT])]

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        request = begin.command
        assert isinstance(request, CFindRQ | CStoreRQ)
        body = yield from body_of(request.message_id)
        send = seat.exchange.send_message
        if isinstance(request, CStoreRQ):
            answer = CStoreRSP(responded_to=request.message_id, status=0, comment=str(len(body)))
            yield from write(send(Begin(begin.context, answer)))
            return
        status = 0
        for _ in range(ANSWERS):
            found = CFindRSP(responded_to=request.message_id, status=0xFF00, has_data=True)
            yield from write(send(Begin(begin.context, found), [body]))
            yield from call(nothing)
            event = yield from poll(request.message_id)
            if event is not None:
                assert isinstance(event, Begin)
                assert isinstance(event.command, CCancelRQ)
                self.cancelled += 1
                status = 0xFE00
                break
        done = CFindRSP(responded_to=request.message_id, status=status)
        yield from write(send(Begin(begin.context, done)))


def nothing() -> None:
    """What a user's function may be."""


def body_of(message_id: int) -> Operation[bytes]:
    body = b""
    while True:
        event = yield from receive(message_id)
        assert isinstance(event, Data)
        body += b"".join(event.views)
        if event.last:
            return body


def find(exchange: Exchange, text: bytes) -> Operation[list[bytes]]:
    """All answers, each given and in the end returned."""
    message_id = exchange.next_message_id()
    request = CFindRQ(message_id=message_id, affected_sop_class=FIND)
    context = exchange.context_for(FIND).id
    yield from write(exchange.send_message(Begin(context, request), [text]))
    found: list[bytes] = []
    try:
        while True:
            event = yield from receive(message_id)
            assert isinstance(event, Begin)
            assert isinstance(event.command, CFindRSP)
            if not event.command.has_data:
                return found
            found.append((yield from body_of(message_id)))
            yield from give(found[-1])
    except StopWanted:
        cancel = CCancelRQ(responded_to=message_id)
        yield from write(exchange.send(Begin(context, cancel)))
        while True:
            event = yield from receive(message_id)
            if isinstance(event, Begin) and not event.command.has_data:
                return found


def store(exchange: Exchange, pieces: Iterable[bytes]) -> Operation[str]:
    """Send what an iterator gives, piece by piece."""
    message_id = exchange.next_message_id()
    request = CStoreRQ(message_id=message_id, affected_sop_class=CT, affected_sop_instance="1.2.3")
    context = exchange.context_for(CT).id
    yield from write(exchange.send(Begin(context, request)))
    source = iter(pieces)
    while (piece := (yield from pull(source))) is not END:
        yield from write(exchange.send(Data(context, message_id, [piece], last=False)))
    yield from write(exchange.send(Data(context, message_id, [], last=True)))
    event = yield from receive(message_id)
    assert isinstance(event, Begin)
    assert isinstance(event.command, CStoreRSP)
    return event.command.comment


class TestAsync:
    """Under asyncio and trio."""

    pytestmark = ON_BOTH_LOOPS

    async def test_each_gets_what_is_his(self) -> None:
        async with (
            dn.Server(Answering(), policy=POLICY) as server,
            dn.associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", window=WINDOW
            ) as association,
            anyio.create_task_group() as group,
        ):
            exchange = association.exchange

            async def ask(number: int) -> None:
                text = b"%02d" % number * 500
                assert await association.run(find(exchange, text)) == [text] * ANSWERS

            async def send(number: int) -> None:
                pieces = [bytes(30_000)] * number
                assert await association.run(store(exchange, pieces)) == str(30_000 * number)

            for number in range(4):
                group.start_soon(ask, number)
                group.start_soon(send, number + 1)

    async def test_another_operation_while_an_iteration_waits(self) -> None:
        async with (
            dn.Server(Answering(), policy=POLICY) as server,
            dn.associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", window=WINDOW
            ) as association,
        ):
            exchange = association.exchange
            seen = 0
            async with association.iterate(find(exchange, b"ab")) as answers:
                async for answer in answers:
                    assert answer == b"ab"
                    seen += 1
                    if seen % 10 == 0:
                        assert await association.run(find(exchange, b"cd")) == [b"cd"] * ANSWERS
            assert seen == ANSWERS

    async def test_an_iteration_that_is_left_is_cancelled_and_the_association_goes_on(self) -> None:
        provider = Answering()
        async with (
            dn.Server(provider, policy=POLICY) as server,
            dn.associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", window=WINDOW
            ) as association,
        ):
            exchange = association.exchange
            async with association.iterate(find(exchange, b"ab")) as answers:
                async for _ in answers:
                    break
            assert await association.run(find(exchange, b"cd")) == [b"cd"] * ANSWERS
            async for _ in association.iterate(find(exchange, b"ef")):
                break  # the release of the association closes this one

    async def test_a_peer_that_stops_reading_is_given_up(self) -> None:
        timeouts = dn.Timeouts(write=0.05)
        reading = anyio.Event()

        wait: Callable[[], object] = reading.wait

        class Deaf(Answering):
            def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
                yield from call(wait)

        async with dn.Server(Deaf()) as server:
            with pytest.raises(dn.DeadlineExceeded) as caught:
                async with dn.associate(
                    "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", timeouts=timeouts
                ) as association:
                    await association.run(store(association.exchange, [bytes(1 << 20)] * 64))
            assert caught.value.kind is dn.TimeoutKind.WRITE
            reading.set()


class TestBlocking:
    """With threads."""

    def test_each_gets_what_is_his(self) -> None:
        with (
            blocking.Server(Answering(), policy=POLICY) as server,
            blocking.associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", window=WINDOW
            ) as association,
            ThreadPoolExecutor(8) as pool,
        ):
            exchange = association.exchange

            def ask(number: int) -> None:
                text = b"%02d" % number * 500
                assert association.run(find(exchange, text)) == [text] * ANSWERS

            def send(number: int) -> None:
                pieces = [bytes(30_000)] * number
                assert association.run(store(exchange, pieces)) == str(30_000 * number)

            for done in [pool.submit(ask, n) for n in range(4)] + [
                pool.submit(send, n + 1) for n in range(4)
            ]:
                done.result(20)

    def test_another_operation_while_an_iteration_waits(self) -> None:
        with (
            blocking.Server(Answering(), policy=POLICY) as server,
            blocking.associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", window=WINDOW
            ) as association,
        ):
            exchange = association.exchange
            seen = 0
            for answer in association.iterate(find(exchange, b"ab")):
                assert answer == b"ab"
                seen += 1
                if seen % 10 == 0:
                    assert association.run(find(exchange, b"cd")) == [b"cd"] * ANSWERS
            assert seen == ANSWERS

    def test_an_iteration_that_is_left_is_cancelled_and_the_association_goes_on(self) -> None:
        with (
            blocking.Server(Answering(), policy=POLICY) as server,
            blocking.associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", window=WINDOW
            ) as association,
        ):
            exchange = association.exchange
            with association.iterate(find(exchange, b"ab")) as answers:
                for _ in answers:
                    break
            assert association.run(find(exchange, b"cd")) == [b"cd"] * ANSWERS
            for _ in association.iterate(find(exchange, b"ef")):
                break  # the release of the association closes this one
