"""``dicom convert``: files in another transfer syntax."""

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import click

from ._files import open_file
from ._options import jobs_option, json_option, strict_option
from ._targets import Outcome, jobs_for, loss, work

if TYPE_CHECKING:
    from .._file import DicomFile
    from ..transcoding import FidelityReport, TranscodeOptions

__all__ = ["command"]

# What people call them, beside keywords and UIDs
_NAMES: Final = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "big-endian": "1.2.840.10008.1.2.2",
    "encapsulated": "1.2.840.10008.1.2.1.98",
    "deflated-frame": "1.2.840.10008.1.2.8.1",
    "rle": "1.2.840.10008.1.2.5",
    "jpeg": "1.2.840.10008.1.2.4.50",
    "jpeg-extended": "1.2.840.10008.1.2.4.51",
    "jpeg-lossless": "1.2.840.10008.1.2.4.57",
    "jpeg-lossless-sv1": "1.2.840.10008.1.2.4.70",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "jpeg-ls-near": "1.2.840.10008.1.2.4.81",
    "j2k-lossless": "1.2.840.10008.1.2.4.90",
    "j2k": "1.2.840.10008.1.2.4.91",
    "htj2k-lossless": "1.2.840.10008.1.2.4.201",
    "htj2k-rpcl": "1.2.840.10008.1.2.4.202",
    "htj2k": "1.2.840.10008.1.2.4.203",
    "jpeg-xl-lossless": "1.2.840.10008.1.2.4.110",
    "jpeg-xl": "1.2.840.10008.1.2.4.112",
}


def convert_one(
    path: str, target: str, *, to: str, strict: bool, options: "TranscodeOptions | None" = None
) -> Outcome:
    """Read, convert, write; there is no file at ``target`` unless all of it went well."""
    from .._convert import convert
    from .._writer import write

    file = open_file(path, strict=strict)
    note = loss(file)
    if not _changes_pixels(file, to):
        write(convert(file, to), target)
        return Outcome(note)
    from ..transcoding import find_transcoder

    transcoder = find_transcoder()
    done = (
        transcoder.transcode(file, to)
        if options is None
        else transcoder.transcode(file, to, options)
    )
    write(done.file, target)
    return Outcome(note, _facts(done.report))


def _changes_pixels(file: "DicomFile", to: str) -> bool:
    """Whether pixels are to be compressed or decompressed, which is the work of a transcoder."""
    from .._meta import syntax_of

    source, target = syntax_of(file.transfer_syntax), syntax_of(to)
    return source.uid != target.uid and (source.encapsulated or target.encapsulated)


def _facts(report: "FidelityReport") -> dict[str, object]:
    return {
        "source_syntax": report.source,
        "target_syntax": report.target,
        "fidelity": str(report.fidelity),
        "frames": report.frames,
        "ratio": None if report.ratio is None else round(report.ratio, 2),
        "largest_error": report.largest_error,
        "changed": list(report.changed),
        **({"reason": report.reason} if report.reason else {}),
    }


def _uid_of(name: str) -> str:
    from dicom_dict import UnknownEntry, uid

    try:
        return str(uid(name).uid)
    except UnknownEntry as error:
        raise click.UsageError(
            f"--to takes {', '.join(_NAMES)}, a keyword or a UID of a transfer syntax: {error}"
        ) from error


@click.command("convert")
@click.argument("files", nargs=-1, required=True, metavar="IN...")
@click.argument("out", metavar="OUT")
@click.option(
    "--to", required=True, metavar="NAME|UID",
    help=f"{', '.join(_NAMES)}, a keyword or a UID.",
)  # fmt: skip
@click.option("--lossy", is_flag=True, help="Allow loss; the options of loss do so, too.")
@click.option("--lossless-only", is_flag=True, help="Refuse whatever would lose anything.")
@click.option("--quality", type=click.FloatRange(1, 100), help="Of JPEG, JPEG XL: 1 to 100.")
@click.option("--ratio", type=click.FloatRange(1), help="Of JPEG 2000: aim at 1/RATIO of the size.")
@click.option("--near", type=click.IntRange(0, 255), help="Of JPEG-LS: the largest error.")
@click.option("--effort", type=click.IntRange(1, 9), help="1 fast and large ... 9 slow and small.")
@click.option("--predictor", type=click.IntRange(1, 7), help="Of JPEG lossless.")
@click.option("--rgb", is_flag=True, help="Decompress YBR colours to RGB, which rounds.")
@click.option(
    "--offset-table", type=click.Choice(["basic", "extended", "none"]), default="basic",
    show_default=True, help="How the places of compressed frames are written down.",
)  # fmt: skip
@click.option("--fragment-size", type=click.IntRange(2), help="Bytes; cut frames into fragments.")
@strict_option
@json_option
@jobs_option
def command(
    files: tuple[str, ...],
    out: str,
    to: str,
    lossy: bool,
    lossless_only: bool,
    quality: float | None,
    ratio: float | None,
    near: int | None,
    effort: int | None,
    predictor: int | None,
    rgb: bool,
    offset_table: 'Literal["basic", "extended", "none"]',
    fragment_size: int | None,
    strict: bool,
    as_json: bool,
    jobs: int | None,
) -> int:
    """Write files in another transfer syntax.

    One file IN becomes the file OUT; several, or a folder, go into the folder OUT. Compressing and
    decompressing pixels needs dicom-imaging; nothing is lost unless --lossy, --quality, --ratio or
    --near allow it.
    """
    from ..transcoding import TranscodeOptions

    wanted = _NAMES.get(to.lower()) or _uid_of(to)
    asked = lossy or bool(near) or quality is not None or ratio is not None
    if asked and lossless_only:
        raise click.UsageError("--lossless-only and an option of loss exclude each other")
    options = TranscodeOptions(
        lossy=asked, quality=quality, ratio=ratio, near=near, effort=effort, predictor=predictor,
        rgb=rgb, offset_table=offset_table, fragment_size=fragment_size,
        workers=1 if len(files) > 1 else None,
    )  # fmt: skip
    task = partial(convert_one, to=wanted, strict=strict, options=options)
    return work(
        task, jobs_for(files, out), processes=jobs or 0, title="converting", as_json=as_json
    )
