"""A service's protocol logic, written once: a generator that says what it needs and is given it.

An operation does no I/O. It makes messages with a `dicom_net.dimse.Exchange` and yields steps; a door
(`dicom_net.transport`, `dicom_net.blocking`) performs each and sends back what came of it.
Operations are written with the helper generators below, so that each answer has its type:

    def echo(exchange: Exchange, context: int) -> Operation[CEchoRSP]:
        request = CEchoRQ(message_id=exchange.next_message_id(), ...)
        yield from write(exchange.send(Begin(context, request)))
        event = yield from receive(request.message_id)
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from enum import Enum, auto
from typing import Final, Literal, ParamSpec, TypeAlias, TypeGuard, TypeVar, cast, overload

from .dimse import Begin, Data

__all__ = [
    "END",
    "Buffer",
    "Call",
    "End",
    "Give",
    "Operation",
    "Poll",
    "Pull",
    "Receive",
    "Step",
    "StopWanted",
    "Write",
    "call",
    "give",
    "is_awaitable",
    "poll",
    "pull",
    "receive",
    "write",
]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

Buffer: TypeAlias = bytes | bytearray | memoryview


class _End(Enum):
    END = auto()


END: Final = _End.END
"""What `pull` gives when there is nothing more."""
End: TypeAlias = Literal[_End.END]


class Write:
    """Put these buffers on the wire, whole and in order, before anything else of this association."""

    __slots__ = ("buffers",)

    def __init__(self, buffers: Sequence[Buffer]) -> None:
        self.buffers = buffers


class Receive:
    """Wait for the next event that belongs to this operation.

    The views of a `Data` are borrowed: they are good until the operation's next step.
    """

    __slots__ = ("message_id",)

    def __init__(self, message_id: int) -> None:
        self.message_id = message_id


class Poll:
    """The next event that belongs to this operation if it is there already, or None; never waits."""

    __slots__ = ("message_id",)

    def __init__(self, message_id: int) -> None:
        self.message_id = message_id


class Call:
    """Call a function of the user's; what it returns is awaited where it is awaitable."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function


class Pull:
    """The next item of the user's iterator, async or not, or `END`."""

    __slots__ = ("source",)

    def __init__(self, source: AsyncIterator[object] | Iterator[object]) -> None:
        self.source = source


class Give:
    """Hand an item to whoever iterates over the operation, and go on when he wants the next.

    When he wants none, `StopWanted` is raised here instead; where nobody iterates, the item is dropped.
    """

    __slots__ = ("item",)

    def __init__(self, item: object) -> None:
        self.item = item


class StopWanted(Exception):
    """Raised at a `Give` when whoever iterates has enough.

    The operation then brings its requests to an end (C-CANCEL, and what the peer still sends) and returns;
    where it lets this pass, the association is aborted, since it stands in the middle of a message.
    """


Step: TypeAlias = Write | Receive | Poll | Call | Pull | Give
Operation: TypeAlias = Generator[Step, object, R]


def is_awaitable(value: object) -> TypeGuard[Awaitable[object]]:
    """What ``isinstance(value, Awaitable)`` says, in a third of its time: it is asked for every instance."""
    return hasattr(type(value), "__await__")


def write(buffers: Sequence[Buffer]) -> Operation[None]:
    """Put these buffers on the wire."""
    yield Write(buffers)


def receive(message_id: int) -> Operation[Begin | Data]:
    """The next event that belongs to a message: a response to it, a request within it, or data of either."""
    event = yield Receive(message_id)
    assert isinstance(event, (Begin, Data))
    return event


def poll(message_id: int) -> Operation[Begin | Data | None]:
    """The next event that belongs to a message, if it is there already."""
    event = yield Poll(message_id)
    assert event is None or isinstance(event, (Begin, Data))
    return event


@overload
def call(
    function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> Operation[T]: ...
@overload
def call(
    function: Callable[P, Awaitable[T] | T], *args: P.args, **kwargs: P.kwargs
) -> Operation[T]: ...
def call(
    function: Callable[P, Awaitable[T] | T], *args: P.args, **kwargs: P.kwargs
) -> Operation[T]:
    """What the user's function returns, awaited where it is awaitable."""
    return cast("T", (yield Call(lambda: function(*args, **kwargs))))


def pull(source: AsyncIterator[T] | Iterator[T]) -> Operation[T | End]:
    """The next item of the user's iterator, or `END`."""
    return cast("T | End", (yield Pull(source)))


def give(item: object) -> Operation[None]:
    """Hand an item to whoever iterates; raises `StopWanted` when he has enough."""
    yield Give(item)


# Tracebacks, reprs and pickles name the place that users import from
StopWanted.__module__ = "dicom_net.services"
for _function in (call, give, poll, pull, receive, write):
    _function.__module__ = "dicom_net.services"
