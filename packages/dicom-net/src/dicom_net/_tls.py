"""TLS as values: a profile by its name, our identity, and whom we trust (PS3.15 B.12 and B.13)."""

import re
import ssl
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final, Self, TypeAlias

from attrs import field, frozen

from ._certificate import certificate_pin, key_pin
from ._errors import TlsError, TlsFault
from ._logging import logger
from ._tls_files import Identity, add_identity, add_roots, stamp
from .services import TlsPeer

__all__ = ["CertificateCheck", "TlsConfig", "TlsIdentity", "TlsProfile", "TlsVersion"]


class TlsProfile(StrEnum):
    """Which versions and ciphers are used, by the names of PS3.15 annex B."""

    BCP195 = "BCP 195 RFC 8996, 9325"
    """PS3.15 B.12: TLS 1.2 and 1.3, with what RFC 9325 recommends."""
    MODIFIED_BCP195 = "modified BCP 195 RFC 8996, 9325"
    """PS3.15 B.13: the same, and nothing outside the standard's own list of ciphers."""
    TLS13 = "TLS 1.3 only"


class TlsVersion(StrEnum):
    """A version of TLS; there are older ones, which RFC 8996 forbids."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"


class CertificateCheck(StrEnum):
    """How the peer's certificate is judged."""

    SYSTEM = "system"
    """By the authorities that the operating system trusts."""
    ROOTS = "roots"
    """By the authorities of ``roots``, and no others."""
    PINS = "pins"
    """It is one of ``pins``; who signed it, and for which name, does not matter."""
    OFF = "off"
    """Not at all: whoever sits on the line can read and change everything."""


_VERSIONS: Final = {
    TlsVersion.TLS_1_2: ssl.TLSVersion.TLSv1_2,
    TlsVersion.TLS_1_3: ssl.TLSVersion.TLSv1_3,
}

# OpenSSL's names of what RFC 9325 4.2 recommends for TLS 1.2; the suites of TLS 1.3 are OpenSSL's own
_RFC_9325: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-AES128-GCM-SHA256 "
    "ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305"
).replace(" ", ":")
# PS3.15 B.13, TLS 1.2, as far as OpenSSL has them: it has no Camellia-GCM. The fallback by DHE may be left
# out, and is: Python's ssl says nothing about the length of the peer's DHE key.
_MODIFIED: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-AES256-CCM ECDHE-ECDSA-AES256-CCM8 "
    "ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 ECDHE-RSA-AES128-GCM-SHA256 "
    "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-CCM ECDHE-ECDSA-AES128-CCM8"
).replace(" ", ":")
_CIPHERS: Final = {
    TlsProfile.BCP195: _RFC_9325,
    TlsProfile.MODIFIED_BCP195: _MODIFIED,
    TlsProfile.TLS13: _RFC_9325,
}

_RFC_4514: Final = {
    "commonName": "CN",
    "localityName": "L",
    "stateOrProvinceName": "ST",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "streetAddress": "STREET",
    "domainComponent": "DC",
    "userId": "UID",
}

Source: TypeAlias = Path | bytes


def _source(value: str | Path | bytes | None) -> Source | None:
    return Path(value) if isinstance(value, str) else value


def _needed(value: str | Path | bytes) -> Source:
    return Path(value) if isinstance(value, str) else value


def _sources(values: Iterable[str | Path | bytes] | str | Path | bytes) -> tuple[Source, ...]:
    several = [values] if isinstance(values, str | Path | bytes) else values
    return tuple(_needed(value) for value in several)


def _pin(pin: str) -> str:
    return pin if pin.startswith("sha256/") else pin.replace(":", "").lower()


def _pins(values: Iterable[str] | str) -> frozenset[str]:
    return frozenset(map(_pin, [values] if isinstance(values, str) else values))


