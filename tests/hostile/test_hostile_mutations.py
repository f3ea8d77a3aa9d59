"""Files that chance has damaged, with and without knowledge of their structure (F27), and crashers found that way.

The short form is a part of every run; DICOM_LONG=1 runs 20,000 of each. What chance finds becomes a file
in the folder ``crashers``, named by its case.
"""

import os
import random
from pathlib import Path

from tools.fuzz.run import mutated
from tools.fuzz.surfaces_core import (
    feed_windows,
    mutated_elements,
    real_files,
    small_files,
    survives,
)

from .sandbox import hostile

CRASHERS = Path(__file__).parent / "crashers"
COUNT = 20_000 if os.environ.get("DICOM_LONG") else 500
SHORT = 60  # mutations of whole files, which take longer


def from_the_corpus() -> list[bytes]:
    """Small files of the shared collection, where it is there: odd ones first."""
    shared = Path(os.environ.get("DICOM_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    found = sorted(
        (shared / "corpus").rglob("*.dcm"), key=lambda path: ("odd" not in path.parts, path)
    )
    return [path.read_bytes() for path in found if path.stat().st_size < 1 << 15][:50]


@hostile(memory=256, seconds=240 if COUNT < 1000 else 6000)
def test_F27_mutations_that_know_the_structure() -> None:
    chance = random.Random(27)
    seeds = small_files()
    for number in range(COUNT):
        survives(mutated_elements(seeds[number % len(seeds)], chance))


@hostile(memory=256, seconds=240 if COUNT < 1000 else 6000)
def test_F27_mutations_of_whole_real_files() -> None:
    chance = random.Random(28)
    seeds = [*real_files(), *from_the_corpus()]
    for _ in range(COUNT * SHORT // 500):
        survives(mutated_elements(chance.choice(seeds), chance))


@hostile(memory=256, seconds=240 if COUNT < 1000 else 6000)
def test_F27_mutations_by_chance() -> None:
    chance = random.Random(29)
    seeds = list(small_files())
    for number in range(COUNT):
        data = mutated(chance, seeds)
        if number & 1:
            survives(data)
        else:
            feed_windows(data)


@hostile(memory=256, seconds=60)
def test_F27_what_was_found_before() -> None:
    for path in sorted(CRASHERS.glob("F*")):
        survives(path.read_bytes())
        feed_windows(path.read_bytes())
