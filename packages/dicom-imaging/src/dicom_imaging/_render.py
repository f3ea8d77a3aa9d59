"""Pictures of frames as bytes of an image format, without Pillow."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from dicom_dict import DicomError

from ._display import Display, WindowChoice
from ._errors import RenderError, UnsupportedPhotometric
from ._scale import Crop, Scaling, crop, fit, pixel_aspect, scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom_core import Dataset

    from ._descriptor import PixelDescriptor
    from ._frame_source import FrameSource, Groups
    from ._limits import PixelLimits
    from .codecs import Decoded

__all__ = ["FrameRenderer", "PictureFormat", "encode_picture", "render"]

PictureFormat = Literal["png", "jpeg", "gif"]
FORMATS: Final[tuple[PictureFormat, ...]] = ("png", "jpeg", "gif")
_QUALITY: Final = 90


class FrameRenderer:
    """Draws frames of one image again and again with the same wishes.

    The frame that was decoded last is kept, so that another window of it costs no decoding; so are tables. Settings of the
    data set are read once. ``size`` is the viewport (width, height) that the picture fills without changing its proportions,
    ``crop`` is (left, top, width, height) in pixels of the frame, ``aspect`` makes pixels square that are not.
    """

    __slots__ = (
        "_display",
        "_source",
        "aspect",
        "crop",
        "invert",
        "lut",
        "overlays",
        "scaling",
        "size",
        "window",
    )

    def __init__(
        self,
        image: "FrameSource",
        *,
        window: WindowChoice = None,
        lut: bool = True,
        invert: bool | None = None,
        overlays: bool = False,
        size: tuple[int, int] | None = None,
        crop: Crop | None = None,
        aspect: bool = False,
        scaling: Scaling = "auto",
    ) -> None:
        self._source = _LastFrame(image)
        self._display = Display(self._source)
        self.window = window
        self.lut = lut
        self.invert = invert
        self.overlays = overlays
        self.size = size
        self.crop = crop
        self.aspect = aspect
        self.scaling = scaling

    def picture(self, frame: int = 0) -> "NDArray[np.uint8]":
        """A frame as 8-bit grey or RGB, cropped and scaled; `PIL.Image.fromarray` takes it as it is."""
        frame = self._number(frame)
        self._check_quota(frame)
        made: NDArray[np.generic] = self._display.frame(
            frame, window=self.window, lut=self.lut, overlays=self.overlays, invert=self.invert
        )
        if self.crop is not None:
            made = crop(made, self.crop)
        width, height = self._shape(frame)
        return np.asarray(scale(made, width, height, self.scaling), np.uint8)

    def grey(self, frame: int = 0) -> "NDArray[np.uint8]":
        """The same of a grey image alone; `UnsupportedPhotometric` for colours."""
        photometric = self._source.descriptor.photometric
        if not photometric.is_monochrome:
            raise UnsupportedPhotometric(photometric, "a grey picture was asked for")
        made = self.picture(frame)
        if made.ndim != 2:
            raise UnsupportedPhotometric(
                photometric, "it has a supplemental palette, and a grey picture was asked for"
            )
        return made

    def render(
        self,
        frame: int = 0,
        format: PictureFormat = "png",  # noqa: A002
        *,
        quality: int = _QUALITY,
    ) -> bytes:
        """A frame as PNG, JPEG or GIF."""
        return encode_picture(self.picture(frame), format, quality=quality)

    def try_render(
        self,
        frame: int = 0,
        format: PictureFormat = "png",  # noqa: A002
        *,
        quality: int = _QUALITY,
    ) -> bytes | None:
        """The same, or None for a frame that cannot be drawn."""
        try:
            return self.render(frame, format, quality=quality)
        except DicomError:
            return None  # that is what was asked for

    def each(
        self,
        frames: Iterable[int] | None = None,
        format: PictureFormat = "png",  # noqa: A002
        *,
        quality: int = _QUALITY,
    ) -> Iterator[bytes]:
        """All frames, or those named, in their order; `RenderError` says which one failed."""
        for picture in self.pictures(frames):
            yield encode_picture(picture, format, quality=quality)

    def pictures(self, frames: Iterable[int] | None = None) -> "Iterator[NDArray[np.uint8]]":
        """The same as arrays."""
        for frame in range(self._source.descriptor.frames) if frames is None else frames:
            try:
                made = self.picture(frame)
            except DicomError as error:
                raise RenderError(frame, str(error)) from error
            yield made

    def animate(
        self,
        format: Literal["gif", "png"] = "gif",  # noqa: A002
        *,
        frames: Iterable[int] | None = None,
        delay: float | None = None,
    ) -> bytes:
        """Frames as animated GIF or PNG that repeats; ``delay`` in milliseconds, or None for what the file says."""
        from ._cine import frame_times

        count = self._source.descriptor.frames
        wanted = list(range(count) if frames is None else frames)
        if not wanted:
            raise ValueError("an animation has at least one frame")
        times = frame_times(self._source)
        delays = [times[one] if delay is None else delay for one in wanted]
        if format == "png":
            from ._png import encode_apng

            return encode_apng(self.pictures(wanted), len(wanted), delays)
        if format != "gif":
            raise ValueError(f"an animation is gif or png, not {format!r}")
        from ._gif import encode_gif

        return encode_gif(self.pictures(wanted), delays)

    def _number(self, frame: int) -> int:
        """Negative numbers count from the end, as in a list."""
        count = self._source.descriptor.frames
        if not -count <= frame < count:
            raise IndexError(f"frame {frame} of {count}")
        return frame % count

    def _shape(self, frame: int) -> tuple[int, int]:
        """Width and height of the picture."""
        descriptor = self._source.descriptor
        width, height = descriptor.columns, descriptor.rows
        if self.crop is not None:
            width, height = self.crop[2:]
        if self.size is None and not self.aspect:
            return width, height
        aspect = pixel_aspect(self._source, frame) if self.aspect else 1.0
        return fit(width, height, self.size, aspect)

    def _check_quota(self, frame: int) -> None:
        """Refuse a picture that would be too large, before anything is decoded."""
        width, height = self._shape(frame)
        size = width * height * 3
        if size > self._source.limits.rendered:
            from dicom_core import LimitExceeded

            raise LimitExceeded("rendered", size, holder="PixelLimits")


def render(
    image: "FrameSource",
    frame: int = 0,
    format: PictureFormat = "png",  # noqa: A002
    *,
    window: WindowChoice = None,
    lut: bool = True,
    invert: bool | None = None,
    overlays: bool = False,
    size: tuple[int, int] | None = None,
    crop: Crop | None = None,
    aspect: bool = False,
    scaling: Scaling = "auto",
    quality: int = _QUALITY,
) -> bytes:
    """A frame as PNG, JPEG or GIF; see `FrameRenderer` for the wishes, and take one for many frames of an image."""
    renderer = FrameRenderer(
        image, window=window, lut=lut, invert=invert, overlays=overlays, size=size, crop=crop,
        aspect=aspect, scaling=scaling,
    )  # fmt: skip
    return renderer.render(frame, format, quality=quality)


def encode_picture(
    picture: "NDArray[np.uint8]",
    format: PictureFormat = "png",  # noqa: A002
    *,
    quality: int = _QUALITY,
) -> bytes:
    """An 8-bit grey or RGB picture as PNG, JPEG (``quality`` 1 to 100) or GIF (256 colours); PNG takes uint16, too."""
    if format == "png":
        from ._png import encode_png

        return encode_png(picture)
    if format == "gif":
        from ._gif import encode_gif

        return encode_gif([picture], [0.0])
    if format != "jpeg":
        raise ValueError(f"the format {format!r} is not one of {', '.join(FORMATS)}")
    if not 1 <= quality <= 100:
        raise ValueError(f"the quality {quality} is not between 1 and 100")
    if max(picture.shape[:2]) > 65535:
        raise ValueError(
            f"JPEG takes at most 65535 x 65535 pixels, not {picture.shape[1]} x {picture.shape[0]}"
        )
    from imagecodecs import jpeg8_encode

    # Small red marks on grey survive only with chrominance at full size
    made = jpeg8_encode(np.ascontiguousarray(picture), level=quality, subsampling="444")
    return bytes(made)


class _LastFrame:
    """A source that remembers the frame it gave last."""

    __slots__ = ("_last", "_source")

    def __init__(self, source: "FrameSource") -> None:
        self._source = source
        self._last: tuple[int, Decoded] | None = None

    @property
    def dataset(self) -> "Dataset":
        return self._source.dataset

    @property
    def descriptor(self) -> "PixelDescriptor":
        return self._source.descriptor

    @property
    def groups(self) -> "Groups":
        return self._source.groups

    @property
    def limits(self) -> "PixelLimits":
        return self._source.limits

    def decoded(self, frame: int) -> "Decoded":
        last = self._last  # taken once: another thread may replace it
        if last is None or last[0] != frame:
            last = self._last = frame, self._source.decoded(frame)
        return last[1]


# Tracebacks, reprs and pickles name the place that users import from
FrameRenderer.__module__ = encode_picture.__module__ = render.__module__ = "dicom_imaging"
