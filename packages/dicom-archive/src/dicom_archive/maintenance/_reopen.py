"""The archive in the processes that work on it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._archive import Archive

__all__ = ["reopening"]


def reopening(archive: "Archive", workers: int) -> "Callable[[], AbstractContextManager[Archive]]":
    """What gives the archive: itself where this process does the work, else the same opened again."""
    return partial(_itself, archive) if workers == 1 else archive.reopening()


@contextmanager
def _itself(archive: "Archive") -> "Iterator[Archive]":
    yield archive
