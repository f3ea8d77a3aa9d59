"""What verification is told, and what it tells."""

from typing import TYPE_CHECKING

from attrs import field, frozen

from .._settings import NetworkLimits, Timeouts

if TYPE_CHECKING:
    from dicom_dict import StatusCategory

    from .._opening import Opening
    from .._tls import TlsConfig
    from ..ul import UserIdentity

__all__ = ["VerificationConfig", "VerificationResult"]


@frozen(kw_only=True)
class VerificationConfig:
    """How to ask a peer; kept where the same peers are asked again and again."""

    called_ae: str = "ANY-SCP"
    calling_ae: str = "DICOMPY"
    timeouts: Timeouts = Timeouts.DEFAULT
    max_pdu: int = 262_144
    tls: "TlsConfig | None" = None
    user_identity: "UserIdentity | None" = None
    limits: NetworkLimits = field(factory=NetworkLimits)

    def opening(self, named: "Opening") -> "Opening":
        """The arguments of `associate`; those that are ``named`` go before these."""
        own: Opening = {
            "called_ae": self.called_ae,
            "calling_ae": self.calling_ae,
            "timeouts": self.timeouts,
            "max_pdu": self.max_pdu,
            "tls": self.tls,
            "user_identity": self.user_identity,
            "limits": self.limits,
        }
        own.update(named)
        return own


@frozen(kw_only=True)
class VerificationResult:
    """What became of a C-ECHO. It is true where the peer answered with success."""

    status: int | None
    """The peer's answer; None where it takes no verification."""
    seconds: float
    """From the request to the response."""
    called_ae: str
    implementation_class: str
    """The peer's, as it introduced itself."""
    implementation_version: str
    max_pdu: int
    """The longest P-DATA that the peer takes; 0 is without limit."""
    reason: str = ""
    """Why it is no success, in one sentence."""

    @property
    def success(self) -> bool:
        """Whether the peer is there, speaks DICOM, and said so."""
        return self.status == 0

    @property
    def category(self) -> "StatusCategory | None":
        """Of the status."""
        from dicom_dict import status_category

        return None if self.status is None else status_category(self.status)

    def __bool__(self) -> bool:
        return self.success


# Tracebacks, reprs and pickles name the place that users import from
VerificationConfig.__module__ = VerificationResult.__module__ = "dicom_net"
