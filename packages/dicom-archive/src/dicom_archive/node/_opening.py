"""The archive that settings name."""

from .._archive import Archive
from .._settings import ArchiveSettings
from ._settings import ServeSettings

__all__ = ["archive_settings", "open_archive"]


def open_archive(settings: ServeSettings) -> Archive:
    """The archive, open; who asked for it closes it."""
    return Archive.open(settings.data, archive_settings(settings), index=settings.index)


def archive_settings(settings: ServeSettings) -> ArchiveSettings:
    """What of a node's settings are those of its archive."""
    from dicom_net import DiskWatch

    disk, storage = settings.disk, settings.storage
    return ArchiveSettings(
        duplicates=settings.duplicates,
        durable=settings.durable,
        instances=storage.instances,
        size=storage.size,
        instance_size=storage.instance_size,
        watch=DiskWatch(warn=disk.warn, refuse=disk.refuse) if disk.warn or disk.refuse else None,
        quarantine=settings.quarantine,
        scan=settings.query.scan,
        busy_seconds=storage.busy,
    )


# Tracebacks, reprs and pickles name the place that users import from
archive_settings.__module__ = open_archive.__module__ = "dicom_archive.node"
