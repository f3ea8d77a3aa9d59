"""Frames of large images beside pydicom: one out of 2,000, one tile of a slide of 1 GB, the memory of both, and importing.

Each side runs in interpreters of its own; times are wall-clock medians after a first frame, since reading waits.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.environments import ROOT

from ._measure import Row, fresh

TITLE = "dicom-imaging: single frames of large images"

FRAMES, TILES = 2000, 128
_WANTED = 500
_TILE = 77 * TILES + 33

_MEASURE = """
import json, re, statistics, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
{setup}
def field(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
start = time.perf_counter()
{open}
opened = time.perf_counter() - start
start = time.perf_counter()
{frame}
first = time.perf_counter() - start
found = []
for _ in range(20):
    start = time.perf_counter()
    {frame}
    found.append(time.perf_counter() - start)
print(json.dumps(dict(opened=opened * 1e3, first=first * 1e3, frame=statistics.median(found) * 1e3, memory=field("VmHWM"))))
"""

_SIDES = {
    "ours": {
        "setup": "import dicom_imaging as di",
        "open": "image = di.open({path!r})",
        "frame": "image.frame({number})",
    },
    "ours, index stored": {
        "setup": "import dicom_imaging as di\nindex = di.open({path!r}).index.to_bytes()",
        "open": "image = di.open({path!r}, index=index)",
        "frame": "image.frame({number})",
    },
    # it has nothing to keep between frames: a path and an index, each time
    "pydicom": {
        "setup": "from pydicom.pixels.utils import pixel_array",
        "open": "pass",
        "frame": "pixel_array({path!r}, index={number}, raw=True)",
    },
}


def _run(side: str, path: Path, number: int) -> dict[str, float]:
    parts = {
        name: text.format(path=str(path), number=number) for name, text in _SIDES[side].items()
    }
    words = [sys.executable, "-c", _MEASURE.format(**parts)]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{side}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rows() -> list[Row]:
    """Every figure; the files are made first, and hold holes where nobody looks."""
    sys.path.insert(0, str(ROOT / "packages/dicom-imaging/tests"))
    from imaging_slide import write_frames, write_slide

    report: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_frames(folder / "native", FRAMES)
        write_frames(folder / "encapsulated", FRAMES, encoded=True)
        write_slide(folder / "slide", TILES, TILES)
        for kind, number, limit in (
            ("native", _WANTED, "<= 1 ms"),
            ("encapsulated", _WANTED, "<= 1 ms"),
            ("slide", _TILE, "< 20 ms, < 100 MiB"),
        ):
            for side in _SIDES:  # fills the caches of modules and of the file
                _run(side, folder / kind, number)
            found = {side: _run(side, folder / kind, number) for side in _SIDES}
            what = f"tile of {TILES * TILES}" if kind == "slide" else f"frame {number} of {FRAMES}"
            for key, unit, text in (
                ("opened", "ms", "opening"),
                ("first", "ms", f"first {what}, index and codec included"),
                ("frame", "ms", what),
                ("memory", "MiB", "memory of the process at its peak"),
            ):
                figures = {side: one[key] for side, one in found.items() if one}
                if key == "opened":
                    figures.pop("pydicom", None)
                target = limit if key == "frame" else ""
                report.append(Row(f"{kind}: {text}", unit, figures, target))
    report.append(
        Row(
            "import dicom_imaging above numpy",
            "ms",
            fresh({"ours": "import dicom_imaging as di; di.open"}, setup="import numpy"),
            "<= 15",
        )
    )
    return report
