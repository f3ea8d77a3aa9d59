"""Associations that are kept and used again (NET-096)."""

from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from threading import Condition, Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Final, Self

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
    """Keeps associations for the next who wants one on the same terms; for ``with``, or inside one.

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
        self._places: dict[tuple[str, int], _Places] = {}
        self._lent: dict[Association, Lent[Association]] = {}
        self._checking: set[Association] = set()
        self._closed = True
        self._lock = Lock()  # of all of the above
        self._changed = Condition(self._lock)

    @property
    def open_associations(self) -> int:
        """How many there are, used or not."""
        return len(self._shelf) + len(self._lent) + len(self._checking)

    def __enter__(self) -> Self:
        self._closed = False
        self._cleaner = Thread(target=self._clean, name="dicom pool", daemon=True)
        self._cleaner.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._cleaner.join()
        with self._lock:
            left = self._shelf.clear()
        for association in left:
            _end(association)

    @contextmanager
    def acquire(
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
    ) -> Generator[Association]:
        """An association for ``with``, as `associate` gives it: afterwards the pool has it back."""
        association = open_association(
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
            association.abort()
            raise
        association.release()

    def lend(self, terms: Terms, contexts: Sequence[tuple[str, Sequence[str]]]) -> Association:
        """An association, whose release gives it back."""
        if self._closed:
            raise LocalProtocolError("the pool is not open: use it in a with block")
        wanted = with_verification(contexts)
        with self._lock:
            place = self._places.setdefault(terms.peer, _Places(self.size))
        place.enter()
        try:
            lent = self._taken(terms, wanted)
            if lent is None:
                self._make_room(terms, place)
                association = self._open(terms, wanted)
                lent = Lent(terms, frozenset(wanted), association)
        except BaseException:
            place.leave()
            raise
        association = lent.association
        with self._lock:
            self._lent[association] = lent

        def back() -> bool:
            sound = is_sound(association)
            with self._lock:
                lent = self._lent.pop(association)
                kept = sound and not self._closed
                if kept:
                    association.lender = None
                    self._shelf.put(evolve(lent, since=monotonic()))
            place.leave()
            return kept

        association.lender = back
        return association

    def _taken(
        self, terms: Terms, wanted: Sequence[tuple[str, tuple[str, ...]]]
    ) -> Lent[Association] | None:
        while True:
            with self._lock:
                lent = self._shelf.take(terms, wanted)
            if lent is None or is_sound(lent.association):
                return lent
            lent.association.abort()

    def _make_room(self, terms: Terms, place: "_Places") -> None:
        while True:
            with self._lock:
                used = place.used + sum(one.address == terms.peer for one in self._checking)
                old = self._shelf.oldest(terms.peer, self.size - used)
            if old is None:
                return
            _end(old)

    def _open(self, terms: Terms, contexts: Sequence[tuple[str, Sequence[str]]]) -> Association:
        return open_association(
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

    def _clean(self) -> None:
        pause = min(PAUSE, self.idle / 4, (self.check or PAUSE) / 4)
        while True:
            with self._changed:
                if self._closed or self._changed.wait_for(lambda: self._closed, pause):
                    return
            self.clean(monotonic())

    def clean(self, now: float) -> None:
        """Release what nobody used for long, and ask peers that were not asked for long; done by itself now and then."""
        with self._lock:
            old = self._shelf.overdue(now - self.idle)
        for association in old:
            _end(association)
        while self.check is not None:
            with self._lock:
                lent = self._shelf.unchecked(now - self.check)
                if lent is None:
                    return
                association = lent.association
                self._checking.add(association)
            try:
                association.run(echo(association.exchange))
            except NetworkError:  # it is not lent any more, and who wants one gets another
                association.abort()
                lent = None
            with self._lock:
                self._checking.discard(association)
                if lent is not None:
                    self._shelf.put(evolve(lent, checked=now))


class _Places:
    """So many at a time; the next is who waits for longest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = Condition()
        self._waiting: deque[object] = deque()
        self.used = 0

    def enter(self) -> None:
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(
                    lambda: self.used < self._most and self._waiting[0] is ticket
                )
                self.used += 1
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self.used -= 1
            self._changed.notify_all()


def _end(association: Association) -> None:
    """Release it where the peer still answers."""
    try:
        association.release()
    except NetworkError:
        association.abort()


# Tracebacks, reprs and pickles name the place that users import from
AssociationPool.__module__ = "dicom_net.blocking"
