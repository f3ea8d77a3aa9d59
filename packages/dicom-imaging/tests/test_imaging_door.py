"""The public doors: what is exported from where, that it is documented, and that it says where it comes from."""

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

PUBLIC: Final = (Path(__file__).parent / "data/public_names.txt").read_text("utf-8").split()
DOORS: Final = sorted({line.rpartition(".")[0] for line in PUBLIC})


def test_the_public_names_are_those_that_were_reviewed() -> None:
    found = [f"{door}.{name}" for door in DOORS for name in import_module(door).__all__]
    assert sorted(found) == sorted(PUBLIC)


@pytest.mark.parametrize("line", PUBLIC)
def test_a_public_name_is_documented_and_names_its_door(
    line: str, behind_its_door: Callable[[str], None]
) -> None:
    behind_its_door(line)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = import_module("dicom_imaging").nothing_of_that_name
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = import_module("dicom_imaging.cli").nothing_of_that_name


def test_importing_the_package_loads_no_codec() -> None:
    code = (
        "import sys, dicom_imaging as di; di.open; di.PixelLimits;"
        "assert not {'imagecodecs', 'click', 'rich', 'attrs', 'json', 'logging'} & sys.modules.keys(), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
