"""What the storage user is told, and what it tells: plain values."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

from attrs import field, frozen
from attrs.validators import ge, gt, le

from dicom_dict import Status, StatusCategory, status_category

from ..dimse import Priority

if TYPE_CHECKING:
    from dicom_core.transcoding import TranscodeOptions

    from .._metrics import NetMetrics

__all__ = [
    "BatchConfig",
    "BatchError",
    "BatchEvent",
    "BatchProgress",
    "BatchResult",
    "Conversion",
    "FileOutcome",
    "FileResult",
    "RawInstance",
    "StoreConfig",
    "StoreResult",
]


class Conversion(StrEnum):
    """What may be done to an instance whose transfer syntax the peer does not take. Each allows what the one before it does."""

    NEVER = "never"
    UNCOMPRESSED = "uncompressed"
    """Write it in another of the uncompressed transfer syntaxes; every value stays. All peers take implicit VR
    little endian (PS3.5 10.1)."""
    LOSSLESS = "lossless"
    """Decompress or compress without loss; needs dicom-imaging."""
    LOSSY = "lossy"
    """Lose as ``transcoding`` allows."""


@frozen(kw_only=True)
class RawInstance:
    """A data set that is encoded already, without file meta information (PS3.7 9.1.1)."""

    sop_class: str
    sop_instance: str
    transfer_syntax: str
    data: bytes = field(repr=False)


@frozen(kw_only=True)
class StoreConfig:
    """How instances are sent."""

    priority: Priority = field(default=Priority.MEDIUM, converter=Priority)
    move_originator: str | None = None
    """The AE title that asked for the C-MOVE which this is a part of (PS3.7 9.1.1.1.8)."""
    move_originator_id: int | None = None
    conversion: Conversion = field(default=Conversion.UNCOMPRESSED, converter=Conversion)
    transcoding: "TranscodeOptions | None" = None


@frozen(kw_only=True)
class StoreResult:
    """How the peer answered a C-STORE. It is true where the peer has the instance now."""

    status: int
    sop_class: str
    sop_instance: str
    """The Affected SOP Instance UID that was sent."""
    transfer_syntax: str
    """The one it was sent in."""
    size: int
    """Bytes of the data set as it was sent."""
    seconds: float
    """From the first byte of the request to the response."""
    comment: str = field(default="", repr=False)
    """The peer's Error Comment (0000,0902)."""

    @property
    def category(self) -> StatusCategory:
        """Success, warning or failure."""
        return status_category(self.status)

    @property
    def success(self) -> bool:
        """Whether the peer has the instance now: success, or a warning (PS3.4 B.2.3)."""
        return self.category in {StatusCategory.SUCCESS, StatusCategory.WARNING}

    @property
    def meaning(self) -> Status:
        """What the standard says of the status."""
        from dicom_dict import status

        return status(self.status, "C-STORE")

    def __bool__(self) -> bool:
        return self.success


class FileOutcome(StrEnum):
    """What became of one of several instances."""

    SENT = "sent"
    WARNING = "warning"
    """Sent; the peer changed something (status Bxxx)."""
    FAILED = "failed"
    """The peer refused it, or it could not be sent."""
    SKIPPED = "skipped"
    """A file of a folder that is no instance."""
    NOT_ATTEMPTED = "not attempted"
    """The batch ended before."""


@frozen(kw_only=True)
class FileResult:
    """What became of one of several instances, and why. It is true where the peer has the instance now."""

    index: int
    """Its place among what was to be sent."""
    source: str = field(default="", repr=False)
    """The path, where it was a file. Names of files may name patients."""
    outcome: FileOutcome
    sop_class: str = ""
    sop_instance: str = ""
    status: int | None = None
    """Of the last answer; None where the peer was never asked."""
    error: str = ""
    """Why not, in one sentence."""
    attempts: int = 0
    size: int = 0
    seconds: float = 0.0
    transfer_syntax: str = ""
    """The one it was sent in."""

    @property
    def success(self) -> bool:
        """Whether the peer has the instance now."""
        return self.outcome in {FileOutcome.SENT, FileOutcome.WARNING}

    def __bool__(self) -> bool:
        return self.success


