"""A peer that does what a list of steps says, legal or not: for showing what a program does with a misbehaving one.

steps = [say(request), Hear("A-ASSOCIATE-AC"), Say(b"\\x04\\0\\xff\\xff\\xff\\xff"), Hear("A-ABORT"), HearEnd()]
outcome = play_to(host, port, steps)

with scripted_server([Hear("A-ASSOCIATE-RQ"), Reset()]) as peer:
    ...  # whatever connects to peer.port meets it
peer.outcome
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen

from ..dimse import Command, encode
from ..ul import Buffer
from ..ul._pdus import Control, encode_control
from ._stream import RawPdu, Splitter, Value, p_data

if TYPE_CHECKING:
    import ssl

__all__ = [
    "Close",
    "FinishSending",
    "Hear",
    "HearEnd",
    "HearParts",
    "Outcome",
    "Reset",
    "Say",
    "ScriptedServer",
    "Step",
    "Wait",
    "fragments",
    "play_to",
    "say",
    "scripted_server",
]

PATIENCE: Final = 5.0
_POLL: Final = 0.2


@frozen
class Say:
    """Send these bytes; with ``drip`` one by one, with so many seconds between them."""

    data: bytes = field(converter=bytes, repr=False)
    drip: float | None = None


@frozen(init=False)
class Hear:
    """Wait for a PDU of one of these names; another one fails the script, and so do the end and silence."""

    names: tuple[str, ...]
    within: float = PATIENCE

    def __init__(self, *names: str, within: float = PATIENCE) -> None:
        self.__attrs_init__(names, within)


@frozen
class HearParts:
    """Wait until so many command sets and data sets are whole, in whatever fragments; what is no data fails the script."""

    count: int
    within: float = PATIENCE


@frozen(init=False)
class HearEnd:
    """Wait until the other side closes or resets the connection, or says one of these; PDUs that come first are heard."""

    names: tuple[str, ...] = ()
    within: float = PATIENCE

    def __init__(self, *names: str, within: float = PATIENCE) -> None:
        self.__attrs_init__(names, within)


@frozen
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@frozen
class FinishSending:
    """Say that nothing more comes, and go on listening."""


@frozen
class Close:
    """Close the connection."""


@frozen
class Reset:
    """Close it so that the other side sees it reset."""


Step: TypeAlias = Say | Hear | HearParts | HearEnd | Wait | FinishSending | Close | Reset


@frozen
class Outcome:
    """What a script met: the PDUs that it heard, whether the other side ended the connection, and what was not as it said."""

    heard: tuple[RawPdu, ...] = ()
    ended: bool = False
    failure: str | None = None
    seconds: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the PDUs."""
        return tuple(pdu.name for pdu in self.heard)


def say(*what: Control | Buffer) -> Say:
    """Send PDUs, or bytes that may be anything, in one piece."""
    parts = (
        bytes(one) if isinstance(one, bytes | bytearray | memoryview) else encode_control(one)
        for one in what
    )
    return Say(b"".join(parts))


def fragments(
    context: int, command: Command | bytes, data: bytes = b"", *, size: int = 4096
) -> bytes:
    """A message in P-DATA-TF PDUs, one fragment of at most this size in each; nothing asks whether it may be said."""
    raw = command if isinstance(command, bytes) else encode(command)
    out = []
    for kind, payload in ((1, raw), (0, data)):
        for start in range(0, len(payload), size):
            piece = payload[start : start + size]
            last = 2 if start + size >= len(payload) else 0
            out.append(p_data([Value(context, kind | last, piece)]).data)
    return b"".join(out)


