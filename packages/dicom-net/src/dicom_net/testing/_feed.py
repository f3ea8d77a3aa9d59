"""Feeding a machine as an adapter does, and worse: in any pieces, from a buffer that is overwritten at once.

Whoever keeps a borrowed view finds poison in it (the views of `PData` and `Data` are good until the next
`receive_data`, and no longer).
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeVar

from attrs import frozen

from .._errors import RemoteProtocolError
from ..dimse import Begin, Data
from ..ul import NEED_DATA, PAUSED, Buffer, Event, NeedData, Paused, PData

__all__ = [
    "POISON",
    "Machine",
    "OwnedData",
    "OwnedPData",
    "Received",
    "drain",
    "feed",
    "joined",
    "outcome",
]

POISON: Final = 0xDD
"""What every byte of a buffer becomes when its events were taken."""

E_co = TypeVar("E_co", covariant=True)


class Machine(Protocol[E_co]):
    """What can be fed: `dicom_net.ul.Connection` and `dicom_net.dimse.Exchange`."""

    def receive_data(self, data: Buffer, now: float) -> None:
        """Bytes that came."""
        ...

    def next_event(self) -> E_co | NeedData | Paused:
        """What the peer said next."""
        ...


@frozen
class OwnedPData:
    """A `PData` whose bytes are its own, compared by value."""

    context: int
    data: bytes
    command: bool
    last: bool


@frozen
class OwnedData:
    """A `Data` whose bytes are its own, compared by value."""

    context: int
    message_id: int
    data: bytes
    last: bool


Received = Event | Begin | OwnedPData | OwnedData


def _owned(event: Event | Begin | Data) -> Received:
    if isinstance(event, PData):
        data = b"".join(event.views)
        return OwnedPData(event.context, data, event.command, event.last)
    if isinstance(event, Data):
        return OwnedData(event.context, event.message_id, b"".join(event.views), event.last)
    return event


def drain(machine: Machine[Event | Begin | Data]) -> list[Received]:
    """All events that there are, with bytes of their own. Errors of the machine come through."""
    events: list[Received] = []
    _drain(machine, events)
    return events


def _drain(machine: Machine[Event | Begin | Data], events: list[Received]) -> None:
    while (event := machine.next_event()) is not NEED_DATA and event is not PAUSED:
        events.append(_owned(event))


def outcome(
    machine: Machine[Event | Begin | Data],
    data: Buffer,
    now: float = 0.0,
    *,
    sizes: Iterable[int] = (),
) -> tuple[list[Received], RemoteProtocolError | None]:
    """As `feed`, with the error that ended it beside the events before."""
    events: list[Received] = []
    try:
        _feed(machine, data, now, sizes, events)
    except RemoteProtocolError as error:
        return events, error
    return events, None


def feed(
    machine: Machine[Event | Begin | Data],
    data: Buffer,
    now: float = 0.0,
    *,
    sizes: Iterable[int] = (),
) -> list[Received]:
    """Feed bytes in pieces of these sizes, the rest in one, and give the events that came of them.

    The pieces lie in one buffer, which is poisoned after each.
    """
    events: list[Received] = []
    _feed(machine, data, now, sizes, events)
    return events


def _feed(
    machine: Machine[Event | Begin | Data],
    data: Buffer,
    now: float,
    sizes: Iterable[int],
    events: list[Received],
) -> None:
    view = memoryview(data)
    cuts = iter(sizes)
    buffer = bytearray(len(view))
    while view:
        size = max(1, min(next(cuts, len(view)), len(view)))
        buffer[:size] = view[:size]
        try:
            machine.receive_data(memoryview(buffer)[:size], now)
            _drain(machine, events)
        finally:
            buffer[:size] = bytes([POISON]) * size
        view = view[size:]


def joined(events: Sequence[Received]) -> list[Received]:
    """The same events with the pieces of each command set and data set in one, however they were cut."""
    out: list[Received] = []
    for event in events:
        before = out[-1] if out else None
        if (
            isinstance(event, OwnedPData)
            and isinstance(before, OwnedPData)
            and not before.last
            and (before.context, before.command) == (event.context, event.command)
        ):
            out[-1] = OwnedPData(event.context, before.data + event.data, event.command, event.last)
        elif (
            isinstance(event, OwnedData)
            and isinstance(before, OwnedData)
            and not before.last
            and before.message_id == event.message_id
        ):
            data = before.data + event.data
            out[-1] = OwnedData(event.context, event.message_id, data, event.last)
        else:
            out.append(event)
    return out


# Tracebacks, reprs and pickles name the place that users import from
Machine.__module__ = OwnedPData.__module__ = OwnedData.__module__ = "dicom_net.testing"
drain.__module__ = outcome.__module__ = feed.__module__ = joined.__module__ = "dicom_net.testing"
