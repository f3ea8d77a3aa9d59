"""`Image`: the frames of a data set, one by one."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

import dicom_core as dc

from ._describe import describe, pixel_element
from ._errors import (
    DecodeError,
    FrameDecodeError,
    MissingTransferSyntax,
    PixelDataError,
)
from ._extract import FrameBytes, check_pixels
from ._functional import FunctionalGroups
from ._image_looks import Looks
from ._limits import PixelLimits
from ._options import PixelOptions
from ._parallel import DecodeBudget, batches, default_workers, in_order, look_ahead
from .codecs import Decoded, default_registry

if TYPE_CHECKING:
    from dicom_core import ByteSource, Dataset

    from ._descriptor import PixelDescriptor
    from ._index import FrameIndex
    from ._tiles import TileGrid
    from .codecs import Codec, Pixels, Registry

__all__ = ["Image"]


class Image(Looks):
    """An image of one or more frames. Nothing of a frame is read before it is asked for.

    Frames count from 0; negative numbers count from the end, as in a list. It may be used from several threads at once,
    and pickles as long as its data set does.
    """

    __slots__ = (
        "_budget", "_frames", "_groups", "_registry", "_source", "_syntax", "_tiles", "dataset", "limits", "options",
    )  # fmt: skip

    dataset: "Dataset"
    """The data set that describes the pixels."""
    limits: PixelLimits
    options: PixelOptions

    def __init__(
        self,
        dataset: "Dataset",
        syntax: str | None,
        *,
        limits: PixelLimits,
        options: PixelOptions,
        registry: "Registry | None" = None,
        budget: DecodeBudget | None = None,
        index: "FrameIndex | None" = None,
        source: "ByteSource | None" = None,
    ) -> None:
        self.dataset = dataset
        self.limits = limits
        self.options = options
        self._registry = registry
        self._budget = budget or DecodeBudget(limits.in_flight)
        self._groups: FunctionalGroups | None = None
        self._tiles: TileGrid | None = None
        self._display = None
        self._source = source
        self._syntax = syntax
        if index is None:
            check_pixels(dataset, syntax or "")
        descriptor = describe(dataset)
        if descriptor.frames > limits.frames:
            raise dc.LimitExceeded("frames", descriptor.frames, holder="PixelLimits")
        self._frames = FrameBytes(dataset, syntax, descriptor, options, index, source)
        if index is not None and (
            not self._frames.fits(index) or index.frames != descriptor.frames
        ):
            raise PixelDataError("the frame index is of another source; make it anew")

    # --- what it is -----------------------------------------------------------------------------

    @property
    def descriptor(self) -> "PixelDescriptor":
        """What a frame is made of."""
        return self._frames.descriptor

    @property
    def transfer_syntax(self) -> str:
        """The UID of the transfer syntax that the frames are in; empty of native pixels made in memory."""
        return self._frames.syntax

    @property
    def groups(self) -> FunctionalGroups:
        """The functional groups (PS3.3 C.7.6.16)."""
        if self._groups is None:
            self._groups = FunctionalGroups(self.dataset)
        return self._groups

    @property
    def index(self) -> "FrameIndex":
        """Where the frames are: give its ``to_bytes()`` to `open` again, and no fragment is looked at."""
        return self._frames.index

    @property
    def findings(self) -> tuple[dc.Finding, ...]:
        """What is wrong with the pixel data and was worked around, and what is not honoured yet (ICC profiles)."""
        from ._icc import icc_findings

        _ = self._frames.index
        return (*self._frames.findings, *icc_findings(self))

    def number(self, frame: int) -> int:
        """The number of a frame, counted from 0, for one that may count from the end; IndexError for none."""
        count = len(self)
        if not -count <= frame < count:
            raise IndexError(f"frame {frame} of {count}")
        return frame % count

    def __len__(self) -> int:
        return self.descriptor.frames

    def __repr__(self) -> str:
        one = self.descriptor
        shape = " x ".join(map(str, one.shape))
        return f"<Image: {one.frames} frame{'' if one.frames == 1 else 's'} of {shape} {one.dtype}, {one.photometric}>"

    def __reduce__(self) -> tuple[object, ...]:
        # of a header alone, the index is all that is known of the pixels
        index = None if pixel_element(self.dataset) is not None else self._frames.index
        state = (self.dataset, self._syntax, self.limits, self.options, self._registry)
        return _restore, (*state, index, self._source)

    # --- frames ---------------------------------------------------------------------------------

    def frame(self, frame: int = 0) -> "Pixels":
        """The stored values of one frame: (rows, columns), with a third axis for several samples.

        Native pixels may be a read-only view of bytes in memory. Colours are those of ``decoded(i).photometric``.
        """
        return self.decoded(frame).pixels

    def decoded(self, frame: int = 0) -> Decoded:
        """The stored values of one frame, and the colour space that they are in.

        Raises IndexError, `FrameExtractionError`, `UnsupportedTransferSyntax`, `FrameDecodeError` and `LimitExceeded`.
        """
        frame = self.number(frame)
        size = self._checked_size()
        if self._frames.is_native:
            with self._budget.hold(size):
                return Decoded(*self._frames.decode_native(frame))
        codec = self._codec()
        with self._budget.hold(size):
            data = self._frames.encoded(frame)
            try:
                return codec.decode(data, self.descriptor, self.limits)
            except DecodeError as error:
                raise self._of_frame(error, frame) from error

    def encoded(self, frame: int = 0) -> bytes:
        """The bytes of one frame, untouched, for those who decode elsewhere; of native pixels, as they are stored."""
        return bytes(self._frames.encoded(self.number(frame)))

    def frames(
        self, frames: Iterable[int] | None = None, *, workers: int | None = None
    ) -> Iterator["Pixels"]:
        """The stored values of all frames, or of those named, in their order, decoded ahead in threads.

        At most two frames a worker wait, fewer where they would not fit into ``limits.in_flight``.
        """
        return (one.pixels for one in self.decoded_frames(frames, workers=workers))

    def decoded_frames(
        self, frames: Iterable[int] | None = None, *, workers: int | None = None
    ) -> Iterator[Decoded]:
        """The same with the colour space of each."""
        wanted = range(len(self)) if frames is None else [self.number(one) for one in frames]
        size = self._checked_size()
        workers = workers or default_workers()
        ahead = look_ahead(workers, size, self.limits.in_flight)
        if self._frames.is_native:
            return in_order(self.decoded, wanted, 1, 1)  # reading is all there is to do
        if hasattr(self._codec(), "decode_batch"):
            groups = batches(wanted, ahead)
            return (one for group in groups for one in self._batch(group))
        return in_order(self.decoded, wanted, min(workers, max(len(wanted), 1)), ahead)

    def _batch(self, frames: "Iterable[int]") -> "list[Decoded]":
        """Frames that a codec decodes in one go; where it fails, one by one, to tell which it was."""
        frames = list(frames)
        batch = getattr(self._codec(), "decode_batch", None)
        assert batch is not None
        with self._budget.hold(self._checked_size() * len(frames)):
            data = [self._frames.encoded(one) for one in frames]
            try:
                found: list[Decoded] = batch(data, self.descriptor, self.limits)
            except DecodeError:
                found = []
        return found or [self.decoded(one) for one in frames]

    def array(self, out: "Pixels | None" = None, *, workers: int | None = None) -> "Pixels":
        """All frames: (frames, rows, columns), with a fourth axis for several samples; always with the first.

        ``out``: where to put them. Raises `LimitExceeded` for more than ``limits.array`` bytes.
        """
        descriptor = self.descriptor
        shape = (descriptor.frames, *descriptor.shape)
        if out is None:
            size = descriptor.decoded_bytes * descriptor.frames
            if size > self.limits.array:
                raise dc.LimitExceeded("array", size, holder="PixelLimits")
            _ = self._checked_size()
            found = self.index.found
            if found < descriptor.frames and not self.options.pad:
                _ = self.index.spans(
                    found
                )  # raises: nothing is allocated for frames that are not there
            out = np.empty(shape, descriptor.dtype)
        elif out.shape != shape or out.dtype != np.dtype(descriptor.dtype):
            raise ValueError(f"out must have shape {shape} and dtype {descriptor.dtype}")
        for number, pixels in enumerate(self.frames(workers=workers)):
            out[number] = pixels
        return out

    # --- tiles ----------------------------------------------------------------------------------

    @property
    def tiles(self) -> "TileGrid":
        """Where the tiles of a whole slide are; `MissingPixelDescriptor` for what is no slide."""
        if self._tiles is None:
            from ._tiles import TileGrid

            self._tiles = TileGrid(self.dataset, self.descriptor, self.groups)
        return self._tiles

    def tile(self, row: int, column: int, *, plane: int = 0, channel: int = 0) -> "Pixels | None":
        """The stored values of a tile; None where a sparse slide has none there, IndexError outside of the grid."""
        frame = self.tiles.frame(row, column, plane=plane, channel=channel)
        return None if frame is None else self.frame(frame)

    # --- single values --------------------------------------------------------------------------

    def pixel(self, row: int, column: int, frame: int = 0) -> int | float | tuple[int | float, ...]:
        """The stored value at a place, of several samples a tuple; IndexError outside of the frame."""
        one = self.descriptor
        if not (0 <= row < one.rows and 0 <= column < one.columns):
            raise IndexError(
                f"({row}, {column}) is outside of {one.rows} rows and {one.columns} columns"
            )
        value = self.frame(frame)[row, column].tolist()
        return tuple(value) if isinstance(value, list) else value

    def min_max(self, frame: int = 0) -> tuple[int | float, int | float]:
        """The least and the largest stored value of a frame, padding included."""
        pixels = self.frame(frame)
        return pixels.min().item(), pixels.max().item()

    # --- inside ---------------------------------------------------------------------------------

    def _codec(self) -> "Codec":
        uid = self.transfer_syntax
        if not uid:
            raise MissingTransferSyntax
        return (self._registry or default_registry()).decoder_for(uid)

    def _checked_size(self) -> int:
        size = self.descriptor.decoded_bytes
        if size > self.limits.frame:
            raise dc.LimitExceeded("frame", size, holder="PixelLimits")
        return size

    def _of_frame(self, error: DecodeError, frame: int) -> FrameDecodeError:
        return FrameDecodeError(
            frame,
            error.reason,
            uid=self.transfer_syntax,
            segment=error.segment,
            offset=error.offset,
        )


def _restore(
    dataset: "Dataset",
    syntax: str | None,
    limits: PixelLimits,
    options: PixelOptions,
    registry: "Registry | None",
    index: "FrameIndex | None",
    source: "ByteSource | None",
) -> Image:
    return Image(
        dataset, syntax, limits=limits, options=options, registry=registry, index=index, source=source
    )  # fmt: skip


# Tracebacks, reprs and pickles name the place that users import from
Image.__module__ = "dicom_imaging"
