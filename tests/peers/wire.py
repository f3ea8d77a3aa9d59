"""The protocol as sockets and bytes, from PS3.8 9.3 and PS3.7 6.3 and 9.3: no toolkit had a hand in it.

For loads (benchmarks) and for what no toolkit would send (tests/hostile): every field can be set to what it may not be.
"""

import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self, TypeAlias

__all__ = [
    "CT", "ECHO", "EXPLICIT", "FIND", "HOST", "IMPLICIT", "RELEASE", "Buffers", "Closed", "Context", "Wire", "accept", "command",
    "context", "echo_command", "element", "fields", "item", "pdu", "pdvs", "request", "store_command", "user_items",
]  # fmt: skip

HOST: Final = "127.0.0.1"
CT: Final = "1.2.840.10008.5.1.4.1.1.2"
ECHO: Final = "1.2.840.10008.1.1"
FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
IMPLICIT: Final = "1.2.840.10008.1.2"
APPLICATION: Final = "1.2.840.10008.3.1.1.1"
Buffers: TypeAlias = list[bytes | memoryview]
Context: TypeAlias = tuple[str, Sequence[str]]
Fields: TypeAlias = Iterable[tuple[int, str | int]]
_MOST: Final = 1000  # buffers of one sendmsg


def pdu(kind: int, body: bytes, length: int | None = None) -> bytes:
    """A PDU; ``length`` is what its header says, where that shall not be true."""
    return struct.pack(">BxI", kind, len(body) if length is None else length) + body


RELEASE: Final = pdu(5, bytes(4))


def item(kind: int, body: bytes, length: int | None = None) -> bytes:
    """An item or sub-item of an A-ASSOCIATE PDU; ``length`` as in `pdu`."""
    return struct.pack(">BxH", kind, len(body) if length is None else length) + body


def context(number: int, abstract: str, syntaxes: Sequence[str]) -> bytes:
    """A presentation context as it is proposed (PS3.8 9.3.2.2)."""
    inner = item(0x30, abstract.encode()) + b"".join(item(0x40, uid.encode()) for uid in syntaxes)
    return item(0x20, bytes([number, 0, 0, 0]) + inner)


def user_items(max_pdu: int = 262144, window: int = 1) -> bytes:
    """What every requestor says of itself (PS3.8 D.1, PS3.7 D.3.3)."""
    made = item(0x51, struct.pack(">I", max_pdu)) + item(0x52, b"1.2.826.0.1.3680043.8.498.1")
    return made + (item(0x53, struct.pack(">HH", window, 1)) if window != 1 else b"")


def request(
    contexts: Sequence[Context] | bytes,
    *,
    called: bytes = b"ANY",
    calling: bytes = b"WIRE",
    user: bytes | None = None,
    version: int = 1,
    application: str = APPLICATION,
) -> bytes:
    """The body of an A-ASSOCIATE-RQ (PS3.8 9.3.2); ``contexts`` may be ready-made bytes."""
    body = struct.pack(">H2x", version) + called.ljust(16)[:16] + calling.ljust(16)[:16] + bytes(32)
    body += item(0x10, application.encode())
    if not isinstance(contexts, bytes):
        contexts = b"".join(context(2 * n + 1, *one) for n, one in enumerate(contexts))
    return body + contexts + item(0x50, user_items() if user is None else user)


def accept(asked: bytes) -> bytes:
    """A-ASSOCIATE-AC to a request: every context with the first of its transfer syntaxes, every role as asked for."""
    made, roles, at = asked[6:74], b"", 74
    while at < len(asked):
        kind, length = struct.unpack_from(">BxH", asked, at)
        body = asked[at + 4 : at + 4 + length]
        at += 4 + length
        if kind == 0x10:
            made += item(0x10, body)
        elif kind == 0x20:
            syntax = body[8 + int.from_bytes(body[6:8], "big") :]
            made += item(
                0x21, body[:1] + bytes(3) + syntax[: 4 + int.from_bytes(syntax[2:4], "big")]
            )
        elif kind == 0x50:
            roles = b"".join(item(0x54, value) for sub, value in _items(body) if sub == 0x54)
    user = item(0x51, struct.pack(">I", 16384)) + item(0x52, b"1.2.3")
    return pdu(2, made + item(0x50, user + roles))


def _items(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        kind, length = struct.unpack_from(">BxH", body, at)
        yield kind, body[at + 4 : at + 4 + length]
        at += 4 + length


def element(tag: int, value: str | bytes) -> bytes:
    """An element in implicit VR little endian."""
    raw = value.encode() if isinstance(value, str) else value
    raw += b" " * (len(raw) % 2)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(raw)) + raw


