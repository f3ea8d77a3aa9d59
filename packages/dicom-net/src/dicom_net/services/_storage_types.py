"""What a storage provider is told, and what it tells its program."""

from collections.abc import Awaitable, Iterable
from datetime import datetime
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen
from attrs.validators import ge, gt

if TYPE_CHECKING:
    from dicom_core import DicomFile
    from dicom_core.store import Expected, Receipt
    from dicom_core.validate import ValidationResult

    from ._provider import AssociationInfo

__all__ = [
    "Announced",
    "Arrival",
    "HeadCheck",
    "ReceivedObject",
    "Receiver",
    "StorageHandler",
    "StorageSettings",
    "StoredFile",
    "ValidationPolicy",
    "commit_blocks",
]


class Arrival(Protocol):
    """One instance on its way in; what `dicom_core.store.Incoming` is, as far as a provider uses it."""

    def write(self, views: "Iterable[bytes | memoryview]") -> None:
        """Take pieces of the file. They are consumed before this returns; their memory is used again."""
        ...

    def commit(self) -> "Awaitable[object] | object":
        """Keep it. When this is done, it is as durable as was promised."""
        ...

    def discard(self) -> Awaitable[None] | None:
        """Forget it, without waiting for anything. Does nothing after `commit` or a second time."""
        ...


class Receiver(Protocol):
    """Where instances go: any `dicom_core.store.Store`, a `DirectoryStorage`, or anything with this method.

    An arrival whose ``commit`` blocks, since it waits for a disk, says so with an attribute ``blocks``, or its receiver does
    for all of them; it is then called in a thread where an event loop would be held up.
    """

    def receive(self, expected: "Expected | None" = None) -> Awaitable[Arrival] | Arrival:
        """Begin to take one instance, a Part 10 file. Raises `dicom_core.store.StoreFull` where there is no room."""
        ...


def commit_blocks(receiver: Receiver, arrival: Arrival) -> bool:
    """Whether keeping an instance would hold up an event loop. A coroutine function does not: it sees to that itself."""
    blocks = bool(getattr(arrival, "blocks", getattr(receiver, "blocks", False)))
    return blocks and not iscoroutinefunction(arrival.commit)


@frozen(kw_only=True)
class Announced:
    """What a C-STORE request says of its instance."""

    sop_class: str
    sop_instance: str
    transfer_syntax: str
    move_originator: str | None = None
    move_originator_id: int | None = None


@frozen(kw_only=True)
class StoredFile:
    """Where an instance was put, and what became of one that was there."""

    path: str
    size: int
    """Bytes of the file."""
    outcome: str
    """``stored``, ``duplicate``, ``kept`` or ``replaced`` (`dicom_core.store.Outcome`)."""


@frozen(kw_only=True)
class ReceivedObject:
    """An instance that was received and kept."""

    info: "AssociationInfo"
    """Who sent it."""
    sop_class: str
    sop_instance: str
    transfer_syntax: str
    size: int
    """Bytes of the data set."""
    received: datetime
    path: str | None = None
    """Where it was stored, if that is a file."""
    receipt: "Receipt | StoredFile | None" = field(default=None, repr=False)
    """What the receiver said."""
    validation: "ValidationResult | None" = field(default=None, repr=False)
    """What validation found, where it was asked for."""
    _data: bytes | None = field(default=None, repr=False, alias="data")

    @property
    def data(self) -> bytes:
        """The encoded data set, without file meta information."""
        if self._data is not None:
            return self._data
        body = self.file().body
        assert body is not None  # just read, and not edited
        return body.read()

    def file(self) -> "DicomFile":
        """The instance. `FileNotFoundError` where somebody moved its file, `LookupError` where it is in a store."""
        import dicom_core as dc

        if self._data is not None:
            from .._part10 import file_head

            head = file_head(
                self.sop_class,
                self.sop_instance,
                self.transfer_syntax,
                sender=self.info.calling,
                receiver=self.info.called,
            )
            return dc.read(head + self._data)
        if self.path is None:
            raise LookupError("the instance is in a store; read it from there")
        return dc.read(self.path)


class StorageHandler(Protocol):
    """What a program may decide and learn at a storage provider. Derive from it and replace what matters.

    Each method may be a plain function or a coroutine function. Plain ones run in a thread of their own where an
    event loop would be held up. What raises is a failure of that instance (0110H), never of the server.
    """

    def should_accept_association(self, info: "AssociationInfo") -> Awaitable[bool] | bool:
        """Whether a peer may come in, after the server's policy let it."""
        del info
        return True

    def will_receive(
        self, info: "AssociationInfo", announced: Announced
    ) -> Awaitable[bool | int] | bool | int:
        """Whether an instance is wanted, before its data is looked at; False refuses it (A700H), a number is the status."""
        del info, announced
        return True

    def did_receive(self, received: ReceivedObject) -> Awaitable[int | None] | int | None:
        """An instance is kept, and will be acknowledged when this returns; a number other than 0 is the status instead."""
        del received
        return None

    def did_fail(
        self, info: "AssociationInfo", announced: Announced, status: int, error: str
    ) -> Awaitable[None] | None:
        """An instance was refused, or got lost with its association; nothing of it is kept."""
        del info, announced, status, error
        return None


class HeadCheck(StrEnum):
    """Whether the first elements of a data set are compared with what the command said of it (N16)."""

    OFF = "off"
    REFUSE = "refuse"
    """Other UIDs: A900H. No data set, or none with UIDs: C000H."""


class ValidationPolicy(StrEnum):
    """What becomes of an instance in which validation finds errors."""

    OFF = "off"
    WARN = "warn"
    """It is kept; the sender is told B007H, data set does not match SOP class."""
    REJECT = "reject"
    """It is refused with A900H."""


@frozen(kw_only=True)
class StorageSettings:
    """How a storage provider receives."""

    head: HeadCheck = field(default=HeadCheck.OFF, converter=HeadCheck)
    validation: ValidationPolicy = field(default=ValidationPolicy.OFF, converter=ValidationPolicy)
    validation_size: int = field(default=256 << 20, validator=gt(0))
    """Instances up to here are validated; they are held in memory meanwhile."""
    instance_size: int = field(default=16 << 30, validator=gt(0))
    """The most bytes of a data set; longer ones are refused with A700H."""
    drain: int = field(default=1 << 30, validator=ge(0))
    """How many bytes of a refused data set are let go by before the association is aborted instead."""
    handler_seconds: float = field(default=120.0, validator=gt(0))
    """The longest that a handler may take for one instance."""
    threads: bool = True
    """Run the handler's plain functions in threads, where there is an event loop."""


# Tracebacks, reprs and pickles name the place that users import from
Announced.__module__ = HeadCheck.__module__ = ReceivedObject.__module__ = "dicom_net"
StorageHandler.__module__ = StorageSettings.__module__ = StoredFile.__module__ = "dicom_net"
ValidationPolicy.__module__ = "dicom_net"
Arrival.__module__ = Receiver.__module__ = "dicom_net.services"
