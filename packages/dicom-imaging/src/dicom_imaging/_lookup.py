"""`LookupTable`: the tables of Modality LUT, VOI LUT and Presentation LUT sequences (PS3.3 C.11.1.1.1, C.11.2.1.1)."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ._attributes import text
from ._errors import InvalidLookupTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

__all__ = [
    "Descriptor",
    "LookupTable",
    "has_table",
    "lookup_table",
    "read_descriptor",
    "unpack_entries",
]

MOST_ENTRIES = 65536


class Descriptor(NamedTuple):
    """The three values of a LUT Descriptor."""

    entries: int
    """Never 0: what is written as 0 is 65536."""
    first: int
    bits: int


class LookupTable(NamedTuple):
    """A table that maps ``first`` to ``data[0]``; values below it too, and values beyond the end to the last entry."""

    first: int
    data: "NDArray[np.uint16]"
    bits: int
    """The range of the output is 0 to ``2 ** bits - 1``."""
    explanation: str = ""
    path: str = ""
    announced: int = 16
    """The bits that the descriptor says."""

    @property
    def exceeds(self) -> bool:
        """Whether entries are larger than the descriptor lets them be (C.11.1.1.1)."""
        return 8 <= self.announced < self.bits

    @property
    def top(self) -> int:
        """The largest value that the output can have."""
        return (1 << self.bits) - 1

    def __call__(self, values: "NDArray[np.generic]") -> "NDArray[np.float64]":
        """The entries for values, as float64. Values between integers take the entry below (the input is integers)."""
        at = np.asarray(values, np.float64) - self.first
        at = np.nan_to_num(at, nan=0.0, posinf=float(len(self.data)), neginf=0.0)
        index = np.clip(np.floor(at), 0, len(self.data) - 1).astype(np.intp)
        return self.data[index].astype(np.float64)


def read_descriptor(ds: "Dataset", keyword: str, *, signed: bool) -> Descriptor:
    """The descriptor, whatever VR it was written with; ``signed`` says how the first input value is meant."""
    path = ds.element(keyword).path
    value = ds.get(keyword)
    values = value if isinstance(value, tuple) else (value,)
    numbers = [int(one) for one in values if isinstance(one, int | float)]
    if len(numbers) < 3:
        raise InvalidLookupTable(path, "its descriptor does not have three values")
    # The first value is unsigned even where the VR is SS (C.11.1.1.1); 0 stands for 65536
    entries = numbers[0] & 0xFFFF or MOST_ENTRIES
    first = numbers[1]
    if signed and 0x7FFF < first <= 0xFFFF:
        first -= 0x10000  # written as US
    elif not signed and -0x8000 <= first < 0:
        first += 0x10000  # written as SS
    return Descriptor(entries, first, numbers[2] & 0xFFFF)


def lookup_table(item: "Dataset", *, signed: bool) -> LookupTable:
    """The table in an item of a LUT sequence; ``signed`` says whether its input can be negative."""
    path = item.path
    if "LUTDescriptor" not in item or "LUTData" not in item:
        raise InvalidLookupTable(path, "it has no LUT Descriptor or no LUT Data")
    entries, first, bits = read_descriptor(item, "LUTDescriptor", signed=signed)
    data = unpack_entries(item.element("LUTData").value, entries, bits)
    if not len(data):
        raise InvalidLookupTable(path, "it has no entries")
    # The third value is the range (8 to 16); of a file that puts something else there, or whose entries
    # exceed it, the entries themselves say how many bits they need
    needed = max(8, int(data.max()).bit_length())
    used = bits if 8 <= bits <= 16 and needed <= bits else needed
    return LookupTable(first, data, used, text(item, "LUTExplanation"), path, bits)


def has_table(item: "Dataset") -> bool:
    """Whether an item of a LUT sequence holds anything: some are there and empty."""
    return (
        bool(item.get("LUTDescriptor"))
        and "LUTData" in item
        and not item.element("LUTData").is_empty
    )


def unpack_entries(value: object, entries: int, bits: int) -> "NDArray[np.uint16]":
    """At most ``entries`` numbers from LUT data of any VR.

    Entries of 8 bits stand two in a word, the first in the low byte, or one in a word (C.11.1.1.1); the length tells.
    """
    if isinstance(value, bytes):
        if bits <= 8 and len(value) < 2 * entries:
            data = np.frombuffer(value, np.uint8).astype(np.uint16)
        else:
            data = np.frombuffer(value[: len(value) & ~1], "<u2").astype(np.uint16)
    elif isinstance(value, int | tuple):
        words = np.array(value, np.int64, ndmin=1)
        data = (words & 0xFFFF).astype(np.uint16)
        if bits <= 8 and len(data) < entries and len(data) == (entries + 1) // 2:
            data = np.frombuffer(data.astype("<u2").tobytes(), np.uint8).astype(np.uint16)
    else:
        data = np.empty(0, np.uint16)
    return data[:entries]


# Tracebacks, reprs and pickles name the place that users import from
LookupTable.__module__ = "dicom_imaging"
