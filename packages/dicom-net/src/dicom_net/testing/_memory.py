"""An association with a provider in memory: operations of both sides run against each other, without a socket.

Every step is performed at once where it can be. Where both sides wait for something that cannot come any
more, that is an error, and not a hang. What crosses goes through buffers that are poisoned.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar, cast

from .._errors import (
    AssociationAborted,
    AssociationRejected,
    ConnectionFailed,
)
from .._negotiation import AcceptancePolicy, Offer, answer, propose
from .._operation import (
    Call,
    Operation,
)
from ..dimse import Begin, Exchange
from ..dimse._command import Requested
from ..services import AssociationInfo, Provider
from ..services._provider import Doorkeeper
from ..ul import (
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    Connection,
    OperationsWindow,
    ReleaseRP,
    ReleaseRQ,
    Role,
    RoleSelection,
    SopClassExtended,
    State,
    UserIdentity,
)
from ._feed import drain
from ._pair import Pair
from ._schedule import Run, Schedule

__all__ = ["MemoryAssociation", "connect", "connected_pair", "run_pair"]

R = TypeVar("R")
T = TypeVar("T")

Contexts = Sequence[tuple[str, Sequence[str]]]
Network = Mapping[tuple[str, int], Provider]


class _Seat:
    """The provider's place at a `MemoryAssociation`."""

    def __init__(self, association: "MemoryAssociation", info: AssociationInfo) -> None:
        self._association = association
        self.info = info

    @property
    def exchange(self) -> Exchange:
        """The acceptor's machine."""
        return self._association.acceptor

    def associate(
        self,
        host: str,
        port: int,
        contexts: Contexts,
        *,
        called_ae: str,
        calling_ae: str,
        roles: Sequence[RoleSelection] = (),
        window: OperationsWindow | None = None,
        tls: object = None,
    ) -> "MemoryAssociation":
        """An association with a provider of the same network."""
        del tls  # memory is private
        network = self._association.network
        provider = network.get((host, port))
        if provider is None:
            raise ConnectionFailed(host, port, "tcp", "nobody listens there in this network")
        return connect(
            provider,
            contexts,
            called_ae=called_ae,
            calling_ae=calling_ae,
            roles=roles,
            window=window,
            network=network,
        )

    def perform(
        self,
        function: Callable[[], Awaitable[T] | T],
        *,
        seconds: float | None = None,
        in_thread: bool = False,
    ) -> Awaitable[T] | T:
        """Call a function; there is neither time nor a thread."""
        del seconds, in_thread
        return function()

    @property
    def is_heard(self) -> bool:
        """Events are kept."""
        return True

    def tell(self, event: object) -> None:
        """Keep an event in `MemoryAssociation.told`."""
        self._association.told.append(event)


