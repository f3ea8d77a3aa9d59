"""``dicom frames``: what it prints, what it writes, and one line for what goes wrong."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from imaging_datasets import RLE, encapsulated, native, rle_frame

import dicom_core as dc
import dicom_imaging as di

LITTLE = "1.2.840.10008.1.2.1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dc.write(
        dc.DicomFile.new(encapsulated([rle_frame(3), rle_frame(4)], NumberOfFrames=2), RLE),
        tmp_path / "a.dcm",
    )
    color = native(
        bytes(range(18)),
        "OB",
        SamplesPerPixel=3,
        PhotometricInterpretation="RGB",
        PlanarConfiguration=1,
    )
    dc.write(dc.DicomFile.new(color, LITTLE), tmp_path / "b.dcm")
    (tmp_path / "c.txt").write_text("no DICOM")
    report = dc.Dataset({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.11"})
    dc.write(dc.DicomFile.new(report, LITTLE), tmp_path / "d.dcm")
    return tmp_path


def run(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dicom_core", "frames", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_json_with_digests(folder: Path) -> None:
    done = run(folder, "--json", "--digest")
    assert not done.returncode
    assert not done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["path"].endswith("a.dcm")
    assert (first["count"], first["dtype"], first["shape"]) == (2, "uint8", [2, 3])
    assert first["digests"] == [sha256(bytes([value]) * 6).hexdigest() for value in (3, 4)]
    assert second["shape"] == [2, 3, 3]
    interleaved = np.arange(18, dtype=np.uint8).reshape(3, 6).T.tobytes()
    assert second["digests"] == [sha256(interleaved).hexdigest()]


def test_text(folder: Path) -> None:
    done = run(folder / "a.dcm")
    assert done.stdout == f"{folder / 'a.dcm'}: 2 frames, 2 x 3, uint8, MONOCHROME2, RLE Lossless\n"


def test_frames_are_extracted(folder: Path) -> None:
    out = folder / "out"
    done = run(folder / "a.dcm", "-o", out, "--frame", 2, "--json")
    (target,) = json.loads(done.stdout)["written"]
    assert target == str(out / "a.0002.npy")
    assert np.load(target).tolist() == [[4] * 3] * 2
    done = run(folder / "a.dcm", "-o", out, "--encoded")
    assert not done.returncode, done.stderr
    image = di.open(folder / "a.dcm")
    for number in range(2):
        assert (out / f"a.{number + 1:04d}.rle").read_bytes() == image.encoded(number)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("d.dcm",), 1, "there is no pixel data"),
        (("c.txt",), 1, "no DICM"),
        (("none.dcm",), 1, "No such file"),
        (("a.dcm", "--frame", "3"), 2, "--frame 3"),
        (("a.dcm", "--frame", "0"), 2, "--frame"),
        (("a.dcm", "--encoded"), 2, "-o"),
        (("a.dcm", "x/a.dcm", "-o", "out"), 2, "both"),
    ],
)
def test_one_line_for_what_goes_wrong(
    folder: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    names = [
        folder / word if word.endswith((".dcm", ".txt")) or word == "out" else word
        for word in words
    ]
    done = run(*names)
    assert done.returncode == code
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_frames_that_cannot_be_decoded(folder: Path) -> None:
    path = folder / "e.dcm"
    dc.write(dc.DicomFile.new(encapsulated([b"\xff" * 70]), RLE), path)
    assert not run(path).returncode  # what the file says of itself needs no decoding
    done = run(path, "--digest")
    assert done.returncode == 1
    assert "frame 0 cannot be decoded" in done.stderr
    short = folder / "f.dcm"
    dc.write(dc.DicomFile.new(native(bytes(8), "OB"), LITTLE), short)
    done = run(short, "--json")
    assert "pixel-data-long" in json.loads(done.stdout)["findings"][0]
    assert run(short, "--strict").returncode == 1
