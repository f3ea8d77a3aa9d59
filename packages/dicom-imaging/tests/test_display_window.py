"""Windows by the formulas of PS3.3 C.11.2.1.2, and which one is taken."""

import numpy as np
import pytest

import dicom_core as dc
from dicom_imaging import InvalidWindow
from dicom_imaging._array_source import ArraySource
from dicom_imaging._display import display_frame
from dicom_imaging._voi import VoiFunction, Window, windows

RAMP = np.arange(4096, dtype=np.int16).reshape(64, 64)


@pytest.mark.parametrize(
    ("center", "width", "dark", "bright"),
    # The worked examples of C.11.2.1.2.1: the last value that is black, the first that is white
    [(2048, 4096, 0, 4095), (2048, 1, 2047, 2048), (0, 100, -50, 50), (0, 1, -1, 0)],
)
def test_linear_is_the_worked_example(center: float, width: float, dark: int, bright: int) -> None:
    window = Window(center, width)
    low, high = window(np.array([dark, bright]))
    assert (low, high) == (0.0, 1.0)
    assert window(np.array([dark + 0.001]))[0] >= 0


def test_files_windows_with_texts() -> None:
    ds = dc.Dataset({"WindowCenter": ("40", "600"), "WindowWidth": ("400", "2800")})
    ds.WindowCenterWidthExplanation = ("SOFT", "BONE")
    source = ArraySource([RAMP], ds)
    assert [(one.center, one.width, one.explanation) for one in windows(source)] == [
        (40, 400, "SOFT"),
        (600, 2800, "BONE"),
    ]
    by_number = display_frame(source, 0, window=1)
    by_text = display_frame(source, 0, window="bone")
    by_pair = display_frame(source, 0, window=(600, 2800))
    assert np.array_equal(by_number, by_text)
    assert np.array_equal(by_number, by_pair)
    assert not np.array_equal(by_number, display_frame(source, 0))


def test_no_window_is_the_range_of_the_pixels_without_padding() -> None:
    pixels = np.array([[-2000, 0], [50, 100]], np.int16)
    source = ArraySource(
        [pixels], dc.Dataset({"PixelRepresentation": 1, "PixelPaddingValue": -2000})
    )
    assert display_frame(source, 0).tolist() == [[0, 0], [128, 255]]
    assert display_frame(source, 0, invert=True).tolist() == [[255, 255], [127, 0]]


@pytest.mark.parametrize("window", [(0, 0), (0, -5), (float("nan"), 5), (5, float("inf"))])
def test_x15_windows_without_meaning_are_refused_when_asked_for(
    window: tuple[float, float],
) -> None:
    with pytest.raises(InvalidWindow):
        display_frame(ArraySource([RAMP]), 0, window=window)


def test_x15_windows_without_meaning_in_the_file_are_passed_over() -> None:
    source = ArraySource([RAMP], dc.Dataset({"WindowCenter": "40", "WindowWidth": "0"}))
    assert not windows(source)[0].usable
    assert np.array_equal(display_frame(source, 0), display_frame(source, 0, window="auto"))


@pytest.mark.parametrize("function", list(VoiFunction))
def test_functions_are_monotonic_and_centred(function: VoiFunction) -> None:
    window = Window(100, 50, "", function)
    made = window(np.arange(0.0, 200.0, 0.5))
    assert (np.diff(made) >= 0).all()
    middle = 99.5 if function is VoiFunction.LINEAR else 100
    assert window(np.array([middle]))[0] == pytest.approx(0.5)
