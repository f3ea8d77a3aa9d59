"""What a store says and is told, as values."""

from enum import StrEnum

from attrs import field, frozen

__all__ = [
    "DuplicatePolicy",
    "EventKind",
    "Expected",
    "Outcome",
    "Receipt",
    "StoreEvent",
    "StoreSettings",
    "StoredInstance",
]


class DuplicatePolicy(StrEnum):
    """What becomes of an instance whose UID is there with other bytes. The same bytes are always welcome."""

    KEEP = "keep"
    """The first one stays; the sender is told that all is well (the usual behaviour of archives)."""
    REPLACE = "replace"
    REJECT = "reject"
    """`InstanceConflict`."""


class Outcome(StrEnum):
    """What became of an instance that was put."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    """The same bytes were there."""
    KEPT = "kept"
    """Other bytes were there, and stay."""
    REPLACED = "replaced"


class EventKind(StrEnum):
    """What happened in a store."""

    STORED = "stored"
    REPLACED = "replaced"
    DELETED = "deleted"


@frozen
class Expected:
    """What is known of an instance before its bytes are; what turns out otherwise is refused."""

    sop_class: str | None = None
    sop_instance: str | None = None
    transfer_syntax: str | None = None
    size: int | None = None
    """The bytes of the whole file."""
    study: str | None = None
    """Only an instance of this study is taken (a STOW-RS request to a study)."""
    sender: str = ""
    """Who sends it, such as an AE title; stands in the event."""


@frozen
class StoredInstance:
    """An instance that is kept."""

    study: str
    series: str
    instance: str
    sop_class: str
    transfer_syntax: str
    size: int
    """The bytes of the file."""
    digest: str
    """SHA-256 of the file, as hexadecimal digits."""
    patient: str = field(default="", repr=False)
    """Patient ID; empty where there is none."""


@frozen
class Receipt:
    """The acknowledgement: the instance is kept, whatever happens next."""

    instance: StoredInstance
    """What is kept, which after KEPT is not what was put."""
    outcome: Outcome


@frozen
class StoreEvent:
    """Something happened. Numbers grow and are never given twice."""

    number: int
    kind: EventKind
    instance: StoredInstance
    sender: str = ""


@frozen
class StoreSettings:
    """What every store can be told."""

    duplicates: DuplicatePolicy = DuplicatePolicy.KEEP
    instances: int = 100_000
    """The most instances."""
    size: int = 1 << 30
    """The most bytes of all files, those on their way in included."""
    instance_size: int = 256 << 20
    """The most bytes of one file."""
    events: int = 100_000
    """The most events that are remembered; the oldest are forgotten."""


# Tracebacks, reprs and pickles name the place that users import from
DuplicatePolicy.__module__ = Outcome.__module__ = EventKind.__module__ = "dicom_core.store"
Expected.__module__ = StoredInstance.__module__ = Receipt.__module__ = "dicom_core.store"
StoreEvent.__module__ = StoreSettings.__module__ = "dicom_core.store"
