"""The errors of this package. Each has fields for programs and one sentence for people.

No sentence holds a value of a data set or of a user identity: those are patients' and users' data.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

from dicom_core import DicomError, LimitExceeded

if TYPE_CHECKING:
    from .ul import Abort, AssociateRJ

__all__ = [
    "AssociationAborted",
    "AssociationRejected",
    "ConnectionFailed",
    "ConnectionLost",
    "DeadlineExceeded",
    "ErrorCategory",
    "ErrorLevel",
    "LimitExceeded",
    "LocalProtocolError",
    "NegotiationError",
    "NetworkError",
    "PartialFailure",
    "RemoteProtocolError",
    "StatusError",
    "TimeoutKind",
    "TlsError",
    "TlsFault",
]


class ErrorCategory(StrEnum):
    """What kind of trouble it is, and so whether trying again can help."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    CONFIGURATION = "configuration"
    PROTOCOL = "protocol"
    TIMEOUT = "timeout"
    RESOURCE = "resource"


class ErrorLevel(StrEnum):
    """What is lost: one operation, or the association with all that was to follow."""

    OPERATION = "operation"
    ASSOCIATION = "association"


class TimeoutKind(StrEnum):
    """Which of the `Timeouts` ran out."""

    CONNECT = "connect"
    READ = "read"
    WRITE = "write"
    OPERATION = "operation"
    ASSOCIATION = "association"
    ARTIM = "artim"
    HANDLER = "handler"


class NetworkError(DicomError):
    """What all errors of this package have: a category, a level, and what to do next."""

    category: ErrorCategory = ErrorCategory.PERMANENT
    level: ErrorLevel = ErrorLevel.ASSOCIATION
    suggestion: str = "look at the log of both sides"

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.category in {
            ErrorCategory.TRANSIENT,
            ErrorCategory.TIMEOUT,
            ErrorCategory.RESOURCE,
        }


class LocalProtocolError(NetworkError):
    """Our side asked for something that the protocol does not allow now; nothing was sent."""

    category = ErrorCategory.PROTOCOL
    suggestion = "this is a mistake of the program that uses the association"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return self.text


