"""Data sets with pixels for the tests of this package, small and made by hand."""

import dicom_core as dc

__all__ = ["JPEG", "RLE", "encapsulated", "header", "native", "rle_frame"]

JPEG = "1.2.840.10008.1.2.4.50"
RLE = "1.2.840.10008.1.2.5"
_SC = "1.2.840.10008.5.1.4.1.1.7"


def header(**attributes: object) -> dc.Dataset:
    """A data set that describes 2 x 3 pixels of 8 bits, with attributes changed, or left out where None."""
    values: dict[str, object] = {
        "SOPClassUID": _SC,
        "SOPInstanceUID": "1.2.3",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 2,
        "Columns": 3,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
    }
    values.update(attributes)
    if "BitsAllocated" in attributes:
        values.setdefault("BitsStored", attributes["BitsAllocated"])
    return dc.Dataset({key: value for key, value in values.items() if value is not None})


def native(data: bytes, vr: str = "OW", **attributes: object) -> dc.Dataset:
    """The same with native pixels."""
    dataset = header(**attributes)
    dataset.set("PixelData", vr, data)
    return dataset


def encapsulated(fragments: list[bytes], table: bytes = b"", **attributes: object) -> dc.Dataset:
    """The same with fragments."""
    dataset = header(**attributes)
    dataset.PixelData = dc.Fragments(fragments, table)
    return dataset


def rle_frame(value: int, size: int = 6) -> bytes:
    """One RLE frame of a single segment: a run of one value (PS3.5 G.3)."""
    return b"\1\0\0\0\x40" + bytes(59) + bytes((257 - size, value))
