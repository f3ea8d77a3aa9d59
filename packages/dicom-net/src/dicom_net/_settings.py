"""How long we wait, and how much we take: plain values that every call accepts."""

from typing import ClassVar, Self

from attrs import Attribute, field, frozen
from attrs.validators import ge, gt

__all__ = ["NetworkLimits", "Timeouts"]


def _seconds(_instance: object, attribute: "Attribute[float]", value: float) -> None:
    if not value > 0:  # NaN fails too; infinity is no limit
        raise ValueError(
            f"{attribute.name} is {value} seconds; it must be more than 0 (math.inf for no limit)"
        )


def _after(default: float) -> float:
    made: float = field(default=default, converter=float, validator=_seconds)
    return made


@frozen(kw_only=True)
class Timeouts:
    """The longest that each thing may take, in seconds; ``math.inf`` is no limit.

    `DeadlineExceeded` says which of them ran out.
    """

    DEFAULT: ClassVar[Self]
    FAST: ClassVar[Self]
    """For peers in the same room."""
    SLOW: ClassVar[Self]
    """For far peers and archives on tape."""

    connect: float = _after(10)
    """Until the connection stands, with its TLS handshake."""
    read: float = _after(30)
    """The peer's silence, while we wait for it."""
    write: float = _after(30)
    """The peer taking nothing of what we send."""
    operation: float = _after(120)
    """One request, from being sent to its last response."""
    association: float = _after(30)
    """The answer to our wish for an association, and that to our release."""


Timeouts.DEFAULT = Timeouts()
Timeouts.FAST = Timeouts(connect=3, read=10, write=10, operation=30, association=10)
Timeouts.SLOW = Timeouts(connect=60, read=300, write=300, operation=3600, association=120)


@frozen(kw_only=True)
class NetworkLimits:
    """The most that a peer may take of us; a breach is told as `LimitExceeded` or ends the association."""

    associate: int = field(default=1 << 20, validator=gt(0))
    """Bytes of an A-ASSOCIATE PDU."""
    command: int = field(default=64 << 10, validator=gt(0))
    """Bytes of a command set."""
    identifier: int = field(default=1 << 20, validator=gt(0))
    """Bytes of a data set that is held in memory: a query, an answer, a list of failed instances."""
    associations: int = field(default=64, validator=gt(0))
    """Associations of a server at once; who comes beyond that is refused, and may try again later."""
    associations_per_peer: int = field(default=32, validator=gt(0))
    """The same, from one address."""
    refusals: int = field(default=64, validator=ge(0))
    """Connections beyond `associations` that are kept until they are told so; the next ones are closed unheard."""
    operations: int = field(default=16, validator=gt(0))
    """Requests of one association that a server answers at once, where the window has no limit."""
    artim: float = _after(30)
    """Seconds for a peer to close the connection when the association is over (ARTIM, PS3.8 9.1.5)."""
    request: float = _after(30)
    """Seconds from accepting a connection until the whole A-ASSOCIATE-RQ is there, TLS included."""
    idle: float = _after(60)
    """Seconds without any message after which a server ends an association."""
    minimum_rate: float = field(default=1024.0, converter=float, validator=ge(0))
    """Bytes a second that a peer must send while a message is incomplete; 0 turns it off."""
    rate_window: float = _after(30)
    """Seconds over which `minimum_rate` is taken."""
    handler: float = _after(120)
    """Seconds that a function of the program's own may take for one request."""


# Tracebacks, reprs and pickles name the place that users import from
Timeouts.__module__ = NetworkLimits.__module__ = "dicom_net"
