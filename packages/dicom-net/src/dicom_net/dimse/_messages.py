"""The DIMSE messages of PS3.7 9.3 and 10.3: one frozen class each, with the fields of its table.

``has_data`` says whether a data set follows (Command Data Set Type, PS3.7 E.1). Requests have a
``message_id``, responses the one they are ``responded_to``.
"""

from typing import ClassVar, TypeAlias

from attrs import field, frozen

from dicom_core import Tag

from ._command import CommandField, InvalidRQ, InvalidRSP, Priority, Requested, Responded, tags, us

__all__ = [
    "CCancelRQ",
    "CEchoRQ",
    "CEchoRSP",
    "CFindRQ",
    "CFindRSP",
    "CGetRQ",
    "CGetRSP",
    "CMoveRQ",
    "CMoveRSP",
    "CStoreRQ",
    "CStoreRSP",
    "Command",
    "CommandField",
    "InvalidRQ",
    "InvalidRSP",
    "NActionRQ",
    "NActionRSP",
    "NCreateRQ",
    "NCreateRSP",
    "NDeleteRQ",
    "NDeleteRSP",
    "NEventReportRQ",
    "NEventReportRSP",
    "NGetRQ",
    "NGetRSP",
    "NSetRQ",
    "NSetRSP",
    "Priority",
    "Request",
    "Response",
]


@frozen(kw_only=True)
class CEchoRQ(Requested):
    """C-ECHO-RQ (PS3.7 9.3.5.1)."""

    command_field: ClassVar[CommandField] = CommandField.C_ECHO_RQ
    has_data: ClassVar[bool] = False
    affected_sop_class: str = "1.2.840.10008.1.1"


@frozen(kw_only=True)
class CEchoRSP(Responded):
    """C-ECHO-RSP (PS3.7 9.3.5.2)."""

    command_field: ClassVar[CommandField] = CommandField.C_ECHO_RSP
    has_data: ClassVar[bool] = False
    affected_sop_class: str | None = None


@frozen(kw_only=True)
class CStoreRQ(Requested):
    """C-STORE-RQ (PS3.7 9.3.1.1)."""

    command_field: ClassVar[CommandField] = CommandField.C_STORE_RQ
    has_data: bool = True
    affected_sop_class: str
    affected_sop_instance: str
    priority: int = Priority.MEDIUM
    move_originator: str | None = None
    """The AE title that asked for the C-MOVE which this is a part of (0000,1030)."""
    move_originator_id: int | None = None
    """Its message ID (0000,1031)."""


@frozen(kw_only=True)
class CStoreRSP(Responded):
    """C-STORE-RSP (PS3.7 9.3.1.2)."""

    command_field: ClassVar[CommandField] = CommandField.C_STORE_RSP
    has_data: ClassVar[bool] = False
    affected_sop_class: str | None = None
    affected_sop_instance: str | None = None


@frozen(kw_only=True)
class _Query(Requested):
    affected_sop_class: str
    priority: int = Priority.MEDIUM
    has_data: bool = True


@frozen(kw_only=True)
class CFindRQ(_Query):
    """C-FIND-RQ (PS3.7 9.3.2.1)."""

    command_field: ClassVar[CommandField] = CommandField.C_FIND_RQ


@frozen(kw_only=True)
class CGetRQ(_Query):
    """C-GET-RQ (PS3.7 9.3.3.1)."""

    command_field: ClassVar[CommandField] = CommandField.C_GET_RQ


@frozen(kw_only=True)
class CMoveRQ(_Query):
    """C-MOVE-RQ (PS3.7 9.3.4.1)."""

    command_field: ClassVar[CommandField] = CommandField.C_MOVE_RQ
    destination: str


@frozen(kw_only=True)
class CFindRSP(Responded):
    """C-FIND-RSP (PS3.7 9.3.2.2); a pending one brings an identifier."""

    command_field: ClassVar[CommandField] = CommandField.C_FIND_RSP
    affected_sop_class: str | None = None
    has_data: bool = False


@frozen(kw_only=True)
class _Retrieved(Responded):
    affected_sop_class: str | None = None
    has_data: bool = False
    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None


@frozen(kw_only=True)
class CGetRSP(_Retrieved):
    """C-GET-RSP (PS3.7 9.3.3.2); its data set, where there is one, lists the instances that failed."""

    command_field: ClassVar[CommandField] = CommandField.C_GET_RSP


@frozen(kw_only=True)
class CMoveRSP(_Retrieved):
    """C-MOVE-RSP (PS3.7 9.3.4.2); its data set, where there is one, lists the instances that failed."""

    command_field: ClassVar[CommandField] = CommandField.C_MOVE_RSP


@frozen(kw_only=True)
class CCancelRQ:
    """C-CANCEL-RQ (PS3.7 9.3.2.3): stop the operation with this message ID. It is not answered itself."""

    command_field: ClassVar[CommandField] = CommandField.C_CANCEL_RQ
    has_data: ClassVar[bool] = False
    responded_to: int = field(validator=us)


@frozen(kw_only=True)
class NEventReportRQ(Requested):
    """N-EVENT-REPORT-RQ (PS3.7 10.3.1.1)."""

    command_field: ClassVar[CommandField] = CommandField.N_EVENT_REPORT_RQ
    affected_sop_class: str
    affected_sop_instance: str
    event_type: int = field(validator=us)
    has_data: bool = False


