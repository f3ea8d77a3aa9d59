"""N01 to N05, N07, N08, N11 to N14: what comes before there is a message, against a running server of ours."""

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from tests.peers.programs import Ours
from tests.peers.wire import (
    CT,
    ECHO,
    EXPLICIT,
    IMPLICIT,
    RELEASE,
    Wire,
    context,
    echo_command,
    element,
    item,
    pdu,
    pdvs,
    request,
    store_command,
    user_items,
)

from .besieged import DOORS, Siege, abort_of, answered, associated

ACCEPTS: Final = 262144  # the longest P-DATA-TF that we announce
PROPOSED: Final = [(CT, [EXPLICIT])]


@pytest.fixture(scope="module", params=DOORS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ours]:
    folder = tmp_path_factory.mktemp(request.param)
    with Ours(folder, "--quick", "--called", door=request.param, title="ANY") as running:
        yield running


@pytest.fixture
def siege(server: Ours) -> Siege:
    return Siege(server)


NO_DICOM: Final = {
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tls": bytes.fromhex("1603010200010001fc0303") + bytes(range(256)) * 2,
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "zeros": bytes(64),
    "random": bytes((n * 167 + 13) % 251 for n in range(100_000)),
}


@pytest.mark.parametrize("data", NO_DICOM.values(), ids=NO_DICOM)
def test_N01_what_is_no_dicom_is_sent_away(siege: Siege, data: bytes) -> None:
    with siege.held():
        for _ in range(20):
            assert abort_of(answered(siege.port, data)) in {None, (2, 1), (2, 6)}


@pytest.mark.parametrize("length", [0, 3, 0xFFFFFFFF])
@pytest.mark.parametrize("kind", range(1, 8))
@pytest.mark.parametrize("within", [False, True], ids=["before", "within"])
def test_N02_a_pdu_of_no_possible_length(
    siege: Siege, kind: int, length: int, within: bool
) -> None:
    data = pdu(kind, bytes(3)[:length], length)
    with siege.held():
        said = associated(siege.port, data) if within else answered(siege.port, data)
        found = abort_of(said)
    if kind == 7:  # an abort of whatever length ends the association; nobody is answered
        assert found in {None, (2, 6), (2, 2)}
    elif (within and kind in {1, 2, 3, 6}) or (not within and kind != 1):
        assert found in {(2, 2), (2, 6), (2, 1)}  # it may not come at all there (PS3.8 table 9-10)
    else:
        assert found == (2, 6)


def test_N03_data_beyond_what_we_announced(siege: Siege) -> None:
    with siege.held():
        length = ACCEPTS + 2
        head = struct.pack(">BxIIBB", 4, length, length - 4, 1, 0)
        assert abort_of(associated(siege.port, head)) == (2, 6)
        # not a byte of it is waited for, and none is kept
        assert abort_of(associated(siege.port, head + bytes(1 << 20))) in {None, (2, 6)}


@pytest.mark.parametrize("most", [0, 0xFFFFFFFF])
def test_N04_a_peer_that_takes_anything_is_sent_what_we_send_at_most(
    siege: Siege, most: int
) -> None:
    with (
        siege.held(),
        Wire(siege.port).associate((ECHO, [IMPLICIT]), user=user_items(most)) as wire,
    ):
        assert wire.echo() == 0
        wire.release()


@pytest.mark.parametrize("most", [1, 7, 100])
def test_N04_a_peer_that_takes_next_to_nothing_is_refused(siege: Siege, most: int) -> None:
    asked = pdu(1, request([(ECHO, [IMPLICIT])], user=user_items(most)))
    with siege.held():
        assert abort_of(answered(siege.port, asked)) == (2, 6)


def pdv(length: int, number: int, flags: int, value: bytes) -> bytes:
    return struct.pack(">IBB", length, number, flags) + value


PDVS: Final = {
    "length 0": pdu(4, struct.pack(">I", 0)),
    "length 1": pdu(4, struct.pack(">IB", 1, 1)),
    "longer than the PDU": pdu(4, pdv(1000, 1, 3, b"ab")),
    "a sum that overflows": pdu(4, pdv(0xFFFFFFFF, 1, 3, b"ab")),
    "a second one that is cut": pdu(4, pdv(4, 1, 1, b"ab") + b"\0\0"),
    "a second one that is too long": pdu(4, pdv(4, 1, 1, b"ab") + pdv(5, 1, 1, b"ab")),
    "no PDV at all": pdu(4, b""),
}


