"""A server of ours in a process of its own, attacked with bytes, while a second client asks for C-ECHO all the time.

What holds for every case holds here once: the second client is answered within a second during the case and after it;
the process lives on, and holds no more descriptors and hardly more memory than before; its log has no text of the
attacker's with control characters, and no patient's name.
"""

import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.peers.programs import Ours, Served
from tests.peers.wire import CT, ECHO, EXPLICIT, IMPLICIT, Closed, Wire, element, pdu

from .sandbox import polite

__all__ = [
    "DOORS",
    "Siege",
    "abort_of",
    "answered",
    "associated",
    "awaited",
    "data_set",
    "descriptors",
    "resident",
]

DOORS: Final = ("asyncio", "trio")
WITHIN: Final = 1.0
_SETTLE: Final = 30.0  # seconds for what the case left to be cleaned up


def descriptors(pid: int) -> int:
    """How many files and sockets a process holds."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid: int) -> int:
    """Bytes of memory that a process has of its own."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    lines = (line.split() for line in text.splitlines() if line.startswith("Private_"))
    return sum(int(words[1]) for words in lines) * 1024


def _waited(pid: int) -> float:
    """Seconds that a process was ready to run and the machine had no processor for it."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text("ascii").split()[1])
        except OSError:  # no such accounting here, or the thread ended
            continue
    return total / 1e9


def awaited(condition: Callable[[], bool], seconds: float = _SETTLE) -> bool:
    """Whether it comes true in time; there is nothing to wait on that would tell."""
    event = threading.Event()
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        event.wait(0.02)
    return True


class Siege:
    """The server, and what it was like before."""

    def __init__(self, server: Ours | Served) -> None:
        self.server = server
        self.port = server.port
        self.pid = server.pid
        self._stop = threading.Event()
        self._slow: list[str] = []
        self._was_late = False
        self._echoes = 0

    def echo(self) -> None:
        """A second client's C-ECHO, on an association of its own."""
        before = _waited(self.pid) + _waited_here()
        started = time.monotonic()
        with Wire(self.port).associate((ECHO, [IMPLICIT])) as second:
            status = second.echo()
            second.release()
        took = time.monotonic() - started
        # what the machine kept from the server and from us is not the server's fault
        took -= _waited(self.pid) + _waited_here() - before
        self._echoes += 1
        late = took > WITHIN
        # One thread of the server may hold up another while the machine is busy with others: a server that is held up
        # by the case is late again
        if status or (late and self._was_late):
            self._slow.append(f"status {status:04X} after {took:.2f} s")
        self._was_late = late

    def _watch(self) -> None:
        while True:
            try:
                self.echo()
            except (OSError, Closed) as error:
                self._slow.append(repr(error))
            if self._stop.wait(0.01):
                return

    @contextmanager
    def held(
        self, *, memory: int = 4 << 20, alone: bool = False, pooled: int = 0
    ) -> Iterator[None]:
        """Inside, the case; ``memory`` is what the server may have more afterwards. ``alone``: the case takes all places.

        ``pooled``: descriptors that it may keep for the next time, such as those of connections to a database.
        """
        self.echo()
        had = resident(self.pid)
        open_before = descriptors(self.pid)
        watcher = threading.Thread(target=self._watch)
        if not alone:
            watcher.start()
        try:
            yield
        finally:
            self._stop.set()
            if not alone:
                watcher.join()
        self.echo()
        assert not self._slow, self._slow[:3]
        assert alone or self._echoes > 2
        allowed = open_before + pooled
        assert awaited(lambda: descriptors(self.pid) <= allowed), "descriptors are left open"
        grown = resident(self.pid) - had
        assert grown < memory, f"{grown} bytes more"
        polite(self.server.said(), longest=1 << 20)


def _waited_here() -> float:
    import os

    return _waited(os.getpid())


def data_set(instance: str, *, sop_class: str = CT, pixels: int = 1000) -> bytes:
    """A small instance in implicit VR."""
    return b"".join((
        element(0x00080016, sop_class.encode() + b"\0" * (len(sop_class) % 2)),
        element(0x00080018, instance.encode() + b"\0" * (len(instance) % 2)),
        element(0x00100010, "Secret^Patient"),
        element(0x0020000D, "1.2.3.1\0"), element(0x0020000E, "1.2.3.2\0"),
        struct.pack("<HHI", 0x7FE0, 0x10, pixels) + bytes(pixels),
    ))  # fmt: skip


# --- what the server said ------------------------------------------------------------------------


def answered(port: int, data: bytes, patience: float = 10) -> list[tuple[int, bytes]]:
    """Send it on a new connection; the PDUs that come until the server closes."""
    with Wire(port, patience) as wire:
        _push(wire, data)
        return wire.end()


def associated(
    port: int, data: bytes, *, abstract: str = CT, syntax: str = EXPLICIT, patience: float = 10
) -> list[tuple[int, bytes]]:
    """The same after an association was opened."""
    with Wire(port, patience).associate((abstract, [syntax])) as wire:
        _push(wire, data)
        return wire.end()


def _push(wire: Wire, data: bytes) -> None:
    """A server may close before it has taken all: that is an answer, too."""
    try:
        wire.socket.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def abort_of(pdus: list[tuple[int, bytes]]) -> tuple[int, int] | None:
    """Source and reason of the A-ABORT that came last; None where the connection was just closed."""
    if not pdus:
        return None
    kind, body = pdus[-1]
    assert kind == 7, f"PDU {kind} is no A-ABORT"
    assert pdu(kind, body)[:6] == b"\7\0\0\0\0\4"
    return body[2], body[3]
