"""Connecting: the families in turns, and what is said when nothing answers (NET-009, RFC 8305)."""

import socket
from collections.abc import Callable

import anyio
import pytest

import dicom_net as dn
from dicom_net import blocking
from dicom_net._connecting import connect_failure, interleave

STREAM = (socket.SOCK_STREAM, 6, "")
V4, V6 = socket.AF_INET, socket.AF_INET6
CONTEXTS = [("1.2.840.10008.1.1", ["1.2.840.10008.1.2"])]


def test_families_take_turns_and_each_address_is_tried_once() -> None:
    found = [
        (V6, *STREAM, ("::1", 1)),
        (V6, *STREAM, ("::2", 1)),
        (V6, *STREAM, ("::1", 1)),
        (V4, *STREAM, ("1.1.1.1", 1)),
    ]
    assert interleave(found) == [
        (V6, ("::1", 1)),
        (V4, ("1.1.1.1", 1)),
        (V6, ("::2", 1)),
    ]


def test_several_errors_are_one_sentence() -> None:
    errors = [OSError(111, "refused"), OSError(111, "refused"), OSError(113, "no route")]
    text = str(connect_failure("pacs", 104, errors))
    assert "nothing listens there and the host cannot be reached" in text


def open_async(backend: str) -> Callable[..., None]:
    def opened(host: str, port: int, timeouts: dn.Timeouts = dn.Timeouts.DEFAULT) -> None:
        async def main() -> None:
            async with dn.associate(host, port, CONTEXTS, called_ae="DICOMPY", timeouts=timeouts):
                pass

        anyio.run(main, backend=backend)

    return opened


def open_blocking(host: str, port: int, timeouts: dn.Timeouts = dn.Timeouts.DEFAULT) -> None:
    with blocking.associate(host, port, CONTEXTS, called_ae="DICOMPY", timeouts=timeouts):
        pass


@pytest.fixture(params=["asyncio", "trio", "blocking"])
def opened(request: pytest.FixtureRequest) -> Callable[..., None]:
    return open_blocking if request.param == "blocking" else open_async(request.param)


@pytest.fixture
def port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
        return number


def test_a_host_of_two_families_is_reached_by_the_one_that_answers(
    opened: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dicom_net.services import Verification

    with blocking.Server(Verification()) as server:
        found = [
            (V6, *STREAM, ("::1", server.port, 0, 0)),
            (V4, *STREAM, ("127.0.0.1", server.port)),
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **named: found)
        opened("both", server.port)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nothing_listens(opened: Callable[..., None], port: int, host: str) -> None:
    with pytest.raises(dn.ConnectionFailed, match="nothing listens there") as caught:
        opened(host, port)
    assert caught.value.step == "tcp"
    assert caught.value.retryable


def test_a_name_that_is_none(opened: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **named: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(dn.ConnectionFailed, match="the name cannot be resolved") as caught:
        opened("pacs.invalid", 104)
    assert caught.value.step == "dns"


def test_a_host_that_answers_nothing_is_given_up(opened: Callable[..., None]) -> None:
    # A listener whose queue is full takes no further connection, and answers none
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        try:
            for _ in range(8):
                sock = socket.socket()
                sock.setblocking(False)
                waiting.append(sock)
                sock.connect_ex(full.getsockname())
            timeouts = dn.Timeouts(connect=0.05)
            with pytest.raises(dn.DeadlineExceeded) as caught:
                opened("127.0.0.1", full.getsockname()[1], timeouts)
            assert caught.value.kind is dn.TimeoutKind.CONNECT
        finally:
            for sock in waiting:
                sock.close()
