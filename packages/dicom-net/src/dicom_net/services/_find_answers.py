"""The answers to one C-FIND, on their way from a store or a function to the peer."""

import logging
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Sequence,
)
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, isroutine
from typing import TYPE_CHECKING, Final, cast

from attrs import frozen

from dicom_core import Dataset
from dicom_core.query import Query
from dicom_core.store import StoreError

from .._errors import StatusError
from .._logging import escaped, shows_patients
from .._operation import END, Buffer, Call, End, Operation, call, poll, write
from ..dimse import Begin, CCancelRQ, CFindRQ, CFindRSP
from ._find_types import FindRequest
from ._identifier import encode_identifier

if TYPE_CHECKING:
    from ._find_provider import FindProvider
    from ._provider import Seat

__all__ = ["Answers", "Ending"]

_log: Final = logging.getLogger("dicom_net.query")

_SUCCESS: Final = 0x0000
# PS3.4 table C.4-1
_OUT_OF_RESOURCES: Final = 0xA700
_UNABLE_TO_PROCESS: Final = 0xC000
_CANCELLED: Final = 0xFE00
_PENDING: Final = 0xFF00
_PENDING_KEYS_UNSUPPORTED: Final = 0xFF01

_LOT: Final = 1 << 14
"""Bytes of answers that are written at once, where nobody waited for them."""
_RETRIEVE_AE: Final = 0x00080054

_NONE: Final[tuple[Dataset, ...]] = ()


@frozen
class Ending:
    """How a query ends."""

    status: int
    comment: str = ""


class _Failed(Exception):
    """The source of the answers failed."""

    def __init__(self, end: Ending) -> None:
        super().__init__(end)
        self.end = end


