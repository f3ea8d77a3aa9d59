"""Associations that are kept and used again (NET-096)."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from types import TracebackType
from typing import Final, Self

import anyio
from attrs import evolve

from .._errors import LocalProtocolError, NetworkError
from .._pooling import Lent, Shelf, Terms, is_sound, with_verification
from .._settings import NetworkLimits, Timeouts
from .._tls import TlsConfig
from ..services import echo
from ..ul import (
    OperationsWindow,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UserIdentity,
)
from ._associate import open_association
from ._association import Association

__all__ = ["AssociationPool"]

PAUSE: Final = 1.0


class AssociationPool:
    """Keeps associations for the next who wants one on the same terms; for ``async with``, or inside one.

    At most ``size`` are open with a peer; who wants more waits, first come, first served. One that nobody used
    for ``idle`` seconds is released; where ``check`` seconds are given, an unused one is asked by C-ECHO that often.
    Where something ended in the middle, the association is aborted and never lent again.
    """

    def __init__(self, *, size: int = 5, idle: float = 30.0, check: float | None = None) -> None:
        if size < 1:
            raise ValueError(f"a pool of {size} associations serves nobody")
        self.size = size
        self.idle = idle
        self.check = check
        self._shelf: Shelf[Association] = Shelf()
        self._places: dict[tuple[str, int], anyio.CapacityLimiter] = {}
        self._lent: dict[Association, Lent[Association]] = {}
        self._checking: set[Association] = set()
        self._closed = True

    @property
    def open_associations(self) -> int:
        """How many there are, used or not."""
        return len(self._shelf) + len(self._lent) + len(self._checking)

    async def __aenter__(self) -> Self:
        self._closed = False
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        self._group.start_soon(self._clean)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed = True
        self._group.cancel_scope.cancel()
        await self._group.__aexit__(None, None, None)
        for association in self._shelf.clear():
            await _end(association)

    @asynccontextmanager
    async def acquire(
        self,
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
    ) -> AsyncGenerator[Association]:
        """An association for ``async with``, as `associate` gives it: afterwards the pool has it back."""
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
            pool=self,
        )
        try:
            yield association
        except BaseException:
            await association.abort()
            raise
        await association.release()

    async def lend(
        self, terms: Terms, contexts: Sequence[tuple[str, Sequence[str]]]
    ) -> Association:
        """An association, whose release gives it back."""
        if self._closed:
            raise LocalProtocolError("the pool is not open: use it in an async with block")
        wanted = with_verification(contexts)
        place = self._places.setdefault(terms.peer, anyio.CapacityLimiter(self.size))
        ticket = object()
        await place.acquire_on_behalf_of(ticket)
        try:
            while (lent := self._shelf.take(terms, wanted)) is not None:
                if is_sound(lent.association):
                    break
                await lent.association.abort()
            if lent is None:
                used = place.borrowed_tokens + sum(
                    one.address == terms.peer for one in self._checking
                )
                while (old := self._shelf.oldest(terms.peer, self.size - used)) is not None:
                    await _end(old)
                association = await self._open(terms, wanted)
                lent = Lent(terms, frozenset(wanted), association)
        except BaseException:
            place.release_on_behalf_of(ticket)
            raise
        association = lent.association
        self._lent[association] = lent

        async def back() -> bool:
            lent = self._lent.pop(association)
            place.release_on_behalf_of(ticket)
            if self._closed or not is_sound(association):
                return False
            self._shelf.put(evolve(lent, since=monotonic()))
            association.lender = None
            return True

        association.lender = back
        return association

    async def _open(
        self, terms: Terms, contexts: Sequence[tuple[str, Sequence[str]]]
    ) -> Association:
        return await open_association(
            terms.host,
            terms.port,
            contexts,
            called_ae=terms.called_ae,
            calling_ae=terms.calling_ae,
            roles=terms.roles,
            extended=terms.extended,
            common_extended=terms.common_extended,
            window=terms.window,
            user_identity=terms.user_identity,
            tls=terms.tls,
            timeouts=terms.timeouts,
            limits=terms.limits,
            max_pdu=terms.max_pdu,
        )

    async def _clean(self) -> None:
        pause = min(PAUSE, self.idle / 4, (self.check or PAUSE) / 4)
        while True:
            await anyio.sleep(pause)
            await self.clean(monotonic())

    async def clean(self, now: float) -> None:
        """Release what nobody used for long, and ask peers that were not asked for long; done by itself now and then."""
        for association in self._shelf.overdue(now - self.idle):
            await _end(association)
        if self.check is None:
            return
        while (lent := self._shelf.unchecked(now - self.check)) is not None:
            association = lent.association
            self._checking.add(association)
            try:
                await association.run(echo(association.exchange))
            except NetworkError:  # it is not lent any more, and who wants one gets another
                await association.abort()
            else:
                self._shelf.put(evolve(lent, checked=now))
            finally:
                self._checking.discard(association)


async def _end(association: Association) -> None:
    """Release it where the peer still answers."""
    try:
        await association.release()
    except NetworkError:
        await association.abort()


# Tracebacks, reprs and pickles name the place that users import from
AssociationPool.__module__ = "dicom_net"
