"""A storage SCP: a `Server` with the storage and verification providers."""

import os
import time
from collections.abc import Callable
from typing import Unpack

from attrs import evolve

from .._metrics import MetricsSnapshot, NetMetrics
from .._server_events import ServerEvent
from .._storage_config import ServerWords, StorageServerConfig, storage_providers
from ..services._storage_types import ReceivedObject, Receiver, StorageHandler
from ._server import Server

__all__ = ["StorageServer"]


class StorageServer(Server):
    """Receives instances into a folder, a store, or a function, for ``async with``.

    ``receiver`` is a folder, any `dicom_core.store.Store`, a `DirectoryStorage`, or whatever else has its ``receive``; without
    one, instances are handed to ``on_received`` or ``handler`` out of memory. An instance is acknowledged when it is
    kept: in a folder, when the disk has it. What is refused for what its data set holds goes to ``quarantine``.
    """

    def __init__(
        self,
        receiver: Receiver | str | os.PathLike[str] | None = None,
        *,
        config: StorageServerConfig = StorageServerConfig(),  # noqa: B008 - frozen
        handler: StorageHandler | None = None,
        on_received: Callable[[ReceivedObject], object] | None = None,
        quarantine: Receiver | str | os.PathLike[str] | None = None,
        on_event: Callable[[ServerEvent], None] | None = None,
        metrics: NetMetrics | None = None,
        **named: Unpack[ServerWords],
    ) -> None:
        config = evolve(config, **named)
        self.config = config
        self._metrics = NetMetrics() if metrics is None else metrics
        super().__init__(
            storage_providers(
                receiver,
                config,
                handler=handler,
                on_received=on_received,
                quarantine=quarantine,
                metrics=self._metrics,
                clock=time.monotonic,
            ),
            host=config.host,
            port=config.port,
            ae_title=config.ae_title,
            policy=config.policy(),
            any_ae=config.any_ae,
            tls=config.tls,
            timeouts=config.timeouts,
            limits=config.network_limits(),
            on_event=on_event,
        )

    def metrics(self) -> MetricsSnapshot:
        """What was received so far."""
        return self._metrics.snapshot()


# Tracebacks, reprs and pickles name the place that users import from
StorageServer.__module__ = "dicom_net"
