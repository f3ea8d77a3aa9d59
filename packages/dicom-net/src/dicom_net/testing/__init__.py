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
    from ._proxy import Relay, recorded
    from ._record import Recorded, Recorder, Recording
    from ._stream import RawPdu, Splitter, Value

_DOOR = {
    "._feed": "POISON Machine OwnedData OwnedPData Received drain feed joined outcome",
    "._memory": "MemoryAssociation connect connected_pair run_pair",
    "._pair": "End Pair",
    "._proxy": "Relay recorded",
    "._record": "Recorded Recorder Recording",
    "._stream": "RawPdu Splitter Value",
}

__all__ = [
    "POISON",
    "End",
    "Machine",
    "MemoryAssociation",
    "OwnedData",
    "OwnedPData",
    "Pair",
    "RawPdu",
    "Received",
    "Recorded",
    "Recorder",
    "Recording",
    "Relay",
    "Splitter",
    "Value",
    "connect",
    "connected_pair",
    "drain",
    "feed",
    "joined",
    "outcome",
    "recorded",
    "run_pair",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(globals(), _DOOR)
