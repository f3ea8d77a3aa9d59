"""What a failure of ``ssl`` means, in words."""

import ssl
from typing import Final

from ._errors import ConnectionFailed, TlsError, TlsFault

__all__ = ["explain"]

# X509_V_ERR_... of OpenSSL
_VERIFICATION: Final = {
    9: (TlsFault.EXPIRED, "the peer's certificate is not valid yet"),
    10: (TlsFault.EXPIRED, "the peer's certificate has expired"),
    18: (TlsFault.UNKNOWN_CA, "the peer's certificate is self-signed, and not among our roots"),
    19: (TlsFault.UNKNOWN_CA, "the authority of the peer's certificate is not among our roots"),
    20: (TlsFault.UNKNOWN_CA, "the authority of the peer's certificate is not among our roots"),
    21: (TlsFault.UNKNOWN_CA, "the authority of the peer's certificate is not among our roots"),
    62: (TlsFault.WRONG_HOST_NAME, "the peer's certificate is for another host name"),
    64: (TlsFault.WRONG_HOST_NAME, "the peer's certificate is for another address"),
}

_REASONS: Final = {
    "CERTIFICATE_VERIFY_FAILED": (TlsFault.UNKNOWN_CA, "the peer's certificate cannot be verified"),
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": (
        TlsFault.CERTIFICATE_WANTED,
        "the peer has no certificate, and we want one",
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": (
        TlsFault.CERTIFICATE_WANTED,
        "the peer wants a certificate, and we have none",
    ),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        TlsFault.NO_COMMON_PROTOCOL,
        "the peer found no common cipher, or wants a certificate that it did not get",
    ),
    "TLSV1_ALERT_UNKNOWN_CA": (
        TlsFault.CERTIFICATE_REFUSED,
        "the peer does not know the authority of our certificate",
    ),
    "SSLV3_ALERT_BAD_CERTIFICATE": (
        TlsFault.CERTIFICATE_REFUSED,
        "the peer refuses our certificate",
    ),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": (
        TlsFault.CERTIFICATE_REFUSED,
        "the peer refuses our certificate",
    ),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": (
        TlsFault.CERTIFICATE_REFUSED,
        "the peer refuses our certificate",
    ),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": (TlsFault.EXPIRED, "our certificate has expired"),
    "TLSV1_ALERT_PROTOCOL_VERSION": (
        TlsFault.NO_COMMON_PROTOCOL,
        "the peer takes none of our TLS versions",
    ),
    "UNSUPPORTED_PROTOCOL": (
        TlsFault.NO_COMMON_PROTOCOL,
        "the peer's TLS version is not among ours",
    ),
    "WRONG_SSL_VERSION": (TlsFault.NO_COMMON_PROTOCOL, "the peer's TLS version is not among ours"),
    "NO_PROTOCOLS_AVAILABLE": (TlsFault.NO_COMMON_PROTOCOL, "no TLS version is left to offer"),
    "NO_SHARED_CIPHER": (TlsFault.NO_COMMON_PROTOCOL, "there is no common cipher"),
    "INSUFFICIENT_SECURITY": (TlsFault.NO_COMMON_PROTOCOL, "the peer wants stronger ciphers"),
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": (
        TlsFault.NO_COMMON_PROTOCOL,
        "the peer wants stronger ciphers",
    ),
    "WRONG_VERSION_NUMBER": (TlsFault.NOT_TLS, "what the peer says is not TLS"),
    "RECORD_LAYER_FAILURE": (TlsFault.NOT_TLS, "what the peer says is not TLS"),
    "PACKET_LENGTH_TOO_LONG": (TlsFault.NOT_TLS, "what the peer says is not TLS"),
    "HTTP_REQUEST": (TlsFault.NOT_TLS, "the peer speaks HTTP"),
}


def explain(error: OSError, host: str = "", port: int = 0) -> ConnectionFailed:
    """The error of this package for a failed handshake, or for what TLS found wrong later."""
    if isinstance(error, ssl.SSLCertVerificationError):
        fault, text = _VERIFICATION.get(
            error.verify_code,
            (
                TlsFault.CERTIFICATE_REFUSED,
                f"the peer's certificate is no good: {error.verify_message}",
            ),
        )
    elif isinstance(error, ssl.SSLEOFError):
        fault, text = TlsFault.NOT_TLS, "the peer closed during the handshake"
    elif isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        fault, text = _REASONS.get(
            reason, (TlsFault.OTHER, (reason or str(error)).lower().replace("_", " "))
        )
    elif isinstance(error, ConnectionError):
        # A peer without TLS closes when it sees the first bytes of a handshake
        fault, text = TlsFault.NOT_TLS, "the peer closed during the handshake"
    else:
        return ConnectionFailed(host, port, "tcp", error.strerror or str(error))
    return TlsError(text, host, port, fault=fault)
