"""What the index is told of an instance."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from dicom_core.store import Outcome, StoredInstance

if TYPE_CHECKING:
    from dicom_core import Dataset

__all__ = ["Counts", "Kept", "Placed", "Record"]


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


@frozen(kw_only=True)
class Counts:
    """How many of everything an archive has."""

    patients: int
    studies: int
    series: int
    instances: int
    size: int
    """The bytes of all files."""
    modalities: Mapping[str, int]
    """Instances in series by the modality of the series; the empty text stands for none."""


# Tracebacks, reprs and pickles name the place that users import from
Counts.__module__ = Kept.__module__ = Placed.__module__ = Record.__module__ = "dicom_archive"
