"""What a codec is: `Codec`, which plug-ins fulfil, and the values that go in and out."""

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._limits import PixelLimits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Bytes", "Codec", "Decoded", "EncodeOptions", "Encoded", "Encoder", "Pixels"]

Bytes: TypeAlias = "bytes | memoryview"
Pixels: TypeAlias = "NDArray[np.generic]"


class Decoded(NamedTuple):
    """Stored values of one frame, C-contiguous, in the shape and dtype of the descriptor.

    Samples are interleaved, packed bits are unpacked, chrominance has full width, bits above Bits Stored are
    masked or extend the sign. No colour is changed besides what the codestream itself does.
    """

    pixels: Pixels
    photometric: PhotometricInterpretation
    """The colour space that these samples are in: RGB for what a codestream stored as YBR_RCT or YBR_ICT."""


class EncodeOptions(NamedTuple):
    """How to encode. A codec that cannot do what is asked raises `EncodeError`."""

    quality: float | None = None
    """1 to 100 of JPEG, JPEG XL, JPEG 2000 and HTJ2K, where it stands for 20 dB and a third of one each; 90 if None."""
    ratio: float | None = None
    """Compressed size to aim at, as 1 : ratio, of JPEG 2000 and HTJ2K; it goes before quality."""
    near: int = 0
    """The largest error of JPEG-LS near-lossless."""
    effort: int | None = None
    """1 fast and larger ... 9 slow and smaller; the codec's default if None."""
    predictor: int | None = None
    """1 to 7, the selection value of JPEG lossless."""
    lossy: bool = False
    """Whether to lose where the transfer syntax leaves the choice (JPEG 2000, HTJ2K, JPEG XL): without it, nothing."""


class Encoded(NamedTuple):
    """One frame, encoded."""

    data: bytes
    photometric: PhotometricInterpretation
    """What Photometric Interpretation must say (PS3.5 8.2)."""
    lossless: bool


@runtime_checkable
class Codec(Protocol):
    """Decodes frames of some transfer syntaxes.

    A codec is a value without state of its own: it may be called from several threads at once. An optional method
    ``decode_batch(frames, descriptor, limits) -> list[Decoded]`` is used where many frames are wanted.
    """

    @property
    def name(self) -> str:
        """A short name, such as ``imagecodecs-jpeg``."""
        ...

    @property
    def decodes(self) -> frozenset[str]:
        """The UIDs of the transfer syntaxes that `decode` takes."""
        ...

    def decode(self, data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
        """One frame.

        The size in the codestream is compared with the descriptor before anything is allocated; whatever is wrong
        with the bytes raises `DecodeError`.
        """
        ...


@runtime_checkable
class Encoder(Codec, Protocol):
    """A codec that encodes, too."""

    @property
    def encodes(self) -> frozenset[str]:
        """The UIDs of the transfer syntaxes that `encode` gives."""
        ...

    def encode(
        self, pixels: Pixels, descriptor: PixelDescriptor, uid: str, options: EncodeOptions
    ) -> Encoded:
        """One frame in the shape and dtype of the descriptor; `EncodeError` for what the syntax cannot hold."""
        ...


# Tracebacks, reprs and pickles name the place that users import from
for _public in (Codec, Decoded, EncodeOptions, Encoded, Encoder):
    _public.__module__ = "dicom_imaging.codecs"
