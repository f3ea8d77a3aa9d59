"""Pixels at other places than the image: icons in sequences, overlays in the high bits of the words."""

from typing import TYPE_CHECKING, Final

import numpy as np

import dicom_core as dc

from ._attributes import describe_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._image import Image
    from .._limits import PixelLimits
    from ..codecs import Registry

__all__ = ["decompress_inside", "lift_overlays"]

_FRAMES: Final = 0x0015
_FRAME_ORIGIN: Final = 0x0051
_ALLOCATED: Final = 0x0100
_POSITION: Final = 0x0102
_DATA: Final = 0x3000


def decompress_inside(
    ds: dc.Dataset, syntax: str, registry: "Registry", limits: "PixelLimits"
) -> None:
    """Compressed icons become native: an uncompressed transfer syntax holds no fragments at any depth (PS3.5 A.4)."""
    from dicom_core.transcoding import TranscodeOptions

    from .._open import open as open_image
    from ._work import decompress

    for item in _holders(ds):
        image = open_image(item, transfer_syntax=syntax, registry=registry, limits=limits)
        done = decompress(image, TranscodeOptions())
        describe_pixels(item, done.descriptor)
        vr = "OW" if done.descriptor.bits_allocated > 8 else "OB"
        item.set("PixelData", vr, done.value.read())


def _holders(ds: dc.Dataset) -> list[dc.Dataset]:
    """The items, at any depth, whose pixel data is compressed."""
    found: list[dc.Dataset] = []
    waiting = _items(ds)
    while waiting:
        item = waiting.pop()
        waiting += _items(item)
        if isinstance(item.get("PixelData"), dc.Fragments):
            found.append(item)
    return found


def _items(ds: dc.Dataset) -> list[dc.Dataset]:
    """The items of all sequences of a data set."""
    values = (element.value for element in ds.elements() if element.vr == "SQ")
    return [item for value in values if isinstance(value, dc.Sequence) for item in value]


def lift_overlays(ds: dc.Dataset, image: "Image") -> None:
    """Overlays in unused bits of the pixel words get an element of their own: compressing keeps only the stored bits.

    They are retired, and found in old files (PS3.3-2004 C.9.2).
    """
    from .._overlay import overlay_groups, overlays

    embedded = [group for group in overlay_groups(ds) if group << 16 | _DATA not in ds]
    if not embedded:
        return
    planes: dict[int, list[NDArray[np.uint8]]] = {group: [] for group in embedded}
    for frame in range(len(image)):
        for overlay in overlays(image, frame):
            if overlay.group in planes:
                planes[overlay.group].append(overlay.bitmap.reshape(-1))
    for group, bitmaps in planes.items():
        if not bitmaps:
            continue
        base = group << 16
        ds.set(
            base | _DATA, "OW", np.packbits(np.concatenate(bitmaps), bitorder="little").tobytes()
        )
        ds.set(base | _ALLOCATED, "US", 1)
        ds.set(base | _POSITION, "US", 0)
        if len(image) > 1:
            ds.set(base | _FRAMES, "IS", len(bitmaps))
            ds.set(base | _FRAME_ORIGIN, "US", 1)
