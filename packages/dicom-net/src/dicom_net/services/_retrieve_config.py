"""How things are retrieved by the functions of the doors: what is proposed, and where instances go."""

from os import PathLike
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import evolve, field, frozen
from attrs.validators import gt

from dicom_core.query import InformationModel

from .._logging import logger
from .._negotiation import AcceptancePolicy
from .._server_events import InstanceReceived
from ..dimse import Priority
from ..ul import OperationsWindow
from ._directory import DirectoryStorage
from ._echo import SYNTAXES, Verification
from ._retrieve_contexts import COMMON_STORAGE, UNCOMPRESSED, GetContexts, get_contexts
from ._retrieve_keys import MOVE
from ._retrieve_types import ReceivedInstance
from ._several import Several
from ._storage import StorageProvider
from ._storage_memory import MemoryReceiver
from ._storage_types import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from .._tls import TlsConfig
    from ._retrieve_types import RetrieveResult

__all__ = [
    "Into",
    "OwnDestination",
    "RetrieveConfig",
    "Visitors",
    "move_contexts",
    "receiver_for",
]

Into: TypeAlias = "Receiver | str | PathLike[str] | None"
"""Where retrieved instances go: a store or another `Receiver`, a folder by its path, or memory."""


def _uids(uids: "Iterable[str]") -> tuple[str, ...]:
    return tuple(uids)


def _titles(titles: "Iterable[str]") -> frozenset[str]:
    return frozenset(titles)


@frozen(kw_only=True)
class RetrieveConfig:
    """How to retrieve."""

    model: InformationModel = field(default=InformationModel.STUDY_ROOT, converter=InformationModel)
    priority: Priority = field(default=Priority.MEDIUM, converter=Priority)
    storage: tuple[str, ...] = field(default=COMMON_STORAGE, converter=_uids)
    """The storage classes that a C-GET proposes to receive; what does not fit into 128 contexts is left out."""
    transfer_syntaxes: tuple[str, ...] = field(default=UNCOMPRESSED, converter=_uids)
    """What a C-GET proposes to receive them in."""
    apart: bool = False
    """A context for each transfer syntax, so that the peer can send instances as it keeps them; fewer classes fit then."""
    in_memory: int = field(default=1 << 30, validator=gt(0))
    """The most bytes of an instance that is received into memory."""

    @property
    def for_get(self) -> GetContexts:
        """What a C-GET proposes."""
        found = get_contexts(
            self.storage, self.transfer_syntaxes, models=[self.model], apart=self.apart
        )
        if found.left_out:
            logger("retrieve").warning(
                "%d storage classes are not proposed, since an association has 128 contexts; the first is %s",
                len(found.left_out),
                found.left_out[0],
            )
        return found


DEFAULT: Final = RetrieveConfig()


def move_contexts(config: RetrieveConfig) -> "Sequence[tuple[str, Sequence[str]]]":
    """What a C-MOVE proposes."""
    return [(MOVE[config.model], SYNTAXES)]


@frozen(kw_only=True)
class OwnDestination:
    """A storage server of our own, for one C-MOVE. The peer has to know it: title, our address, and port."""

    ae_title: str
    port: int
    host: str = "0.0.0.0"  # noqa: S104 - the peer calls from elsewhere, and only while the C-MOVE lasts
    """The address that is listened on."""
    into: Into = field(default=None, repr=False)
    senders: frozenset[str] = field(default=frozenset(), converter=_titles)
    """The AE titles that may send; empty for the one that the C-MOVE is asked of."""
    tls: "TlsConfig | None" = field(default=None, repr=False)

    def policy(self, called_ae: str) -> AcceptancePolicy:
        """Who is let in."""
        return AcceptancePolicy(
            ae_titles=[self.ae_title],
            allowed=self.senders or [called_ae],
            window=OperationsWindow(16, 16),
        )

    def provider(self, config: RetrieveConfig, now: "Callable[[], datetime]") -> "Several":
        """What answers there."""
        storage = StorageProvider(receiver_for(self.into, config), now=now)
        return Several([storage, Verification()])


class Visitors:
    """Notes what arrives, as the events of a server tell it."""

    def __init__(self) -> None:
        self.instances: list[ReceivedInstance] = []

    def __call__(self, event: object) -> None:
        if isinstance(event, InstanceReceived):
            one = event.received
            self.instances.append(
                ReceivedInstance(
                    one.sop_class, one.sop_instance, one.transfer_syntax, one.size, one
                )
            )

    def added(self, result: "RetrieveResult") -> "RetrieveResult":
        """A result with what arrived; a peer that counts nothing is believed to have sent that."""
        arrived = len(self.instances)
        return evolve(result, instances=self.instances, completed=result.completed or arrived)


def receiver_for(into: Into, config: RetrieveConfig) -> Receiver:
    """The receiver that is meant."""
    if into is None:
        return MemoryReceiver(instance_size=config.in_memory, size=config.in_memory)
    if isinstance(into, str | PathLike):
        # The peer has the instances still: there is no need to wait for the disk after each
        return DirectoryStorage(into, durable=False, watch=None)
    return into


# Tracebacks, reprs and pickles name the place that users import from
RetrieveConfig.__module__ = OwnDestination.__module__ = "dicom_net"
Visitors.__module__ = move_contexts.__module__ = receiver_for.__module__ = "dicom_net.services"
