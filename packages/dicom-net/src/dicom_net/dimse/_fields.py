"""The elements of command sets (PS3.7 E.1), by the names that messages give them. Retired ones (E.2) are not here."""

from enum import Enum, auto
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["DATA", "FIELDS", "NO_DATA", "Field", "Kind"]

NO_DATA: Final = 0x0101
"""Command Data Set Type (0000,0800) of a message without a data set; any other value announces one."""
DATA: Final = 0x0001
"""The other value that everybody writes."""


class Kind(Enum):
    """How a field is coded."""

    UI = auto()
    US = auto()
    AE = auto()
    LO = auto()
    AT = auto()


class Field(NamedTuple):
    """An element of group 0000."""

    element: int
    kind: Kind
    title: str
    """As in PS3.7 E.1."""


FIELDS: Final = MappingProxyType(
    {
        "affected_sop_class": Field(0x0002, Kind.UI, "Affected SOP Class UID"),
        "requested_sop_class": Field(0x0003, Kind.UI, "Requested SOP Class UID"),
        "command_field": Field(0x0100, Kind.US, "Command Field"),
        "message_id": Field(0x0110, Kind.US, "Message ID"),
        "responded_to": Field(0x0120, Kind.US, "Message ID Being Responded To"),
        "destination": Field(0x0600, Kind.AE, "Move Destination"),
        "priority": Field(0x0700, Kind.US, "Priority"),
        "has_data": Field(0x0800, Kind.US, "Command Data Set Type"),
        "status": Field(0x0900, Kind.US, "Status"),
        "offending": Field(0x0901, Kind.AT, "Offending Element"),
        "comment": Field(0x0902, Kind.LO, "Error Comment"),
        "error_id": Field(0x0903, Kind.US, "Error ID"),
        "affected_sop_instance": Field(0x1000, Kind.UI, "Affected SOP Instance UID"),
        "requested_sop_instance": Field(0x1001, Kind.UI, "Requested SOP Instance UID"),
        "event_type": Field(0x1002, Kind.US, "Event Type ID"),
        "attributes": Field(0x1005, Kind.AT, "Attribute Identifier List"),
        "action_type": Field(0x1008, Kind.US, "Action Type ID"),
        "remaining": Field(0x1020, Kind.US, "Number of Remaining Sub-operations"),
        "completed": Field(0x1021, Kind.US, "Number of Completed Sub-operations"),
        "failed": Field(0x1022, Kind.US, "Number of Failed Sub-operations"),
        "warning": Field(0x1023, Kind.US, "Number of Warning Sub-operations"),
        "move_originator": Field(0x1030, Kind.AE, "Move Originator Application Entity Title"),
        "move_originator_id": Field(0x1031, Kind.US, "Move Originator Message ID"),
    }
)
