"""Opening an association, and closing it whatever happens."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING

from .._asking import make_exchange, make_request
from .._association import ask
from .._pooling import Terms
from .._settings import NetworkLimits, Timeouts
from .._tls import TlsConfig
from ..ul import (
    OperationsWindow,
    Role,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UserIdentity,
)
from ._association import Association
from ._connect import connect

if TYPE_CHECKING:
    from .._opening import Pool

__all__ = ["associate", "open_association"]


async def open_association(
    host: str,
    port: int,
    contexts: Sequence[tuple[str, Sequence[str]]],
    *,
    called_ae: str = "ANY-SCP",
    calling_ae: str = "DICOMPY",
    roles: Sequence[RoleSelection] = (),
    extended: Sequence[SopClassExtended] = (),
    common_extended: Sequence[SopClassCommonExtended] = (),
    window: OperationsWindow | None = None,
    user_identity: UserIdentity | None = None,
    tls: TlsConfig | None = None,
    timeouts: Timeouts = Timeouts.DEFAULT,
    limits: NetworkLimits = NetworkLimits(),  # noqa: B008 - frozen
    max_pdu: int = 262_144,
    pool: "Pool | None" = None,
) -> Association:
    """An association with a peer, for whoever releases or aborts it himself; `associate` does that, too."""
    if pool is not None:
        return await _borrowed(
            pool,
            contexts,
            Terms(
                host=host,
                port=port,
                called_ae=called_ae,
                calling_ae=calling_ae,
                roles=tuple(roles),
                extended=tuple(extended),
                common_extended=tuple(common_extended),
                window=window,
                user_identity=user_identity,
                tls=tls,
                timeouts=timeouts,
                limits=limits,
                max_pdu=max_pdu,
            ),
        )
    exchange = make_exchange(Role.REQUESTOR, limits)
    request = make_request(
        contexts,
        called_ae=called_ae,
        calling_ae=calling_ae,
        roles=roles,
        extended=extended,
        common_extended=common_extended,
        window=window,
        user_identity=user_identity,
        max_pdu=max_pdu,
    )
    exchange.send(request, monotonic())  # refuses what cannot be asked before anything is connected
    wire = await connect(host, port, tls, timeouts.connect)
    association = Association(
        exchange, wire, address=(host, port), timeouts=timeouts, limits=limits
    )
    await association._establish(ask(exchange.connected(monotonic())))
    association._opened()
    return association


@asynccontextmanager
async def associate(
    host: str,
    port: int,
    contexts: Sequence[tuple[str, Sequence[str]]],
    *,
    called_ae: str = "ANY-SCP",
    calling_ae: str = "DICOMPY",
    roles: Sequence[RoleSelection] = (),
    extended: Sequence[SopClassExtended] = (),
    common_extended: Sequence[SopClassCommonExtended] = (),
    window: OperationsWindow | None = None,
    user_identity: UserIdentity | None = None,
    tls: TlsConfig | None = None,
    timeouts: Timeouts = Timeouts.DEFAULT,
    limits: NetworkLimits = NetworkLimits(),  # noqa: B008 - frozen
    max_pdu: int = 262_144,
    pool: "Pool | None" = None,
) -> AsyncGenerator[Association]:
    """An association for ``async with``: released at the end, aborted where that is an exception.

    ``contexts`` are pairs of an abstract syntax and the transfer syntaxes to choose from, and at most 128. With a
    ``pool``, it is one of the pool's, and goes back there.
    """
    association = await open_association(
        host,
        port,
        contexts,
        called_ae=called_ae,
        calling_ae=calling_ae,
        roles=roles,
        extended=extended,
        common_extended=common_extended,
        window=window,
        user_identity=user_identity,
        tls=tls,
        timeouts=timeouts,
        limits=limits,
        max_pdu=max_pdu,
        pool=pool,
    )
    try:
        yield association
    except BaseException:
        await association.abort()
        raise
    await association.release()


async def _borrowed(
    pool: "Pool", contexts: Sequence[tuple[str, Sequence[str]]], terms: Terms
) -> Association:
    from ._pool import AssociationPool

    if not isinstance(pool, AssociationPool):
        raise TypeError("this pool belongs to the other door")
    return await pool.lend(terms, contexts)


# Tracebacks, reprs and pickles name the place that users import from
associate.__module__ = "dicom_net"
open_association.__module__ = "dicom_net.transport"
