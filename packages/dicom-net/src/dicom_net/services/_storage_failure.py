"""Which status tells a sender why its instance was not kept (PS3.4 table B.2-1, PS3.7 C.5; NET-077)."""

import errno
import logging
from typing import Final

from dicom_core.store import InstanceConflict, InstanceRefused, StoreError, StoreFull

from .._errors import DeadlineExceeded

__all__ = [
    "CLASS_NOT_SUPPORTED",
    "INVALID_INSTANCE",
    "OUT_OF_RESOURCES",
    "PROCESSING_FAILURE",
    "Failure",
    "failure_of",
]

PROCESSING_FAILURE: Final = 0x0110  # PS3.7 C.5
DUPLICATE: Final = 0x0111
INVALID_INSTANCE: Final = 0x0117
CLASS_NOT_SUPPORTED: Final = 0x0122
OUT_OF_RESOURCES: Final = 0xA700  # PS3.4 table B.2-1
MISMATCH: Final = 0xA900
NOT_UNDERSTOOD: Final = 0xC000

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE})


class Failure(Exception):
    """An instance is refused with a status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


def failure_of(wrong: Exception, log: logging.Logger, number: int) -> Failure:
    """The status for what a receiver raised; mistakes of programs go to the log."""
    if isinstance(wrong, StoreFull):
        return Failure(OUT_OF_RESOURCES, "there is no room for it")
    if isinstance(wrong, InstanceRefused):
        mismatch = wrong.reason in {"mismatch", "missing-uid", "invalid-uid"}
        return Failure(MISMATCH if mismatch else NOT_UNDERSTOOD, wrong.text)
    if isinstance(wrong, InstanceConflict):
        return Failure(DUPLICATE, "another instance with this UID is there")
    if isinstance(wrong, OSError) and wrong.errno in _NO_ROOM:
        return Failure(OUT_OF_RESOURCES, "there is no room for it")
    if isinstance(wrong, DeadlineExceeded):
        return Failure(PROCESSING_FAILURE, "storing it took too long")
    if isinstance(wrong, StoreError):  # what may be there later is worth another try
        return Failure(OUT_OF_RESOURCES if wrong.retryable else PROCESSING_FAILURE, str(wrong))
    if not isinstance(wrong, OSError):
        log.exception("association %d: the receiver failed", number)
    return Failure(PROCESSING_FAILURE, f"it could not be stored ({type(wrong).__name__})")
