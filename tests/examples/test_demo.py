"""``./dev demo`` serves, what it prints can be typed, it ends in good order, and a second start finds all there."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dicom_core as dc

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such interrupt")


@contextmanager
def demo(data: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The program and what it printed when it listened."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.demo", "--data", data, "--dimse", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    try:
        lines: list[str] = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            line = process.stdout.readline()
            if not line:
                raise AssertionError(process.communicate()[1])
            lines.append(line.rstrip())
        yield process, lines
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code after Ctrl-C, and what was complained of."""
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    return process.returncode, error


@pytest.mark.slow
def test_the_demonstration(tmp_path: Path) -> None:
    data = tmp_path / "archive"
    with demo(data) as (process, lines):
        assert lines[1] == f"data: {data} (279 instances)"
        commands = [line.split() for line in lines if line.startswith("  ./dev dicom ")]
        assert [words[2] for words in commands] == ["find", "get", "contact"]
        said = []
        for words in commands:
            done = subprocess.run(
                [sys.executable, "-m", "dicom_core", *words[2:]],
                cwd=tmp_path, capture_output=True, encoding="utf-8", check=True,
            )  # fmt: skip
            said.append(done.stdout)
        assert interrupted(process) == (0, "")
    assert "Yamada^Hanako=山田^花子=やまだ^はなこ" in said[0]
    assert len(said[0].splitlines()) == 14 + 1
    files = list((tmp_path / "received").rglob("*.dcm"))
    assert len(files) == 66
    assert {str(dc.read(path).dataset.PatientID) for path in files} == {"DEMO-0003"}
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")

    with demo(data) as (process, lines):
        assert lines[1] == f"data: {data} (279 instances)"
        assert interrupted(process) == (0, "")
