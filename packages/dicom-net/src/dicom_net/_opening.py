"""What every function that opens an association of its own takes, as keyword arguments."""

from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    from . import blocking, transport
    from ._settings import NetworkLimits, Timeouts
    from ._tls import TlsConfig
    from .ul import OperationsWindow, UserIdentity

    Pool: TypeAlias = transport.AssociationPool | blocking.AssociationPool

__all__ = ["Opening"]


class Opening(TypedDict, total=False):
    """See `associate`, which has the defaults."""

    called_ae: str
    calling_ae: str
    window: "OperationsWindow | None"
    user_identity: "UserIdentity | None"
    tls: "TlsConfig | None"
    timeouts: "Timeouts"
    limits: "NetworkLimits"
    max_pdu: int
    pool: "Pool | None"
