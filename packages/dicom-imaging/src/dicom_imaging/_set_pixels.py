"""`set_pixels`: an array becomes the native pixel data of a data set, with every attribute that describes it."""

from typing import TYPE_CHECKING, Final

import numpy as np

from ._describe import describe
from ._descriptor import PhotometricInterpretation, PixelDescriptor, SampleKind
from ._errors import EncodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

__all__ = ["native_bytes", "set_pixels"]

_COLORS: Final = {
    PhotometricInterpretation.RGB: 3,
    PhotometricInterpretation.HSV: 3,
    PhotometricInterpretation.YBR_FULL: 3,
    PhotometricInterpretation.ARGB: 4,
    PhotometricInterpretation.CMYK: 4,
}
_GREYS: Final = (
    PhotometricInterpretation.MONOCHROME1,
    PhotometricInterpretation.MONOCHROME2,
    PhotometricInterpretation.PALETTE_COLOR,
)
_ELEMENTS: Final = {
    SampleKind.INTEGER: "PixelData",
    SampleKind.FLOAT: "FloatPixelData",
    SampleKind.DOUBLE: "DoubleFloatPixelData",
}
# What was true of the pixels before only
_STALE: Final = (
    "ExtendedOffsetTable", "ExtendedOffsetTableLengths", "SmallestImagePixelValue", "LargestImagePixelValue",
)  # fmt: skip


def set_pixels(
    dataset: "Dataset",
    array: "NDArray[np.generic]",
    *,
    photometric: str | None = None,
    bits_stored: int | None = None,
    planar: int = 0,
) -> PixelDescriptor:
    """Put an array into a data set as native pixels: Pixel Data (or Float, or Double Float Pixel Data) and Rows,
    Columns, Samples per Pixel, Bits Allocated, Bits Stored, High Bit and the others that describe it.

    The axes are (rows, columns), with frames before and samples behind them. ``photometric``: MONOCHROME2 by default,
    RGB where the last axis is 3; it decides between frames and samples. Booleans are packed to one bit. ``bits_stored``:
    fewer bits than the array has, such as 12. ``planar``: 1 stores colour by plane. A transfer syntax that compresses
    is not for such a data set. Raises `EncodeError` for what DICOM cannot hold.
    """
    photometric_ = _photometric(array, photometric)
    descriptor = _described(array, photometric_, bits_stored, planar)
    data = native_bytes(array, descriptor)
    for kind, keyword in _ELEMENTS.items():
        if keyword in dataset and kind is not descriptor.kind:
            del dataset[keyword]
    for keyword in _STALE:
        if keyword in dataset:
            del dataset[keyword]
    _set_attributes(dataset, descriptor)
    vr = {SampleKind.FLOAT: "OF", SampleKind.DOUBLE: "OD"}.get(
        descriptor.kind, "OW" if descriptor.bits_allocated > 8 else "OB"
    )
    dataset.set(_ELEMENTS[descriptor.kind], vr, data)
    return describe(dataset)


def _photometric(array: "NDArray[np.generic]", wanted: str | None) -> PhotometricInterpretation:
    if wanted is None:
        color = array.ndim >= 3 and array.shape[-1] == 3
        return PhotometricInterpretation.RGB if color else PhotometricInterpretation.MONOCHROME2
    found = PhotometricInterpretation(wanted)
    if found not in _COLORS and found not in _GREYS:
        raise EncodeError(
            f"native pixels in {found} are not written; convert them to RGB or YBR_FULL"
        )
    return found


def _described(
    array: "NDArray[np.generic]",
    photometric: PhotometricInterpretation,
    bits_stored: int | None,
    planar: int,
) -> PixelDescriptor:
    samples = _COLORS.get(photometric, 1)
    inner = 2 if samples == 1 else 3
    if array.ndim not in {inner, inner + 1} or (samples > 1 and array.shape[-1] != samples):
        wanted = "(rows, columns)" if samples == 1 else f"(rows, columns, {samples})"
        raise EncodeError(
            f"an array of {array.shape} is not {photometric}: {wanted} or frames of that"
        )
    if 0 in array.shape:
        raise EncodeError(f"an array of {array.shape} has no pixels")
    shape = array.shape[-inner:]
    frames = array.shape[0] if array.ndim > inner else 1
    if max(shape[:2]) > 65535:
        raise EncodeError(f"{shape[0]} rows and {shape[1]} columns are too many; 65535 is the most")
    kind, allocated = SampleKind.INTEGER, array.dtype.itemsize * 8
    if array.dtype.kind == "f" and allocated in {32, 64}:
        kind = SampleKind.FLOAT if allocated == 32 else SampleKind.DOUBLE
    elif array.dtype.kind == "b":
        allocated = 1
    elif array.dtype.kind not in "iu":
        raise EncodeError(
            f"samples of {array.dtype} cannot be pixels; use integers, float32 or float64"
        )
    stored = allocated if bits_stored is None or kind is not SampleKind.INTEGER else bits_stored
    if not 0 < stored <= allocated:
        raise EncodeError(
            f"bits_stored is {bits_stored}; samples of {array.dtype} have {allocated}"
        )
    if planar not in {0, 1}:
        raise EncodeError(f"planar is {planar}; it is 0 or 1")
    signed = array.dtype.kind == "i"
    if stored < allocated:
        half = 1 << (stored - 1)
        least, most = (-half, half - 1) if signed else (0, 2 * half - 1)
        if array.min() < least or array.max() > most:
            raise EncodeError(f"there are samples that do not fit into {stored} bits")
    return PixelDescriptor(
        rows=shape[0], columns=shape[1], samples=samples, bits_allocated=allocated, bits_stored=stored,
        high_bit=stored - 1, signed=signed or kind is not SampleKind.INTEGER, photometric=photometric,
        planar=planar if samples > 1 else 0, frames=frames, kind=kind,
    )  # fmt: skip


def native_bytes(array: "NDArray[np.generic]", descriptor: PixelDescriptor) -> bytes:
    """Stored values of all frames as native pixel data holds them: little endian, of even length (PS3.5 8.1.1)."""
    one = descriptor
    pixels = array.reshape(one.frames, *one.shape)
    if one.samples > 1 and one.planar:
        pixels = np.moveaxis(pixels, -1, 1)
    if one.bits_allocated == 1:
        data = np.packbits(pixels.astype(bool).reshape(-1), bitorder="little").tobytes()
    else:
        data = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
    return data + b"\0" if len(data) % 2 else data


def _set_attributes(dataset: "Dataset", descriptor: PixelDescriptor) -> None:
    one = descriptor
    dataset.SamplesPerPixel = one.samples
    dataset.PhotometricInterpretation = str(one.photometric)
    dataset.Rows = one.rows
    dataset.Columns = one.columns
    dataset.BitsAllocated = one.bits_allocated
    if one.samples > 1:
        dataset.PlanarConfiguration = one.planar
    elif "PlanarConfiguration" in dataset:
        del dataset["PlanarConfiguration"]
    if one.frames > 1 or "NumberOfFrames" in dataset:
        dataset.NumberOfFrames = one.frames
    integers = ("BitsStored", "HighBit", "PixelRepresentation")
    if one.kind is SampleKind.INTEGER:
        values = (one.bits_stored, one.high_bit, int(one.signed))
        for keyword, value in zip(integers, values, strict=True):
            dataset[keyword] = value
    else:  # float pixels have none of them (PS3.3 C.7.6.24)
        for keyword in integers:
            if keyword in dataset:
                del dataset[keyword]


# Tracebacks, reprs and pickles name the place that users import from
set_pixels.__module__ = "dicom_imaging"
