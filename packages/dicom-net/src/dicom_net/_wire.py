"""A connected socket that never waits: what both doors read from and write to.

``BlockingIOError`` says that nothing can be done now; the door waits until the socket is ready, in its own way,
and calls again. A `TlsWire` is the same over ``ssl.MemoryBIO``, so that nothing above knows of TLS.
"""

import contextlib
import socket
import ssl
from collections.abc import Sequence
from typing import Final, Protocol, TypeAlias

__all__ = ["PlainWire", "TlsWire", "Wire", "tune"]

Buffer: TypeAlias = bytes | bytearray | memoryview

MANY: Final = 1000  # IOV_MAX is 1024 where it is known, and 16 nowhere that matters
BATCH: Final = 256 << 10
_GATHERS: Final = hasattr(socket.socket, "sendmsg")  # not on Windows


def tune(sock: socket.socket) -> None:
    """What every connection has: it does not block, does not hold back small messages, and notices a dead peer."""
    sock.setblocking(False)
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class Wire(Protocol):
    """What a door needs of a connection."""

    @property
    def sock(self) -> socket.socket:
        """The socket to wait for."""
        ...

    @property
    def unsent(self) -> bool:
        """Whether something is still to be flushed."""
        ...

    def handshake(self) -> None:
        """Bring the connection up; call again after ``BlockingIOError`` until it returns."""
        ...

    def receive(self, buffer: memoryview) -> int:
        """How many bytes were put into the buffer; 0 when the peer has closed."""
        ...

    def queue(self, buffers: Sequence[Buffer]) -> None:
        """Add to what `flush` sends. The buffers must not change until it has returned."""
        ...

    def flush(self) -> None:
        """Send what is queued; call again after ``BlockingIOError`` until it returns."""
        ...

    def close(self) -> None:
        """Close the connection, whatever is still queued."""
        ...


class PlainWire:
    """A socket without TLS."""

    __slots__ = ("_at", "_gathers", "_queue", "sock")

    def __init__(self, sock: socket.socket, *, gathers: bool = _GATHERS) -> None:
        self.sock = sock
        self._queue: list[Buffer] = []
        self._at = 0  # the first of the queue that is not sent
        self._gathers = gathers

    @property
    def unsent(self) -> bool:
        """See `Wire.unsent`."""
        return bool(self._queue)

    def handshake(self) -> None:
        """See `Wire.handshake`."""

    def receive(self, buffer: memoryview) -> int:
        """See `Wire.receive`."""
        return self.sock.recv_into(buffer)

    def queue(self, buffers: Sequence[Buffer]) -> None:
        """See `Wire.queue`."""
        self._queue += buffers

    def flush(self) -> None:
        """See `Wire.flush`."""
        queue, sock = self._queue, self.sock
        if len(queue) == 1:  # a command set alone: a third of the time of what follows
            sent = sock.send(queue[0])
            if sent == len(queue[0]):
                queue.clear()
                return
            queue[0] = memoryview(queue[0])[sent:]
        while self._at < len(queue):
            if self._gathers:
                some = queue[self._at : self._at + MANY]
                sent = sock.send(some[0]) if len(some) == 1 else sock.sendmsg(some)
            else:
                some = _some(queue, self._at)
                sent = sock.send(some[0] if len(some) == 1 else b"".join(some))
            if sent == sum(map(len, some)):
                self._at += len(some)
                continue
            for buffer in some:
                if sent < len(buffer):
                    queue[self._at] = memoryview(buffer)[sent:]
                    break
                sent -= len(buffer)
                self._at += 1
        queue.clear()
        self._at = 0

    def close(self) -> None:
        """See `Wire.close`."""
        self._queue.clear()
        self._at = 0
        self.sock.close()


def _read_into(tls: ssl.SSLObject, buffer: memoryview) -> int:
    got: object = tls.read(
        len(buffer), buffer
    )  # with a buffer it is a number, whatever typeshed says
    assert isinstance(got, int)
    return got


def _some(queue: list[Buffer], at: int) -> list[Buffer]:
    """The next buffers of a queue that are worth joining: at least one, and no more than `BATCH` bytes otherwise."""
    some, size = [queue[at]], len(queue[at])
    for buffer in queue[at + 1 : at + MANY]:
        size += len(buffer)
        if size > BATCH:
            break
        some.append(buffer)
    return some


class TlsWire:
    """A socket with TLS. What fails raises ``ssl.SSLError``, whose meaning `dicom_net._tls.explain` knows."""

    __slots__ = ("_at", "_cipher", "_incoming", "_outgoing", "_queue", "sock", "tls")

    def __init__(
        self,
        sock: socket.socket,
        context: ssl.SSLContext,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
    ) -> None:
        self.sock = sock
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_side,
            server_hostname=server_hostname,
        )
        self._queue: list[Buffer] = []
        self._at = 0
        self._cipher = memoryview(b"")  # encrypted, and not sent yet

    @property
    def unsent(self) -> bool:
        """See `Wire.unsent`."""
        return bool(self._queue) or bool(self._cipher) or bool(self._outgoing.pending)

    def handshake(self) -> None:
        """See `Wire.handshake`; also raises ``ConnectionResetError`` where the peer closes in the middle."""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self._send()
                if not self._feed():
                    raise ConnectionResetError("closed during the TLS handshake") from None
            except ssl.SSLError:
                self._send_last()  # the alert that tells the peer why
                raise
            else:
                self._send()
                return

    def receive(self, buffer: memoryview) -> int:
        """See `Wire.receive`. A peer that closes without saying so in TLS has closed all the same.

        An association has its own end (PS3.8 7.2), so that what is cut short is noticed without TLS's.
        """
        size = 0
        while size < len(buffer):  # a record has 16 KiB at most: take all that is there
            try:
                got = _read_into(self.tls, buffer[size:])
            except ssl.SSLWantReadError:
                if size:
                    break
                if self._outgoing.pending:  # an answer of TLS itself, such as to a change of keys
                    self._send_last()
                self._feed()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                break
            else:
                if not got:
                    break
                size += got
        return size

    def queue(self, buffers: Sequence[Buffer]) -> None:
        """See `Wire.queue`."""
        self._queue += buffers

    def flush(self) -> None:
        """See `Wire.flush`."""
        queue = self._queue
        self._send()
        while self._at < len(queue):
            # Records of 16 KiB instead of two for each PDU: a header and its view are encrypted together
            some = _some(queue, self._at)
            self._at += len(some)
            plain = memoryview(some[0] if len(some) == 1 else b"".join(some))
            while plain:
                plain = plain[self.tls.write(plain) :]
            self._send()
        queue.clear()
        self._at = 0

    def close(self) -> None:
        """See `Wire.close`."""
        self._queue.clear()
        self._at = 0
        if not self._cipher:  # else the peer could not decrypt what follows
            with contextlib.suppress(ssl.SSLError, ValueError):  # ValueError: before the handshake
                self.tls.unwrap()  # tells the peer, and does not wait for the answer
            self._send_last()
        self.sock.close()

    def _feed(self) -> bool:
        """Take what the peer sent; False when it has closed."""
        data = self.sock.recv(BATCH)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return bool(data)

    def _send(self) -> None:
        while True:
            while self._cipher:
                self._cipher = self._cipher[self.sock.send(self._cipher) :]
            if not self._outgoing.pending:
                return
            self._cipher = memoryview(self._outgoing.read())

    def _send_last(self) -> None:
        """Send what TLS wants to say, if the socket takes it now; it is worth no waiting and no error."""
        try:
            self._send()
        except OSError:
            return
