"""A server and its clients over real sockets, under asyncio and trio."""

import socket

import anyio
import pytest
from doors import CONTEXTS, IMPLICIT, ON_BOTH_LOOPS, Calling, echoing

import dicom_net as dn
from dicom_net.services import VERIFICATION, Verification, echo
from dicom_net.transport import Server, associate
from dicom_net.ul import RejectReason

pytestmark = ON_BOTH_LOOPS


def kinds(events: list[dn.ServerEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_an_echo_is_answered_and_told_in_order() -> None:
    events: list[dn.ServerEvent] = []
    async with (
        Server(Verification(), on_event=events.append) as server,
        echoing(server) as association,
    ):
        for _ in range(3):
            assert (await association.run(echo(association.exchange))).status == 0
        assert [info.calling for info in server.associations] == ["DICOMPY"]
    assert kinds(events) == [
        "ServerStarted",
        "AssociationEstablished",
        "AssociationReleased",
        "ServerStopped",
    ]


async def test_events_are_given_to_whoever_iterates() -> None:
    seen: list[dn.ServerEvent] = []

    async def watch(server: Server) -> None:
        async for event in server.events():
            seen.append(event)

    async with anyio.create_task_group() as group, Server(Verification()) as server:
        group.start_soon(watch, server)
        await anyio.wait_all_tasks_blocked()
        async with echoing(server):
            pass
    assert kinds(seen) == [
        "ServerStarted",
        "AssociationEstablished",
        "AssociationReleased",
        "ServerStopped",
    ]


async def test_who_calls_another_title_is_rejected() -> None:
    events: list[dn.ServerEvent] = []
    async with Server(Verification(), on_event=events.append) as server:
        with pytest.raises(dn.AssociationRejected, match="called AE") as caught:
            async with associate("127.0.0.1", server.port, CONTEXTS, called_ae="OTHER"):
                pass
        assert caught.value.answer.meaning is RejectReason.CALLED_AE_NOT_RECOGNIZED
        async with echoing(server) as association:
            assert (await association.run(echo(association.exchange))).status == 0
    assert "AssociationRefused" in kinds(events)


async def test_a_provider_that_raises_gives_a_failure_and_the_association_goes_on() -> None:
    answers = iter([ValueError("secret"), None])

    def stumble() -> None:
        error = next(answers)
        if error is not None:
            raise error

    events: list[dn.ServerEvent] = []
    async with (
        Server(Calling(stumble), on_event=events.append) as server,
        echoing(server) as association,
    ):
        assert (await association.run(echo(association.exchange))).status == 0x0110
        assert (await association.run(echo(association.exchange))).status == 0
    assert "ServerFailed" in kinds(events)
    assert "secret" not in repr(events)  # an exception's text may hold what is the patient's


async def test_n26_a_handler_that_sleeps_holds_up_nobody_else() -> None:
    asleep, wake = anyio.Event(), anyio.Event()

    async def sleep() -> None:
        asleep.set()
        await wake.wait()

    provider = Calling(sleep)
    async with (
        Server(provider) as server,
        echoing(server) as slow,
        echoing(server) as quick,
        anyio.create_task_group() as group,
    ):

        async def ask() -> None:
            assert (await slow.run(echo(slow.exchange))).status == 0

        group.start_soon(ask)
        await asleep.wait()
        provider.function = lambda: None
        with anyio.fail_after(1):
            assert (await quick.run(echo(quick.exchange))).status == 0
        wake.set()


async def test_n10_who_is_one_too_many_is_told_to_try_later_and_slots_come_back() -> None:
    limits = dn.NetworkLimits(associations=2, refusals=1)
    async with Server(Verification(), limits=limits) as server, echoing(server) as first:
        async with echoing(server):
            with pytest.raises(dn.AssociationRejected) as caught:
                async with echoing(server):
                    pass
            assert caught.value.answer.meaning is RejectReason.TEMPORARY_CONGESTION
            assert caught.value.retryable
        async with echoing(server) as again:
            assert (await again.run(echo(again.exchange))).status == 0
        assert (await first.run(echo(first.exchange))).status == 0


async def test_n10_one_peer_does_not_take_all_places() -> None:
    limits = dn.NetworkLimits(associations=3, associations_per_peer=1)
    async with Server(Verification(), limits=limits) as server, echoing(server):
        with pytest.raises(dn.AssociationRejected) as caught:
            async with echoing(server):
                pass
        assert caught.value.answer.meaning is RejectReason.LOCAL_LIMIT_EXCEEDED


async def test_a_stopped_server_ends_idle_associations_and_listens_no_more() -> None:
    async with Server(Verification()) as server:
        association = await open_echo(server)
        await server.stop()
        with pytest.raises(dn.AssociationAborted):
            await association.run(echo(association.exchange))
        with pytest.raises(dn.ConnectionFailed, match="nothing listens there"):
            await open_echo(server)


async def open_echo(server: Server) -> dn.Association:
    from dicom_net.transport import open_association

    return await open_association("127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY")


async def test_a_server_that_others_reach_says_who_may_call() -> None:
    with pytest.raises(dn.LocalProtocolError, match="any_ae=True"):
        Server(Verification(), host="0.0.0.0")
    Server(Verification(), host="0.0.0.0", any_ae=True)
    policy = dn.AcceptancePolicy(ae_titles=["DICOMPY"], allowed=["CT1"])
    Server(Verification(), host="", policy=policy)


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(dn.ConnectionFailed, match="cannot be listened on"):
            async with Server(Verification(), port=port):
                pass


async def test_several_requests_are_answered_at_once_where_the_window_allows() -> None:
    together = 3
    arrived: list[int] = []
    all_there = anyio.Event()

    async def meet() -> None:
        arrived.append(1)
        if len(arrived) == together:
            all_there.set()
        await all_there.wait()

    window = dn.ul.OperationsWindow(invoked=together, performed=1)
    policy = dn.AcceptancePolicy(ae_titles=["DICOMPY"], window=dn.ul.OperationsWindow(1, together))
    async with (
        Server(Calling(meet), policy=policy) as server,
        echoing(server, window=window) as association,
        anyio.create_task_group() as group,
    ):
        for _ in range(together):
            group.start_soon(association.run, echo(association.exchange))
    assert len(arrived) == together


async def test_a_context_that_was_refused_is_named() -> None:
    contexts = [("1.2.840.10008.5.1.4.1.1.2", [IMPLICIT])]
    async with (
        Server(Verification()) as server,
        associate("127.0.0.1", server.port, contexts, called_ae="DICOMPY") as association,
    ):
        with pytest.raises(dn.NegotiationError, match="Verification"):
            await association.run(echo(association.exchange))
        assert VERIFICATION not in {
            context.abstract_syntax for context in association.exchange.contexts.values()
        }


async def test_servers_share_sockets_that_listen_already() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with Server(Verification(), listeners=[listener]) as first:
            assert first.port == port
            async with (
                Server(Verification(), listeners=[listener]) as second,
                echoing(second) as it,
            ):
                assert (await it.run(echo(it.exchange))).status == 0
        # Both have ended, and the socket is still its owner's
        async with Server(Verification(), listeners=[listener]) as third, echoing(third) as it:
            assert (await it.run(echo(it.exchange))).status == 0
