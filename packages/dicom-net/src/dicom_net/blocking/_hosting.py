"""One connection of a server, from its first byte to its end."""

import contextlib
import math
import socket
from collections.abc import Awaitable, Callable, Sequence
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar, cast

from .._asking import make_exchange
from .._association import Running
from .._errors import DeadlineExceeded, LocalProtocolError, NetworkError, TimeoutKind
from .._negotiation import rejection
from .._router import Box, Patience
from .._serving import Reception, Serving, fail, farewell, say, take
from .._tls import TlsConfig
from .._wire import PlainWire, TlsWire, Wire
from ..dimse import Begin, Exchange
from ..dimse._command import Requested
from ..services import AssociationInfo
from ..ul import (
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    OperationsWindow,
    RejectReason,
    ReleaseRQ,
    Role,
    RoleSelection,
)
from ._associate import open_association
from ._association import Association
from ._connect import shake_hands
from ._helper import Helper
from ._plain import plain

if TYPE_CHECKING:
    from .._server_events import ServerEvent

__all__ = ["Hosting"]

T = TypeVar("T")

_ENDLESS: Final = Patience(math.inf)


class Hosting:
    """A connection and, for its provider, the `Seat` at its association."""

    def __init__(
        self,
        serving: Serving,
        reception: Reception,
        sock: socket.socket,
        address: tuple[str, int],
        left: "Callable[[Hosting], None]",
    ) -> None:
        self.info = AssociationInfo(number=reception.number, called="", calling="", address=address)
        self.stands = False
        self._serving = serving
        self._reception = reception
        self._sock = sock
        self._left = left
        self._association: Association | None = None
        self._most = 1
        self._working = (
            0  # requests that are being answered; guarded by _changed, as are those below
        )
        self._idle_from = 0.0  # when the last was
        self._leading = False  # whether somebody waits for the next one
        self._threads = 0  # beside the first
        self._changed = Condition()
        self._error: NetworkError | None = None
        self._helper: Helper | None = None
        self._opened: list[Association] = []

    # --- what a provider sees --------------------------------------------------------------------------

    @property
    def exchange(self) -> Exchange:
        """See `dicom_net.services.Seat.exchange`."""
        assert self._association is not None
        return self._association.exchange

    def associate(
        self,
        host: str,
        port: int,
        contexts: Sequence[tuple[str, Sequence[str]]],
        *,
        called_ae: str,
        calling_ae: str,
        roles: Sequence[RoleSelection] = (),
        window: OperationsWindow | None = None,
        tls: object = None,
    ) -> Association:
        """See `dicom_net.services.Seat.associate`."""
        assert tls is None or isinstance(tls, TlsConfig)
        opened = open_association(
            host,
            port,
            contexts,
            called_ae=called_ae,
            calling_ae=calling_ae,
            roles=roles,
            window=window,
            tls=tls,
            timeouts=self._serving.timeouts,
            limits=self._serving.limits,
        )
        self._opened.append(opened)
        return opened

    def perform(
        self,
        function: Callable[[], Awaitable[T] | T],
        *,
        seconds: float | None = None,
        in_thread: bool = False,
    ) -> T:
        """See `dicom_net.services.Seat.perform`. Without ``in_thread`` nobody could take over, and no time is kept."""
        if not in_thread and seconds is None:
            return plain(function())
        if self._helper is None:
            self._helper = Helper(f"dicom handler {self._reception.number}")
        seconds = self._serving.limits.handler if seconds is None else seconds
        try:
            return self._helper.run(lambda: plain(function()), seconds)
        except TimeoutError:
            self._helper = None  # it is left behind, and ends when the function does
            doing = "calling a function of this program"
            raise DeadlineExceeded(TimeoutKind.HANDLER, seconds, doing) from None

    @property
    def is_heard(self) -> bool:
        """See `dicom_net.services.Seat.is_heard`."""
        return self._serving.is_heard

    def tell(self, event: object) -> None:
        """See `dicom_net.services.Seat.tell`."""
        self._serving.tell(cast("ServerEvent", event))

    # --- the connection --------------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until the end of the connection. Nothing that happens here ends the server."""
        try:
            self._run()
        except Exception as error:  # noqa: BLE001 - one connection's trouble is no other's
            self._serving.troubled(self.info, error)
        finally:
            self._sock.close()
            self._reception.leave()
            if self._helper is not None:
                self._helper.end()
            for opened in self._opened:
                opened.abort()
            self._left(self)

    def end_if_idle(self) -> None:
        """The server stops: only a request that is being answered may still be."""
        if not self._working:
            self.end()

    def end(self) -> None:
        """The server stops."""
        if self._association is not None:
            self._association.abort()
        else:
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        serving, limits = self._serving, self._serving.limits
        wire = self._wire()
        exchange = make_exchange(Role.ACCEPTOR, limits)
        association = Association(
            exchange,
            wire,
            address=self.info.address,
            timeouts=serving.timeouts,
            limits=limits,
            number=self.info.number,
        )
        self._association = association
        exchange.connected(monotonic())
        # ARTIM runs from here until the whole request is there, and ends what takes too long (N09)
        request = association._perform_control(take(), _ENDLESS)
        if request is None:
            association.abort()
            return
        self.info = serving.describe(request, self._reception, self.info.address, wire)
        if self._is_admitted(association, request):
            self._serve(association)
        with contextlib.suppress(
            NetworkError
        ):  # all is said; how the connection ends does not matter
            self._reception.leave()
            association._perform_control(farewell(exchange), _ENDLESS)

    def _wire(self) -> Wire:
        serving = self._serving
        if serving.tls is None:
            return PlainWire(self._sock)
        wire = TlsWire(self._sock, serving.tls_context(), server_side=True)
        host, port = self.info.address
        seconds = serving.limits.request
        try:
            shake_hands(wire, host, port, monotonic() + seconds)
        except TimeoutError as error:
            doing = "waiting for the TLS handshake"
            raise DeadlineExceeded(TimeoutKind.CONNECT, seconds, doing) from error
        serving.tls.check_pins(wire.tls, host, port)
        return wire

    def _is_admitted(self, association: Association, request: AssociateRQ) -> bool:
        """Answer the request; whether it was accepted."""
        serving = self._serving
        verdict = serving.house.judge(request, self._reception)
        if isinstance(verdict, AssociateAC):
            for keeper in serving.house.doorkeepers:
                try:
                    said = association.run(keeper.admit(self))
                except Exception as error:  # noqa: BLE001 - a provider's trouble ends no server
                    association._check()
                    serving.troubled(self.info, error)
                    said = rejection(RejectReason.ACSE_NO_REASON)
                if isinstance(said, AssociateRJ):
                    verdict = said
                    break
                if said is not None:
                    verdict = serving.house.judge(request, self._reception, said)
        association._perform_control(say(association.exchange, verdict), _ENDLESS)
        serving.answered(self.info, verdict)
        return isinstance(verdict, AssociateAC)

    def _serve(self, association: Association) -> None:
        """Answer requests until the peer releases the association, or it ends otherwise."""
        serving = self._serving
        error: NetworkError | None = None
        self.stands = True
        self._idle_from = monotonic()
        try:
            # What the requestor may invoke is what we perform (PS3.7 D.3.3.3)
            self._most = association.exchange.window.invoked or serving.limits.operations
            if self._most > 1:
                association.spawn = self._spawn
            self._lead(association)
            with self._changed:
                self._changed.wait_for(lambda: not self._threads)
            error = self._error
        except NetworkError as ended:
            error = ended
        finally:
            self.stands = False
            serving.ended(self.info, error)
        if error is not None:
            association.abort()

    def _spawn(self) -> None:
        """One who waits goes on waiting for something else: let another wait for requests (PS3.7 D.3.3.3)."""
        with self._changed:
            if self._leading or self._working >= self._most:
                return
            self._leading = True
            self._threads += 1
        name = f"dicom association {self._reception.number} more"
        Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        assert self._association is not None
        try:
            self._lead(self._association)
        except NetworkError as error:
            self._error = self._error or error
        finally:
            with self._changed:
                self._threads -= 1
                self._changed.notify_all()

    def _lead(self, association: Association) -> None:
        """Wait for a request and answer it, again and again, until another does so."""
        router = association._router
        requests, patience = router.requests, self._patience()
        while True:
            with self._changed:
                self._leading = True
            if self._serving.stopping:
                association.abort()
            with association._lock:
                patience.until = self._idle_until(monotonic())
                event = association._receive(requests, patience)
                # Under the same lock, so that whoever waits for requests next does not take its data for his
                box = None if isinstance(event, ReleaseRQ) else router.serve(_begin(event))
            with self._changed:
                self._leading = False
                if box is None:
                    return
                self._working += 1
            try:
                self._respond(association, _begin(event), box)
            finally:
                with self._changed:
                    self._working -= 1
                    self._idle_from = monotonic()
                    another = self._leading
                    self._leading = True
            if another:
                return

    def _patience(self) -> Patience:
        return Patience(
            math.inf,
            seconds=self._serving.limits.idle,
            doing="waiting for a request",
            extend=self._idle_until,
        )

    def _idle_until(self, now: float) -> float:
        """Requests that are being answered keep the association, and so does the last for a while."""
        return (now if self._working else self._idle_from) + self._serving.limits.idle

    def _respond(self, association: Association, begin: Begin, box: Box) -> None:
        serving, router = self._serving, association._router
        assert isinstance(begin.command, Requested)
        message_id = begin.command.message_id
        try:
            try:
                operation = serving.house.provider.respond(self, begin)
                association._run(Running(operation, box, message_id))
                if message_id not in association.exchange.to_answer:
                    return
                failure: Exception = LocalProtocolError("the provider left a request unanswered")
            except Exception as error:  # noqa: BLE001 - a provider's trouble is told as a status
                association._check()
                failure = error
            serving.troubled(self.info, failure)
            operation = fail(association.exchange, begin, drains=router.owner is box)
            association._run(Running(operation, box, message_id))
        finally:
            router.served(begin)


def _begin(event: object) -> Begin:
    assert isinstance(event, Begin)
    return event
