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
    from ._fuzz import CASES, Case, CaseResult, FuzzReport, FuzzTarget, Verdict, fuzz
    from ._local import LocalScp
    from ._memory import MemoryAssociation, connect, connected_pair, run_pair
    from ._pair import End, Pair
    from ._poison import poisoned_buffers
    from ._proxy import Relay, recorded
    from ._record import Recorded, Recorder, Recording, replay
    from ._script import (
        Close,
        FinishSending,
        Hear,
        HearEnd,
        HearParts,
        Outcome,
        Reset,
        Say,
        ScriptedServer,
        Step,
        Wait,
        fragments,
        play_to,
        say,
        scripted_server,
    )
    from ._stream import RawPdu, Splitter, Value

_DOOR = {
    "._feed": "POISON Machine OwnedData OwnedPData Received drain feed joined outcome",
    "._fuzz": "CASES Case CaseResult FuzzReport FuzzTarget Verdict fuzz",
    "._local": "LocalScp",
    "._memory": "MemoryAssociation connect connected_pair run_pair",
    "._pair": "End Pair",
    "._poison": "poisoned_buffers",
    "._proxy": "Relay recorded",
    "._record": "Recorded Recorder Recording replay",
    "._script": (
        "Close FinishSending Hear HearEnd HearParts Outcome Reset Say ScriptedServer Step Wait fragments play_to say "
        "scripted_server"
    ),
    "._stream": "RawPdu Splitter Value",
}

__all__ = [
    "CASES",
    "POISON",
    "Case",
    "CaseResult",
    "Close",
    "End",
    "FinishSending",
    "FuzzReport",
    "FuzzTarget",
    "Hear",
    "HearEnd",
    "HearParts",
    "LocalScp",
    "Machine",
    "MemoryAssociation",
    "Outcome",
    "OwnedData",
    "OwnedPData",
    "Pair",
    "RawPdu",
    "Received",
    "Recorded",
    "Recorder",
    "Recording",
    "Relay",
    "Reset",
    "Say",
    "ScriptedServer",
    "Splitter",
    "Step",
    "Value",
    "Verdict",
    "Wait",
    "connect",
    "connected_pair",
    "drain",
    "feed",
    "fragments",
    "fuzz",
    "joined",
    "outcome",
    "play_to",
    "poisoned_buffers",
    "recorded",
    "replay",
    "run_pair",
    "say",
    "scripted_server",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = door(globals(), _DOOR)
