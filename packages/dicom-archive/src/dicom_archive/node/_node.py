"""The node: a store behind a DICOM port, with all the services of an archive."""

import socket
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from dicom_core.query import InformationModel
from dicom_core.store import Store
from dicom_net import (
    AssociationEnded,
    AssociationEstablished,
    AssociationRefused,
    AssociationReleased,
    DiskSpaceLow,
    FindProvider,
    FindSettings,
    MetricsSnapshot,
    NetMetrics,
    RetrieveProvider,
    RetrieveSettings,
    ServerEvent,
    ServerFailed,
    StorageProvider,
    StorageSettings,
    Verification,
)
from dicom_net.transport import Server

from ._settings import ServeSettings

if TYPE_CHECKING:
    from dicom_net.services import AssociationInfo, Provider

__all__ = ["Node"]

_DEFAULT: Final = ServeSettings()
_OUTCOMES: Final = {
    AssociationEstablished: "accepted",
    AssociationRefused: "rejected",
    AssociationReleased: "released",
    AssociationEnded: "aborted",
}
_MODELS: Final = (InformationModel.PATIENT_ROOT, InformationModel.STUDY_ROOT)


class Node:
    """Serves a store, for ``async with``: C-ECHO, C-STORE, C-FIND, C-GET and C-MOVE, while the block runs.

    Instances move to the destinations of the settings and to nobody else. Neither a peer that misbehaves nor a store
    that fails ends it. The store is the caller's, who closes it afterwards.
    """

    def __init__(
        self,
        store: Store,
        settings: ServeSettings = _DEFAULT,
        *,
        on_event: Callable[[ServerEvent], None] | None = None,
        listeners: Sequence[socket.socket] | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.started = 0.0
        """When, in seconds since 1970."""
        self.disk = "ok"
        """``ok``, ``low`` or ``full``, as it was when an instance last came."""
        self.troubles = 0
        """How often something of the node's own went wrong."""
        self._on_event = on_event
        self._metrics = NetMetrics()
        self._server = Server(
            self._providers(),
            host=settings.host,
            port=settings.dimse,
            ae_title=settings.ae_title,
            policy=settings.policy(),
            any_ae=settings.any_ae,
            tls=None if settings.tls is None else settings.tls.config(),
            timeouts=settings.timeouts,
            limits=settings.limits,
            on_event=self._happened,
            listeners=listeners,
        )
        self._stack = AsyncExitStack()

    def _providers(self) -> "list[Provider]":
        settings, metrics, clock = self.settings, self._metrics, time.monotonic
        query = settings.query
        return [
            Verification(metrics=metrics),
            StorageProvider(
                self.store,
                settings=StorageSettings(instance_size=settings.storage.instance_size),
                metrics=metrics,
                clock=clock,
                now=lambda: datetime.now(UTC),
            ),
            FindProvider(
                self.store,
                FindSettings(models=_MODELS, limit=query.answers),
                metrics=metrics,
                clock=clock,
            ),
            RetrieveProvider(
                self.store,
                settings.known_destinations(),
                settings=RetrieveSettings(conversion=query.conversion, instances=query.retrieve),
                metrics=metrics,
                clock=clock,
            ),
        ]

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._server.address

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        return self._server.port

    @property
    def associations(self) -> "tuple[AssociationInfo, ...]":
        """Those that stand now."""
        return self._server.associations

    def metrics(self) -> MetricsSnapshot:
        """What was done so far."""
        return self._metrics.snapshot()

    def events(self) -> AsyncGenerator[ServerEvent]:
        """What happens from now on; see `dicom_net.transport.Server.events`."""
        return self._server.events()

    async def stop(self, grace: float | None = None) -> None:
        """Refuse new associations, end those that are idle, and give the others some seconds for their requests."""
        await self._server.stop(self.settings.grace if grace is None else grace)

    async def __aenter__(self) -> Self:
        self.started = time.time()
        await self._stack.enter_async_context(self._server)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if error is None:
            await self.stop()
        return await self._stack.__aexit__(kind, error, traceback)

    def _happened(self, event: ServerEvent) -> None:
        outcome = _OUTCOMES.get(type(event))
        if outcome is not None:
            self._metrics.association(outcome)
        elif isinstance(event, DiskSpaceLow):
            self.disk = event.level
        elif isinstance(event, ServerFailed):
            self.troubles += 1
        if self._on_event is not None:
            self._on_event(event)


# Tracebacks, reprs and pickles name the place that users import from
Node.__module__ = "dicom_archive.node"
