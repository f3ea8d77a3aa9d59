"""The frames of real files: their stored values are those of the manifest, bit for bit where nothing is lossy."""

import hashlib
import json
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

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


NATIVE = [
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
    None,
]


@pytest.mark.parametrize("syntax", NATIVE, ids=str)
def test_native_frames_are_those_of_the_manifest(corpus: Path, syntax: str | None) -> None:
    seen = 0
    for entry in json.loads((corpus / "manifest.json").read_text("utf-8")):
        pixels = entry.get("pixels")
        if not pixels or entry["transfer_syntax"] != syntax or not pixels["confirmed"]:
            continue
        image = di.open(open_file(str(corpus / entry["path"])))
        assert len(image) == pixels["frames"], entry["path"]
        for which in {"first", "last"} & pixels.keys():
            want: Frame = pixels[which]
            got = image.decoded(want["index"])
            assert got.pixels.dtype == want["dtype"], entry["path"]
            assert list(got.pixels.shape) == want["shape"], entry["path"]
            assert digest(got.pixels) == want["sha256"], entry["path"]
            assert got.photometric == pixels["photometric_as_decoded"], entry["path"]
            seen += 1
    assert seen


def test_what_nobody_decodes_gives_one_line(corpus: Path) -> None:
    seen = 0
    for entry in json.loads((corpus / "manifest.json").read_text("utf-8")):
        pixels = entry.get("pixels")
        if pixels and pixels.get("error"):
            with pytest.raises(dc.DicomError) as caught:
                di.open(open_file(str(corpus / entry["path"]))).frame(0)
            assert "\n" not in str(caught.value)
            seen += 1
    assert seen
