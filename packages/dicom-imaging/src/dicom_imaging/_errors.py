"""The errors of pixels. Each has fields for programs and one sentence for people, without values of a data set."""

from dicom_dict import DicomError

__all__ = [
    "DecodeError",
    "EncodeError",
    "FrameDecodeError",
    "FrameExtractionError",
    "InvalidLookupTable",
    "InvalidOverlay",
    "InvalidPixelDescriptor",
    "InvalidWindow",
    "MissingPixelData",
    "MissingPixelDescriptor",
    "MissingTransferSyntax",
    "PixelDataError",
    "RenderError",
    "UnknownUnits",
    "UnsupportedPhotometric",
    "UnsupportedTransferSyntax",
]


class PixelDataError(DicomError):
    """Pixels cannot be had, or cannot be written as asked."""


class MissingPixelData(PixelDataError):
    """The data set holds no pixel data at all: (7FE0,0008), (7FE0,0009) and (7FE0,0010) are absent."""

    def __init__(self, sop_class: str = "") -> None:
        super().__init__(sop_class)
        self.sop_class = sop_class

    def __str__(self) -> str:
        kind = f", which is a {self.sop_class}" if self.sop_class else ""
        return f"there is no pixel data in this data set{kind}"


class MissingPixelDescriptor(PixelDataError):
    """An attribute without which pixels mean nothing is absent: ``tag`` and ``keyword`` say which."""

    def __init__(self, tag: str, keyword: str) -> None:
        super().__init__(tag, keyword)
        self.tag = tag
        self.keyword = keyword

    def __str__(self) -> str:
        return f"{self.tag} {self.keyword} is absent or empty; the pixels cannot be understood without it"


class InvalidPixelDescriptor(PixelDataError):
    """Attributes of the pixels contradict each other or the standard; ``values`` holds them by keyword."""

    def __init__(self, text: str, tag: str = "", vr: str = "", **values: object) -> None:
        super().__init__(text, tag, vr)
        self.text = text
        self.tag = tag
        self.vr = vr
        self.values = values

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class MissingTransferSyntax(PixelDataError):
    """Nothing says how the pixels are encoded."""

    def __str__(self) -> str:
        return "there is no transfer syntax, so that nothing says how the pixels are encoded; pass transfer_syntax="


class UnsupportedTransferSyntax(PixelDataError):
    """The transfer syntax is known or unknown, but nothing installed can do it: ``uid``, ``name``, ``action``."""

    def __init__(self, uid: str, name: str = "", action: str = "decode") -> None:
        super().__init__(uid, name, action)
        self.uid = uid
        self.name = name
        self.action = action

    def __str__(self) -> str:
        # what a file says may be anything; only what may be printed is shown
        uid = (
            self.uid
            if self.uid.replace(".", "").isdigit() and len(self.uid) <= 64
            else "this transfer syntax"
        )
        name = f"{self.name} ({uid})" if self.name else uid
        return f"no installed codec can {self.action} {name}; a codec registers under the entry point dicom.codecs"


class FrameExtractionError(PixelDataError):
    """The bytes of a frame cannot be found in the pixel data: ``frame`` counts from 0."""

    def __init__(self, frame: int, reason: str) -> None:
        super().__init__(frame, reason)
        self.frame = frame
        self.reason = reason

    def __str__(self) -> str:
        return f"frame {self.frame} cannot be found: {self.reason}"


class DecodeError(PixelDataError):
    """The compressed bytes of a frame are broken or do not agree with the attributes.

    ``segment`` (of RLE) and ``offset`` (in the bytes of the frame) are given where they are known.
    """

    def __init__(
        self, reason: str, *, segment: int | None = None, offset: int | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.segment = segment
        self.offset = offset

    def _place(self) -> str:
        segment = "" if self.segment is None else f" in segment {self.segment}"
        return segment + ("" if self.offset is None else f" at byte {self.offset}")

    def __str__(self) -> str:
        return f"a frame cannot be decoded: {self.reason}{self._place()}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


class FrameDecodeError(DecodeError):
    """A `DecodeError` of the frame ``frame``, counted from 0, in the transfer syntax ``uid``."""

    def __init__(
        self,
        frame: int,
        reason: str,
        *,
        uid: str = "",
        segment: int | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(reason, segment=segment, offset=offset)
        self.args = (frame, reason)
        self.frame = frame
        self.uid = uid

    def __str__(self) -> str:
        return f"frame {self.frame} cannot be decoded: {self.reason}{self._place()}"


class EncodeError(PixelDataError):
    """Pixels cannot be encoded as asked: ``reason`` says what the codec takes."""

    def __init__(self, reason: str, uid: str = "") -> None:
        super().__init__(reason, uid)
        self.reason = reason
        self.uid = uid

    def __str__(self) -> str:
        return f"the pixels cannot be encoded: {self.reason}"


class InvalidLookupTable(PixelDataError):
    """A lookup table or palette cannot be used: ``path`` is the element, ``reason`` what is wrong."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"the lookup table {self.path} cannot be used: {self.reason}"


class InvalidOverlay(PixelDataError):
    """An overlay cannot be had: ``group`` is its group, such as 0x6002."""

    def __init__(self, group: int, reason: str) -> None:
        super().__init__(group, reason)
        self.group = group
        self.reason = reason

    def __str__(self) -> str:
        return f"the overlay in group {self.group:04X} cannot be drawn: {self.reason}"


class InvalidWindow(PixelDataError, ValueError):
    """A window that was asked for means nothing, or is not in the file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the window cannot be applied: {self.reason}"


class UnknownUnits(PixelDataError):
    """Values in the units that were asked for cannot be calculated: ``reason`` names what the file lacks."""

    def __init__(self, units: str, reason: str) -> None:
        super().__init__(units, reason)
        self.units = units
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.units} cannot be calculated: {self.reason}"


class UnsupportedPhotometric(PixelDataError):
    """A colour space that cannot be drawn: ``photometric`` names it."""

    def __init__(self, photometric: str, reason: str = "") -> None:
        super().__init__(photometric, reason)
        self.photometric = photometric
        self.reason = reason

    def __str__(self) -> str:
        return f"pixels in {self.photometric} cannot be drawn{': ' if self.reason else ''}{self.reason}"


class RenderError(PixelDataError):
    """A picture of frame ``frame``, counted from 0, cannot be made; the cause is the error behind it."""

    def __init__(self, frame: int, reason: str) -> None:
        super().__init__(frame, reason)
        self.frame = frame
        self.reason = reason

    def __str__(self) -> str:
        return f"frame {self.frame} cannot be drawn: {self.reason}"


def _rebuild(
    kind: type[DicomError], args: tuple[object, ...], fields: dict[str, object]
) -> DicomError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


for _name in __all__:  # tracebacks show the public place
    globals()[_name].__module__ = "dicom_imaging"
