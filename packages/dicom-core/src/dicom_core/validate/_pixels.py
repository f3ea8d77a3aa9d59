"""Pixel attributes that must agree with one another and with the pixel data (PS3.5 8, PS3.3 C.7.6.3)."""

from typing import Final

from ._config import Check
from ._report import Report
from ._scope import Scope
from ._syntax import Encoding

__all__ = ["check_pixels"]

_ROWS: Final = 0x00280010
_COLUMNS: Final = 0x00280011
_SAMPLES: Final = 0x00280002
_PHOTOMETRIC: Final = 0x00280004
_PLANAR: Final = 0x00280006
_FRAMES: Final = 0x00280008
_ALLOCATED: Final = 0x00280100
_STORED: Final = 0x00280101
_HIGH: Final = 0x00280102
PIXELS: Final = 0x7FE00010
_FLOATS: Final = {0x7FE00008: 32, 0x7FE00009: 64}

# PS3.3 C.7.6.3.1.2
_SAMPLES_OF: Final = {
    "MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "HSV": 3, "ARGB": 4, "CMYK": 4,
    "YBR_FULL": 3, "YBR_FULL_422": 3, "YBR_PARTIAL_422": 3, "YBR_PARTIAL_420": 3, "YBR_ICT": 3,
    "YBR_RCT": 3, "XYB": 3,
}  # fmt: skip
_ONLY_COMPRESSED: Final = frozenset({"YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "XYB"})
# Syntaxes whose frames share one stream: the number of fragments says nothing (PS3.5 8.2.5 to 8.2.8).
_VIDEO: Final = "1.2.840.10008.1.2.4.10"


def check_pixels(root: Scope, encoding: Encoding, report: Report) -> None:
    """The top level of an image; icons and the like are not looked at."""
    view = root.view
    bulk = [tag for tag in (PIXELS, *_FLOATS) if view.has(tag)]
    if not bulk and not view.has(_ALLOCATED):
        return
    if len(bulk) > 1:
        text = "only one of Pixel Data, Float and Double Float Pixel Data may be there"
        report.error(Check.PIXELS, "pixel-data-twice", text, root, bulk[1])
    _bits(root, bulk, report)
    _colour(root, encoding, report)
    frames = _frames(root, report)
    for tag in bulk[:1]:
        fragments = view.fragments(tag)
        if fragments is not None:
            _fragments(root, tag, fragments, frames, encoding, report)
        elif not encoding.encapsulated and (encoding.uid or view.knows_fragments):
            _native(root, tag, frames, report)
        if fragments is None and view.vr(tag) == "OB" and (root.integer(_ALLOCATED) or 0) > 8:
            text = "native pixels of more than 8 bits are OW (PS3.5 A.2)"
            report.error(Check.PIXELS, "pixel-vr", text, root, tag)


def _bits(root: Scope, bulk: list[int], report: Report) -> None:
    allocated, stored, high = (root.integer(tag) for tag in (_ALLOCATED, _STORED, _HIGH))
    if bulk and bulk[0] in _FLOATS and allocated is not None and allocated != _FLOATS[bulk[0]]:
        text = f"{_FLOATS[bulk[0]]} bits are allocated for such pixels (PS3.3 C.7.6.24)"
        report.error(Check.PIXELS, "pixel-bits-allocated", text, root, _ALLOCATED)
    elif allocated is not None and allocated != 1 and (allocated < 8 or allocated % 8):
        text = "Bits Allocated is 1 or a multiple of 8 (PS3.5 8.1.1)"
        report.error(Check.PIXELS, "pixel-bits-allocated", text, root, _ALLOCATED)
    elif allocated is not None and stored is not None and not 0 < stored <= allocated:
        text = "Bits Stored is at least 1 and at most Bits Allocated (PS3.5 8.1.1)"
        report.error(Check.PIXELS, "pixel-bits-stored", text, root, _STORED)
    if stored is not None and high is not None and high != stored - 1:
        text = "High Bit is one less than Bits Stored (PS3.5 8.1.1)"
        report.error(Check.PIXELS, "pixel-high-bit", text, root, _HIGH)


def _colour(root: Scope, encoding: Encoding, report: Report) -> None:
    samples = root.integer(_SAMPLES)
    photometric = (*root.view.texts(_PHOTOMETRIC), "")[0]
    wanted = _SAMPLES_OF.get(photometric)
    if wanted is not None and samples is not None and samples != wanted:
        text = f"this Photometric Interpretation has {wanted} samples (PS3.3 C.7.6.3.1.2)"
        report.error(Check.PIXELS, "pixel-samples", text, root, _SAMPLES)
    if photometric in _ONLY_COMPRESSED and encoding.known and not encoding.encapsulated:
        text = "this Photometric Interpretation is for compressed pixels only (PS3.3 C.7.6.3.1.2)"
        report.error(Check.PIXELS, "pixel-photometric", text, root, _PHOTOMETRIC)
    planar = root.integer(_PLANAR)
    if planar == 1 and photometric.endswith(("_422", "_420")):
        text = "subsampled colour is never by plane (PS3.3 C.7.6.3.1.2)"
        report.error(Check.PIXELS, "pixel-planar", text, root, _PLANAR)


def _frames(root: Scope, report: Report) -> int:
    if root.view.is_empty(_FRAMES):
        return 1
    frames = root.integer(_FRAMES)
    if frames is None or frames < 1:
        text = "the number of frames is at least 1 (PS3.3 C.7.6.6)"
        report.error(Check.PIXELS, "pixel-frames", text, root, _FRAMES)
        return 0
    return frames


def _fragments(
    root: Scope, tag: int, fragments: int, frames: int, encoding: Encoding, report: Report
) -> None:
    """A frame is one fragment or more, a fragment is never of two frames (PS3.5 A.4)."""
    if fragments == 0:
        report.error(Check.PIXELS, "pixel-frames", "there is no fragment", root, tag)
    elif fragments < frames and not encoding.uid.startswith(_VIDEO):
        text = f"{fragments} fragments are fewer than the {frames} frames (PS3.5 A.4)"
        report.error(Check.PIXELS, "pixel-frames", text, root, _FRAMES)


def _native(root: Scope, tag: int, frames: int, report: Report) -> None:
    rows, columns, samples, allocated = (
        root.integer(key) for key in (_ROWS, _COLUMNS, _SAMPLES, _ALLOCATED)
    )
    length = root.view.length(tag)
    if rows is None or columns is None or allocated is None or length is None or not frames:
        return
    if tag in _FLOATS:
        samples, allocated = 1, _FLOATS[tag]
    if samples is None:
        return
    photometric = (*root.view.texts(_PHOTOMETRIC), "")[0]
    if photometric.endswith("_422"):
        samples = 2  # one chroma pair for two pixels
    bits = rows * columns * samples * allocated * frames
    wanted = (bits + 7) // 8
    wanted += wanted & 1
    if length != wanted:
        text = f"{length} bytes where the image attributes make it {wanted} (PS3.5 8.1.1)"
        report.error(Check.PIXELS, "pixel-length", text, root, tag)
