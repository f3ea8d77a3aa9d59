"""How a node is doing: for whoever restarts it, and for whoever collects its metrics."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio
from attrs import field, frozen

from dicom_core import DicomError
from dicom_core.query import QueryLevel, build
from dicom_net._metrics import BOUNDS

if TYPE_CHECKING:
    from ._node import Node

__all__ = ["Health", "health", "metrics_text"]

PATIENCE: Final = 5.0
"""Seconds that the store has for an answer."""


@frozen
class Health:
    """Whether a node does its work. ``status`` is ``ok``, ``degraded`` (it works, and somebody should look) or ``failing``."""

    status: str
    checks: Mapping[str, str] = field(factory=dict)
    """Each thing that was looked at: ``ok``, or in a few words what is wrong. No word is of a patient."""

    @property
    def is_working(self) -> bool:
        """Whether it takes requests and answers them."""
        return self.status != "failing"


async def health(node: "Node") -> Health:
    """Ask the store of a node something small, and look at its disk."""
    store = await _look_at_store(node)
    disk = "ok" if node.disk == "ok" else f"the disk is {node.disk}"
    if store != "ok":
        status = "failing"
    elif disk != "ok":
        status = "degraded"
    else:
        status = "ok"
    return Health(status, {"store": store, "disk": disk})


async def _look_at_store(node: "Node") -> str:
    query = build(QueryLevel.STUDY, where={"StudyInstanceUID": "0.0"})
    with anyio.move_on_after(PATIENCE):
        try:
            await node.store.count(query)
        except (DicomError, OSError) as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a store is anybody's; whatever it says, it does not work
            return type(error).__name__
        return "ok"
    return f"no answer within {PATIENCE:g} s"


async def metrics_text(node: "Node") -> str:
    """What a node did and has, as a page of Prometheus' text format."""
    page = _Page()
    snapshot = node.metrics()
    page.head("dicom_associations_total", "counter", "Associations by what became of them.")
    for outcome in ("accepted", "rejected", "released", "aborted"):
        count = snapshot.associations.get(outcome, 0)
        page.line("dicom_associations_total", count, outcome=outcome)
    page.single("dicom_associations", "gauge", "Associations that stand.", len(node.associations))
    page.head("dicom_operations_total", "counter", "Requests by service and outcome.")
    for name, done in sorted(snapshot.operations.items()):
        for outcome in ("success", "warning", "failure", "cancelled"):
            count = getattr(done, outcome)
            page.line("dicom_operations_total", count, operation=name, outcome=outcome)
    page.head("dicom_operation_bytes_total", "counter", "Bytes of data sets, by service.")
    for name, done in sorted(snapshot.operations.items()):
        page.line("dicom_operation_bytes_total", done.bytes, operation=name)
    page.head("dicom_operation_seconds", "histogram", "How long requests took.")
    for name, done in sorted(snapshot.operations.items()):
        reached = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), done.buckets, strict=True):
            reached += count
            page.line("dicom_operation_seconds_bucket", reached, operation=name, le=bound)
        page.line("dicom_operation_seconds_sum", done.seconds, operation=name)
        page.line("dicom_operation_seconds_count", done.count, operation=name)
    page.single("dicom_troubles_total", "counter", "Failures of the node's own.", node.troubles)
    totals = await _totals(node)
    if totals is not None:
        page.single("dicom_archive_instances", "gauge", "Instances that are kept.", totals[0])
        page.single("dicom_archive_bytes", "gauge", "Bytes of their files.", totals[1])
    for name, kind, told, value in _process(node):
        page.single(name, kind, told, value)
    return str(page)


async def _totals(node: "Node") -> tuple[int, int] | None:
    """How many instances and bytes there are, where the store can say so."""
    ask = getattr(node.store, "totals", None)
    if ask is None:
        return None
    with anyio.move_on_after(PATIENCE), suppress(DicomError, OSError):  # health tells of that
        instances, size = await ask()
        return int(instances), int(size)
    return None


def _process(node: "Node") -> Iterator[tuple[str, str, str, float]]:
    """What every program tells of itself, by the names that all use."""
    yield (
        "process_start_time_seconds",
        "gauge",
        "When it started, since 1970.",
        round(node.started, 3),
    )
    yield (
        "process_cpu_seconds_total",
        "counter",
        "Processor time.",
        round(time.process_time(), 3),
    )
    with suppress(OSError, IndexError, ValueError):  # Linux has this file, others do without
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[1])
        size = pages * os.sysconf("SC_PAGE_SIZE")
        yield "process_resident_memory_bytes", "gauge", "Memory in use.", size


class _Page:
    """Lines of the text format, https://prometheus.io/docs/instrumenting/exposition_formats/."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def head(self, name: str, kind: str, told: str) -> None:
        self._lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]

    def line(self, name: str, value: float, **labels: str) -> None:
        said = ",".join(f'{label}="{value}"' for label, value in labels.items())
        self._lines.append(f"{name}{{{said}}} {value}" if said else f"{name} {value}")

    def single(self, name: str, kind: str, told: str, value: float) -> None:
        self.head(name, kind, told)
        self.line(name, value)

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"


# Tracebacks, reprs and pickles name the place that users import from
Health.__module__ = health.__module__ = metrics_text.__module__ = "dicom_archive.node"
