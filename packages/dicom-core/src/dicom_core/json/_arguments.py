"""What the doors of JSON and XML were given, or an error that says what they take."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .._dataset import Dataset
from .._file import DicomFile
from ._bulk import BulkPolicy

if TYPE_CHECKING:
    from ._bulk import Bulk

__all__ = ["bytes_of", "checked_bulk", "dataset_of", "piece_of", "several"]


def dataset_of(source: object) -> Dataset:
    """The data set to encode; of a file, its data set."""
    if isinstance(source, Dataset):
        return source
    if isinstance(source, DicomFile):
        return source.dataset
    raise TypeError(f"a Dataset or a DicomFile is encoded, not {type(source).__name__}")


def several(sources: Iterable[Dataset | DicomFile]) -> Iterable[Dataset | DicomFile]:
    """Sources, and not one of them: its elements would be taken for data sets."""
    if isinstance(sources, Dataset | DicomFile) or not isinstance(sources, Iterable):
        kind = type(sources).__name__
        raise TypeError(f"several Dataset or DicomFile are encoded as an array, not one {kind}")
    return sources


def bytes_of(data: object) -> bytes:
    """The bytes of a whole document."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, str):
        return data.encode("utf-8", "surrogatepass")
    return bytes(piece_of(data))


def piece_of(data: object) -> bytes | bytearray | memoryview:
    """A piece of a document, as it came."""
    if isinstance(data, bytes | bytearray | memoryview):
        return data
    raise TypeError(f"a document to decode is bytes, not {type(data).__name__}")


def checked_bulk(bulk: "Bulk") -> "Bulk":
    """What is to become of binary values."""
    if isinstance(bulk, str):
        if bulk not in {"inline", "omit"}:
            raise ValueError(f"bulk is 'inline', 'omit', a BulkPolicy or a function, not {bulk!r}")
    elif not isinstance(bulk, BulkPolicy) and not callable(bulk):
        raise TypeError(
            f"bulk is 'inline', 'omit', a BulkPolicy or a function, not {type(bulk).__name__}"
        )
    return bulk
