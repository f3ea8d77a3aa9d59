"""Which association of a pool serves a wish: what both doors' pools share, without waiting."""

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from attrs import frozen

from ._association import AssociationCore
from .services._echo import CONTEXTS as VERIFICATION_CONTEXTS
from .ul import (
    OperationsWindow,
    RoleSelection,
    SopClassCommonExtended,
    SopClassExtended,
    UserIdentity,
)

if TYPE_CHECKING:
    from ._settings import NetworkLimits, Timeouts
    from ._tls import TlsConfig

__all__ = ["Lent", "Shelf", "Terms", "is_sound", "with_verification"]

A = TypeVar("A", bound=AssociationCore)

MOST_CONTEXTS: Final = 128


@frozen(kw_only=True)
class Terms:
    """What two wishes must have in common to be served by one association."""

    host: str
    port: int
    called_ae: str
    calling_ae: str
    roles: tuple[RoleSelection, ...]
    extended: tuple[SopClassExtended, ...]
    common_extended: tuple[SopClassCommonExtended, ...]
    window: OperationsWindow | None
    user_identity: UserIdentity | None
    tls: "TlsConfig | None"
    timeouts: "Timeouts"
    limits: "NetworkLimits"
    max_pdu: int

    @property
    def peer(self) -> tuple[str, int]:
        """Whose associations are counted together."""
        return self.host, self.port


@frozen
class Lent(Generic[A]):
    """An association of a pool: on which terms it stands, and since when nobody uses it."""

    terms: Terms
    contexts: frozenset[tuple[str, tuple[str, ...]]]
    association: A
    since: float = 0.0
    checked: float = 0.0


def with_verification(
    contexts: Sequence[tuple[str, Sequence[str]]],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The same, and one by which the pool can ask whether the peer is still there."""
    wanted = tuple((abstract, tuple(syntaxes)) for abstract, syntaxes in contexts)
    missing = [one for one in VERIFICATION_CONTEXTS if one[0] not in {each for each, _ in wanted}]
    return wanted + tuple(missing) if len(wanted) + len(missing) <= MOST_CONTEXTS else wanted


def is_sound(association: AssociationCore) -> bool:
    """Whether an association that nobody uses can be used again: it stands, and nothing was said on it."""
    exchange = association.exchange
    if not association.is_open or exchange.is_sending or exchange.outstanding or exchange.to_answer:
        return False
    try:
        association.sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False  # closed, aborted, or something that nobody asked for


class Shelf(Generic[A]):
    """The associations of a pool that nobody uses; the longest unused first."""

    def __init__(self) -> None:
        self._lying: list[Lent[A]] = []

    def take(self, terms: Terms, contexts: Sequence[tuple[str, tuple[str, ...]]]) -> Lent[A] | None:
        """The one used last that serves: opened on the same terms, with these contexts among its own."""
        wanted = frozenset(contexts)
        for lent in reversed(self._lying):
            if lent.terms == terms and wanted <= lent.contexts:
                self._lying.remove(lent)
                return lent
        return None

    def oldest(self, peer: tuple[str, int], most: int) -> A | None:
        """The one to end so that no more than ``most`` lie here of a peer's."""
        lying = [lent for lent in self._lying if lent.terms.peer == peer]
        if len(lying) <= most:
            return None
        self._lying.remove(lying[0])
        return lying[0].association

    def put(self, lent: Lent[A]) -> None:
        """Lay one down."""
        self._lying.append(lent)

    def overdue(self, before: float) -> list[A]:
        """Take those that lie here since before a time."""
        old = [lent for lent in self._lying if lent.since <= before]
        self._lying = [lent for lent in self._lying if lent.since > before]
        return [lent.association for lent in old]

    def unchecked(self, before: float) -> Lent[A] | None:
        """Take one that was neither used nor asked since a time."""
        for lent in self._lying:
            if lent.since <= before and lent.checked <= before:
                self._lying.remove(lent)
                return lent
        return None

    def clear(self) -> list[A]:
        """Take all."""
        lying, self._lying = self._lying, []
        return [lent.association for lent in lying]

    def __len__(self) -> int:
        return len(self._lying)
