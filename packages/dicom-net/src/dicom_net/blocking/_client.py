"""One peer and how to call it, with every service as a method (NET-093 to NET-095)."""

from collections.abc import Callable, Generator, Iterable
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, Unpack, cast

from dicom_core.query import Query

from .._client import ClientConfig, ClientOptions, opening_of
from .._opening import Opening
from ..services import (
    Into,
    OwnDestination,
    RetrieveConfig,
    RetrieveEvent,
    RetrieveKeys,
    RetrieveProgress,
    RetrieveResult,
)
from ..services._echo_types import VerificationConfig, VerificationResult
from ..services._find_plan import Finding, FindInstances, FindPatients, FindSeries, FindStudies
from ..services._matches import InstanceMatch, Match, PatientMatch, SeriesMatch, StudyMatch
from ..services._store_batch import StopSwitch
from ..services._store_source import StoreSource
from ..services._store_types import BatchConfig, BatchEvent, BatchResult, StoreConfig, StoreResult
from . import _query, _retrieve, _store, _verify
from ._pool import AssociationPool

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["DicomClient"]

_BATCH: Final = BatchConfig()
_RETRIEVE: Final = RetrieveConfig()
_STORE: Final = StoreConfig()
_VERIFICATION: Final = VerificationConfig()


class DicomClient:
    """A peer: where it is, how it is called, and what to do with it.

    Each method is the function of its name, with the peer given already and everything of `ClientConfig` as default; what a
    call names itself goes first. In ``with``, associations are kept and used again, and released at the end;
    without, each call has its own.
    """

    def __init__(self, host: str, port: int = 104, **options: Unpack[ClientOptions]) -> None:
        self._settle(ClientConfig(host=host, port=port, **options))

    @classmethod
    def from_config(cls, config: ClientConfig) -> Self:
        """The client that a configuration describes."""
        client = cls.__new__(cls)
        client._settle(config)
        return client

    def _settle(self, config: ClientConfig) -> None:
        self.config = config
        self.host, self.port = config.host, config.port
        self._opening = opening_of(config)
        self._pool: AssociationPool | None = None

    def __enter__(self) -> Self:
        if self.config.reuse:
            config = self.config
            pool = AssociationPool(size=config.size, idle=config.idle, check=config.check)
            self._pool = pool.__enter__()
            self._opening["pool"] = self._pool
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pool, self._pool = self._pool, None
        self._opening.pop("pool", None)
        if pool is not None:
            pool.__exit__(kind, error, traceback)

    def verify(
        self, *, config: VerificationConfig = _VERIFICATION, **named: Unpack[Opening]
    ) -> VerificationResult:
        """See `verify`."""
        return _verify.verify(
            self.host, self.port, config=config, **cast("Opening", {**self._opening, **named})
        )

    def find(self, query: Query, **named: Unpack[Finding]) -> list[Match]:
        """See `find`."""
        return _query.find(
            self.host, self.port, query, **cast("Finding", {**self._opening, **named})
        )

    def iter_find(self, query: Query, **named: Unpack[Finding]) -> Generator[Match]:
        """See `iter_find`."""
        return _query.iter_find(
            self.host, self.port, query, **cast("Finding", {**self._opening, **named})
        )

    def find_patients(
        self, query: Query | None = None, **named: Unpack[FindPatients]
    ) -> list[PatientMatch]:
        """See `find_patients`."""
        return _query.find_patients(
            self.host, self.port, query, **cast("FindPatients", {**self._opening, **named})
        )

    def iter_patients(
        self, query: Query | None = None, **named: Unpack[FindPatients]
    ) -> Generator[PatientMatch]:
        """See `iter_patients`."""
        return _query.iter_patients(
            self.host, self.port, query, **cast("FindPatients", {**self._opening, **named})
        )

    def find_studies(
        self, query: Query | None = None, **named: Unpack[FindStudies]
    ) -> list[StudyMatch]:
        """See `find_studies`."""
        return _query.find_studies(
            self.host, self.port, query, **cast("FindStudies", {**self._opening, **named})
        )

    def iter_studies(
        self, query: Query | None = None, **named: Unpack[FindStudies]
    ) -> Generator[StudyMatch]:
        """See `iter_studies`."""
        return _query.iter_studies(
            self.host, self.port, query, **cast("FindStudies", {**self._opening, **named})
        )

    def find_series(
        self, query: Query | None = None, **named: Unpack[FindSeries]
    ) -> list[SeriesMatch]:
        """See `find_series`."""
        return _query.find_series(
            self.host, self.port, query, **cast("FindSeries", {**self._opening, **named})
        )

    def iter_series(
        self, query: Query | None = None, **named: Unpack[FindSeries]
    ) -> Generator[SeriesMatch]:
        """See `iter_series`."""
        return _query.iter_series(
            self.host, self.port, query, **cast("FindSeries", {**self._opening, **named})
        )

    def find_instances(
        self, query: Query | None = None, **named: Unpack[FindInstances]
    ) -> list[InstanceMatch]:
        """See `find_instances`."""
        return _query.find_instances(
            self.host, self.port, query, **cast("FindInstances", {**self._opening, **named})
        )

    def iter_instances(
        self, query: Query | None = None, **named: Unpack[FindInstances]
    ) -> Generator[InstanceMatch]:
        """See `iter_instances`."""
        return _query.iter_instances(
            self.host, self.port, query, **cast("FindInstances", {**self._opening, **named})
        )

    def get(
        self,
        keys: RetrieveKeys,
        *,
        into: Into = None,
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `get`."""
        return _retrieve.get(
            self.host,
            self.port,
            keys,
            into=into,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

    def iter_get(
        self,
        keys: RetrieveKeys,
        *,
        into: Into = None,
        config: RetrieveConfig = _RETRIEVE,
        **opening: Unpack[Opening],
    ) -> Generator[RetrieveEvent, None, None]:
        """See `iter_get`."""
        return _retrieve.iter_get(
            self.host,
            self.port,
            keys,
            into=into,
            config=config,
            **cast("Opening", {**self._opening, **opening}),
        )

    def move(
        self,
        keys: RetrieveKeys,
        destination: str | OwnDestination,
        *,
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `move`."""
        return _retrieve.move(
            self.host,
            self.port,
            keys,
            destination,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

    def iter_move(
        self,
        keys: RetrieveKeys,
        destination: str,
        *,
        config: RetrieveConfig = _RETRIEVE,
        **opening: Unpack[Opening],
    ) -> Generator[RetrieveEvent, None, None]:
        """See `iter_move`."""
        return _retrieve.iter_move(
            self.host,
            self.port,
            keys,
            destination,
            config=config,
            **cast("Opening", {**self._opening, **opening}),
        )

    def get_study(
        self,
        study: str | Iterable[str],
        *,
        patient: str = "",
        into: Into = None,
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `get_study`."""
        return _retrieve.get_study(
            self.host,
            self.port,
            study,
            patient=patient,
            into=into,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

    def get_series(
        self,
        study: str,
        series: str | Iterable[str],
        *,
        patient: str = "",
        into: Into = None,
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `get_series`."""
        return _retrieve.get_series(
            self.host,
            self.port,
            study,
            series,
            patient=patient,
            into=into,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

    def get_instance(
        self,
        study: str,
        series: str,
        instance: str | Iterable[str],
        *,
        patient: str = "",
        into: Into = None,
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `get_instance`."""
        return _retrieve.get_instance(
            self.host,
            self.port,
            study,
            series,
            instance,
            patient=patient,
            into=into,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

    def move_study(
        self,
        study: str | Iterable[str],
        destination: str | OwnDestination,
        *,
        patient: str = "",
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `move_study`."""
        return _retrieve.move_study(
            self.host,
            self.port,
            study,
            destination,
            patient=patient,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

    def move_series(
        self,
        study: str,
        series: str | Iterable[str],
        destination: str | OwnDestination,
        *,
        patient: str = "",
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `move_series`."""
        return _retrieve.move_series(
            self.host,
            self.port,
            study,
            series,
            destination,
            patient=patient,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

    def move_instance(
        self,
        study: str,
        series: str,
        instance: str | Iterable[str],
        destination: str | OwnDestination,
        *,
        patient: str = "",
        config: RetrieveConfig = _RETRIEVE,
        on_progress: Callable[[RetrieveProgress], object] | None = None,
        **opening: Unpack[Opening],
    ) -> RetrieveResult:
        """See `move_instance`."""
        return _retrieve.move_instance(
            self.host,
            self.port,
            study,
            series,
            instance,
            destination,
            patient=patient,
            config=config,
            on_progress=on_progress,
            **cast("Opening", {**self._opening, **opening}),
        )

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
