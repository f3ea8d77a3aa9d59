"""C-GET and C-MOVE in one call: an association, the request, what comes of it, and the end of the association."""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Unpack, cast

from .._errors import StatusError
from .._opening import Opening
from .._operation import Operation
from ..services import (
    Into,
    OwnDestination,
    RetrieveCompleted,
    RetrieveConfig,
    RetrieveEvent,
    RetrieveKeys,
    RetrieveProgress,
    RetrieveResult,
    Visitors,
    move_contexts,
    receiver_for,
)
from ..services import get as get_operation
from ..services import move as move_operation
from ..ul import RoleSelection
from ._associate import associate, open_association
from ._association import Association
from ._server import Server
from ._tools import TOOLS

__all__ = [
    "get",
    "get_instance",
    "get_series",
    "get_study",
    "iter_get",
    "iter_move",
    "move",
    "move_instance",
    "move_series",
    "move_study",
]

_DEFAULT = RetrieveConfig()


def get(
    host: str,
    port: int,
    keys: RetrieveKeys,
    *,
    into: Into = None,
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """Retrieve over the association itself (C-GET), into memory, a folder or a store.

    Instances that failed are told by the result; `StatusError` says that the peer refused the whole.
    """
    wanted = config.for_get
    receiver = receiver_for(into, config)
    with associate(host, port, wanted.contexts, roles=wanted.roles, **opening) as association:
        operation = get_operation(
            association.exchange,
            keys,
            receiver,
            model=config.model,
            priority=config.priority,
            tools=TOOLS,
        )
        result = _followed(association, operation, on_progress)
    result.raise_for_refusal()
    return result


def iter_get(
    host: str,
    port: int,
    keys: RetrieveKeys,
    *,
    into: Into = None,
    config: RetrieveConfig = _DEFAULT,
    **opening: Unpack[Opening],
) -> Generator[RetrieveEvent, None, None]:
    """The same, event by event: progress, each instance that arrived, and at last the result.

    Leaving early cancels the C-GET; ``contextlib.closing`` does that at once. Nothing is held but the instance at hand.
    """
    wanted = config.for_get
    receiver = receiver_for(into, config)
    with _opened(host, port, wanted.contexts, wanted.roles, opening) as association:
        operation = get_operation(
            association.exchange,
            keys,
            receiver,
            model=config.model,
            priority=config.priority,
            hold=False,
            tools=TOOLS,
        )
        with closing(_events(association, operation)) as events:
            for event in events:
                if isinstance(event, RetrieveCompleted):
                    event.result.raise_for_refusal()
                yield event


def move(
    host: str,
    port: int,
    keys: RetrieveKeys,
    destination: str | OwnDestination,
    *,
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """Have the peer send to an application entity that it knows by its title (C-MOVE), which may be ourselves.

    Instances that failed are told by the result; `StatusError` says that the peer refused the whole. An `OwnDestination` is
    a server that runs as long as this; what came is in the result.
    """
    if isinstance(destination, str):
        result = _move(host, port, keys, destination, config, on_progress, opening)
        result.raise_for_refusal()
        return result
    visitors = Visitors()
    with Server(
        destination.provider(config, lambda: datetime.now().astimezone()),
        host=destination.host,
        port=destination.port,
        policy=destination.policy(opening.get("called_ae", "ANY-SCP")),
        tls=destination.tls,
        on_event=visitors,
    ):
        title = destination.ae_title
        result = _move(host, port, keys, title, config, on_progress, opening)
    result = visitors.added(result)
    result.raise_for_refusal()
    return result


def _move(
    host: str,
    port: int,
    keys: RetrieveKeys,
    destination: str,
    config: RetrieveConfig,
    on_progress: Callable[[RetrieveProgress], object] | None,
    opening: Opening,
) -> RetrieveResult:
    with associate(host, port, move_contexts(config), **opening) as association:
        operation = move_operation(
            association.exchange, keys, destination, model=config.model, priority=config.priority
        )
        return _followed(association, operation, on_progress)


def iter_move(
    host: str,
    port: int,
    keys: RetrieveKeys,
    destination: str,
    *,
    config: RetrieveConfig = _DEFAULT,
    **opening: Unpack[Opening],
) -> Generator[RetrieveEvent, None, None]:
    """The same, event by event. Leaving early cancels the C-MOVE; ``contextlib.closing`` does that at once."""
    with _opened(host, port, move_contexts(config), (), opening) as association:
        operation = move_operation(
            association.exchange, keys, destination, model=config.model, priority=config.priority
        )
        with closing(_events(association, operation)) as events:
            for event in events:
                if isinstance(event, RetrieveCompleted):
                    event.result.raise_for_refusal()
                yield event


def get_study(
    host: str,
    port: int,
    study: str | Iterable[str],
    *,
    patient: str = "",
    into: Into = None,
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """One study, or several. See `get`; the patient root model wants the ``patient``'s ID, too."""
    keys = RetrieveKeys.study(study, patient=patient)
    return get(host, port, keys, into=into, config=config, on_progress=on_progress, **opening)


def get_series(
    host: str,
    port: int,
    study: str,
    series: str | Iterable[str],
    *,
    patient: str = "",
    into: Into = None,
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """One series of a study, or several. See `get`; the patient root model wants the ``patient``'s ID, too."""
    keys = RetrieveKeys.series(study, series, patient=patient)
    return get(host, port, keys, into=into, config=config, on_progress=on_progress, **opening)


def get_instance(
    host: str,
    port: int,
    study: str,
    series: str,
    instance: str | Iterable[str],
    *,
    patient: str = "",
    into: Into = None,
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """One instance of a series, or several. See `get`; the patient root model wants the ``patient``'s ID, too."""
    keys = RetrieveKeys.instance(study, series, instance, patient=patient)
    return get(host, port, keys, into=into, config=config, on_progress=on_progress, **opening)


def move_study(
    host: str,
    port: int,
    study: str | Iterable[str],
    destination: str | OwnDestination,
    *,
    patient: str = "",
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """One study, or several. See `move`; the patient root model wants the ``patient``'s ID, too."""
    keys = RetrieveKeys.study(study, patient=patient)
    return move(host, port, keys, destination, config=config, on_progress=on_progress, **opening)


def move_series(
    host: str,
    port: int,
    study: str,
    series: str | Iterable[str],
    destination: str | OwnDestination,
    *,
    patient: str = "",
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """One series of a study, or several. See `move`; the patient root model wants the ``patient``'s ID, too."""
    keys = RetrieveKeys.series(study, series, patient=patient)
    return move(host, port, keys, destination, config=config, on_progress=on_progress, **opening)


def move_instance(
    host: str,
    port: int,
    study: str,
    series: str,
    instance: str | Iterable[str],
    destination: str | OwnDestination,
    *,
    patient: str = "",
    config: RetrieveConfig = _DEFAULT,
    on_progress: Callable[[RetrieveProgress], object] | None = None,
    **opening: Unpack[Opening],
) -> RetrieveResult:
    """One instance of a series, or several. See `move`; the patient root model wants the ``patient``'s ID, too."""
    keys = RetrieveKeys.instance(study, series, instance, patient=patient)
    return move(host, port, keys, destination, config=config, on_progress=on_progress, **opening)


@contextmanager
def _opened(
    host: str,
    port: int,
    contexts: Sequence[tuple[str, Sequence[str]]],
    roles: Sequence[RoleSelection],
    opening: Opening,
) -> Generator[Association]:
    """As `associate`, for a generator: who leaves it early has cancelled in good order, and a refusal is an answer."""
    association = open_association(host, port, contexts, roles=roles, **opening)
    try:
        yield association
    except (GeneratorExit, StatusError):
        association.release()
        raise
    except BaseException:
        association.abort()
        raise
    association.release()


def _followed(
    association: Association,
    operation: Operation[RetrieveResult],
    on_progress: Callable[[RetrieveProgress], object] | None,
) -> RetrieveResult:
    if on_progress is None:
        return association.run(operation)
    with closing(_events(association, operation)) as events:
        for event in events:
            if isinstance(event, RetrieveProgress):
                on_progress(event)
            elif isinstance(event, RetrieveCompleted):
                return event.result
    raise AssertionError("a retrieve ends with its result")


def _events(
    association: Association, operation: Operation[RetrieveResult]
) -> Generator[RetrieveEvent, None, None]:
    with association.iterate(cast("Operation[object]", operation)) as items:
        for item in items:
            yield cast("RetrieveEvent", item)


# Tracebacks, reprs and pickles name the place that users import from
get.__module__ = iter_get.__module__ = move.__module__ = iter_move.__module__ = "dicom_net.blocking"
get_study.__module__ = get_series.__module__ = get_instance.__module__ = "dicom_net.blocking"
move_study.__module__ = move_series.__module__ = move_instance.__module__ = "dicom_net.blocking"
