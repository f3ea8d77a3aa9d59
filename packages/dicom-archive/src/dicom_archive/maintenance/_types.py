"""What the functions of this package tell while they work, and at their end."""

from attrs import field, frozen

__all__ = [
    "DeleteResult",
    "ExportProblem",
    "ExportResult",
    "Fault",
    "ImportProblem",
    "ImportResult",
    "Progress",
    "RebuildResult",
    "SameInstance",
    "Stats",
    "StudySize",
    "VerifyResult",
]


@frozen
class Progress:
    """So much is done of so much; ``total`` is None where nobody knows."""

    done: int
    total: int | None
    size: int = 0
    """Bytes."""
    last: int = 0
    """Where a verification can begin again (``since``)."""


@frozen(kw_only=True)
class ImportProblem:
    """A file that is not in the archive now; it stays where it is."""

    source: str
    """Its path."""
    member: str = ""
    """Its name in the ZIP file that ``source`` is."""
    reason: str
    """A short stable name: one of `dicom_core.store.InstanceRefused`, or conflict, full, unreadable, damaged, encrypted,
    method."""
    text: str
    refused: bool
    """False for what is no instance and was not named itself: it is passed over."""


@frozen(kw_only=True)
class ImportResult:
    """How an import ended."""

    files: int = 0
    """That were looked at."""
    stored: int = 0
    duplicates: int = 0
    """The same bytes were there."""
    restored: int = 0
    """Duplicates whose file was gone from the archive, and is back."""
    kept: int = 0
    """Other bytes were there, and stay."""
    replaced: int = 0
    refused: int = 0
    passed: int = 0
    """What is no instance."""
    skipped: int = 0
    """What an import that was interrupted had done before."""
    size: int = 0
    """Bytes of the files that were looked at."""


@frozen(kw_only=True)
class ExportProblem:
    """An instance that was not written."""

    instance: str
    text: str


@frozen(kw_only=True)
class ExportResult:
    """How an export ended."""

    instances: int = 0
    written: int = 0
    present: int = 0
    """That were there already, with the same bytes."""
    failed: int = 0
    size: int = 0
    """Bytes that were written."""


@frozen(kw_only=True)
class Fault:
    """Something in an archive is not as it should be.

    ``kind`` is a short stable name: missing-file, wrong-size, wrong-digest, unreadable-file, unreadable-header, wrong-header,
    unknown-file, not-dicom and the like (files that cannot be indexed), totals, counts, heads.
    """

    kind: str
    text: str
    instance: str = ""
    """SOP Instance UID, where one is concerned."""
    key: str = ""
    """Of the file, where one is concerned."""
    repaired: bool = False


@frozen(kw_only=True)
class VerifyResult:
    """How a verification ended."""

    instances: int = 0
    """That were looked at."""
    size: int = 0
    """Bytes that were read."""
    files: int = 0
    """In the blob store."""
    quarantine: int = 0
    """Files that wait there for somebody."""
    faults: int = 0
    repaired: int = 0
    last: int = 0
    """The number of the last instance that was looked at: with ``since``, the next verification begins behind it."""

    @property
    def clean(self) -> bool:
        """Whether there is no fault that was not repaired."""
        return self.faults == self.repaired


@frozen(kw_only=True)
class SameInstance:
    """Two files have one SOP Instance UID; the later one is in the index."""

    instance: str
    key: str
    """Of the one that is in the index."""
    other: str
    """Of the one that is not; it stays where it is."""
    same: bool
    """Whether their bytes are the same."""


@frozen(kw_only=True)
class RebuildResult:
    """How a rebuild ended."""

    files: int = 0
    instances: int = 0
    size: int = 0
    same: int = 0
    """Files beside another with the same SOP Instance UID."""
    faults: int = 0
    """Files that are no instances."""


@frozen(kw_only=True)
class DeleteResult:
    """How a deletion ended."""

    instances: int = 0
    size: int = 0


@frozen(kw_only=True)
class StudySize:
    """A study and how much it holds."""

    study: str
    patient: str = field(repr=False)
    date: str = field(repr=False)
    modalities: tuple[str, ...]
    series: int
    instances: int
    size: int


@frozen(kw_only=True)
class Stats:
    """What an archive holds."""

    patients: int
    studies: int
    series: int
    instances: int
    size: int
    """Bytes of the files."""
    modalities: dict[str, int]
    """Instances by modality."""
    biggest: tuple[StudySize, ...]
    index_size: int | None
    """Bytes of the index; None where the database does not say."""
    quarantine: int
    """Files in quarantine."""
    free: int | None
    """Free bytes of the disk with the files; None where they are on none."""


# Tracebacks, reprs and pickles name the place that users import from
Progress.__module__ = ImportProblem.__module__ = ImportResult.__module__ = (
    "dicom_archive.maintenance"
)
ExportProblem.__module__ = ExportResult.__module__ = Fault.__module__ = "dicom_archive.maintenance"
VerifyResult.__module__ = SameInstance.__module__ = RebuildResult.__module__ = (
    "dicom_archive.maintenance"
)
DeleteResult.__module__ = Stats.__module__ = StudySize.__module__ = "dicom_archive.maintenance"
