"""Pictures as bytes: Pillow, which draws none of them, reads all of them."""

import io
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

import dicom_core as dc
import dicom_imaging as di
from dicom_imaging._scale import crop, fit, pixel_aspect, scale

CHANCE = np.random.default_rng(5)
GREY = CHANCE.integers(0, 256, (60, 80), np.uint8)
SMOOTH = np.stack(
    [np.add.outer(np.arange(60), np.arange(80)) + shift for shift in (0, 40, 90)], axis=-1
).astype(np.uint8)


def read(data: bytes) -> "Pillow.Image":
    picture = Pillow.open(io.BytesIO(data))
    picture.load()
    return picture


def grey(*frames: NDArray[np.generic], **values: object) -> di.ArraySource:
    return di.ArraySource(
        frames or [GREY], dc.Dataset({"WindowCenter": "128", "WindowWidth": "256", **values})
    )


@pytest.mark.parametrize(
    "picture", [GREY, SMOOTH, GREY[:1, :1], SMOOTH[:, :1]], ids=["grey", "rgb", "one", "thin"]
)
def test_png_reads_back_exactly(picture: NDArray[np.uint8]) -> None:
    assert np.array_equal(np.asarray(read(di.encode_picture(picture, "png"))), picture)


def test_png_of_16_bits_reads_back_exactly() -> None:
    deep = CHANCE.integers(0, 65536, (20, 30), np.uint16)
    from dicom_imaging._png import encode_png

    assert np.array_equal(np.asarray(read(encode_png(deep)), np.uint16), deep)
    with pytest.raises(ValueError, match="uint8"):
        encode_png(deep.astype(np.int32))


def test_gif_of_greys_is_exact_and_of_colours_near() -> None:
    assert np.array_equal(np.asarray(read(di.encode_picture(GREY, "gif")).convert("L")), GREY)
    near = np.asarray(read(di.encode_picture(SMOOTH, "gif")).convert("RGB")).astype(int)
    assert np.abs(near - SMOOTH).mean() < 4
    noise = CHANCE.integers(0, 256, (60, 80, 3), np.uint8)
    near = np.asarray(read(di.encode_picture(noise, "gif")).convert("RGB")).astype(int)
    assert np.abs(near - noise).mean() < 16


