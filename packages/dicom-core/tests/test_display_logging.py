"""Logging: silent by default, findings with their place at DEBUG, never a value (HOSTILE D14)."""

import logging
import subprocess
import sys

import pytest

import dicom_core as dc
from dicom_core._findings import Finding
from dicom_core._logging import log_finding, logger


def damaged() -> bytes:
    ds = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "PatientName": "Secret^Person"})
    raw = bytearray(dc.to_bytes(ds))
    at = raw.index(b"\x10\x00\x10\x00PN")
    raw[at + 4 : at + 6] = b"??"
    return bytes(raw)


def test_core_108_a_finding_is_a_record_with_fields(caplog: pytest.LogCaptureFixture) -> None:
    raw = damaged()
    with caplog.at_level(logging.DEBUG):
        file = dc.read(raw)
        assert file.findings
    records = [record for record in caplog.records if record.name == "dicom_core.read"]
    found = records[0]
    assert found.levelno == logging.DEBUG
    assert found.__dict__["dicom_rule"] == "vr-unknown"
    assert found.__dict__["dicom_path"] == "(0010,0010)"
    assert found.__dict__["dicom_offset"] == raw.index(b"\x10\x00\x10\x00??")
    assert "at byte" in found.getMessage()
    assert "Secret" not in caplog.text


def test_records_hold_no_control_characters(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        log_finding("read", Finding("rule", "text\r\n\x1b[31m %s ${jndi:x}"))
    (record,) = caplog.records
    assert record.getMessage() == "rule: text\\r\\n\\x1b[31m %s ${jndi:x}"


def test_loggers_are_named_by_component() -> None:
    assert logger("dicomdir").name == "dicom_core.dicomdir"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("import logging", ""),
        ("", ""),
        (
            "import logging; logging.basicConfig(level=logging.DEBUG)",
            "DEBUG:dicom_core.read:vr-unknown",
        ),
    ],
)
def test_nothing_is_printed_unless_asked(before: str, expected: str) -> None:
    program = f"{before}\nimport dicom_core as dc, sys\ndc.read(sys.stdin.buffer.read()).findings"
    done = subprocess.run(
        [sys.executable, "-c", program], input=damaged(), capture_output=True, check=True
    )
    text = done.stderr.decode()
    assert text.startswith(expected)
    assert bool(text) == bool(expected)
    assert done.stdout == b""


def test_reading_does_not_import_logging() -> None:
    program = "import dicom_core as dc, sys\ndc.read(sys.stdin.buffer.read()).findings\nassert 'logging' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], input=damaged(), check=True)
