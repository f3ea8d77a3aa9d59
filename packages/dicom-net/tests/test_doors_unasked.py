"""What a peer says that nobody asked for: requests to a client, a release, and silence beside work."""

import anyio
import pytest
from doors import IMPLICIT, ON_BOTH_LOOPS, echoing
from test_transport_hostile import SHORT

import dicom_net as dn
from dicom_net import blocking
from dicom_net._operation import Operation, call, write
from dicom_net.dimse import (
    Begin,
    CEchoRSP,
    Exchange,
    InvalidRSP,
    NEventReportRQ,
    NEventReportRSP,
    Request,
)
from dicom_net.services import Seat, Verification, echo
from dicom_net.ul import OperationsWindow, ReleaseRQ

COMMITMENT = "1.2.840.10008.1.20.1"
CONTEXTS = [("1.2.840.10008.1.1", [IMPLICIT]), (COMMITMENT, [IMPLICIT])]


class Reporting(Verification):
    """Reports something before it answers an echo."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[int] = []

    def offers(self) -> list[dn.Offer]:
        return [*super().offers(), dn.Offer(COMMITMENT, [IMPLICIT])]

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        from dicom_net._operation import receive

        exchange: Exchange = seat.exchange
        context = exchange.context_for(COMMITMENT, as_scp=True).id
        report = NEventReportRQ(
            message_id=exchange.next_message_id(),
            affected_sop_class=COMMITMENT,
            affected_sop_instance="1.2.3",
            event_type=1,
            has_data=True,
        )
        yield from write(exchange.send_message(Begin(context, report), [bytes(5000)]))
        event = yield from receive(report.message_id)
        assert isinstance(event, Begin)
        assert isinstance(event.command, NEventReportRSP | InvalidRSP)
        self.answers.append(event.command.status)
        yield from super().respond(seat, begin)


class Leaving(Verification):
    """Releases the association instead of answering."""

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        assert isinstance(begin.command, Request)
        done = CEchoRSP(responded_to=begin.command.message_id, status=0)
        yield from write(seat.exchange.send(ReleaseRQ()))
        assert done.status == 0


class TestAsync:
    """Under asyncio and trio."""

    pytestmark = ON_BOTH_LOOPS

    async def test_a_request_that_nobody_takes_is_refused(self) -> None:
        provider = Reporting()
        async with (
            dn.Server(provider) as server,
            dn.associate("127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY") as association,
        ):
            for _ in range(2):
                assert (await association.run(echo(association.exchange))).status == 0
        assert provider.answers == [0x0211, 0x0211]

    async def test_a_peer_that_releases_is_answered_and_told_of(self) -> None:
        async with dn.Server(Leaving()) as server, echoing(server) as association:
            with pytest.raises(dn.ConnectionLost, match="the peer released the association"):
                await association.run(echo(association.exchange))

    async def test_silence_counts_from_the_last_answer(self) -> None:
        window = OperationsWindow(4, 4)
        policy = dn.AcceptancePolicy(ae_titles=["DICOMPY"], window=window)
        wake = anyio.Event()

        class Slow(Verification):
            def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
                yield from call(lambda: wake.wait())  # noqa: PLW0108 - typed as what it gives
                yield from super().respond(seat, begin)

        events: list[dn.ServerEvent] = []
        limits = dn.NetworkLimits(idle=SHORT)
        async with (
            dn.Server(Slow(), policy=policy, limits=limits, on_event=events.append) as server,
            echoing(server, window=window) as association,
        ):

            async def ask() -> None:
                assert (await association.run(echo(association.exchange))).status == 0

            async with anyio.create_task_group() as group:
                group.start_soon(ask)
                await anyio.sleep(SHORT * 4)  # longer than idle: the request keeps it
                wake.set()
            with anyio.fail_after(5):
                while not any(isinstance(event, dn.AssociationEnded) for event in events):
                    await anyio.lowlevel.checkpoint()


class TestBlocking:
    """With threads."""

    def test_a_request_that_nobody_takes_is_refused(self) -> None:
        provider = Reporting()
        with (
            blocking.Server(provider) as server,
            blocking.associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY"
            ) as association,
        ):
            for _ in range(2):
                assert association.run(echo(association.exchange)).status == 0
        assert provider.answers == [0x0211, 0x0211]

    def test_a_peer_that_releases_is_answered_and_told_of(self) -> None:
        with (
            blocking.Server(Leaving()) as server,
            blocking.associate(
                "127.0.0.1", server.port, CONTEXTS[:1], called_ae="DICOMPY"
            ) as association,
            pytest.raises(dn.ConnectionLost, match="the peer released the association"),
        ):
            association.run(echo(association.exchange))
