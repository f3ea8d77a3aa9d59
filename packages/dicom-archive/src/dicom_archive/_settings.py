"""What an archive can be told."""

import sys
from typing import Final

from attrs import field, frozen
from attrs.validators import ge, gt

from dicom_core.store import DuplicatePolicy, StoreSettings
from dicom_net import DiskWatch

__all__ = ["ArchiveSettings"]

_UNLIMITED: Final = sys.maxsize
_WATCH: Final = DiskWatch()


@frozen(kw_only=True)
class ArchiveSettings:
    """How an archive takes, keeps and finds instances."""

    duplicates: DuplicatePolicy = field(default=DuplicatePolicy.KEEP, converter=DuplicatePolicy)
    """What becomes of an instance whose UID is there with other bytes."""
    durable: bool = True
    """Wait for the disk before an instance is acknowledged: whatever happens then, it is there."""
    instances: int = field(default=_UNLIMITED, validator=ge(0))
    """The most instances."""
    size: int = field(default=_UNLIMITED, validator=ge(0))
    """The most bytes of all files, those on their way in included."""
    instance_size: int = field(default=16 << 30, validator=ge(0))
    """The most bytes of one file."""
    events: int = field(default=100_000, validator=ge(0))
    """The most events that are remembered; the oldest are forgotten."""
    watch: DiskWatch | None = _WATCH
    """When to tell that the disk fills up, and when to refuse instances."""
    quarantine: bool = True
    """Put aside what is refused, with the reason."""
    quarantine_files: int = field(default=1000, validator=gt(0))
    """The most files that are put aside; the oldest go."""
    quarantine_size: int = field(default=4 << 30, validator=gt(0))
    """The most bytes that are put aside; the oldest go, and what alone is more is not kept."""
    page: int = field(default=200, validator=gt(0))
    """Entities or instances that are taken from the index at once."""
    scan: int = field(default=100_000, validator=gt(0))
    """The most entities that a query may have looked at one by one."""
    busy_seconds: float = field(default=10.0, validator=gt(0))
    """How long to wait for somebody who has the index locked."""

    @property
    def store(self) -> StoreSettings:
        """What of this every store can be told."""
        return StoreSettings(
            duplicates=self.duplicates,
            instances=self.instances,
            size=self.size,
            instance_size=self.instance_size,
            events=self.events,
        )


# Tracebacks, reprs and pickles name the place that users import from
ArchiveSettings.__module__ = "dicom_archive"
