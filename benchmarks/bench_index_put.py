"""Putting instances into an archive's index at two sizes: processor time of each, alone and in lots.

It must not grow with the archive. Without fsync, whose time is the disk's. Sizes and ``DICOM_BENCH_INDEX`` are those of
`bench_index`; what is put is removed again.
"""

import gc
import os
import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import dicom_core as dc
from dicom_archive import Record, describe
from dicom_archive.index import Index
from dicom_core.store.testing import sample

from ._index_rows import make
from ._measure import Row

TITLE = "dicom-archive: an instance into the index"

_LARGE: Final = 1_000_000 if os.environ.get("DICOM_LONG") else 100_000
_SMALL: Final = 1_000
_RUNS: Final = 3
_LOTS: Final = ((1, 400), (10, 2000), (100, 4000))  # in one transaction, in all


def rows() -> list[Row]:
    """The rows of the report."""
    kept = os.environ.get("DICOM_BENCH_INDEX")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        return _rows(Path(kept))
    with tempfile.TemporaryDirectory() as folder:
        return _rows(Path(folder))


def _rows(folder: Path) -> list[Row]:
    found: dict[int, list[float]] = {}
    for instances in (_LARGE, _SMALL):
        path = folder / f"index-{instances}.sqlite"
        if not path.exists():
            make(path, instances)
        with Index.open(path, create=False, durable=False) as index:
            runs = [[_put(index, lot, count) for lot, count in _LOTS] for _ in range(_RUNS)]
        found[instances] = [min(times) for times in zip(*runs, strict=True)]
    names = ("alone", "ten at once", "a hundred at once")
    return [
        Row(
            f"an instance, {name}",
            "us",
            {f"at {_LARGE:,}": large, f"at {_SMALL:,}": small},
            "1.3x of the smaller",
        )
        for name, large, small in zip(names, found[_LARGE], found[_SMALL], strict=True)
    ]


def _put(index: Index, lot: int, count: int) -> float:
    """Microseconds of processor time of an instance."""
    records = list(_records(count))
    gc.collect()
    gc.disable()
    start = time.process_time_ns()
    for at in range(0, count, lot):
        index.add(records[at : at + lot])
    spent = time.process_time_ns() - start
    gc.enable()
    for study in dict.fromkeys(record.instance.study for record in records):
        while removed := index.delete(study):
            index.forget([kept.key for kept in removed])
    return spent / count / 1000


def _records(count: int) -> Iterator[Record]:
    """Instances that no index has: 100 in a series, 4 series in a study, of patients who have studies."""
    chance = random.Random(7)
    run = secrets.randbelow(10**12)
    for number in range(count):
        study = f"1.2.826.0.1.3680043.8.498.{run}.{number // 400}"
        series = f"{study}.{number // 100 % 4}"
        uid = f"{series}.{chance.randrange(10**9)}{number}"
        data = sample(
            uid,
            series=series,
            study=study,
            PatientID=f"P{number // 400:06d}",
            StudyDescription="Thorax",
            InstanceNumber=number % 100 + 1,
        )
        yield describe(dc.BytesSource(data)).record(f"bench-{run}/00000/{number:05d}-{uid}.dcm")
