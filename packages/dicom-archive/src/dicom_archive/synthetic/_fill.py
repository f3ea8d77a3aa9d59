"""`fill`: the demonstration in an archive, once."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from dicom_core import DicomFile
    from dicom_core.store import Store

__all__ = ["Filled", "fill"]


@frozen(kw_only=True)
class Filled:
    """How far it is."""

    study: int
    """Studies that are there, of ``studies``."""
    studies: int
    instances: int
    """Instances that were added."""
    size: int
    """Their bytes."""
    title: str = ""
    """What the study that was just added is called."""


async def fill(
    store: "Store",
    progress: Callable[[Filled], None] | None = None,
    *,
    seed: int | str = 1,
    named: str = "demo",
) -> Filled:
    """Put the synthetic studies into a store that do not stand in it whole; ``progress`` is told after each.

    Their UIDs depend on the seed alone, so that a second time there is nothing to do and nothing is drawn. Drawing works
    in a thread: the event loop, asyncio's or trio's, goes on meanwhile. Raises `dicom_core.interop.MissingExtra` without
    numpy, and what the store raises when it is full.
    """
    from anyio import to_thread

    from dicom_core.store import Expected

    from ._identity import uid
    from ._make import detail_of, make_study, need_numpy, planned
    from ._plan import CASES

    need_numpy()
    detail = detail_of(named)
    done = Filled(study=0, studies=len(CASES), instances=0, size=0)
    instances = size = 0
    for number in range(len(CASES)):
        case = planned(number)
        there = 0
        async for _ in store.instances(uid(seed, "study", number)):
            there += 1
        if there < case.instances_of(detail):
            files = make_study(number, seed=seed, detail=detail)
            while (data := await to_thread.run_sync(_next, files)) is not None:
                async with await store.receive(Expected(size=len(data), sender="DEMO")) as incoming:
                    incoming.write([data])
                    await incoming.commit()
                instances += 1
                size += len(data)
        done = Filled(
            study=number + 1, studies=len(CASES), instances=instances, size=size, title=case.title
        )
        if progress is not None:
            progress(done)
    return done


def _next(files: "Iterator[DicomFile]") -> bytes | None:
    """The bytes of the next file; None after the last. A StopIteration would not leave the thread."""
    file = next(files, None)
    return None if file is None else file.to_bytes()


# Tracebacks, reprs and pickles name the place that users import from
Filled.__module__ = fill.__module__ = "dicom_archive.synthetic"
