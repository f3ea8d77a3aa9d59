"""What is written to the log, and what never is (NET-116, NET-117)."""

import io
import logging
from collections.abc import Iterator

import pytest

from dicom_net import _logging as log
from dicom_net._errors import AssociationAborted
from dicom_net._pdu_trace import PduTrace
from dicom_net.dimse import CEchoRSP, CFindRQ
from dicom_net.ul import Abort

NAMES = [log.ROOT, *(f"{log.ROOT}.{name}" for name in (*log.CATEGORIES, "phi"))]
RELEASE = bytes.fromhex("050000000004 00000000")
# P-DATA-TF of one PDV: context 1, the last fragment of a data set that names a patient
QUERY = bytes.fromhex("040000000016 00000012 01 02") + b"\x10\x00\x10\x00\x08\x00\x00\x00DOE^JANE"


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    """Loggers are the process's: what a test sets is taken back."""
    before = {name: logging.getLogger(name).level for name in NAMES}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def feed(trace: PduTrace | None, data: bytes, step: int) -> None:
    assert trace is not None
    for at in range(0, len(data), step):
        trace.feed(data[at : at + step])


@pytest.mark.parametrize("step", [1, 5, 7, 1000])
def test_one_line_a_pdu_however_it_is_cut(step: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "dicom_net.pdu")
    feed(PduTrace.wanted(3, "received"), RELEASE + QUERY + RELEASE, step)
    assert [record.getMessage() for record in caplog.records] == [
        "association 3: received A-RELEASE-RQ, 4 bytes: 05 00 00 00 00 04 00 00 00 00",
        "association 3: received P-DATA-TF, 22 bytes: 04 00 00 00 00 16 00 00 00 12 01 02 ...",
        "association 3: received A-RELEASE-RQ, 4 bytes: 05 00 00 00 00 04 00 00 00 00",
    ]
    assert {record.name for record in caplog.records} == {"dicom_net.pdu"}


def test_patient_data_is_shown_only_when_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "dicom_net")
    assert not log.shows_patients()  # whatever the parents' level is
    feed(PduTrace.wanted(1, "sent"), QUERY, 99)
    assert b"DOE".hex(" ") not in caplog.text
    logging.getLogger("dicom_net.phi").setLevel(logging.DEBUG)
    feed(PduTrace.wanted(1, "sent"), QUERY, 99)
    assert b"DOE".hex(" ") in caplog.text


def test_nobody_listens_and_nothing_is_made() -> None:
    assert PduTrace.wanted(1, "sent") is None


def test_each_helper_writes_one_line_to_its_category(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "dicom_net")
    log.association_accepted(1, "A", "B", "::1", 2)
    log.association_rejected(1, "A", "B", "::1", "permanently")
    log.association_released(1)
    log.association_aborted(1, AssociationAborted(Abort()))
    log.command_sent(1, CFindRQ(message_id=7, affected_sop_class="1.2"))
    log.command_received(1, CEchoRSP(responded_to=7, status=0x122))
    log.instance_stored(1, "1.2", 10)
    log.instance_failed(1, "1.2", 0xA700, "full")
    log.disk_space(10, 20, refusing=True)
    log.query_made(1, "STUDY", ["PatientName"], 3)
    log.retrieval_done(1, "C-MOVE", 1, 2, 3)
    log.server_started("::1", 104)
    log.server_stopped("::1", 104)
    assert [
        (record.name.removeprefix("dicom_net."), record.levelname) for record in caplog.records
    ] == [
        ("association", "INFO"),
        ("association", "INFO"),
        ("association", "INFO"),
        ("association", "WARNING"),
        ("dimse", "DEBUG"),
        ("dimse", "DEBUG"),
        ("storage", "INFO"),
        ("storage", "WARNING"),
        ("storage", "WARNING"),
        ("query", "INFO"),
        ("retrieve", "INFO"),
        ("server", "INFO"),
        ("server", "INFO"),
    ]
    assert caplog.records[4].getMessage() == "association 1: sent C-FIND-RQ 7"
    assert caplog.records[5].getMessage() == "association 1: received C-ECHO-RSP 7 status 0122H"


def test_text_of_a_peer_forges_no_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dicom_net")
    log.association_accepted(1, "A\r\nB\x1b[31m", "C" * 500, "host", 1)
    line = caplog.records[0].getMessage()
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) < 300


def test_the_console_shows_what_was_asked_for_until_it_is_removed() -> None:
    stream = io.StringIO()
    handler = log.log_to_console(["server"], stream=stream)
    try:
        log.server_started("host", 104)
        log.association_released(1)
    finally:
        logging.getLogger(log.ROOT).removeHandler(handler)
    log.server_stopped("host", 104)
    assert stream.getvalue().endswith("INFO    dicom_net.server: listening on host port 104\n")
    assert stream.getvalue().count("\n") == 1
