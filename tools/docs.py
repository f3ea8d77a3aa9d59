"""``./dev docs``: the documentation as pages in ``site/``; ``./dev docs serve`` shows it and follows changes.

Other words go to mkdocs as they are.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

__all__ = ["main"]

ROOT: Final = Path(__file__).resolve().parents[1]


def main(words: list[str]) -> int:
    """Run mkdocs; the exit code is its own."""
    if words and words[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    # The theme advertises against the next version of mkdocs, which is not the one declared here
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", *(words or ["build", "--strict", "--quiet"])]
    code = subprocess.call(command, cwd=ROOT, env=environment)
    if code == 0 and not words:
        print(f"the documentation is in {ROOT / 'site' / 'index.html'}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
