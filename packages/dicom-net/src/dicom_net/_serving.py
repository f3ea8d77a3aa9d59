"""What a server decides, without I/O: whom it lets in, how it answers, when it gives up."""

import itertools
import ssl
from collections import Counter
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from threading import Lock
from typing import Final

from dicom_core import DicomError

from ._association import Control, NextControl
from ._errors import LocalProtocolError, NetworkError, TlsError
from ._logging import (
    association_accepted,
    association_lost,
    association_rejected,
    association_released,
    escaped,
    logger,
)
from ._negotiation import AcceptancePolicy, Known, Offer, answer, rejection
from ._operation import Operation, Write, write
from ._server_events import (
    AssociationEnded,
    AssociationEstablished,
    AssociationRefused,
    AssociationReleased,
    ServerEvent,
    ServerFailed,
)
from ._settings import NetworkLimits, Timeouts
from ._tls import TlsConfig, peer_of
from ._wire import TlsWire, Wire
from .dimse import (
    Begin,
    CFindRQ,
    CGetRQ,
    CMoveRQ,
    CStoreRQ,
    Exchange,
    refusal,
)
from .dimse._command import Requested
from .services import AssociationInfo, Doorkeeper, Provider, Several, drain
from .ul import (
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ConnectionClosed,
    RejectReason,
    ReleaseRP,
    State,
)

__all__ = [
    "Gate",
    "House",
    "Reception",
    "Serving",
    "check_exposure",
    "fail",
    "farewell",
    "say",
    "take",
]

_PROCESSING_FAILURE: Final = 0x0110
_CANNOT_UNDERSTAND: Final = 0xC000
# PS3.4 B.2.3, C.4.1.1.4, C.4.2.1.5, C.4.3.1.4: what these services call a failure of their own
_OWN_FAILURES: Final = (CStoreRQ, CFindRQ, CGetRQ, CMoveRQ)


def check_exposure(host: str, policy: AcceptancePolicy, *, any_ae: bool) -> None:
    """Other machines reach a server only where it says which of them may call it."""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback and policy.allowed is None and not any_ae:
        raise LocalProtocolError(
            f"{host or 'every address'} is reached by other machines: give the AE titles that may call "
            "(AcceptancePolicy.allowed), or say any_ae=True"
        )


class Gate:
    """Counts connections, by peer too, and says which are too many (N10)."""

    def __init__(self, limits: NetworkLimits) -> None:
        self._limits = limits
        self._by_peer: Counter[str] = Counter()
        self._inside = 0
        self._refused = 0
        self._numbers = itertools.count(1)
        self._lock = Lock()  # of threads, where there are any

    def enter(self, host: str) -> "Reception | None":
        """A connection came; None where it is to be closed unheard."""
        with self._lock:
            return self._enter(host)

    def _enter(self, host: str) -> "Reception | None":
        limits = self._limits
        crowded = self._inside >= limits.associations
        if not crowded and self._by_peer[host] < limits.associations_per_peer:
            self._inside += 1
            self._by_peer[host] += 1
            return Reception(self, next(self._numbers), host, None)
        if self._refused >= limits.refusals:
            return None
        self._refused += 1
        reason = RejectReason.TEMPORARY_CONGESTION if crowded else RejectReason.LOCAL_LIMIT_EXCEEDED
        return Reception(self, next(self._numbers), host, reason)

    def leave(self, reception: "Reception") -> None:
        """A connection is gone, or its association is over."""
        with self._lock:
            self._leave(reception)

    def _leave(self, reception: "Reception") -> None:
        if reception.reason is not None:
            self._refused -= 1
            return
        self._inside -= 1
        self._by_peer[reception.host] -= 1
        if not self._by_peer[reception.host]:
            del self._by_peer[reception.host]


class Reception:
    """One connection's place at the gate."""

    __slots__ = ("_gate", "host", "number", "reason")

    def __init__(self, gate: Gate, number: int, host: str, reason: RejectReason | None) -> None:
        self._gate: Gate | None = gate
        self.number = number
        self.host = host
        self.reason = reason
        """Why it is refused, where it is one too many."""

    def leave(self) -> None:
        """Give the place to the next; more than once is once."""
        if self._gate is not None:
            self._gate.leave(self)
            self._gate = None


class House:
    """What is the same for all associations of a server."""

    def __init__(self, providers: Provider | Iterable[Provider], policy: AcceptancePolicy) -> None:
        listed = tuple(providers) if isinstance(providers, Iterable) else (providers,)
        self.provider: Provider = listed[0] if len(listed) == 1 else Several(listed)
        self.doorkeepers = tuple(one for one in listed if isinstance(one, Doorkeeper))
        self.policy = policy
        self.offers: dict[str, Offer] = {}
        self._known: Known = {}
        for offer in self.provider.offers():
            self.offers.setdefault(offer.abstract_syntax, offer)

    def judge(
        self, request: AssociateRQ, reception: Reception, identity_response: bytes | None = None
    ) -> AssociateAC | AssociateRJ:
        """The answer to a request, as far as no provider has a say in it."""
        if reception.reason is not None:
            return rejection(reception.reason)
        return answer(
            request,
            self.offers,
            self.policy,
            identity_response=identity_response,
            known=self._known,
        )


