"""What the Upper Layer takes from a peer before it refuses (HOSTILE limits of the network)."""

from attrs import field, frozen
from attrs.validators import ge, le

__all__ = ["UpperLayerLimits"]


@frozen(kw_only=True)
class UpperLayerLimits:
    """The limits of one connection; times in seconds, lengths in bytes."""

    associate: int = field(default=1 << 20, validator=ge(68))
    """The longest A-ASSOCIATE-RQ or A-ASSOCIATE-AC that is read."""
    p_data: int = field(default=1 << 20, validator=[ge(128), le(0xFFFF_FFFF)])
    """The longest P-DATA-TF that is read where we announced no maximum ourselves, and the longest that is sent."""
    least_peer_max: int = field(default=128, validator=ge(8))
    """A peer whose maximum is below this is refused: it would have us send endless tiny PDUs."""
    artim: float = field(default=30.0, validator=ge(0))
    """How long a peer may take to ask for an association, and to close the connection in the end (PS3.8 9.1.5)."""


# Tracebacks, reprs and pickles name the place that users import from
UpperLayerLimits.__module__ = "dicom_net.ul"
