"""A query/retrieve server as one provider, for tests and small gateways (NET-084)."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from ._echo import Verification
from ._find_provider import FindProvider
from ._find_types import FindHandler, FindSettings
from ._retrieve_provider import Destinations, RetrieveProvider, RetrieveSettings
from ._several import Several

if TYPE_CHECKING:
    from dicom_core.store import Store

    from ._provider import Provider
    from ._retrieve_source import RetrieveSource

__all__ = ["query_retrieve"]

_FIND: Final = FindSettings()
_RETRIEVE: Final = RetrieveSettings()


def query_retrieve(
    store: "Store | None" = None,
    *,
    find: FindHandler | None = None,
    retrieve: "RetrieveSource | None" = None,
    destinations: Destinations | None = None,
    find_settings: FindSettings = _FIND,
    retrieve_settings: RetrieveSettings = _RETRIEVE,
    clock: Callable[[], float] | None = None,
    also: "Iterable[Provider]" = (),
) -> Several:
    """Answers C-ECHO, C-FIND, C-GET and C-MOVE from a store, or from functions in its place.

    ``find`` is a function that gives what a query means, or comes instead of the store's own search where both are there;
    ``retrieve`` likewise, such as `Handlers`. ``destinations`` are those of C-MOVE. With a ``clock``, such as
    ``time.monotonic``, a retrieve tells its counts now and then, as `RetrieveProvider` says, and takes less time. ``also``
    are providers that come before, such as one for storage.
    """
    providers: list[Provider] = [*also, Verification()]
    finds = find if find is not None else store
    if finds is not None:
        providers.append(FindProvider(finds, find_settings))
    retrieves = retrieve if retrieve is not None else store
    if retrieves is not None:
        providers.append(
            RetrieveProvider(retrieves, destinations, settings=retrieve_settings, clock=clock)
        )
    return Several(providers)


# Tracebacks, reprs and pickles name the place that users import from
query_retrieve.__module__ = "dicom_net"
