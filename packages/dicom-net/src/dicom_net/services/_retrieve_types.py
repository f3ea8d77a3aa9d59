"""What a retrieve tells while it runs and when it is over."""

from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

from dicom_dict import StatusCategory, status_category

from .._errors import PartialFailure, StatusError
from ._storage_types import ReceivedObject, StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dicom_core import DicomFile
    from dicom_dict import Status

__all__ = [
    "ReceivedInstance",
    "RetrieveCompleted",
    "RetrieveEvent",
    "RetrieveProgress",
    "RetrieveResult",
]

CANCEL = 0xFE00


@frozen
class RetrieveProgress:
    """How far the peer is, as its last response says; None for what it does not say."""

    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None

    @property
    def total(self) -> int | None:
        """All sub-operations, where the peer says how many remain."""
        if self.remaining is None:
            return None
        return self.remaining + (self.completed or 0) + (self.failed or 0) + (self.warning or 0)


@frozen
class ReceivedInstance:
    """An instance that arrived and was kept."""

    sop_class: str
    sop_instance: str
    transfer_syntax: str
    size: int
    """The bytes of its data set."""
    kept: object = field(default=None, repr=False)
    """What the receiver said when it kept it: the bytes of the file, a `StoredFile` of a folder, the receipt of a store; the
    server's `ReceivedObject` where it came by a C-MOVE to ourselves."""

    @property
    def path(self) -> str | None:
        """Where it was put, where that is a file."""
        return self.kept.path if isinstance(self.kept, StoredFile | ReceivedObject) else None

    def file(self) -> "DicomFile":
        """The instance, out of memory or from its file; `LookupError` where it is in a store."""
        import dicom_core as dc

        if isinstance(self.kept, bytes):
            return dc.read(self.kept)
        if isinstance(self.kept, ReceivedObject):
            return self.kept.file()
        if self.path is None:
            raise LookupError("the instance is in a store; read it from there")
        return dc.read(self.path)


def _instances(found: "Iterable[ReceivedInstance]") -> tuple[ReceivedInstance, ...]:
    return tuple(found)


@frozen(kw_only=True)
class RetrieveResult:
    """How a C-GET or C-MOVE ended."""

    status: int
    service: str
    """``C-GET`` or ``C-MOVE``."""
    completed: int = 0
    failed: int = 0
    warning: int = 0
    remaining: int = 0
    """What was not tried any more, after a cancel."""
    failed_instances: tuple[str, ...] = ()
    """SOP Instance UIDs of what failed, as the peer lists them (0008,0058), and of what we could not keep."""
    comment: str = field(default="", repr=False)
    """The peer's Error Comment (0000,0902)."""
    instances: tuple[ReceivedInstance, ...] = field(default=(), converter=_instances, repr=False)
    """What arrived here and was kept; empty for a C-MOVE to somebody else and where instances were iterated over."""

    @property
    def meaning(self) -> "Status":
        """The status, with its category and meaning."""
        from dicom_dict import status

        return status(self.status, self.service)

    @property
    def is_success(self) -> bool:
        """Whether everything that was asked for arrived."""
        return self.status == 0 and not self.failed and not self.failed_instances

    @property
    def is_cancelled(self) -> bool:
        """Whether it ended because we wanted no more."""
        return self.status == CANCEL

    @property
    def has_partial_failures(self) -> bool:
        """Whether some instances arrived and others did not, listed or not: some peers give up with a status alone."""
        failed = self.failed or self.failed_instances or self._is_failure
        return bool(failed) and bool(self.completed or self.warning)

    @property
    def _is_failure(self) -> bool:
        return status_category(self.status) is StatusCategory.FAILURE

    @property
    def total(self) -> int:
        """All sub-operations."""
        return self.completed + self.failed + self.warning + self.remaining

    @property
    def files(self) -> "tuple[DicomFile, ...]":
        """The instances that arrived here, in memory or in a folder."""
        return tuple(one.file() for one in self.instances)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the instances were put, where that are files."""
        return tuple(one.path for one in self.instances if one.path is not None)

    def raise_for_refusal(self) -> None:
        """`StatusError` where the peer refused the request as a whole: no instance was tried, and none came."""
        if self._is_failure and not self.total and not self.instances:
            raise StatusError(self.status, self.service, self.comment or None)

    def raise_for_failure(self) -> None:
        """`StatusError` where nothing could be retrieved, `PartialFailure` where a part could not."""
        if self.is_cancelled:
            return
        if self.has_partial_failures and self.failed:
            raise PartialFailure(self.failed_instances, self.total)
        if self._is_failure or self.failed:
            raise StatusError(self.status, self.service, self.comment or None)


@frozen
class RetrieveCompleted:
    """The last event of a retrieve."""

    result: RetrieveResult


RetrieveEvent: TypeAlias = RetrieveProgress | ReceivedInstance | RetrieveCompleted

# Tracebacks, reprs and pickles name the place that users import from
for _class in (ReceivedInstance, RetrieveCompleted, RetrieveProgress, RetrieveResult):
    _class.__module__ = "dicom_net"
del _class
