"""N01 to N08, N11 and N28 on the machines themselves: what a peer announces is not held, and what it repeats adds nothing up."""

import tracemalloc
from collections.abc import Iterable, Iterator

import pytest

from dicom_net import RemoteProtocolError
from dicom_net.testing import connected_pair
from dicom_net.ul import NEED_DATA, PAUSED, Connection, Role, State


def acceptor() -> Connection:
    """An acceptor that waits for a request."""
    end = Connection(Role.ACCEPTOR)
    end.connected(0)
    return end


def established() -> Connection:
    """An acceptor whose association stands; context 1 is accepted."""
    return connected_pair().acceptor.connection


def peak(end: Connection, stream: Iterable[bytes]) -> tuple[int, RemoteProtocolError | None]:
    """The most bytes that were held at once while a stream came, beyond the piece that was fed, and the error that ended it."""
    error = None
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        try:
            for piece in stream:
                end.receive_data(piece, 0)
                while end.next_event() not in (NEED_DATA, PAUSED):
                    pass
        except RemoteProtocolError as caught:
            error = caught
        return tracemalloc.get_traced_memory()[1] - before, error
    finally:
        tracemalloc.stop()


def repeated(piece: bytes, times: int) -> Iterator[bytes]:
    for _ in range(times):
        yield piece


@pytest.mark.parametrize(
    "greeting",
    [
        b"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        bytes(range(0x80, 0x100)) * 100,
    ],
)
def test_N01_other_protocols_are_refused_with_the_first_byte(greeting: bytes) -> None:
    end = acceptor()
    held, error = peak(end, [greeting[:1], *repeated(greeting, 100)])
    assert error is not None
    assert error.abort is not None
    assert (error.abort.source, error.abort.reason) == (2, 1)
    assert held < 64 << 10


@pytest.mark.parametrize("kind", range(1, 8))
@pytest.mark.parametrize("length", [0, 3, 0xFFFF_FFFF])
@pytest.mark.parametrize("stands", [False, True])
def test_N02_lengths_are_judged_before_the_body(kind: int, length: int, stands: bool) -> None:
    end = established() if stands else acceptor()
    held, error = peak(end, [bytes((kind, 0)) + length.to_bytes(4, "big")])
    assert error is not None
    assert error.abort is not None
    assert (error.abort.source, error.abort.reason) in {(2, 6), (2, 2)}
    assert end.state is State.STA13_AWAITING_CLOSE
    assert held < 16 << 10


def test_N02_a_request_of_the_longest_legal_length_is_held_as_it_comes() -> None:
    """Nothing is allocated because it was announced."""
    end = acceptor()
    held, error = peak(end, [b"\1\0" + (1 << 20).to_bytes(4, "big"), *repeated(b"\0", 1000)])
    assert error is None
    assert held < 16 << 10
    held, error = peak(end, repeated(bytes(1 << 12), 200))
    assert error is None
    assert held < 2 << 20


def test_N03_more_than_was_advertised_is_refused_by_its_header() -> None:
    end = established()
    length = 262_144 + 1
    held, error = peak(end, [b"\4\0" + length.to_bytes(4, "big"), bytes(1 << 16)])
    assert error is not None
    assert error.rule == "p-data-length"
    assert error.abort is not None
    assert (error.abort.source, error.abort.reason) == (2, 6)
    assert held < 16 << 10


@pytest.mark.parametrize("size", [0, 1, 2, 16384])
def test_N05_N06_endless_fragments_add_nothing_up(size: int) -> None:
    """Empty and tiny ones too: the last one never comes, and the machine holds none of them."""
    value = (size + 2).to_bytes(4, "big") + b"\1\0" + bytes(size)
    pdu = b"\4\0" + len(value).to_bytes(4, "big") + value
    piece = pdu * max((1 << 16) // len(pdu), 1)
    end = established()
    peak(end, [piece])
    held, error = peak(end, repeated(piece, 10))
    assert error is None
    assert (
        held < 1 << 20
    )  # the views of one piece: ten bytes a fragment come as some hundred of ours
    held, _ = peak(end, repeated(b"\4\0\0\0", 1))
    assert held < 16 << 10


def test_N08_whatever_comes_after_an_error_is_not_held() -> None:
    end = acceptor()
    end.receive_data(b"\xff", 0)
    with pytest.raises(RemoteProtocolError) as caught:
        end.next_event()
    assert caught.value.abort is not None
    end.send(caught.value.abort, 0)
    held, error = peak(end, repeated(bytes(1 << 16), 100))
    assert error is None
    assert held < 16 << 10


FIXED = b"\0\1\0\0" + b"A".ljust(16) + b"B".ljust(16) + bytes(32)


def item(kind: int, value: bytes) -> bytes:
    return bytes((kind, 0)) + len(value).to_bytes(2, "big") + value


@pytest.mark.parametrize(
    "items",
    [
        b"\x77\0\0\0" * 250_000,
        item(0x50, b"\x70\0\0\0" * 16_000) * 15,
        item(0x50, item(0x54, b"\0\0\1\1") * 8000) * 15,
        item(0x50, item(0x56, b"\0\0") * 10_000) * 15,
    ],
    ids=["outer", "unknown", "roles", "extended"],
)
def test_N11_more_items_than_contexts_can_need_are_refused(items: bytes) -> None:
    """An item of four bytes costs a hundred in memory, and an association would keep them."""
    end = acceptor()
    body = FIXED + items
    held, error = peak(end, [b"\1\0" + len(body).to_bytes(4, "big") + body])
    assert error is not None
    assert error.rule == "item-count"
    assert held < 8 << 20


def test_N11_what_contexts_can_need_is_read() -> None:
    """128 contexts with 200 transfer syntaxes, a role for each, and a thousand items that nobody knows."""
    contexts = b"".join(
        item(
            0x20,
            bytes((number, 0, 0, 0))
            + item(0x30, b"1.2.3")
            + b"".join(item(0x40, f"1.2.{syntax}".encode()) for syntax in range(200)),
        )
        for number in range(1, 256, 2)
    )
    roles = b"".join(item(0x54, b"\0\x051.2.3\1\1") for _ in range(128))
    body = FIXED + contexts + item(0x50, roles + item(0x70, b"?") * 1000)
    assert len(body) < 1 << 20
    end = acceptor()
    held, error = peak(end, [b"\1\0" + len(body).to_bytes(4, "big") + body])
    assert error is None
    assert end.requested is not None
    assert len(end.requested.contexts) == 128
    assert len(end.requested.unknown) == 1000
    assert held < 8 << 20
