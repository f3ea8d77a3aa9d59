"""The tour of ``./dev tour`` runs, with and without a terminal's colours, and reaches its end."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("colours", [False, True])
def test_the_tour_runs_to_its_end(colours: bool) -> None:
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    environment.update(
        {"FORCE_COLOR": "1", "COLORTERM": "truecolor"} if colours else {"NO_COLOR": "1"}
    )
    done = subprocess.run(
        [sys.executable, "-m", "tools.tour"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.stderr.decode() == ""
    assert done.returncode == 0
    text = re.sub(r"\x1b\[[\d;]*m", "", done.stdout.decode())
    sections = re.findall(r"^(\d+)  \w", text, re.MULTILINE)
    assert sections == [str(number) for number in range(1, 11)]
    assert "are the same, byte for byte" in text
    assert "in the bytes of the new file: False" in text
    assert "3 sent over 1 association" in text
    assert "What to try next" in text
    assert bool(re.search(r"▀", text)) == colours