@frozen(kw_only=True)
class _Affected(Responded):
    affected_sop_class: str | None = None
    affected_sop_instance: str | None = None
    has_data: bool = False


@frozen(kw_only=True)
class NEventReportRSP(_Affected):
    """N-EVENT-REPORT-RSP (PS3.7 10.3.1.2)."""

    command_field: ClassVar[CommandField] = CommandField.N_EVENT_REPORT_RSP
    event_type: int | None = None


@frozen(kw_only=True)
class _Addressed(Requested):
    requested_sop_class: str
    requested_sop_instance: str


@frozen(kw_only=True)
class NGetRQ(_Addressed):
    """N-GET-RQ (PS3.7 10.3.2.1); no attributes means all."""

    command_field: ClassVar[CommandField] = CommandField.N_GET_RQ
    has_data: ClassVar[bool] = False
    attributes: tuple[Tag, ...] = field(default=(), converter=tags)


@frozen(kw_only=True)
class NGetRSP(_Affected):
    """N-GET-RSP (PS3.7 10.3.2.2)."""

    command_field: ClassVar[CommandField] = CommandField.N_GET_RSP


@frozen(kw_only=True)
class NSetRQ(_Addressed):
    """N-SET-RQ (PS3.7 10.3.3.1)."""

    command_field: ClassVar[CommandField] = CommandField.N_SET_RQ
    has_data: bool = True


@frozen(kw_only=True)
class NSetRSP(_Affected):
    """N-SET-RSP (PS3.7 10.3.3.2)."""

    command_field: ClassVar[CommandField] = CommandField.N_SET_RSP


@frozen(kw_only=True)
class NActionRQ(_Addressed):
    """N-ACTION-RQ (PS3.7 10.3.4.1)."""

    command_field: ClassVar[CommandField] = CommandField.N_ACTION_RQ
    action_type: int = field(validator=us)
    has_data: bool = False


@frozen(kw_only=True)
class NActionRSP(_Affected):
    """N-ACTION-RSP (PS3.7 10.3.4.2)."""

    command_field: ClassVar[CommandField] = CommandField.N_ACTION_RSP
    action_type: int | None = None


@frozen(kw_only=True)
class NCreateRQ(Requested):
    """N-CREATE-RQ (PS3.7 10.3.5.1); without an instance UID the peer gives one."""

    command_field: ClassVar[CommandField] = CommandField.N_CREATE_RQ
    affected_sop_class: str
    affected_sop_instance: str | None = None
    has_data: bool = False


@frozen(kw_only=True)
class NCreateRSP(_Affected):
    """N-CREATE-RSP (PS3.7 10.3.5.2)."""

    command_field: ClassVar[CommandField] = CommandField.N_CREATE_RSP


@frozen(kw_only=True)
class NDeleteRQ(_Addressed):
    """N-DELETE-RQ (PS3.7 10.3.6.1)."""

    command_field: ClassVar[CommandField] = CommandField.N_DELETE_RQ
    has_data: ClassVar[bool] = False


@frozen(kw_only=True)
class NDeleteRSP(Responded):
    """N-DELETE-RSP (PS3.7 10.3.6.2)."""

    command_field: ClassVar[CommandField] = CommandField.N_DELETE_RSP
    has_data: ClassVar[bool] = False
    affected_sop_class: str | None = None
    affected_sop_instance: str | None = None


Request: TypeAlias = (
    CEchoRQ
    | CStoreRQ
    | CFindRQ
    | CGetRQ
    | CMoveRQ
    | NEventReportRQ
    | NGetRQ
    | NSetRQ
    | NActionRQ
    | NCreateRQ
    | NDeleteRQ
)
Response: TypeAlias = (
    CEchoRSP
    | CStoreRSP
    | CFindRSP
    | CGetRSP
    | CMoveRSP
    | NEventReportRSP
    | NGetRSP
    | NSetRSP
    | NActionRSP
    | NCreateRSP
    | NDeleteRSP
)
Command: TypeAlias = Request | Response | CCancelRQ | InvalidRQ | InvalidRSP


# Tracebacks, reprs and pickles name the place that users import from
CEchoRQ.__module__ = CEchoRSP.__module__ = CStoreRQ.__module__ = "dicom_net.dimse"
CStoreRSP.__module__ = CFindRQ.__module__ = CGetRQ.__module__ = "dicom_net.dimse"
CMoveRQ.__module__ = CFindRSP.__module__ = CGetRSP.__module__ = "dicom_net.dimse"
CMoveRSP.__module__ = CCancelRQ.__module__ = NEventReportRQ.__module__ = "dicom_net.dimse"
NEventReportRSP.__module__ = NGetRQ.__module__ = NGetRSP.__module__ = "dicom_net.dimse"
NSetRQ.__module__ = NSetRSP.__module__ = NActionRQ.__module__ = "dicom_net.dimse"
NActionRSP.__module__ = NCreateRQ.__module__ = NCreateRSP.__module__ = "dicom_net.dimse"
NDeleteRQ.__module__ = NDeleteRSP.__module__ = "dicom_net.dimse"
