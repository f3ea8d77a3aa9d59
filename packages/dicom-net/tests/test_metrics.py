"""Counts and times of operations (NET-118)."""

import json

from dicom_net._metrics import NetMetrics, OperationMetrics


def test_operations_are_counted_by_their_status() -> None:
    metrics = NetMetrics()
    for status in (0, 0, 0xB000, 0xA700, 0xFE00, 0x0110, 0x0107):
        metrics.count("C-STORE", status=status, seconds=0.5, size=100)
    metrics.association("accepted")
    found = metrics.snapshot()
    assert found.operations["C-STORE"] == OperationMetrics(
        count=7,
        success=2,
        warning=2,
        failure=2,
        cancelled=1,
        bytes=700,
        seconds=3.5,
        fastest=0.5,
        slowest=0.5,
        buckets=(0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0),
    )
    assert found.operations["C-STORE"].mean == 0.5
    assert found.operations["C-STORE"].throughput == 200
    assert found.associations == {"accepted": 1}


def test_a_snapshot_stays_as_it_was_and_is_plain_data() -> None:
    metrics = NetMetrics()
    metrics.count("C-ECHO")
    found = metrics.snapshot()
    metrics.count("C-ECHO")
    assert found.operations["C-ECHO"].count == 1
    plain = json.loads(json.dumps(found.as_dict()))
    assert plain["operations"]["C-ECHO"]["success"] == 1
    assert plain["operations"]["C-ECHO"]["throughput"] == 0
