"""Waiting for one socket."""

import select
import socket

__all__ = ["until_readable", "until_writable"]

# Windows has no poll; select there knows sockets of any number
if hasattr(select, "poll"):

    def _ready(sock: socket.socket, mask: int, seconds: float) -> bool:
        poll = select.poll()
        poll.register(sock, mask)
        # Rounded up: a wait that ends too early would be made again and again
        return bool(poll.poll(None if seconds == float("inf") else int(seconds * 1000) + 1))

    def until_readable(sock: socket.socket, seconds: float) -> bool:
        """Wait until there is something to read, also the end; whether it came in time."""
        return _ready(sock, select.POLLIN, seconds)

    def until_writable(sock: socket.socket, seconds: float) -> bool:
        """Wait until something can be written, or never again; whether it came in time."""
        return _ready(sock, select.POLLOUT, seconds)

else:

    def until_readable(sock: socket.socket, seconds: float) -> bool:
        """Wait until there is something to read, also the end; whether it came in time."""
        wait = None if seconds == float("inf") else seconds
        return bool(select.select([sock], [], [], wait)[0])

    def until_writable(sock: socket.socket, seconds: float) -> bool:
        """Wait until something can be written, or never again; whether it came in time."""
        wait = None if seconds == float("inf") else seconds
        # A connection that fails shows as an exception there, and not as writable
        return any(select.select([], [sock], [sock], wait)[1:])
