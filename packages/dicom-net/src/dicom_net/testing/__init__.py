"""What tests of programs that use this package need."""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._feed import (
        POISON,
        Machine,
        OwnedData,
        OwnedPData,
        Received,
        drain,
        feed,
        joined,
        outcome,
    )
    from ._memory import MemoryAssociation, connect, connected_pair, run_pair
    from ._pair import End, Pair

_DOOR = {
    "._feed": "POISON Machine OwnedData OwnedPData Received drain feed joined outcome",
    "._memory": "MemoryAssociation connect connected_pair run_pair",
    "._pair": "End Pair",
}

__all__ = [
    "POISON",
    "End",
    "Machine",
    "MemoryAssociation",
    "OwnedData",
    "OwnedPData",
    "Pair",
    "Received",
    "connect",
    "connected_pair",
    "drain",
    "feed",
    "joined",
    "outcome",
    "run_pair",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(globals(), _DOOR)
