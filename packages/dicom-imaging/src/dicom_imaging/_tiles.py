"""Tiles of whole slides: which frame is where (PS3.3 C.7.6.17.3, C.8.12.14)."""

from typing import TYPE_CHECKING, NamedTuple

from ._errors import MissingPixelDescriptor, PixelDataError

if TYPE_CHECKING:
    from dicom_core import Dataset

    from ._descriptor import PixelDescriptor
    from ._functional import FunctionalGroups

__all__ = ["TileGrid", "TilePosition"]


class TilePosition(NamedTuple):
    """The place of a tile in its grid, counted from 0, and its channel and focal plane."""

    row: int
    column: int
    plane: int = 0
    channel: int = 0


class TileGrid:
    """The tiles of a slide: `rows` x `columns` of them, each a frame, once for each focal plane and channel.

    A channel is an optical path, or a segment of a segmentation. The tiles at the right and lower edge reach beyond
    the slide. Of sparse tiling, tiles may be missing: the per-frame functional groups are gone through once.
    """

    __slots__ = ("_frames", "channels", "columns", "is_full", "planes", "rows", "tile")

    rows: int
    columns: int
    planes: int
    channels: int
    is_full: bool
    """Whether every tile is there, in the order of TILED_FULL."""
    tile: tuple[int, int]
    """Rows and columns of pixels of a tile."""

    def __init__(
        self, dataset: "Dataset", descriptor: "PixelDescriptor", groups: "FunctionalGroups"
    ) -> None:
        height = _number(dataset, "TotalPixelMatrixRows", "(0048,0007)")
        width = _number(dataset, "TotalPixelMatrixColumns", "(0048,0006)")
        self.tile = (descriptor.rows, descriptor.columns)
        self.rows = -(-height // descriptor.rows)
        self.columns = -(-width // descriptor.columns)
        self._frames: dict[TilePosition, int] = {}
        organization = str(dataset.get("DimensionOrganizationType") or "").strip()
        # the standard wants per-frame positions of whatever is not TILED_FULL
        self.is_full = organization == "TILED_FULL" or not len(groups)
        self.planes = self.channels = 1
        if self.is_full:
            self._count(dataset, descriptor.frames)
        else:
            self._locate(descriptor, groups)

    def _count(self, dataset: "Dataset", frames: int) -> None:
        tiles = self.rows * self.columns
        planes = dataset.get("TotalPixelMatrixFocalPlanes")
        self.planes = planes if isinstance(planes, int) and planes > 0 else 1
        self.channels = max(1, frames // (tiles * self.planes))
        if tiles * self.planes * self.channels != frames:
            raise PixelDataError(
                f"{frames} frames are no full grid of {self.rows} x {self.columns} tiles in {self.planes} focal planes"
            )

    def _locate(self, descriptor: "PixelDescriptor", groups: "FunctionalGroups") -> None:
        planes: dict[str, int] = {}
        channels: dict[str, int] = {}
        for frame in range(min(len(groups), descriptor.frames)):
            item = groups.macro(frame, "PlanePositionSlideSequence")
            if item is None:
                continue
            row = _position(item, "RowPositionInTotalImagePixelMatrix")
            column = _position(item, "ColumnPositionInTotalImagePixelMatrix")
            if row is None or column is None:
                continue
            depth = _text(item, "ZOffsetInSlideCoordinateSystem")
            place = TilePosition(
                (row - 1) // descriptor.rows,
                (column - 1) // descriptor.columns,
                planes.setdefault(depth, len(planes)),
                channels.setdefault(_channel(groups, frame), len(channels)),
            )
            self._frames.setdefault(place, frame)
        self.planes, self.channels = max(1, len(planes)), max(1, len(channels))

    def frame(self, row: int, column: int, *, plane: int = 0, channel: int = 0) -> int | None:
        """The number of the frame of a tile; None where a sparse slide has none; IndexError outside of the grid."""
        if not (
            0 <= row < self.rows
            and 0 <= column < self.columns
            and 0 <= plane < self.planes
            and 0 <= channel < self.channels
        ):
            raise IndexError(f"tile ({row}, {column}) of {self.rows} x {self.columns}")
        if not self.is_full:
            return self._frames.get(TilePosition(row, column, plane, channel))
        # columns run fastest, then rows, focal planes, channels (PS3.3 C.7.6.17.3)
        return ((channel * self.planes + plane) * self.rows + row) * self.columns + column

    def position(self, frame: int) -> TilePosition | None:
        """Where the tile of a frame is; None where the data set does not say."""
        if self.is_full:
            rest, column = divmod(frame, self.columns)
            rest, row = divmod(rest, self.rows)
            channel, plane = divmod(rest, self.planes)
            return TilePosition(row, column, plane, channel)
        return next((place for place, one in self._frames.items() if one == frame), None)

    def __repr__(self) -> str:
        kind = "full" if self.is_full else "sparse"
        return f"<TileGrid: {self.rows} x {self.columns} tiles, {kind}>"


def _number(dataset: "Dataset", keyword: str, tag: str) -> int:
    value = dataset.get(keyword)
    if not isinstance(value, int) or value < 1:
        raise MissingPixelDescriptor(tag, keyword)
    return value


def _position(item: "Dataset", keyword: str) -> int | None:
    value = item.get(keyword)
    return value if isinstance(value, int) and value > 0 else None


def _text(item: "Dataset", keyword: str) -> str:
    return item.element(keyword).text if keyword in item else ""


def _channel(groups: "FunctionalGroups", frame: int) -> str:
    """What tells one channel from another: the optical path, or the segment."""
    path = groups.macro(frame, "OpticalPathIdentificationSequence")
    if path is not None:
        return _text(path, "OpticalPathIdentifier")
    segment = groups.macro(frame, "SegmentIdentificationSequence")
    return "" if segment is None else _text(segment, "ReferencedSegmentNumber")


# Tracebacks, reprs and pickles name the place that users import from
TileGrid.__module__ = TilePosition.__module__ = "dicom_imaging"
