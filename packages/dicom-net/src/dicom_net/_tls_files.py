"""Certificates and keys from files or bytes, as PEM, DER or PKCS#12, into an ``ssl.SSLContext``."""

import os
import secrets
import ssl
import tempfile
from base64 import encodebytes
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from ._certificate import validity
from ._errors import TlsError, TlsFault

__all__ = ["Identity", "add_identity", "add_roots", "stamp"]

Source: TypeAlias = Path | bytes

_BEGIN_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_END_CERTIFICATE: Final = b"-----END CERTIFICATE-----"
_PKCS12_VERSION: Final = (
    b"\x02\x01\x03"  # version 3 (RFC 7292 4), where certificates and keys have other things
)
# What a key of DER may be: PKCS#8, encrypted or not, PKCS#1, SEC 1
_KEYS: Final = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")


class Identity(NamedTuple):
    """See `dicom_net.TlsIdentity`."""

    certificate: Source
    key: Source | None
    password: str | None


def stamp(sources: Iterable[Source | None]) -> tuple[object, ...]:
    """A value that changes when one of the files does."""
    marks: list[object] = []
    for source in sources:
        if isinstance(source, Path):
            with suppress(OSError):  # loading says it better
                found = source.stat()
                marks.append((found.st_mtime_ns, found.st_size, found.st_ino))
    return tuple(marks)


def add_roots(context: ssl.SSLContext, roots: Sequence[Source]) -> None:
    """Trust these authorities."""
    for source in roots:
        data = _read(source)
        try:
            context.load_verify_locations(cadata=_as_pem(data).decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError) as error:
            raise _bad(source, "no certificate") from error


def add_identity(context: ssl.SSLContext, identity: Identity) -> None:
    """Be this; the certificate must be valid today."""
    certificate, password = _read(identity.certificate), identity.password
    if _is_pkcs12(certificate):
        chain, key, password = _open_pkcs12(certificate, identity)
        keys = [key]
    else:
        chain = _as_pem(certificate)
        keys = _key_forms(identity, certificate)
    _check_dates(chain, identity.certificate)
    refused: ssl.SSLError | None = None
    for key in keys:
        try:
            _load(context, chain, key, password)
        except ssl.SSLError as error:
            refused = refused or error
        else:
            return
    assert refused is not None
    source = identity.key or identity.certificate
    if refused.reason == "KEY_VALUES_MISMATCH":
        raise TlsError(
            f"the key in {_named(source)} is not that of the certificate", fault=TlsFault.BAD_FORMAT
        ) from refused
    if password is not None or _wants_password(keys[0]):
        what = "the password" if password is not None else "no password is given, and none"
        verb = "does not open" if password is not None else "opens"
        raise TlsError(
            f"{what} {verb} the key in {_named(source)}", fault=TlsFault.WRONG_PASSWORD
        ) from refused
    raise _bad(source, "no private key") from refused


def _load(context: ssl.SSLContext, chain: bytes, key: bytes, password: str | None) -> None:
    """Through a file, since ``ssl`` takes no bytes; nobody else can read it, and it is gone at once."""
    handle, name = tempfile.mkstemp(prefix="dicom-tls-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(chain + b"\n" + key)
        # A function, since OpenSSL asks on the terminal when there is none
        context.load_cert_chain(name, password=lambda: password or "")
    finally:
        Path(name).unlink()


def _read(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise TlsError(
            f"{source} cannot be read: {error.strerror}", fault=TlsFault.MISSING_FILE
        ) from error


def _as_pem(data: bytes) -> bytes:
    """The certificates of a file; DER is turned into PEM."""
    if b"-----BEGIN " not in data:
        return ssl.DER_cert_to_PEM_cert(data).encode("ascii")
    found = []
    for part in data.split(_BEGIN_CERTIFICATE)[1:]:
        found.append(_BEGIN_CERTIFICATE + part.partition(_END_CERTIFICATE)[0] + _END_CERTIFICATE)
    return b"\n".join(found) + b"\n"


def _key_forms(identity: Identity, certificate: bytes) -> list[bytes]:
    """What the private key may be, as PEM."""
    data = certificate if identity.key is None else _read(identity.key)
    if b"-----BEGIN " in data:
        return [data]
    body = encodebytes(data)
    return [
        b"-----BEGIN %b-----\n%b-----END %b-----\n" % (kind.encode(), body, kind.encode())
        for kind in _KEYS
    ]


def _wants_password(key: bytes) -> bool:
    return b"ENCRYPTED" in key


def _is_pkcs12(data: bytes) -> bool:
    return data[:1] == b"\x30" and _PKCS12_VERSION in data[2:9]


def _open_pkcs12(data: bytes, identity: Identity) -> tuple[bytes, bytes, str]:
    """Certificates, key, and a password of the moment that the key is encrypted with."""
    try:
        from cryptography.hazmat.primitives.serialization import (
            BestAvailableEncryption,
            Encoding,
            PrivateFormat,
            pkcs12,
        )
    except ImportError as error:
        raise TlsError(
            "PKCS#12 needs the package cryptography: pip install 'dicom-net[tls]'",
            fault=TlsFault.BAD_FORMAT,
        ) from error
    password = None if identity.password is None else identity.password.encode()
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, password)
    except ValueError as error:
        if "password" in str(error).lower():
            raise TlsError(
                f"the password does not open {_named(identity.certificate)}",
                fault=TlsFault.WRONG_PASSWORD,
            ) from error
        raise _bad(identity.certificate, "no PKCS#12") from error
    if key is None or certificate is None:
        raise _bad(identity.certificate, "no key with its certificate")
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in [certificate, *others])
    once = secrets.token_urlsafe()
    pem = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(once.encode())
    )
    return chain, pem, once


def _check_dates(chain: bytes, source: Source) -> None:
    try:
        first = chain.partition(_END_CERTIFICATE)[0] + _END_CERTIFICATE
        start, end = validity(ssl.PEM_cert_to_DER_cert(first.decode("ascii")))
    except ValueError as error:  # of base64, and of what is no certificate
        raise _bad(source, "no certificate") from error
    now = datetime.now(UTC)
    if now > end:
        raise TlsError(
            f"the certificate in {_named(source)} has expired on {end:%Y-%m-%d}",
            fault=TlsFault.EXPIRED,
        )
    if now < start:
        raise TlsError(
            f"the certificate in {_named(source)} is not valid before {start:%Y-%m-%d}",
            fault=TlsFault.EXPIRED,
        )


def _bad(source: Source, what: str) -> TlsError:
    return TlsError(f"there is {what} in {_named(source)}", fault=TlsFault.BAD_FORMAT)


def _named(source: Source) -> str:
    return "the given bytes" if isinstance(source, bytes) else str(source)
