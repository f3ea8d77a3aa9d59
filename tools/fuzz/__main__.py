"""Run every surface, or those that are named, for some seconds each."""

import argparse
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tools.environments import ROOT

from .surface import surfaces


def fuzzed(seconds: float, crashes: Path, name: str) -> tuple[str, str]:
    """Run one surface in a process of its own: what to say, and what went wrong.

    Hashes and the search have fixed seeds, so that the same code meets the same inputs again.
    """
    command = [sys.executable, "-m", "tools.fuzz.run", name, str(seconds), str(crashes)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment
    )
    runs = [
        line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line
    ]
    told = f"{name}: {runs[0]} inputs, guided by coverage" if runs else done.stdout.strip()
    return told, done.stderr or f"exit code {done.returncode}" if done.returncode else ""


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev nox -s fuzz --", description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("names", nargs="*", metavar="SURFACE", help=", ".join(surfaces()))
    given = parser.parse_args(words)
    unknown = set(given.names) - set(surfaces())
    if unknown:
        parser.error(f"no surface {', '.join(sorted(unknown))}; one of: {', '.join(surfaces())}")
    crashes = ROOT / ".fuzz"
    crashes.mkdir(exist_ok=True)
    names = given.names or list(surfaces())
    failed = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, (told, fault) in zip(
            names, pool.map(partial(fuzzed, given.seconds, crashes), names), strict=True
        ):
            print(told, flush=True)
            if fault:
                failed.append(name)
                print(fault[-4000:], file=sys.stderr)
    if failed:
        print(f"faults in: {', '.join(failed)}; the inputs are in .fuzz/", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
