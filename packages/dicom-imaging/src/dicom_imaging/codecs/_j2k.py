"""JPEG 2000 by OpenJPEG and High-Throughput JPEG 2000 by OpenJPH."""

import imagecodecs

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Decoded
from ._fit import fit
from ._headers import agree
from ._j2k_header import J2kHeader, parse_j2k

__all__ = ["decode"]

_PI = PhotometricInterpretation
_TRANSFORMED = {_PI.YBR_RCT, _PI.YBR_ICT}


def decode(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame, whichever of the JPEG 2000 transfer syntaxes its label is."""
    whole = bytes(data)
    header = parse_j2k(whole)
    agree(header.frame, descriptor, limits)
    stream = whole[header.start : header.end]
    # imagecodecs 2026.3.6 lets values overflow that OpenJPH reconstructs outside of the range, which only a
    # lossy wavelet does; OpenJPEG decodes these, too, in twice the time.
    fast = header.high_throughput and header.reversible
    decoder = imagecodecs.htj2k_decode if fast else imagecodecs.jpeg2k_decode
    try:
        samples = decoder(stream, planar=False)
    except (RuntimeError, ValueError) as error:
        raise DecodeError(str(error)) from error
    frame = header.frame
    return Decoded(
        fit(samples, descriptor, frame.precision, signed=frame.signed),
        _photometric(header, descriptor),
    )


def _photometric(header: J2kHeader, descriptor: PixelDescriptor) -> PhotometricInterpretation:
    """A multiple component transform gives RGB (PS3.5 8.2.4); without one the attribute is about the samples."""
    named = descriptor.photometric
    if descriptor.samples != 3:
        return named
    if header.component_transform or named in _TRANSFORMED:
        return _PI.RGB
    return named
