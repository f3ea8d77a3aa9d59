"""How things are measured here: in fresh interpreters where a first time counts, alternating so that a drift of the
machine hits both sides, medians quoted, ratios printed."""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Row", "fresh", "show"]

RUNS = 15

# Measures a statement in an interpreter where nothing of ours was imported: milliseconds of CPU.
_FRESH = """
import typing, enum, re, struct, time
{setup}
start = time.process_time_ns()
{code}
print((time.process_time_ns() - start) / 1e6)
"""


class Row(NamedTuple):
    """A line of the report: what was done, the figure of each side in one unit, and the target if there is one."""

    what: str
    unit: str
    figures: Mapping[str, float]
    target: str = ""


def fresh(codes: Mapping[str, str], setup: str = "", runs: int = RUNS) -> dict[str, float]:
    """The median of what each code prints (by default its CPU milliseconds), each in fresh interpreters, in turn."""
    # Compiled modules are kept, as they are wherever a package is installed; the first run makes them.
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    found: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(runs + 1):
        for name, code in codes.items():
            text = code if "print(" in code else _FRESH.format(setup=setup, code=code)
            done = subprocess.run(
                [sys.executable, "-c", text],
                check=True,
                capture_output=True,
                text=True,
                env=environment,
            )
            found[name].append(float(done.stdout))
    return {name: statistics.median(values[1:]) for name, values in found.items()}


def show(title: str, rows: list[Row]) -> None:
    """Print a report: each side's figure, and how many times less than the first the others' is."""
    print(f"\n{title}")
    width = max(len(row.what) for row in rows)
    for row in rows:
        (first, ours), *others = row.figures.items()
        parts = [f"{first} {_number(ours)} {row.unit}"]
        for name, value in others:
            ratio = f" (x{_number(value / ours)})" if ours else ""
            parts.append(f"{name} {_number(value)} {row.unit}{ratio}")
        target = f"   [target {row.target}]" if row.target else ""
        print(f"  {row.what:{width}}  {',  '.join(parts)}{target}")


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
