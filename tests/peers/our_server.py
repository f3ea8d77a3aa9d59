"""Our server in a process of its own, behind one of its doors, until SIGTERM: `python -m tests.peers.ours serve`."""

import argparse
import signal
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio

import dicom_core as dc
import dicom_net as dn
from dicom_core.store import InMemoryStore, drive, put
from dicom_net.services import (
    Destination,
    DirectoryStorage,
    FindProvider,
    FindSettings,
    Layout,
    RetrieveProvider,
    StorageProvider,
    Verification,
)
from dicom_net.ul import OperationsWindow
from tests.peers.wire import HOST

if TYPE_CHECKING:
    from dicom_core.store import Expected
    from dicom_net.services import FindRequest, Provider

__all__ = ["serve", "tls_of"]

QUICK: Final[dict[str, float]] = {"artim": 2, "request": 2, "idle": 3, "rate_window": 2}
"""Patience for tests; a second client's association must outlive it."""


def tls_of(files: list[str] | None, *, any_client: bool = False) -> dn.TlsConfig | None:
    """Certificate, key and authority, as `Certificates.plain` has them; without the first two we show none."""
    if files is None:
        return None
    certificate, key, authority = files
    identity = dn.TlsIdentity(certificate, key) if certificate else None
    return dn.TlsConfig(identity=identity, roots=(authority,), client_certificate=not any_client)  # fmt: skip


class Nothing:
    """Takes instances, and keeps none."""

    def receive(self, expected: "Expected | None" = None) -> "Nothing":
        return self

    def write(self, views: Iterable[bytes | memoryview]) -> None:
        """The views are the provider's again."""

    def commit(self) -> None:
        """Nothing to keep."""

    def discard(self) -> None:
        """Nothing to forget."""


class Sleepy(dn.services.StorageHandler):
    """A handler that takes its time, and lets nobody else have it: it is a plain function."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def did_receive(self, received: object) -> None:
        del received
        time.sleep(self.seconds)  # the case is a handler that blocks


def canned(count: int, comments: int) -> Callable[["FindRequest"], Iterator[dc.Dataset]]:
    """Answers to every query, so many, with comments of so many characters."""
    more = {"ImageComments": "x" * comments} if comments else {}

    def answer(request: "FindRequest") -> Iterator[dc.Dataset]:
        del request
        for number in range(count):
            yield dc.Dataset({
                "StudyDate": "20260115", "AccessionNumber": f"A{number:06}", "PatientName": f"Doe^Number{number:06}",
                "PatientID": f"P{number:06}", "StudyInstanceUID": f"1.2.826.0.1.3680043.8.498.{number}", **more,
            })  # fmt: skip

    return answer


def providers(words: argparse.Namespace) -> "list[Provider]":
    """What the options ask for."""
    made: list[Provider] = [Verification()]
    root = Path(words.received)
    receiver: Any = Nothing()
    if words.keep != "nothing":
        layout = Layout.FLAT if words.flat else Layout.STUDY
        receiver = DirectoryStorage(root, durable=words.keep == "durable", layout=layout)
    handler = Sleepy(words.handler_sleeps) if words.handler_sleeps else None
    made.append(StorageProvider(receiver, handler=handler, now=lambda: datetime.now(UTC)))
    if words.files:
        store = InMemoryStore()
        for path in sorted(Path(words.files).rglob("*.dcm")):
            drive(put(store, path.read_bytes()))
        destinations = {
            title: Destination(host=HOST, port=int(port))
            for title, port in (pair.split("=") for pair in words.to or ())
        }
        made += [FindProvider(store), RetrieveProvider(store, destinations)]
    elif words.answers:
        made.append(
            FindProvider(canned(words.answers, words.comments), FindSettings(blocking=False))
        )
    return made


def serve(words: argparse.Namespace) -> int:
    """Until SIGTERM."""
    if words.largest:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (words.largest, words.largest))
    limits: dict[str, Any] = dict(QUICK) if words.quick else {}
    if words.places:
        limits |= {"associations": words.places, "associations_per_peer": words.places}
    options: dict[str, Any] = {
        "host": HOST,
        "port": words.port,
        "ae_title": words.title,
        "policy": dn.AcceptancePolicy(
            ae_titles=[words.title] if words.called else [], window=OperationsWindow(16, 16)
        ),
        "tls": tls_of(words.tls, any_client=words.any_client),
        "limits": dn.NetworkLimits(**limits),
        "timeouts": dn.Timeouts(read=2, write=2) if words.quick else dn.Timeouts(),
    }
    made = providers(words)
    if words.door == "blocking":
        ends = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before there are threads that inherit it
        with dn.blocking.Server(made, **options):
            signal.sigwait(ends)
        return 0

    async def run() -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            async with dn.transport.Server(made, **options):
                async for _ in signals:
                    return

    work: Callable[[], Awaitable[None]] = run
    anyio.run(work, backend=words.door)
    return 0
