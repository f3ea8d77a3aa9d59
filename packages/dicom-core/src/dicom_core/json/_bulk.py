"""Bulk data: which values leave the model for a URI, and how they come back (PS3.18 F.2.6)."""

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from dicom_dict import DicomError

from .._source import ByteSource, BytesSource, ValueHandle

if TYPE_CHECKING:
    from .._dataset import Dataset
    from .._element import DataElement

__all__ = [
    "BINARY_VRS",
    "Bulk",
    "BulkDataHandle",
    "BulkPolicy",
    "Resolver",
    "UnresolvedBulkData",
    "bulk_data_uri",
]

BINARY_VRS: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))

Resolver: TypeAlias = Callable[[str], bytes | ByteSource]
"""Gives the bytes behind a BulkDataURI, in little endian, when somebody looks at the value."""


class BulkPolicy(NamedTuple):
    """Values longer than ``threshold`` bytes become a URI that ``uri(dataset, element)`` makes.

    ``dataset`` is the whole instance, so that its UIDs can go into the URI; ``element.path`` says
    where in it the value stands. ``vrs`` may have other VRs of PS3.18 F.2.2, such as UT or DS.
    """

    uri: "Callable[[Dataset, DataElement], str]"
    threshold: int = 1024
    vrs: frozenset[str] = BINARY_VRS


Bulk: TypeAlias = (
    "Literal['inline', 'omit'] | BulkPolicy | Callable[[Dataset, DataElement], str | None]"
)
"""What becomes of binary values: base64 in place, left out with their element, or a URI.

A function is asked for each element with a value of OB, OD, OF, OL, OV, OW or UN, and gives the
URI, or None for one that stays in place.
"""


class UnresolvedBulkData(DicomError):
    """A value is behind a BulkDataURI, and nobody said how to get it.

    ``uri`` says where it is. Decode with ``bulk=`` a function that gets the bytes of a URI.
    """

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.uri = uri

    # A URI names the instance: it is a field, and stays out of the sentence.
    def __str__(self) -> str:
        return "the value is behind a BulkDataURI (see .uri); decode with bulk= to get it"


class _Remote:
    """A source that is fetched when it is first read."""

    __slots__ = ("_resolver", "_source", "uri")

    def __init__(self, uri: str, resolver: Resolver | None) -> None:
        self.uri = uri
        self._resolver = resolver
        self._source: ByteSource | None = None

    @property
    def resolvable(self) -> bool:
        """Whether somebody said how to get it."""
        return self._resolver is not None

    def _get(self) -> ByteSource:
        if self._source is None:
            if self._resolver is None:
                raise UnresolvedBulkData(self.uri)
            got = self._resolver(self.uri)
            self._source = BytesSource(got) if isinstance(got, bytes) else got
        return self._source

    @property
    def size(self) -> int:
        return self._get().size

    @property
    def identity(self) -> Hashable:
        return self.uri

    def read_range(self, offset: int, length: int) -> bytes:
        return self._get().read_range(offset, length)


class BulkDataHandle(ValueHandle):
    """A value behind a URI. Nothing is fetched before its bytes or its length are asked for."""

    __slots__ = ("remote",)

    def __init__(self, uri: str, resolver: Resolver | None = None) -> None:
        self.remote = _Remote(uri, resolver)
        self.source = self.remote
        self.offset = 0

    @property
    def uri(self) -> str:
        """The BulkDataURI as it was given, absolute or relative."""
        return self.remote.uri

    @property
    def length(self) -> int:  # type: ignore[override]
        """The length of the value; it is fetched to know it."""
        return self.remote.size

    def __repr__(self) -> str:
        return "BulkDataHandle(...)"


def bulk_data_uri(element: "DataElement") -> str | None:
    """The BulkDataURI of an element that was decoded with one, else None. Nothing is fetched."""
    found = element._found
    handle = None if found is None else found.handle
    return handle.uri if isinstance(handle, BulkDataHandle) else None


# Tracebacks, reprs and pickles name the place that users import from
BulkPolicy.__module__ = UnresolvedBulkData.__module__ = "dicom_core.json"
bulk_data_uri.__module__ = "dicom_core.json"
