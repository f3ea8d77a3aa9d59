"""The command: what it writes, what a check names, and that a broken source leaves everything as it was."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.codegen.__main__ import DIGESTS, PACKAGES, main, place
from tools.codegen.check import changed_rows
from tools.codegen.emit import Module
from tools.codegen.sources import Source


@pytest.fixture
def copy(tmp_path: Path) -> Callable[..., int]:
    """The command on a copy of the generated files; the sources are as they are."""
    packages = tmp_path / "packages"
    digests = tmp_path / "outputs.sha256"
    shutil.copy(DIGESTS, digests)
    for line in digests.read_text("utf-8").splitlines():
        name = line.split("  ", 1)[1]
        place(packages, name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(place(PACKAGES, name), place(packages, name))
    return lambda *words: main([*words, "--packages", str(packages), "--digests", str(digests)])


def test_regenerating_changes_nothing(
    copy: Callable[..., int], shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy("check", "--standard", str(shared / "standard")) == 0
    assert "are what the sources say" in capsys.readouterr().out


def test_a_changed_row_is_named(
    copy: Callable[..., int], shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(shared / "standard", tmp_path / "standard")
    path = tmp_path / "standard/ps3.6_data_elements_2026b.json"
    path.chmod(0o644)
    text = path.read_text("utf-8")
    path.write_text(text.replace('"PatientWeight"', '"PatientMass"'), "utf-8")
    assert copy("check", "--standard", str(tmp_path / "standard")) == 1
    printed = capsys.readouterr().err
    assert (
        "_generated/elements.py: ROWS row '00101030': \"00101030 | PatientWeight | Patient's Weight"
        in printed
    )
    assert "PatientMass" in printed
    assert "run: ./dev generate" in printed


def test_without_the_sources_the_digests_are_verified(
    copy: Callable[..., int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DICOM_SHARED", str(tmp_path / "nowhere"))
    assert copy("check") == 0
    assert "verifying the recorded digests" in capsys.readouterr().out
    with place(tmp_path / "packages", "tags.pyi").open("a") as file:
        file.write("# by hand\n")
    assert copy("check") == 1
    assert "tags.pyi: was changed by hand" in capsys.readouterr().err
    assert copy("write") == 2
    assert "set DICOM_SHARED" in capsys.readouterr().err


def test_a_broken_source_leaves_every_file_as_it_was(
    copy: Callable[..., int], shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(shared / "standard", tmp_path / "standard")
    path = tmp_path / "standard/ps3.6_uids_2026b.json"
    path.chmod(0o644)
    path.write_text(path.read_text("utf-8").replace('"Meta SOP Class"', '"Meta"'), "utf-8")
    before = {file: file.read_bytes() for file in (tmp_path / "packages").rglob("*.py*")}
    assert copy("write", "--standard", str(tmp_path / "standard")) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("ps3.6_uids_2026b.json, table A-1, row ")
    assert printed.rstrip().endswith("nothing was written")
    assert {file: file.read_bytes() for file in before} == before


SOURCE = Source("PS3.6", "2031b", "part06.xml", "00")


def module(rows: list[tuple[str, str]], groups: dict[int, list[tuple[str, str]]]) -> str:
    made = Module("Title.", [SOURCE])
    made.rows("ROWS", ("key", "value"), rows)
    made.groups("GROUPS", ("key", "value"), groups)
    return made.text()


def test_changes_are_named_by_table_group_and_row() -> None:
    old = module([("a", "1"), ("b", "2"), ("c", "3")], {1: [("x", "1")], 2: [("y", "1")]})
    new = module([("a", "1"), ("b", "9"), ("d", "3")], {1: [("x", "2")], 3: [("z", "1")]})
    assert changed_rows("file.py", old, new) == [
        "file.py: ROWS row 'b': 'b | 2' on disk, 'b | 9' from the sources",
        "file.py: ROWS row 'c': 'c | 3' on disk, nothing from the sources",
        "file.py: ROWS row 'd': nothing on disk, 'd | 3' from the sources",
        "file.py: GROUPS[1] row 'x': 'x | 1' on disk, 'x | 2' from the sources",
        "file.py: GROUPS[2] row 'y': 'y | 1' on disk, nothing from the sources",
        "file.py: GROUPS[3] row 'z': nothing on disk, 'z | 1' from the sources",
    ]
    assert changed_rows("file.py", old, old.replace("sha256 00", "sha256 01")) == [
        "file.py: only the header or the layout differs"
    ]


def test_what_would_break_a_row_is_refused() -> None:
    with pytest.raises(ValueError, match="which separate fields and rows"):
        module([("a", "1\t2")], {})
    with pytest.raises(ValueError, match="has 1 fields, the table has 2: key, value"):
        module([("a",)], {})  # type: ignore[list-item]


def test_quotes_and_backslashes_come_back() -> None:
    namespace: dict[str, str] = {}
    exec(module([("a", 'x\\y"""z\\')], {}), namespace)
    assert namespace["ROWS"] == 'a\tx\\y"""z\\\n'
