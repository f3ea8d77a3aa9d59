"""C-FIND: for the one who answers (PS3.4 C.4.1.3, K.4.1.3), from any store or from a function."""

import logging
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Collection,
    Iterable,
    Iterator,
)
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, isroutine
from typing import TYPE_CHECKING, Final, cast

from attrs import evolve, frozen

from dicom_core import Dataset, DicomError, LimitExceeded, read_dataset
from dicom_core.query import (
    MatchOptions,
    Query,
    QueryError,
    from_identifier,
)
from dicom_core.store import Store

from .._errors import StatusError
from .._logging import query_made, shows_patients
from .._operation import END, Buffer, Call, End, Operation, call, poll, write
from ..dimse import Begin, CCancelRQ, CFindRQ, CFindRSP, refusal
from ._find import FIND, SYNTAXES
from ._find_options import granted, negotiated, options_of
from ._find_types import FindHandler, FindRequest, FindSettings
from ._identifier import collect, encode_identifier
from ._refuse import refuse

if TYPE_CHECKING:
    from .._negotiation import Offer
    from ._provider import Seat

__all__ = ["FindProvider"]

_log: Final = logging.getLogger("dicom_net.query")

_SUCCESS: Final = 0x0000
_NOT_SUPPORTED: Final = 0x0122
_UNRECOGNIZED_OPERATION: Final = 0x0211
# PS3.4 table C.4-1
_OUT_OF_RESOURCES: Final = 0xA700
_DOES_NOT_MATCH: Final = 0xA900
_UNABLE_TO_PROCESS: Final = 0xC000
_CANCELLED: Final = 0xFE00
_PENDING: Final = 0xFF00
_PENDING_KEYS_UNSUPPORTED: Final = 0xFF01

_LOT: Final = 1 << 14
"""Bytes of answers that are written at once, where nobody waited for them."""
_RETRIEVE_AE: Final = 0x00080054


class FindProvider:
    """Answers queries from a store, or from a function of the program.

    What a function gives is reduced to what was asked for (`Query.project`); matching is its own matter, for
    which it has `Query.matches`.
    """

    def __init__(
        self,
        source: Store | FindHandler,
        settings: FindSettings = FindSettings(),  # noqa: B008 - frozen
    ) -> None:
        self.store = source if isinstance(source, Store) else None
        self.handler = cast("FindHandler | None", None if self.store is not None else source)
        self.settings = settings
        options = settings.options
        if options is None:
            everything = self.store is not None
            options = MatchOptions(
                relational=everything,
                combined_datetime=everything,
                fuzzy_names=everything,
                timezone=everything,
            )
        self._options = options
        self._models = {FIND[model]: model for model in settings.models}

    def offers(self) -> "Iterable[Offer]":
        """See `Provider.offers`."""
        from .._negotiation import Offer

        answer = negotiated(self._options)
        return [Offer(sop_class, SYNTAXES, extended=answer) for sop_class in self._models]

    def respond(self, seat: "Seat", begin: Begin) -> Operation[None]:
        """See `Provider.respond`."""
        request = begin.command
        exchange = seat.exchange
        context = exchange.contexts[begin.context]
        if not isinstance(request, CFindRQ):
            yield from refuse(exchange, begin, _UNRECOGNIZED_OPERATION)
            return
        if request.affected_sop_class != context.abstract_syntax or (
            request.affected_sop_class not in self._models
        ):
            yield from refuse(exchange, begin, _NOT_SUPPORTED)
            return
        data = yield from collect(request.message_id, self.settings.identifier)
        try:
            identifier = read_dataset(data, context.transfer_syntax)
            query = self._query(seat, request, identifier)
        except QueryError as wrong:
            end = _End(_DOES_NOT_MATCH, f"{wrong.text} {wrong.key}")
        except LimitExceeded as much:
            end = _End(_OUT_OF_RESOURCES, f"more than {much.limit}")
        except DicomError:
            end = _End(_UNABLE_TO_PROCESS, "the identifier cannot be read")
        else:
            asked = FindRequest(
                query=query,
                identifier=identifier,
                sop_class=request.affected_sop_class,
                priority=request.priority,
                info=seat.info,
            )
            end = yield from self._answer(seat, begin, request, asked)
        final = refusal(request, end.status, end.comment)
        yield from write(exchange.send(Begin(begin.context, final)))

    def _query(self, seat: "Seat", request: CFindRQ, identifier: Dataset) -> Query:
        agreed = options_of(granted(seat.exchange, request.affected_sop_class))
        options = evolve(
            self._options,
            relational=agreed.relational,
            combined_datetime=agreed.combined_datetime,
            fuzzy_names=agreed.fuzzy_names,
            timezone=agreed.timezone,
        )
        query = from_identifier(identifier, self._models[request.affected_sop_class], options)
        if self.settings.check_levels:
            # Everybody forgives an identifier that lacks the unique key of its own level: it is returned all the same
            evolve(query, all_fields=True).check_levels()
        return query

    def _answer(
        self, seat: "Seat", begin: Begin, request: CFindRQ, asked: FindRequest
    ) -> Operation["_End"]:
        """Send the matches, one by one; how it ended."""
        answers = _Answers(self, seat, asked)
        try:
            end = yield from answers.send(begin, request)
        except GeneratorExit:
            raise  # nobody performs our steps any more
        except BaseException:
            yield from answers.close()
            raise
        yield from answers.close()
        level = str(asked.query.level or asked.query.model)
        keys = [str(key.keyword) for key in asked.query.keys if key.is_matching]
        query_made(seat.info.number, level, keys, answers.count)
        return end


