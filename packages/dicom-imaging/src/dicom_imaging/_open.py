"""`open` and `try_open`: from wherever pixels are to an `Image`."""

from typing import IO, TYPE_CHECKING, TypeAlias

import dicom_core as dc

from ._errors import MissingPixelData
from ._image import Image
from ._index import FrameIndex
from ._limits import PixelLimits
from ._options import PixelOptions

if TYPE_CHECKING:
    import os

    from dicom_dict import TransferSyntax

    from ._parallel import DecodeBudget
    from .codecs import Registry

__all__ = ["open", "try_open"]

Source: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]"
    " | dc.ByteSource | dc.DicomFile | dc.Dataset"
)

_LIMITS = PixelLimits()
_OPTIONS = PixelOptions()


def open(  # noqa: A001 - the verb that people look for; used as di.open
    source: Source,
    *,
    transfer_syntax: "str | TransferSyntax | None" = None,
    limits: PixelLimits = _LIMITS,
    options: PixelOptions = _OPTIONS,
    registry: "Registry | None" = None,
    budget: "DecodeBudget | None" = None,
    index: FrameIndex | bytes | None = None,
) -> Image:
    """The image in a file, in bytes, in a `dicom_core.ByteSource`, or in a data set.

    ``transfer_syntax``: how the pixels are encoded, where a data set cannot say it or a file says it wrongly.
    ``registry``: the codecs to use; ``budget``: shared by several images, what they may decode together.
    ``index``: of this very source, from ``image.index``; the pixel data is not walked over then.
    Raises `MissingPixelData`, `MissingPixelDescriptor`, `InvalidPixelDescriptor`, `MissingTransferSyntax`,
    `UnsupportedTransferSyntax` and what `dicom_core.read` raises.
    """
    if isinstance(index, bytes):
        index = FrameIndex.from_bytes(index)
    dataset, syntax, origin = _read(source, options, header=index is not None)
    if transfer_syntax is not None:
        syntax = _uid(transfer_syntax)
    return Image(
        dataset, syntax, limits=limits, options=options, registry=registry, budget=budget, index=index,
        source=origin,
    )  # fmt: skip


def try_open(
    source: Source,
    *,
    transfer_syntax: "str | TransferSyntax | None" = None,
    limits: PixelLimits = _LIMITS,
    options: PixelOptions = _OPTIONS,
    registry: "Registry | None" = None,
) -> Image | None:
    """The same, but None for a data set that holds no pixels, such as a structured report."""
    try:
        return open(
            source,
            transfer_syntax=transfer_syntax,
            limits=limits,
            options=options,
            registry=registry,
        )
    except MissingPixelData:
        return None


def _read(
    source: Source, options: PixelOptions, *, header: bool
) -> "tuple[dc.Dataset, str | None, dc.ByteSource | None]":
    """The data set, the transfer syntax of its pixels as far as it is known, and where its bytes are."""
    if isinstance(source, dc.Dataset):
        return source, None, None
    if isinstance(source, dc.DicomFile):
        file = source
    else:
        reader = dc.read_header if header else dc.read
        file = reader(source, options.read)
    if "TransferSyntaxUID" not in file.meta:
        # what reading guessed from the headers of elements says nothing of encapsulated pixels
        pixels = 0x7FE00010
        if pixels in file.dataset and file.dataset.element(pixels).is_encapsulated:
            return file.dataset, None, file.source
    return file.dataset, file.transfer_syntax, file.source


def _uid(syntax: "str | TransferSyntax") -> str:
    from dicom_dict import transfer_syntax

    entry = transfer_syntax(syntax) if isinstance(syntax, str) else syntax
    return entry.uid


# Tracebacks, reprs and pickles name the place that users import from
open.__module__ = try_open.__module__ = "dicom_imaging"
