"""A node as a program: it listens until a signal comes, ends in good order, and at a second signal at once."""

import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from ._node import Node

if TYPE_CHECKING:
    from dicom_core.store import Store
    from dicom_net import ServerEvent

    from ._settings import ServeSettings

__all__ = ["run"]

_ENDS: Final = (signal.SIGINT, signal.SIGTERM)


async def run(
    store: "Store",
    settings: "ServeSettings",
    *,
    on_event: "Callable[[ServerEvent], None] | None" = None,
    listeners: Sequence[socket.socket] | None = None,
    ready: Callable[[Node], None],
    lifeline: int | None = None,
) -> bool:
    """Serve until SIGINT or SIGTERM, or until ``lifeline`` can be read; whether what was under way could be finished.

    A process with a lifeline is somebody's worker, to whom SIGINT is sent as SIGTERM.
    """
    ends = _ENDS if lifeline is None else (signal.SIGTERM,)
    with anyio.open_signal_receiver(*ends) as signals:
        async with Node(store, settings, on_event=on_event, listeners=listeners) as node:
            ready(node)
            await _until_told(signals, lifeline)
            if await _stopped(node, signals):
                return True
            await node.stop(0)
    return False


async def _stopped(node: Node, signals: AsyncIterator[signal.Signals]) -> bool:
    """Stop in good order; False where a second signal came meanwhile."""
    done = False
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            await anext(signals)
            group.cancel_scope.cancel()

        group.start_soon(watch)
        await node.stop()
        done = True
        group.cancel_scope.cancel()
    return done


async def _until_told(signals: AsyncIterator[signal.Signals], lifeline: int | None) -> None:
    async with anyio.create_task_group() as group:

        async def watch() -> None:
            assert lifeline is not None
            with suppress(OSError):
                await anyio.wait_readable(lifeline)
            group.cancel_scope.cancel()

        if lifeline is not None:
            os.set_blocking(lifeline, False)
            group.start_soon(watch)
        await anext(signals)
        group.cancel_scope.cancel()
