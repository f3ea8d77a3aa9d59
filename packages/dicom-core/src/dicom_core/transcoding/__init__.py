"""How packages that send and serve files ask for other transfer syntaxes and for pictures, without knowing who makes them.

What does the work registers under the entry point group ``dicom.transcoders``; dicom-imaging does.
"""

from ._find import NoTranscoder, find_transcoder
from ._protocol import (
    Fidelity,
    FidelityReport,
    RenderOptions,
    Transcoded,
    TranscodeError,
    TranscodeOptions,
    Transcoder,
)

__all__ = [
    "Fidelity",
    "FidelityReport",
    "NoTranscoder",
    "RenderOptions",
    "TranscodeError",
    "TranscodeOptions",
    "Transcoded",
    "Transcoder",
    "find_transcoder",
]
