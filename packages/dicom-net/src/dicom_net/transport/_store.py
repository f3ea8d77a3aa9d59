"""C-STORE as user, through associations of its own."""

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import aclosing
from os import PathLike
from typing import TYPE_CHECKING, Unpack, cast

import anyio
from anyio.streams.memory import MemoryObjectSendStream

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


async def store(
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
    async with associate(host, port, contexts, **named) as association:
        return await association.run(store_instance(association.exchange, instance, TOOLS, config))


async def send(
    host: str,
    port: int,
    sources: Iterable[StoreSource] | AsyncIterable[StoreSource],
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    skip_others: bool = False,
    **named: Unpack[Opening],
) -> AsyncGenerator[BatchEvent]:
    """Send many instances, and tell what becomes of each: a `FileResult` each in order, progress, at last a `BatchResult`.

    Associations are opened as they are needed, with the contexts that the instances need. ``skip_others`` says that
    what is no instance is no failure. Who leaves early closes the generator (`contextlib.aclosing`): what is
    outstanding is then answered, and the association released. ``stop`` ends it with a whole result instead.
    """
    if isinstance(sources, AsyncIterable):
        batch = Batch((), config, TOOLS, stop=stop, skips=skip_others)
        async with aclosing(_by(sources, config.ahead)) as parts:
            async for some in parts:
                batch.add(some)
                async with aclosing(_all(host, port, batch, named)) as events:
                    async for event in events:
                        yield event
                if batch.is_stopped():
                    break
    else:
        batch = Batch(sources, config, TOOLS, stop=stop, skips=skip_others)
        async with aclosing(_all(host, port, batch, named)) as events:
            async for event in events:
                yield event
    for event in batch.end():
        yield event


async def store_batch(
    host: str,
    port: int,
    sources: Iterable[StoreSource] | AsyncIterable[StoreSource],
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    **named: Unpack[Opening],
) -> BatchResult:
    """Send many instances; the result has one entry for each, in order."""
    return await _last(send(host, port, sources, config=config, stop=stop, **named))


async def store_directory(
    host: str,
    port: int,
    folder: str | PathLike[str],
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    **named: Unpack[Opening],
) -> BatchResult:
    """Send the instances of a folder and those below it; other files are skipped, and listed as such."""
    sources = await TOOLS.in_thread(lambda: list(files_below(folder)))
    return await _last(
        send(host, port, sources, config=config, stop=stop, skip_others=True, **named)
    )


async def store_datasets(
    host: str,
    port: int,
    datasets: "Iterable[Dataset] | AsyncIterable[Dataset]",
    *,
    config: BatchConfig = BatchConfig(),  # noqa: B008 - frozen
    stop: StopSwitch | None = None,
    **named: Unpack[Opening],
) -> BatchResult:
    """Send data sets as they come; they are encoded in what the peer takes."""
    return await store_batch(host, port, datasets, config=config, stop=stop, **named)


async def _last(events: AsyncGenerator[BatchEvent]) -> BatchResult:
    found = [event async for event in events if isinstance(event, BatchResult)]
    return found[0]


async def _by(sources: AsyncIterable[StoreSource], most: int) -> AsyncGenerator[list[StoreSource]]:
    some: list[StoreSource] = []
    async for source in sources:
        some.append(source)
        if len(some) >= most:
            yield some
            some = []
    if some:
        yield some


async def _all(host: str, port: int, batch: Batch, named: Opening) -> AsyncGenerator[BatchEvent]:
    """Every job, one after another, or in as many lanes as are wanted."""
    lanes = batch.config.parallel
    if lanes == 1:
        async with aclosing(_lane(host, port, batch, named)) as events:
            async for event in events:
                if event is not None:
                    yield event
        return
    sender, receiver = anyio.create_memory_object_stream[None]()

    failure: Exception | None = None

    async def lane(told: MemoryObjectSendStream[None]) -> None:
        nonlocal failure
        try:
            async with told, aclosing(_lane(host, port, batch, named)) as events:
                async for _ in events:
                    await told.send(None)
        except Exception as error:  # noqa: BLE001 - raised below, as it is and not in a group
            failure = failure or error
            batch.stop()

    async with anyio.create_task_group() as group:
        for _ in range(lanes):
            group.start_soon(lane, sender.clone())
        sender.close()
        with receiver:
            try:
                async for _ in receiver:
                    for event in batch.take():
                        yield event
            except GeneratorExit:  # enough: each lane ends in good order, and so does the group
                batch.stop()
                async for _ in receiver:
                    pass
    if failure is not None:
        raise failure


async def _lane(
    host: str, port: int, batch: Batch, named: Opening
) -> AsyncGenerator[BatchEvent | None]:
    """One association after another."""
    opening = batch_opening(batch.config, named)
    while True:
        # heads are read here; an iterator of the program's own stays in the thread it came from
        job = await TOOLS.in_thread(batch.next_job) if batch.is_listed else batch.next_job()
        if job is None:
            return
        try:
            association = await open_association(host, port, job.contexts, **opening)
        except NetworkError as error:
            for event in batch.lost(job, error):
                yield event
            continue
        try:
            operation = job.operation(association.exchange, TOOLS)
            async with association.iterate(operation) as events:
                async for item in events:
                    yield cast("BatchEvent | None", item)
            await association.release()
        except NetworkError as error:
            await association.abort()
            for event in batch.lost(job, error):
                yield event
        except GeneratorExit:  # enough: the iteration above has ended in good order
            await association.release()
            raise
        except BaseException:
            await association.abort()
            raise


# Tracebacks, reprs and pickles name the place that users import from
send.__module__ = store.__module__ = store_batch.__module__ = "dicom_net"
store_datasets.__module__ = store_directory.__module__ = "dicom_net"