class Answers:
    """The answers to one request.

    They are at hand (`_ready`: what a function gave, a page of a store, or one item), or the next of them is a step that
    may wait. Before such a step everything that is at hand was sent, unless the provider was told that
    its source never waits.
    """

    def __init__(self, provider: "FindProvider", seat: "Seat", asked: FindRequest) -> None:
        self.provider = provider
        self.seat = seat
        self.asked = asked
        self.count = 0
        self._source: AsyncIterator[object] | Iterator[object] | None = None
        self._ready: Iterator[Dataset] = iter(_NONE)
        self._in_pages = False
        self._is_empty = False  # the page that came last
        self._in_thread = False
        self._waits = provider.settings.blocking
        self._advance_step = Call(self._perform)
        retrieve_ae = provider.settings.retrieve_ae
        self._title = seat.info.called if retrieve_ae is None else retrieve_ae

    def send(self, begin: Begin, request: CFindRQ) -> Operation[Ending]:
        """Send all of them; how it ended."""
        exchange, query = self.seat.exchange, self.asked.query
        message_id, limit = request.message_id, self.provider.settings.limit
        pending = Begin(
            begin.context,
            CFindRSP(
                responded_to=message_id,
                status=_PENDING_KEYS_UNSUPPORTED if query.ignored else _PENDING,
                affected_sop_class=request.affected_sop_class,
                has_data=True,
            ),
        )
        unsent: list[Buffer] = []
        size = 0
        end: Ending | None = None
        while end is None:
            more = True
            try:
                if self._source is None:
                    yield from self._open()
                item = self._at_once()
                if item is END:
                    more = False
                elif limit is not None and self.count >= limit:
                    end = Ending(_OUT_OF_RESOURCES, f"more than {limit} matches")
                else:
                    data = self._encoded(item, begin.context)
                    unsent += exchange.send_message(pending, [data])
                    self.count += 1
                    size += len(data)
            except _Failed as failed:
                end = failed.end
            # Writing one by one would cost as much as making them; but nobody shall wait for what we have
            if unsent and (size >= _LOT or end is not None or (not more and self._waits)):
                yield from write(unsent)
                unsent, size = [], 0
                if (yield from _is_cancelled(message_id)):
                    end = Ending(_CANCELLED)
            if end is None and not more:
                try:
                    if not (yield from self._fill()):
                        end = Ending(_SUCCESS)
                    # A store may look for long before it finds something
                    elif self._is_empty and (yield from _is_cancelled(message_id)):
                        end = Ending(_CANCELLED)
                except _Failed as failed:
                    end = failed.end
                if end is not None and unsent:
                    yield from write(unsent)
        return end

    def _open(self) -> Operation[None]:
        provider, query = self.provider, self.asked.query
        found: object
        if provider.store is not None:
            pages = _paged(provider.store)
            self._in_pages = pages is not None
            found = provider.store.search(query) if pages is None else pages(query)
        else:
            assert provider.handler is not None
            handler, asked = provider.handler, self.asked
            blocking = provider.settings.blocking
            threaded = blocking and not _only_makes(handler)
            try:
                found = yield Call(
                    lambda: self.seat.perform(lambda: handler(asked), in_thread=threaded)
                )
            except Exception as error:
                raise _failed(error) from error
            if isinstance(found, Iterable):
                self._in_thread = blocking and not isinstance(found, Collection)
                if not self._in_thread:
                    self._waits = False
                    self._ready = iter(found)
                    self._source = iter(_NONE)
                    return
        if isinstance(found, AsyncIterable):
            self._source = aiter(found)
        elif isinstance(found, Iterable):
            self._source = iter(found)
        else:
            raise _failed(TypeError(f"a handler of queries gave {type(found).__name__}"))

    def _at_once(self) -> Dataset | End:
        try:
            return next(self._ready, END)
        except Exception as error:
            raise _failed(error) from error

    def _fill(self) -> Operation[bool]:
        """Have something at hand again; False where there is nothing more.

        It must not take longer than a function of the program may.
        """
        try:
            found = yield self._advance_step
        except Exception as error:
            raise _failed(error) from error
        if found is END:
            return False
        ready = cast("Sequence[Dataset]", found if self._in_pages else (found,))
        self._is_empty = not ready
        self._ready = iter(ready)
        return True

    def _perform(self) -> object:
        return self.seat.perform(self._advance, in_thread=self._in_thread)

    def _advance(self) -> Awaitable[object] | object:
        source = self._source
        if isinstance(source, AsyncIterator):
            return anext(source, END)
        return next(cast("Iterator[object]", source), END)

    def _encoded(self, item: Dataset, context: int) -> bytes:
        try:
            if self.provider.store is None:
                item = self.asked.query.project(item)
            if self._title and self.asked.query.level is not None and not item.get(_RETRIEVE_AE):
                item.set(_RETRIEVE_AE, "AE", self._title)
            return encode_identifier(self.seat.exchange, context, item)
        except Exception as error:
            raise _failed(error) from error

    def close(self) -> Operation[None]:
        """Let the source clean up."""
        for source in (self._source, self._ready):
            closer = getattr(source, "aclose", None) or getattr(source, "close", None)
            if closer is not None:
                try:
                    yield from call(closer)
                except Exception as error:  # noqa: BLE001 - the answers are sent; the log is told
                    _failed(error)


def _is_cancelled(message_id: int) -> Operation[bool]:
    """Whether the peer wants no more answers."""
    event = yield from poll(message_id)
    return isinstance(event, Begin) and isinstance(event.command, CCancelRQ)


_Pages = Callable[[Query], AsyncIterator[Sequence[Dataset]]]


def _paged(store: object) -> "_Pages | None":
    """How a store gives its answers a page at a time, where it can: a step of its own for each would be most of the cost."""
    return cast("_Pages | None", getattr(store, "search_pages", None))


def _failed(error: Exception) -> _Failed:
    """The peer is told that it failed, the log why; what the store or the function says may name a patient."""
    if isinstance(error, StatusError):
        return _Failed(Ending(error.status, error.comment or ""))
    if isinstance(error, StoreError):  # which says nothing of what it holds
        _log.warning("a query cannot be answered: %s", escaped(str(error)))
        status = _OUT_OF_RESOURCES if error.retryable else _UNABLE_TO_PROCESS
        return _Failed(Ending(status, str(error)))
    _log.error("a query cannot be answered: %s", type(error).__name__, exc_info=shows_patients())
    return _Failed(Ending(_UNABLE_TO_PROCESS))


def _only_makes(handler: object) -> bool:
    """Whether calling it only makes something that is awaited or iterated later."""
    function = handler if isroutine(handler) else getattr(handler, "__call__", handler)  # noqa: B004
    return (
        iscoroutinefunction(function)
        or isasyncgenfunction(function)
        or isgeneratorfunction(function)
    )