@pytest.mark.parametrize("data", PDVS.values(), ids=PDVS)
def test_N05_pdvs_that_do_not_fill_their_pdu(siege: Siege, data: bytes) -> None:
    with siege.held():
        assert abort_of(associated(siege.port, data)) == (2, 6)


def _joined(*parts: list[bytes | memoryview]) -> bytes:
    return b"".join(piece for part in parts for piece in part)


STORE: Final = store_command("1.2.3.4")
DATA: Final = element(0x00080018, "1.2.3.4")
ORDER: Final = {
    "data before any command": _joined(pdvs(1, 0, DATA)),
    "a command within data": _joined(pdvs(1, 1, STORE), pdvs(1, 0, DATA)[:1]).replace(
        b"\1\2", b"\1\2"
    )
    + _joined(pdvs(1, 1, STORE)),
    "data within a command": pdu(4, pdv(4, 1, 1, STORE[:2])) + _joined(pdvs(1, 0, DATA)),
    "context of an even number": _joined(pdvs(2, 1, STORE)),
    "context that was not proposed": _joined(pdvs(5, 1, STORE)),
    "context 0": _joined(pdvs(0, 1, STORE)),
}


@pytest.mark.parametrize("data", ORDER.values(), ids=ORDER)
def test_N07_messages_out_of_order(siege: Siege, data: bytes) -> None:
    with siege.held():
        assert abort_of(associated(siege.port, data)) in {(2, 2), (2, 5), (2, 6)}


def test_N07_two_contexts_within_one_message(siege: Siege) -> None:
    with siege.held(), Wire(siege.port).associate((CT, [EXPLICIT]), (CT, [IMPLICIT])) as wire:
        wire.send(pdvs(1, 1, STORE))
        wire.send(pdvs(3, 0, DATA))
        assert abort_of(wire.end()) in {(2, 2), (2, 5), (2, 6)}


@pytest.mark.parametrize("kind", [0x00, 0x08, 0x10, 0x7F, 0xFF])
def test_N08_unknown_pdus(siege: Siege, kind: int) -> None:
    with siege.held():
        assert abort_of(answered(siege.port, pdu(kind, bytes(4)))) == (2, 1)
        assert abort_of(associated(siege.port, pdu(kind, bytes(4)))) == (2, 1)


UNEXPECTED: Final = {
    "a second request": pdu(1, request(PROPOSED)),
    "an acceptance": pdu(2, request(PROPOSED)),
    "a rejection": pdu(3, b"\0\1\1\1"),
    "an answer to no release": pdu(6, bytes(4)),
}


@pytest.mark.parametrize("data", UNEXPECTED.values(), ids=UNEXPECTED)
def test_N08_pdus_that_have_no_place(siege: Siege, data: bytes) -> None:
    with siege.held():
        assert abort_of(associated(siege.port, data)) == (2, 2)


def test_N08_a_release_is_answered_and_what_follows_is_not_looked_at(siege: Siege) -> None:
    with siege.held():
        said = associated(siege.port, RELEASE + pdu(4, b"\xff" * 100) + pdu(0x55, bytes(4)))
        assert [kind for kind, _ in said][:1] == [6]


def _outcome(port: int, body: bytes) -> tuple[int, bytes]:
    """What an A-ASSOCIATE-RQ is answered with."""
    with Wire(port, 10) as wire:
        wire.socket.sendall(pdu(1, body))
        return wire.pdu()


def test_N11_as_many_contexts_and_transfer_syntaxes_as_fit(siege: Siege) -> None:
    syntaxes = [f"1.2.826.0.1.3680043.8.498.{number}" for number in range(199)] + [IMPLICIT]
    with siege.held():
        kind, body = _outcome(siege.port, request([(CT, syntaxes)] * 128))
        assert kind == 2
        assert body.count(IMPLICIT.encode()) >= 128


def test_N11_more_than_a_megabyte_of_request(siege: Siege) -> None:
    syntaxes = ["1.2.826.0.1.3680043.8.498." + "9" * 38] * 200
    with siege.held():
        said = answered(siege.port, pdu(1, request([(CT, syntaxes)] * 128)))
        assert abort_of(said) in {None, (2, 6)}