class Serving:
    """A server's settings and what it tells of itself; both doors' servers have one."""

    def __init__(
        self,
        house: House,
        gate: Gate,
        tls: TlsConfig | None,
        timeouts: Timeouts,
        limits: NetworkLimits,
    ) -> None:
        self.house = house
        self.gate = gate
        self.tls = tls
        self.timeouts = timeouts
        self.limits = limits
        self.stopping = False
        self.on_event: list[Callable[[ServerEvent], None]] = []
        self.is_heard = False
        """Whether anybody listens, or has ever read `Server.events`."""
        self._context: ssl.SSLContext | None = None

    def prepare(self) -> None:
        """Before listening: what cannot work is told now."""
        if self.tls is not None:
            self._context = self.tls.server_context()

    def tls_context(self) -> ssl.SSLContext:
        """For the next handshake. Files that changed are read again; where they are no good, the old ones stay."""
        assert self.tls is not None
        assert self._context is not None
        try:
            self._context = self.tls.server_context()
        except TlsError as error:
            self.tell(ServerFailed(str(error)))
        return self._context

    def tell(self, event: ServerEvent) -> None:
        """Give an event to all who listen. What a listener does wrong is logged, and no other's trouble."""
        for listener in self.on_event:
            try:
                listener(event)
            except Exception:  # noqa: BLE001
                logger("server").exception("a listener of events failed")

    def troubled(self, info: AssociationInfo, error: Exception) -> None:
        """Something went wrong with one connection or one request."""
        peer = isinstance(error, NetworkError)
        # A peer's faults need no traceback; the program's own do
        logger("server").warning(
            "association %d: %s", info.number, escaped(str(error)), exc_info=None if peer else error
        )
        text = str(error) if isinstance(error, DicomError) else type(error).__name__
        self.tell(ServerFailed(f"association {info.number}, {info.address[0]}: {text}"))

    def answered(self, info: AssociationInfo, verdict: AssociateAC | AssociateRJ) -> None:
        """An association was accepted or refused."""
        host = info.address[0]
        if isinstance(verdict, AssociateRJ):
            association_rejected(info.number, info.calling, info.called, host, verdict.explanation)
            self.tell(AssociationRefused(info, verdict))
        else:
            accepted = sum(context.is_accepted for context in verdict.contexts)
            association_accepted(info.number, info.calling, info.called, host, accepted)
            self.tell(AssociationEstablished(info))

    def ended(self, info: AssociationInfo, error: NetworkError | None) -> None:
        """An accepted association is over."""
        if error is None:
            association_released(info.number)
            self.tell(AssociationReleased(info))
        else:
            association_lost(info.number, error)
            self.tell(AssociationEnded(info, error))
        for keeper in self.house.doorkeepers:
            keeper.ended(info, error)

    def describe(
        self, request: AssociateRQ, reception: Reception, address: tuple[str, int], wire: Wire
    ) -> AssociationInfo:
        """What providers and events are told of an association."""
        return AssociationInfo(
            number=reception.number,
            called=request.called,
            calling=request.calling,
            address=address,
            proposed=request.contexts,
            implementation_class=request.implementation_class,
            implementation_version=request.implementation_version,
            user_identity=request.user_identity,
            tls=peer_of(wire.tls) if isinstance(wire, TlsWire) else None,
        )


def say(exchange: Exchange, answer: AssociateAC | AssociateRJ) -> Control[None]:
    """Answer the request."""
    yield Write(exchange.send(answer))


def take() -> Control[AssociateRQ | None]:
    """Wait for the request; None where the peer only looks whether somebody listens."""
    event = yield NextControl()
    return event if isinstance(event, AssociateRQ) else None


def farewell(exchange: Exchange) -> Control[None]:
    """Answer a release that was asked for, and let the peer close first (PS3.8 9.1.4: who answers waits)."""
    if exchange.state is State.STA8_AWAITING_LOCAL_RELEASE:
        yield Write(exchange.send(ReleaseRP()))
    while not isinstance((yield NextControl()), Abort | ConnectionClosed):
        pass


def fail(exchange: Exchange, begin: Begin, *, drains: bool) -> Operation[None]:
    """Answer a request whose provider failed, with a failure of its service; what is left of its data set passes."""
    request = begin.command
    assert isinstance(request, Requested)
    if drains:
        yield from drain(request.message_id)
    status = _CANNOT_UNDERSTAND if isinstance(request, _OWN_FAILURES) else _PROCESSING_FAILURE
    text = "the provider failed"  # why is in our log, and none of the peer's business
    yield from write(exchange.send(Begin(begin.context, refusal(request, status, text))))
