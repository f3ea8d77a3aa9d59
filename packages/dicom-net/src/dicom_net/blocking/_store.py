"""C-STORE as user, through associations of its own."""

from collections.abc import Generator, Iterable
from os import PathLike
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Literal, Unpack, cast

from .._errors import NetworkError
from .._opening import Opening
from ..services._store import store_instance
from ..services._store_batch import Batch, StopSwitch
from ..services._store_opening import batch_opening, single_contexts
from ..services._store_source import StoreSource, files_below, outgoing
from ..services._store_types import BatchConfig, BatchEvent, BatchResult, StoreConfig, StoreResult
from ._associate import associate, open_association
from ._tools import TOOLS

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["send", "store", "store_batch", "store_datasets", "store_directory"]


def store(
    host: str,
    port: int,
    source: StoreSource,
    *,
    config: StoreConfig = StoreConfig(),  # noqa: B008 - frozen
    **named: Unpack[Opening],
) -> StoreResult:
    """Send one instance: a path, the bytes of a file, a `ByteSource`, a `DicomFile`, a `Dataset` or a `RawInstance`.

    The peer's refusal is a result that is false. `NegotiationError` where the peer takes it in no transfer
    syntax that ``config`` allows; `Unsendable` where it is no instance.
    """
    instance = outgoing(source)
    contexts = single_contexts(instance, config)
    with associate(host, port, contexts, **named) as association:
        return association.run(store_instance(association.exchange, instance, TOOLS, config))


def send(
    host: str,
    port: int,
    sources: Iterable[StoreSource],
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    skip_others: bool = False,
    **named: Unpack[Opening],
) -> Generator[BatchEvent]:
    """Send many instances, and tell what becomes of each: a `FileResult` each in order, progress, at last a `BatchResult`.

    Associations are opened as they are needed, with the contexts that the instances need. ``skip_others`` says that
    what is no instance is no failure. Who leaves early closes the generator (`contextlib.closing`): what is
    outstanding is then answered, and the association released. ``stop`` ends it with a whole result instead.
    """
    batch = Batch(sources, config, TOOLS, stop=stop, skips=skip_others)
    yield from _all(host, port, batch, named)
    yield from batch.end()


def store_batch(
    host: str,
    port: int,
    sources: Iterable[StoreSource],
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    **named: Unpack[Opening],
) -> BatchResult:
    """Send many instances; the result has one entry for each, in order."""
    return _last(send(host, port, sources, config=config, stop=stop, **named))


def store_directory(
    host: str,
    port: int,
    folder: str | PathLike[str],
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    **named: Unpack[Opening],
) -> BatchResult:
    """Send the instances of a folder and those below it; other files are skipped, and listed as such."""
    sources = list(files_below(folder))
    return _last(send(host, port, sources, config=config, stop=stop, skip_others=True, **named))


def store_datasets(
    host: str,
    port: int,
    datasets: "Iterable[Dataset]",
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    **named: Unpack[Opening],
) -> BatchResult:
    """Send data sets as they come; they are encoded in what the peer takes."""
    return store_batch(host, port, datasets, config=config, stop=stop, **named)


def _last(events: Generator[BatchEvent]) -> BatchResult:
    found = [event for event in events if isinstance(event, BatchResult)]
    return found[0]


def _all(host: str, port: int, batch: Batch, named: Opening) -> Generator[BatchEvent]:
    """Every job, one after another, or in as many lanes as are wanted, each in a thread."""
    lanes = batch.config.parallel
    if lanes == 1:
        for event in _lane(host, port, batch, named):
            if event is not None:  # results that failed are false, too
                yield event
        return
    told: SimpleQueue[Literal["some", "end"] | BaseException] = SimpleQueue()

    def lane() -> None:
        try:
            for _ in _lane(host, port, batch, named):
                told.put("some")
        except BaseException as error:  # noqa: BLE001 - raised again where it is read
            batch.stop()
            told.put(error)
        finally:
            told.put("end")

    threads = [Thread(target=lane, daemon=True) for _ in range(lanes)]
    failure: BaseException | None = None
    try:
        for thread in threads:
            thread.start()
        running = lanes
        while running:
            said = told.get()
            if said == "end":
                running -= 1
            elif isinstance(said, BaseException):
                failure = failure or said
            yield from batch.take()
    except BaseException:
        batch.stop()
        raise
    finally:
        for thread in threads:
            thread.join()
    if failure is not None:
        raise failure


def _lane(host: str, port: int, batch: Batch, named: Opening) -> Generator[BatchEvent | None]:
    """One association after another."""
    opening = batch_opening(batch.config, named)
    while (job := batch.next_job()) is not None:
        try:
            association = open_association(host, port, job.contexts, **opening)
        except NetworkError as error:
            yield from batch.lost(job, error)
            continue
        try:
            operation = job.operation(association.exchange, TOOLS)
            with association.iterate(operation) as events:
                for item in events:
                    yield cast("BatchEvent | None", item)
            association.release()
        except NetworkError as error:
            association.abort()
            yield from batch.lost(job, error)
        except GeneratorExit:  # enough: the iteration above has ended in good order
            association.release()
            raise
        except BaseException:
            association.abort()
            raise


# Tracebacks, reprs and pickles name the place that users import from
send.__module__ = store.__module__ = store_batch.__module__ = "dicom_net.blocking"
store_datasets.__module__ = store_directory.__module__ = "dicom_net.blocking"
