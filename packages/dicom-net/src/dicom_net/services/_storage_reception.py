"""One instance on its way from an association into a receiver."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from dicom_core.store import Expected, Receipt, drive

from .._errors import LimitExceeded
from .._operation import Call, Operation, Receive, is_awaitable
from .._part10 import file_head
from ..dimse import Data
from ._provider import Seat
from ._storage_failure import OUT_OF_RESOURCES, Failure, failure_of
from ._storage_look import Look, look_at
from ._storage_types import Announced, Arrival, ReceivedObject, Receiver, StoredFile, commit_blocks

if TYPE_CHECKING:
    from ._storage import StorageProvider

__all__ = ["Reception"]

T = TypeVar("T")


def _itself(value: T) -> T:
    return value


class Reception:
    """One instance on its way in."""

    __slots__ = (
        "_arrival",
        "_head",
        "_look",
        "_message_id",
        "_provider",
        "_result",
        "_seat",
        "announced",
        "complete",
        "size",
    )

    def __init__(
        self, provider: "StorageProvider", seat: Seat, announced: Announced, message_id: int
    ) -> None:
        self._provider = provider
        self._seat = seat
        self._message_id = message_id
        self.announced = announced
        self.size = 0
        self.complete = False
        self._arrival: Arrival | None = None
        self._head = b""
        self._look = Look()
        self._result: object = None

    def take(self) -> Operation[None]:
        """The data set, into the receiver."""
        provider, announced, info = self._provider, self.announced, self._seat.info
        self._head = file_head(
            announced.sop_class,
            announced.sop_instance,
            announced.transfer_syntax,
            sender=info.calling,
            receiver=info.called,
        )
        most = provider.settings.instance_size
        pending = []
        if provider.holds:
            yield from self._take_looking()
        else:
            made = self._begin(provider.receiver)
            if is_awaitable(made):  # of plain functions nothing is waited for
                yield from self._wait_for(made)
            pending = [self._head]  # goes with the first piece of data, in one call
        receive = Receive(self._message_id)
        while not self.complete:
            event = yield receive
            assert isinstance(
                event, Data
            )  # the exchange lets nothing else belong to a C-STORE request
            self.complete = event.last
            self.size += sum(map(len, event.views))
            if self.size > most:
                raise Failure(OUT_OF_RESOURCES, "the data set is longer than is taken")
            if pending:
                self._write([*pending, *event.views])
                pending = []
            else:
                self._write(event.views)

    def _take_looking(self) -> Operation[None]:
        """Hold the beginning, look at it, and only then open the receiver."""
        provider = self._provider
        held = bytearray()
        while not self.complete and len(held) < provider.holds:
            event = yield Receive(self._message_id)
            assert isinstance(event, Data)
            self.complete = event.last
            for view in event.views:
                held += view
        self.size = len(held)
        self._look = look_at(
            self._head, bytes(held), self.announced, provider.settings, whole=self.complete
        )
        if self._look.status:
            yield from self._put_aside(held)
            raise Failure(self._look.status, self._look.error)
        yield from self._open(provider.receiver)
        self._write([self._head, bytes(held)])

    def _put_aside(self, held: bytearray) -> Operation[None]:
        """Keep what is refused for somebody to look at."""
        quarantine = self._provider.quarantine
        if quarantine is None:
            return
        yield from self._open(quarantine)
        self._write([self._head, bytes(held)])
        while not self.complete:
            event = yield Receive(self._message_id)
            assert isinstance(event, Data)
            self.complete = event.last
            self._write(event.views)
        yield from self._commit(quarantine)

    def _open(self, receiver: Receiver) -> Operation[None]:
        made = self._begin(receiver)
        if is_awaitable(made):
            yield from self._wait_for(made)

    def _begin(self, receiver: Receiver) -> object:
        """Open the receiver; what it gives is to be waited for where it is awaitable."""
        announced = self.announced
        expected = Expected(
            sop_class=announced.sop_class,
            sop_instance=announced.sop_instance,
            transfer_syntax=announced.transfer_syntax,
            sender=self._seat.info.calling,
        )
        try:
            made = receiver.receive(expected)
        except Exception as wrong:
            raise self._failure(wrong) from wrong
        finally:
            if self._provider.watches:
                self._provider.watch_space(self._seat)
        if not is_awaitable(made):
            self._arrival = cast("Arrival", made)
        return made

    def _wait_for(self, made: object) -> Operation[None]:
        try:
            self._arrival = cast("Arrival", (yield Call(partial(_itself, made))))
        except Exception as wrong:
            raise self._failure(wrong) from wrong
        finally:
            if self._provider.watches:
                self._provider.watch_space(self._seat)

    def _write(self, views: "Iterable[bytes | memoryview]") -> None:
        assert self._arrival is not None
        try:
            self._arrival.write(views)
        except Exception as wrong:  # stores are other people's, too; the next lines tell them apart
            raise self._failure(wrong) from wrong

    def keep(self) -> Operation[int]:
        """Commit it and tell the program; the status for the sender."""
        provider = self._provider
        yield from self._commit(provider.receiver)
        if provider.reports or provider.on_received is not None:
            status = yield from self._report()
            if status:
                return status
        return self._look.warning

    def _commit(self, receiver: Receiver) -> Operation[None]:
        arrival = self._arrival
        assert arrival is not None
        seat = self._seat
        try:
            if commit_blocks(receiver, arrival):
                self._result = yield Call(lambda: seat.perform(arrival.commit, in_thread=True))
            else:
                kept = arrival.commit()
                if is_awaitable(kept):
                    kept = yield Call(partial(_itself, kept))
                self._result = kept
        except Exception as wrong:
            raise self._failure(wrong) from wrong
        self._arrival = None

    def _report(self) -> Operation[int]:
        provider, seat = self._provider, self._seat
        received = self.received()
        answer: object = None
        handler = provider.handler
        if handler is not None and provider.reports:
            answer = yield from provider.ask(
                seat, handler.did_receive, lambda: handler.did_receive(received)
            )
        on_received = provider.on_received
        if on_received is not None:
            yield from provider.ask(seat, on_received, lambda: on_received(received))
        if isinstance(answer, int) and answer:
            return answer
        return 0

    def received(self) -> ReceivedObject:
        """What came, for the program."""
        announced, result = self.announced, self._result
        in_memory = isinstance(result, bytes)
        return ReceivedObject(
            info=self._seat.info,
            sop_class=announced.sop_class,
            sop_instance=announced.sop_instance,
            transfer_syntax=announced.transfer_syntax,
            size=self.size,
            received=self._provider.now(),
            path=result.path if isinstance(result, StoredFile) else None,
            receipt=result if isinstance(result, StoredFile | Receipt) else None,
            validation=self._look.validation,
            data=result[len(self._head) :] if in_memory else None,  # type: ignore[index] # bytes, then
        )

    def drain(self) -> Operation[None]:
        """Let the rest of a refused data set go by, for a while."""
        left = self._provider.settings.drain
        while not self.complete:
            event = yield Receive(self._message_id)
            assert isinstance(event, Data)
            self.complete = event.last
            for view in event.views:
                left -= len(view)
            if left < 0:
                raise LimitExceeded("drain", self._provider.settings.drain, "a refused data set")

    def discard(self) -> None:
        """Nothing is kept. Does nothing after `keep`."""
        arrival, self._arrival = self._arrival, None
        if arrival is None:
            return
        try:
            forgotten = arrival.discard()
            if forgotten is not None:
                drive(forgotten)  # type: ignore[arg-type] # a coroutine, as of every `Store`
        except Exception:
            self._provider.log.exception(
                "association %d: an instance could not be discarded", self._seat.info.number
            )

    def _failure(self, wrong: Exception) -> Failure:
        return failure_of(wrong, self._provider.log, self._seat.info.number)
