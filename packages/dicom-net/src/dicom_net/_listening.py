"""Listening sockets, and connections taken from them."""

import errno
import socket
from collections.abc import Sequence
from typing import Final

from ._errors import ConnectionFailed
from ._wire import tune

__all__ = ["BACKLOG", "accept", "address_of", "is_exhaustion", "listen", "listening"]

BACKLOG: Final = 1024
"""Connections that wait to be accepted. Where there is no room, a peer tries again after a second."""
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at every address of a host, at the same port; 0 lets the system choose one."""
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ConnectionFailed(host, port, "dns", f"{error.strerror or error}") from error
    sockets: list[socket.socket] = []
    try:
        for family, _kind, _protocol, _name, address in dict.fromkeys(found):
            # One port for all families: what the system chose for the first
            chosen = port or (sockets[0].getsockname()[1] if sockets else 0)
            sock = socket.create_server(
                (address[0], chosen, *address[2:]), family=family, backlog=BACKLOG
            )
            sockets.append(sock)
            sock.setblocking(False)
    except OSError as error:
        for sock in sockets:
            sock.close()
        text = f"it cannot be listened on: {error.strerror or error}"
        raise ConnectionFailed(host, port, "tcp", text) from error
    return sockets


def listening(given: Sequence[socket.socket] | None, host: str, port: int) -> list[socket.socket]:
    """The sockets of a server, which it closes: its own, or handles of those that it was given."""
    if given is None:
        return listen(host, port)
    sockets = [sock.dup() for sock in given]
    for sock in sockets:
        sock.setblocking(False)
    return sockets


def accept(listener: socket.socket) -> socket.socket | None:
    """The next connection, or None where it was gone before it was taken. ``BlockingIOError`` where there is none."""
    try:
        sock, _address = listener.accept()
    except (ConnectionAbortedError, ConnectionResetError, InterruptedError):
        return None
    try:
        tune(sock)
        # Health checks connect and close: they are over before anything is made for them (N10)
        gone = not sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return sock
    except OSError:
        gone = True
    if gone:
        sock.close()
        return None
    return sock


def is_exhaustion(error: OSError) -> bool:
    """Whether the system has no file descriptors or buffers left, which passes."""
    return error.errno in _EXHAUSTED


def address_of(sock: socket.socket, *, own: bool = False) -> tuple[str, int]:
    """Host and port of the peer, or our ``own``; empty where the connection is gone already."""
    try:
        found = sock.getsockname() if own else sock.getpeername()
    except OSError:
        return "", 0
    return (found[0], found[1]) if isinstance(found, tuple) else (str(found), 0)
