"""Real files of every syntax: the stored values have the digests of the manifest, lossy ones are near the reference."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from imaging_frames import Digest, Frame, frames, manifest

import dicom_imaging as di
from dicom_imaging import codecs

SYNTAXES = (
    *(f"1.2.840.10008.1.2.4.{end}" for end in (50, 51, 53, 55, 57, 70, 80, 81, 90, 91, 110, 203)),
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.8.1",
)
_YBR = {"YBR_FULL", "YBR_FULL_422"}


def _wanted(corpus: Path, uid: str) -> Iterator[tuple[Frame, Digest, int | None, str]]:
    for path, pixels in manifest(corpus).items():
        chosen = {
            digest["index"]: digest
            for digest in (pixels["first"], pixels.get("last", pixels["first"]))
        }
        for frame in frames(corpus / path):
            if frame.uid == uid and frame.number in chosen:
                lossy = pixels["max_abs_diff"] if pixels.get("lossy") else None
                yield frame, chosen[frame.number], lossy, pixels["photometric_as_decoded"]


@pytest.mark.parametrize("uid", SYNTAXES)
def test_frames_of_real_files(corpus: Path, uid: str) -> None:
    seen = 0
    for frame, digest, lossy, photometric in _wanted(corpus, uid):
        codec = codecs.default_registry().decoder_for(frame.uid)
        decoded = codec.decode(frame.data, frame.descriptor, di.PixelLimits())
        pixels = decoded.pixels
        assert pixels.flags.c_contiguous, frame.path
        assert (str(pixels.dtype), list(pixels.shape)) == (digest["dtype"], digest["shape"]), (
            frame.path
        )
        same = hashlib.sha256(pixels.tobytes()).hexdigest() == digest["sha256"]
        assert same or lossy, frame.path
        assert {photometric, decoded.photometric} <= _YBR or decoded.photometric == photometric, (
            frame.path
        )
        seen += 1
    assert seen
