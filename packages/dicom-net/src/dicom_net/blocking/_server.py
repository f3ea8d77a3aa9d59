"""A server over plain sockets: a thread accepts connections, and one for each lets providers answer what comes over it."""

import contextlib
import queue
import selectors
import socket
from collections.abc import Callable, Generator, Iterable, Sequence
from threading import Condition, Thread
from time import monotonic
from types import TracebackType
from typing import Final, Self

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

EVENTS: Final = 1000
"""Events that wait for a slow reader; further ones are lost to it."""
GRACE: Final = 10.0


class Server:
    """Providers behind a port, for ``with``: it listens while the block runs, and ends its associations afterwards.

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
        self._changed = Condition()
        self._hostings: set[Hosting] = set()  # guarded by _changed
        self._queues: tuple[queue.Queue[ServerEvent], ...] = ()
        self._started: ServerStarted | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self.host, self.port

    @property
    def associations(self) -> tuple[AssociationInfo, ...]:
        """Those that stand now."""
        with self._changed:
            return tuple(one.info for one in self._hostings if one.stands)

    def __enter__(self) -> Self:
        self._serving.prepare()
        self._listeners = listening(self._given, self.host, self.port)
        self.port = self._listeners[0].getsockname()[1]
        self._stopper, self._stopped = socket.socketpair()
        self._acceptor = Thread(target=self._accept, name=f"dicom accept {self.port}", daemon=True)
        server_started(self.host, self.port)
        self._started = ServerStarted(self.host, self.port)
        self._serving.tell(self._started)
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop(GRACE if error is None else 0)
        server_stopped(self.host, self.port)
        self._serving.tell(ServerStopped(self.host, self.port))

    def stop(self, grace: float = GRACE) -> None:
        """Accept no more, end the associations that are idle, and give the others this many seconds for their requests."""
        self._close()
        self._serving.stopping = True
        deadline = monotonic() + grace
        with self._changed:
            hostings = list(self._hostings)
        for hosting in hostings:
            hosting.end_if_idle()
        with self._changed:
            self._changed.wait_for(lambda: not self._hostings, max(deadline - monotonic(), 0))
            hostings = list(self._hostings)
        for hosting in hostings:
            hosting.end()
        with self._changed:  # a provider that never returns keeps its thread, and nobody else
            self._changed.wait_for(lambda: not self._hostings, 1)

    def events(self) -> Generator[ServerEvent]:
        """What happens from now on, and before that the start; ends when the server has stopped."""
        events: queue.Queue[ServerEvent] = queue.Queue(EVENTS)
        if self._started is not None:
            events.put_nowait(self._started)
        self._queues += (events,)
        self._serving.is_heard = True
        return self._drain(events)

    def _drain(self, events: "queue.Queue[ServerEvent]") -> Generator[ServerEvent]:
        try:
            while True:
                event = events.get()
                yield event
                if isinstance(event, ServerStopped):
                    return
        finally:
            self._queues = tuple(one for one in self._queues if one is not events)

    def _publish(self, event: ServerEvent) -> None:
        for events in self._queues:
            with contextlib.suppress(queue.Full):
                events.put_nowait(event)

    def _close(self) -> None:
        if self._listeners:
            self._stopper.send(b"!")
            self._acceptor.join()
            self._stopper.close()
            self._stopped.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._stopped, selectors.EVENT_READ)
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ)
            while True:
                for key, _mask in selector.select():
                    if key.fileobj is self._stopped:
                        for listener in self._listeners:
                            listener.close()
                        self._listeners = []
                        return
                    assert isinstance(key.fileobj, socket.socket)
                    self._take(key.fileobj)

    def _take(self, listener: socket.socket) -> None:
        try:
            sock = accept(listener)
        except BlockingIOError:
            return
        except OSError as error:
            if not is_exhaustion(error):
                raise
            # Nothing can be done but to wait until associations end
            self._serving.tell(ServerFailed(f"accepting a connection: {error.strerror}"))
            with self._changed:
                self._changed.wait(0.1)
            return
        if sock is None:
            return
        address = address_of(sock)
        reception = self._serving.gate.enter(address[0])
        if reception is None:
            sock.close()
            return
        hosting = Hosting(self._serving, reception, sock, address, self._left)
        with self._changed:
            self._hostings.add(hosting)
        name = f"dicom association {reception.number}"
        Thread(target=hosting.run, name=name, daemon=True).start()

    def _left(self, hosting: Hosting) -> None:
        with self._changed:
            self._hostings.discard(hosting)
            self._changed.notify_all()


# Tracebacks, reprs and pickles name the place that users import from
Server.__module__ = "dicom_net.blocking"
