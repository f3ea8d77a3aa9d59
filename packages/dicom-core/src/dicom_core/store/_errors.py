"""Why a store did not do what it was asked. Network and web turn each into a status of their own."""

from dicom_dict import DicomError

__all__ = ["InstanceConflict", "InstanceRefused", "StoreError", "StoreFull", "UnknownInstance"]


class StoreError(DicomError):
    """Something about a store; ``retryable`` says whether the same call may work later."""

    retryable = False


class StoreFull(StoreError):
    """A limit of the store is reached; nothing of the instance was kept (DIMSE A700, HTTP 507).

    ``limit`` names the setting, ``value`` what was met.
    """

    retryable = True

    def __init__(self, limit: str, value: int) -> None:
        super().__init__(limit, value)
        self.limit = limit
        self.value = value

    def __str__(self) -> str:
        return f"the limit {self.limit!r} of the store is exceeded by {self.value}; delete something or raise it"


class InstanceRefused(StoreError, ValueError):
    """The bytes are no instance that can be kept; nothing was kept (DIMSE A900 or C000, HTTP 409).

    ``reason`` is a short stable name: not-dicom, incomplete, missing-uid, invalid-uid, mismatch, limit.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason, text)
        self.reason = reason
        self.text = text

    def __str__(self) -> str:
        return f"the instance is refused: {self.text} ({self.reason})"


class InstanceConflict(StoreError):
    """Another instance with this UID and other bytes is kept already (DIMSE 0111, HTTP 409)."""

    def __init__(self, instance: str) -> None:
        super().__init__(instance)
        self.instance = instance

    def __str__(self) -> str:
        return f"the store has an instance {self.instance} with other bytes"


class UnknownInstance(StoreError, KeyError):
    """The store has no such instance (HTTP 404)."""

    def __init__(self, instance: str) -> None:
        super().__init__(instance)
        self.instance = instance

    def __str__(self) -> str:
        return f"the store has no instance {self.instance[:64]!r}"


# Tracebacks, reprs and pickles name the place that users import from
StoreError.__module__ = StoreFull.__module__ = InstanceRefused.__module__ = "dicom_core.store"
InstanceConflict.__module__ = UnknownInstance.__module__ = "dicom_core.store"