@frozen(kw_only=True)
class BatchProgress:
    """How far a batch is."""

    total: int
    succeeded: int
    """Warnings included."""
    failed: int
    warnings: int
    skipped: int
    bytes: int
    """Of data sets that the peer acknowledged."""
    total_bytes: int
    """Of all instances that were found; grows where they come one by one. 0 where some must be encoded first."""
    seconds: float
    is_estimate: bool = False
    """Whether more may come than ``total`` says."""

    @property
    def remaining(self) -> int:
        """Instances that have no result yet."""
        return self.total - self.succeeded - self.failed - self.skipped

    @property
    def fraction(self) -> float:
        """0 to 1, by bytes where they are known, else by instances."""
        if not self.remaining:
            return 1.0
        if self.total_bytes:
            return min(self.bytes / self.total_bytes, 1.0)
        return (self.total - self.remaining) / self.total

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the rate so far; None before the first instance."""
        done = self.fraction
        return self.seconds * (1 - done) / done if done else None


@frozen(kw_only=True)
class BatchResult:
    """What became of a batch. It is true where nothing failed and nothing was left out."""

    results: tuple[FileResult, ...] = field(repr=False)
    """One an instance, in the order they were given."""
    seconds: float
    associations: int
    """How many were opened."""
    stopped: bool = False
    """Whether it ended before everything was attempted."""
    error: str = ""
    """Why it ended so, where the peer was the reason."""

    def _count(self, *wanted: FileOutcome) -> int:
        return sum(result.outcome in wanted for result in self.results)

    @property
    def total(self) -> int:
        """How many instances there were."""
        return len(self.results)

    @property
    def succeeded(self) -> int:
        """How many the peer has, warnings included."""
        return self._count(FileOutcome.SENT, FileOutcome.WARNING)

    @property
    def warnings(self) -> int:
        """How many the peer took with a warning."""
        return self._count(FileOutcome.WARNING)

    @property
    def failed(self) -> int:
        """How many failed."""
        return self._count(FileOutcome.FAILED)

    @property
    def skipped(self) -> int:
        """How many files were no instances."""
        return self._count(FileOutcome.SKIPPED)

    @property
    def not_attempted(self) -> tuple[FileResult, ...]:
        """What was not tried, to be sent another time."""
        return tuple(
            result for result in self.results if result.outcome is FileOutcome.NOT_ATTEMPTED
        )

    @property
    def failures(self) -> tuple[FileResult, ...]:
        """What failed."""
        return tuple(result for result in self.results if result.outcome is FileOutcome.FAILED)

    @property
    def bytes(self) -> int:
        """Of data sets that the peer has."""
        return sum(result.size for result in self.results if result.success)

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.bytes / self.seconds if self.seconds else 0.0

    def by_outcome(self) -> Mapping[FileOutcome, int]:
        """Counts, for a summary."""
        return {outcome: self._count(outcome) for outcome in FileOutcome}

    def __bool__(self) -> bool:
        return not (self.failed or self.stopped or self.not_attempted)


@frozen(kw_only=True)
class BatchError:
    """An association of a batch was refused or ended; what it had not sent goes on where ``retrying`` says so."""

    text: str
    retrying: bool


BatchEvent: TypeAlias = BatchProgress | FileResult | BatchError | BatchResult


@frozen(kw_only=True)
class BatchConfig:
    """How many instances are sent."""

    FAIL_FAST: ClassVar[Self]
    """The first failure ends the batch."""

    store: StoreConfig = StoreConfig()
    fail_fast: bool = False
    max_per_association: int | None = field(default=None)
    """Open another association after so many instances."""
    delay: float = field(default=0.0, validator=ge(0))
    """Seconds between instances."""
    retries: int = field(default=0, validator=[ge(0), le(100)])
    """How often an instance is tried again after a failure that may pass (out of resources, a lost association)."""
    parallel: int = field(default=1, validator=[ge(1), le(64)])
    """Associations at once."""
    window: int = field(default=1, validator=[ge(1), le(0xFFFF)])
    """Requests outstanding on an association, as far as the peer agrees (PS3.7 D.3.3.3). Helps small instances and far peers."""
    ahead: int = field(default=1000, validator=gt(0))
    """How many instances are looked at before an association is opened, where they come one by one."""
    metrics: "NetMetrics | None" = field(default=None, repr=False, eq=False)
    """Counts each answered request too, beside others of the same program."""

    @max_per_association.validator
    def _positive(self, _attribute: object, value: int | None) -> None:
        if value is not None and value < 1:
            raise ValueError(f"max_per_association is {value}; give 1 or more, or None")


BatchConfig.FAIL_FAST = BatchConfig(fail_fast=True)

# Tracebacks, reprs and pickles name the place that users import from
for _name in __all__:
    if _name != "BatchEvent":
        globals()[_name].__module__ = "dicom_net"
del _name
