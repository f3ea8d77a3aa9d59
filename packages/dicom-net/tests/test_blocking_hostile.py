"""N09, N17 and N27 with threads: time is kept for the whole, and what is interrupted is aborted."""

import math
import socket
from collections.abc import Iterable
from threading import Event

import pytest
from doors import CONTEXTS, Calling, Swallowing
from test_transport_hostile import CT, SHORT, proposal

import dicom_net as dn
from dicom_net._operation import Operation, call, write
from dicom_net.blocking import Server, associate
from dicom_net.blocking._helper import Helper
from dicom_net.dimse import Begin, CEchoRQ, CEchoRSP, CStoreRQ, Data
from dicom_net.services import Provider, Seat, Verification, echo
from dicom_net.ul import AssociateAC


def until_closed(sock: socket.socket) -> bytes:
    """All that the server says until it closes."""
    sock.settimeout(5)
    said = b""
    try:
        while piece := sock.recv(4096):
            said += piece
    except ConnectionResetError:
        pass
    return said


def still_answers(server: Server) -> None:
    with associate("127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY") as association:
        assert association.run(echo(association.exchange)).status == 0


def test_n09_nothing_at_all_after_the_connection() -> None:
    with Server(Verification(), limits=dn.NetworkLimits(request=SHORT)) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            assert until_closed(sock) == b""
        still_answers(server)


def test_n09_an_association_without_a_request() -> None:
    _, data = proposal()
    with Server(Verification(), limits=dn.NetworkLimits(idle=SHORT)) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(data)
            assert until_closed(sock)[-10:-9] == b"\x07"  # A-ABORT
        still_answers(server)


def test_n09_a_data_set_that_does_not_come() -> None:
    exchange, data = proposal()
    providers: list[Provider] = [Verification(), Swallowing(CT)]
    timeouts = dn.Timeouts(read=SHORT)
    with Server(providers, timeouts=timeouts) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(data)
            exchange.receive_data(sock.recv(4096), 0.0)
            assert isinstance(exchange.next_event(), AssociateAC)
            request = CStoreRQ(message_id=1, affected_sop_class=CT, affected_sop_instance="1.2")
            sock.sendall(b"".join(exchange.send(Begin(3, request))))
            sock.sendall(b"".join(exchange.send(Data(3, 1, [bytes(500)], last=False))))
            assert until_closed(sock)[:1] == b"\x07"
        still_answers(server)


@pytest.mark.parametrize(
    ("kind", "timeouts"),
    [
        (dn.TimeoutKind.READ, dn.Timeouts(read=SHORT)),
        (dn.TimeoutKind.OPERATION, dn.Timeouts(operation=SHORT)),
    ],
)
def test_n09_a_provider_that_never_answers(kind: dn.TimeoutKind, timeouts: dn.Timeouts) -> None:
    wake = Event()
    with Server(Calling(lambda: wake.wait(10))) as server:
        with (
            pytest.raises(dn.DeadlineExceeded) as caught,
            associate(
                "127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY", timeouts=timeouts
            ) as association,
        ):
            association.run(echo(association.exchange))
        assert caught.value.kind is kind
        wake.set()


class Performing(Calling):
    """Calls its function by `Seat.perform`, in a thread."""

    def offers(self) -> Iterable[dn.Offer]:
        return Verification().offers()

    def respond(self, seat: Seat, begin: Begin) -> Operation[None]:
        assert isinstance(begin.command, CEchoRQ)
        yield from call(lambda: seat.perform(self.function, in_thread=True))
        answer = CEchoRSP(responded_to=begin.command.message_id, status=0)
        yield from write(seat.exchange.send(Begin(begin.context, answer)))


def test_n17_a_function_that_hangs_is_left_behind() -> None:
    wake = Event()
    provider = Performing(lambda: wake.wait(10))
    events: list[dn.ServerEvent] = []
    limits = dn.NetworkLimits(handler=SHORT)
    with (
        Server(provider, limits=limits, on_event=events.append) as server,
        associate("127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY") as association,
    ):
        assert association.run(echo(association.exchange)).status == 0x0110
        provider.function = lambda: None
        assert association.run(echo(association.exchange)).status == 0
    wake.set()
    assert any(
        "handler limit" in event.error for event in events if isinstance(event, dn.ServerFailed)
    )


def test_a_helper_passes_on_what_is_returned_and_raised() -> None:
    helper = Helper("test")
    assert helper.run(lambda: 1, math.inf) == 1
    with pytest.raises(ZeroDivisionError):
        helper.run(lambda: 1 // 0, 10)
    assert helper.run(lambda: 2, 10) == 2
    helper.end()


def test_n27_an_interrupted_operation_aborts_the_association() -> None:
    ended: list[dn.ServerEvent] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    def interrupted() -> Operation[None]:
        yield from call(interrupt)

    with Server(Verification(), on_event=ended.append) as server:
        with (
            pytest.raises(KeyboardInterrupt),
            associate("127.0.0.1", server.port, CONTEXTS, called_ae="DICOMPY") as association,
        ):
            association.run(interrupted())
        assert not association.is_open
        still_answers(server)
    assert any(isinstance(event, dn.AssociationEnded) for event in ended)


def test_n10_connections_that_only_look_leave_nothing() -> None:
    limits = dn.NetworkLimits(associations=4, refusals=2)
    with Server(Verification(), limits=limits) as server:
        for _ in range(100):
            socket.create_connection(("127.0.0.1", server.port)).close()
        still_answers_soon(server)


def still_answers_soon(server: Server) -> None:
    """Places come back as connections end; until then who comes is told to come again."""
    while True:
        try:
            still_answers(server)
        except (dn.AssociationRejected, dn.ConnectionLost):
            continue
        return