class _Player:
    """Plays steps on a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._splitter = Splitter()
        self._waiting: list[RawPdu] = []
        self._heard: list[RawPdu] = []
        self._ended = False

    def play(self, steps: Sequence[Step]) -> Outcome:
        """All of them, or as far as it goes."""
        started, failure = time.monotonic(), None
        for step in steps:
            failure = self._step(step)
            if failure is not None:
                break
        seconds = time.monotonic() - started
        return Outcome(tuple(self._heard), self._ended, failure, seconds)

    def _step(self, step: Step) -> str | None:
        match step:
            case Say():
                return self._say(step)
            case Hear():
                return self._hear(step)
            case HearParts():
                return self._hear_parts(step)
            case HearEnd():
                return self._hear_end(step)
            case Wait():
                time.sleep(step.seconds)
            case FinishSending():
                with contextlib.suppress(OSError):  # it is gone, which listening will show
                    # Not the method of a TLS socket, which would stop to decipher what comes
                    socket.socket.shutdown(self._sock, socket.SHUT_WR)
            case Close():
                self._sock.close()
            case Reset():
                linger = struct.pack("ii", 1, 0)
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self._sock.close()
        return None

    def _say(self, step: Say) -> str | None:
        try:
            self._sock.settimeout(PATIENCE)
            if step.drip is None:
                self._sock.sendall(step.data)
            for one in step.data if step.drip is not None else b"":
                self._sock.sendall(bytes((one,)))
                time.sleep(step.drip or 0)
        except TimeoutError:
            return f"the other side takes nothing for {PATIENCE:g} s"
        except OSError:
            pass  # it closed: what it said before is still heard
        return None

    def _hear(self, step: Hear) -> str | None:
        until = time.monotonic() + step.within
        while not self._waiting:
            if self._ended:
                return f"the end of the connection instead of {' or '.join(step.names)}"
            if not self._receive(until):
                return f"nothing for {step.within:g} s instead of {' or '.join(step.names)}"
        pdu = self._waiting.pop(0)
        self._heard.append(pdu)
        if pdu.name not in step.names:
            return f"{pdu.name} instead of {' or '.join(step.names)}"
        return None

    def _hear_parts(self, step: HearParts) -> str | None:
        until, missing = time.monotonic() + step.within, step.count
        while missing > 0:
            failure = self._hear(Hear("P-DATA-TF", within=max(until - time.monotonic(), 0)))
            if failure is not None:
                return f"{failure}, with {missing} of {step.count} parts to come"
            missing -= sum(value.is_last for value in self._heard[-1].values)
        return None

    def _hear_end(self, step: HearEnd) -> str | None:
        until = time.monotonic() + step.within
        while True:
            self._heard += self._waiting
            said = [pdu.name for pdu in self._waiting]
            self._waiting.clear()
            if self._ended or not set(step.names).isdisjoint(said):
                return None
            if not self._receive(until):
                return f"the connection is still open after {step.within:g} s"

    def _receive(self, until: float) -> bool:
        """Read once; False when the time is over."""
        left = until - time.monotonic()
        if left <= 0:
            return False
        try:
            self._sock.settimeout(left)
            data = self._sock.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError:  # reset
            data = b""
        if data:
            self._waiting += self._splitter.feed(data)
        else:
            self._ended = True
        return True


def play_to(
    host: str,
    port: int,
    steps: Sequence[Step],
    *,
    within: float = PATIENCE,
    tls: "ssl.SSLContext | None" = None,
) -> Outcome:
    """Connect, and play the steps; OSError when there is no connection, or TLS is wanted and cannot be agreed on."""
    with socket.create_connection((host, port), within) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is None:
            return _Player(sock).play(steps)
        with tls.wrap_socket(sock, server_hostname=host) as secure:
            return _Player(secure).play(steps)


class ScriptedServer:
    """Plays the steps with whoever connects first; the port is open until the block ends."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = tuple(steps)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_POLL)
        self.host = "127.0.0.1"
        self.port: int = self._listener.getsockname()[1]
        self._outcome: Outcome | None = None
        self._error: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @property
    def outcome(self) -> Outcome:
        """What came of the steps; waits until they are done."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise RuntimeError("nobody connected")
        return self._outcome

    def close(self) -> None:
        """Wait for the end of the steps, if anybody connected."""
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    sock, _ = self._listener.accept()
                except TimeoutError:
                    continue
                with sock:
                    self._outcome = _Player(sock).play(self._steps)
                return
        except BaseException as error:  # noqa: BLE001 - raised by outcome
            self._error = error


@contextlib.contextmanager
def scripted_server(steps: Sequence[Step]) -> Iterator[ScriptedServer]:
    """A server that plays the steps once."""
    server = ScriptedServer(steps)
    try:
        yield server
    finally:
        server.close()


# Tracebacks, reprs and pickles name the place that users import from
Say.__module__ = Hear.__module__ = HearParts.__module__ = HearEnd.__module__ = "dicom_net.testing"
Wait.__module__ = FinishSending.__module__ = Close.__module__ = "dicom_net.testing"
Reset.__module__ = Outcome.__module__ = ScriptedServer.__module__ = "dicom_net.testing"
say.__module__ = fragments.__module__ = play_to.__module__ = "dicom_net.testing"
scripted_server.__module__ = "dicom_net.testing"
