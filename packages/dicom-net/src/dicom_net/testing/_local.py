"""A server of the everyday services in this process, for tests of programs that talk to one."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

from dicom_core import Dataset, DicomFile, read, write
from dicom_core.store import InMemoryStore, StoredInstance, drive, put

from .._negotiation import AcceptancePolicy
from .._server_events import ServerEvent
from .._settings import NetworkLimits, Timeouts
from .._tls import TlsConfig
from ..blocking import Server
from ..services import Destination, Provider, StorageProvider, query_retrieve

__all__ = ["LocalScp"]


class LocalScp:
    """Echo, storage, find, get and move on a store in memory, on a free port of this machine, for ``with``.

    ``providers`` come before those, for SOP classes of their own or in the place of ours.
    """

    def __init__(
        self,
        *,
        ae_title: str = "TESTSCP",
        providers: Iterable[Provider] = (),
        store: InMemoryStore | None = None,
        policy: AcceptancePolicy | None = None,
        tls: TlsConfig | None = None,
        timeouts: Timeouts = Timeouts.DEFAULT,
        limits: NetworkLimits = NetworkLimits(),  # noqa: B008 - frozen
    ) -> None:
        self.ae_title = ae_title
        self.store = InMemoryStore() if store is None else store
        """What was received, and what can be found and retrieved."""
        self.destinations: dict[str, Destination] = {}
        """Where C-MOVE may send, by AE title; see `knows`."""
        self.events: list[ServerEvent] = []
        """What the server told, in order: associations, instances, refusals."""
        storage = StorageProvider(self.store, now=lambda: datetime.now(UTC))
        everything = query_retrieve(
            self.store, destinations=self.destinations, also=[*providers, storage]
        )
        self._server = Server(
            everything,
            ae_title=ae_title,
            policy=policy,
            tls=tls,
            timeouts=timeouts,
            limits=limits,
            on_event=self.events.append,
        )

    @property
    def host(self) -> str:
        """Where it listens: this machine, and nobody else reaches it."""
        return self._server.host

    @property
    def port(self) -> int:
        """Its port, once it listens."""
        return self._server.port

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self._server.address

    @property
    def received(self) -> tuple[StoredInstance, ...]:
        """The instances of the store, in the order in which they came."""
        return drive(self._instances())

    async def _instances(self) -> tuple[StoredInstance, ...]:
        return tuple([one async for one in self.store.instances()])

    def file(self, instance: str) -> DicomFile:
        """An instance of the store, by its SOP Instance UID."""
        return read(drive(self.store.read(instance)))

    def put(self, *sources: Dataset | DicomFile | bytes | str | Path) -> None:
        """Have instances there to be found and retrieved: data sets, files, or their bytes or paths."""
        for source in sources:
            match source:
                case bytes():
                    data = source
                case str() | Path():
                    data = Path(source).read_bytes()
                case _:
                    stream = BytesIO()
                    write(source, stream)
                    data = stream.getvalue()
            drive(put(self.store, data))

    def knows(self, ae_title: str, host: str, port: int) -> None:
        """Let C-MOVE send to an application entity."""
        self.destinations[ae_title] = Destination(host=host, port=port)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, traceback)


# Tracebacks, reprs and pickles name the place that users import from
LocalScp.__module__ = "dicom_net.testing"
