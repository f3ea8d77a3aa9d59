"""``dicom contact``: a sheet with a small picture of every file."""

import os
from functools import partial
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

import click
import numpy as np

from dicom_core import LimitExceeded, NotDicom
from dicom_core.cli._files import Named, each, expand, open_file
from dicom_core.cli._options import FILES, jobs_option, json_option, need_folder
from dicom_core.cli._run import complain, reason
from dicom_dict import DicomError

from .._attributes import text
from .._font import ADVANCE, LINE, text_mask, wrap
from .._limits import PixelLimits
from .._open import open as open_image
from .._plans import WindowChoice
from .._render import FORMATS, FrameRenderer, PictureFormat, encode_picture
from ._render import SUFFIXES, parse_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["command"]

_PAPER, _TILE, _INK, _FAULT = 24, 0, 220, 160
_GAP: Final = 8
_LABEL_LINES: Final = 2


class Tile(NamedTuple):
    """What one file gives, small enough to come back from another process."""

    path: str
    label: tuple[str, ...]
    picture: "NDArray[np.uint8] | None"
    error: str = ""
    skip: bool = False


class Wish(NamedTuple):
    """How each file is drawn."""

    side: int
    frame: int
    window: WindowChoice
    names: bool


def draw_one(named: Named, *, wish: Wish) -> Tile:
    """The small picture of a file, or why there is none."""
    path = named.path
    name = os.path.basename(path)
    label: tuple[str, ...] = (name,)
    try:
        file = open_file(path)
        label = (name, _told(file.dataset, names=wish.names))
        image = open_image(file)
        one = image.descriptor
        size = f"{one.columns}x{one.rows}" + (f"x{one.frames}" if one.frames > 1 else "")
        label = (name, f"{label[1]} {size}".strip())
        at = one.frames // 2 if wish.frame < 0 else min(wish.frame, one.frames - 1)
        renderer = FrameRenderer(
            image, window=wish.window, size=(wish.side, wish.side), aspect=True
        )
        return Tile(path, label, renderer.picture(at))
    except NotDicom as error:
        return Tile(path, label, None, reason(error), not named.asked)
    except (DicomError, OSError, ValueError) as error:
        return Tile(path, label, None, reason(error))


def _told(ds: "object", *, names: bool) -> str:
    """Modality and numbers; of the patient, nothing unless it was asked for."""
    from dicom_core import Dataset

    if not isinstance(ds, Dataset):
        return ""
    parts = [text(ds, "Modality")]
    series, instance = text(ds, "SeriesNumber"), text(ds, "InstanceNumber")
    if series or instance:
        parts.append(f"{series or '-'}/{instance or '-'}")
    if names:
        parts.insert(0, text(ds, "PatientName"))
    return " ".join(part for part in parts if part)


def sheet_of(
    tiles: list[Tile], side: int, columns: int, limits: PixelLimits
) -> "NDArray[np.uint8]":
    """The sheet: grey, or RGB where a picture has colours."""
    lines = ceil(len(tiles) / columns)
    high = side + _LABEL_LINES * LINE + 2 * _GAP
    wide = side + _GAP
    colours = 3 if any(tile.picture is not None and tile.picture.ndim == 3 for tile in tiles) else 1
    shape = (lines * high + _GAP, columns * wide + _GAP, colours)
    if shape[0] * shape[1] * colours > limits.rendered:
        raise LimitExceeded("rendered", shape[0] * shape[1] * colours, holder="PixelLimits")
    sheet = np.full(shape, _PAPER, np.uint8)
    for at, tile in enumerate(tiles):
        top, left = _GAP + at // columns * high, _GAP + at % columns * wide
        _place(sheet, tile, top, left, side)
    return sheet[..., 0] if colours == 1 else sheet


def _place(sheet: "NDArray[np.uint8]", tile: Tile, top: int, left: int, side: int) -> None:
    sheet[top : top + side, left : left + side] = _TILE
    letters = side // ADVANCE
    if tile.picture is not None:
        rows, columns = tile.picture.shape[:2]
        down, right = top + (side - rows) // 2, left + (side - columns) // 2
        picture = tile.picture if tile.picture.ndim == 3 else tile.picture[..., np.newaxis]
        sheet[down : down + rows, right : right + columns] = picture
    else:
        for number, line in enumerate(wrap(tile.error, letters, side // LINE - 1)):
            _write(sheet, line, top + 4 + number * LINE, left + 3, _FAULT)
    for number, line in enumerate(tile.label[:_LABEL_LINES]):
        _write(sheet, _short(line, letters), top + side + 4 + number * LINE, left, _INK)


def _write(sheet: "NDArray[np.uint8]", line: str, top: int, left: int, ink: int) -> None:
    mask = text_mask(line)[:, : sheet.shape[1] - left]
    sheet[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = ink


def _short(line: str, letters: int) -> str:
    """The end tells files apart better than the middle."""
    return (
        line
        if len(line) <= letters
        else f"{line[: letters // 3]}..{line[-(letters - letters // 3 - 2) :]}"
    )


@click.command("contact")
@click.argument("files", **FILES)
@click.option("-o", "--out", required=True, metavar="OUT", help="The sheet: .png, .jpg or .gif.")
@click.option(
    "--tile",
    "side",
    type=click.IntRange(48, 1024),
    default=160,
    metavar="N",
    help="Pixels of a picture.",
)
@click.option(
    "--columns", type=click.IntRange(1, 1000), default=None, metavar="N", help="Pictures in a row."
)
@click.option(
    "--frame", type=click.IntRange(1), default=None, metavar="N",
    help="The frame of each file, counted from 1; default: the middle one.",
)  # fmt: skip
@click.option("--window", default="", metavar="C,W", help="As of dicom render.")
@click.option("--names", is_flag=True, help="Names of patients in the labels.")
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    out: str,
    side: int,
    columns: int | None,
    frame: int | None,
    window: str,
    names: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Draw a contact sheet: a small labelled picture of every file.

    A file that cannot be drawn is a tile with the reason; what is no DICOM file is passed over in folders. The exit code
    is 1 only when there is no sheet.
    """
    kind: PictureFormat | None = SUFFIXES.get(os.path.splitext(out)[1].lower())
    if kind is None:
        raise click.UsageError(
            f"-o {out}: a sheet is {', '.join(FORMATS)}, which its name must say"
        )
    need_folder("-o", out)
    wish = Wish(
        side, -1 if frame is None else frame - 1, parse_window(window) if window else None, names
    )
    found = each(
        partial(draw_one, wish=wish), expand(files), jobs=jobs or 0, title="drawing", prints=False
    )
    tiles = [tile for tile in found if not tile.skip]
    if not tiles:
        complain("", "no DICOM file is there")
        return 1
    across = columns or max(1, ceil(sqrt(len(tiles) * 1.5)))
    sheet = sheet_of(tiles, side, min(across, len(tiles)), PixelLimits())
    made = encode_picture(sheet, kind)
    with open(out, "wb") as target:
        target.write(made)
    failed = sum(tile.picture is None for tile in tiles)
    if as_json:
        from json import dumps

        errors = {tile.path: tile.error for tile in tiles if tile.error}
        click.echo(dumps({"target": out, "tiles": len(tiles), "errors": errors}))
    elif failed:
        complain("", f"{failed} of {len(tiles)} files could not be drawn; their tiles say why")
    return 0
