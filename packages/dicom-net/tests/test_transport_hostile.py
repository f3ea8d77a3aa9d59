"""N09, N10, N27 and N28 of the hostile cases at the doors, under asyncio and trio; time is short instead of slept through."""

import gc
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import pytest
from doors import CONTEXTS, ON_BOTH_LOOPS, Calling, Swallowing, echoing

import dicom_net as dn
from dicom_net._asking import make_exchange, make_request
from dicom_net.dimse import Begin, CEchoRQ, CStoreRQ, Data, Exchange
from dicom_net.services import Provider, Verification, echo
from dicom_net.transport import Server, associate
from dicom_net.ul import NEED_DATA, Abort, AssociateAC, AssociateRJ, Role

pytestmark = ON_BOTH_LOOPS

CT = "1.2.840.10008.5.1.4.1.1.2"
SHORT = 0.05


def proposal() -> tuple[Exchange, bytes]:
    """A requestor's machine, and what it says first."""
    exchange = make_exchange(Role.REQUESTOR, dn.NetworkLimits())
    request = make_request(
        [*CONTEXTS, (CT, ["1.2.840.10008.1.2"])],
        called_ae="DICOMPY",
        calling_ae="TEST",
        roles=(),
        extended=(),
        common_extended=(),
        window=None,
        user_identity=None,
        max_pdu=16384,
    )
    exchange.send(request, 0.0)
    return exchange, b"".join(exchange.connected(0.0))


@asynccontextmanager
async def raw(server: Server) -> AsyncGenerator[anyio.abc.SocketStream]:
    async with await anyio.connect_tcp("127.0.0.1", server.port) as stream:
        yield stream


async def until_closed(stream: anyio.abc.SocketStream) -> bytes:
    """All that the server says until it closes."""
    said = b""
    try:
        while True:
            said += await stream.receive()
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return said


async def drip(stream: anyio.abc.SocketStream, data: bytes) -> None:
    """One byte at a time, each as late as it may be without being silent."""
    try:
        for at in range(len(data)):
            await stream.send(data[at : at + 1])
            with anyio.move_on_after(SHORT / 4):
                await stream.receive()
    except (anyio.BrokenResourceError, anyio.EndOfStream):
        return
    raise AssertionError("the server took every byte")


async def still_answers(server: Server) -> None:
    with anyio.fail_after(1):
        async with echoing(server) as association:
            assert (await association.run(echo(association.exchange))).status == 0


async def test_n09_nothing_at_all_after_the_connection() -> None:
    async with Server(Verification(), limits=dn.NetworkLimits(request=SHORT)) as server:
        async with raw(server) as stream:
            with anyio.fail_after(5):
                assert await until_closed(stream) == b""
        await still_answers(server)


async def test_n09_a_request_byte_by_byte_has_one_deadline() -> None:
    _, data = proposal()
    async with Server(Verification(), limits=dn.NetworkLimits(request=SHORT)) as server:
        async with raw(server) as stream:
            with anyio.fail_after(5):
                await drip(stream, data)
        await still_answers(server)


async def test_n09_a_command_byte_by_byte_has_one_deadline() -> None:
    exchange, data = proposal()
    async with Server(Verification(), limits=dn.NetworkLimits(idle=SHORT)) as server:
        async with raw(server) as stream:
            await stream.send(data)
            exchange.receive_data(await stream.receive(), 0.0)
            assert isinstance(exchange.next_event(), AssociateAC)
            begin = Begin(1, CEchoRQ(message_id=1))
            with anyio.fail_after(5):
                await drip(stream, b"".join(exchange.send(begin)) * 99)
        await still_answers(server)


async def test_n09_a_data_set_byte_by_byte_is_too_slow() -> None:
    limits = dn.NetworkLimits(minimum_rate=1000, rate_window=SHORT)
    exchange, data = proposal()
    events: list[dn.ServerEvent] = []
    providers: list[Provider] = [Verification(), Swallowing(CT)]
    async with Server(providers, limits=limits, on_event=events.append) as server:
        async with raw(server) as stream:
            await stream.send(data)
            exchange.receive_data(await stream.receive(), 0.0)
            assert isinstance(exchange.next_event(), AssociateAC)
            request = CStoreRQ(message_id=1, affected_sop_class=CT, affected_sop_instance="1.2.3")
            await stream.send(b"".join(exchange.send(Begin(3, request))))
            message = b"".join(exchange.send(Data(3, 1, [bytes(5000)], last=True)))
            with anyio.fail_after(5):
                await drip(stream, message)
        await still_answers(server)
    (ended,) = [event for event in events if isinstance(event, dn.AssociationEnded)]
    assert "less than 1000 bytes a second" in str(ended.error)


async def test_n09_a_peer_that_answers_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        timeouts = dn.Timeouts(association=SHORT)
        with anyio.fail_after(5), pytest.raises(dn.DeadlineExceeded) as caught:
            async with associate("127.0.0.1", port, CONTEXTS, timeouts=timeouts):
                pass
    assert caught.value.kind is dn.TimeoutKind.ASSOCIATION


@pytest.mark.parametrize(
    ("kind", "timeouts"),
    [
        (dn.TimeoutKind.READ, dn.Timeouts(read=SHORT)),
        (dn.TimeoutKind.OPERATION, dn.Timeouts(operation=SHORT)),
    ],
)
async def test_n09_a_provider_that_never_answers(
    kind: dn.TimeoutKind, timeouts: dn.Timeouts
) -> None:
    async with Server(Calling(anyio.sleep_forever)) as server:
        with anyio.fail_after(5), pytest.raises(dn.DeadlineExceeded) as caught:
            async with echoing(server, timeouts=timeouts) as association:
                await association.run(echo(association.exchange))
        assert caught.value.kind is kind
        await server.stop(0)


