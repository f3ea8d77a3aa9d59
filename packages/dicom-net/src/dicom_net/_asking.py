"""Asking for an association: what both doors put into the request."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ._negotiation import propose
from ._version import IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION
from .dimse import DimseLimits, Exchange
from .ul import (
    AssociateRQ,
    Connection,
    OperationsWindow,
    Role,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UpperLayerLimits,
    UserIdentity,
)

if TYPE_CHECKING:
    from ._settings import NetworkLimits

__all__ = ["make_exchange", "make_request"]


def make_request(
    contexts: Sequence[tuple[str, Sequence[str]]],
    *,
    called_ae: str,
    calling_ae: str,
    roles: Sequence[RoleSelection],
    extended: Sequence[SopClassExtended],
    common_extended: Sequence[SopClassCommonExtended],
    window: OperationsWindow | None,
    user_identity: UserIdentity | None,
    max_pdu: int,
) -> AssociateRQ:
    """The A-ASSOCIATE-RQ; what cannot be asked for raises `LocalProtocolError`."""
    return AssociateRQ(
        called=called_ae,
        calling=calling_ae,
        contexts=propose(contexts),
        max_pdu=max_pdu,
        implementation_class=IMPLEMENTATION_CLASS,
        implementation_version=IMPLEMENTATION_VERSION,
        window=window,
        roles=roles,
        extended=extended,
        common_extended=common_extended,
        user_identity=user_identity,
    )


def make_exchange(role: Role, limits: "NetworkLimits") -> Exchange:
    """The machine of one end, with the limits that concern it."""
    upper = UpperLayerLimits(
        associate=limits.associate,
        artim=limits.request if role is Role.ACCEPTOR else limits.artim,
    )
    undue = limits.identifier
    return Exchange(
        Connection(role, limits=upper), limits=DimseLimits(command=limits.command, undue=undue)
    )
