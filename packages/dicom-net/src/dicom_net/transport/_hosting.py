"""One connection of a server, from its first byte to its end."""

import contextlib
import math
import socket
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar, cast

import anyio
import anyio.to_thread

from .._asking import make_exchange
from .._association import Running
from .._errors import DeadlineExceeded, LocalProtocolError, NetworkError, TimeoutKind
from .._negotiation import rejection
from .._router import Patience
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
        threads: anyio.CapacityLimiter,
    ) -> None:
        self.scope = anyio.CancelScope()
        self.info = AssociationInfo(number=reception.number, called="", calling="", address=address)
        self.stands = False
        self._watched: Association | None = None
        self._serving = serving
        self._reception = reception
        self._sock = sock
        self._left = left
        self._threads = threads
        self._most = 1
        self._working = 0  # requests that are being answered
        self._idle_from = 0.0  # when the last was
        self._leading = False  # whether somebody waits for the next one
        self._error: NetworkError | None = None
        self._opened: list[Association] = []

    # --- what a provider sees --------------------------------------------------------------------------

    @property
    def exchange(self) -> Exchange:
        """See `dicom_net.services.Seat.exchange`."""
        return self._association.exchange

    async def associate(
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
        opened = await open_association(
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

    async def perform(
        self,
        function: Callable[[], Awaitable[T] | T],
        *,
        seconds: float | None = None,
        in_thread: bool = False,
    ) -> T:
        """See `dicom_net.services.Seat.perform`."""
        seconds = self._serving.limits.handler if seconds is None else seconds
        with anyio.move_on_after(seconds):
            if in_thread:
                value = await anyio.to_thread.run_sync(
                    function, abandon_on_cancel=True, limiter=self._threads
                )
            else:
                value = function()
            return await value if isinstance(value, Awaitable) else value
        raise DeadlineExceeded(TimeoutKind.HANDLER, seconds, "calling a function of this program")

    @property
    def is_heard(self) -> bool:
        """See `dicom_net.services.Seat.is_heard`."""
        return self._serving.is_heard

    def tell(self, event: object) -> None:
        """See `dicom_net.services.Seat.tell`."""
        self._serving.tell(cast("ServerEvent", event))

    # --- the connection --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until the end of the connection. Nothing that happens here ends the server."""
        try:
            with self.scope:
                try:
                    await self._run()
                except Exception as error:  # noqa: BLE001 - one connection's trouble is no other's
                    self._serving.troubled(self.info, error)
        finally:
            if self._watched is not None:
                self._watched._forget()
            self._sock.close()
            self._reception.leave()
            for opened in self._opened:
                await opened.abort()
            self._left(self)

    def look(self, now: float) -> None:
        """Called now and then: end what waits for too long."""
        if self._watched is not None and self._watched._look(now):
            self.scope.cancel()

    def end_if_idle(self) -> None:
        """The server stops: only a request that is being answered may still be."""
        if not self._working:
            self.scope.cancel()

    async def _run(self) -> None:
        serving, limits = self._serving, self._serving.limits
        wire = await self._wire()
        exchange = make_exchange(Role.ACCEPTOR, limits)
        association = self._association = Association(
            exchange,
            wire,
            address=self.info.address,
            timeouts=serving.timeouts,
            limits=limits,
            number=self.info.number,
        )
        association.watched = True
        self._watched = association
        exchange.connected(monotonic())
        # ARTIM runs from here until the whole request is there, and ends what takes too long (N09)
        request = await association._control(take(), _ENDLESS)
        if request is None:
            await association.abort()
            return
        self.info = serving.describe(request, self._reception, self.info.address, wire)
        if await self._is_admitted(request):
            await self._serve()
        with contextlib.suppress(
            NetworkError
        ):  # all is said; how the connection ends does not matter
            self._reception.leave()
            await association._control(farewell(exchange), _ENDLESS)

    async def _wire(self) -> Wire:
        serving = self._serving
        if serving.tls is None:
            return PlainWire(self._sock)
        wire = TlsWire(self._sock, serving.tls_context(), server_side=True)
        host, port = self.info.address
        seconds = serving.limits.request
        with anyio.move_on_after(seconds):
            await shake_hands(wire, host, port)
            serving.tls.check_pins(wire.tls, host, port)
            return wire
        raise DeadlineExceeded(TimeoutKind.CONNECT, seconds, "waiting for the TLS handshake")

    async def _is_admitted(self, request: AssociateRQ) -> bool:
        """Answer the request; whether it was accepted."""
        serving, association = self._serving, self._association
        verdict = serving.house.judge(request, self._reception)
        if isinstance(verdict, AssociateAC):
            for keeper in serving.house.doorkeepers:
                try:
                    said = await association.run(keeper.admit(self))
                except Exception as error:  # noqa: BLE001 - a provider's trouble ends no server
                    association._check()
                    serving.troubled(self.info, error)
                    said = rejection(RejectReason.ACSE_NO_REASON)
                if isinstance(said, AssociateRJ):
                    verdict = said
                    break
                if said is not None:
                    verdict = serving.house.judge(request, self._reception, said)
        await association._control(say(association.exchange, verdict), _ENDLESS)
        serving.answered(self.info, verdict)
        return isinstance(verdict, AssociateAC)

    async def _serve(self) -> None:
        """Answer requests until the peer releases the association, or it ends otherwise."""
        association, serving = self._association, self._serving
        error: NetworkError | None = None
        self.stands = True
        self._idle_from = monotonic()
        try:
            # What the requestor may invoke is what we perform (PS3.7 D.3.3.3)
            self._most = association.exchange.window.invoked or serving.limits.operations
            if self._most == 1:
                await self._lead()
            else:
                async with anyio.create_task_group() as self._workers:
                    association.spawn = self._spawn
                    self._spawn()
            error = self._error
        except NetworkError as ended:
            error = ended
        except BaseException:
            await association.abort()
            error = association.failure
            raise
        finally:
            self.stands = False
            serving.ended(self.info, error)
        if error is not None:
            await association.abort()

    def _spawn(self) -> None:
        """One who waits goes on waiting for something else: let another wait for requests (PS3.7 D.3.3.3)."""
        if not self._leading and self._working < self._most:
            self._leading = True
            self._workers.start_soon(self._work)

    async def _work(self) -> None:
        try:
            await self._lead()
        except NetworkError as error:
            self._error = self._error or error

    async def _lead(self) -> None:
        """Wait for a request and answer it, again and again, until another does so."""
        association, serving = self._association, self._serving
        requests, patience = association._router.requests, self._patience()
        while True:
            self._leading = True
            if serving.stopping:
                await association.abort()
            patience.until = self._idle_until(monotonic())
            event = await association._receive(requests, patience)
            self._leading = False
            if isinstance(event, ReleaseRQ):
                return
            assert isinstance(event, Begin)
            self._working += 1
            try:
                await self._respond(event)
            finally:
                self._working -= 1
                self._idle_from = monotonic()
            if self._leading:  # another waits meanwhile
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

    async def _respond(self, begin: Begin) -> None:
        association, serving = self._association, self._serving
        router = association._router
        assert isinstance(begin.command, Requested)
        message_id = begin.command.message_id
        box = router.serve(begin)
        try:
            try:
                operation = serving.house.provider.respond(self, begin)
                await association._run(Running(operation, box, message_id))
                if message_id not in association.exchange.to_answer:
                    return
                failure: Exception = LocalProtocolError("the provider left a request unanswered")
            except Exception as error:  # noqa: BLE001 - a provider's trouble is told as a status
                association._check()
                failure = error
            serving.troubled(self.info, failure)
            operation = fail(association.exchange, begin, drains=router.owner is box)
            await association._run(Running(operation, box, message_id))
        finally:
            router.served(begin)