@pytest.mark.parametrize("picture", [GREY // 16 * 4, SMOOTH], ids=["grey", "rgb"])
def test_jpeg_is_near_and_quality_counts(picture: NDArray[np.uint8]) -> None:
    small, large = (di.encode_picture(picture, "jpeg", quality=quality) for quality in (20, 95))
    assert len(small) < len(large)
    assert np.abs(np.asarray(read(large)).astype(int) - picture).mean() < 3
    for wrong in (0, 101):
        with pytest.raises(ValueError, match="quality"):
            di.encode_picture(picture, "jpeg", quality=wrong)


@pytest.mark.parametrize("format_", ["gif", "png"])
def test_animations_keep_frames_and_times(format_: Any) -> None:
    frames = [np.roll(GREY, shift, axis=1) for shift in range(3)]
    image = grey(*frames, FrameTimeVector=("0", "50", "200"))
    picture = read(di.FrameRenderer(image).animate(format_))
    assert getattr(picture, "n_frames", 1) == 3
    for number, time in enumerate((50, 200, 200)):
        picture.seek(number)
        assert np.array_equal(np.asarray(picture.convert("L")), frames[number])
        assert picture.info["duration"] == time


@pytest.mark.parametrize(
    ("values", "time"),
    [({"FrameTime": "40"}, 40), ({"CineRate": "20"}, 50), ({}, 100), ({"CineRate": "0"}, 100),
     ({"RecommendedDisplayFrameRate": "10", "CineRate": "25"}, 100)],
)  # fmt: skip
def test_times_of_frames(values: dict[str, object], time: float) -> None:
    from dicom_imaging._cine import frame_times

    assert frame_times(grey(GREY, GREY, **values)) == [time, time]


def test_box_filter_is_pillows() -> None:
    large = CHANCE.integers(0, 256, (512, 512), np.uint8)
    expected = np.asarray(Pillow.fromarray(large).resize((128, 128), Pillow.Resampling.BOX)).astype(
        int
    )
    assert np.abs(scale(large, 128, 128).astype(int) - expected).max() <= 2
    expected = np.asarray(
        Pillow.fromarray(large).resize((900, 700), Pillow.Resampling.BILINEAR)
    ).astype(int)
    assert np.abs(scale(large, 900, 700).astype(int) - expected).max() <= 2


def test_scaling_keeps_flat_pictures_flat_and_shapes_as_asked() -> None:
    flat = np.full((37, 53, 3), 77, np.uint8)
    for method in ("auto", "nearest", "area", "linear"):
        for width, height in ((1, 1), (10, 99), (200, 5), (53, 37)):
            made = scale(flat, width, height, method)
            assert made.shape == (height, width, 3)
            assert (made == 77).all()
    with pytest.raises(ValueError, match="cubic"):
        scale(flat, 2, 2, "cubic")  # type: ignore[arg-type]


def test_viewports_crops_and_square_pixels() -> None:
    assert fit(100, 50, (40, 40)) == (40, 20)
    assert fit(100, 50, None, 2.0) == (100, 100)
    assert fit(100, 50, None, 0.5) == (200, 50)
    assert pixel_aspect(grey(PixelAspectRatio=("4", "3"))) == pytest.approx(4 / 3)
    assert pixel_aspect(grey(PixelSpacing=("0.5", "0.25"), PixelAspectRatio=("4", "3"))) == 2
    assert pixel_aspect(grey(PixelSpacing=("0", "0"))) == 1
    assert crop(GREY, (10, 20, 5, 6)).shape == (6, 5)
    for box in ((-1, 0, 5, 5), (0, 0, 81, 5), (0, 0, 0, 5)):
        with pytest.raises(ValueError, match="crop"):
            crop(GREY, box)
    made = read(
        di.render(
            grey(PixelAspectRatio=("2", "1")), size=(40, 400), crop=(0, 0, 40, 40), aspect=True
        )
    )
    assert made.size == (40, 80)


def test_a_renderer_decodes_a_frame_once() -> None:
    class Counting(di.ArraySource):
        count = 0

        def decoded(self, frame: int) -> di.codecs.Decoded:
            Counting.count += 1
            return super().decoded(frame)

    renderer = di.FrameRenderer(Counting([GREY]))
    for center in (10, 20, 30):
        renderer.window = (center, 50)
        renderer.picture()
    assert Counting.count == 1
    assert renderer.grey().ndim == 2
    with pytest.raises(IndexError):
        renderer.picture(1)
    assert np.array_equal(renderer.picture(-1), renderer.picture(0))


def test_the_frame_that_fails_is_named() -> None:
    class Broken(di.ArraySource):
        def decoded(self, frame: int) -> di.codecs.Decoded:
            if frame == 1:
                raise di.DecodeError("no EOI")
            return super().decoded(frame)

    renderer = di.FrameRenderer(Broken([GREY] * 3))
    pictures = renderer.each(format="jpeg")
    next(pictures)
    with pytest.raises(di.RenderError, match="no EOI") as caught:
        next(pictures)
    assert caught.value.frame == 1
    assert renderer.try_render(1) is None
    assert renderer.try_render(2) is not None


def test_a_grey_picture_of_colours_is_refused() -> None:
    with pytest.raises(di.UnsupportedPhotometric, match="grey"):
        di.FrameRenderer(di.ArraySource([SMOOTH])).grey()


def test_the_quota_of_pictures() -> None:
    image = di.ArraySource([GREY], limits=di.PixelLimits(rendered=1000))
    with pytest.raises(dc.LimitExceeded):
        di.render(image)
    assert di.render(image, size=(10, 10))
    with pytest.raises(dc.LimitExceeded):
        di.render(grey(), size=(10**6, 10**6))


def test_wrong_wishes_are_told() -> None:
    for wishes in ({"format": "bmp"}, {"size": (0, 5)}):
        with pytest.raises(ValueError, match=r"bmp|size"):
            di.render(grey(), **wishes)


def test_sliders_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    class Widget:
        def __init__(self, value: float = 0, *args: object, **values: object) -> None:
            self.value: object = value
            self.draw: Any = None

        def observe(self, draw: object, names: str) -> None:
            self.draw = draw

    stand_in = ModuleType("ipywidgets")
    made: dict[str, Any] = {
        "Image": Widget,
        "IntSlider": Widget,
        "FloatSlider": Widget,
        "VBox": lambda parts: parts,
    }
    for name, value in made.items():
        monkeypatch.setattr(stand_in, name, value, raising=False)
    monkeypatch.setitem(sys.modules, "ipywidgets", stand_in)
    from dicom_imaging._explore import explore

    found: Any = explore(grey(GREY, GREY // 2))
    picture, frame, center, width = found
    before = picture.value
    assert (center.value, width.value) == (128, 256)
    frame.value = 1
    frame.draw({})
    assert picture.value != before
    assert read(picture.value).size[0] == 512
    parts = explore(di.ArraySource([SMOOTH]))
    assert isinstance(parts, list)
    assert len(parts) == 1


def test_sliders_without_ipywidgets(monkeypatch: pytest.MonkeyPatch) -> None:
    from dicom_imaging._explore import explore

    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        explore(grey())


def test_notebooks_show_images() -> None:
    from pydicom.data import get_testdata_file

    image = di.open(str(get_testdata_file("CT_small.dcm", download=False)))
    assert read(image._repr_png_()).size == (128, 128)
    assert read(image.render(size=(64, 64), window=(40, 400))).size == (64, 64)
