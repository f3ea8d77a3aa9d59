"""A relay that stands between two programs and records what they say: `with recorded(host, port) as relay`."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import ParamSpec

from ..ul import Role
from ._record import Recorder, Recording

__all__ = ["Relay", "recorded"]

_STEP = 0.2
P = ParamSpec("P")


class Relay:
    """Listens on ``port`` of this machine and passes everything on; one recording a connection."""

    def __init__(self, host: str, port: int, *, keep_data: bool) -> None:
        self._target = (host, port)
        self._keep_data = keep_data
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_STEP)
        self.port: int = self._listener.getsockname()[1]
        """Where to connect instead."""
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._recorders: list[Recorder] = []
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._errors: list[BaseException] = []
        self._start(self._accept)

    @property
    def recordings(self) -> list[Recording]:
        """One for each connection, in the order in which they were opened."""
        with self._lock:
            return [recorder.recording for recorder in self._recorders]

    def close(self) -> None:
        """Take no more, wait until all that came is passed on, and raise what went wrong."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for one in (self._listener, *self._sockets):
            one.close()
        if self._errors:
            raise self._errors[0]

    def _start(self, function: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        def work() -> None:
            try:
                function(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - raised by close
                self._errors.append(error)

        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                near, _ = self._listener.accept()
            except TimeoutError:
                continue
            far = socket.create_connection(self._target)
            self._sockets += (near, far)
            recorder = Recorder(keep_data=self._keep_data)
            with self._lock:
                self._recorders.append(recorder)
            for source, sink, who in ((near, far, Role.REQUESTOR), (far, near, Role.ACCEPTOR)):
                source.settimeout(_STEP)
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(self._pass_on, source, sink, who, recorder)

    def _pass_on(
        self, source: socket.socket, sink: socket.socket, who: Role, recorder: Recorder
    ) -> None:
        while True:
            try:
                data = source.recv(1 << 16)
            except TimeoutError:
                if self._stop.is_set():
                    return
                continue
            except OSError:  # reset: an end like another
                data = b""
            with self._lock:
                recorder.feed(who, data, time.monotonic())
            with contextlib.suppress(OSError):  # the other side is gone, which it says itself
                if data:
                    sink.sendall(data)
                else:
                    sink.shutdown(socket.SHUT_WR)
            if not data:
                return


@contextlib.contextmanager
def recorded(host: str, port: int, *, keep_data: bool = False) -> Iterator[Relay]:
    """A relay to a server; read its ``recordings`` when the block has ended.

    ``keep_data`` keeps data sets, instance UIDs and user identities as they were: for test data only.
    """
    relay = Relay(host, port, keep_data=keep_data)
    try:
        yield relay
    finally:
        relay.close()


# Tracebacks, reprs and pickles name the place that users import from
Relay.__module__ = recorded.__module__ = "dicom_net.testing"
