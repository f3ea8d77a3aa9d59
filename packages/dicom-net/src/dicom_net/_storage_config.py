"""What a storage server is made of: settings as one value, and its providers, the same for both doors."""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from attrs import evolve, field, frozen
from attrs.validators import ge, gt

from dicom_core.store import DuplicatePolicy

from ._metrics import NetMetrics
from ._negotiation import AcceptancePolicy
from ._settings import NetworkLimits, Timeouts
from .services._directory import DirectoryStorage, DiskWatch
from .services._directory_layout import Layout
from .services._echo import Verification
from .services._provider import Provider
from .services._storage import StorageProvider
from .services._storage_types import ReceivedObject, Receiver, StorageHandler, StorageSettings
from .ul import OperationsWindow

if TYPE_CHECKING:
    from dicom_dict import StorageClassRegistry

    from ._tls import TlsConfig

__all__ = ["ServerWords", "StorageServerConfig", "storage_providers"]


def _titles(items: Iterable[str] | None) -> frozenset[str] | None:
    return None if items is None else frozenset(items)


def _set(items: Iterable[str]) -> frozenset[str]:
    return frozenset(items)


def _uids(items: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if items is None else tuple(items)


@frozen(kw_only=True)
class StorageServerConfig:
    """Everything about a storage server."""

    host: str = "127.0.0.1"
    """Other machines reach it where this is another address; then ``allowed`` or ``any_ae`` says who may call."""
    port: int = field(default=0, validator=[ge(0)])
    """0 lets the system choose."""
    ae_title: str = "DICOMPY"
    check_called: bool = True
    """Refuse who calls another title."""
    allowed: frozenset[str] | None = field(default=None, converter=_titles)
    """The calling titles that are taken."""
    denied: frozenset[str] = field(default=frozenset(), converter=_set)
    any_ae: bool = False
    max_associations: int = field(default=64, validator=gt(0))
    max_associations_per_peer: int = field(default=32, validator=gt(0))
    window: int = field(default=16, validator=gt(0))
    """Instances of one association that may be on their way at once, where the sender wants that."""
    max_pdu: int = 262_144
    tls: "TlsConfig | None" = None
    timeouts: Timeouts = Timeouts.DEFAULT
    limits: NetworkLimits = field(factory=NetworkLimits)
    classes: "StorageClassRegistry | tuple[str, ...] | None" = None
    """The SOP classes that are taken; None takes all that the standard has."""
    transfer_syntaxes: tuple[str, ...] | None = field(default=None, converter=_uids)
    """In order of preference; None takes all."""
    storage: StorageSettings = field(factory=StorageSettings)
    layout: Layout | str = Layout.STUDY
    """Where files go below the folder, if it is a folder; see `DirectoryStorage` for this and the next three."""
    duplicates: DuplicatePolicy = field(default=DuplicatePolicy.KEEP, converter=DuplicatePolicy)
    durable: bool = True
    watch: DiskWatch | None = field(factory=DiskWatch)

    def policy(self) -> AcceptancePolicy:
        """Whom it lets in."""
        return AcceptancePolicy(
            ae_titles=[self.ae_title] if self.check_called else [],
            allowed=self.allowed,
            denied=self.denied,
            max_pdu=self.max_pdu,
            window=OperationsWindow(1, self.window),
        )

    def network_limits(self) -> NetworkLimits:
        """How much it takes."""
        return evolve(
            self.limits,
            associations=self.max_associations,
            associations_per_peer=min(self.max_associations_per_peer, self.max_associations),
            operations=self.window,
        )


class ServerWords(TypedDict, total=False):
    """What of `StorageServerConfig` is named at once most often."""

    host: str
    port: int
    ae_title: str
    allowed: Iterable[str] | None
    any_ae: bool
    tls: "TlsConfig | None"


def _now() -> datetime:
    return datetime.now(UTC)


def storage_providers(
    receiver: "Receiver | str | os.PathLike[str] | None",
    config: StorageServerConfig,
    *,
    handler: StorageHandler | None,
    on_received: Callable[[ReceivedObject], object] | None,
    quarantine: "Receiver | str | os.PathLike[str] | None",
    metrics: NetMetrics,
    clock: Callable[[], float],
) -> list[Provider]:
    """Storage, and verification beside it (NET-032)."""
    storage = StorageProvider(
        _receiver(receiver, config),
        handler=handler,
        on_received=on_received,
        quarantine=_receiver(quarantine, config),
        settings=config.storage,
        classes=config.classes,
        transfer_syntaxes=config.transfer_syntaxes,
        metrics=metrics,
        clock=clock,
        now=_now,
    )
    return [Verification(), storage]


def _receiver(
    found: "Receiver | str | os.PathLike[str] | None", config: StorageServerConfig
) -> Receiver | None:
    if isinstance(found, str | os.PathLike):
        return DirectoryStorage(
            found,
            layout=config.layout,
            duplicates=config.duplicates,
            durable=config.durable,
            watch=config.watch,
        )
    return found


# Tracebacks, reprs and pickles name the place that users import from
StorageServerConfig.__module__ = "dicom_net"
