"""Any stimulus in any state: a legal state, or an error of whose fault it was; never anything else."""

import ast
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from ul_cases import ANSWER, REQUEST, data, p_data, pdv, wire

import dicom_net.dimse
import dicom_net.ul
from dicom_net import LocalProtocolError, RemoteProtocolError
from dicom_net.testing import drain, feed, strategies
from dicom_net.ul import (
    PAUSED,
    Abort,
    AssociateRJ,
    Connection,
    Event,
    ReleaseRP,
    ReleaseRQ,
    Role,
    State,
)
from dicom_net.ul._pdus import encode_control

EVENTS: list[Event] = [
    REQUEST,
    ANSWER,
    AssociateRJ(1, 1, 1),
    ReleaseRQ(),
    ReleaseRP(),
    Abort(),
    data(b"abcd", 1, command=True),
    data(b"abcd" * 30, 3),
]
WIRE = [
    encode_control(REQUEST),
    encode_control(ANSWER),
    encode_control(AssociateRJ(2, 3, 2)),
    encode_control(ReleaseRQ()),
    encode_control(ReleaseRP()),
    encode_control(Abort(2, 2)),
    p_data(pdv(b"abcd", 1, 3)),
    p_data(pdv(b"abcd", 3, 2)),
    p_data(pdv(b"ab", 1, 0)),
]

steps = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(EVENTS)),
    st.tuples(st.just("feed"), st.sampled_from(WIRE)),
    st.tuples(st.just("feed"), strategies.pdu_bytes()),
    st.tuples(st.sampled_from(["connected", "close", "time", "failed"]), st.none()),
)


def take(end: Connection, verb: str, what: object, now: float) -> None:
    if verb == "send":
        assert isinstance(wire(end.send(what, now)), bytes)  # type: ignore[arg-type]
    elif verb == "feed":
        assert isinstance(what, bytes)
        feed(end, what, now)
    elif verb == "connected":
        end.connected(now)
    elif verb == "close":
        end.receive_data(b"", now)
        drain(end)
    elif verb == "time":
        end.handle_timeout(now)
    else:
        end.send_failed()


@given(st.sampled_from(Role), st.lists(steps, max_size=30), st.booleans())
def test_walk(role: Role, walk: list[tuple[str, object]], begins: bool) -> None:
    end = Connection(role)
    over = False
    opening: list[tuple[str, object]] = []
    if begins and role is Role.REQUESTOR:
        opening = [("send", REQUEST), ("connected", None), ("feed", encode_control(ANSWER))]
    elif begins:
        opening = [("connected", None), ("feed", encode_control(REQUEST)), ("send", ANSWER)]
    for number, (verb, what) in enumerate(opening + walk):
        before, caught = end.state, None
        try:
            take(end, verb, what, number * 10.0)
        except LocalProtocolError:
            # Ours: whatever was not possible has changed nothing
            assert end.state is before
        except RemoteProtocolError as error:
            caught = error
        if caught is not None:
            assert caught.abort is not None
            assert caught.rule
            assert end.state is State.STA13_AWAITING_CLOSE
        assert end.state in State
        if over:
            assert end.state is State.STA1_IDLE
            assert end.next_event() is PAUSED
        over = over or (end.state is State.STA1_IDLE and before is not State.STA1_IDLE)
        assert (end.deadline is None) or end.state in {
            State.STA2_AWAITING_REQUEST,
            State.STA13_AWAITING_CLOSE,
        }
        if end.state is State.STA1_IDLE and before is not State.STA1_IDLE:
            assert end.must_close


FORBIDDEN = {"anyio", "asyncio", "selectors", "socket", "ssl", "threading", "time", "trio"}


def test_the_machines_know_no_socket_no_clock_no_thread_NET008() -> None:
    for package in (dicom_net.ul, dicom_net.dimse):
        assert package.__file__ is not None
        for path in Path(package.__file__).parent.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names: list[str] = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                assert not FORBIDDEN & {name.partition(".")[0] for name in names}, path
