"""Decompressing and compressing all frames of an image, side by side and in bounded memory."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from dicom_core import ValueHandle

from .._colour import to_rgb
from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._encapsulate import Encapsulated, encapsulate
from .._parallel import default_workers, in_order, look_ahead
from .._spool import Spool
from ..codecs import Decoded, EncodeOptions, Encoder
from ..codecs._encoding import encode_checked
from ._attributes import full_width
from ._table import near_of

if TYPE_CHECKING:
    from dicom_core.transcoding import TranscodeOptions

    from .._image import Image
    from ..codecs import Codec, Pixels

__all__ = ["Compressed", "Decompressed", "compress", "decompress"]

_RGB: Final = PhotometricInterpretation.RGB
_Result = TypeVar("_Result")


class Decompressed(NamedTuple):
    """All frames as one native value."""

    value: ValueHandle
    descriptor: PixelDescriptor


class Compressed(NamedTuple):
    """All frames, encoded."""

    value: Encapsulated
    descriptor: PixelDescriptor
    size: int
    largest_error: float


def decompress(image: "Image", options: "TranscodeOptions") -> Decompressed:
    """Stored values, interleaved, little endian."""
    old = image.descriptor

    def one(frame: int) -> Decoded:
        return _in_rgb(image.decoded(frame), old) if options.rgb else image.decoded(frame)

    spool = Spool()
    photometric = old.photometric
    bits: list[Pixels] = []  # of one bit, frames follow each other without regard to bytes
    for decoded in _each(one, image, options):
        photometric = full_width(decoded.photometric)
        if old.bits_allocated == 1:
            bits.append(decoded.pixels.reshape(-1))
            _give_bytes(spool, bits, last=False)
        else:
            spool.add(_little(decoded.pixels))
    _give_bytes(spool, bits, last=True)
    allocated = old.bits_allocated if old.bits_allocated in {1, 8, 16, 32, 64} else 16
    new = old._replace(
        photometric=photometric, planar=0, high_bit=old.bits_stored - 1, bits_allocated=allocated
    )
    return Decompressed(spool.handle(), new)


def compress(
    image: "Image",
    uid: str,
    encoder: "Encoder",
    decoder: "Codec",
    options: "TranscodeOptions",
    *,
    lossy: bool,
) -> Compressed:
    """Every frame in a compressed transfer syntax. What is lossless was decoded again and compared."""
    old = image.descriptor
    choices = EncodeOptions(
        quality=options.quality, ratio=options.ratio, effort=options.effort, predictor=options.predictor,
        near=near_of(uid, options) if lossy else 0, lossy=lossy,
    )  # fmt: skip

    def one(frame: int) -> tuple[bytes, PhotometricInterpretation, float]:
        decoded = image.decoded(frame)
        if options.rgb:
            decoded = _in_rgb(decoded, old)
        stored = old._replace(
            photometric=full_width(decoded.photometric),
            planar=0,
            frames=1,
            high_bit=old.bits_stored - 1,
        )
        made = encode_checked(encoder, decoded.pixels, stored, uid, choices, decoder=decoder)
        error = 0.0
        if lossy:
            again = decoder.decode(
                made.data, stored._replace(photometric=made.photometric), image.limits
            )
            error = _difference(decoded, again, old)
        return made.data, made.photometric, error

    photometric, largest, size = old.photometric, 0.0, 0

    def frames() -> Iterator[bytes]:
        nonlocal photometric, largest, size
        for data, photometric, error in _each(one, image, options):  # noqa: B007 - told below
            largest = max(largest, error)
            size += len(data)
            yield data

    value = encapsulate(
        frames(), offset_table=options.offset_table, fragment_size=options.fragment_size
    )
    new = old._replace(photometric=photometric, planar=0, high_bit=old.bits_stored - 1)
    return Compressed(value, new, size, largest)


def _each(
    task: Callable[[int], _Result], image: "Image", options: "TranscodeOptions"
) -> Iterator[_Result]:
    """Every frame's result, in order."""
    workers = options.workers or default_workers()
    size = 2 * image.descriptor.decoded_bytes  # what is decoded and what is made of it
    ahead = look_ahead(workers, size, image.limits.in_flight)
    return in_order(task, range(len(image)), workers, ahead)


def _little(pixels: "Pixels") -> bytes:
    return pixels.astype(pixels.dtype.newbyteorder("<"), order="C", copy=False).tobytes()


def _give_bytes(spool: Spool, bits: "list[Pixels]", *, last: bool) -> None:
    """Pack what fills bytes; the rest waits for the next frame, and at the end is filled with zeros (PS3.5 8.1.1)."""
    if not bits:
        return
    flat = np.concatenate(bits)
    whole = flat.size if last else flat.size - flat.size % 8
    spool.add(np.packbits(flat[:whole].astype(np.uint8), bitorder="little").tobytes())
    bits[:] = [flat[whole:]] if whole < flat.size else []


def _in_rgb(decoded: Decoded, descriptor: PixelDescriptor) -> Decoded:
    if not decoded.photometric.is_ybr:
        return decoded
    return Decoded(to_rgb(decoded, descriptor.bits_stored), _RGB)


def _difference(before: Decoded, after: Decoded, descriptor: PixelDescriptor) -> float:
    """The largest difference of a sample; of colours that were transformed, in RGB."""
    if before.photometric.is_ybr != after.photometric.is_ybr:
        before, after = _in_rgb(before, descriptor), _in_rgb(after, descriptor)
    differences = np.abs(before.pixels.astype(np.int64) - after.pixels.astype(np.int64))
    return float(differences.max(initial=0))
