"""What speaks on a port, told from its first bytes."""

from typing import Final, NamedTuple

__all__ = ["HELLO", "Talk", "judge"]


class Talk(NamedTuple):
    """What came back."""

    answer: bytes
    closed: bool
    """Whether the peer closed the connection, or was just silent until we left."""


def _hello() -> bytes:
    """A TLS 1.0 to 1.3 record with a ClientHello (RFC 8446 4.1.2), the shortest that every server answers.

    It needs no secret: nobody goes on with the handshake. Made by hand, so that looking needs no OpenSSL.
    """

    def part(size: int, body: bytes) -> bytes:
        return len(body).to_bytes(size, "big") + body

    def extension(kind: int, body: bytes) -> bytes:
        return kind.to_bytes(2, "big") + part(2, body)

    suites = bytes.fromhex("130113021303c02fc030c02bc02c009c009d002f0035")
    groups = part(2, bytes.fromhex("00170018001d"))
    schemes = part(2, bytes.fromhex("040305030603080408050806040105010601"))
    extensions = (
        extension(10, groups)  # supported groups
        + extension(11, part(1, b"\0"))  # uncompressed points
        + extension(13, schemes)  # signature algorithms
    )
    body = b"\x03\x03" + bytes(32) + part(1, b"") + part(2, suites) + part(1, b"\0")
    handshake = b"\x01" + part(3, body + part(2, extensions))
    return b"\x16\x03\x01" + part(2, handshake)


HELLO: Final = _hello()

_STARTS: Final = (
    (b"HTTP/", "HTTP"),
    (b"SSH-", "SSH"),
    (b"220", "mail or FTP"),
    (b"<", "HTTP"),
    (b"\x0b", "HL7 MLLP"),
)


def judge(talk: Talk) -> str:
    """``tls``, ``dicom``, ``silent``, the name of another protocol, or empty where it cannot be told."""
    answer = talk.answer
    if not answer:
        return "" if talk.closed else "silent"
    if answer[0] in {0x15, 0x16} and answer[1:2] == b"\x03":
        return "tls"  # an alert or a handshake
    if answer[0] == 0x07 and answer[1:6] == b"\0\0\0\0\4":
        return "dicom"  # A-ABORT, as PS3.8 wants for what is no PDU
    for start, name in _STARTS:
        if answer.startswith(start):
            return name
    return ""
