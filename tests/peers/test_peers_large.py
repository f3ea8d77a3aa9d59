"""An instance of two gigabytes to and from DCMTK, with less than 50 MiB of memory on our side."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import dicom_core as dc

from .programs import HOST, Ours, Storescp, environment

SIZE: Final = (2 << 30) if os.environ.get("DICOM_LONG") else (256 << 20)
MOST: Final = 50 << 20
ROOT: Final = "1.2.826.0.1.3680043.8.498.21"
DOORS: Final = ("asyncio", "trio", "blocking")
pytestmark = pytest.mark.slow


def large(path: Path) -> Path:
    """A CT whose pixels are a hole in the file, but for marks at both ends."""
    ds = dc.Dataset({
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": f"{ROOT}.3", "PatientID": "4711",
        "StudyInstanceUID": f"{ROOT}.1", "SeriesInstanceUID": f"{ROOT}.2", "Modality": "CT",
    })  # fmt: skip
    ds.set("PixelData", "OW", b"")
    head = dc.to_bytes(ds)
    assert head[-4:] == bytes(4)  # the length of its pixel data
    with path.open("wb") as file:
        file.write(head[:-4] + struct.pack("<I", SIZE) + b"first")
        file.truncate(len(head) + SIZE)
        file.seek(-4, os.SEEK_END)
        file.write(b"last")
    return path


def check(path: Path) -> None:
    """It arrived whole: the sizes and the ends are right."""
    pixels = dc.read(path).dataset.element("PixelData")
    with path.open("rb") as file:
        file.seek(-SIZE, os.SEEK_END)
        assert file.read(5) == b"first"
        file.seek(-4, os.SEEK_END)
        assert file.read() == b"last"
    assert pixels.length == SIZE


def peak(pid: int) -> int:
    """The most memory that a process ever had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


@pytest.mark.parametrize("door", DOORS)
def test_a_large_instance_is_sent(door: str, tmp_path: Path, peer: Callable[[str], str]) -> None:
    peer("storescp")
    path = large(tmp_path / "large.dcm")
    with Storescp(tmp_path / "scp", "+B") as scp:
        words = [
            sys.executable,
            "-m",
            "tests.peers.ours",
            "store",
            str(scp.port),
            "ANY",
            str(path),
            "--door",
            door,
        ]
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said["statuses"] == [0]
        assert said["peak"] < MOST
        (received,) = scp.received.iterdir()
        check(received)


@pytest.mark.parametrize("door", DOORS)
def test_a_large_instance_is_received(
    door: str, tmp_path: Path, peer: Callable[[str], str]
) -> None:
    program = peer("storescu")
    path = large(tmp_path / "large.dcm")
    with Ours(tmp_path / "ours", door=door) as server:
        words = [program, "-R", "-aec", server.title, HOST, str(server.port), str(path)]
        done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert peak(server.pid) < MOST
        (received,) = (one for one in server.received.rglob("*") if one.is_file())
        check(received)
