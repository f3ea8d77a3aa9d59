"""C-GET and C-MOVE for the one who is asked (PS3.4 C.4.2.3, C.4.3.3)."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from attrs import field, frozen
from attrs.validators import gt

from dicom_core import DicomError, read_dataset
from dicom_core.query import QueryError, from_identifier
from dicom_core.store import Store

from .._errors import NetworkError
from .._logging import escaped, retrieval_done
from .._metrics import NetMetrics
from .._operation import Operation, call
from ..dimse import Begin, CGetRQ, CMoveRQ
from ..ul import OperationsWindow
from ._echo import SYNTAXES
from ._identifier import collect
from ._refuse import refuse, refuse_other
from ._retrieve_keys import GET, MOVE, RetrieveKeys
from ._retrieve_source import FromStore, RetrieveSource
from ._store import Accepted, store_queue
from ._store_plan import Header, plan
from ._store_types import Conversion, StoreConfig
from ._suboperations import Lot, Suboperations

if TYPE_CHECKING:
    from dicom_core.store import StoredInstance

    from .._negotiation import Offer
    from .._tls import TlsConfig
    from ..dimse import Exchange
    from ._provider import OpenAssociation, Seat

__all__ = ["Destination", "Destinations", "RetrieveProvider", "RetrieveSettings"]

T = TypeVar("T")

_log: Final = logging.getLogger("dicom_net.retrieve")
_MODELS: Final = {uid: model for classes in (GET, MOVE) for model, uid in classes.items()}
_UNSUPPORTED_CLASS: Final = 0x0122
_CANNOT_COUNT: Final = 0xA701
_UNKNOWN_DESTINATION: Final = 0xA801
_MISMATCH: Final = 0xA900
_UNABLE: Final = 0xC000


@frozen(kw_only=True)
class Destination:
    """Where an application entity is that instances may be moved to."""

    host: str
    port: int
    tls: "TlsConfig | None" = field(default=None, repr=False)
    called_ae: str = ""
    """Its AE title, where it is not the name that it is known by."""


Destinations: TypeAlias = (
    Mapping[str, Destination] | Callable[[str], Awaitable[Destination | None] | Destination | None]
)
"""Who may be moved to, by AE title: a table, or a function that looks it up. Nobody else is ever sent to."""


@frozen(kw_only=True)
class RetrieveSettings:
    """How a provider retrieves."""

    calling_ae: str = ""
    """Our AE title towards destinations; the one that we were called by where it is empty."""
    conversion: Conversion = field(default=Conversion.UNCOMPRESSED, converter=Conversion)
    """What may be done to instances whose transfer syntax the receiver does not take."""
    window: int = field(default=16, validator=gt(0))
    """The most sub-operations outstanding, as far as the receiver agrees."""
    instances: int = field(default=100_000, validator=gt(0))
    """The most instances of one request; more are refused with A701."""
    identifier: int = field(default=1 << 20, validator=gt(0))
    """The most bytes of an identifier."""


_DEFAULT: Final = RetrieveSettings()


class RetrieveProvider:
    """Answers C-GET and C-MOVE from a store, or from another `RetrieveSource`.

    Without ``destinations`` every C-MOVE is answered with A801. With a ``clock`` (seconds, such as ``time.monotonic``) counts
    are told and C-CANCEL is seen after ten instances or a tenth of a second, whichever comes first; without one after each
    instance, which takes longer. Where several sub-operations are outstanding, they are as many as four windows have.
    """

    def __init__(
        self,
        source: Store | RetrieveSource,
        destinations: Destinations | None = None,
        *,
        settings: RetrieveSettings = _DEFAULT,
        metrics: NetMetrics | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.source: RetrieveSource = FromStore(source) if isinstance(source, Store) else source
        self.destinations: Destinations = {} if destinations is None else destinations
        self.settings = settings
        self._metrics = metrics
        self._clock = clock

    def offers(self) -> "Iterable[Offer]":
        """See `Provider.offers`."""
        from dicom_dict import StorageClassRegistry

        from .._negotiation import Offer
        from ._retrieve_contexts import COMPRESSED, UNCOMPRESSED

        for sop_class in (*GET.values(), *MOVE.values()):
            yield Offer(sop_class, SYNTAXES)
        # What a C-GET sends back: the requestor proposes itself as provider of these (PS3.7 D.3.3.4)
        for entry in StorageClassRegistry.standard(retired=True):
            yield Offer(entry.uid, UNCOMPRESSED + COMPRESSED, scp=False, scu=True)

    def respond(self, seat: "Seat", begin: Begin) -> Operation[None]:
        """See `Provider.respond`."""
        request = begin.command
        if not isinstance(request, CGetRQ | CMoveRQ):
            yield from refuse_other(seat.exchange, begin)
            return
        served = GET if isinstance(request, CGetRQ) else MOVE
        context = seat.exchange.contexts[begin.context]
        if request.affected_sop_class != context.abstract_syntax or (
            request.affected_sop_class not in served.values()
        ):
            yield from refuse(seat.exchange, begin, _UNSUPPORTED_CLASS)
            return
        clock = self._clock
        began = 0.0 if clock is None else clock()
        work = Suboperations(seat.exchange, begin, request, clock)
        yield from self._perform(seat, work, request, context.transfer_syntax)
        if self._metrics is not None and work.status is not None:
            seconds = 0.0 if clock is None else clock() - began
            self._metrics.count(work.service, status=work.status, seconds=seconds)

    def _perform(
        self, seat: "Seat", work: Suboperations, request: CGetRQ | CMoveRQ, transfer_syntax: str
    ) -> Operation[None]:
        data = b""
        if request.has_data:
            data = yield from collect(request.message_id, self.settings.identifier)
        try:
            keys = _keys(data, transfer_syntax, request)
        except DicomError as error:  # of the identifier; it tells no value of it
            yield from work.refuse(_MISMATCH, _short(error))
            return
        if isinstance(request, CGetRQ):
            yield from self._get(seat, work, keys)
        else:
            yield from self._move(seat, work, keys, request)
        retrieval_done(
            seat.info.number,
            f"{work.service} at level {keys.level}",
            work.completed,
            len(work.failed),
            work.warning,
        )

    def _select(self, work: Suboperations, keys: RetrieveKeys) -> "Operation[Lot | None]":
        """What is to be sent; None where the request is answered already."""
        most = self.settings.instances
        try:
            selected = self.source.select(keys)
            if isinstance(selected, AsyncIterator):
                found = yield from call(_gathered, selected, most + 1)
            else:
                found = list(islice(selected, most + 1))
        except (DicomError, OSError) as error:
            _log.warning("what a retrieve means cannot be found: %s", escaped(str(error)))
        except Exception:  # noqa: BLE001 - logged; what a program raises is no end of the server
            _log.exception("the program failed to say what a retrieve means")
        else:
            if len(found) <= most:
                work.remaining = len(found)
                return Lot(work, found)
            yield from work.refuse(_CANNOT_COUNT, f"more than {most} instances")
            return None
        yield from work.refuse(_UNABLE, "the archive does not answer")
        return None

    def _get(self, seat: "Seat", work: Suboperations, keys: RetrieveKeys) -> Operation[None]:
        lot = yield from self._select(work, keys)
        if lot is None:
            return
        exchange = seat.exchange
        tools = _SeatTools(seat)
        config = StoreConfig(priority=work.request.priority, conversion=self.settings.conversion)
        accepted = Accepted(exchange.contexts.values(), config)
        window, ahead = self._pace(exchange, work)
        while lot and not (yield from work.look()):
            yield from lot.prepare(self.source, ahead)
            yield from store_queue(
                exchange,
                lot,
                tools,
                config,
                window=window,
                stopped=work.is_due,
                idle=lot.ready,
                accepted=accepted,
            )
            if lot:
                yield from work.tell()
        yield from work.finish()

    def _pace(self, exchange: "Exchange", work: Suboperations) -> tuple[int, int]:
        """How many sub-operations are outstanding, and how many are sent until counts are told and a cancel is seen."""
        window = min(self.settings.window, exchange.free_slots)
        return window, work.every if window == 1 else 4 * window

    def _move(
        self, seat: "Seat", work: Suboperations, keys: RetrieveKeys, request: CMoveRQ
    ) -> Operation[None]:
        title = request.destination.strip(" ")
        destination: Destination | None
        if callable(self.destinations):
            destination = yield from call(self.destinations, title)
        else:
            destination = self.destinations.get(title)
        if destination is None:
            yield from work.refuse(_UNKNOWN_DESTINATION)
            return
        lot = yield from self._select(work, keys)
        if lot is None:
            return
        # Each association takes what its contexts are for (PS3.8 9.3.2.2: there are 128 at most)
        for contexts, part in self._parts(work, lot):
            if work.cancelled:
                break
            yield from self._send(seat, work, part, contexts, title, destination)
        yield from work.finish()

    def _parts(self, work: Suboperations, lot: Lot) -> "list[tuple[_Contexts, Lot]]":
        instances = lot.instances
        headers = [
            Header(number, one.sop_class, one.transfer_syntax)
            for number, one in enumerate(instances)
        ]
        return [
            (planned.contexts, Lot(work, [instances[number] for number in planned.items]))
            for planned in plan(headers, conversion=self.settings.conversion)
        ]

    def _send(
        self,
        seat: "Seat",
        work: Suboperations,
        lot: Lot,
        contexts: "_Contexts",
        title: str,
        destination: Destination,
    ) -> Operation[None]:
        """The sub-operations of one association; whatever happens to it, all of them have an outcome."""
        settings = self.settings
        ask = settings.window
        try:
            association: OpenAssociation = yield from call(
                seat.associate,
                destination.host,
                destination.port,
                contexts,
                called_ae=destination.called_ae or title,
                calling_ae=settings.calling_ae or seat.info.called,
                window=OperationsWindow(ask, 1) if ask > 1 else None,
                tls=destination.tls,
            )
        except (NetworkError, OSError) as error:
            _log.warning("the destination of a C-MOVE cannot be reached: %s", escaped(str(error)))
            lot.lost()
            return
        config = StoreConfig(
            priority=work.request.priority,
            move_originator=seat.info.calling,
            move_originator_id=work.request.message_id,
            conversion=settings.conversion,
        )
        exchange = association.exchange
        accepted = Accepted(exchange.contexts.values(), config)
        window, ahead = self._pace(exchange, work)
        try:
            while lot and not (yield from work.look()):
                yield from lot.prepare(self.source, ahead)
                yield from call(
                    association.run,
                    store_queue(
                        exchange,
                        lot,
                        _SeatTools(seat),
                        config,
                        window=window,
                        stopped=work.is_due,
                        idle=lot.ready,
                        accepted=accepted,
                    ),
                )
                if work.remaining:
                    yield from work.tell()
        except (NetworkError, OSError) as error:
            _log.warning("the association of a C-MOVE ended: %s", escaped(str(error)))
            lot.lost()
            return
        try:
            yield from call(association.release)
        except NetworkError as error:  # everything was acknowledged before
            _log.info("the destination of a C-MOVE released badly: %s", escaped(str(error)))


async def _gathered(source: "AsyncIterator[StoredInstance]", most: int) -> "list[StoredInstance]":
    """So many of them at most, by one step: one for each would take longer than finding them."""
    found: list[StoredInstance] = []
    try:
        async for one in source:
            found.append(one)
            if len(found) == most:
                break
    finally:
        closing = getattr(source, "aclose", None)
        if closing is not None:
            await closing()
    return found


def _keys(data: bytes, transfer_syntax: str, request: CGetRQ | CMoveRQ) -> RetrieveKeys:
    if not data:
        raise QueryError("identifier", "a retrieve request has an identifier")
    identifier = read_dataset(data, transfer_syntax)
    return RetrieveKeys.of(from_identifier(identifier, _MODELS[request.affected_sop_class]))


_Contexts: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class _SeatTools:
    """What sending wants of a door, as far as sub-operations need it. Nobody looks at how long they took."""

    def __init__(self, seat: "Seat") -> None:
        self._seat = seat

    def clock(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise NotImplementedError(f"sub-operations are not delayed, and not by {seconds} s")

    def in_thread(self, function: Callable[[], T]) -> Awaitable[T] | T:
        return self._seat.perform(function, in_thread=True)


def _short(error: DicomError) -> str:
    """An Error Comment is LO, 64 characters (PS3.7 table E.1-1)."""
    return str(error).encode("ascii", "replace").decode("ascii").replace("\\", "/")[:64]


# Tracebacks, reprs and pickles name the place that users import from
Destination.__module__ = RetrieveSettings.__module__ = RetrieveProvider.__module__ = "dicom_net"
