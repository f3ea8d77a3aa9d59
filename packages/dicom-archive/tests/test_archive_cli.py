"""`dicom archive`: what it prints, its exit codes, and one line of error whatever happens."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from dicom_archive import Archive, ArchiveSettings
from dicom_core.cli._run import run
from dicom_core.store.testing import sample

SETTINGS = ArchiveSettings(watch=None)
COMMANDS = ("import", "export", "verify", "rebuild", "stats", "delete")


class Done:
    """What one run of the command gave."""

    def __init__(self, code: int, out: str, error: str) -> None:
        self.code = code
        self.out = out
        self.error = error

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Terminal(io.StringIO):
    """What somebody sits at."""

    def isatty(self) -> bool:
        return True


Dicom = Callable[..., Done]


@pytest.fixture
def dicom(capfdbinary: pytest.CaptureFixture[bytes]) -> Dicom:
    """Run ``dicom archive`` in this process."""

    def call(*words: object) -> Done:
        code = run(["archive", *map(str, words)])
        captured = capfdbinary.readouterr()
        done = Done(code, captured.out.decode(), captured.err.decode())
        assert "Traceback" not in done.error
        assert all(line.startswith("dicom: ") for line in done.error.splitlines())
        return done

    return call


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(6):
        data = sample(
            f"1.2.{number % 2}.3.{number}", series=f"1.2.{number % 2}.3", study=f"1.2.{number % 2}",
            PatientID=f"P{number % 2}", pixels=100 * number,
        )  # fmt: skip
        (folder / f"{number}.dcm").write_bytes(data)
    (folder / "readme.txt").write_text("no instance")
    return folder


@pytest.fixture
def data(tmp_path: Path, source: Path, dicom: Dicom) -> Path:
    assert dicom("import", source, "--data", tmp_path / "data").code == 0
    return tmp_path / "data"


def path_of(data: Path, uid: str) -> Path:
    with Archive.open(data, SETTINGS) as archive:
        return data / "blobs" / archive.index.find(uid).key


def test_help(dicom: Dicom) -> None:
    done = dicom("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"  {name} " in done.out
        one = dicom(name, "--help")
        assert one.code == 0
        assert "--data DIR" in one.out
        assert "--index URL" in one.out
        assert "--json" in one.out


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in {"import", "rebuild"}])
def test_what_is_no_archive_stays_as_it_is(dicom: Dicom, tmp_path: Path, name: str) -> None:
    more = {"export": ["-o", str(tmp_path / "out")], "delete": ["--study", "1.2", "--yes"]}
    words = more.get(name, [])
    for folder in (tmp_path, tmp_path / "missing"):
        done = dicom(name, "--data", folder, *words)
        assert (done.code, done.out) == (1, "")
        assert "there is no index" in done.error
    assert list(tmp_path.iterdir()) == []


def test_import_tells_what_it_did(dicom: Dicom, tmp_path: Path, source: Path) -> None:
    data = tmp_path / "data"
    done = dicom("import", source, "--data", data)
    assert (done.code, done.error) == (0, "")
    passed, last = done.out.splitlines()
    assert passed == f"passed over: {source / 'readme.txt'}: it is no DICOM file"
    assert last.startswith("6 stored, 1 no instances; ")
    done = dicom("import", source, "--data", data, "--json")
    problem, result = done.objects
    assert (problem["kind"], problem["reason"], problem["refused"]) == (
        "problem",
        "not-dicom",
        False,
    )
    assert (result["kind"], result["duplicates"], result["passed"]) == ("result", 6, 1)


def test_import_of_what_is_no_instance_fails(dicom: Dicom, tmp_path: Path, source: Path) -> None:
    done = dicom("import", source / "readme.txt", source / "1.dcm", "--data", tmp_path / "data")
    assert done.code == 1
    assert done.error == f"dicom: {source / 'readme.txt'}: it is no DICOM file\n"
    assert done.out.startswith("1 stored, 1 refused; ")
    done = dicom("import", tmp_path / "nothing", "--data", tmp_path / "other")
    assert (done.code, done.out) == (1, "")
    assert "No such file" in done.error
    assert not (tmp_path / "other").exists()


def test_import_of_a_zip_file_names_the_member(dicom: Dicom, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a/cut.dcm", sample("1.2.3")[:-9])
        file.writestr("a/whole.dcm", sample("1.2.3"))
        file.writestr("a/\x1b[31m.txt", "no instance")
    done = dicom("import", path, "--data", tmp_path / "data", "-j", 1)
    assert done.code == 1
    assert f"{path} (a/cut.dcm): the data set ends too early" in done.error
    assert "1 stored, 1 refused, 1 no instances" in done.out
    assert "\x1b" not in done.out


def test_a_policy(dicom: Dicom, data: Path, source: Path) -> None:
    (source / "1.dcm").write_bytes(sample("1.2.1.3.1", series="1.2.1.3", study="1.2.1", pixels=9))
    done = dicom("import", source, "--data", data, "--duplicates", "reject")
    assert done.code == 1
    assert "has an instance 1.2.1.3.1 with other bytes" in done.error
    done = dicom("import", source, "--data", data, "--duplicates", "replace", "--not-durable")
    assert (done.code, done.out.splitlines()[-1].partition(";")[0]) == (
        0, "0 stored, 1 replaced, 5 there already, 1 no instances",
    )  # fmt: skip


def test_export(dicom: Dicom, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = dicom("export", "--data", data, "-o", out, "-k", "PatientID=P1")
    assert (done.code, done.error) == (0, "")
    assert done.out.startswith("3 written; ")
    assert (out / "1.2.1/1.2.1.3/1.2.1.3.1.dcm").is_file()
    done = dicom("export", "--data", data, "-o", out, "--json")
    assert done.objects[-1]["present"] == done.objects[-1]["written"] == 3
    done = dicom("export", "--data", data, "-o", tmp_path / "cd", "--dicomdir", "--patient", "P0")
    assert done.out.startswith("3 written; ")
    assert (tmp_path / "cd/DICOMDIR").is_file()


def test_export_of_a_level(dicom: Dicom, data: Path, tmp_path: Path) -> None:
    words = ["export", "--data", data, "-o", tmp_path / "out", "--layout", "flat"]
    done = dicom(*words, "-k", "SOPInstanceUID=1.2.1.3.1\\1.2.0.3.2")  # not everything of a study
    assert done.out.startswith("2 written; ")
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--study", "9.9"], 1, "the archive has nothing of that"),
        (["-k", "PatientID=nobody"], 1, "the archive has nothing of that"),
        (["-k", "Nonsense=1"], 2, "-k"),
        (["--level", "IMAGE"], 2, "--level needs -k"),
        (["-k", "SOPInstanceUID=1.2.3", "--level", "STUDY"], 2, "say --level IMAGE"),
        (["-k", "QueryRetrieveLevel=STUDY", "-k", "Modality=CT"], 2, "say --level SERIES"),
        (["-k", "QueryRetrieveLevel=STUDY"], 2, "say what to look for"),
        (["-k", "PatientID"], 2, "needs a value"),
        (["-k", "PatientID="], 2, "needs a value"),
        (["--layout", "../{SOPInstanceUID}"], 2, "--layout"),
        (["--layout", "flat", "--dicomdir"], 2, "--dicomdir"),
        (["--index", "nonsense://x"], 2, "--index"),
    ],
)
def test_export_says_why_not(
    dicom: Dicom, data: Path, tmp_path: Path, words: list[str], code: int, text: str
) -> None:
    done = dicom("export", "--data", data, "-o", tmp_path / "out", *words)
    assert done.code == code
    assert text in done.error


def test_what_could_not_be_exported(dicom: Dicom, data: Path, tmp_path: Path) -> None:
    path_of(data, "1.2.1.3.1").unlink()
    done = dicom("export", "--data", data, "-o", tmp_path / "out")
    assert done.code == 1
    assert done.error.startswith("dicom: 1.2.1.3.1: ")
    assert "5 written, 1 failed" in done.out
    done = dicom("export", "--data", data, "-o", tmp_path / "out", "--json")
    assert done.objects[0]["instance"] == "1.2.1.3.1"


def test_verify(dicom: Dicom, data: Path) -> None:
    done = dicom("verify", "--data", data)
    assert (done.code, done.error) == (0, "")
    assert done.out.startswith("6 instances, 6 files, ")
    assert done.out.endswith(" read: no fault\n")
    last = dicom("verify", "--data", data, "--json").objects[-1]["last"]
    done = dicom("verify", "--data", data, "--since", last, "--json")
    assert (done.objects[-1]["instances"], done.objects[-1]["clean"]) == (0, True)


def test_verify_names_what_is_wrong(dicom: Dicom, data: Path) -> None:
    path = path_of(data, "1.2.1.3.1")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    done = dicom("verify", "--data", data)
    assert done.code == 1
    fault, last = done.out.splitlines()
    assert fault.startswith(
        f"1.2.1.3.1 {path.relative_to(data / 'blobs')}: the bytes of the file are not"
    )
    assert last.endswith(": 1 faults")
    done = dicom("verify", "--data", data, "--json", "--repair", "-j", 2)
    assert done.code == 1
    assert (done.objects[0]["kind"], done.objects[0]["fault"]) == ("fault", "wrong-digest")
    assert (done.objects[-1]["faults"], done.objects[-1]["repaired"]) == (1, 0)


def test_rebuild(dicom: Dicom, data: Path) -> None:
    (data / "index.sqlite").unlink()
    done = dicom("stats", "--data", data)
    assert (done.code, "dicom archive rebuild" in done.error) == (1, True)
    done = dicom("import", data.parent / "in", "--data", data)
    assert (done.code, "dicom archive rebuild" in done.error) == (1, True)
    done = dicom("rebuild", "--data", data, "-j", 1)
    assert (done.code, done.error) == (0, "")
    assert done.out.startswith("6 instances of 6 files, ")
    assert dicom("verify", "--data", data).code == 0
    again = path_of(data, "1.2.1.3.1")
    again.with_name("999-1.2.1.3.1.dcm").write_bytes(again.read_bytes())
    again.with_name("998-1.2.9.dcm").write_bytes(b"no instance")
    done = dicom("rebuild", "--data", data, "-j", 1, "--json")
    assert done.code == 1
    assert [one["kind"] for one in done.objects] == ["fault", "same-instance", "result"]
    done = dicom("rebuild", "--data", data, "-j", 1)
    assert "has the same bytes and is not" in done.out


def test_rebuild_says_who_is_in_the_way(dicom: Dicom, data: Path, tmp_path: Path) -> None:
    with Archive.open(data, SETTINGS):
        done = dicom("rebuild", "--data", data)
    assert done.code == 1
    assert "another program uses the archive" in done.error
    done = dicom("rebuild", "--data", tmp_path / "nothing")
    assert done.code == 1
    assert "is no archive" in done.error


def test_stats(dicom: Dicom, data: Path) -> None:
    done = dicom("stats", "--data", data)
    assert (done.code, done.error) == (0, "")
    lines = done.out.splitlines()
    assert lines[:4] == ["patients    2", "studies     2", "series      2", "instances   6"]
    assert "modalities  CT 6" in lines
    assert lines[-2].endswith("20240102  CT        1.2.1")
    (found,) = dicom("stats", "--data", data, "--json", "--top", 1).objects
    assert found["instances"] == 6
    assert isinstance(found["biggest"], list)
    assert len(found["biggest"]) == 1


def test_delete(dicom: Dicom, data: Path) -> None:
    for words, text in (
        (["--study", "1.2.1"], "--yes"),
        (["--yes"], "say what to delete"),
    ):
        done = dicom("delete", "--data", data, *words)
        assert done.code == 2
        assert text in done.error
    done = dicom("delete", "--data", data, "--study", "1.2.7", "--yes")
    assert (done.code, done.error) == (1, "dicom: the archive has nothing of that\n")
    done = dicom("delete", "--data", data, "--study", "1.2.1", "--yes")
    assert (done.code, done.out[:11]) == (0, "3 deleted, ")
    done = dicom("delete", "--data", data, "--patient", "P0", "--yes", "--json")
    assert done.objects[-1]["instances"] == 3
    assert dicom("verify", "--data", data).code == 0


@pytest.mark.parametrize(("answer", "left"), [(True, 3), (False, 6)])
def test_delete_asks_on_a_terminal(
    dicom: Dicom, data: Path, monkeypatch: pytest.MonkeyPatch, answer: bool, left: int
) -> None:
    asked: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        asked.append(text)
        return answer

    monkeypatch.setattr(click, "confirm", confirm)
    monkeypatch.setattr(sys, "stdin", Terminal())
    done = dicom("delete", "--data", data, "--study", "1.2.1")
    assert asked == ["Delete 3 instances and their files?"]
    assert done.code == (0 if answer else 1)
    with Archive.open(data, SETTINGS) as archive:
        assert archive.index.totals()[0] == left


def test_the_environment_names_the_archive(
    dicom: Dicom, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DICOM_ARCHIVE_DATA", str(data))
    assert dicom("stats").code == 0


def test_settings_in_the_folder_hold(
    dicom: Dicom, data: Path, source: Path, tmp_path: Path
) -> None:
    (data / "archive.toml").write_text('duplicates = "reject"\ndurable = false\n')
    (source / "1.dcm").write_bytes(sample("1.2.1.3.1", series="1.2.1.3", study="1.2.1", pixels=9))
    assert dicom("import", source, "--data", data).code == 1
    assert dicom("import", source, "--data", data, "--duplicates", "keep").code == 0
    other = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    (data / "archive.toml").write_text(f'index = "{other}"\n')
    assert dicom("rebuild", "--data", data).code == 0
    assert dicom("verify", "--data", data).code == 0
    assert (tmp_path / "elsewhere.sqlite").exists()
    (data / "archive.toml").write_text("nonsense = 1\n")
    done = dicom("stats", "--data", data)
    assert done.code == 1
    assert "nonsense" in done.error


@pytest.mark.skipif(os.name == "nt", reason="interrupts are sent otherwise on Windows")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_ends_in_good_order_and_the_same_command_goes_on(
    tmp_path: Path, workers: int
) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(1500):
        (source / f"{number:04d}.dcm").write_bytes(sample(f"1.2.3.{number}"))
    (source / "0000.txt").write_text("no instance")
    data = tmp_path / "data"
    words = [
        sys.executable, "-m", "dicom_core", "archive", "import", str(source), "--data", str(data), "-j", str(workers),
        "--json",
    ]  # fmt: skip
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "0000.txt" in process.stdout.readline()  # the first files are in the archive
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    if process.returncode:  # else it was quicker than the signal
        assert process.returncode == 130
        assert (out, error.count("\n")) == ("", 1)
        assert error.startswith("dicom: interrupted after ")
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["skipped"] + result["stored"] + result["duplicates"] == 1500
    with Archive.open(data, SETTINGS) as archive:
        assert archive.index.totals()[0] == len(list(archive.blobs.keys())) == 1500
    assert not (data / "imports").exists()
