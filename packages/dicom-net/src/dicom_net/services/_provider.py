"""What answers requests: the Protocol of a provider, and the seat at which it sits.

A provider knows no socket and no event loop. A door (`dicom_net.transport`, `dicom_net.blocking`) gives it a
`Seat` for each association and runs `Provider.respond`, an operation, for each request.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from attrs import field, frozen

from .._operation import Operation

if TYPE_CHECKING:
    from .._errors import NetworkError
    from .._negotiation import Offer  # type: ignore[import-not-found, unused-ignore]
    from ..dimse import Begin, Exchange  # type: ignore[attr-defined, unused-ignore]
    from ..ul import AssociateRJ, OperationsWindow, ProposedContext, RoleSelection, UserIdentity

__all__ = [
    "AssociationInfo",
    "Doorkeeper",
    "OpenAssociation",
    "Provider",
    "Seat",
    "TlsPeer",
]

T = TypeVar("T")
R = TypeVar("R")


@frozen
class TlsPeer:
    """Who the peer is by its certificate; without a certificate, everything but the version and cipher is empty."""

    version: str
    cipher: str
    subject: str = ""
    """The distinguished name, as RFC 4514 writes it."""
    names: tuple[str, ...] = ()
    """The subject's alternative names."""
    fingerprint: str = ""
    """SHA-256 of the certificate, as hexadecimal digits."""


@frozen(kw_only=True)
class AssociationInfo:
    """What a provider may know about an association, before it is accepted and while it stands."""

    number: int
    """Counts the associations of a server; it stands in log lines and events."""
    called: str
    calling: str
    address: tuple[str, int]
    """Host and port of the peer."""
    proposed: "tuple[ProposedContext, ...]" = ()
    implementation_class: str = ""
    implementation_version: str = ""
    user_identity: "UserIdentity | None" = field(default=None, repr=False)
    tls: TlsPeer | None = None
    """None without TLS."""


class OpenAssociation(Protocol):
    """An association that a provider opened for its own needs; what a door's association is, as far as providers use it."""

    @property
    def exchange(self) -> "Exchange":
        """The machine, for making operations."""
        ...

    def run(self, operation: Operation[R]) -> Awaitable[R] | R:
        """What the operation returns."""
        ...

    def release(self) -> Awaitable[None] | None:
        """End it in good order, and close the connection."""
        ...

    def abort(self) -> Awaitable[None] | None:
        """End it at once."""
        ...


class Seat(Protocol):
    """A provider's place at one association, given by the door that runs it.

    What may wait is named in an operation as ``yield from call(seat.associate, ...)``: whether it is awaited is the
    door's matter.
    """

    @property
    def exchange(self) -> "Exchange":
        """The machine of this association."""
        ...

    @property
    def info(self) -> AssociationInfo:
        """Who is at the other end."""
        ...

    def associate(
        self,
        host: str,
        port: int,
        contexts: "Sequence[tuple[str, Sequence[str]]]",
        *,
        called_ae: str,
        calling_ae: str,
        roles: "Sequence[RoleSelection]" = (),
        window: "OperationsWindow | None" = None,
        tls: object = None,
    ) -> Awaitable[OpenAssociation] | OpenAssociation:
        """Another association, such as that to the destination of a C-MOVE. Who asked for it releases or aborts it.

        It ends with the seat's own association where that comes first.
        """
        ...

    def perform(
        self,
        function: Callable[[], Awaitable[T] | T],
        *,
        seconds: float | None = None,
        in_thread: bool = False,
    ) -> Awaitable[T] | T:
        """Call a function, awaited where it gives an awaitable, and no longer than ``seconds`` (`DeadlineExceeded`).

        ``in_thread`` keeps work that blocks (a flush to disk, a user's plain function) from holding up the other
        associations of an event loop; in a door with a thread for each association it means nothing. A
        function that overstays in a thread is left behind, and its result with it.
        """
        ...

    @property
    def is_heard(self) -> bool:
        """Whether anybody gets the events that `tell` is given; where nobody does, they need not be made."""
        ...

    def tell(self, event: object) -> None:
        """Add an event to those that the server gives (`Server.events`). Never waits and never raises."""
        ...


class Provider(Protocol):
    """What answers the requests of some SOP classes.

    One provider serves all associations of a server, at the same time: what belongs to one request lives in
    the operation.
    """

    def offers(self) -> "Iterable[Offer]":
        """The SOP classes it serves, each with its transfer syntaxes in order of preference. Asked once by a server."""
        ...

    def respond(self, seat: Seat, begin: "Begin") -> Operation[None]:
        """Answer a request, whole: its data set is received, its final response written, when this returns.

        What comes out of here as an exception, a `DicomError` as much as any other, and a request that is left
        unanswered, are told to the peer as a failure of the service (such as C000 and 0110), logged, and told
        as `ServerFailed`; the association lives on. It is aborted where that is impossible: where the
        connection is over, or a message of ours is half sent.
        """
        ...


@runtime_checkable
class Doorkeeper(Protocol):
    """A provider that also has a say in who comes in, or wants to know how an association ended."""

    def admit(self, seat: Seat) -> "Operation[AssociateRJ | bytes | None]":
        """Whether an association that passed the server's policy is accepted: the rejection to send, or None.

        Bytes accept it, too, and are the server's response to a user identity that asks for one (PS3.7 D.3.3.7.2).
        """
        ...

    def ended(self, info: AssociationInfo, error: "NetworkError | None") -> None:
        """An admitted association is over; ``error`` is None when it was released. Never waits and never raises."""
        ...


# Tracebacks, reprs and pickles name the place that users import from
AssociationInfo.__module__ = TlsPeer.__module__ = "dicom_net.services"
Doorkeeper.__module__ = OpenAssociation.__module__ = "dicom_net.services"
Provider.__module__ = Seat.__module__ = "dicom_net.services"
