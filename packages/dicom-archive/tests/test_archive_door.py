"""The public doors: what is exported from where, that it is documented, and that it says where it comes from."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import dicom_archive as da

PUBLIC: Final = (Path(__file__).parent / "data/public_names.txt").read_text("utf-8").split()
DOORS: Final = sorted({line.rpartition(".")[0] for line in PUBLIC})
PACKAGES: Final = ("blobs", "index", "maintenance", "node", "synthetic")


def test_the_public_names_are_those_that_were_reviewed() -> None:
    doors = {"dicom_archive", *(f"dicom_archive.{name}" for name in PACKAGES)}
    found = [
        f"{door}.{name}"
        for door in sorted(doors)
        for name in getattr(import_module(door), "__all__", ())
    ]
    assert sorted(found) == sorted(PUBLIC)


def test_every_package_of_this_one_is_known_here() -> None:
    folder = Path(da.__file__).parent
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    assert packages - {"cli"} == set(PACKAGES)  # the command has no names


@pytest.mark.parametrize("line", PUBLIC)
def test_a_public_name_is_documented_and_names_its_door(
    line: str, behind_its_door: Callable[[str], None]
) -> None:
    behind_its_door(line)


@pytest.mark.parametrize("door", DOORS)
def test_an_unknown_name_is_an_attribute_error(door: str) -> None:
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = import_module(door).nothing_of_that_name
