"""The frames of real files: their stored values are those of the manifest, bit for bit where nothing is lossy."""

import hashlib
import json
import warnings
from pathlib import Path
from typing import TypedDict

import numpy as np
import pydicom.data
import pytest
from pydicom.pixels.utils import pixel_array

import dicom_core as dc
import dicom_imaging as di
from dicom_core.cli._files import open_file


class Frame(TypedDict):
    """A frame as the manifest describes it."""

    index: int
    dtype: str
    shape: list[int]
    sha256: str


def digest(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> str:
    """As corpus/README.md defines it under ``pixels``."""
    little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
    return hashlib.sha256(np.ascontiguousarray(little).tobytes()).hexdigest()


def opened(corpus: Path, name: str) -> di.Image:
    return di.open(open_file(str(corpus / name)))


SYNTAXES = [
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", None,
    "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1", *(
        f"1.2.840.10008.1.2.4.{one}" for one in (50, 51, 53, 55, 57, 70, 80, 81, 90, 91, 110, 203)
    ),
]  # fmt: skip


@pytest.mark.parametrize("syntax", SYNTAXES, ids=str)
def test_frames_are_those_of_the_manifest(corpus: Path, syntax: str | None) -> None:
    seen = 0
    for entry in json.loads((corpus / "manifest.json").read_text("utf-8")):
        pixels = entry.get("pixels")
        if not pixels or entry["transfer_syntax"] != syntax or not pixels["confirmed"]:
            continue
        image = opened(corpus, entry["path"])
        assert len(image) == pixels["frames"], entry["path"]
        for which in {"first", "last"} & pixels.keys():
            want: Frame = pixels[which]
            got = image.decoded(want["index"])
            assert got.pixels.dtype == want["dtype"], entry["path"]
            assert list(got.pixels.shape) == want["shape"], entry["path"]
            assert got.pixels.flags.c_contiguous, entry["path"]
            if not pixels.get("lossy"):
                assert digest(got.pixels) == want["sha256"], entry["path"]
                assert got.photometric == pixels["photometric_as_decoded"].strip(), entry["path"]
        seen += 1
    assert seen


def test_lossy_frames_are_near_those_of_the_reference_decoder(corpus: Path) -> None:
    seen = 0
    for entry in json.loads((corpus / "manifest.json").read_text("utf-8")):
        pixels = entry.get("pixels")
        if not pixels or not pixels.get("lossy") or not pixels["confirmed"]:
            continue
        first: Frame = pixels["first"]
        got = opened(corpus, entry["path"]).frame(first["index"])
        if pixels["decoders"][0]["name"] != "pylibjpeg":  # imagecodecs, in which we decode
            assert digest(got) == first["sha256"], entry["path"]
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(corpus / entry["path"], force=True)
            want = pixel_array(dataset, index=first["index"], raw=True, decoding_plugin="pylibjpeg")
        difference = np.abs(got.astype(np.int64) - want.astype(np.int64)).max()
        assert difference <= pixels["max_abs_diff"], entry["path"]
        seen += 1
    assert seen > 30


def test_what_nobody_decodes_gives_one_line(corpus: Path) -> None:
    seen = 0
    for entry in json.loads((corpus / "manifest.json").read_text("utf-8")):
        pixels = entry.get("pixels")
        if pixels and pixels.get("error"):
            with pytest.raises(dc.DicomError) as caught:
                opened(corpus, entry["path"]).frame(0)
            assert "\n" not in str(caught.value)
            seen += 1
    assert seen


def wheel_files() -> list[Path]:
    """The files in the wheel of pydicom that pydicom itself decodes to stored values without loss."""
    folder = Path(pydicom.data.__file__).parent / "test_files"
    lossy = {f"1.2.840.10008.1.2.4.{one}" for one in (50, 51, 53, 55, 81, 91, 203)}
    found = []
    for path in sorted(folder.glob("*.dcm")):
        try:
            file = dc.read_header(path)
        except dc.DicomError:
            continue
        if file.transfer_syntax not in lossy and "Rows" in file.dataset:
            found.append(path)
    return found


@pytest.mark.parametrize("path", wheel_files(), ids=lambda path: path.stem)
def test_frames_of_the_wheel_are_those_of_pydicom(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            want = pixel_array(path, raw=True)
        except Exception as error:  # noqa: BLE001 - whatever a peer raises, there is nothing to compare
            pytest.skip(f"pydicom: {type(error).__name__}")
    image = di.open(path)
    got = image.array()
    if len(image) == 1:
        got = got[0]
    assert got.dtype == want.dtype.newbyteorder("=")
    np.testing.assert_array_equal(got, want)
