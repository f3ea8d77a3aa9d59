"""Which of several transfer syntaxes to take."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from dicom_core.transcoding import Fidelity, FidelityReport
from dicom_dict import transfer_syntax

__all__ = ["PreferredTransferSyntaxes"]

# What everybody reads first, then what is small and cheap to decode
_EVERYBODY: Final = (
    "ExplicitVRLittleEndian",
    "ImplicitVRLittleEndian",
    "DeflatedExplicitVRLittleEndian",
    "HTJ2KLossless",
    "HTJ2KLosslessRPCL",
    "JPEGLSLossless",
    "RLELossless",
    "JPEG2000Lossless",
    "JPEGLosslessSV1",
    "JPEGLossless",
    "JPEGXLLossless",
    "JPEG2000",
    "HTJ2K",
    "JPEGLSNearLossless",
    "JPEGXL",
    "JPEGBaseline8Bit",
    "JPEGExtended12Bit",
    "ExplicitVRBigEndian",
)


class PreferredTransferSyntaxes(NamedTuple):
    """Transfer syntaxes by UID or keyword, the best first."""

    order: tuple[str, ...] = _EVERYBODY
    others: bool = True
    """Whether one that is not listed may be taken, after all that are."""

    def best(
        self, source: str, accepted: Iterable[str], predict: Callable[[str], FidelityReport]
    ) -> str | None:
        """The best of what is accepted, by UID.

        The present one, since nothing happens to it; then by order what loses nothing; then by order what
        loses, if the prediction allows it. None when all is impossible.
        """
        offered = {str(transfer_syntax(key).uid): None for key in accepted}
        if source in offered:
            return source
        listed = [str(transfer_syntax(key).uid) for key in self.order]
        candidates = [uid for uid in listed if uid in offered]
        if self.others:
            candidates += [uid for uid in offered if uid not in listed]
        reports = [(uid, predict(uid).fidelity) for uid in candidates]
        for wanted in ({Fidelity.BIT_EXACT, Fidelity.LOSSLESS}, {Fidelity.LOSSY}):
            for uid, fidelity in reports:
                if fidelity in wanted:
                    return uid
        return None
