"""Every cell of PS3.8 table 9-10, from the transcription in `data`, played on a Connection through its public verbs."""

import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from dicom_net import LocalProtocolError, RemoteProtocolError, ul
from dicom_net.ul import Connection, Role

NOW: Final = 1000.0
LATER: Final = 1e6
TABLE: Final = Path(__file__).parent / "data" / "ps3.8_table_9-10.txt"


class Cell(NamedTuple):
    event: str
    state: int
    action: str
    then: str


def _table() -> tuple[list[Cell], dict[str, set[str]]]:
    lines = [
        line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")
    ]
    cells: list[Cell] = []
    for line in lines:
        event, *row = (part.strip() for part in line.split("|"))
        if row and event != "event":
            for state, text in enumerate(row, 1):
                action, _, then = text.strip(".").partition(">")
                cells.append(Cell(event, state, action, then))
    actions = {
        name.strip(): {word.strip() for word in words.split(",") if word.strip()}
        for name, words in (line.split(":") for line in lines if "|" not in line)
    }
    return cells, actions


CELLS, ACTIONS = _table()

# --- PDUs, written by hand from PS3.8 9.3 ---------------------------------------------------------


def item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BxH", kind, len(body)) + body


def pdu(kind: int, body: bytes) -> bytes:
    return struct.pack(">BxI", kind, len(body)) + body


HEAD = struct.pack(">H2x16s16s32x", 1, b"CALLED".ljust(16), b"CALLING".ljust(16))
NAME = item(0x10, b"1.2.840.10008.3.1.1.1")
USER = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3"))
SYNTAX = item(0x40, b"1.2.840.10008.1.2")
PDUS: Final = {
    "A-ASSOCIATE-RQ PDU": pdu(
        1, HEAD + NAME + item(0x20, b"\1\0\0\0" + item(0x30, b"1.2.840.10008.1.1") + SYNTAX) + USER
    ),
    "A-ASSOCIATE-AC PDU": pdu(2, HEAD + NAME + item(0x21, b"\1\0\0\0" + SYNTAX) + USER),
    "A-ASSOCIATE-RJ PDU": pdu(3, b"\0\1\1\7"),
    "P-DATA-TF PDU": pdu(4, struct.pack(">IBB", 6, 1, 0b11) + b"data"),
    "A-RELEASE-RQ PDU": pdu(5, bytes(4)),
    "A-RELEASE-RP PDU": pdu(6, bytes(4)),
    "A-ABORT PDU": pdu(7, b"\0\0\0\0"),
    "invalid PDU": pdu(0x5A, bytes(4)),
}
SENT: Final = {
    "A-ASSOCIATE-RQ": 1, "A-ASSOCIATE-AC": 2, "A-ASSOCIATE-RJ": 3, "P-DATA-TF": 4,
    "A-RELEASE-RQ": 5, "A-RELEASE-RP": 6, "A-ABORT": 7,
}  # fmt: skip

# --- what the local user says ---------------------------------------------------------------------

REQUEST: Final = ul.AssociateRQ(
    called="CALLED",
    calling="CALLING",
    contexts=(ul.ProposedContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),),
)
ACCEPT: Final = ul.AssociateAC(
    called="CALLED",
    calling="CALLING",
    contexts=(ul.AnsweredContext(1, ul.ContextResult.ACCEPTANCE, "1.2.840.10008.1.2"),),
)
PRIMITIVES: Final[dict[str, Callable[[], ul.Event]]] = {
    "A-ASSOCIATE request": lambda: REQUEST,
    "A-ASSOCIATE response accept": lambda: ACCEPT,
    "A-ASSOCIATE response reject": lambda: ul.AssociateRJ(1, 1, 7),
    "P-DATA request": lambda: ul.PData(1, [b"data"], command=True, last=True),
    "A-RELEASE request": ul.ReleaseRQ,
    "A-RELEASE response": ul.ReleaseRP,
    "A-ABORT request": ul.Abort,
}
TOLD: Final[dict[str, type[ul.Event] | tuple[type[ul.Event], ...]]] = {
    "A-ASSOCIATE indication": ul.AssociateRQ,
    "A-ASSOCIATE confirm": (ul.AssociateAC, ul.AssociateRJ),
    "P-DATA indication": ul.PData,
    "A-RELEASE indication": ul.ReleaseRQ,
    "A-RELEASE confirm": ul.ReleaseRP,
    "A-ABORT indication": ul.Abort,
    "A-P-ABORT indication": ul.ConnectionClosed,
}


