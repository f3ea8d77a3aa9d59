"""The public doors: what is exported from where, that it is documented, and that it says where it comes from."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import dicom_core as dc

PUBLIC: Final = (Path(__file__).parent / "data/public_names.txt").read_text("utf-8").split()
# Bases, and one whose name says everything
FIELDLESS: Final = {"DicomError", "StoreError", "NoTranscoder"}
DOORS: Final = sorted({line.rpartition(".")[0] for line in PUBLIC})


def test_the_public_names_are_those_that_were_reviewed() -> None:
    found = [f"{door}.{name}" for door in DOORS for name in import_module(door).__all__]
    assert sorted(found) == sorted(PUBLIC)


def test_every_package_of_this_one_is_a_door_or_private() -> None:
    folder = Path(dc.__file__).parent
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    public = {name for name in packages if not name.startswith("_")} - {"cli"}  # the command only
    assert {f"dicom_core.{name}" for name in public} | {"dicom_core"} <= set(DOORS)
    assert public <= set(dc.__all__)


@pytest.mark.parametrize("line", PUBLIC)
def test_a_public_name_is_documented_and_names_its_door(
    line: str, behind_its_door: Callable[[str], None]
) -> None:
    behind_its_door(line)


def test_errors_show_their_public_path_and_have_fields() -> None:
    errors = [
        value
        for place, _, name in (line.rpartition(".") for line in PUBLIC)
        for value in (getattr(import_module(place), name),)
        if isinstance(value, type)
        and issubclass(value, Exception)
        and value.__name__ not in FIELDLESS
    ]
    assert len(errors) > 25
    for error in errors:
        assert issubclass(error, dc.DicomError), error
        assert error.__init__ is not Exception.__init__, f"{error} has no fields"
