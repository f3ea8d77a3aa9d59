"""A server and its clients over plain sockets and threads."""

import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event

import pytest
from doors import CONTEXTS, Calling

import dicom_net as dn
from dicom_net.blocking import Association, Server, associate
from dicom_net.services import Verification, echo
from dicom_net.ul import OperationsWindow, RejectReason


@contextmanager
def echoing(
    server: Server, *, called_ae: str = "DICOMPY", window: OperationsWindow | None = None
) -> Generator[Association]:
    with associate(
        "127.0.0.1", server.port, CONTEXTS, called_ae=called_ae, window=window
    ) as association:
        yield association


def kinds(events: list[dn.ServerEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


LIFE = ["ServerStarted", "AssociationEstablished", "AssociationReleased", "ServerStopped"]


def test_an_echo_is_answered_and_told_in_order() -> None:
    events: list[dn.ServerEvent] = []
    with Server(Verification(), on_event=events.append) as server:
        seen = server.events()
        with echoing(server) as association:
            for _ in range(3):
                assert association.run(echo(association.exchange)).status == 0
            assert [info.calling for info in server.associations] == ["DICOMPY"]
    assert kinds(events) == LIFE
    assert kinds(list(seen)) == LIFE


def test_who_calls_another_title_is_rejected() -> None:
    with Server(Verification()) as server:
        with (
            pytest.raises(dn.AssociationRejected, match="called AE") as caught,
            echoing(server, called_ae="OTHER"),
        ):
            pass
        assert caught.value.answer.meaning is RejectReason.CALLED_AE_NOT_RECOGNIZED


def test_a_provider_that_raises_gives_a_failure_and_the_association_goes_on() -> None:
    answers = iter([ValueError("secret"), None])

    def stumble() -> None:
        error = next(answers)
        if error is not None:
            raise error

    events: list[dn.ServerEvent] = []
    with Server(Calling(stumble), on_event=events.append) as server, echoing(server) as association:
        assert association.run(echo(association.exchange)).status == 0x0110
        assert association.run(echo(association.exchange)).status == 0
    assert "ServerFailed" in kinds(events)
    assert "secret" not in repr(events)  # an exception's text may hold what is the patient's


def test_n26_a_handler_that_sleeps_holds_up_nobody_else() -> None:
    asleep, wake = Event(), Event()

    def sleep() -> None:
        asleep.set()
        assert wake.wait(10)

    provider = Calling(sleep)
    with (
        Server(provider) as server,
        ThreadPoolExecutor() as pool,
        echoing(server) as slow,
        echoing(server) as quick,
    ):
        answer = pool.submit(slow.run, echo(slow.exchange))
        assert asleep.wait(10)
        provider.function = lambda: None
        assert pool.submit(quick.run, echo(quick.exchange)).result(1).status == 0
        wake.set()
        assert answer.result(10).status == 0


def test_n10_who_is_one_too_many_is_told_to_try_later_and_slots_come_back() -> None:
    limits = dn.NetworkLimits(associations=2, refusals=1)
    with Server(Verification(), limits=limits) as server, echoing(server) as first:
        with echoing(server):
            with pytest.raises(dn.AssociationRejected) as caught, echoing(server):
                pass
            assert caught.value.answer.meaning is RejectReason.TEMPORARY_CONGESTION
        with echoing(server) as again:
            assert again.run(echo(again.exchange)).status == 0
        assert first.run(echo(first.exchange)).status == 0


def test_several_requests_are_answered_at_once_where_the_window_allows() -> None:
    together = 3
    barrier = Barrier(together)
    policy = dn.AcceptancePolicy(ae_titles=["DICOMPY"], window=OperationsWindow(1, together))
    window = OperationsWindow(invoked=together, performed=1)
    provider = Calling(lambda: barrier.wait(10))
    with (
        Server(provider, policy=policy) as server,
        echoing(server, window=window) as association,
        ThreadPoolExecutor(together) as pool,
    ):
        answers = [
            pool.submit(association.run, echo(association.exchange)) for _ in range(together)
        ]
        assert [answer.result(10).status for answer in answers] == [0] * together


def test_a_stopped_server_ends_idle_associations_and_listens_no_more() -> None:
    from dicom_net.blocking import open_association

    with Server(Verification()) as server:
        association = open_association("127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY")
        server.stop()
        with pytest.raises(dn.AssociationAborted):
            association.run(echo(association.exchange))
        with pytest.raises(dn.ConnectionFailed, match="nothing listens there"):
            open_association("127.0.0.1", server.port, CONTEXTS)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(dn.ConnectionFailed, match="cannot be listened on"),
            Server(Verification(), port=port),
        ):
            pass


def test_an_async_function_that_waits_is_refused_in_words() -> None:
    class Turn:
        def __await__(self) -> Generator[None]:
            yield

    async def waits() -> None:
        await Turn()

    events: list[dn.ServerEvent] = []
    with Server(Calling(waits), on_event=events.append) as server, echoing(server) as association:
        assert association.run(echo(association.exchange)).status == 0x0110
    assert "ServerFailed" in kinds(events)


def test_servers_share_sockets_that_listen_already() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with (
            Server(Verification(), listeners=[listener]) as first,
            Server(Verification(), listeners=[listener]),
            echoing(first) as association,
        ):
            assert first.port == port
            assert association.run(echo(association.exchange)).status == 0
        # Both have ended, and the socket is still its owner's
        with Server(Verification(), listeners=[listener]) as third, echoing(third) as association:
            assert association.run(echo(association.exchange)).status == 0
