"""``dicom render``: frames as pictures."""

import os
import re
from functools import partial
from typing import Final, NamedTuple

import click

from dicom_core import NotDicom
from dicom_core.cli._files import open_file
from dicom_core.cli._options import FILES, jobs_option, json_option, strict_option
from dicom_core.cli._targets import Job, Outcome, jobs_for, loss, work

from .._display import WindowChoice
from .._errors import MissingPixelData, PixelDataError
from .._open import open as open_image
from .._render import FORMATS, FrameRenderer, PictureFormat
from .._scale import Crop
from .._voi import VoiFunction, Window

__all__ = ["SUFFIXES", "command", "parse_size", "parse_window"]

SUFFIXES: Final[dict[str, PictureFormat]] = {
    ".png": "png", ".apng": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif",
}  # fmt: skip
_ENDINGS: Final[dict[PictureFormat, str]] = {"png": ".png", "jpeg": ".jpg", "gif": ".gif"}


class Wish(NamedTuple):
    """How each file is drawn."""

    frame: int
    """Counted from 0; -1 for all of them, as an animation."""
    format: PictureFormat
    window: WindowChoice
    size: tuple[int, int] | None
    crop: Crop | None
    quality: int
    overlays: bool
    invert: bool | None
    aspect: bool
    delay: float | None
    strict: bool


def render_one(path: str, target: str, *, wish: Wish) -> Outcome:
    """Draw one file; there is no picture at ``target`` unless all of it went well."""
    file = open_file(path, strict=wish.strict)
    try:
        image = open_image(file)
    except MissingPixelData as error:
        # what merely stands in a folder is passed over like a file that is no DICOM
        raise NotDicom(str(error)) from error
    renderer = FrameRenderer(
        image, window=wish.window, invert=wish.invert, overlays=wish.overlays,
        size=wish.size, crop=wish.crop, aspect=wish.aspect,
    )  # fmt: skip
    try:
        if wish.frame < 0 and wish.format != "jpeg":
            made = renderer.animate("png" if wish.format == "png" else "gif", delay=wish.delay)
        else:
            made = renderer.render(max(0, wish.frame), wish.format, quality=wish.quality)
    except IndexError as error:
        raise PixelDataError(f"--frame {wish.frame + 1}: there are {len(image)}") from error
    except ValueError as error:  # a crop that this file does not have
        raise PixelDataError(str(error)) from error
    with open(target, "wb") as out:
        out.write(made)
    return Outcome(loss(file), {"bytes": len(made)})


def parse_window(text: str) -> WindowChoice:
    """``C,W`` with an optional function, ``auto``, the number of a window of the file from 1 on, or its explanation."""
    if text.casefold() == "auto":
        return "auto"
    if text.isdecimal():
        if int(text) < 1:
            raise click.BadParameter(
                "windows of the file are counted from 1", param_hint="--window"
            )
        return int(text) - 1
    found = re.fullmatch(
        r"([-+.\deE]+),([-+.\deE]+)(?:,(LINEAR|LINEAR_EXACT|SIGMOID))?", text.strip()
    )
    if found is None:
        return text
    try:
        center, width = float(found[1]), float(found[2])
    except ValueError:
        return text
    window = Window(center, width, "", VoiFunction(found[3] or "LINEAR"))
    if not window.usable:
        raise click.BadParameter(
            f"{text} is no window: its width must be at least 1", param_hint="--window"
        )
    return window


def parse_size(text: str) -> tuple[int, int]:
    """``WxH``, or one number for both."""
    found = re.fullmatch(r"(\d{1,6})(?:[xX](\d{1,6}))?", text)
    if found is None or not int(found[1]) or (found[2] is not None and not int(found[2])):
        raise click.BadParameter(f"{text} is no size such as 512x512", param_hint="--size")
    return int(found[1]), int(found[2] or found[1])


def _parse_crop(text: str) -> Crop:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise click.BadParameter(f"{text} is no LEFT,TOP,WIDTH,HEIGHT", param_hint="--crop")
    left, top, width, height = map(int, parts)
    return left, top, width, height


@click.command("render")
@click.argument("files", **FILES)
@click.option(
    "-o", "--out", required=True, metavar="OUT", help="The picture, or a folder for several."
)
@click.option(
    "--frame", type=click.IntRange(1), default=1, metavar="N", help="The frame, counted from 1."
)
@click.option(
    "--cine", is_flag=True, help="All frames as an animated GIF, or PNG with a target in .png."
)
@click.option(
    "--window", default="", metavar="C,W",
    help="Centre and width (and ,SIGMOID or ,LINEAR_EXACT); or auto; or number or explanation of a window of the file.",
)  # fmt: skip
@click.option("--size", default="", metavar="WxH", help="Fit into so many pixels, in proportion.")
@click.option("--crop", default="", metavar="L,T,W,H", help="Only this part of the frame.")
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default=None,
    help="Default: what the name of OUT says, else png.",
)  # fmt: skip
@click.option("--quality", type=click.IntRange(1, 100), default=90, help="Of JPEG; default 90.")
@click.option("--overlays", is_flag=True, help="Draw the overlay planes of the file.")
@click.option(
    "--invert/--no-invert",
    default=None,
    help="Low values white, or black; default: as the file says.",
)
@click.option("--aspect", is_flag=True, help="Make pixels square that are not.")
@click.option(
    "--delay",
    type=click.FloatRange(1),
    default=None,
    metavar="MS",
    help="Time of each frame with --cine.",
)
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    out: str,
    frame: int,
    cine: bool,
    window: str,
    size: str,
    crop: str,
    kind: PictureFormat | None,
    quality: int,
    overlays: bool,
    invert: bool | None,
    aspect: bool,
    delay: float | None,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Draw frames as PNG, JPEG or GIF.

    One file becomes the picture OUT; several, or a folder, become pictures of the same names in the folder OUT. In folders,
    what is no DICOM file or has no pixels is passed over. The exit code is 1 when something could not be drawn.
    """
    found = kind or SUFFIXES.get(os.path.splitext(out)[1].lower())
    format_: PictureFormat = found or ("gif" if cine else "png")
    if cine and format_ == "jpeg":
        raise click.UsageError("--cine makes a gif or png; JPEG has no animation")
    wish = Wish(
        -1 if cine else frame - 1,
        format_,
        parse_window(window) if window else None,
        parse_size(size) if size else None,
        _parse_crop(crop) if crop else None,
        quality,
        overlays,
        invert,
        aspect,
        delay,
        strict,
    )
    todo = [_named(job, out, format_) for job in jobs_for(files, out)]
    return work(
        partial(render_one, wish=wish), todo, processes=jobs or 0, title="drawing", as_json=as_json
    )


def _named(job: Job, out: str, format_: PictureFormat) -> Job:
    """In a folder, pictures have the name of their file and the ending of the format."""
    if job.target == out:
        return job
    name = job.target.removesuffix(".dcm")
    return job._replace(target=name + _ENDINGS[format_])
