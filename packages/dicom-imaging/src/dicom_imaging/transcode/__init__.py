"""Compressing, decompressing and choosing transfer syntaxes: never lossy unless allowed, and with a report."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from dicom_core.transcoding import (
    Fidelity,
    FidelityReport,
    Transcoded,
    TranscodeError,
    TranscodeOptions,
)

from ._preferences import PreferredTransferSyntaxes
from ._transcoder import Transcoder

if TYPE_CHECKING:
    from dicom_core import DicomFile

__all__ = [
    "Fidelity",
    "FidelityReport",
    "PreferredTransferSyntaxes",
    "TranscodeError",
    "TranscodeOptions",
    "Transcoded",
    "Transcoder",
    "choose",
    "predict",
    "transcode",
]


def transcode(
    file: "DicomFile",
    to: str,
    *,
    lossy: bool = False,
    quality: float | None = None,
    ratio: float | None = None,
    near: int | None = None,
    effort: int | None = None,
    predictor: int | None = None,
    rgb: bool = False,
    offset_table: Literal["basic", "extended", "none"] = "basic",
    fragment_size: int | None = None,
    workers: int | None = None,
) -> Transcoded:
    """A file in another transfer syntax, by UID or keyword, and a report of what that did to its pixels.

    Nothing is lost unless ``lossy`` allows it; `TranscodeError` says what is not possible, and why.
    The file given stays as it is.
    """
    options = TranscodeOptions(
        lossy=lossy, quality=quality, ratio=ratio, near=near, effort=effort, predictor=predictor, rgb=rgb,
        offset_table=offset_table, fragment_size=fragment_size, workers=workers,
    )  # fmt: skip
    return Transcoder().transcode(file, to, options)


def predict(
    file: "DicomFile", to: str, *, lossy: bool = False, rgb: bool = False
) -> FidelityReport:
    """What `transcode` would do to the pixels, without decoding any."""
    return Transcoder().predict(file, to, TranscodeOptions(lossy=lossy, rgb=rgb))


def choose(file: "DicomFile", accepted: Iterable[str], *, lossy: bool = False) -> str | None:
    """The best of the transfer syntaxes that a peer accepts, by UID; None when none is possible."""
    return Transcoder().choose(file, accepted, TranscodeOptions(lossy=lossy))
