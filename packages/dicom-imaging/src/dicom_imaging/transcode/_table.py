"""What each compressed transfer syntax can hold and what it loses (PS3.5 8.2, A.4)."""

from typing import TYPE_CHECKING, Final, NamedTuple

from dicom_dict import Fidelity as Keeps
from dicom_dict import transfer_syntax

from .._descriptor import PhotometricInterpretation, SampleKind

if TYPE_CHECKING:
    from dicom_core.transcoding import TranscodeOptions

    from .._descriptor import PixelDescriptor

__all__ = ["Rule", "has_lost", "loses", "method_of", "near_of", "refusal", "rule_of"]


class Rule(NamedTuple):
    """One compressed transfer syntax that can be written."""

    uid: str
    name: str
    most_bits: int = 16
    """Bits Stored at most."""
    signed: bool = True
    one_bit: bool = True
    """Whether it takes Bits Allocated 1."""
    colour: bool = True
    """Whether it takes several samples a pixel."""


_RULES: Final = {
    rule.uid: rule
    for rule in (
        Rule("1.2.840.10008.1.2.1.98", "encapsulated uncompressed", 64),
        Rule("1.2.840.10008.1.2.8.1", "deflated frames", 64),
        Rule("1.2.840.10008.1.2.5", "RLE", 64),
        Rule("1.2.840.10008.1.2.4.50", "JPEG baseline", 8, signed=False, one_bit=False),
        Rule(
            "1.2.840.10008.1.2.4.51", "JPEG extended", 12, signed=False, one_bit=False, colour=False
        ),
        Rule("1.2.840.10008.1.2.4.57", "JPEG lossless", one_bit=False),
        Rule("1.2.840.10008.1.2.4.70", "JPEG lossless SV1", one_bit=False),
        Rule("1.2.840.10008.1.2.4.80", "JPEG-LS lossless", one_bit=False),
        Rule("1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless", one_bit=False),
        Rule("1.2.840.10008.1.2.4.90", "JPEG 2000 lossless"),
        Rule("1.2.840.10008.1.2.4.91", "JPEG 2000"),
        Rule("1.2.840.10008.1.2.4.201", "HTJ2K lossless", one_bit=False),
        Rule("1.2.840.10008.1.2.4.202", "HTJ2K lossless RPCL", one_bit=False),
        Rule("1.2.840.10008.1.2.4.203", "HTJ2K", one_bit=False),
        Rule("1.2.840.10008.1.2.4.110", "JPEG XL lossless", signed=False),
        Rule("1.2.840.10008.1.2.4.112", "JPEG XL", signed=False),
    )
}
# The Defined Terms of Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1)
_METHODS: Final = {
    "jpeg": "ISO_10918_1",
    "jpeg-ls": "ISO_14495_1",
    "jpeg2000": "ISO_15444_1",
    "htj2k": "ISO_15444_15",
    "jpegxl": "ISO_18181_1",
    "mpeg2": "ISO_13818_2",
    "h264": "ISO_14496_10",
    "h265": "ISO_23008_2",
}
_NEAR: Final = "1.2.840.10008.1.2.4.81"  # with an error of 0 it loses nothing


def rule_of(uid: str) -> Rule | None:
    """The rule of a compressed transfer syntax that can be written."""
    return _RULES.get(uid)


def method_of(uid: str) -> str:
    """How a transfer syntax loses, or nothing where it does not."""
    syntax = transfer_syntax(uid)
    return _METHODS.get(syntax.codec, "") if syntax.fidelity in {Keeps.LOSSY, Keeps.EITHER} else ""


def has_lost(uid: str) -> bool:
    """Whether pixels that were in this transfer syntax have lost something for sure."""
    return uid != _NEAR and transfer_syntax(uid).fidelity is Keeps.LOSSY


def loses(rule: Rule, options: "TranscodeOptions") -> bool:
    """Whether encoding will lose: the syntax always does, or it may and that was asked for."""
    if rule.uid == _NEAR:
        return options.lossy and options.near != 0
    fidelity = transfer_syntax(rule.uid).fidelity
    return fidelity is Keeps.LOSSY or (fidelity is Keeps.EITHER and options.lossy)


def near_of(uid: str, options: "TranscodeOptions") -> int:
    """The largest error that JPEG-LS may make, where it is wanted to lose."""
    if uid != _NEAR:
        return 0
    return 2 if options.near is None else options.near


def refusal(rule: Rule, descriptor: "PixelDescriptor", options: "TranscodeOptions") -> str:
    """Why pixels do not go into a compressed transfer syntax as asked, or nothing."""
    if descriptor.kind is not SampleKind.INTEGER:
        return "float pixels have no compressed form (PS3.5 A.4)"
    lossy = loses(rule, options)
    if lossy and not options.lossy:
        return (
            f"{rule.name} loses detail, and nothing allows it; lossy=True (--lossy, --quality) does"
        )
    if descriptor.bits_stored > rule.most_bits:
        return f"{rule.name} holds at most {rule.most_bits} bits, these pixels have {descriptor.bits_stored}"
    if descriptor.signed and not rule.signed:
        return f"{rule.name} holds no signed values"
    if descriptor.bits_allocated == 1 and (lossy or not rule.one_bit):
        return f"{rule.name} holds no pixels of one bit"
    if descriptor.samples > 1 and not rule.colour:
        return f"{rule.name} holds one sample a pixel, these have {descriptor.samples}"
    if lossy and descriptor.photometric is PhotometricInterpretation.PALETTE_COLOR:
        return f"{rule.name} would lose indices into a palette, which are no colours"
    return ""
