"""What both doors' clients are configured with."""

from typing import TYPE_CHECKING, TypedDict

from attrs import field, frozen
from attrs.validators import ge, gt, le, min_len

from ._opening import Opening
from ._settings import NetworkLimits, Timeouts

if TYPE_CHECKING:
    from ._tls import TlsConfig
    from .ul import OperationsWindow, UserIdentity

__all__ = ["ClientConfig", "ClientOptions", "opening_of"]


@frozen(kw_only=True)
class ClientConfig:
    """A peer and how to call it; see `associate` for what has the same name there."""

    host: str = field(validator=min_len(1))
    port: int = field(default=104, validator=[ge(1), le(65535)])
    called_ae: str = "ANY-SCP"
    calling_ae: str = "DICOMPY"
    timeouts: Timeouts = Timeouts.DEFAULT
    tls: "TlsConfig | None" = None
    user_identity: "UserIdentity | None" = None
    window: "OperationsWindow | None" = None
    limits: NetworkLimits = field(factory=NetworkLimits)
    max_pdu: int = 262_144
    reuse: bool = True
    """Whether associations are kept for the next call, inside the client's block."""
    size: int = field(default=5, validator=ge(1))
    """How many there are at most."""
    idle: float = field(default=30.0, validator=gt(0))
    """Seconds after which one that nobody used is released."""
    check: float | None = None
    """Seconds after which one that nobody used is asked by C-ECHO; None asks never."""


class ClientOptions(TypedDict, total=False):
    """What `DicomClient` takes as keyword arguments: see `ClientConfig`."""

    called_ae: str
    calling_ae: str
    timeouts: Timeouts
    tls: "TlsConfig | None"
    user_identity: "UserIdentity | None"
    window: "OperationsWindow | None"
    limits: NetworkLimits
    max_pdu: int
    reuse: bool
    size: int
    idle: float
    check: float | None


def opening_of(config: ClientConfig) -> Opening:
    """What every association of a client is opened with."""
    return Opening(
        called_ae=config.called_ae,
        calling_ae=config.calling_ae,
        timeouts=config.timeouts,
        tls=config.tls,
        user_identity=config.user_identity,
        window=config.window,
        limits=config.limits,
        max_pdu=config.max_pdu,
    )


# Tracebacks, reprs and pickles name the place that users import from
ClientConfig.__module__ = "dicom_net"
