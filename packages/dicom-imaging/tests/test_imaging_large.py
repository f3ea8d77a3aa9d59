"""Large images: a frame costs the memory of a frame, wherever it is, and a slide need not be decoded for a tile."""

import subprocess
import sys
from pathlib import Path

import pytest
from imaging_slide import tile_mean, write_frames, write_slide

import dicom_imaging as di

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc"
)

# Prints the resident memory of the process at its peak, and how much of that the body added, in KiB
MEASURED = """
import re, sys
from pathlib import Path
import dicom_imaging as di
def field(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
{setup}
Path("/proc/self/clear_refs").write_text("5")
before = field("VmRSS")
{body}
print(field("VmHWM"), field("VmHWM") - before)
"""


def measured(setup: str, body: str) -> tuple[int, int]:
    """Of a process of its own."""
    code = MEASURED.format(setup=setup, body=body)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    peak, grown = map(int, done.stdout.split())
    return peak, grown


@pytest.mark.slow
def test_one_tile_of_a_slide_of_1_gb(tmp_path: Path) -> None:
    path = tmp_path / "slide.dcm"
    write_slide(path, 128, 128)
    assert path.stat().st_size > 1 << 30
    body = f"tile = di.open({str(path)!r}).tile(77, 33); assert abs(tile.mean() - {tile_mean(77 * 128 + 33)}) < 40"
    peak, _ = measured("", body)
    assert peak < 100 << 10
    stored = tmp_path / "slide.index"
    stored.write_bytes(di.open(path).index.to_bytes())
    body = f"tile = di.open({str(path)!r}, index=Path({str(stored)!r}).read_bytes()).tile(77, 33)"
    peak, _ = measured("", body)
    assert peak < 100 << 10


@pytest.mark.slow
@pytest.mark.parametrize("encoded", [False, True], ids=["native", "encapsulated"])
def test_a_frame_of_2000_costs_the_memory_of_three(tmp_path: Path, encoded: bool) -> None:
    path = tmp_path / "a.dcm"
    write_frames(path, 2000, encoded=encoded)
    image = di.open(path)
    if not encoded:
        assert image.frame(500)[0, 0] == 500
        assert image.frame(-1)[0, 0] == 1999
    size = image.descriptor.decoded_bytes >> 10
    # the codec is loaded before, and what reading keeps of 2,000 fragments
    setup = f"image = di.open({str(path)!r}); image.frame(1)"
    _, grown = measured(setup, "image.frame(500)")
    assert grown <= 3 * size
    _, grown = measured(setup, "for one in image.frames(range(0, 2000, 20), workers=1): pass")
    assert grown <= 3 * size + 512
