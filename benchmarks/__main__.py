"""Run the benchmarks that are named, or all."""

import importlib
import pkgutil
import platform
import sys
from pathlib import Path

from ._measure import show


def main(words: list[str]) -> int:
    found = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    names = [name.removeprefix("bench_") for name in found if name.startswith("bench_")]
    unknown = set(words) - set(names)
    if unknown:
        print(
            f"no benchmark {', '.join(sorted(unknown))}; one of: {', '.join(names)}",
            file=sys.stderr,
        )
        return 2
    print(
        f"Python {platform.python_version()} on {platform.machine()}; medians; xN: how many times ours the peer takes"
    )
    for name in words or names:
        module = importlib.import_module(f".bench_{name}", __package__)
        show(module.TITLE, module.rows())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
