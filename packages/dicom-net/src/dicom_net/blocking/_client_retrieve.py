"""Retrieving, as methods of a client."""

from collections.abc import Callable, Generator, Iterable
from typing import Final, Unpack, cast

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
from . import _retrieve

__all__ = ["ClientRetrieves"]

_RETRIEVE: Final = RetrieveConfig()


class ClientRetrieves:
    """See `DicomClient`."""

    host: str
    port: int
    _opening: Opening

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
