"""How things are retrieved by the functions of the doors: what is proposed, and where instances go."""

from os import PathLike
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field, frozen
from attrs.validators import gt

from dicom_core.query import InformationModel

from ..dimse import Priority
from ._directory import DirectoryStorage
from ._echo import SYNTAXES
from ._retrieve_contexts import COMMON_STORAGE, UNCOMPRESSED, GetContexts, get_contexts
from ._retrieve_keys import MOVE
from ._storage_memory import MemoryReceiver
from ._storage_types import Receiver

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Into", "RetrieveConfig", "move_contexts", "receiver_for"]

Into: TypeAlias = "Receiver | str | PathLike[str] | None"
"""Where retrieved instances go: a store or another `Receiver`, a folder by its path, or memory."""


@frozen(kw_only=True)
class RetrieveConfig:
    """How to retrieve."""

    model: InformationModel = field(default=InformationModel.STUDY_ROOT, converter=InformationModel)
    priority: Priority = field(default=Priority.MEDIUM, converter=Priority)
    storage: tuple[str, ...] = field(default=COMMON_STORAGE, converter=tuple)
    """The storage classes that a C-GET proposes to receive; what does not fit into 128 contexts is left out."""
    transfer_syntaxes: tuple[str, ...] = field(default=UNCOMPRESSED, converter=tuple)
    """What a C-GET proposes to receive them in."""
    apart: bool = False
    """A context for each transfer syntax, so that the peer can send instances as it keeps them; fewer classes fit then."""
    in_memory: int = field(default=1 << 30, validator=gt(0))
    """The most bytes of an instance that is received into memory."""

    @property
    def for_get(self) -> GetContexts:
        """What a C-GET proposes."""
        return get_contexts(
            self.storage, self.transfer_syntaxes, models=[self.model], apart=self.apart
        )


DEFAULT: Final = RetrieveConfig()


def move_contexts(config: RetrieveConfig) -> "Sequence[tuple[str, Sequence[str]]]":
    """What a C-MOVE proposes."""
    return [(MOVE[config.model], SYNTAXES)]


def receiver_for(into: Into, config: RetrieveConfig) -> Receiver:
    """The receiver that is meant."""
    if into is None:
        return MemoryReceiver(instance_size=config.in_memory, size=config.in_memory)
    if isinstance(into, str | PathLike):
        # The peer has the instances still: there is no need to wait for the disk after each
        return DirectoryStorage(into, durable=False, watch=None)
    return into
