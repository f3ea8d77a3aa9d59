"""The header of an instance as bytes for the index, and back: a data set without pixel data and other bulk.

A version, flags, how many values stayed behind in the file, where each of them is, and the encoded data set, deflated
where that pays. Encoded it stays as it came: what was odd stays odd.
"""

import zlib
from array import array
from collections.abc import Callable, Hashable
from struct import Struct
from typing import TYPE_CHECKING, Final

import dicom_core as dc

if TYPE_CHECKING:
    from dicom_core import ByteSource, DataElement, Dataset

__all__ = ["pack_header", "pack_raw", "unpack_header"]

_VERSION: Final = 1
_DEFLATED: Final = 4
_ENCODING: Final = 3
_SYNTAXES: Final = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
_HEAD: Final = Struct("<BBH")
_BULK: Final = Struct("<I2sBQQ")  # tag, VR, bytes of a big endian word or 0, offset, length
_BULKY: Final = 64 << 10  # longer values of bytes stay behind in the file
_BYTES: Final = {"OB": 1, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2, "UN": 1}
_PIXELS: Final = 0x7FE0
_WORTH: Final = 400  # bytes from which on deflating is tried
_BITS: Final = (
    -13
)  # a window of 8 KiB: headers are short, and making a larger one takes longer than deflating


def pack_header(dataset: "Dataset", *, in_file: bool = True) -> bytes:
    """The header of a data set that was read.

    ``in_file``: large values of bytes may stay behind, since the data set was read from the file that is kept, which is
    not deflated.
    """
    bulk = [] if not in_file else [one for one in dataset.elements() if _is_bulk(one)]
    header = dataset.copy()
    for tag in list(header):
        if tag >> 16 == _PIXELS:
            del header[tag]
    entries = []
    for element in bulk:
        del header[element.tag]
        width = _BYTES[element.vr] if element.is_big_endian else 0
        offset = element.value_offset
        assert offset is not None
        entries.append(_BULK.pack(element.tag, element.vr.encode(), width, offset, element.length))
    raw, encoding = _encoded(header)
    return pack_raw(raw, encoding, entries)


def _encoded(header: "Dataset") -> tuple[bytes, int]:
    """In explicit VR; in implicit VR where something in it has no other form."""
    try:
        return header.to_bytes(_SYNTAXES[1]), 1
    except (dc.WriteError, dc.ValueEncodeError):
        return header.to_bytes(_SYNTAXES[0]), 0


def _is_bulk(element: "DataElement") -> bool:
    return (
        element.length > _BULKY
        and element.vr in _BYTES
        and not element.is_encapsulated
        and element.tag >> 16 != _PIXELS
        and element.value_offset is not None
    )


def pack_raw(raw: bytes, encoding: int, entries: "list[bytes] | tuple[()]" = ()) -> bytes:
    """The same for an encoded data set: 0 implicit VR, 1 explicit VR, 2 explicit VR big endian."""
    flags = encoding
    if len(raw) >= _WORTH:
        deflate = zlib.compressobj(1, zlib.DEFLATED, _BITS, 6)
        short = deflate.compress(raw) + deflate.flush()
        if len(short) * 5 < len(raw) * 4:
            raw, flags = short, flags | _DEFLATED
    return b"".join((_HEAD.pack(_VERSION, flags, len(entries)), *entries, raw))


def unpack_header(data: bytes, open_blob: "Callable[[], ByteSource] | None" = None) -> "Dataset":
    """The data set of a header. Values that stayed behind are handles on what ``open_blob`` gives, or absent without it."""
    version, flags, count = _HEAD.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"a header of version {version} was made by a later dicom-archive")
    at = _HEAD.size + count * _BULK.size
    raw = data[at:]
    if flags & _DEFLATED:
        raw = zlib.decompress(raw, _BITS)
    dataset = dc.read_dataset(raw, _SYNTAXES[flags & _ENCODING])
    if count and open_blob is not None:
        source = open_blob()
        for number in range(count):
            tag, vr, width, offset, length = _BULK.unpack_from(
                data, _HEAD.size + number * _BULK.size
            )
            handle = dc.ValueHandle(source, offset, length)
            if width > 1:
                handle = dc.ValueHandle(_Swapped(handle, width), 0, length)
            dataset.set(tag, vr.decode(), handle)
    return dataset


class _Swapped:
    """Big endian words as little endian ones."""

    __slots__ = ("_handle", "_width")

    def __init__(self, handle: dc.ValueHandle, width: int) -> None:
        self._handle = handle
        self._width = width

    @property
    def size(self) -> int:
        return self._handle.length

    @property
    def identity(self) -> Hashable:
        return self._handle.source.identity

    def read_range(self, offset: int, length: int) -> bytes:
        width = self._width
        end = min(offset + length, self.size)
        first = offset - offset % width
        last = min(end + -end % width, self.size)
        data = self._handle.read_range(first, last - first)
        words = array(_CODES[width], data[: len(data) // width * width])
        words.byteswap()
        return words.tobytes()[offset - first : end - first]


_CODES: Final = {2: "H", 4: "I", 8: "Q"}

# Tracebacks, reprs and pickles name the place that users import from
pack_header.__module__ = unpack_header.__module__ = "dicom_archive"