class Party:
    """A Connection, what it sent and what it told."""

    def __init__(self, role: Role) -> None:
        self.core = Connection(role)
        self.sent: list[bytes] = []
        self.told: list[ul.Event] = []
        self.broken = False

    def play(self, event: str) -> None:
        """One event of the table."""
        if event in PRIMITIVES:
            self._send(PRIMITIVES[event]())
        elif event in PDUS:
            self._feed(PDUS[event])
        elif event == "transport closed":
            self._feed(b"")
        elif event == "ARTIM expired":
            self._out(self.core.handle_timeout(LATER))
            self._drain()
        else:
            self._out(self.core.connected(NOW))

    def _out(self, buffers: "list[bytes | bytearray | memoryview]") -> None:
        whole = b"".join(buffers)
        if whole:
            self.sent.append(whole)

    def _send(self, event: ul.Event) -> None:
        self._out(self.core.send(event, NOW))

    def _feed(self, data: bytes) -> None:
        self.core.receive_data(data, NOW)
        self._drain()

    def _drain(self) -> None:
        while True:
            try:
                event = self.core.next_event()
            except RemoteProtocolError as error:
                # The abort of AA-1 and AA-8 is sent by whoever uses the machine; that is all he may do
                self.broken = True
                self._send(error.abort or ul.Abort())
                return
            if isinstance(event, ul.Signal):
                return
            self.told.append(event)

    @property
    def state(self) -> int:
        return int(self.core.state.name.removeprefix("STA").split("_")[0])


# How each state is reached: the role, and the events before.
_ACCEPTED = ("transport connect indication", "A-ASSOCIATE-RQ PDU", "A-ASSOCIATE response accept")
_ASKED = ("A-ASSOCIATE request", "transport connect confirm", "A-ASSOCIATE-AC PDU")
ACCEPTOR, REQUESTOR = Role.ACCEPTOR, Role.REQUESTOR
WAYS: Final[dict[int, list[tuple[Role, tuple[str, ...]]]]] = {
    1: [(REQUESTOR, ()), (ACCEPTOR, ())],
    2: [(ACCEPTOR, _ACCEPTED[:1])],
    3: [(ACCEPTOR, _ACCEPTED[:2])],
    4: [(REQUESTOR, _ASKED[:1])],
    5: [(REQUESTOR, _ASKED[:2])],
    6: [(REQUESTOR, _ASKED), (ACCEPTOR, _ACCEPTED)],
    7: [(REQUESTOR, (*_ASKED, "A-RELEASE request")), (ACCEPTOR, (*_ACCEPTED, "A-RELEASE request"))],
    8: [(REQUESTOR, (*_ASKED, "A-RELEASE-RQ PDU")), (ACCEPTOR, (*_ACCEPTED, "A-RELEASE-RQ PDU"))],
    9: [(REQUESTOR, (*_ASKED, "A-RELEASE request", "A-RELEASE-RQ PDU"))],
    10: [(ACCEPTOR, (*_ACCEPTED, "A-RELEASE request", "A-RELEASE-RQ PDU"))],
    11: [
        (REQUESTOR, (*_ASKED, "A-RELEASE request", "A-RELEASE-RQ PDU", "A-RELEASE response")),
    ],
    12: [(ACCEPTOR, (*_ACCEPTED, "A-RELEASE request", "A-RELEASE-RQ PDU", "A-RELEASE-RP PDU"))],
    13: [
        (ACCEPTOR, (*_ACCEPTED[:2], "A-ASSOCIATE response reject")),
        (ACCEPTOR, (*_ACCEPTED, "A-RELEASE-RQ PDU", "A-RELEASE response")),
        (REQUESTOR, (*_ASKED, "A-RELEASE-RQ PDU", "A-RELEASE response")),
        (REQUESTOR, (*_ASKED, "A-ABORT request")),
    ],
}


def reached(state: int, way: int) -> Party:
    """A party in a state, with nothing behind it."""
    role, events = WAYS[state][way]
    party = Party(role)
    for event in events:
        party.play(event)
    assert party.state == state
    party.sent.clear()
    party.told.clear()
    party.broken = False
    return party


def test_the_transcription_is_whole() -> None:
    assert len(CELLS) == 19 * 13
    assert {cell.action for cell in CELLS if cell.action} == set(ACTIONS)
    assert len(ACTIONS) == 28
    assert sum(bool(cell.action) for cell in CELLS) == 123


OPENING: Final = {
    "A-ASSOCIATE request": REQUESTOR,
    "transport connect confirm": REQUESTOR,
    "transport connect indication": ACCEPTOR,
}


