"""`Transcoder`: what dicom-net, dicom-web and the command line ask for other transfer syntaxes and for pictures."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import dicom_core as dc
from dicom_core.transcoding import (
    Fidelity,
    FidelityReport,
    RenderOptions,
    Transcoded,
    TranscodeError,
    TranscodeOptions,
)
from dicom_dict import DicomError

from .._errors import PixelDataError, RenderError
from .._limits import PixelLimits
from ._attributes import describe_pixels, note_earlier_loss, note_loss
from ._inside import decompress_inside, lift_overlays
from ._plan import Plan, Work, plan
from ._preferences import PreferredTransferSyntaxes
from ._table import has_lost, method_of

if TYPE_CHECKING:
    from .._image import Image
    from .._render import PictureFormat
    from .._voi import Window
    from ..codecs import Registry

__all__ = ["Transcoder"]

_PLAIN: Final = TranscodeOptions()
_AS_IS: Final = RenderOptions()
_FORMATS: "Final[dict[str, PictureFormat]]" = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
}
_PREFERRED: Final = PreferredTransferSyntaxes()
# The attributes that may change beside the pixels
_TOUCHED: Final = (
    "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated", "HighBit", "LossyImageCompression",
    "LossyImageCompressionRatio", "LossyImageCompressionMethod", "ImageType", "SOPInstanceUID",
    "DerivationDescription", "DerivationCodeSequence", "SourceImageSequence", "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
)  # fmt: skip


class Transcoder:
    """Changes transfer syntaxes and draws frames, with the codecs of a registry. Any thread may call it."""

    __slots__ = ("_limits", "_preferences", "_registry")

    def __init__(
        self,
        *,
        registry: "Registry | None" = None,
        limits: PixelLimits = PixelLimits(),  # noqa: B008 - a value
        preferences: PreferredTransferSyntaxes = _PREFERRED,
    ) -> None:
        if registry is None:
            from ..codecs import default_registry

            registry = default_registry()
        self._registry = registry
        self._limits = limits
        self._preferences = preferences

    def predict(
        self, file: dc.DicomFile, to: str, options: TranscodeOptions = _PLAIN
    ) -> FidelityReport:
        """What `transcode` would do; nothing is decoded."""
        return plan(file, _uid(to), options, self._registry).report

    def choose(
        self, file: dc.DicomFile, accepted: Iterable[str], options: TranscodeOptions = _PLAIN
    ) -> str | None:
        """The best of the transfer syntaxes that a peer accepts, by the order of the preferences."""
        return self._preferences.best(
            str(file.transfer_syntax), accepted, lambda uid: self.predict(file, uid, options)
        )

    def transcode(
        self, file: dc.DicomFile, to: str, options: TranscodeOptions = _PLAIN
    ) -> Transcoded:
        """A file in another transfer syntax, by UID or keyword; `TranscodeError` when that is not possible as asked."""
        to = _uid(to)
        todo = plan(file, to, options, self._registry)
        if todo.report.fidelity is Fidelity.IMPOSSIBLE:
            raise TranscodeError(todo.report)
        try:
            if todo.work is Work.NOTHING:
                return Transcoded(dc.convert(file, to), todo.report)
            return self._work(file, to, todo, options)
        except (PixelDataError, dc.WriteError) as error:
            report = todo.report._replace(fidelity=Fidelity.IMPOSSIBLE, reason=str(error))
            raise TranscodeError(report) from error

    def _work(
        self, file: dc.DicomFile, to: str, todo: Plan, options: TranscodeOptions
    ) -> Transcoded:
        from .._open import open as open_image

        image = open_image(file, registry=self._registry, limits=self._limits)
        ds = file.dataset.copy()
        if todo.work is Work.DECOMPRESS:
            report = self._decompressed(ds, image, str(file.transfer_syntax), todo, options)
        else:
            lift_overlays(ds, image)
            report = self._compressed(ds, image, to, todo, options)
        changed = tuple(
            keyword for keyword in _TOUCHED if ds.get(keyword) != file.dataset.get(keyword)
        )
        made = dc.DicomFile(ds, file.meta.copy(), to)
        made.preamble = file.preamble
        return Transcoded(made, report._replace(changed=changed))

    def _decompressed(
        self, ds: dc.Dataset, image: "Image", source: str, todo: Plan, options: TranscodeOptions
    ) -> FidelityReport:
        from ._work import decompress

        done = decompress(image, options)
        new = done.descriptor
        describe_pixels(ds, new)
        value = done.value
        wide = new.bits_allocated > 8
        # what is small is a value like any other; what is large stays where it is until it is written
        small = isinstance(value.source, dc.BytesSource)
        ds.set("PixelData", "OW" if wide else "OB", value.read() if small else value)
        decompress_inside(ds, source, self._registry, self._limits)
        if has_lost(source):
            note_earlier_loss(ds, source)
        return todo.report

    def _compressed(
        self, ds: dc.Dataset, image: "Image", to: str, todo: Plan, options: TranscodeOptions
    ) -> FidelityReport:
        from ._work import compress

        assert todo.rule is not None
        lossy = todo.report.fidelity is Fidelity.LOSSY
        encoder = self._registry.encoder_for(to)
        decoder = self._registry.decoder_for(to)
        source = str(image.transfer_syntax)
        done = compress(image, to, encoder, decoder, options, lossy=lossy)
        describe_pixels(ds, done.descriptor)
        done.value.into(ds)
        whole = image.descriptor.decoded_bytes * len(image)
        if image.descriptor.bits_allocated == 1:
            whole = -(-whole // 8)
        ratio = whole / max(done.size, 1)
        if has_lost(source):
            note_earlier_loss(ds, source)
        if lossy:
            note_loss(ds, method_of(to), ratio, todo.rule.name)
        return todo.report._replace(ratio=ratio, largest_error=done.largest_error if lossy else 0.0)

    def render(
        self,
        file: dc.DicomFile,
        frame: int,
        media_type: str,
        options: RenderOptions = _AS_IS,
    ) -> bytes:
        """A frame, counted from 0, as ``image/png``, ``image/jpeg`` or ``image/gif``."""
        from .._open import open as open_image
        from .._render import render

        format_ = _FORMATS.get(media_type)
        if format_ is None:
            raise RenderError(frame, f"{media_type} cannot be drawn; {', '.join(_FORMATS)} can")
        image = open_image(file, registry=self._registry, limits=self._limits)
        window = None if options.window is None else _window(options)
        return render(
            image, frame, format_, window=window, size=options.size, crop=options.crop,
            quality=options.quality, overlays=options.annotations,
        )  # fmt: skip


def _window(options: RenderOptions) -> "Window":
    from .._voi import VoiFunction, Window

    assert options.window is not None
    return Window(*options.window, function=VoiFunction(options.function))


def _uid(to: str) -> str:
    from dicom_dict import transfer_syntax

    try:
        return str(transfer_syntax(to).uid)
    except DicomError as error:
        report = FidelityReport("", to, Fidelity.IMPOSSIBLE, str(error))
        raise TranscodeError(report) from error
