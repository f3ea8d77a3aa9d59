"""Connecting: the first address that answers is taken (RFC 8305), then TLS shakes hands."""

import socket
from typing import TYPE_CHECKING

import anyio

from .._connecting import (
    HEAD_START,
    Address,
    connect_failure,
    interleave,
    lookup_failure,
    without_lookup,
)
from .._errors import DeadlineExceeded, TimeoutKind
from .._tls import TlsConfig
from .._tls_errors import explain
from .._wire import PlainWire, TlsWire, Wire, tune

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["connect", "shake_hands"]


async def connect(host: str, port: int, tls: TlsConfig | None, seconds: float) -> Wire:
    """A connection that stands, with TLS where it is wanted."""
    with anyio.CancelScope(deadline=anyio.current_time() + seconds) as scope:
        sock = await _any_address(host, port)
        if tls is None:
            return PlainWire(sock)
        try:
            name = tls.server_name or host
            wire = TlsWire(sock, tls.client_context(), server_hostname=name)
            await shake_hands(wire, host, port)
            tls.check_pins(wire.tls, host, port)
        except BaseException:
            sock.close()
            raise
        return wire
    assert scope.cancelled_caught
    raise DeadlineExceeded(TimeoutKind.CONNECT, seconds, f"connecting to {host} port {port}")


async def shake_hands(wire: TlsWire, host: str, port: int) -> None:
    """Do the TLS handshake of either side."""
    while True:
        try:
            wire.handshake()
        except BlockingIOError:
            ready = anyio.wait_writable if wire.unsent else anyio.wait_readable
            await ready(wire.sock)
        except OSError as error:
            raise explain(error, host, port) from error
        else:
            return


async def _any_address(host: str, port: int) -> socket.socket:
    addresses = without_lookup(host, port)
    if not addresses:
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise lookup_failure(host, port, error) from error
        addresses = interleave(found)
    if len(addresses) == 1:
        return await _only(addresses[0], host, port)
    race = _Race()
    try:
        async with anyio.create_task_group() as group:
            for address in addresses:
                failed = anyio.Event()
                group.start_soon(race.run, address, group, failed)
                with anyio.move_on_after(HEAD_START):
                    await failed.wait()
    except BaseException:
        if race.winner is not None:
            race.winner.close()
        raise
    if race.winner is None:
        raise connect_failure(host, port, race.errors)
    return race.winner


async def _only(address: Address, host: str, port: int) -> socket.socket:
    try:
        return await _attempt(address)
    except OSError as error:
        raise connect_failure(host, port, [error]) from error


class _Race:
    """Several attempts, of which the first that succeeds ends the others."""

    def __init__(self) -> None:
        self.winner: socket.socket | None = None
        self.errors: list[OSError] = []

    async def run(self, address: Address, group: "TaskGroup", failed: anyio.Event) -> None:
        """Try one address; the next one need not wait for an attempt that failed."""
        try:
            sock = await _attempt(address)
        except OSError as error:
            self.errors.append(error)
            failed.set()
            return
        if self.winner is None:
            self.winner = sock
            group.cancel_scope.cancel()
        else:
            sock.close()


async def _attempt(address: Address) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        tune(sock)
        try:
            sock.connect(where)
        except BlockingIOError:
            await anyio.wait_writable(sock)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "") from None
    except BaseException:
        sock.close()
        raise
    return sock
