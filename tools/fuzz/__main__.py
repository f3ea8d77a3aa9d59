"""Run every surface, or those that are named, for some seconds each."""

import argparse
import subprocess
import sys

from tools.environments import ROOT

from .surface import surfaces


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
    failed = []
    for name in given.names or surfaces():
        command = [sys.executable, "-m", "tools.fuzz.run", name, str(given.seconds), str(crashes)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        runs = [
            line.split()[-1]
            for line in done.stderr.splitlines()
            if "number_of_executed_units" in line
        ]
        print(
            done.stdout.strip() if not runs else f"{name}: {runs[0]} inputs, guided by coverage",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
            print(done.stderr[-4000:], file=sys.stderr)
    if failed:
        print(f"faults in: {', '.join(failed)}; the inputs are in .fuzz/", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
