"""The answer to a request that is not performed."""

from collections.abc import Iterable
from typing import Final, cast

from dicom_core import Tag

from ._command import InvalidRQ, InvalidRSP
from ._messages import Request, Response
from ._shapes import SHAPES

__all__ = ["refusal"]

_RESPONSE: Final = 0x8000


def refusal(
    request: Request | InvalidRQ,
    status: int | None = None,
    comment: str = "",
    offending: Iterable[Tag] = (),
) -> Response | InvalidRSP:
    """The response that refuses a request with a failure status, and echoes what the request was about.

    For an `InvalidRQ`, status, comment and offending elements are its own unless others are given.
    """
    if isinstance(request, InvalidRQ):
        status = request.status if status is None else status
        comment = comment or request.reason
        offending = tuple(offending) or request.offending
    if status is None:
        raise TypeError("a refusal needs a status")
    sop_class = _about(request, "sop_class")
    instance = _about(request, "sop_instance")
    code = request.command_field | _RESPONSE
    shape = SHAPES.get(code)
    if shape is None:
        return InvalidRSP(
            command_field=code,
            responded_to=request.message_id,
            status=status,
            comment=comment,
            offending=offending,
            affected_sop_class=sop_class,
            affected_sop_instance=instance,
        )
    about = {"affected_sop_class": sop_class, "affected_sop_instance": instance}
    response = shape.make(
        responded_to=request.message_id,
        status=status,
        comment=comment,
        offending=offending,
        **{name: uid for name, uid in about.items() if name in shape.names},
    )
    return cast("Response", response)


def _about(request: Request | InvalidRQ, what: str) -> str | None:
    """Responses say "affected" of what requests say "requested" of (PS3.7 10.3)."""
    uid: str | None = getattr(request, f"affected_{what}", None)
    return uid or getattr(request, f"requested_{what}", None)


# Tracebacks, reprs and pickles name the place that users import from
refusal.__module__ = "dicom_net.dimse"