class RemoteProtocolError(NetworkError):
    """The peer broke the protocol. ``abort`` is what to send before closing, where anything may still be sent.

    ``rule`` is a short name of what was broken, ``offset`` the byte of the stream (all that was received
    on the connection) at which the message stands that broke it.
    """

    category = ErrorCategory.PROTOCOL
    suggestion = "report it to the maker of the peer, with the trace of the association"

    def __init__(
        self,
        text: str,
        *,
        rule: str = "",
        offset: int | None = None,
        abort: "Abort | None" = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.rule = rule
        self.offset = offset
        self.abort = abort

    def __str__(self) -> str:
        where = "" if self.offset is None else f" at byte {self.offset} of the connection"
        rule = f" (rule {self.rule})" if self.rule else ""
        return f"the peer broke the protocol: {self.text}{where}{rule}"


class NegotiationError(NetworkError):
    """The association stands, but no presentation context serves what was asked for.

    ``wanted`` says what, ``negotiated`` what there is: one line a context.
    """

    category = ErrorCategory.CONFIGURATION
    level = ErrorLevel.OPERATION
    suggestion = "propose a context that the peer takes, or allow conversion"

    def __init__(self, wanted: str, negotiated: tuple[str, ...] = ()) -> None:
        super().__init__(wanted, negotiated)
        self.wanted = wanted
        self.negotiated = negotiated

    def __str__(self) -> str:
        there = "; ".join(self.negotiated) or "none at all"
        return f"no accepted presentation context for {self.wanted}; there is: {there}"


class AssociationRejected(NetworkError):
    """The peer answered A-ASSOCIATE-RJ; ``answer`` has its result, source and reason."""

    def __init__(self, answer: "AssociateRJ") -> None:
        super().__init__(answer)
        self.answer = answer

    @property
    def category(self) -> ErrorCategory:  # type: ignore[override] # depends on what the peer said
        return ErrorCategory.TRANSIENT if self.answer.is_transient else ErrorCategory.CONFIGURATION

    @property
    def suggestion(self) -> str:  # type: ignore[override]
        return self.answer.suggestion

    def __str__(self) -> str:
        return f"the peer rejected the association: {self.answer.explanation}; {self.suggestion}"


class AssociationAborted(NetworkError):
    """The association ended by A-ABORT; ``abort`` has source and reason, ``by_us`` says who sent it."""

    category = ErrorCategory.TRANSIENT

    def __init__(self, abort: "Abort", *, by_us: bool = False) -> None:
        super().__init__(abort)
        self.abort = abort
        self.by_us = by_us

    def __str__(self) -> str:
        who = "we" if self.by_us else "the peer"
        return f"{who} aborted the association: {self.abort.explanation}"


class ConnectionFailed(NetworkError):
    """No connection came about; ``step`` is ``dns``, ``tcp`` or ``tls``."""

    category = ErrorCategory.TRANSIENT
    suggestion = "check host and port, and that the peer is running"

    def __init__(self, host: str, port: int, step: str, text: str) -> None:
        super().__init__(host, port, step, text)
        self.host = host
        self.port = port
        self.step = step
        self.text = text

    def __str__(self) -> str:
        return f"no connection to {self.host} port {self.port}: {self.text} ({self.step}); {self.suggestion}"


class ConnectionLost(NetworkError):
    """The connection ended without a release or an abort."""

    category = ErrorCategory.TRANSIENT
    suggestion = (
        "look whether the peer is still running; what was not acknowledged must be sent again"
    )

    def __init__(self, text: str = "the peer closed the connection without releasing it") -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f"{self.text}; {self.suggestion}"


class TlsFault(StrEnum):
    """What is wrong, where TLS fails."""

    MISSING_FILE = "missing file"
    WRONG_PASSWORD = "wrong password"  # noqa: S105 - the name of a fault
    BAD_FORMAT = "bad format"
    EXPIRED = "expired"
    WRONG_HOST_NAME = "wrong host name"
    UNKNOWN_CA = "unknown certificate authority"
    WRONG_PIN = "wrong pin"
    CERTIFICATE_WANTED = "certificate wanted"
    CERTIFICATE_REFUSED = "certificate refused"
    NO_COMMON_PROTOCOL = "no common protocol"
    NOT_TLS = "not TLS"
    OTHER = "other"


_TLS_ADVICE = {
    TlsFault.MISSING_FILE: "check the path and whether this user may read it",
    TlsFault.WRONG_PASSWORD: "give the password that the key was encrypted with",
    TlsFault.BAD_FORMAT: "give a certificate or key as PEM, DER or PKCS#12",
    TlsFault.EXPIRED: "have the certificate renewed, and check the clocks of both sides",
    TlsFault.WRONG_HOST_NAME: "call the peer by a name of its certificate, or set server_name",
    TlsFault.UNKNOWN_CA: "add the certificate of its authority to the roots, or pin the certificate",
    TlsFault.WRONG_PIN: "make sure that this is the peer, and then pin its new certificate",
    TlsFault.CERTIFICATE_WANTED: "give an identity that the peer's authority has signed",
    TlsFault.CERTIFICATE_REFUSED: "have the authority of our certificate added on the peer's side",
    TlsFault.NO_COMMON_PROTOCOL: "choose a TLS profile that both sides have",
    TlsFault.NOT_TLS: "check the port, and whether the peer speaks TLS there",
}


class TlsError(ConnectionFailed):
    """The TLS handshake failed, or a certificate or key cannot be used; ``fault`` says why."""

    category = ErrorCategory.CONFIGURATION

    def __init__(
        self, text: str, host: str = "", port: int = 0, *, fault: TlsFault = TlsFault.OTHER
    ) -> None:
        super().__init__(host, port, "tls", text)
        self.args = (text, host, port)
        self.fault = fault

    @property
    def suggestion(self) -> str:  # type: ignore[override] # depends on what is wrong
        """What to do next."""
        return _TLS_ADVICE.get(
            self.fault, "check certificates, names and the TLS profile of both sides"
        )

    def __str__(self) -> str:
        where = f"TLS with {self.host} port {self.port}" if self.host else "TLS"
        return f"{where}: {self.text}; {self.suggestion}"


class StatusError(NetworkError):
    """The peer answered an operation with a failure status.

    ``service`` is such as ``C-FIND``; ``comment`` is the peer's Error Comment (0000,0902), which stays out of the sentence.
    """

    level = ErrorLevel.OPERATION
    suggestion = "look at the peer's log for the reason"

    def __init__(self, status: int, service: str, comment: str | None = None) -> None:
        super().__init__(status, service, comment)
        self.status = status
        self.service = service
        self.comment = comment

    @property
    def category(self) -> ErrorCategory:  # type: ignore[override] # A7xx: out of resources (PS3.4)
        return ErrorCategory.RESOURCE if self.status >> 8 == 0xA7 else ErrorCategory.PERMANENT

    def __str__(self) -> str:
        from dicom_dict import status

        known = status(self.status, self.service)
        return f"the peer answered {self.service} with {self.status:04X}H, {known.meaning}"


class PartialFailure(NetworkError):
    """Some of several instances failed; ``failed`` holds their SOP Instance UIDs."""

    level = ErrorLevel.OPERATION
    suggestion = "ask again for the instances that failed"

    def __init__(self, failed: tuple[str, ...], total: int) -> None:
        super().__init__(failed, total)
        self.failed = failed
        self.total = total

    def __str__(self) -> str:
        return f"{len(self.failed)} of {self.total} instances failed; {self.suggestion}"


class DeadlineExceeded(NetworkError):
    """The peer took longer than a limit of ours; ``kind`` says which, ``seconds`` how long it was."""

    category = ErrorCategory.TIMEOUT
    suggestion = "look whether the peer is busy, or give it more time"

    def __init__(self, kind: TimeoutKind, seconds: float, doing: str = "") -> None:
        super().__init__(kind, seconds, doing)
        self.kind = kind
        self.seconds = seconds
        self.doing = doing

    def __str__(self) -> str:
        doing = f" while {self.doing}" if self.doing else ""
        return f"the {self.kind} limit of {self.seconds:g} s ran out{doing}; {self.suggestion}"


# Tracebacks, reprs and pickles name the place that users import from
NetworkError.__module__ = LocalProtocolError.__module__ = "dicom_net"
RemoteProtocolError.__module__ = NegotiationError.__module__ = StatusError.__module__ = "dicom_net"
AssociationRejected.__module__ = AssociationAborted.__module__ = "dicom_net"
ConnectionFailed.__module__ = ConnectionLost.__module__ = TlsError.__module__ = "dicom_net"
PartialFailure.__module__ = DeadlineExceeded.__module__ = "dicom_net"
ErrorCategory.__module__ = ErrorLevel.__module__ = TimeoutKind.__module__ = "dicom_net"
TlsFault.__module__ = "dicom_net"
