"""For those who write codecs: the conformance suite that the codecs of this package run, too."""

from ._codec_suite import Sample, check_codec

__all__ = ["Sample", "check_codec"]
