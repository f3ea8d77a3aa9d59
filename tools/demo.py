"""``./dev demo``: `dicom serve --demo` on the folder .demo of the checkout, which is filled the first time and stays.

What it prints to try next can be typed as it stands. Options are those of `dicom serve`: `./dev demo --help`.
"""

import sys
from pathlib import Path
from typing import Final

from dicom_core.cli._run import run

FOLDER: Final = Path(__file__).resolve().parents[1] / ".demo"
DEFAULTS: Final = ["--data", str(FOLDER), "--log-level", "warning"]


def main(words: list[str]) -> int:
    """Serve until Ctrl-C."""
    return run(["serve", "--demo", *DEFAULTS, *words], "./dev dicom")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
