"""`dicom archive import` of many small files beside `cp -r` of the same, which is what the disk itself costs.

CPU is of the whole run, with what it takes to start, in one process. Both make everything durable: the import as it goes, cp by
a sync at its end. DICOM_LONG=1 takes 100,000 files.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from ._measure import Row
from ._small_files import make_small_files

TITLE = "Import into an archive (files of 8 KiB)"
LONG: Final = "DICOM_LONG" in os.environ
COUNT: Final = 100_000 if LONG else 10_000


class _Spent(NamedTuple):
    """Milliseconds a file."""

    cpu: float
    wall: float


def rows() -> list[Row]:
    """The rows of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_small_files(folder / "in", COUNT)
        first = _spent(lambda: _import(folder, "one", "-j", "1"))
        again = _spent(lambda: _import(folder, "one", "-j", "1"))
        loose = _spent(lambda: _import(folder, "loose", "-j", "1", "--not-durable"))
        several = _spent(lambda: _import(folder, "several"))
        copied = _spent(lambda: _copy(folder))
        verified = _spent(lambda: _command("verify", "--data", str(folder / "one"), "-j", "1"))
        rebuilt = _spent(lambda: _command("rebuild", "--data", str(folder / "one"), "-j", "1"))
    what = f"{COUNT:,} files"
    return [
        Row(f"{what}: CPU a file", "ms", {"ours": first.cpu, "cp -r": copied.cpu}, "0.4"),
        Row("  without fsync", "ms", {"ours": loose.cpu, "cp -r": copied.cpu}),
        Row(f"{what}: time a file, one process", "ms", {"ours": first.wall, "cp -r": copied.wall}),
        Row(
            "  as many processes as processors", "ms", {"ours": several.wall, "cp -r": copied.wall}
        ),
        Row("the same files again: CPU a file", "ms", {"ours": again.cpu}),
        Row("verify: CPU a file", "ms", {"ours": verified.cpu}),
        Row("rebuild: CPU a file", "ms", {"ours": rebuilt.cpu}),
    ]


def _import(folder: Path, data: str, *options: str) -> None:
    _command("import", str(folder / "in"), "--data", str(folder / data), *options)


def _command(*words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "dicom_core", "archive", *words],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _copy(folder: Path) -> None:
    subprocess.run(["cp", "-r", str(folder / "in"), str(folder / "copy")], check=True)
    subprocess.run(["sync", "-f", str(folder / "copy")], check=True)


def _spent(work: Callable[[], None]) -> _Spent:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return _Spent(cpu / COUNT * 1000, wall / COUNT * 1000)
