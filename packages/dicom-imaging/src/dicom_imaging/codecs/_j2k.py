"""JPEG 2000 by OpenJPEG and High-Throughput JPEG 2000 by OpenJPH."""

import imagecodecs
import numpy as np

from .._descriptor import PhotometricInterpretation, PixelDescriptor
from .._errors import DecodeError
from .._limits import PixelLimits
from ._codec import Bytes, Decoded, Pixels
from ._fit import fit
from ._headers import FrameHeader, agree
from ._j2k_header import J2kHeader, check_tile_parts, parse_j2k
from ._openjph import ready_openjph

__all__ = ["decode"]

_PI = PhotometricInterpretation
_EOC = b"\xff\xd9"
_TAIL = 64  # padding may follow
_TRANSFORMED = {_PI.YBR_RCT, _PI.YBR_ICT}


def decode(data: Bytes, descriptor: PixelDescriptor, limits: PixelLimits) -> Decoded:
    """One frame, whichever of the JPEG 2000 transfer syntaxes its label is."""
    whole = bytes(data)
    header = parse_j2k(whole)
    agree(header.frame, descriptor, limits)
    stream = whole[header.start : header.end]
    # imagecodecs 2026.3.6 lets values overflow that OpenJPH reconstructs outside of the range, which only a
    # lossy wavelet does; OpenJPEG decodes these, too, in twice the time.
    check_tile_parts(stream)
    if _EOC not in stream[-_TAIL:]:
        stream += _EOC  # its tile-parts are whole
    fast = header.high_throughput and header.reversible
    try:
        samples = _openjph(stream, header.frame) if fast else _openjpeg(stream)
    except (RuntimeError, ValueError) as error:
        raise DecodeError(str(error)) from error
    frame = header.frame
    return Decoded(
        fit(samples, descriptor, frame.precision, signed=frame.signed),
        _photometric(header, descriptor),
    )


def _openjpeg(stream: bytes) -> Pixels:
    samples: Pixels = imagecodecs.jpeg2k_decode(stream, planar=False, numthreads=1)
    return samples


def _openjph(stream: bytes, frame: FrameHeader) -> Pixels:
    """imagecodecs 2026.3.6 drops the errors of OpenJPH and leaves the rest of the array as it was: the last row tells.

    Rows are written from the first to the last. A row that two attempts leave as it was, was not written.
    """
    size = 1 if frame.precision <= 8 else 2 if frame.precision <= 16 else 4
    shape = (frame.rows, frame.columns, frame.samples)
    out = np.empty(
        shape if frame.samples > 1 else shape[:2], f"{'i' if frame.signed else 'u'}{size}"
    )
    ready_openjph()
    last = out[-1:].view(np.uint8)
    for mark in (0x5A, 0xA5):
        last.fill(mark)
        imagecodecs.htj2k_decode(stream, planar=False, out=out)
        if not (last == mark).all():
            return out
    raise DecodeError("the codestream is broken before its last row")


def _photometric(header: J2kHeader, descriptor: PixelDescriptor) -> PhotometricInterpretation:
    """A multiple component transform gives RGB (PS3.5 8.2.4); without one the attribute is about the samples."""
    named = descriptor.photometric
    if descriptor.samples != 3:
        return named
    if header.component_transform or named in _TRANSFORMED:
        return _PI.RGB
    return named
