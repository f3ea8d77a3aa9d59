"""Errors of pixels are picklable sentences with fields."""

import pickle

import pytest

import dicom_imaging as di

ERRORS = [
    di.MissingPixelData("Basic Text SR Storage"),
    di.MissingPixelDescriptor("(0028,0010)", "Rows"),
    di.InvalidPixelDescriptor("Bits Allocated is 7", BitsAllocated=7),
    di.MissingTransferSyntax(),
    di.UnsupportedTransferSyntax("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile"),
    di.FrameExtractionError(3, "the table says so"),
    di.DecodeError("no EOI", offset=7),
    di.FrameDecodeError(3, "no EOI", uid="1.2", segment=2, offset=7),
    di.EncodeError("at most 16 bits", "1.2"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_pickle_and_speak(error: di.PixelDataError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
    assert type(error).__module__ == "dicom_imaging"
    assert "\n" not in str(error)
