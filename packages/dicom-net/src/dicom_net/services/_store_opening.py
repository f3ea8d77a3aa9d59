"""How associations are opened for storing."""

from typing import TYPE_CHECKING

from ..ul import OperationsWindow
from ._store_plan import contexts_for
from ._store_source import Outgoing
from ._store_types import BatchConfig, StoreConfig

if TYPE_CHECKING:
    from .._opening import Opening

__all__ = ["batch_opening", "single_contexts"]


def batch_opening(config: BatchConfig, named: "Opening") -> "Opening":
    """How to open an association of a batch: with the window that was asked for."""
    opening: Opening = {**named}
    if config.window > 1 and "window" not in opening:
        opening["window"] = OperationsWindow(config.window, 1)
    return opening


def single_contexts(
    instance: Outgoing, config: StoreConfig
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What to propose for one instance."""
    syntaxes = contexts_for([instance.transfer_syntax], config.conversion)
    return tuple((instance.sop_class, (syntax,)) for syntax in syntaxes)
