"""What every encoder asks of its input, and the check of what it gave."""

import numpy as np

from .._descriptor import PhotometricInterpretation, PixelDescriptor, SampleKind
from .._errors import EncodeError, PixelDataError
from .._limits import PixelLimits
from ._codec import Codec, Encoded, EncodeOptions, Encoder, Pixels

__all__ = [
    "as_unsigned",
    "encode_checked",
    "full_width",
    "lossless_only",
    "ready",
    "refuse_float",
    "refuse_palette",
    "within",
]

_PI = PhotometricInterpretation
_ONLY_CODED = {_PI.YBR_RCT, _PI.YBR_ICT, _PI.XYB}


def encode_checked(
    encoder: Encoder,
    pixels: Pixels,
    descriptor: PixelDescriptor,
    uid: str,
    options: EncodeOptions = EncodeOptions(),  # noqa: B008  (a frozen value)
    *,
    decoder: Codec | None = None,
) -> Encoded:
    """Encode one frame, and decode what was called lossless: `EncodeError` if a single value differs.

    ``decoder`` decodes, by default the encoder itself.
    """
    source = ready(pixels, descriptor, uid)
    encoded = encoder.encode(source, descriptor, uid, options)
    if not encoded.lossless:
        return encoded
    told = descriptor._replace(photometric=encoded.photometric)
    limits = PixelLimits(frame=max(PixelLimits().frame, descriptor.decoded_bytes))
    try:
        again = (decoder or encoder).decode(encoded.data, told, limits)
    except PixelDataError as error:
        raise EncodeError(f"{encoder.name} gave bytes that do not decode ({error})", uid) from error
    # bytes are compared, so that a float that is not a number equals itself
    if not np.array_equal(again.pixels.view(np.uint8), source.view(np.uint8)):
        raise EncodeError(
            f"{encoder.name} does not keep these values, so that nothing was written", uid
        )
    return encoded


def ready(pixels: Pixels, descriptor: PixelDescriptor, uid: str) -> Pixels:
    """The frame, C-contiguous and in the byte order of the machine; `EncodeError` if it is not one of the descriptor."""
    wanted = np.dtype(descriptor.dtype)
    if descriptor.photometric in _ONLY_CODED:
        raise EncodeError(
            f"samples are never {descriptor.photometric}, which is a way to code RGB; say RGB", uid
        )
    if pixels.shape != descriptor.shape:
        raise EncodeError(
            f"the array is {_shape(pixels.shape)}, the descriptor says {_shape(descriptor.shape)}",
            uid,
        )
    if pixels.dtype.newbyteorder("=") != wanted:
        raise EncodeError(f"the array is {pixels.dtype}, the descriptor says {wanted}", uid)
    return np.ascontiguousarray(pixels, wanted)


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def refuse_float(descriptor: PixelDescriptor, uid: str) -> None:
    """Float samples are in the native syntaxes only (PS3.5 8.1.1)."""
    if descriptor.kind is not SampleKind.INTEGER:
        raise EncodeError("this transfer syntax holds integers only", uid)


def within(pixels: Pixels, descriptor: PixelDescriptor, uid: str) -> None:
    """`EncodeError` where a value needs more than Bits Stored: a codestream of that precision cannot hold it."""
    bits = 1 if descriptor.bits_allocated == 1 else descriptor.bits_stored
    if bits >= pixels.dtype.itemsize * 8 or not pixels.size:
        return
    low = -(1 << (bits - 1)) if descriptor.signed else 0
    high = low + (1 << bits) - 1
    if int(pixels.max()) > high or (descriptor.signed and int(pixels.min()) < low):
        raise EncodeError(
            f"there are values outside of {low} to {high}, which Bits Stored allows", uid
        )


def as_unsigned(pixels: Pixels) -> Pixels:
    """The same bits without a sign, for syntaxes that know none; as PS3.5 8.1.1 has them in native form."""
    return pixels.view(f"u{pixels.dtype.itemsize}")


def lossless_only(options: EncodeOptions, uid: str) -> None:
    """`EncodeError` where an error is asked of a syntax that has none."""
    if options.near:
        raise EncodeError("this transfer syntax is lossless, and near is of JPEG-LS", uid)


def full_width(descriptor: PixelDescriptor) -> PhotometricInterpretation:
    """What samples are called that kept their colour space: a frame in memory has chrominance for each pixel."""
    named = descriptor.photometric
    return _PI.YBR_FULL if named is _PI.YBR_FULL_422 else named


def refuse_palette(descriptor: PixelDescriptor, uid: str) -> None:
    """Indices into a palette are no magnitudes: one that is off by one may be any colour."""
    if descriptor.photometric is _PI.PALETTE_COLOR:
        raise EncodeError("PALETTE COLOR cannot be compressed with loss", uid)


# Tracebacks, reprs and pickles name the place that users import from
encode_checked.__module__ = "dicom_imaging.codecs"