def test_every_cell_is_played() -> None:
    """A requestor opens its connection, an acceptor is given one; `connected` says either. Each cell has a role that plays it."""
    played = {(cell.state, cell.event) for cell in CELLS if _plays(cell)}
    assert {(cell.state, cell.event) for cell in CELLS if cell.action} <= played


def _plays(cell: Cell) -> list[int]:
    """The ways to its state of parties that can meet its event."""
    role = OPENING.get(cell.event)
    ways = WAYS[cell.state]
    return [way for way, (one, _) in enumerate(ways) if role is None or role is one]


PLAYS: Final = [
    pytest.param(cell, way, id=f"Sta{cell.state}.{way}-{cell.event.replace(' ', '_')}")
    for cell in CELLS
    for way in _plays(cell)
]


@pytest.mark.parametrize(("cell", "way"), PLAYS)
def test_every_cell_does_what_the_standard_says(cell: Cell, way: int) -> None:
    party = reached(cell.state, way)
    if not cell.action:
        nothing_happens(party, cell)
        return
    words = ACTIONS[cell.action]
    before = party.core.deadline
    party.play(cell.event)

    then = [int(number) for number in cell.then.split("/")]
    if cell.action == "AR-8":  # release collision: by role
        then = [9 if party.core.role is REQUESTOR else 10]
    elif cell.action == "AE-6":
        then = [3]  # whether the request is acceptable is judged by whoever is told; see below
    assert party.state in then

    sent = {name for name, kind in SENT.items() if any(out[0] == kind for out in party.sent)}
    assert sent == {word[5:] for word in words if word.startswith("send ")}
    for word in words:
        if word.startswith("tell "):
            if party.broken:  # the indication of AA-8 is the error itself
                assert word == "tell A-P-ABORT indication"
            else:
                assert isinstance(party.told[-1], TOLD[word[5:]])
    if not any(word.startswith("tell ") for word in words):
        assert not [event for event in party.told if not _ends(event)]
    if "start" in words:
        assert party.core.deadline is not None
        assert party.core.deadline > NOW
    if "stop" in words or party.state == 1:
        assert party.core.deadline is None
    if cell.action in {"AA-6", "AA-7"}:
        assert party.core.deadline == before
    if "close" in words:
        assert party.core.must_close


def _ends(event: ul.Event) -> bool:
    """The end of the connection is told, whatever state it ends: whoever waits must learn it."""
    return isinstance(event, ul.ConnectionClosed | ul.Abort)


def nothing_happens(party: Party, cell: Cell) -> None:
    """An empty cell: the user is told that he cannot, and all stays as it was."""
    if cell.event in PRIMITIVES:
        with pytest.raises(LocalProtocolError):
            party.play(cell.event)
    elif cell.event == "ARTIM expired":  # the timer does not run
        assert party.core.deadline is None
        party.play(cell.event)
    else:  # no transport service gives such an event; whoever feeds it is told, or nothing comes of it
        with suppress(LocalProtocolError):
            party.play(cell.event)
    assert party.state == cell.state
    assert not party.sent
    assert not [event for event in party.told if not _ends(event)]


def test_a_request_that_is_not_acceptable_is_refused_by_the_provider() -> None:
    """AE-6, its other ending: the protocol version is not ours (PS3.8 9.3.4, table 9-21)."""
    party = reached(2, 0)
    wrong = bytearray(PDUS["A-ASSOCIATE-RQ PDU"])
    wrong[6:8] = b"\0\2"
    party.core.receive_data(bytes(wrong), NOW)
    request = party.core.next_event()
    assert isinstance(request, ul.AssociateRQ)
    assert request.protocol_version == 2
    party._send(ul.AssociateRJ(1, 2, 2))
    assert party.state == 13
    assert party.sent == [pdu(3, b"\0\1\2\2")]


@pytest.mark.parametrize("event", ["transport closed", "ARTIM expired"])
def test_after_an_abort_of_ours_nothing_but_the_end_is_looked_at(event: str) -> None:
    """Where a PDU was not one, the next begins nobody knows where: AA-6, AA-7 and AA-2 of Sta13 have no PDU to judge."""
    party = reached(2, 0)
    party.play("invalid PDU")
    party.sent.clear()
    for data in PDUS.values():
        party.core.receive_data(data, NOW)
        assert party.core.next_event() is ul.NEED_DATA
    assert party.state == 13
    assert not party.sent
    party.play(event)
    assert party.state == 1
    assert party.core.must_close
