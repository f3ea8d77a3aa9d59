"""Programs that the tools start: nobody has to guess why one failed."""

import subprocess
import sys
from pathlib import Path

import pytest

from ..environments import Environment, build_wheel


def test_what_a_failing_program_printed_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    environment = object.__new__(Environment)
    environment.python = sys.executable
    assert environment.run("-c", "print('fine')") == "fine\n"
    assert capfd.readouterr() == ("", "")
    with pytest.raises(subprocess.CalledProcessError):
        environment.run("-c", "print('which test'); raise SystemExit('what was wrong')")
    shown = capfd.readouterr().err
    assert "which test" in shown
    assert "what was wrong" in shown


def test_a_wheel_that_cannot_be_built_says_why(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "broken"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "broken"\n'
    )
    with pytest.raises(subprocess.CalledProcessError):
        build_wheel(package, tmp_path, sys.executable)
    assert "version" in capfd.readouterr().err
