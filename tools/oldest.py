"""Run the tests of every package with the lowest versions of what it declares to need."""

import re
import sys
import tempfile
import tomllib
from pathlib import Path

from .environments import PACKAGES, ROOT, Environment, metadata

_LOWEST = re.compile(r"([\w.-]+)\s*>=\s*([\w.]+)")


def lowest(requirement: str) -> str | None:
    """``attrs>=23.2`` as ``attrs==23.2``; None where no lower bound is declared."""
    match = _LOWEST.match(requirement)
    return f"{match[1]}=={match[2]}" if match else None


def requirements() -> list[str]:
    """Every third-party dependency and extra of every package at its lower bound."""
    words = []
    names = {str(metadata(package)["name"]) for package in PACKAGES}
    for package in PACKAGES:
        table = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
        declared = [
            *table.get("dependencies", ()),
            *(r for extra in table.get("optional-dependencies", {}).values() for r in extra),
        ]
        words += [
            pinned
            for text in declared
            if (pinned := lowest(text)) and pinned.split("==")[0] not in names
        ]
    return sorted(set(words))


def main(words: list[str]) -> int:
    root = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    testing = [
        text
        for text in root["dependency-groups"]["dev"]
        if re.match("mypy|numpy|pillow|py|python-gdcm|hypothesis", text)
    ]
    with tempfile.TemporaryDirectory() as folder:
        environment = Environment(Path(folder) / "env")
        paths = [word for package in PACKAGES for word in ("-e", str(package))]
        pins = requirements()
        print("with", ", ".join(pins) or "nothing to pin")
        environment.install(*paths, *pins, *testing)
        import subprocess

        chosen = words or [str(package / "tests") for package in PACKAGES]
        return subprocess.run(
            [
                environment.python,
                "-m",
                "pytest",
                "-q",
                "-n",
                "auto",
                "-p",
                "no:cacheprovider",
                *chosen,
            ],
            cwd=ROOT,
            check=False,
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
