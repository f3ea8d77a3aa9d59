"""C-FIND: for the one who answers (PS3.4 C.4.1.3, K.4.1.3), from any store or from a function."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, cast

from attrs import evolve

from dicom_core import Dataset, DicomError, LimitExceeded, read_dataset
from dicom_core.query import (
    MatchOptions,
    Query,
    QueryError,
    from_identifier,
)
from dicom_core.store import Store

from .._logging import query_made
from .._metrics import NetMetrics
from .._operation import Operation, write
from ..dimse import Begin, CFindRQ, refusal
from ._find import FIND, SYNTAXES
from ._find_answers import Answers, Ending
from ._find_options import granted, negotiated, options_of
from ._find_types import FindHandler, FindRequest, FindSettings
from ._identifier import collect
from ._refuse import refuse

if TYPE_CHECKING:
    from .._negotiation import Offer
    from ._provider import Seat

__all__ = ["FindProvider"]

_NOT_SUPPORTED: Final = 0x0122
_UNRECOGNIZED_OPERATION: Final = 0x0211
# PS3.4 table C.4-1
_OUT_OF_RESOURCES: Final = 0xA700
_DOES_NOT_MATCH: Final = 0xA900
_UNABLE_TO_PROCESS: Final = 0xC000


class FindProvider:
    """Answers queries from a store, or from a function of the program.

    What a function gives is reduced to what was asked for (`Query.project`); matching is its own matter, for
    which it has `Query.matches`. A store that has a method ``search_pages(query)``, an asynchronous iterator of
    sequences of what `Store.search` would give one by one, is asked by that: for many answers it costs a third.
    """

    def __init__(
        self,
        source: Store | FindHandler,
        settings: FindSettings = FindSettings(),  # noqa: B008 - frozen
        *,
        metrics: NetMetrics | None = None,
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.store = source if isinstance(source, Store) else None
        self.handler = cast("FindHandler | None", None if self.store is not None else source)
        self.settings = settings
        self._metrics = metrics
        self._clock = clock
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
        began = self._clock()
        data = yield from collect(request.message_id, self.settings.identifier)
        try:
            identifier = read_dataset(data, context.transfer_syntax)
            query = self._query(seat, request, identifier)
        except QueryError as wrong:
            end = Ending(_DOES_NOT_MATCH, f"{wrong.text} {wrong.key}")
        except LimitExceeded as much:
            end = Ending(_OUT_OF_RESOURCES, f"more than {much.limit}")
        except DicomError:
            end = Ending(_UNABLE_TO_PROCESS, "the identifier cannot be read")
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
        if self._metrics is not None:
            self._metrics.count("C-FIND", status=end.status, seconds=self._clock() - began)

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
    ) -> Operation[Ending]:
        """Send the matches, one by one; how it ended."""
        answers = Answers(self, seat, asked)
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


# Tracebacks, reprs and pickles name the place that users import from
FindProvider.__module__ = "dicom_net"