@frozen
class TlsIdentity:
    """Who we are: a certificate with the chain below its root, and its private key.

    Each is a path, or the content as bytes: PEM, DER, or PKCS#12, which has the key inside.
    """

    certificate: Source = field(
        converter=_needed, repr=lambda value: "..." if isinstance(value, bytes) else str(value)
    )
    key: Source | None = field(default=None, converter=_source, repr=False)
    """None where the certificate's file has it, too."""
    password: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class TlsConfig:
    """TLS for one side of a connection. Files are read again when they have changed."""

    DEFAULT: ClassVar[Self]
    """TLS 1.2 and 1.3, and the authorities of the system."""
    STRICT: ClassVar[Self]
    """The same with TLS 1.3 alone."""
    INSECURE: ClassVar[Self]
    """Encrypted, but with whom is not checked; each use is logged as a warning."""

    profile: TlsProfile = field(default=TlsProfile.BCP195, converter=TlsProfile)
    identity: TlsIdentity | None = None
    """A server needs one; a client where the server wants to know it (mutual TLS)."""
    roots: tuple[Source, ...] = field(default=(), converter=_sources)
    """Certificates of authorities, as PEM or DER."""
    pins: frozenset[str] = field(default=frozenset(), converter=_pins)
    """SHA-256 of certificates as hexadecimal digits, or of public keys as ``sha256/`` and base64 (RFC 7469)."""
    check: CertificateCheck = field(converter=CertificateCheck)
    check_host_name: bool = True
    server_name: str | None = None
    """The name that the server's certificate shall have, where that is not the host that is called."""
    client_certificate: bool = True
    """Whether a server with ``roots`` takes only clients that show a certificate of theirs."""
    minimum: TlsVersion | None = None
    maximum: TlsVersion | None = None
    _contexts: dict[tuple[bool, object], ssl.SSLContext] = field(
        factory=dict, init=False, eq=False, repr=False
    )  # what was made of the files as they are; dropped when they change

    @check.default
    def _usual_check(self) -> CertificateCheck:
        if self.roots:
            return CertificateCheck.ROOTS
        return CertificateCheck.PINS if self.pins else CertificateCheck.SYSTEM

    def __attrs_post_init__(self) -> None:
        if self.minimum and self.maximum and self.minimum > self.maximum:
            raise TlsError(
                "the minimum version is above the maximum", fault=TlsFault.NO_COMMON_PROTOCOL
            )
        if self.profile is TlsProfile.TLS13 and self.maximum is TlsVersion.TLS_1_2:
            raise TlsError("TLS 1.3 only, and a maximum of 1.2", fault=TlsFault.NO_COMMON_PROTOCOL)
        if self.check is CertificateCheck.ROOTS and not self.roots:
            raise TlsError("the check is by roots, and there are none", fault=TlsFault.MISSING_FILE)
        if self.check is CertificateCheck.PINS and not self.pins:
            raise TlsError("the check is by pins, and there are none", fault=TlsFault.WRONG_PIN)

    def client_context(self) -> ssl.SSLContext:
        """What a handshake as client needs; `TlsError` where a file cannot be used."""
        if self.check is CertificateCheck.OFF:
            logger("association").warning("TLS without checking the peer's certificate")
        return self._context(server=False)

    def server_context(self) -> ssl.SSLContext:
        """What a handshake as server needs; `TlsError` where a file cannot be used."""
        return self._context(server=True)

    def check_pins(self, tls: ssl.SSLObject, host: str = "", port: int = 0) -> None:
        """After a handshake: whether the peer's certificate is one that was pinned, where any were."""
        if not self.pins:
            return
        der = tls.getpeercert(binary_form=True)
        if der is None:
            raise TlsError(
                "the peer has no certificate, and one is pinned",
                host,
                port,
                fault=TlsFault.WRONG_PIN,
            )
        if self.pins.isdisjoint((certificate_pin(der), key_pin(der))):
            raise TlsError(
                "the peer's certificate is not one that was pinned",
                host,
                port,
                fault=TlsFault.WRONG_PIN,
            )

    def _context(self, *, server: bool) -> ssl.SSLContext:
        identity = self.identity
        sources = [*self.roots, *((identity.certificate, identity.key) if identity else ())]
        key = (server, stamp(sources))
        found = self._contexts.get(key)
        if found is None:
            found = self._make_context(server=server)
            for old in [other for other in self._contexts if other[0] is server]:
                del self._contexts[old]
            self._contexts[key] = found
        return found

    def _make_context(self, *, server: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
        least = TlsVersion.TLS_1_3 if self.profile is TlsProfile.TLS13 else TlsVersion.TLS_1_2
        context.minimum_version = _VERSIONS[max(self.minimum or least, least)]
        context.maximum_version = _VERSIONS[self.maximum or TlsVersion.TLS_1_3]
        context.set_ciphers(_CIPHERS[self.profile])
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        if server:
            self._prepare_server(context)
        else:
            self._prepare_client(context)
        if self.identity is not None:
            made = self.identity
            add_identity(context, Identity(made.certificate, made.key, made.password))
        return context

    def _prepare_server(self, context: ssl.SSLContext) -> None:
        if self.identity is None:
            raise TlsError("a server needs an identity", fault=TlsFault.MISSING_FILE)
        # RFC 9325 4.1: the server's order of ciphers counts
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        if self.roots:
            add_roots(context, self.roots)
            context.verify_mode = (
                ssl.CERT_REQUIRED if self.client_certificate else ssl.CERT_OPTIONAL
            )

    def _prepare_client(self, context: ssl.SSLContext) -> None:
        trusts = self.check in {CertificateCheck.SYSTEM, CertificateCheck.ROOTS}
        context.check_hostname = trusts and self.check_host_name
        context.verify_mode = ssl.CERT_REQUIRED if trusts else ssl.CERT_NONE
        if self.check is CertificateCheck.SYSTEM:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        if self.check is CertificateCheck.ROOTS:
            add_roots(context, self.roots)


def peer_of(tls: ssl.SSLObject) -> TlsPeer:
    """What is known of the peer of a connection, for providers."""
    cipher = tls.cipher()
    der = tls.getpeercert(binary_form=True)
    verified = tls.getpeercert() or {}  # empty unless the certificate was verified
    pairs = [pair for parts in _tuples(verified.get("subject")) for pair in _tuples(parts)]
    subject = [(_RFC_4514.get(str(name), str(name)), _quoted(str(value))) for name, value in pairs]
    return TlsPeer(
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        subject=",".join(f"{name}={value}" for name, value in reversed(subject)),
        names=tuple(str(name[1]) for name in _tuples(verified.get("subjectAltName"))),
        fingerprint=certificate_pin(der) if der else "",
    )


def _tuples(value: object) -> list[tuple[object, ...]]:
    """What ``ssl`` documents as tuples of tuples, and typeshed as much more."""
    return [part for part in value if isinstance(part, tuple)] if isinstance(value, tuple) else []


def _quoted(value: str) -> str:
    return re.sub(r'([,+"\\<>;])', r"\\\1", value)


TlsConfig.DEFAULT = TlsConfig()
TlsConfig.STRICT = TlsConfig(profile=TlsProfile.TLS13)
TlsConfig.INSECURE = TlsConfig(check=CertificateCheck.OFF)


# Tracebacks, reprs and pickles name the place that users import from
TlsProfile.__module__ = TlsVersion.__module__ = CertificateCheck.__module__ = "dicom_net"
TlsIdentity.__module__ = TlsConfig.__module__ = "dicom_net"
