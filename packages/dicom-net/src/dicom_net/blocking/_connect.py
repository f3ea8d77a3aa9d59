"""Connecting: the first address that answers is taken (RFC 8305), then TLS shakes hands."""

import contextlib
import selectors
import socket
from time import monotonic

from .._connecting import HEAD_START, Address, connect_failure, interleave, lookup_failure
from .._errors import DeadlineExceeded, TimeoutKind
from .._tls import TlsConfig
from .._tls_errors import explain
from .._wire import PlainWire, TlsWire, Wire, tune
from ._ready import until_readable, until_writable

__all__ = ["connect", "shake_hands"]


def connect(host: str, port: int, tls: TlsConfig | None, seconds: float) -> Wire:
    """A connection that stands, with TLS where it is wanted. The resolver of names keeps its own time."""
    deadline = monotonic() + seconds
    try:
        sock = _any_address(host, port, deadline)
        if tls is None:
            return PlainWire(sock)
        try:
            name = tls.server_name or host
            wire = TlsWire(sock, tls.client_context(), server_hostname=name)
            shake_hands(wire, host, port, deadline)
            tls.check_pins(wire.tls, host, port)
        except BaseException:
            sock.close()
            raise
    except TimeoutError as error:
        doing = f"connecting to {host} port {port}"
        raise DeadlineExceeded(TimeoutKind.CONNECT, seconds, doing) from error
    return wire


def shake_hands(wire: TlsWire, host: str, port: int, deadline: float) -> None:
    """Do the TLS handshake of either side; TimeoutError where it takes too long."""
    while True:
        try:
            wire.handshake()
        except BlockingIOError:
            ready = until_writable if wire.unsent else until_readable
            if not ready(wire.sock, max(deadline - monotonic(), 0)):
                raise TimeoutError from None
        except OSError as error:
            raise explain(error, host, port) from error
        else:
            return


def _any_address(host: str, port: int, deadline: float) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise lookup_failure(host, port, error) from error
    addresses = interleave(found)
    errors: list[OSError] = []
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        while addresses or selector.get_map():
            if addresses:
                attempt = _begin(addresses.pop(0), errors)
                if attempt is None:
                    continue
                stack.callback(attempt.close)
                selector.register(attempt, selectors.EVENT_WRITE)
            wait = deadline - monotonic()
            if wait <= 0:
                raise TimeoutError
            for key, _mask in selector.select(min(wait, HEAD_START) if addresses else wait):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                selector.unregister(sock)
                if not code:
                    return _keep(sock)
                errors.append(OSError(code, ""))
    raise connect_failure(host, port, errors)


def _begin(address: Address, errors: list[OSError]) -> socket.socket | None:
    family, where = address
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        errors.append(error)
        return None
    try:
        tune(sock)
        with contextlib.suppress(BlockingIOError):
            sock.connect(where)
    except OSError as error:
        sock.close()
        errors.append(error)
        return None
    return sock


def _keep(sock: socket.socket) -> socket.socket:
    """The same connection in another object, since the attempts are all closed."""
    return socket.socket(sock.family, sock.type, sock.proto, fileno=sock.detach())
