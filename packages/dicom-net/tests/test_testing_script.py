"""Scripted peers: steps are played as they stand, legal or not, and what was met is told."""

import socket

import pytest
from ul_cases import ANSWER, REQUEST

from dicom_net.dimse import CEchoRQ
from dicom_net.testing import (
    Close,
    FinishSending,
    Hear,
    HearEnd,
    Reset,
    Say,
    Splitter,
    Step,
    Wait,
    fragments,
    play_to,
    say,
    scripted_server,
)
from dicom_net.ul import Abort, ReleaseRP, ReleaseRQ

HOST = "127.0.0.1"


def test_two_scripts_talk_to_each_other() -> None:
    message = fragments(1, CEchoRQ(message_id=1), b"abcdef", size=10)
    server: list[Step] = [
        Hear("A-ASSOCIATE-RQ"),
        say(ANSWER),
        *[Hear("P-DATA-TF") for _ in Splitter().feed(message)],
        Hear("A-RELEASE-RQ"),
        say(ReleaseRP()),
        HearEnd(),
    ]
    client: list[Step] = [
        say(REQUEST),
        Hear("A-ASSOCIATE-AC"),
        Say(message, drip=0.0),
        say(ReleaseRQ()),
        Hear("A-RELEASE-RP"),
        Close(),
    ]
    with scripted_server(server) as peer:
        near = play_to(HOST, peer.port, client)
        far = peer.outcome
    assert near.failure is far.failure is None
    assert near.names == ("A-ASSOCIATE-AC", "A-RELEASE-RP")
    assert far.heard[0].event == REQUEST
    assert far.ended
    values = [value for pdu in far.heard for value in pdu.values]
    assert b"".join(value.data for value in values if not value.is_command) == b"abcdef"
    assert [value.is_last for value in values][-2:] == [True, True]


@pytest.mark.parametrize(
    ("steps", "failure"),
    [
        ([Hear("A-ASSOCIATE-AC", within=0.05)], "nothing for 0.05 s instead of A-ASSOCIATE-AC"),
        ([say(ReleaseRQ()), Hear("A-ABORT")], "A-RELEASE-RP instead of A-ABORT"),
        ([HearEnd(within=0.05)], "the connection is still open after 0.05 s"),
        (
            [say(ReleaseRQ()), Hear("A-RELEASE-RP"), Hear("A-ABORT")],
            "the end of the connection instead of A-ABORT",
        ),
        ([say(ReleaseRQ()), HearEnd("A-RELEASE-RP"), HearEnd(), Say(b"x" * 100)], None),
    ],
)
def test_what_is_not_as_the_script_says_is_told(steps: list[Hear], failure: str | None) -> None:
    with scripted_server([Hear("A-RELEASE-RQ"), say(ReleaseRP()), Close()]) as peer:
        assert play_to(HOST, peer.port, steps).failure == failure


@pytest.mark.parametrize("end", [Reset(), Close(), FinishSending()])
def test_ends(end: Reset | Close | FinishSending) -> None:
    # Not before the connection stands at both ends: a reset may overtake that, too
    with scripted_server([Hear("A-RELEASE-RQ"), say(Abort()), Wait(0), end]) as peer:
        outcome = play_to(HOST, peer.port, [say(ReleaseRQ()), HearEnd("A-ABORT"), HearEnd()])
    assert outcome.names in {("A-ABORT",), ()}  # a reset may overtake what was sent
    assert outcome.ended


def test_nobody_came() -> None:
    with scripted_server([Hear("A-ASSOCIATE-RQ")]) as peer:
        pass
    with pytest.raises(RuntimeError, match="nobody"):
        _ = peer.outcome
    with pytest.raises(OSError, match=r".*"), socket.create_connection((HOST, peer.port), 1):
        pass
