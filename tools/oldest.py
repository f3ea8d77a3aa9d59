"""Run the tests of every package with the lowest versions of what it declares to need."""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from .environments import PACKAGES, ROOT, Environment, metadata

_LOWEST = re.compile(r"([\w.-]+(?:\[[\w,.-]+\])?)\s*>=\s*([\w.]+)")


def lowest(requirement: str) -> str | None:
    """``attrs>=23.2`` as ``attrs==23.2``; None where no lower bound is declared."""
    match = _LOWEST.match(requirement)
    return f"{match[1]}=={match[2]}" if match else None


# The oldest pyarrow that dicom-core takes knows no numpy 2, which dicom-imaging needs
APART = ("dicom-imaging",)


def requirements(packages: list[Path], *, extras: bool = True) -> list[str]:
    """Every third-party dependency (and extra) of the packages at its lower bound."""
    words = []
    names = {str(metadata(package)["name"]) for package in PACKAGES}
    for package in packages:
        table = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
        optional = table.get("optional-dependencies", {}).values() if extras else ()
        declared = [*table.get("dependencies", ()), *(r for extra in optional for r in extra)]
        words += [
            pinned
            for text in declared
            if (pinned := lowest(text)) and pinned.split("==")[0] not in names
        ]
    return sorted(set(words))


def try_together(packages: list[Path], others: list[Path], words: list[str]) -> int:
    """Run the tests of some packages; the others are there with what they cannot be without."""
    root = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    testing = [
        "numpy" if text.startswith("numpy") else text  # whichever the pins allow
        for text in root["dependency-groups"]["dev"]
        if re.match("hypothesis|mypy|numpy|pillow|py|python-gdcm|trustme", text)
        # peers of pixels want a new numpy, too
        if others or not re.match("pillow|pyjpegls|pylibjpeg", text)
    ]
    chosen = [
        word
        for package in packages
        for word in (words or [str(package / "tests")])
        if Path(word).resolve().is_relative_to(package)
    ]
    if not chosen:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        environment = Environment(Path(folder) / "env")
        paths = [word for package in [*packages, *others] for word in ("-e", str(package))]
        pins = sorted({*requirements(packages), *requirements(others, extras=False)})
        print("with", ", ".join(pins) or "nothing to pin", flush=True)
        environment.install(*paths, *pins, *testing)
        command = [environment.python, "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider"]
        return subprocess.run([*command, *chosen], cwd=ROOT, check=False).returncode


def main(words: list[str]) -> int:
    apart = [package for package in PACKAGES if metadata(package)["name"] in APART]
    together = [package for package in PACKAGES if package not in apart]
    codes = [try_together(together, [], words)]
    codes += [try_together([package], together, words) for package in apart]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
