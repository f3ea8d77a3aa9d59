"""``dicom frames``: how many frames files hold, their digests, and the frames themselves."""

import os
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict

import click

from dicom_core import NotDicom, ReadOptions
from dicom_core.cli._files import Named, each, expand, open_file
from dicom_core.cli._options import FILES, jobs_option, json_option, strict_option
from dicom_core.cli._run import complain, reason
from dicom_dict import DicomError

from .._errors import MissingPixelData
from .._image import Image
from .._open import open as open_image
from .._options import PixelOptions

if TYPE_CHECKING:
    from ..codecs import Pixels

__all__ = ["command", "frames_of"]


class Info(TypedDict):
    """What is printed of a file."""

    path: str
    count: int
    dtype: str
    shape: list[int]
    """Of one frame."""
    photometric: str
    transfer_syntax: str
    digests: NotRequired[list[str]]
    """sha256 of the stored values of each frame: C order, little endian."""
    written: NotRequired[list[str]]
    findings: NotRequired[list[str]]


class Wish(NamedTuple):
    """What is wanted of each file."""

    frames: tuple[int, ...]
    digest: bool
    out: str
    encoded: bool
    strict: bool


class Outcome(TypedDict):
    """What one file gave, small enough to come back from another process."""

    path: str
    info: Info | None
    error: str


def frames_of(path: str, wish: Wish) -> Info:
    """Open a file, and do with its frames what is wished."""
    file = open_file(path, strict=wish.strict)
    image = open_image(file, options=PixelOptions(wish.strict, read=ReadOptions(wish.strict)))
    one = image.descriptor
    info = Info(
        path=path,
        count=len(image),
        dtype=one.dtype,
        shape=list(one.shape),
        photometric=str(one.photometric),
        transfer_syntax=image.transfer_syntax,
    )
    wanted = [_number(image, number) for number in wish.frames] or range(len(image))
    if wish.out and wish.encoded:
        info["written"] = [_write_encoded(image, number, wish.out, path) for number in wanted]
    decoding = wish.digest or (wish.out and not wish.encoded)
    if decoding:
        digests, written = [], []
        for number, pixels in zip(wanted, image.frames(wanted), strict=True):
            if wish.digest:
                digests.append(_digest(pixels))
            if wish.out and not wish.encoded:
                written.append(_write_array(pixels, number, wish.out, path))
        if wish.digest:
            info["digests"] = digests
        if written:
            info["written"] = written
    if image.findings:
        info["findings"] = [str(finding) for finding in image.findings]
    return info


def _number(image: Image, frame: int) -> int:
    """The number of a frame that users count from 1, as DICOM does."""
    if frame > len(image):
        raise click.UsageError(f"--frame {frame}: there are {len(image)}")
    return frame - 1


def _digest(pixels: "Pixels") -> str:
    from hashlib import sha256

    import numpy as np

    little = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<"))
    return sha256(little.data).hexdigest()


def _target(out: str, path: str, frame: int, suffix: str) -> str:
    """``NAME.FRAME.SUFFIX``, the frame counted from 1."""
    os.makedirs(out, exist_ok=True)
    name = os.path.basename(path) if path != "-" else "stdin"
    return os.path.join(out, f"{name.removesuffix('.dcm')}.{frame + 1:04d}{suffix}")


def _write_array(pixels: "Pixels", frame: int, out: str, path: str) -> str:
    import numpy as np

    target = _target(out, path, frame, ".npy")
    np.save(target, pixels)
    return target


def _write_encoded(image: Image, frame: int, out: str, path: str) -> str:
    from dicom_dict import transfer_syntax

    uid = image.transfer_syntax
    codec = transfer_syntax(uid).codec if uid else ""
    target = _target(out, path, frame, _SUFFIXES.get(codec, ".bin"))
    with open(target, "wb") as file:
        file.write(image.encoded(frame))
    return target


_SUFFIXES = {
    "jpeg": ".jpg", "jpeg-lossless": ".jpg", "jpeg-ls": ".jls", "jpeg2000": ".j2k", "htj2k": ".j2c",
    "jpegxl": ".jxl", "rle": ".rle", "deflate": ".deflate",
}  # fmt: skip


def _look(named: Named, *, wish: Wish) -> Outcome:
    try:
        info = frames_of(named.path, wish)
    except (DicomError, OSError) as error:
        # what merely stands in a folder may be no DICOM, or have no pixels
        told = named.asked or not isinstance(error, NotDicom | MissingPixelData)
        return Outcome(path=named.path, info=None, error=reason(error) if told else "")
    return Outcome(path=named.path, info=info, error="")


@click.command("frames")
@click.argument("files", **FILES)
@click.option(
    "--digest", is_flag=True, help="Decode, and print sha256 of the stored values of each frame."
)
@click.option(
    "--frame", "frames", type=click.IntRange(1), multiple=True, metavar="N",
    help="Only this frame, counted from 1; may be given several times.",
)  # fmt: skip
@click.option(
    "-o", "--out", default="", metavar="DIR",
    help="Write each frame into DIR, as NAME.FRAME.npy: its stored values.",
)  # fmt: skip
@click.option(
    "--encoded", is_flag=True, help="With -o: the bytes as they stand in the file, not decoded."
)
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    digest: bool,
    frames: tuple[int, ...],
    out: str,
    encoded: bool,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Say how many frames files hold and what they are made of; extract them.

    FILES are files or folders; in folders, what is no DICOM file or has no pixels is passed over. The exit code is 1
    when something could not be read or decoded.
    """
    if encoded and not out:
        raise click.UsageError("--encoded says what to write; -o says where")
    wish = Wish(frames, digest, out, encoded, strict)
    failed, seen = False, 0
    task = partial(_look, wish=wish)
    named = _unmixed(list(expand(files)), out)
    for outcome in each(task, named, jobs=jobs or 0, title="reading frames"):
        info = outcome["info"]
        if info is not None:
            seen += 1
            sys.stdout.write((_as_json(info) if as_json else _as_text(info)) + "\n")
        elif outcome["error"]:
            complain(outcome["path"], outcome["error"])
            failed = True
    if not seen and not failed:
        complain("", "no DICOM file with pixels is there")
    return 1 if failed or not seen else 0


def _unmixed(named: list[Named], out: str) -> Iterator[Named]:
    """The files, none of which would overwrite the frames of another."""
    taken: dict[str, str] = {}
    for one in named:
        name = os.path.normcase(os.path.basename(one.path).removesuffix(".dcm"))
        other = taken.setdefault(name, one.path)
        if out and other != one.path:
            raise click.UsageError(f"{one.path} and {other} would both be written as {name}")
        yield one


def _as_json(info: Info) -> str:
    from json import dumps

    return dumps(info, ensure_ascii=sys.stdout.encoding.lower() not in {"utf-8", "utf8"})


def _as_text(info: Info) -> str:
    from dicom_core._display import clean
    from dicom_dict import transfer_syntax

    count = info["count"]
    syntax = info["transfer_syntax"]
    parts = [
        f"{count} frame{'' if count == 1 else 's'}",
        " x ".join(map(str, info["shape"])),
        info["dtype"],
        info["photometric"],
        str(transfer_syntax(syntax)) if syntax else "native",
    ]
    lines = [f"{clean(info['path'])}: {clean(', '.join(parts))}"]
    lines += [f"    {digest}" for digest in info.get("digests", ())]
    lines += [f"    {clean(target)}" for target in info.get("written", ())]
    lines += [f"    {clean(finding)}" for finding in info.get("findings", ())]
    return "\n".join(lines)
