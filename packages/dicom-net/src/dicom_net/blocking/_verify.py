"""C-ECHO through an association of its own."""

from typing import Unpack

from .._opening import Opening
from ..services._echo import CONTEXTS, verify_on
from ..services._echo_types import VerificationConfig, VerificationResult
from ._associate import associate
from ._tools import TOOLS

__all__ = ["verify"]


def verify(
    host: str,
    port: int,
    *,
    config: VerificationConfig = VerificationConfig(),  # noqa: B008 - frozen
    **named: Unpack[Opening],
) -> VerificationResult:
    """Whether a peer is there and speaks DICOM.

    A failure status and a peer without verification are results that are false. Where no association came
    about, the reason is raised: `ConnectionFailed`, `AssociationRejected`, `DeadlineExceeded`.
    """
    opening = config.opening(named)
    with associate(host, port, CONTEXTS, **opening) as association:
        return association.run(verify_on(association.exchange, TOOLS))


# Tracebacks, reprs and pickles name the place that users import from
verify.__module__ = "dicom_net.blocking"
