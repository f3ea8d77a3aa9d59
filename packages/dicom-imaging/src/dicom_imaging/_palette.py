"""Palettes: from an index to a colour (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6, C.7.9)."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ._attributes import text
from ._errors import InvalidLookupTable
from ._lookup import Descriptor, read_descriptor, unpack_entries
from ._segments import expand_segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

    from ._frame_source import FrameSource

__all__ = ["Painter", "Palette", "palette", "supplemental_palette"]

_COLOURS = ("Red", "Green", "Blue")
# Segments that name 65536 entries, even one by one, stand in fewer
_MOST_WORDS = 1 << 18


class Palette(NamedTuple):
    """Colours by index: indices before ``first`` give the first one, those beyond the end the last."""

    first: int
    colours: "NDArray[np.uint16]"
    """Entries by red, green and blue."""
    bits: int
    """8 or 16: the range of the colours."""

    @property
    def rgb(self) -> "NDArray[np.uint8]":
        """The same in 8 bits."""
        if self.bits <= 8:
            return self.colours.astype(np.uint8)
        return (self.colours >> (self.bits - 8)).astype(np.uint8)

    def __call__(self, indices: "NDArray[np.generic]") -> "NDArray[np.uint16]":
        """The colours of stored values, on a further axis."""
        return self.colours[self._at(indices)]

    def _at(self, indices: "NDArray[np.generic]") -> "NDArray[np.intp]":
        at = np.subtract(indices, self.first, dtype=np.int64, casting="unsafe")
        return np.asarray(np.clip(at, 0, len(self.colours) - 1, out=at), np.intp)


class Painter:
    """Draws by a palette: a table with the colour of every stored value, made when it is first needed."""

    __slots__ = ("_table", "palette")

    def __init__(self, palette: Palette) -> None:
        self.palette = palette
        self._table: NDArray[np.uint8] | None = None

    def draw(self, indices: "NDArray[np.generic]", out: "NDArray[np.uint8]") -> None:
        """Write the colours of stored values in 8 bits to ``out``, which has a further axis of 3."""
        rgb = self.palette.rgb
        size = indices.dtype.itemsize
        if size > 2:  # a table of every value would be giant
            out[...] = rgb[self.palette._at(indices)]
            return
        table = self._table
        if table is None:
            # by the bits of the value, as unsigned: negative ones stand in the upper half
            values = np.arange(1 << 8 * size).astype(f"u{size}").view(indices.dtype)
            table = self._table = np.ascontiguousarray(rgb[self.palette._at(values)])
        np.take(table, indices.view(f"u{size}"), axis=0, out=out, mode="clip")


def palette(source: "FrameSource") -> Palette:
    """The palette of an image; `InvalidLookupTable` where it has none that can be used."""
    return _palette(source.dataset, signed=source.descriptor.signed)


def supplemental_palette(source: "FrameSource") -> Palette | None:
    """The colours of a grey image whose upper values are colours (C.7.6.3.1.1, C.8.16.2.1.1.1).

    Stored values from the first one mapped on are drawn in colour, those below in grey. None where Pixel Presentation
    does not say COLOR or MIXED.
    """
    ds = source.dataset
    if text(ds, "PixelPresentation") not in {"COLOR", "MIXED"}:
        return None
    if "RedPaletteColorLookupTableDescriptor" not in ds:
        return None
    return _palette(ds, signed=source.descriptor.signed)


def _palette(ds: "Dataset", *, signed: bool) -> Palette:
    tables = [_channel(ds, colour, signed=signed) for colour in _COLOURS]
    first, _, bits = tables[0]
    entries = max(len(data) for _, data, _ in tables)
    colours = np.empty((entries, 3), np.uint16)
    for channel, (_, data, _) in enumerate(tables):
        colours[: len(data), channel] = data
        colours[len(data) :, channel] = data[-1]
    # Tables that announce 16 bits and fill 8 of them are drawn by what they hold, or they would all be black
    if bits > 8 and int(colours.max()) <= 0xFF:
        bits = 8
    elif bits <= 8 and int(colours.max()) > 0xFF:
        bits = 16
    return Palette(first, colours, 8 if bits <= 8 else 16)


def _channel(ds: "Dataset", colour: str, *, signed: bool) -> "tuple[int, NDArray[np.uint16], int]":
    """First index, entries and bits of one colour."""
    keyword = f"{colour}PaletteColorLookupTable"
    if f"{keyword}Descriptor" not in ds:
        raise InvalidLookupTable(keyword, "the image has no such palette")
    descriptor = read_descriptor(ds, f"{keyword}Descriptor", signed=signed)
    plain, segmented = f"{keyword}Data", f"Segmented{keyword}Data"
    path = ds.element(f"{keyword}Descriptor").path
    if plain in ds:
        data = unpack_entries(ds.element(plain).value, descriptor.entries, descriptor.bits)
    elif segmented in ds:
        data = _segmented(ds.element(segmented).value, descriptor, path)
    else:
        raise InvalidLookupTable(path, "there is a descriptor, and no data")
    if not len(data):
        raise InvalidLookupTable(path, "it has no entries")
    return descriptor.first, data, descriptor.bits


def _segmented(value: object, descriptor: Descriptor, path: str) -> "NDArray[np.uint16]":
    """Segments in words; those of 8-bit entries are found in bytes, too: the reading that fills the table is right."""
    words = unpack_entries(value, _MOST_WORDS, 16).tolist()
    if descriptor.bits > 8 or not isinstance(value, bytes):
        return expand_segments(words, descriptor.entries, path=path)
    try:
        data = expand_segments(words, descriptor.entries, path=path)
    except InvalidLookupTable:
        data = None
    if data is not None and len(data) == descriptor.entries:
        return data
    return expand_segments(list(value[:_MOST_WORDS]), descriptor.entries, path=path, octets=True)


# Tracebacks, reprs and pickles name the place that users import from
Palette.__module__ = "dicom_imaging"
