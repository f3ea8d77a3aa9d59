"""What a DIMSE peer may take of us."""

from attrs import field, frozen
from attrs.validators import ge

__all__ = ["DimseLimits"]


@frozen(kw_only=True)
class DimseLimits:
    """The limits of one exchange, in bytes. What is streamed has none here: it is never held."""

    command: int = field(default=64 << 10, validator=ge(12))
    """The longest command set."""
    undue: int = field(default=1 << 20, validator=ge(0))
    """The longest data set that comes with a message which cannot have one; it is thrown away."""


# Tracebacks, reprs and pickles name the place that users import from
DimseLimits.__module__ = "dicom_net.dimse"
