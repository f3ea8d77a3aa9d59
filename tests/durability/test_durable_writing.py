"""Kill a process that writes, anywhere: the old file or the whole new one is there, and nothing else is believed."""

import hashlib
import io
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dicom_core as dc

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

ROOT = Path(__file__).resolve().parents[2]
KILLS = 1000 if os.environ.get("DICOM_LONG") else 20
CLASS = "1.2.840.10008.5.1.4.1.1.7"

# Writes files of many sizes over one another for ever; each holds a digest of its own pixels
WRITER = (
    """
import hashlib, os, sys
import dicom_core as dc

target, how = sys.argv[1:]
number = 0
while True:
    number += 1
    if number == 2:  # one file is there: from now on the process may die
        print("ready", flush=True)
    if how == "edit" and os.path.exists(target):
        file = dc.read(target)
        file.dataset.PatientName = "x" * (number %% 60 + 1)
        dc.write(file, target)
        continue
    ds = dc.Dataset({"SOPClassUID": "%s", "SOPInstanceUID": f"1.2.{number}"})
    pixels = os.urandom(2 * (number * 7919 %% 200_000 + 1))
    ds.set("PixelData", "OW", pixels)
    ds.ImageComments = hashlib.sha256(pixels).hexdigest()
    dc.write(ds, target, durable=how == "durable")
"""
    % CLASS
)


def whole(path: Path) -> bool:
    """A file that says nothing is missing, and whose pixels are those it was written with."""
    file = dc.read(path, dc.ReadOptions(strict=True))
    pixels = file.dataset.PixelData
    assert isinstance(pixels, bytes)
    return file.dataset.ImageComments == hashlib.sha256(pixels).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["plain", "durable", "edit"])
def test_a_killed_writer_leaves_one_whole_file(how: str, tmp_path: Path) -> None:
    target = tmp_path / "target.dcm"
    chance = random.Random(how)
    seen: set[bytes] = set()
    for _ in range(-(-KILLS // 3)):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target), how if target.exists() else "plain"],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        assert process.stdout is not None
        with process.stdout as out:
            out.readline()
            try:
                process.wait(chance.random() / 5)
            except subprocess.TimeoutExpired:
                process.kill()
        assert process.wait() == -9, "the writer ended by itself"
        if target.exists():
            assert whole(target)
            seen.add(target.read_bytes()[-64:])
        others = [path for path in tmp_path.iterdir() if path != target]
        # what was being written when the process died is hidden, and named after its target
        assert all(path.name.startswith(".target.dcm.") for path in others)
        assert all(path.suffix == ".tmp" for path in others)
        for path in others:
            path.unlink()
    assert seen, "nothing was ever written"


def test_what_a_killed_writer_left_is_in_nobodys_way(tmp_path: Path) -> None:
    target = tmp_path / "target.dcm"
    (tmp_path / ".target.dcm.0123456789ab.tmp").write_bytes(b"half a file")
    ds = dc.Dataset({"SOPClassUID": CLASS, "SOPInstanceUID": "1.2.3"})
    dc.write(ds, target)
    dc.write(ds, target, durable=True)
    assert dc.read(target).dataset == ds
    assert len(list(tmp_path.iterdir())) == 2


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    target = tmp_path / "target.dcm"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(target), "plain"], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        read = 0
        while read < 100:
            if not target.exists():
                continue
            try:
                assert whole(target)
            except dc.SourceChanged:  # replaced between the header and the pixels, and said so
                continue
            read += 1
        process.kill()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_stream_that_is_full_says_so() -> None:
    ds = dc.Dataset({"SOPClassUID": CLASS, "SOPInstanceUID": "1.2.3"})
    ds.set("PixelData", "OW", bytes(1 << 20))
    with (
        open("/dev/full", "wb", buffering=0) as stream,
        pytest.raises(OSError, match=r"[Nn]o space"),
    ):
        dc.write(ds, stream)


def test_a_stream_that_takes_little_at_a_time_gets_all_of_it() -> None:
    class Little(io.RawIOBase):
        def __init__(self) -> None:
            self.taken = b""

        def writable(self) -> bool:
            return True

        def write(self, data: "Buffer", /) -> int:
            piece = bytes(memoryview(data)[:7])
            self.taken += piece
            return len(piece)

    ds = dc.Dataset({"SOPClassUID": CLASS, "SOPInstanceUID": "1.2.3"})
    stream = Little()
    dc.write(ds, stream)  # type: ignore[arg-type]  # raw streams are no IO[bytes] to a checker
    assert stream.taken == dc.to_bytes(ds)


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "target.dcm"
    ds = dc.Dataset({"SOPClassUID": CLASS, "SOPInstanceUID": "1.2.3"})
    dc.write(ds, target)
    target.chmod(0o640)
    dc.write(ds, target)
    assert target.stat().st_mode & 0o777 == 0o640
