"""What TLS needs to know of a certificate beyond what ``ssl`` tells: until when it holds, and its public key.

A walk over the outermost structure of RFC 5280 4.1, and no more: nothing here decides about trust.
"""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

__all__ = ["certificate_pin", "key_pin", "validity"]

_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17


def certificate_pin(der: bytes) -> str:
    """SHA-256 of a certificate as hexadecimal digits, as ``openssl x509 -fingerprint -sha256`` prints it, without colons."""
    return sha256(der).hexdigest()


def key_pin(der: bytes) -> str:
    """``sha256/`` and the digest of the public key in base64 (RFC 7469 2.4), which outlives a renewed certificate."""
    return "sha256/" + b64encode(sha256(_fields(der)[5]).digest()).decode("ascii")


def validity(der: bytes) -> tuple[datetime, datetime]:
    """From when and until when a certificate holds; ValueError where it is none."""
    start, end = _parts(_inside(_fields(der)[3]))
    return _time(start), _time(end)


def _fields(der: bytes) -> list[bytes]:
    """Serial number, signature algorithm, issuer, validity, subject, public key, each with its header."""
    fields = _parts(_inside(_parts(_inside(der))[0]))
    if fields and fields[0][0] == _VERSION:
        del fields[0]
    if len(fields) < 6:
        raise ValueError("no certificate")
    return fields


def _inside(data: bytes) -> bytes:
    start, end = _extent(data, 0)
    return data[start:end]


def _parts(data: bytes) -> list[bytes]:
    parts, here = [], 0
    while here < len(data):
        _, end = _extent(data, here)
        parts.append(data[here:end])
        here = end
    if not parts:
        raise ValueError("no certificate")
    return parts


def _extent(data: bytes, here: int) -> tuple[int, int]:
    """Where the content of the value at ``here`` begins and ends."""
    if len(data) < here + 2:
        raise ValueError("no certificate")
    length, start = data[here + 1], here + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    if start + length > len(data):
        raise ValueError("no certificate")
    return start, start + length


def _time(value: bytes) -> datetime:
    text = _inside(value).decode("ascii")
    if value[0] == _UTC_TIME:  # RFC 5280 4.1.2.5.1: two digits of the year, from 1950 on
        text = ("19" if text >= "5" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
