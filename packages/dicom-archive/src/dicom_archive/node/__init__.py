"""The node: an archive behind a DICOM port, its settings, its health, its metrics.

Everything here loads when it is first used.
"""

from typing import TYPE_CHECKING

from dicom_dict.lazy import door

if TYPE_CHECKING:
    from ._health import Health, health, metrics_text
    from ._log import JsonLines, log_to
    from ._node import Node
    from ._opening import archive_settings, open_archive
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
    "archive_settings",
    "health",
    "log_to",
    "metrics_text",
    "open_archive",
]

__getattr__, __dir__ = door(
    globals(),
    {
        "._health": "Health health metrics_text",
        "._log": "JsonLines log_to",
        "._node": "Node",
        "._opening": "archive_settings open_archive",
        "._settings": (
            "DestinationSettings DiskSettings LogForm LogLevel QuerySettings ServeSettings ServeSettingsError "
            "StorageLimits TlsSettings"
        ),
    },
)
