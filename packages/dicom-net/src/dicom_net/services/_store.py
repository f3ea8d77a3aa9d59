"""C-STORE as user: one instance, or many with several requests outstanding (PS3.4 B, PS3.7 9.1.1)."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from dicom_core import DicomError, ValueHandle

from .._errors import AssociationAborted, NegotiationError
from .._operation import Buffer, Give, Operation, Poll, Receive, StopWanted, Write, call
from .._tools import Tools
from ..dimse import Begin, CStoreRQ, CStoreRSP, Data
from ..ul import Abort
from ._store_convert import converted
from ._store_plan import UNCOMPRESSED
from ._store_source import Outgoing
from ._store_types import Conversion, StoreConfig, StoreResult

if TYPE_CHECKING:
    from ..dimse import AcceptedContext, Exchange  # type: ignore[attr-defined, unused-ignore]

__all__ = ["Accepted", "Queue", "store_instance", "store_queue"]

_CHUNK: Final = 1 << 20
"""Bytes of a part of large data sets; what is shorter goes out with its command in one write."""
_TOGETHER: Final = (
    1 << 18
)  # short requests go out together up to here, where the window allows several
_DEFAULT: Final = StoreConfig()


class Accepted:
    """What an association takes, by SOP class and transfer syntax."""

    __slots__ = ("_by_class", "_by_pair", "_config")

    def __init__(self, contexts: "Iterable[AcceptedContext]", config: StoreConfig) -> None:
        self._by_pair: dict[tuple[str, str], int] = {}
        self._by_class: dict[str, dict[str, int]] = {}
        self._config = config
        for context in contexts:
            if context.as_scu:
                self._by_pair.setdefault(
                    (context.abstract_syntax, context.transfer_syntax), context.id
                )
                self._by_class.setdefault(context.abstract_syntax, {}).setdefault(
                    context.transfer_syntax, context.id
                )

    def find(self, instance: Outgoing) -> tuple[int, str]:
        """The context to use and the transfer syntax to send in, which may not be that of the instance.

        `NegotiationError` where there is none that ``conversion`` allows.
        """
        syntax = instance.transfer_syntax
        context = self._by_pair.get((instance.sop_class, syntax))
        if context is not None:
            return context, syntax
        there = self._by_class.get(instance.sop_class, {})
        conversion = self._config.conversion
        if conversion is Conversion.UNCOMPRESSED and syntax in UNCOMPRESSED:
            for uid in there:
                if uid in UNCOMPRESSED:
                    return there[uid], uid
        elif conversion in {Conversion.LOSSLESS, Conversion.LOSSY} and there:
            best = choose(instance, there, self._config)
            if best is not None:
                return there[best], best
        raise NegotiationError(
            f"{_name(instance.sop_class)} in {_name(syntax)}",
            tuple(f"{_name(instance.sop_class)} in {_name(uid)}" for uid in there),
        )


def choose(instance: Outgoing, there: Iterable[str], config: StoreConfig) -> str | None:
    """The best of the transfer syntaxes that an instance can be brought into."""
    from ._store_convert import best_of

    return best_of(instance, there, config)


def _name(uid: str) -> str:
    from dicom_dict import find_uid

    entry = find_uid(uid)
    return uid if entry is None else entry.name


class Done(NamedTuple):
    """What became of one attempt: the result, or why there was none."""

    result: StoreResult | None
    error: Exception | None


class Queue(Protocol):
    """Whose instances `store_queue` sends: it is asked for the next, and told what became of each."""

    def next(self) -> "tuple[int, Outgoing] | None":
        """The next instance and a number of the caller's for it; None when there is none now.

        Asked again after each result, so that an instance can come back.
        """
        ...

    def done(self, number: int, done: Done, /) -> Iterable[object]:
        """An attempt came to its end; what to give to whoever iterates."""
        ...


class _Flight:
    """A request that was sent and has no response yet."""

    __slots__ = ("began", "instance", "message_id", "number", "size", "syntax")

    def __init__(
        self, number: int, instance: Outgoing, message_id: int, syntax: str, size: int, began: float
    ) -> None:
        self.number = number
        self.instance = instance
        self.message_id = message_id
        self.syntax = syntax
        self.size = size
        self.began = began


def store_instance(
    exchange: "Exchange", instance: Outgoing, tools: Tools, config: StoreConfig = _DEFAULT
) -> Operation[StoreResult]:
    """Send one instance; the peer's answer, whatever its status is.

    Raises `NegotiationError` where no context takes it, and what reading or converting it raises; nothing was sent then.
    """
    one = _One(instance)
    yield from store_queue(exchange, one, tools, config)
    assert one.found is not None
    if one.found.error is not None:
        raise one.found.error
    assert one.found.result is not None
    return one.found.result


class _One:
    """A queue of one."""

    __slots__ = ("_instance", "found")

    def __init__(self, instance: Outgoing) -> None:
        self._instance: Outgoing | None = instance
        self.found: Done | None = None

    def next(self) -> tuple[int, Outgoing] | None:
        instance, self._instance = self._instance, None
        return None if instance is None else (0, instance)

    def done(self, _number: int, done: Done, /) -> Iterable[object]:
        self.found = done
        return ()


def store_queue(
    exchange: "Exchange",
    queue: Queue,
    tools: Tools,
    config: StoreConfig = _DEFAULT,
    *,
    window: int | None = None,
    delay: float = 0.0,
    stopped: Callable[[], bool] = lambda: False,
    idle: Callable[[], None] = lambda: None,
    accepted: Accepted | None = None,
) -> Operation[None]:
    """Send what a queue has, with as many requests outstanding as peer and ``window`` allow.

    ``accepted`` are the contexts of the exchange, for who calls this often on one association. ``idle`` is called when
    nothing is left but to wait for an answer: what it does then takes no time of the next instance.

    When ``stopped`` turns true, or the operation ends by an error, requests that are outstanding have no result;
    those that were sent are answered first in the former case.
    """
    sender = _Sender(exchange, queue, tools, config, accepted)
    most = window or 0xFFFF
    while True:
        item = None if sender.unheard or stopped() else queue.next()
        if item is None:
            yield from sender.flush()
            if not sender.flights:
                return
            yield from sender.answer()
            continue
        yield from sender.send(*item)
        if not exchange.free_slots or len(sender.flights) >= most:
            yield from sender.flush()
            idle()
            yield from sender.answer()
        if delay:
            yield from sender.flush()
            yield from call(tools.sleep, delay)


class _Sender:
    """Requests on their way out, and those that wait for their answers."""

    def __init__(
        self,
        exchange: "Exchange",
        queue: Queue,
        tools: Tools,
        config: StoreConfig,
        accepted: Accepted | None = None,
    ) -> None:
        self.exchange = exchange
        self.queue = queue
        self.tools = tools
        self.config = config
        self.accepted = accepted or Accepted(exchange.contexts.values(), config)
        self.flights: deque[_Flight] = deque()
        self.unheard = False
        """Whether whoever iterated has enough: what is outstanding is answered, and nothing more is sent."""
        self._buffers: list[Buffer] = []
        self._size = 0

    def _done(self, number: int, done: Done) -> Operation[None]:
        for item in self.queue.done(number, done):
            if not self.unheard:
                try:
                    yield Give(item)
                except StopWanted:
                    self.unheard = True

    def send(self, number: int, instance: Outgoing) -> Operation[None]:
        try:
            context, syntax = self.accepted.find(instance)
            body = instance.body
            first: bytes | memoryview | None = instance.whole
            if body is None or syntax != instance.transfer_syntax:
                if syntax != instance.transfer_syntax:
                    yield from self.flush()  # this may take long
                body = yield from call(
                    self.tools.in_thread, lambda: converted(instance, syntax, self.config)
                )
                first = None
            if first is None:
                first = body.read_range(0, min(body.length, _CHUNK))
        except (DicomError, OSError) as wrong:
            yield from self._done(number, Done(None, wrong))
            return
        size = body.length
        message_id = self.exchange.next_message_id()
        config = self.config
        begin = Begin(
            context,
            CStoreRQ(
                message_id=message_id,
                affected_sop_class=instance.sop_class,
                affected_sop_instance=instance.sop_instance,
                priority=config.priority,
                move_originator=config.move_originator,
                move_originator_id=config.move_originator_id,
            ),
        )
        flight = _Flight(number, instance, message_id, syntax, size, self.tools.clock())
        self.flights.append(flight)
        if size == len(first):
            self._buffers += self.exchange.send_message(begin, [first])
            self._size += size
            if self._size > _TOGETHER:
                yield from self.flush()
        else:
            yield from self.flush()
            yield from self._send_long(begin, body, first)

    def _send_long(
        self, begin: Begin, body: ValueHandle, first: bytes | memoryview
    ) -> Operation[None]:
        """By chunks: memory holds one, and each is on its way before the next is read."""
        exchange = self.exchange
        message_id = self.flights[-1].message_id
        context, size, at = begin.context, body.length, len(first)
        buffers: list[Buffer] = list(exchange.send(begin))
        buffers += exchange.send(Data(context, message_id, [first], last=False))
        yield Write(buffers)
        while at < size:
            try:
                chunk = body.read_range(at, min(size - at, _CHUNK))
            except (DicomError, OSError) as wrong:
                # half a message is on the wire: nothing can follow it (PS3.8 annex E)
                flight = self.flights.pop()
                yield from self._done(flight.number, Done(None, wrong))
                raise AssociationAborted(Abort(), by_us=True) from wrong
            at += len(chunk)
            yield Write(exchange.send(Data(context, message_id, [chunk], last=at == size)))

    def flush(self) -> Operation[None]:
        """Write what was held back to go out together."""
        if self._buffers:
            buffers, self._buffers, self._size = self._buffers, [], 0
            yield Write(buffers)

    def answer(self) -> Operation[None]:
        """Wait for the oldest response, and take those that came with it."""
        event = yield Receive(self.flights[0].message_id)
        while True:
            flight = self.flights.popleft()
            assert isinstance(event, Begin)
            response = event.command
            assert isinstance(response, CStoreRSP)  # the exchange lets nothing else answer
            result = StoreResult(
                status=response.status,
                sop_class=flight.instance.sop_class,
                sop_instance=flight.instance.sop_instance,
                transfer_syntax=flight.syntax,
                size=flight.size,
                seconds=self.tools.clock() - flight.began,
                comment=response.comment,
            )
            yield from self._done(flight.number, Done(result, None))
            if not self.flights:
                return
            event = yield Poll(self.flights[0].message_id)
            if event is None:
                return


# Tracebacks, reprs and pickles name the place that users import from
Accepted.__module__ = Queue.__module__ = "dicom_net.services"
store_instance.__module__ = store_queue.__module__ = "dicom_net.services"
