"""Records of associations: nothing of a patient or a user is in them, and they come back from their text."""

import json

import attrs
import pytest
from ul_cases import ANSWER, CT, FULL_ANSWER, FULL_REQUEST, REQUEST, p_data, pdv

from dicom_net.blocking import Server, verify
from dicom_net.dimse import CEchoRQ, CStoreRQ, encode
from dicom_net.services import Verification
from dicom_net.testing import (
    Close,
    Hear,
    HearParts,
    RawPdu,
    Recorder,
    Recording,
    Splitter,
    play_to,
    recorded,
    replay,
    say,
    scripted_server,
)
from dicom_net.ul import Abort, ReleaseRQ, Role
from dicom_net.ul._pdus import Control, encode_control

R, A = Role.REQUESTOR, Role.ACCEPTOR
STORE = encode(
    CStoreRQ(message_id=1, affected_sop_class=CT, affected_sop_instance="1.2.840.99.1234567")
)


def record(**options: bool) -> Recording:
    recorder = Recorder(**options)
    recorder.feed(R, encode_control(FULL_REQUEST)[:50], 10.0)
    recorder.feed(R, encode_control(FULL_REQUEST)[50:], 10.5)
    recorder.feed(A, encode_control(FULL_ANSWER), 11.0)
    raw = p_data(pdv(STORE, 255, 3)) + p_data(pdv(b"PATIENT^NAME", 255, 2))
    recorder.feed(R, raw[:7], 12.0)
    recorder.feed(R, raw[7:], 12.0)
    recorder.feed(A, encode_control(ReleaseRQ()), 13.0)
    recorder.feed(A, b"", 13.0)
    return recorder.recording


def test_data_sets_uids_and_identities_are_left_out() -> None:
    recording = record()
    said = recording.said(R) + recording.said(A)
    text = recording.to_json_lines()
    for secret in (b"PATIENT", b"1.2.840.99.1234567", b"joe", b"secret", b"ticket"):
        assert secret not in said
        assert secret.hex() not in text
        assert secret.decode() not in str(recording)
    assert len(said) == len(record(keep_data=True).said(R) + record(keep_data=True).said(A))
    assert b"1.2.840.10008.5.1.4.1.1.2" in said
    assert [entry.at for entry in recording] == [0.5, 1.0, 2.0, 2.0, 3.0]
    assert recording.ended is A


def test_the_same_uid_is_replaced_by_the_same_one() -> None:
    recorder = Recorder()
    for uid in ("1.2.3.4.5.6", "1.2.3.4.5.7", "1.2.3.4.5.6"):
        store = CStoreRQ(message_id=1, affected_sop_class=CT, affected_sop_instance=uid)
        recorder.feed(R, p_data(pdv(encode(store), 1, 3)), 0)
    first, second, third = (entry.pdu.values[0].data for entry in recorder.recording)
    assert first == third != second


def test_with_its_data_where_that_is_wanted() -> None:
    assert b"PATIENT^NAME" in record(keep_data=True).said(R)
    assert record(keep_data=True).entries[0].pdu.event == FULL_REQUEST


def test_a_request_that_nobody_understands_is_kept_as_its_length() -> None:
    raw = bytearray(encode_control(FULL_REQUEST))
    raw[76] = 0xFF  # the first item's length
    recorder = Recorder()
    recorder.feed(R, raw, 0)
    (entry,) = recorder.recording
    assert entry.pdu == RawPdu(1, bytes(len(raw) - 6))


def test_it_comes_back_from_its_text() -> None:
    recording = record()
    again = Recording.from_json_lines(recording.to_json_lines())
    assert again == recording
    lines = recording.to_json_lines().splitlines()
    assert json.loads(lines[0])["format"] == "dicom-net recording"
    assert len(lines) == 6
    assert "12 bytes of data in context 255 (last)" in str(recording)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"format": "dicom-net recording", "version": 2}',
        '{"format": "dicom-net recording", "version": 1, "ended": null}\n{}',
        '{"format": "dicom-net recording", "version": 1, "ended": null}\n'
        '{"who": "requestor", "at": 0, "type": 4, "values": [{"context": 1, "flags": 0, "length": 1e99}]}',
        '{"format": "dicom-net recording", "version": 1, "ended": null}\n'
        '{"who": "nobody", "at": 0, "type": 5, "bytes": "00"}',
    ],
)
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="recording"):
        Recording.from_json_lines(text)


def test_a_stream_in_any_pieces() -> None:
    events: tuple[Control, ...] = (REQUEST, ANSWER, ReleaseRQ(), Abort(2, 2))
    raw = b"".join(map(encode_control, events))
    splitter = Splitter()
    found = [pdu for one in raw for pdu in splitter.feed(bytes((one,)))]
    assert tuple(pdu.event for pdu in found) == events
    assert b"".join(pdu.data for pdu in found) == raw
    assert Splitter().feed(p_data(pdv(encode(CEchoRQ(message_id=1)), 1, 3), b"\0\0\0\\9"))
    assert attrs.evolve(found[0], kind=9).event is None
    assert RawPdu(7, b"").event is None
    with pytest.raises(ValueError, match="PDU of 4294967295 bytes"):
        Splitter().feed(b"\4\0\xff\xff\xff\xff")


def test_a_recording_is_played_again() -> None:
    """Each side against the other's part, and one against a server of ours."""
    recording = record(keep_data=True)
    with scripted_server(replay(recording, A)) as peer:
        near = play_to("127.0.0.1", peer.port, replay(recording, R))
        far = peer.outcome
    assert near.failure is far.failure is None
    assert b"".join(pdu.data for pdu in far.heard) == recording.said(R)
    assert b"".join(pdu.data for pdu in near.heard) == recording.said(A)
    with Server([Verification()], port=0, ae_title="OURS") as server:
        with recorded("127.0.0.1", server.port) as relay:
            assert verify("127.0.0.1", relay.port, called_ae="OURS").success
        (echo,) = relay.recordings
        again = play_to("127.0.0.1", server.port, replay(echo, R))
    assert again.failure is None
    assert b"".join(pdu.data for pdu in again.heard) == echo.said(A)


def test_what_a_replay_misses_is_told() -> None:
    recording = record()
    with scripted_server([Hear("A-ASSOCIATE-RQ"), say(FULL_ANSWER), Close()]) as peer:
        steps = [*replay(recording, R, within=0.2)[:2], HearParts(2, within=0.2)]
        outcome = play_to("127.0.0.1", peer.port, steps)
    assert (
        outcome.failure
        == "the end of the connection instead of P-DATA-TF, with 2 of 2 parts to come"
    )
