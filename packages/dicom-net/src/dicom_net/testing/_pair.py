"""Both ends of an association with an ideal wire between them, and no socket."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from ..dimse import Begin, Data
from ..ul import Buffer, Event, NeedData, Paused, Role, State
from ._feed import Received, drain, feed

__all__ = ["End", "Pair"]


class End(Protocol):
    """One end: a `dicom_net.ul.Connection` or a `dicom_net.dimse.Exchange`."""

    @property
    def state(self) -> State:
        """The state of the association."""
        ...

    def connected(self, now: float) -> list[Buffer]:
        """The transport is open."""
        ...

    def receive_data(self, data: Buffer, now: float) -> None:
        """Bytes that came."""
        ...

    def next_event(self) -> Event | Begin | Data | NeedData | Paused:
        """What the peer said next."""
        ...


M = TypeVar("M", bound=End)


class Pair(Generic[M]):
    """A requestor and an acceptor. What one sends, the other receives as events, through a poisoned buffer.

    ``hold`` keeps the bytes of one end back until ``deliver``, so that two messages cross on the wire.
    ``now`` is the time at both ends; tests set it.
    """

    def __init__(self, requestor: M, acceptor: M) -> None:
        self.ends = {Role.REQUESTOR: requestor, Role.ACCEPTOR: acceptor}
        self.now = 0.0
        self._held: dict[Role, bytearray] = {
            Role.REQUESTOR: bytearray(),
            Role.ACCEPTOR: bytearray(),
        }

    @property
    def requestor(self) -> M:
        """The end that asks for the association."""
        return self.ends[Role.REQUESTOR]

    @property
    def acceptor(self) -> M:
        """The end that is asked."""
        return self.ends[Role.ACCEPTOR]

    def connect(self) -> list[Received]:
        """Open the transport at both ends; what the acceptor then receives."""
        self.acceptor.connected(self.now)
        return self.carry(Role.REQUESTOR, self.requestor.connected(self.now))

    def carry(self, role: Role, buffers: Sequence[Buffer]) -> list[Received]:
        """Take what an end sent to the other one; what that receives."""
        self.hold(role, buffers)
        return self.deliver(role)

    def hold(self, role: Role, buffers: Sequence[Buffer]) -> None:
        """Keep what an end sent."""
        for buffer in buffers:
            self._held[role] += buffer

    def deliver(self, role: Role) -> list[Received]:
        """Take all that was kept of an end to the other one; what that receives."""
        data = bytes(self._held[role])
        self._held[role].clear()
        return feed(self.ends[role.other], data, self.now)

    def close(self, role: Role) -> list[Received]:
        """An end closed the transport; what the other one receives."""
        other = self.ends[role.other]
        other.receive_data(b"", self.now)
        return drain(other)


# Tracebacks, reprs and pickles name the place that users import from
End.__module__ = Pair.__module__ = "dicom_net.testing"