def command(fields: Fields) -> bytes:
    """A command set (PS3.7 6.3.1) with its group length: numbers as US, texts as UI."""
    body = b""
    for number, value in fields:
        text = "" if isinstance(value, int) else value + "\0" * (len(value) % 2)
        raw = struct.pack("<H", value) if isinstance(value, int) else text.encode()
        body += struct.pack("<HHI", 0, number, len(raw)) + raw
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def fields(data: bytes) -> dict[int, bytes]:
    """The values of a command set by their element numbers; a broken end is left out."""
    found, at = {}, 0
    while at + 8 <= len(data):
        _, number, length = struct.unpack_from("<HHI", data, at)
        found[number] = data[at + 8 : at + 8 + length]
        at += 8 + length
    return found


def echo_command(number: int = 1) -> bytes:
    """C-ECHO-RQ (PS3.7 9.3.5.1)."""
    return command([(2, ECHO), (0x100, 0x30), (0x110, number), (0x800, 0x101)])


def store_command(instance: str, number: int = 1, sop_class: str = CT) -> bytes:
    """C-STORE-RQ (PS3.7 9.3.1.1)."""
    return command([
        (2, sop_class), (0x100, 1), (0x110, number), (0x700, 0), (0x800, 1), (0x1000, instance),
    ])  # fmt: skip


def pdvs(number: int, kind: int, data: bytes | memoryview, limit: int = 16384) -> Buffers:
    """One part of a message in PDUs of at most ``limit`` (PS3.8 9.3.5); ``kind`` is 1 for a command, 0 for data."""
    step = limit - 6
    made: Buffers = []
    view = memoryview(data)
    for start in range(0, len(data), step) or (0,):
        piece = view[start : start + step]
        last = 2 if start + step >= len(data) else 0
        made += [
            struct.pack(">BxIIBB", 4, len(piece) + 6, len(piece) + 2, number, kind | last),
            piece,
        ]
    return made


class Closed(Exception):
    """The peer closed the connection."""


class Wire:
    """A connection; whatever is waited for comes within ``patience`` seconds, or TimeoutError is raised."""

    def __init__(self, port: int, patience: float = 30) -> None:
        self.socket = socket.create_connection((HOST, port), patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.limit = 16384
        self._held = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def associate(
        self, *contexts: Context, user: bytes | None = None, called: bytes = b"ANY"
    ) -> Self:
        """Open an association, which must be accepted."""
        try:
            self.socket.sendall(pdu(1, request(contexts, user=user, called=called)))
            kind, body = self.pdu()
        except BaseException:
            self.socket.close()
            raise
        if kind != 2:
            self.socket.close()
            raise ConnectionError(f"the association was answered with PDU {kind}: {body.hex()}")
        at = body.index(b"\x51\0\0\4") + 4
        announced = int.from_bytes(body[at : at + 4], "big")
        self.limit = min(announced or 1 << 20, 1 << 20)
        return self

    def pdu(self) -> tuple[int, bytes]:
        """The next PDU."""
        while len(self._held) < 6 or len(self._held) < 6 + int.from_bytes(self._held[2:6], "big"):
            try:
                got = self.socket.recv(1 << 18)
            except ConnectionResetError:
                got = b""
            if not got:
                raise Closed
            self._held += got
        end = 6 + int.from_bytes(self._held[2:6], "big")
        whole, self._held = self._held[:end], self._held[end:]
        return whole[0], whole[6:]

    def end(self) -> list[tuple[int, bytes]]:
        """All PDUs until the peer closes."""
        found = []
        while True:
            try:
                found.append(self.pdu())
            except Closed:
                return found

    def status(self) -> int:
        """That of the next response, which must be all of a P-DATA-TF."""
        kind, body = self.pdu()
        if kind != 4:
            raise ConnectionError(f"PDU {kind} instead of an answer: {body.hex()}")
        return int.from_bytes(fields(body[6:])[0x900], "little")

    def send(self, buffers: Buffers) -> None:
        """All of them, in as few calls as go."""
        buffers = list(buffers)
        while buffers:
            sent = self.socket.sendmsg(buffers[:_MOST])
            while buffers and sent >= len(buffers[0]):
                sent -= len(buffers.pop(0))
            if sent:
                buffers[0] = memoryview(buffers[0])[sent:]

    def echo(self, number: int = 1, context_id: int = 1) -> int:
        """The status of a C-ECHO."""
        self.socket.sendall(b"".join(pdvs(context_id, 1, echo_command(number))))
        return self.status()

    def release(self) -> None:
        """End the association, and the connection."""
        self.socket.sendall(RELEASE)
        kind, _ = self.pdu()
        if kind != 6:
            raise ConnectionError(f"the release was answered with PDU {kind}")
        self.socket.close()
