"""What the index is told of an instance."""

from typing import TYPE_CHECKING

from attrs import field, frozen

from dicom_core.store import Outcome, StoredInstance

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["Kept", "Placed", "Record"]


@frozen(kw_only=True)
class Record:
    """An instance whose bytes are kept under a key, and what its header says; to be put into the index."""

    instance: StoredInstance
    key: str
    """Of the blob; no two puts ever have the same."""
    dataset: "Dataset" = field(repr=False)
    """The header: everything but bulk data."""
    header: bytes = field(repr=False)
    """The same as bytes, as `dicom_archive.pack_header` makes them; the index does not look into them."""
    sender: str = ""


@frozen(kw_only=True)
class Kept:
    """An instance in the index."""

    instance: StoredInstance
    key: str


@frozen(kw_only=True)
class Placed:
    """What became of a record; ``unneeded`` are keys of blobs that nothing in the index names any more."""

    instance: StoredInstance
    outcome: Outcome
    unneeded: tuple[str, ...] = ()


# Tracebacks, reprs and pickles name the place that users import from
Kept.__module__ = Placed.__module__ = Record.__module__ = "dicom_archive"
