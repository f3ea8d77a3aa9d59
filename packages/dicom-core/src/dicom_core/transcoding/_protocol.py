"""The Protocol of a transcoder, and the values that go in and come out."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from dicom_dict import DicomError

from .._file import DicomFile

__all__ = [
    "Fidelity",
    "FidelityReport",
    "RenderOptions",
    "TranscodeError",
    "TranscodeOptions",
    "Transcoded",
    "Transcoder",
]


class Fidelity(StrEnum):
    """What becomes of the pixels when the transfer syntax changes."""

    BIT_EXACT = "bit exact"
    """The stored words or the compressed bytes are the same."""
    LOSSLESS = "lossless"
    """Encoded in another way; decoding gives the same stored values."""
    LOSSY = "lossy"
    """Decoding gives other values."""
    IMPOSSIBLE = "not possible"
    """It cannot be done, or not as asked; the reason says why."""


class FidelityReport(NamedTuple):
    """What a conversion does, or did, to the pixels."""

    source: str
    """The UID of the transfer syntax before."""
    target: str
    """The UID of the transfer syntax after."""
    fidelity: Fidelity
    reason: str = ""
    """Why it is not possible, or what is lost."""
    frames: int = 0
    ratio: float | None = None
    """Uncompressed bytes for one compressed byte, where compressed."""
    largest_error: float | None = None
    """The largest difference of a stored value, measured by decoding again; None before, and where nobody looked."""
    changed: tuple[str, ...] = ()
    """The keywords of the attributes that changed beside the pixels, at top level."""


class TranscodeOptions(NamedTuple):
    """How to transcode. Without ``lossy`` nothing is ever lost; what else asks for loss then raises."""

    lossy: bool = False
    """Allow loss where the target asks for it."""
    quality: float | None = None
    """1 to 100, of JPEG and JPEG XL."""
    ratio: float | None = None
    """Compressed size to aim at, as 1 : ratio, of JPEG 2000."""
    near: int | None = None
    """The largest error of JPEG-LS near-lossless."""
    effort: int | None = None
    """1 fast and larger ... 9 slow and smaller."""
    predictor: int | None = None
    """1 to 7, the selection value of JPEG lossless."""
    rgb: bool = False
    """Decompress YBR to RGB, which rounds, instead of keeping the samples that were stored."""
    offset_table: Literal["basic", "extended", "none"] = "basic"
    """How the places of compressed frames are written down; a basic one reaches 4 GiB."""
    fragment_size: int | None = None
    """Cut frames into fragments of at most so many bytes; one fragment a frame by default."""
    workers: int | None = None
    """Frames in work at once; one a processor by default."""


class Transcoded(NamedTuple):
    """A file in another transfer syntax, and what that did to its pixels."""

    file: DicomFile
    report: FidelityReport


class TranscodeError(DicomError):
    """A file cannot be transcoded as asked; ``report`` says why."""

    def __init__(self, report: FidelityReport) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        return f"cannot transcode: {self.report.reason}"


class RenderOptions(NamedTuple):
    """How to draw a frame, as PS3.18 8.3.5 has it."""

    window: tuple[float, float] | None = None
    """Centre and width; the file's own, or else the range of its values, by default."""
    function: str = "LINEAR"
    size: tuple[int, int] | None = None
    """Columns and rows of the viewport; the picture keeps its proportions in it."""
    crop: tuple[int, int, int, int] | None = None
    """Left, top, width and height of the part that is drawn."""
    quality: int = 90
    """1 to 100, of JPEG."""
    annotations: bool = False
    """Draw the overlays that are in the file."""


@runtime_checkable
class Transcoder(Protocol):
    """Who changes transfer syntaxes and draws frames. A value without state: any thread may call it."""

    def predict(self, file: DicomFile, to: str, options: TranscodeOptions = ...) -> FidelityReport:
        """What `transcode` would do, from the header and what is installed; nothing is decoded."""
        ...

    def transcode(self, file: DicomFile, to: str, options: TranscodeOptions = ...) -> Transcoded:
        """A file in the transfer syntax ``to``, a UID; `TranscodeError` when that is not possible as asked.

        The file given stays as it is. Frames are decoded and encoded in bounded memory.
        """
        ...

    def choose(
        self, file: DicomFile, accepted: Iterable[str], options: TranscodeOptions = ...
    ) -> str | None:
        """The best of the transfer syntaxes that a peer accepts, by UID: the present one, else what loses nothing and
        is cheap to read; None when none of them is possible.
        """
        ...

    def render(
        self, file: DicomFile, frame: int, media_type: str, options: RenderOptions = ...
    ) -> bytes:
        """A frame, counted from 0, as ``image/png``, ``image/jpeg`` or ``image/gif``."""
        ...


# Tracebacks, reprs and pickles name the place that users import from
Fidelity.__module__ = FidelityReport.__module__ = "dicom_core.transcoding"
TranscodeOptions.__module__ = Transcoded.__module__ = "dicom_core.transcoding"
TranscodeError.__module__ = RenderOptions.__module__ = "dicom_core.transcoding"
Transcoder.__module__ = "dicom_core.transcoding"
