"""Run every surface, or those that are named, for about so many seconds each; or one input again."""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tools.environments import ROOT

from .surface import Surface, surfaces

CRASHES = ROOT / ".fuzz"
ASIDE = 4000  # characters of what went wrong that are shown


def fuzzed(seconds: float, surface: Surface) -> tuple[str, str]:
    """Run one surface in a process of its own: what to say, and what went wrong.

    Hashes, the search and the number of inputs are fixed, so that the same code meets the same inputs again:
    a slow machine meets fewer of them, never others.
    """
    before = set(CRASHES.iterdir())
    command = [sys.executable, "-m", "tools.fuzz.run", surface.name, str(seconds), str(CRASHES)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment
    )
    runs = [
        line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line
    ]
    told = f"{surface.name}: {runs[0]} inputs, guided by coverage" if runs else done.stdout.strip()
    if not done.returncode:
        return told, ""
    return told, _fault(surface, done.stderr or f"exit code {done.returncode}", seconds, before)


def _fault(surface: Surface, text: str, seconds: float, before: set[Path]) -> str:
    """What went wrong, and how to see it again."""
    lines = [text[-ASIDE:]]
    lines += [
        f"this input again: ./dev nox -s fuzz -- --again {path.relative_to(ROOT)}"
        for path in sorted(set(CRASHES.iterdir()) - before)
        if surface_of(path) == surface
    ]
    lines.append(f"the whole search again: ./dev nox -s fuzz -- {seconds:g} {surface.name}")
    return "\n".join(lines)


def surface_of(path: Path) -> Surface | None:
    """The surface that an input was kept for, by the beginning of its file's name."""
    fitting = [name for name in surfaces() if path.name.startswith(f"{name}-")]
    return surfaces()[max(fitting, key=len)] if fitting else None


def again(path: Path) -> int:
    """Feed one input that was kept; a fault ends with its traceback."""
    surface = surface_of(path)
    if surface is None:
        print(f"{path.name} does not begin with the name of a surface", file=sys.stderr)
        return 2
    surface.feed(path.read_bytes())
    print(f"{surface.name}: survived")
    return 0


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev nox -s fuzz --", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("names", nargs="*", metavar="SURFACE", help=", ".join(surfaces()))
    parser.add_argument("--again", type=Path, metavar="FILE", help="feed one input that was kept")
    given = parser.parse_args(words)
    if given.again is not None:
        return again(given.again)
    unknown = set(given.names) - set(surfaces())
    if unknown:
        parser.error(f"no surface {', '.join(sorted(unknown))}; one of: {', '.join(surfaces())}")
    CRASHES.mkdir(exist_ok=True)
    chosen = [surfaces()[name] for name in given.names or surfaces()]
    failed = []
    # Two at a time, or one for each core: each search is a process that never waits
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        for surface, (told, fault) in zip(
            chosen, pool.map(partial(fuzzed, given.seconds), chosen), strict=True
        ):
            print(told, flush=True)
            if fault:
                failed.append(surface.name)
                print(fault, file=sys.stderr)
    if failed:
        print(f"faults in: {', '.join(failed)}; the inputs are in .fuzz/", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
