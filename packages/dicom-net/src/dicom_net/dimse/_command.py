"""What the messages of PS3.7 have in common, and the request that is none of them."""

from enum import IntEnum, unique
from typing import TYPE_CHECKING, ClassVar

from attrs import field, frozen

from dicom_core import Tag
from dicom_dict import Status, StatusCategory, status, status_category

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrs import Attribute

__all__ = [
    "CommandField",
    "InvalidRQ",
    "InvalidRSP",
    "Priority",
    "Requested",
    "Responded",
    "tags",
    "us",
]


@unique
class CommandField(IntEnum):
    """(0000,0100), PS3.7 E.1; the bit 8000H marks a response."""

    C_STORE_RQ = 0x0001
    C_STORE_RSP = 0x8001
    C_GET_RQ = 0x0010
    C_GET_RSP = 0x8010
    C_FIND_RQ = 0x0020
    C_FIND_RSP = 0x8020
    C_MOVE_RQ = 0x0021
    C_MOVE_RSP = 0x8021
    C_ECHO_RQ = 0x0030
    C_ECHO_RSP = 0x8030
    N_EVENT_REPORT_RQ = 0x0100
    N_EVENT_REPORT_RSP = 0x8100
    N_GET_RQ = 0x0110
    N_GET_RSP = 0x8110
    N_SET_RQ = 0x0120
    N_SET_RSP = 0x8120
    N_ACTION_RQ = 0x0130
    N_ACTION_RSP = 0x8130
    N_CREATE_RQ = 0x0140
    N_CREATE_RSP = 0x8140
    N_DELETE_RQ = 0x0150
    N_DELETE_RSP = 0x8150
    C_CANCEL_RQ = 0x0FFF


@unique
class Priority(IntEnum):
    """(0000,0700), PS3.7 E.1."""

    MEDIUM = 0
    HIGH = 1
    LOW = 2


def tags(values: "Iterable[Tag]") -> tuple[Tag, ...]:
    """Lists of tags are kept as tuples."""
    return tuple(values)


def us(_instance: object, attribute: "Attribute[int]", value: int) -> None:
    """Message IDs, statuses and types are US. A function: those of attrs cost three times as much a message."""
    if not 0 <= value <= 0xFFFF:
        raise ValueError(f"{attribute.name} is 0 to 65535, not {value}")


@frozen(kw_only=True)
class Requested:
    message_id: int = field(validator=us)


@frozen(kw_only=True)
class Responded:
    responded_to: int = field(validator=us)
    status: int = field(validator=us)
    comment: str = ""
    """Error Comment (0000,0902)."""
    offending: tuple[Tag, ...] = field(default=(), converter=tags)
    """Offending Element (0000,0901)."""
    error_id: int | None = None
    """Error ID (0000,0903)."""

    @property
    def is_pending(self) -> bool:
        """Whether further responses follow (PS3.7 C.3)."""
        return self.status & 0xFFFE == 0xFF00

    @property
    def category(self) -> StatusCategory:
        """Success, warning, failure, cancel or pending."""
        return status_category(self.status)

    @property
    def meaning(self) -> Status:
        """What the status means in this service, by the tables of PS3.4 and PS3.7; unknown codes have a category too."""
        return status(self.status, _service(self))


def _service(response: Responded) -> str | None:
    """Such as ``C-FIND``; None where the operation is unknown."""
    found = getattr(response, "command_field", None)
    if not isinstance(found, CommandField):
        return None
    return found.name.removesuffix("_RSP").replace("_", "-")


@frozen(kw_only=True)
class InvalidRQ(Requested):
    """A request that came and cannot be performed: its operation is unknown, or a field is missing or broken.

    It wants an answer all the same (PS3.7 9.1 and 10.1): `refusal` makes it, from ``status`` and ``reason``.
    """

    command_field: int
    """(0000,0100) as it came."""
    has_data: bool
    status: int = field(validator=us)
    reason: str
    """For the Error Comment: what is wrong, without any value."""
    offending: tuple[Tag, ...] = field(default=(), converter=tags)
    affected_sop_class: str | None = None
    affected_sop_instance: str | None = None


@frozen(kw_only=True)
class InvalidRSP(Responded):
    """The answer to a request whose operation is unknown: its command field with the bit 8000H set."""

    command_field: int = field(validator=us)
    has_data: ClassVar[bool] = False
    affected_sop_class: str | None = None
    affected_sop_instance: str | None = None


# Tracebacks, reprs and pickles name the place that users import from
CommandField.__module__ = Priority.__module__ = InvalidRQ.__module__ = "dicom_net.dimse"
InvalidRSP.__module__ = "dicom_net.dimse"
