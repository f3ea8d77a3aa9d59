"""The two answers of a machine that are not events."""

from enum import Enum, auto
from typing import Final, Literal

__all__ = ["NEED_DATA", "PAUSED", "NeedData", "Paused", "Signal"]


class Signal(Enum):
    """Why there is no event."""

    NEED_DATA = auto()
    """None until more bytes are fed."""
    PAUSED = auto()
    """None ever: the association is over, and whatever follows is not looked at."""

    def __repr__(self) -> str:
        return self.name


NEED_DATA: Final = Signal.NEED_DATA
PAUSED: Final = Signal.PAUSED
NeedData = Literal[Signal.NEED_DATA]
Paused = Literal[Signal.PAUSED]


# Tracebacks, reprs and pickles name the place that users import from
Signal.__module__ = "dicom_net.ul"
