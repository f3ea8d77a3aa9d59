"""The public doors: what is exported from where, that it is documented, and that it says where it comes from."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

import dicom_net as dn

PUBLIC: Final = (Path(__file__).parent / "data/public_names.txt").read_text("utf-8").split()
DOORS: Final = sorted({line.rpartition(".")[0] for line in PUBLIC})


def test_the_public_names_are_those_that_were_reviewed() -> None:
    found = [f"{door}.{name}" for door in DOORS for name in import_module(door).__all__]
    assert sorted(found) == sorted(PUBLIC)


def test_every_package_of_this_one_is_a_door_or_private() -> None:
    folder = Path(dn.__file__).parent
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    public = {name for name in packages if not name.startswith("_")} - {"cli"}  # the command only
    assert {f"dicom_net.{name}" for name in public} | {"dicom_net"} <= set(DOORS)
    assert public <= set(dn.__all__)


@pytest.mark.parametrize("line", PUBLIC)
def test_a_public_name_is_documented_and_names_its_door(
    line: str, behind_its_door: Callable[[str], None]
) -> None:
    behind_its_door(line)


@pytest.mark.parametrize("door", ["dicom_net", "dicom_net.services", "dicom_net.testing"])
def test_an_unknown_name_is_an_attribute_error(door: str) -> None:
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = import_module(door).nothing_of_that_name
