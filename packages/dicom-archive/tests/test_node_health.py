"""What a node tells of itself: its health, and metrics for Prometheus."""

import re
from collections.abc import Awaitable, Callable

import anyio
import pytest
from nodes import HOST, ON_BOTH_LOOPS, Failing, filled, ten

import dicom_net as dn
from dicom_archive import ArchiveBusy
from dicom_archive.node import Health, Node, ServeSettings, _health, health, metrics_text

pytestmark = ON_BOTH_LOOPS

FREE = ServeSettings(dimse=0)
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? [0-9.e+-]+')


async def test_metrics_are_a_page_of_prometheus() -> None:
    async with Node(filled(), FREE) as node:
        where = (HOST, node.port)
        await dn.verify(*where)
        await dn.store_batch(*where, [one.to_bytes() for one in ten()])
        await dn.find_studies(*where)
        await dn.get_study(*where, "1.2.1")
        with pytest.raises(dn.StatusError):
            await dn.move_study(*where, "1.2.1", "NOBODY")
        page = await metrics_text(node)
    lines = page.splitlines()
    assert page.endswith("\n")
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert all(LINE.fullmatch(line) for line in lines if not line.startswith("#"))
    done = 'dicom_operations_total{operation="%s",outcome="%s"}'
    for operation, outcome, count in [
        ("C-ECHO", "success", "1"), ("C-STORE", "success", "10"), ("C-FIND", "success", "1"),
        ("C-GET", "success", "1"), ("C-MOVE", "failure", "1"), ("C-MOVE", "success", "0"),
    ]:  # fmt: skip
        assert values[done % (operation, outcome)] == count
    assert values['dicom_associations_total{outcome="accepted"}'] == "5"
    assert int(values['dicom_operation_bytes_total{operation="C-STORE"}']) > 1000
    assert values['dicom_operation_seconds_bucket{operation="C-STORE",le="+Inf"}'] == "10"
    assert values['dicom_operation_seconds_count{operation="C-STORE"}'] == "10"
    # Each name is told once, before its lines
    named = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(named) == len(set(named))
    assert "P1" not in page
    assert "Smith" not in page


async def test_health() -> None:
    store = Failing()
    async with Node(store, FREE) as node:
        assert await health(node) == Health("ok", {"store": "ok", "disk": "ok"})
        node.disk = "low"
        found = await health(node)
        assert (found.status, found.is_working) == ("degraded", True)
        store.error = ArchiveBusy("the index is locked")
        found = await health(node)
        assert (found.status, found.is_working) == ("failing", False)
        assert found.checks["store"].startswith("the index is locked")
        store.error = RuntimeError("Doe^Jane")
        assert (await health(node)).checks["store"] == "RuntimeError"


async def test_a_store_that_hangs_is_no_health(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_query: object) -> int:
        await anyio.sleep_forever()
        return 0

    monkeypatch.setattr(_health, "PATIENCE", 0.05)
    store = filled()
    counted: Callable[[object], Awaitable[int]] = never
    monkeypatch.setattr(store, "count", counted)
    async with Node(store, FREE) as node:
        assert (await health(node)).checks["store"] == "no answer within 0.05 s"
