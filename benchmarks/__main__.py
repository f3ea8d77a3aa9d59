"""Run the benchmarks that are named, or all."""

import argparse
import importlib
import pkgutil
import platform
import sys
from pathlib import Path

from ._measure import show


def main(words: list[str]) -> int:
    modules = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    known = [name.removeprefix("bench_") for name in modules if name.startswith("bench_")]
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description="Ours beside the peers, measured in the same run on this machine, as ratios of medians.",
        epilog="A peer that is missing has no column; ./dev peers installs them.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join(known)}; default: all",
    )
    names: list[str] = parser.parse_args(words).names
    if not set(names) <= set(known):
        parser.error(f"the benchmarks are {', '.join(known)}")
    print(
        f"Python {platform.python_version()} on {platform.machine()}; medians; xN: how many times ours the peer takes"
    )
    for name in names or known:
        module = importlib.import_module(f".bench_{name}", __package__)
        show(module.TITLE, module.rows())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
