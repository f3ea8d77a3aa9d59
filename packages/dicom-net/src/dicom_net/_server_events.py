"""What happens at a server, as values in the order it happened (`Server.events`)."""

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from ._errors import NetworkError
    from .services import AssociationInfo, ReceivedObject
    from .ul import AssociateRJ

__all__ = [
    "AssociationEnded",
    "AssociationEstablished",
    "AssociationRefused",
    "AssociationReleased",
    "DiskSpaceLow",
    "InstanceReceived",
    "InstanceRefused",
    "ServerEvent",
    "ServerFailed",
    "ServerStarted",
    "ServerStopped",
]


@frozen
class ServerStarted:
    """It listens."""

    host: str
    port: int


@frozen
class AssociationEstablished:
    """A peer was accepted."""

    info: "AssociationInfo"


@frozen
class AssociationRefused:
    """A peer was rejected, by the policy or by a provider."""

    info: "AssociationInfo"
    answer: "AssociateRJ"


@frozen
class AssociationReleased:
    """An association ended in good order."""

    info: "AssociationInfo"


@frozen
class AssociationEnded:
    """An association ended in another way: aborted by either side, lost, or out of time."""

    info: "AssociationInfo"
    error: "NetworkError"


@frozen
class InstanceReceived:
    """An instance was stored and acknowledged."""

    received: "ReceivedObject"


@frozen(kw_only=True)
class InstanceRefused:
    """An instance was not stored; nothing of it is left."""

    info: "AssociationInfo"
    sop_class: str
    sop_instance: str
    status: int
    """What the sender was told; meaningless where the association ended in the middle of it."""
    error: str


@frozen(kw_only=True)
class DiskSpaceLow:
    """The disk that is stored to fills up, or has room again (``level`` is ``ok``)."""

    level: str
    """``ok``, ``low`` or ``full``: at ``full``, instances are refused with A700H."""
    free: int
    """Bytes."""
    at: datetime = field(repr=False)


@frozen
class ServerFailed:
    """Something of the server's own went wrong; it goes on."""

    error: str


@frozen
class ServerStopped:
    """It listens no longer, and every association is over."""

    host: str
    port: int


ServerEvent: TypeAlias = (
    ServerStarted
    | AssociationEstablished
    | AssociationRefused
    | AssociationReleased
    | AssociationEnded
    | InstanceReceived
    | InstanceRefused
    | DiskSpaceLow
    | ServerFailed
    | ServerStopped
)

# Tracebacks, reprs and pickles name the place that users import from
for _name in __all__:
    if _name != "ServerEvent":
        globals()[_name].__module__ = "dicom_net"
del _name
