"""One peer and how to call it, with every service as a method (NET-093 to NET-095)."""

from types import TracebackType
from typing import Final, Self, Unpack, cast

from .._client import ClientConfig, ClientOptions, opening_of
from .._opening import Opening
from ..services._echo_types import VerificationConfig, VerificationResult
from . import _verify
from ._client_find import ClientFinds
from ._client_retrieve import ClientRetrieves
from ._client_store import ClientStores
from ._pool import AssociationPool

__all__ = ["DicomClient"]

_VERIFICATION: Final = VerificationConfig()


class DicomClient(ClientFinds, ClientRetrieves, ClientStores):
    """A peer: where it is, how it is called, and what to do with it.

    Each method is the function of its name, with the peer given already and everything of `ClientConfig` as default; what a
    call names itself goes first. In ``async with``, associations are kept and used again, and released at the end;
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

    async def __aenter__(self) -> Self:
        if self.config.reuse:
            config = self.config
            pool = AssociationPool(size=config.size, idle=config.idle, check=config.check)
            self._pool = await pool.__aenter__()
            self._opening["pool"] = self._pool
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pool, self._pool = self._pool, None
        self._opening.pop("pool", None)
        if pool is not None:
            await pool.__aexit__(kind, error, traceback)

    async def verify(
        self, *, config: VerificationConfig = _VERIFICATION, **named: Unpack[Opening]
    ) -> VerificationResult:
        """See `verify`."""
        return await _verify.verify(
            self.host, self.port, config=config, **cast("Opening", {**self._opening, **named})
        )


# Tracebacks, reprs and pickles name the place that users import from
DicomClient.__module__ = "dicom_net"
