"""Storing, as methods of a client."""

from collections.abc import Generator, Iterable
from os import PathLike
from typing import TYPE_CHECKING, Final, Unpack, cast

from .._opening import Opening
from ..services._store_batch import StopSwitch
from ..services._store_source import StoreSource
from ..services._store_types import BatchConfig, BatchEvent, BatchResult, StoreConfig, StoreResult
from . import _store

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["ClientStores"]

_BATCH: Final = BatchConfig()
_STORE: Final = StoreConfig()


class ClientStores:
    """See `DicomClient`."""

    host: str
    port: int
    _opening: Opening

    def store(
        self, source: StoreSource, *, config: StoreConfig = _STORE, **named: Unpack[Opening]
    ) -> StoreResult:
        """See `store`."""
        return _store.store(
            self.host,
            self.port,
            source,
            config=config,
            **cast("Opening", {**self._opening, **named}),
        )

    def send(
        self,
        sources: Iterable[StoreSource],
        *,
        config: BatchConfig = _BATCH,
        stop: StopSwitch | None = None,
        skip_others: bool = False,
        **named: Unpack[Opening],
    ) -> Generator[BatchEvent]:
        """See `send`."""
        return _store.send(
            self.host,
            self.port,
            sources,
            config=config,
            stop=stop,
            skip_others=skip_others,
            **cast("Opening", {**self._opening, **named}),
        )

    def store_batch(
        self,
        sources: Iterable[StoreSource],
        *,
        config: BatchConfig = _BATCH,
        stop: StopSwitch | None = None,
        **named: Unpack[Opening],
    ) -> BatchResult:
        """See `store_batch`."""
        return _store.store_batch(
            self.host,
            self.port,
            sources,
            config=config,
            stop=stop,
            **cast("Opening", {**self._opening, **named}),
        )

    def store_directory(
        self,
        folder: str | PathLike[str],
        *,
        config: BatchConfig = _BATCH,
        stop: StopSwitch | None = None,
        **named: Unpack[Opening],
    ) -> BatchResult:
        """See `store_directory`."""
        return _store.store_directory(
            self.host,
            self.port,
            folder,
            config=config,
            stop=stop,
            **cast("Opening", {**self._opening, **named}),
        )

    def store_datasets(
        self,
        datasets: "Iterable[Dataset]",
        *,
        config: BatchConfig = _BATCH,
        stop: StopSwitch | None = None,
        **named: Unpack[Opening],
    ) -> BatchResult:
        """See `store_datasets`."""
        return _store.store_datasets(
            self.host,
            self.port,
            datasets,
            config=config,
            stop=stop,
            **cast("Opening", {**self._opening, **named}),
        )