ODD_CONTEXTS: Final = {
    "a number twice": context(1, CT, [EXPLICIT]) * 2,
    "an even number": context(2, CT, [EXPLICIT]),
    "number 0": context(0, CT, [EXPLICIT]),
    "129 of them": b"".join(context((2 * n + 1) % 256, CT, [EXPLICIT]) for n in range(129)),
    "no transfer syntax": context(1, CT, []),
    "no abstract syntax": item(0x20, b"\1\0\0\0" + item(0x40, EXPLICIT.encode())),
    "an item longer than its context": item(0x20, b"\1\0\0\0" + item(0x30, CT.encode(), 60000)),
    "a context longer than the request": item(0x20, b"\1\0\0\0", 0xFFFF),
    "a context of two bytes": item(0x20, b"\1\0"),
    "an abstract syntax that is no text": context(1, "1.2.840", [EXPLICIT]).replace(b"1.2.840", b"\xff\x1b[2J\0\n", 1),
}  # fmt: skip


@pytest.mark.parametrize("contexts", ODD_CONTEXTS.values(), ids=ODD_CONTEXTS)
def test_N11_contexts_that_make_no_sense(siege: Siege, contexts: bytes) -> None:
    with siege.held():
        kind, _ = _outcome(siege.port, request(contexts))
        assert kind in {2, 3, 7}


def test_N11_a_request_without_contexts_is_answered(siege: Siege) -> None:
    with siege.held():
        kind, _ = _outcome(siege.port, request([]))
        assert kind in {2, 3, 7}


ODD_ITEMS: Final = {
    "1000 unknown ones": user_items() + item(0x7B, b"abc") * 1000,
    "lengths that lie": user_items() + item(0x52, b"1.2.3", 60000),
    "a maximum length of two bytes": item(0x51, b"\0\1"),
    "none": b"",
    "a window of two bytes": user_items() + item(0x53, b"\0\1"),
    "a role without its flags": user_items() + item(0x54, struct.pack(">H", 5) + b"1.2.3"),
    "a role whose UID lies": user_items() + item(0x54, struct.pack(">H", 60000) + b"1.2.3\1\1"),
    "the same twice": user_items() * 2,
}


@pytest.mark.parametrize("user", ODD_ITEMS.values(), ids=ODD_ITEMS)
def test_N11_user_items_that_make_no_sense(siege: Siege, user: bytes) -> None:
    with siege.held():
        kind, _ = _outcome(siege.port, request(PROPOSED, user=user))
        assert kind in {2, 3, 7}


TITLES: Final = [b"", b" " * 16, b"\xc3\xa4\xc3\xb6", b"A\nB", b"A\0B", b"\x1b[31mRED", b"A\\B"]


@pytest.mark.parametrize("title", TITLES, ids=ascii)
def test_N12_titles_that_are_none(siege: Siege, title: bytes) -> None:
    with siege.held():
        assert _outcome(siege.port, request(PROPOSED, called=title)) == (3, b"\0\1\1\7")
        assert _outcome(siege.port, request(PROPOSED, calling=title)) == (3, b"\0\1\1\3")


def test_N12_somebody_else_is_called(siege: Siege) -> None:
    with siege.held():
        assert _outcome(siege.port, request(PROPOSED, called=b"SOMEBODY")) == (3, b"\0\1\1\7")


def test_N13_another_version_and_another_application(siege: Siege) -> None:
    with siege.held():
        assert _outcome(siege.port, request(PROPOSED, version=2)) == (3, b"\0\1\2\2")
        other = request(PROPOSED, application="1.2.3.4")
        assert _outcome(siege.port, other) == (3, b"\0\1\1\2")


IDENTITIES: Final = {
    "64 KiB": struct.pack(">BBH", 2, 1, 65400) + b"u" * 65400 + struct.pack(">H", 0),
    "unknown type": struct.pack(">BBH", 99, 1, 4) + b"SECR" + struct.pack(">H", 0),
    "empty": struct.pack(">BBH", 1, 1, 0) + struct.pack(">H", 0),
    "nothing": b"",
    "lengths that lie": struct.pack(">BBH", 2, 1, 60000) + b"SECRET",
}


@pytest.mark.parametrize("identity", IDENTITIES.values(), ids=IDENTITIES)
def test_N14_identities_that_are_none(siege: Siege, identity: bytes) -> None:
    user = (user_items() + item(0x58, identity))[:65535]
    with siege.held():
        kind, _ = _outcome(siege.port, request(PROPOSED, user=user))
        assert kind in {2, 3, 7}
    assert "SECRET" not in siege.server.said()


def test_a_polite_client_is_served_between_all_these(siege: Siege) -> None:
    with siege.held(), ExitStack() as stack:
        wires = [stack.enter_context(Wire(siege.port)) for _ in range(10)]
        for wire in wires:
            wire.associate((ECHO, [IMPLICIT]))
        for wire in wires:
            wire.send(pdvs(1, 1, echo_command()))
        assert [wire.status() for wire in wires] == [0] * 10
