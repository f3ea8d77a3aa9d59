"""The PDUs of programs that nobody here wrote: recorded by a relay, understood, and encoded again to the same bytes."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom.data
import pytest

from dicom_net.testing import Recording, drain, feed, recorded
from dicom_net.ul import (
    AssociateAC,
    AssociateRQ,
    Connection,
    ReleaseRP,
    ReleaseRQ,
    Role,
    State,
)
from dicom_net.ul._pdus import encode_control

from .programs import HOST, Orthanc, Program, PynetdicomScp, Storescp, environment

FILES = [
    str(Path(pydicom.data.__file__).parent / "test_files" / name)
    for name in ("CT_small.dcm", "MR_small.dcm")
]
CLIENTS = {
    "echoscu": ["echoscu", "-aet", "US"],
    "storescu": ["storescu", "-aet", "US", "-R"],
    "pynetdicom-echo": [sys.executable, "-m", "tests.peers.pynet", "echo"],
    "pynetdicom-store": [sys.executable, "-m", "tests.peers.pynet", "store"],
}
SERVERS = {"storescp": Storescp, "pynetdicom": PynetdicomScp, "Orthanc": Orthanc}


def said(server: Program, title: str, client: str) -> Recording:
    """What a client and a server say to each other."""
    command = CLIENTS[client]
    with recorded(HOST, server.port) as relay:
        words = (
            [str(relay.port), title]
            if command[0] == sys.executable
            else ["-aec", title, HOST, str(relay.port)]
        )
        files = FILES if "store" in client else []
        subprocess.run(
            [*command, *words, *files],
            env=environment(),
            check=True,
            capture_output=True,
            timeout=60,
        )
    (recording,) = relay.recordings
    return recording


def without_reserved(data: bytes) -> bytes:
    """DCMTK fills a reserved byte of its presentation contexts with FFH, which nobody looks at (PS3.8 9.3.2.2)."""
    if data[0] not in {1, 2}:
        return data
    out, pos = bytearray(data), 74
    while pos < len(data):
        if data[pos] in {0x20, 0x21}:
            result = data[pos + 6] if data[pos] == 0x21 else 0
            out[pos + 5 : pos + 8] = bytes((0, result, 0))
        pos += 4 + int.from_bytes(data[pos + 2 : pos + 4], "big")
    return bytes(out)


def watch(recording: Recording, sizes: list[int]) -> tuple[AssociateRQ, AssociateAC, int]:
    """Two machines in the place of the two programs: each hears what was said, and would say the same bytes.

    What came over in data sets, in bytes, is counted.
    """
    ends = {role: Connection(role) for role in Role}
    ends[Role.ACCEPTOR].connected(0)
    carried = 0
    request = answer = None
    for entry in recording:
        speaker, hearer = ends[entry.who], ends[entry.who.other]
        event = entry.pdu.event
        if entry.pdu.kind != 4:
            assert event is not None
            said_again = without_reserved(entry.pdu.data)
            assert encode_control(event) == said_again, entry.summary
            if isinstance(event, AssociateRQ):
                request = event
                speaker.send(event, 0)
                assert speaker.connected(0) == [said_again]
            else:
                assert speaker.send(event, 0) == [said_again]
            if isinstance(event, AssociateAC):
                answer = event
        heard = feed(hearer, entry.pdu.data, sizes=sizes)
        if event is not None:
            assert heard == [event]
        carried += sum(len(value.data) for value in entry.pdu.values if not value.is_command)
    assert ends[Role.REQUESTOR].state is State.STA1_IDLE
    assert ends[Role.ACCEPTOR].state is State.STA13_AWAITING_CLOSE
    ends[Role.ACCEPTOR].receive_data(b"", 0)
    drain(ends[Role.ACCEPTOR])
    assert request is not None
    assert answer is not None
    return request, answer, carried


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest,
    peer: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Program]:
    """Each of the servers, running."""
    if request.param != "pynetdicom":
        peer(request.param)
    with SERVERS[request.param](tmp_path_factory.mktemp("server")) as program:
        yield program


@pytest.mark.parametrize("client", CLIENTS)
def test_recorded_associations_are_understood_and_said_again_NET001_NET002(
    server: Program, client: str, peer: Callable[[str], str]
) -> None:
    if not client.startswith("pynetdicom"):
        peer(client)
    recording = said(server, getattr(server, "title", ""), client)
    request, answer, carried = watch(recording, [])
    assert watch(recording, [1] * 100_000)[2] == carried
    assert any(context.is_accepted for context in answer.contexts)
    assert request.implementation_class
    events = [entry.pdu.event for entry in recording]
    assert ReleaseRQ() in events
    assert ReleaseRP() in events
    assert carried > 40_000 if "store" in client else carried == 0
    again = Recording.from_json_lines(recording.to_json_lines())
    assert [entry.pdu for entry in again] == [entry.pdu for entry in recording]
    assert b"CompressedSamples" not in recording.said(Role.REQUESTOR)  # the patient's name
