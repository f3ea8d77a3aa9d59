"""The public door: what is exported, what importing costs in modules, and that nothing else was needed."""

import subprocess
import sys
from pathlib import Path
from typing import Literal, get_origin

import pytest

import dicom_dict as dd

PUBLIC = (Path(__file__).parent / "data/public_names.txt").read_text("utf-8").split()


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_public_names_are_those_that_were_reviewed() -> None:
    assert sorted(dd.__all__) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(dd, name)
    assert name in dir(dd)
    # EDITION is a text, and the choices of a Literal document themselves.
    assert isinstance(value, str) or get_origin(value) is Literal or value.__doc__


def test_importing_loads_no_table_and_no_dependency() -> None:
    before = "import sys, typing, enum, re, struct; had = set(sys.modules);"
    loaded = run(before + "import dicom_dict; print(*sorted(set(sys.modules) - had))").split()
    assert [name for name in loaded if not name.startswith("dicom_dict")] == []
    assert [name for name in loaded if "_generated" in name] == []


def test_one_table_does_not_load_another() -> None:
    loaded = run(
        "import sys, dicom_dict as d; d.element('Rows'); print(*(m for m in sys.modules if '_generated.' in m))"
    ).split()
    assert loaded == ["dicom_dict._generated.elements"]


def test_each_table_names_its_edition() -> None:
    editions = dd.editions()
    assert dd.EDITION == editions["elements"][0][1] >= "2025e"
    for sources in editions.values():
        for part, edition, file in sources:
            assert part.startswith("PS3.")
            assert edition[:4].isdigit()
            assert file


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(AttributeError, match="no attribute 'elemnt'"):
        dd.elemnt  # type: ignore[attr-defined]  # noqa: B018
