"""DICOM over the network: machines without I/O, and the same services under asyncio, trio and plain sockets.

Everything here loads when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import blocking, dimse, services, testing, transport, ul
    from ._errors import (
        AssociationAborted,
        AssociationRejected,
        ConnectionFailed,
        ConnectionLost,
        DeadlineExceeded,
        ErrorCategory,
        ErrorLevel,
        LimitExceeded,
        LocalProtocolError,
        NegotiationError,
        NetworkError,
        PartialFailure,
        RemoteProtocolError,
        StatusError,
        TimeoutKind,
        TlsError,
    )
    from ._settings import NetworkLimits, Timeouts

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "_errors": (
        "AssociationAborted AssociationRejected ConnectionFailed ConnectionLost DeadlineExceeded ErrorCategory "
        "ErrorLevel LimitExceeded LocalProtocolError NegotiationError NetworkError PartialFailure "
        "RemoteProtocolError StatusError TimeoutKind TlsError"
    ),
    "_settings": "NetworkLimits Timeouts",
}
_WHERE = {name: module for module, names in _DOOR.items() for name in names.split()}
_MODULES = frozenset({"blocking", "dimse", "services", "testing", "transport", "ul"})

__all__ = [
    "AssociationAborted",
    "AssociationRejected",
    "ConnectionFailed",
    "ConnectionLost",
    "DeadlineExceeded",
    "ErrorCategory",
    "ErrorLevel",
    "LimitExceeded",
    "LocalProtocolError",
    "NegotiationError",
    "NetworkError",
    "NetworkLimits",
    "PartialFailure",
    "RemoteProtocolError",
    "StatusError",
    "TimeoutKind",
    "Timeouts",
    "TlsError",
    "blocking",
    "dimse",
    "services",
    "testing",
    "transport",
    "ul",
]


if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _WHERE:
            value: object = getattr(import_module(f".{_WHERE[name]}", __name__), name)
        elif name in _MODULES:
            return import_module(f".{name}", __name__)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        globals()[name] = value  # the next access finds it without coming here
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