async def test_n10_connections_that_only_look_leave_nothing() -> None:
    limits = dn.NetworkLimits(associations=4, refusals=2)
    events: list[dn.ServerEvent] = []
    async with Server(Verification(), limits=limits, on_event=events.append) as server:
        for _ in range(200):
            socket.create_connection(("127.0.0.1", server.port)).close()
        while server._hostings:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        assert server._serving.gate._inside == 0
        assert server._serving.gate._refused == 0
        await still_answers(server)
    assert not [event for event in events if isinstance(event, dn.ServerFailed)]


async def test_n10_idle_connections_give_way_when_their_time_is_over() -> None:
    limits = dn.NetworkLimits(associations=2, refusals=0, request=SHORT)
    async with (
        Server(Verification(), limits=limits) as server,
        raw(server) as one,
        raw(server) as two,
    ):
        await until_closed(one)
        await until_closed(two)
        await still_answers(server)


async def test_n28_a_conversation_in_single_bytes_is_the_same() -> None:
    exchange, data = proposal()
    async with Server(Verification()) as server, raw(server) as stream:

        async def say(message: bytes) -> object:
            for at in range(len(message)):
                await stream.send(message[at : at + 1])
            while (event := exchange.next_event()) is NEED_DATA:
                exchange.receive_data(await stream.receive(), 0.0)
            return event

        assert isinstance(await say(data), AssociateAC)
        for message_id in (1, 2, 3):
            begin = Begin(1, CEchoRQ(message_id=message_id))
            answer = await say(b"".join(exchange.send(begin)))
            assert isinstance(answer, Begin)
            assert getattr(answer.command, "responded_to", None) == message_id


async def test_n28_many_messages_in_one_read_are_answered_in_order() -> None:
    window = dn.ul.OperationsWindow(8, 8)
    policy = dn.AcceptancePolicy(ae_titles=["DICOMPY"], window=window)
    async with (
        Server(Verification(), policy=policy) as server,
        echoing(server, window=window) as association,
    ):
        exchange = association.exchange
        numbers = [exchange.next_message_id() for _ in range(8)]
        from dicom_net._operation import Operation, receive, write

        def eight() -> Operation[list[int]]:
            requests = [exchange.send(Begin(1, CEchoRQ(message_id=number))) for number in numbers]
            yield from write([buffer for buffers in requests for buffer in buffers])
            answers = []
            for number in numbers:
                event = yield from receive(number)
                assert isinstance(event, Begin)
                answers.append(getattr(event.command, "responded_to", 0))
            return answers

        assert await association.run(eight()) == numbers


@pytest.mark.parametrize("steps", range(12))
async def test_n27_cancellation_anywhere_in_a_client_leaves_nothing_open(steps: int) -> None:
    """Cancelled after each number of turns of the event loop: the server sees an end, and no socket stays open."""
    events: list[dn.ServerEvent] = []
    async with Server(Verification(), on_event=events.append) as server:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:

                async def work() -> None:
                    async with echoing(server) as association:
                        while True:
                            await association.run(echo(association.exchange))

                group.start_soon(work)
                for _ in range(steps * 3):
                    await anyio.lowlevel.checkpoint()
                scope.cancel()
        with anyio.fail_after(5):
            while server._hostings:
                await anyio.lowlevel.checkpoint()
        await still_answers(server)
    established = [event for event in events if isinstance(event, dn.AssociationEstablished)]
    ends = [
        event for event in events if isinstance(event, dn.AssociationEnded | dn.AssociationReleased)
    ]
    assert len(ends) == len(established)
    gc.collect()  # an open socket would warn, and warnings are errors


async def test_n27_a_cancelled_operation_aborts_the_association() -> None:
    reached = anyio.Event()

    async def hang() -> None:
        reached.set()
        await anyio.sleep_forever()

    async with Server(Calling(hang)) as server, echoing(server) as association:
        async with anyio.create_task_group() as group:
            group.start_soon(association.run, echo(association.exchange))
            await reached.wait()
            group.cancel_scope.cancel()
        assert not association.is_open
        with pytest.raises(dn.ConnectionLost, match="ended by us"):
            await association.run(echo(association.exchange))
        await server.stop(0)


async def test_n27_a_server_that_is_cancelled_says_goodbye() -> None:
    with anyio.CancelScope() as scope:
        async with Server(Verification()) as server:
            exchange, data = proposal()
            sock = socket.create_connection(("127.0.0.1", server.port))
            sock.sendall(data)
            sock.setblocking(False)
            while not server.associations:
                await anyio.lowlevel.checkpoint()
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    sock.setblocking(True)
    with sock:
        said = b""
        while piece := sock.recv(4096):
            said += piece
    exchange.receive_data(said, 0.0)
    assert isinstance(exchange.next_event(), AssociateAC)
    assert isinstance(exchange.next_event(), Abort | AssociateRJ)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        bytes.fromhex("16030102000100"),
        bytes(range(256)) * 300,
        b"\x01\x00\xff\xff\xff\xff" + bytes(100),
    ],
    ids=["http", "ssh", "tls", "noise", "length"],
)
async def test_n01_what_is_not_dicom_is_aborted_at_once(data: bytes) -> None:
    async with Server(Verification()) as server:
        async with raw(server) as stream:
            with anyio.fail_after(1):
                await stream.send(data)
                said = await until_closed(stream)
            assert said[:1] in {b"\x07", b""}
        await still_answers(server)
