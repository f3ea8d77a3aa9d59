"""Which address to try when, and what to say when none answers: the parts of connecting that do no I/O."""

import errno
import os
import socket
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Final, TypeAlias

from ._errors import ConnectionFailed

__all__ = [
    "HEAD_START",
    "Address",
    "connect_failure",
    "interleave",
    "lookup_failure",
    "without_lookup",
]

HEAD_START: Final = 0.25
"""Seconds after which the next address is tried beside one that has not answered (RFC 8305 section 5)."""

Address: TypeAlias = tuple[socket.AddressFamily, tuple[object, ...]]

_TEXTS: Final = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.EHOSTUNREACH: "the host cannot be reached",
    errno.ENETUNREACH: "there is no route to its network",
    errno.ETIMEDOUT: "it does not answer",
}


def interleave(
    found: Iterable[tuple[socket.AddressFamily, object, object, object, tuple[object, ...]]],
) -> list[Address]:
    """What ``getaddrinfo`` found, the families in turns (RFC 8305 section 4), each address once."""
    families: dict[socket.AddressFamily, list[Address]] = {}
    for family, _kind, _protocol, _name, address in found:
        if (family, address) not in families.setdefault(family, []):
            families[family].append((family, address))
    return [one for one in chain.from_iterable(zip_longest(*families.values())) if one]


def without_lookup(host: str, port: int) -> list[Address]:
    """The address that a host already is, or none: numbers need no name server, and no thread that waits for it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return []
    return interleave(found)


def lookup_failure(host: str, port: int, error: OSError) -> ConnectionFailed:
    """The error for a name that cannot be looked up."""
    text = error.strerror or str(error)
    return ConnectionFailed(host, port, "dns", f"the name cannot be resolved: {text}")


def connect_failure(host: str, port: int, errors: Sequence[OSError]) -> ConnectionFailed:
    """The error for a host of which no address let us in."""
    texts = [
        _TEXTS.get(error.errno or 0) or os.strerror(error.errno) if error.errno else str(error)
        for error in errors
    ]
    return ConnectionFailed(host, port, "tcp", " and ".join(dict.fromkeys(texts)))
