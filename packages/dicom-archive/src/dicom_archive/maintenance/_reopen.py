"""The archive in the processes that work on it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .._archive import Archive

__all__ = ["Opened", "elsewhere", "here"]

Opened: TypeAlias = "Callable[[], AbstractContextManager[Archive]]"


def here(archive: "Archive") -> Opened:
    """What gives the archive to this process."""
    return partial(_itself, archive)


def elsewhere(archive: "Archive", workers: int) -> Opened:
    """What opens it in another process, where there is to be one."""
    return archive.reopening() if workers > 1 else here(archive)


@contextmanager
def _itself(archive: "Archive") -> "Iterator[Archive]":
    yield archive
