"""Which operation an event of an association belongs to: what both doors share of it, without I/O.

Several operations may stand on one association. There is no task or thread that only reads: of those
that wait for the peer, one reads for all, and this says to whom each event goes.
"""

import math
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from ._errors import AssociationAborted, ConnectionLost, DeadlineExceeded, TimeoutKind
from .dimse import Begin, CCancelRQ, Data
from .dimse._command import Requested, Responded
from .ul import NEED_DATA, PAUSED, Abort, ConnectionClosed, NeedData, ReleaseRQ, Role

if TYPE_CHECKING:
    from .dimse import Exchange

__all__ = ["BUSY", "Box", "Busy", "Patience", "Router"]

MANY: Final = 64
"""How many events wait in the box of an operation that does something else, before reading stops."""


class _Busy(Enum):
    BUSY = auto()


BUSY: Final = _Busy.BUSY
"""Nothing can be read now: what comes next is for another, who has to take it first."""
Busy: TypeAlias = Literal[_Busy.BUSY]


class Patience:
    """How long to wait for the peer: for anything at all, and for the whole of what is waited for."""

    __slots__ = ("doing", "extend", "kind", "seconds", "silence", "until")

    def __init__(
        self,
        silence: float,
        until: float = math.inf,
        kind: TimeoutKind = TimeoutKind.READ,
        seconds: float = 0.0,
        doing: str | int = "",
        extend: Callable[[float], float] | None = None,
    ) -> None:
        self.extend = extend
        """Asked when the time is over: until when it may go on."""
        self.silence = silence
        self.until = until
        self.kind = kind
        self.seconds = seconds
        self.doing = doing
        """For the error; a number is the message ID of an operation."""

    def lost(self, now: float) -> DeadlineExceeded:
        """The error for time that ran out."""
        doing = self.doing
        if isinstance(doing, int):
            doing = f"waiting for the peer in operation {doing}"
        if now >= self.until:
            return DeadlineExceeded(self.kind, self.seconds, doing)
        return DeadlineExceeded(TimeoutKind.READ, self.silence, doing)


class Box:
    """The events of one message and of its answers, in the order in which they came.

    ``wake`` is set while somebody waits for them.
    """

    __slots__ = ("events", "final", "patience", "wake")

    def __init__(self) -> None:
        self.events: list[Begin | Data | ReleaseRQ] = []  # few: a deque is half a kilobyte
        self.final = False  # the final response came, and its data set is still to come
        self.patience: Patience | None = None
        self.wake: Callable[[], None] | None = None


class Router:
    """Shares an exchange's events out.

    ``serves`` says whether somebody takes new requests from `requests`: at an acceptor, its server does.
    """

    __slots__ = (
        "_copying",
        "_exchange",
        "_nobody",
        "_ours",
        "_owner",
        "_theirs",
        "requests",
        "serves",
        "unserved",
    )

    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self._ours: dict[int, Box] = {}  # by the message IDs of our requests
        self._theirs: dict[int, Box] = {}  # by those of the peer's
        self._owner: Box | None = None  # whose data comes next
        self._copying = False  # and whether that is put into the owner's box, as bytes
        self._nobody = Box()  # to whom the data set of an unserved request goes
        self.requests = Box()
        self.serves = exchange.connection.role is Role.ACCEPTOR
        self.unserved: list[Begin] = []
        """Requests that nobody takes, and that are to be refused now that they are whole."""

    @property
    def in_message(self) -> bool:
        """Whether a data set has begun and not ended."""
        return self._owner is not None

    @property
    def owner(self) -> Box | None:
        """Who has to read now, or None when everybody may."""
        return None if self._copying else self._owner

    def ours(self, message_id: int) -> Box:
        """Where the answers to a request of ours go."""
        return self._ours.get(message_id) or self._ours.setdefault(message_id, Box())

    def serve(self, begin: Begin) -> Box:
        """Where the data set of a request goes, and what cancels it, from now on."""
        box = Box()
        assert isinstance(begin.command, Requested)
        self._theirs[begin.command.message_id] = box
        if self._owner is self.requests:
            self._owner = box
        return box

    def served(self, begin: Begin) -> None:
        """A request is answered."""
        assert isinstance(begin.command, Requested)
        self._theirs.pop(begin.command.message_id, None)

    def pull(self, box: Box) -> Begin | Data | ReleaseRQ | NeedData | Busy:
        """The next event of a box; those of others are put into theirs, and they are woken.

        Raises what ends the association: `RemoteProtocolError`, `AssociationAborted`, `ConnectionLost`.
        """
        while True:
            if box.events:
                return self._taken(box, box.events.pop(0))
            owner = self._owner
            if owner is box:
                self._copying = False  # from here on it is read from the buffer
            elif owner is not None and not self._copying:
                return BUSY
            event = self._exchange.next_event()
            if type(event) is Data:
                if event.last:
                    self._owner = None
                if owner is box:
                    return self._taken(box, event)
                assert owner is not None
                if owner is not self._nobody:
                    owner.events.append(_owned(event))
            elif type(event) is Begin:
                target = self._target(event)
                if target is self.requests and not self.serves:
                    self.unserved.append(event)
                    if event.command.has_data:
                        self._owner, self._copying = self._nobody, True
                elif target is box:
                    if event.command.has_data:
                        self._owner, self._copying = box, False
                    return self._taken(box, event)
                elif target is not None:
                    self._deliver(target, event)
            elif event is NEED_DATA:
                return NEED_DATA
            elif type(event) is ReleaseRQ:
                if not self.serves:
                    raise ConnectionLost("the peer released the association")
                self._deliver(self.requests, event)
            elif type(event) is Abort:
                raise AssociationAborted(event)
            elif type(event) is ConnectionClosed or event is PAUSED:
                raise ConnectionLost
            else:
                raise AssertionError(f"{type(event).__name__} on an association that stands")

    def _taken(self, box: Box, event: Begin | Data | ReleaseRQ) -> Begin | Data | ReleaseRQ:
        """Forget a request of ours with the last that belongs to it."""
        if type(event) is Begin:
            command = event.command
            if isinstance(command, Responded) and not command.is_pending:
                if command.has_data:
                    box.final = True
                else:
                    self._ours.pop(command.responded_to, None)
        elif type(event) is Data and box.final and event.last:
            self._ours.pop(event.message_id, None)
        return event

    def _target(self, begin: Begin) -> Box | None:
        command = begin.command
        if isinstance(command, Responded):
            return self.ours(command.responded_to)
        if isinstance(command, CCancelRQ):
            return self._theirs.get(
                command.responded_to
            )  # too late, and meant for nobody, is legal
        getting = self._exchange.getting  # whose instances come as requests (PS3.7 9.1.3)
        return self.requests if getting is None else self.ours(getting)

    def _deliver(self, target: Box, event: Begin | ReleaseRQ) -> None:
        target.events.append(event)
        if type(event) is Begin and event.command.has_data:
            self._owner = target
            # Whoever waits reads what follows from the buffer. Whoever does something else gets copies of answers,
            # which are small, since he may be the one that the reader was called by; requests wait unread.
            self._copying = target.wake is None and isinstance(event.command, Responded)
            if len(target.events) >= MANY:
                self._copying = False
        if target.wake is not None:
            target.wake()


def _owned(data: Data) -> Data:
    return Data(data.context, data.message_id, [b"".join(data.views)], last=data.last)