@frozen
class _End:
    status: int
    comment: str = ""


class _Failed(Exception):
    """The source of the answers failed."""

    def __init__(self, end: _End) -> None:
        super().__init__(end)
        self.end = end


class _Answers:
    """The answers to one request, on their way from the source to the peer."""

    def __init__(self, provider: FindProvider, seat: "Seat", asked: FindRequest) -> None:
        self.provider = provider
        self.seat = seat
        self.asked = asked
        self.count = 0
        self._source: AsyncIterator[Dataset] | Iterator[Dataset] | None = None
        self._in_thread = False
        self._is_at_hand = False  # the next item is taken without any step
        self._in_lots = not provider.settings.blocking
        self._advance_step = Call(self._perform)
        retrieve_ae = provider.settings.retrieve_ae
        self._title = seat.info.called if retrieve_ae is None else retrieve_ae

    def send(self, begin: Begin, request: CFindRQ) -> Operation[_End]:
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
        end: _End | None = None
        while end is None:
            try:
                if self._source is None:
                    yield from self._open()
                item = self._at_once() if self._is_at_hand else (yield from self._next())
                if item is END:
                    end = _End(_SUCCESS)
                elif limit is not None and self.count >= limit:
                    end = _End(_OUT_OF_RESOURCES, f"more than {limit} matches")
                else:
                    data = self._encoded(item, begin.context)
                    unsent += exchange.send_message(pending, [data])
                    self.count += 1
                    size += len(data)
            except _Failed as failed:
                end = failed.end
            # Where nobody waits for the next, writing one by one would cost as much as making them
            if unsent and not (self._in_lots and end is None and size < _LOT):
                yield from write(unsent)
                unsent, size = [], 0
                event = yield from poll(message_id)
                if isinstance(event, Begin) and isinstance(event.command, CCancelRQ):
                    end = _End(_CANCELLED)
        return end

    def _open(self) -> Operation[None]:
        provider, query = self.provider, self.asked.query
        found: object
        if provider.store is not None:
            found = provider.store.search(query)
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
                self._is_at_hand = self._in_lots = not self._in_thread
        if isinstance(found, AsyncIterable):
            self._source = aiter(found)
        elif isinstance(found, Iterable):
            self._source = iter(found)
        else:
            raise _failed(TypeError(f"a handler of queries gave {type(found).__name__}"))

    def _at_once(self) -> Dataset | End:
        try:
            return next(cast("Iterator[Dataset]", self._source), END)
        except Exception as error:
            raise _failed(error) from error

    def _next(self) -> Operation[Dataset | End]:
        """The next item, which must not take longer than a function of the program may."""
        try:
            found = yield self._advance_step
        except Exception as error:
            raise _failed(error) from error
        return cast("Dataset | End", found)

    def _perform(self) -> object:
        return self.seat.perform(self._advance, in_thread=self._in_thread)

    def _advance(self) -> Awaitable[Dataset | End] | Dataset | End:
        source = self._source
        if isinstance(source, AsyncIterator):
            return anext(source, END)
        return next(cast("Iterator[Dataset]", source), END)

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
        source = self._source
        closer = getattr(source, "aclose", None) or getattr(source, "close", None)
        if closer is not None:
            try:
                yield from call(closer)
            except Exception as error:  # noqa: BLE001 - the answers are sent; the log is told
                _failed(error)


def _failed(error: Exception) -> _Failed:
    """The peer is told that it failed, the log why; what the store or the function says may name a patient."""
    if isinstance(error, StatusError):
        return _Failed(_End(error.status, error.comment or ""))
    _log.error("a query cannot be answered: %s", type(error).__name__, exc_info=shows_patients())
    return _Failed(_End(_UNABLE_TO_PROCESS))


def _only_makes(handler: object) -> bool:
    """Whether calling it only makes something that is awaited or iterated later."""
    function = handler if isroutine(handler) else getattr(handler, "__call__", handler)  # noqa: B004
    return (
        iscoroutinefunction(function)
        or isasyncgenfunction(function)
        or isgeneratorfunction(function)
    )


# Tracebacks, reprs and pickles name the place that users import from
FindProvider.__module__ = "dicom_net"
