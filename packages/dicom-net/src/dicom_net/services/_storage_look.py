"""Looking at an instance before it is kept, where the settings ask for it: its head, or all of it."""

from typing import TYPE_CHECKING, Final, NamedTuple

import dicom_core as dc

from ._storage_types import HeadCheck, StorageSettings, ValidationPolicy

if TYPE_CHECKING:
    from dicom_core.validate import ValidationResult

    from ._storage_types import Announced

__all__ = ["Look", "look_at", "wanted"]

_HEAD: Final = 16 << 10  # SOP Class and Instance UID stand among the first elements (PS3.5 7.1)
_PAST_UIDS: Final = 0x00080019
# PS3.4 table B.2-1
MISMATCH: Final = 0xA900
NOT_UNDERSTOOD: Final = 0xC000
WARNING_MISMATCH: Final = 0xB007


class Look(NamedTuple):
    """What was seen; a status other than 0 refuses the instance, a warning is told to the sender."""

    status: int = 0
    error: str = ""
    warning: int = 0
    validation: "ValidationResult | None" = None


def wanted(settings: StorageSettings) -> int:
    """How many bytes of a data set must be held for looking at it; 0 where nothing is looked at."""
    if settings.validation is not ValidationPolicy.OFF:
        return settings.validation_size
    return _HEAD if settings.head is not HeadCheck.OFF else 0


def look_at(
    head: bytes, data: bytes, announced: "Announced", settings: StorageSettings, *, whole: bool
) -> Look:
    """Look at a data set, or its beginning, behind the head of its file."""
    found = _look_at_uids(head + data[:_HEAD], announced)
    if found.status or settings.validation is ValidationPolicy.OFF or not whole:
        return found
    try:
        result = dc.validate.validate(dc.read(head + data))
    except dc.DicomError:
        return Look(NOT_UNDERSTOOD, "the data set cannot be read")
    if result.is_valid:
        return Look(validation=result)
    first = result.errors[0]
    if settings.validation is ValidationPolicy.REJECT:
        return Look(MISMATCH, f"validation found {first.rule} at {first.path}", 0, result)
    return Look(warning=WARNING_MISMATCH, validation=result)


def _look_at_uids(head: bytes, announced: "Announced") -> Look:
    try:
        file = dc.read_header(head, stop=_PAST_UIDS)
        sop_class, sop_instance = (
            file.dataset.get(tag) for tag in ("SOPClassUID", "SOPInstanceUID")
        )
    except dc.DicomError:
        return Look(NOT_UNDERSTOOD, "the data set cannot be read")
    if not sop_class and not sop_instance:
        return Look(NOT_UNDERSTOOD, "the data set has neither SOP Class nor Instance UID")
    for what, said, found in (
        ("SOP Class UID", announced.sop_class, sop_class),
        ("SOP Instance UID", announced.sop_instance, sop_instance),
    ):
        if said != found:
            return Look(MISMATCH, f"the {what} of the data set is not that of the command")
    return Look()