class MemoryAssociation:
    """An association that stands between the caller, its requestor, and a provider."""

    def __init__(self, provider: Provider, network: Network) -> None:
        self.provider = provider
        self.network = network
        self.told: list[object] = []
        """What the provider told the server."""
        self._schedule = Schedule(self._serve)
        self._us, self._them = self._schedule.us, self._schedule.them
        self._seat: _Seat | None = None

    @property
    def exchange(self) -> Exchange:
        """The requestor's machine."""
        return self._us.exchange

    @property
    def acceptor(self) -> Exchange:
        """The provider's machine."""
        return self._them.exchange

    @property
    def request(self) -> AssociateRQ:
        """What was asked for."""
        assert self.exchange.requested is not None
        return self.exchange.requested

    @property
    def answer(self) -> AssociateAC:
        """What was granted."""
        assert self.exchange.accepted is not None
        return self.exchange.accepted

    def run(self, operation: Operation[R]) -> R:
        """Perform an operation, and give what it returns; the items that it gives are dropped."""
        run = Run(operation)
        for _ in self._schedule.drive(run):
            pass
        return cast("R", run.value)

    def iterate(self, operation: Operation[object]) -> Iterator[object]:
        """What an operation gives, one by one; closing the iterator brings it to an end in good order."""
        return self._schedule.drive(Run(operation))

    def release(self) -> None:
        """End the association in good order."""
        if self.exchange.state is not State.STA6_ESTABLISHED:
            return
        self._schedule.carry(self._us, self.exchange.send(ReleaseRQ(), 0.0))
        self._schedule.work(self._them)
        self._seat_ended(None)

    def abort(self) -> None:
        """End it at once."""
        if self.exchange.state is State.STA6_ESTABLISHED:
            self._schedule.carry(self._us, self.exchange.send(Abort(), 0.0))
            self._seat_ended(AssociationAborted(Abort()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release() if kind is None else self.abort()

    def _seat_ended(self, error: AssociationAborted | None) -> None:
        if isinstance(self.provider, Doorkeeper) and self._seat is not None:
            self.provider.ended(self._seat.info, error)

    def _establish(self, request: AssociateRQ, policy: AcceptancePolicy) -> None:
        us, them = self._us, self._them
        us.exchange.send(request, 0.0)
        them.exchange.connected(0.0)
        self._schedule.carry(us, us.exchange.connected(0.0))
        them.feed()
        assert drain(them.exchange) == [request]
        self._seat = _Seat(
            self,
            AssociationInfo(
                number=1,
                called=request.called,
                calling=request.calling,
                address=("memory", 0),
                proposed=request.contexts,
                implementation_class=request.implementation_class,
                implementation_version=request.implementation_version,
                user_identity=request.user_identity,
            ),
        )
        said = answer(request, self.provider.offers(), policy)
        if isinstance(said, AssociateAC) and isinstance(self.provider, Doorkeeper):
            run = Run(self.provider.admit(self._seat))
            run.go()
            while not run.over():
                assert isinstance(
                    run.step, Call
                )  # before an association stands, nothing else can be
                self._schedule.call(run, run.step.function)
            if isinstance(run.value, AssociateRJ):
                said = run.value
            elif run.value is not None:
                offers = self.provider.offers()
                said = answer(request, offers, policy, identity_response=run.value)
        self._schedule.carry(them, them.exchange.send(said, 0.0))
        us.feed()
        drain(us.exchange)
        if isinstance(said, AssociateRJ):
            raise AssociationRejected(said)

    def _serve(self) -> bool:
        """Take a new request of the requestor's, and begin to answer it."""
        them = self._them
        event = self._schedule.pull(them, them.router.requests)
        if event is None:
            return False
        if isinstance(event, ReleaseRQ):
            self._schedule.carry(them, them.exchange.send(ReleaseRP(), 0.0))
            self._us.feed()
            drain(self._us.exchange)
            return True
        assert isinstance(event, Begin)
        assert isinstance(event.command, Requested)
        assert self._seat is not None
        operation = cast("Operation[object]", self.provider.respond(self._seat, event))
        run = Run(operation, them.router.serve(event), event.command.message_id)
        them.runs.append(run)
        run.go()
        return True


def connect(
    provider: Provider,
    contexts: Contexts | None = None,
    *,
    called_ae: str = "ANY-SCP",
    calling_ae: str = "DICOMPY",
    roles: Sequence[RoleSelection] = (),
    extended: Sequence[SopClassExtended] = (),
    window: OperationsWindow | None = None,
    user_identity: UserIdentity | None = None,
    policy: AcceptancePolicy = AcceptancePolicy(),  # noqa: B008 - frozen
    network: Network | None = None,
) -> MemoryAssociation:
    """An association with a provider, in memory.

    Without ``contexts``, all that the provider offers is proposed. ``network`` has the providers that it may open
    associations with, by host and port. A refusal raises `AssociationRejected`.
    """
    if contexts is None:
        contexts = [(one.abstract_syntax, one.transfer_syntaxes) for one in provider.offers()]
    association = MemoryAssociation(provider, {} if network is None else network)
    request = AssociateRQ(
        called=called_ae,
        calling=calling_ae,
        contexts=propose(contexts),
        roles=roles,
        extended=extended,
        window=window,
        user_identity=user_identity,
    )
    association._establish(request, policy)
    return association


def run_pair(
    operation: Callable[[Exchange], Operation[R]],
    provider: Provider,
    contexts: Contexts | None = None,
    *,
    roles: Sequence[RoleSelection] = (),
    window: OperationsWindow | None = None,
    network: Network | None = None,
) -> R:
    """What an operation returns when a provider answers it, in memory: made, run, released."""
    with connect(provider, contexts, roles=roles, window=window, network=network) as association:
        return association.run(operation(association.exchange))


def connected_pair(
    contexts: Contexts = (("1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),),
    *,
    roles: Sequence[RoleSelection] = (),
    window: OperationsWindow | None = None,
) -> Pair[Exchange]:
    """Two exchanges whose association stands, with an ideal wire between them.

    Every context is accepted with its first transfer syntax, and every role as it was asked for.
    """
    request = AssociateRQ(
        called="ANY-SCP", calling="DICOMPY", contexts=propose(contexts), roles=roles, window=window
    )
    offers = [Offer(name, syntaxes, scu=True) for name, syntaxes in contexts]
    policy = AcceptancePolicy(window=OperationsWindow(0, 0))
    pair = Pair(*(Exchange(Connection(role)) for role in (Role.REQUESTOR, Role.ACCEPTOR)))
    pair.requestor.send(request, 0.0)
    assert pair.connect() == [request]
    said = answer(request, offers, policy)
    assert pair.carry(Role.ACCEPTOR, pair.acceptor.send(said, 0.0)) == [said]
    return pair


# Tracebacks, reprs and pickles name the place that users import from
MemoryAssociation.__module__ = connect.__module__ = run_pair.__module__ = "dicom_net.testing"
connected_pair.__module__ = "dicom_net.testing"
