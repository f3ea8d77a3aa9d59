"""dicom-core beside pydicom, DCMTK and GDCM: plain Python, and with the compiled kernel."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.environments import ROOT, Environment, build_wheel

from ._data import ct_files, enhanced, report
from ._measure import Row, fresh

TITLE = "dicom-core: reading, holding, editing, writing (CPU time)"

TARGETS = {  # as ratios to pydicom: plain / compiled
    "header of a CT, file access included": ">= 10 / 60",
    "whole read, 500 frames of undefined lengths": ">= 20 / 400",
    "whole read, report of undefined lengths": ">= 20 / 400",
    "read and every value, CT": ">= 6 / 20",
    "read and every value, the wheel's files, each": ">= 6 / 20",
    "read and every value, emf": ">= 7 / 25",
    "read and every value, emf_u": ">= 7 / 25",
    "read and every value, sr": ">= 7 / 25",
    "read and every value, sr_u": ">= 7 / 25",
    "five tags of 500 files, each": ">= 10 / 60",
    "change two elements and write, CT": ">= 5",
    "change two elements and write, emf_u": ">= 200",
    "encode from Python values, CT": ">= 15",
    "encode from Python values, emf": ">= 15",
    "second access to ds.PatientName": ">= 8",
    "DICOM JSON of 500 instances": ">= 30 / 80",
    "memory of 500 touched CT headers, MiB": ">= 2.2",
    "memory of the touched emf, MiB": ">= 2.2",
}


def prepare(folder: Path) -> None:
    """The files that every side reads."""
    import pydicom.data

    (folder / "ct").mkdir()
    ct_files(folder / "ct", 500)
    (folder / "emf_u.dcm").write_bytes(enhanced(defined=False))
    (folder / "sr_u.dcm").write_bytes(report(defined=False))
    (folder / "wheel").mkdir()
    files = Path(pydicom.data.__file__).parent / "test_files"
    for path in sorted(files.glob("*.dcm")):
        if _readable(path):
            shutil.copy(path, folder / "wheel")


def _readable(path: Path) -> bool:
    """Whether both sides read every value of a file: the others have no time to compare."""
    import warnings

    from ._core_tasks import Ours, Pydicom

    data = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for side in (Ours(), Pydicom()):
            try:
                side.touch(data)
            except Exception:  # noqa: BLE001 - whatever a peer raises, the file is left out
                return False
    return True


def _side(python: str, side: str, folder: Path) -> dict[str, float]:
    words = [python, "-m", "benchmarks._core_tasks", side, str(folder)]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{side}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _compiled(folder: Path) -> str | None:
    """The interpreter of an environment where the kernel is compiled; None where no compiler is."""
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        return None
    wheels = [
        build_wheel(ROOT / "packages/dicom-dict", folder, sys.executable),
        build_wheel(ROOT / "packages/dicom-core", folder, sys.executable, compiled=True),
    ]
    environment = Environment(folder / "env")
    environment.install(*map(str, wheels), "pydicom==3.0.2")
    return environment.python


def _dcmdump(folder: Path) -> dict[str, float]:
    """CPU microseconds a file of `dcmdump +sb`, its start (a run without files' content) taken off."""
    if shutil.which("dcmdump") is None:
        return {}
    paths = [str(path) for path in sorted((folder / "ct").glob("*.dcm"))]

    def cpu(words: list[str]) -> float:
        before = os.times()
        subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = os.times()
        return (
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )

    def each() -> float:
        many = cpu(["dcmdump", "+sb", "7fe0,0010", *paths])
        one = cpu(["dcmdump", "+sb", "7fe0,0010", paths[0]])
        return (many - one) / (len(paths) - 1) * 1e6

    return {"header of a CT, file access included": statistics.median(each() for _ in range(5))}


def rows() -> list[Row]:
    """The rows of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        started = time.monotonic()
        sides = {"ours": _side(sys.executable, "ours", folder)}
        compiled = _compiled(folder)
        if compiled is not None:
            sides["compiled"] = _side(compiled, "ours", folder)
        sides["pydicom"] = _side(sys.executable, "pydicom", folder)
        sides["gdcm"] = _side(sys.executable, "gdcm", folder)
        sides["dcmdump"] = _dcmdump(folder)
        print(f"measured in {time.monotonic() - started:.0f} s", file=sys.stderr)
    report_rows = []
    for task, target in TARGETS.items():
        figures = {side: found[task] for side, found in sides.items() if task in found}
        unit = "MiB" if task.endswith("MiB") else "us"
        report_rows.append(Row(task, unit, figures, target))
    return [*report_rows, *_imports()]


def _imports() -> list[Row]:
    header = "p = {path!r}; import {module}; {call}"
    with tempfile.TemporaryDirectory() as name:
        path = str(ct_files(Path(name), 1)[0])
        both = {
            "ours": header.format(
                path=path, module="dicom_core", call="dicom_core.read_header(p).dataset.PatientName"
            ),
            "pydicom": header.format(
                path=path,
                module="pydicom",
                call="pydicom.dcmread(p, stop_before_pixels=True).PatientName",
            ),
        }
        return [
            Row(
                "import",
                "ms",
                fresh({"ours": "import dicom_core", "pydicom": "import pydicom"}),
                "at most 8 ms",
            ),
            Row("import and one header", "ms", fresh(both), "at most 20 ms"),
        ]
