"""A server under asyncio or trio: it accepts connections, and lets providers answer what comes over them."""

import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from time import monotonic
from types import TracebackType
from typing import Final, Self

import anyio
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectSendStream

from .._listening import accept, address_of, is_exhaustion, listening
from .._logging import server_started, server_stopped
from .._negotiation import AcceptancePolicy
from .._server_events import ServerEvent, ServerFailed, ServerStarted, ServerStopped
from .._serving import Gate, House, Serving, check_exposure
from .._settings import NetworkLimits, Timeouts
from .._tls import TlsConfig
from ..services import AssociationInfo, Provider
from ._hosting import Hosting

__all__ = ["Server"]

TURN: Final = 16
"""Connections accepted in a row, after which those that stand get their turn."""
EVENTS: Final = 1000
"""Events that wait for a slow reader; further ones are lost to it."""
GRACE: Final = 10.0


class Server:
    """Providers behind a port, for ``async with``: it listens while the block runs, and ends its associations afterwards.

    ``port`` 0 lets the system choose one. Other machines can reach a server only where its policy names the AE titles
    that may call, or with ``any_ae``. Neither a peer nor a provider that fails ends it. ``listeners`` are sockets that
    listen already, in place of host and port: several processes may share them.
    """

    def __init__(
        self,
        providers: Provider | Iterable[Provider],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ae_title: str = "DICOMPY",
        policy: AcceptancePolicy | None = None,
        any_ae: bool = False,
        tls: TlsConfig | None = None,
        timeouts: Timeouts = Timeouts.DEFAULT,
        limits: NetworkLimits = NetworkLimits(),  # noqa: B008 - frozen
        on_event: Callable[[ServerEvent], None] | None = None,
        listeners: Sequence[socket.socket] | None = None,
    ) -> None:
        policy = AcceptancePolicy(ae_titles=[ae_title]) if policy is None else policy
        check_exposure(host, policy, any_ae=any_ae)
        self.host = host
        self.port = port
        self._serving = Serving(House(providers, policy), Gate(limits), tls, timeouts, limits)
        self._serving.on_event.append(self._publish)
        if on_event is not None:
            self._serving.on_event.append(on_event)
            self._serving.is_heard = True
        self._given = listeners
        self._listeners: list[socket.socket] = []
        self._hostings: set[Hosting] = set()
        self._streams: set[MemoryObjectSendStream[ServerEvent]] = set()
        self._started: ServerStarted | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.host, self.port

    @property
    def associations(self) -> tuple[AssociationInfo, ...]:
        """Those that stand now."""
        return tuple(one.info for one in self._hostings if one.stands)

    async def __aenter__(self) -> Self:
        self._serving.prepare()
        self._listeners = listening(self._given, self.host, self.port)
        self.port = self._listeners[0].getsockname()[1]
        # Of our own, so that functions that hang take no thread from the rest of the program; and more than
        # associations, so that those that hang leave some for others (N17)
        self._threads = anyio.CapacityLimiter(2 * self._serving.limits.associations)
        self._accepting = anyio.CancelScope()
        self._quiet = anyio.Event()
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        for listener in self._listeners:
            self._group.start_soon(self._accept, listener)
        self._group.start_soon(self._watch)
        server_started(self.host, self.port)
        self._started = ServerStarted(self.host, self.port)
        self._serving.tell(self._started)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if error is None:
            await self.stop()
        self._close()
        self._group.cancel_scope.cancel()
        try:
            if isinstance(error, Exception):  # which the group would wrap in another
                await self._group.__aexit__(None, None, None)
                return False
            return await self._group.__aexit__(kind, error, traceback)
        finally:
            server_stopped(self.host, self.port)
            self._serving.tell(ServerStopped(self.host, self.port))
            for stream in self._streams:
                stream.close()

    async def stop(self, grace: float = GRACE) -> None:
        """Accept no more, end the associations that are idle, and give the others this many seconds for their requests."""
        self._close()
        self._serving.stopping = True
        for hosting in list(self._hostings):
            hosting.end_if_idle()
        with anyio.move_on_after(grace):
            while self._hostings:
                self._quiet = anyio.Event()
                await self._quiet.wait()
        for hosting in self._hostings:
            hosting.scope.cancel()

    async def events(self) -> AsyncGenerator[ServerEvent]:
        """What happens from now on, and before that the start; ends when the server has stopped."""
        sender, receiver = anyio.create_memory_object_stream[ServerEvent](EVENTS)
        if self._started is not None:
            sender.send_nowait(self._started)
        self._streams.add(sender)
        self._serving.is_heard = True
        try:
            with sender, receiver:
                async for event in receiver:
                    yield event
                    if isinstance(event, ServerStopped):
                        return
        finally:
            self._streams.discard(sender)

    def _publish(self, event: ServerEvent) -> None:
        for stream in self._streams:
            with contextlib.suppress(anyio.WouldBlock, anyio.BrokenResourceError):
                stream.send_nowait(event)

    def _close(self) -> None:
        self._accepting.cancel()
        if self._given is None:
            for listener in self._listeners:
                listener.close()
        self._listeners = []

    async def _accept(self, listener: socket.socket) -> None:
        # Who shares it with others leaves them some. It must not be closed while the event loop still looks at it:
        # epoll would go on, since what others hold stays open.
        turn = TURN if self._given is None else 1
        with listener, self._accepting:
            await self._accept_all(listener, turn)

    async def _accept_all(self, listener: socket.socket, turn: int) -> None:
        taken = 0
        while not self._accepting.cancel_called:
            try:
                sock = accept(listener)
            except BlockingIOError:
                taken = 0
                await anyio.wait_readable(listener)
                continue
            except OSError as error:
                if not is_exhaustion(error):
                    raise
                # Nothing can be done but to wait until associations end
                self._serving.tell(ServerFailed(f"accepting a connection: {error.strerror}"))
                await anyio.sleep(0.1)
                continue
            if sock is not None:
                self._host(sock)
            taken += 1
            if taken >= turn:
                taken = 0
                await checkpoint()

    async def _watch(self) -> None:
        """Look after the associations, whose waiting has no timers."""
        limits, read = self._serving.limits, self._serving.timeouts.read
        pause = min(limits.request, limits.idle, limits.artim, limits.rate_window, read, 4.0) / 4
        while True:
            await anyio.sleep(pause)
            now = monotonic()
            for hosting in self._hostings:
                hosting.look(now)

    def _host(self, sock: socket.socket) -> None:
        address = address_of(sock)
        reception = self._serving.gate.enter(address[0])
        if reception is None:
            sock.close()
            return
        hosting = Hosting(self._serving, reception, sock, address, self._left, self._threads)
        self._hostings.add(hosting)
        self._group.start_soon(hosting.run)

    def _left(self, hosting: Hosting) -> None:
        self._hostings.discard(hosting)
        if not self._hostings:
            self._quiet.set()


# Tracebacks, reprs and pickles name the place that users import from
Server.__module__ = "dicom_net"
