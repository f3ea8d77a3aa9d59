"""The node: an archive behind a DICOM port, its settings, its health, its metrics.

Everything here loads when it is first used.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._health import Health, health, metrics_text
    from ._log import JsonLines, log_to
    from ._node import Node
    from ._settings import (
        DestinationSettings,
        DiskSettings,
        LogForm,
        LogLevel,
        QuerySettings,
        ServeSettings,
        ServeSettingsError,
        StorageLimits,
        TlsSettings,
    )

__all__ = [
    "DestinationSettings",
    "DiskSettings",
    "Health",
    "JsonLines",
    "LogForm",
    "LogLevel",
    "Node",
    "QuerySettings",
    "ServeSettings",
    "ServeSettingsError",
    "StorageLimits",
    "TlsSettings",
    "health",
    "log_to",
    "metrics_text",
]

__getattr__, __dir__ = door(
    globals(),
    {
        "._health": "Health health metrics_text",
        "._log": "JsonLines log_to",
        "._node": "Node",
        "._settings": (
            "DestinationSettings DiskSettings LogForm LogLevel QuerySettings ServeSettings ServeSettingsError "
            "StorageLimits TlsSettings"
        ),
    },
)
