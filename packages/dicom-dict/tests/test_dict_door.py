"""The public door: what is exported, what importing costs in modules, and that nothing else was needed."""

import importlib
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


def test_a_door_loads_a_name_once_from_where_its_table_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from dicom_dict.lazy import door\n"
        "__all__ = ['sell', 'buy', 'till', 'Tag']\n"
        "__getattr__, __dir__ = door(globals(), {'._trade': 'sell buy', '.': 'till', 'dicom_dict': 'Tag'})\n"
    )
    (package / "_trade.py").write_text("sell, buy = object(), object()\n")
    (package / "till.py").write_text("money = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    shop = importlib.import_module("shop")
    try:
        assert not {"shop._trade", "shop.till", "sell", "till"} & {*sys.modules, *vars(shop)}
        assert dir(shop) == ["Tag", "buy", "sell", "till"]
        assert shop.till.money == 3
        assert shop.Tag is dd.Tag
        assert "shop._trade" not in sys.modules
        assert shop.sell is sys.modules["shop._trade"].sell is vars(shop)["sell"]
        with pytest.raises(AttributeError, match="module 'shop' has no attribute 'sel'") as caught:
            shop.sel  # noqa: B018
        assert (caught.value.name, caught.value.obj) == ("sel", shop)
    finally:
        for name in ("shop", "shop._trade", "shop.till"):
            sys.modules.pop(name, None)


def test_a_misspelt_name_is_answered_with_the_near_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import dicom_dict; dicom_dict.elemnt"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "Did you mean: 'element'?" in done.stderr
