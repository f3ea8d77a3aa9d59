"""The command: what it prints, its exit codes, and one line of error whatever happens."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

import dicom_core as dc
from dicom_core.cli._commands import BUILT_IN
from dicom_core.cli._run import run

FILES = Path(pydicom.__file__).parent / "data" / "test_files"
CT = FILES / "CT_small.dcm"


class Done:
    """What one run of the command gave."""

    def __init__(self, code: int, out: str, error: str) -> None:
        self.code = code
        self.out = out
        self.error = error

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture
def dicom(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Done]:
    """Run the command in this process."""

    def call(*words: str | Path) -> Done:
        code = run([str(word) for word in words])
        captured = capfdbinary.readouterr()
        return Done(code, captured.out.decode(), captured.err.decode())

    return call


def spawn(*words: str | Path, **options: object) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own, as a shell does."""
    command = [sys.executable, "-m", "dicom_core", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


# --- the group ---------------------------------------------------------------------------------------


def test_help_lists_what_is_installed(dicom: Callable[..., Done]) -> None:
    done = dicom("--help")
    assert done.code == 0
    for name in ("dump", "json", "info", "convert", "edit", "validate", "deid", "scan", "dicomdir"):
        assert f"  {name} " in done.out


def test_every_command_of_this_package_has_help_and_json(dicom: Callable[..., Done]) -> None:
    for name, place in BUILT_IN.items():
        if place.distribution != "dicom-core":
            continue
        done = dicom(name, "--help")
        assert done.code == 0, name
        if name == "dicomdir":
            done = dicom(name, "show", "--help")
        assert "--json" in done.out or name == "json", name


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["nonsense"], 2, "No such command 'nonsense'"),
        (["dmup", "x"], 2, "did you mean dump?"),
        (["dump"], 2, "Missing argument"),
        (["info", "--nonsense"], 2, "No such option"),
        (["dump", "no such file"], 1, "no such file: No such file or directory"),
        (["dump", "--no-meta", "no such file"], 1, "no such file: No such file or directory"),
        (["info", str(FILES / "README.txt")], 1, "README.txt: there is no DICM after 128 bytes"),
        (["convert", str(CT), "out.dcm", "--to", "nonsense"], 2, "no UID 'nonsense'"),
        (["convert", str(CT), "out.dcm", "--to", "nonsense"], 2, "--to takes implicit, explicit"),
        (["dump", "empty"], 1, "no DICOM file is there"),
        (["json", "empty"], 1, "no DICOM file is there"),
        (["deid", "empty", "-o", "x"], 1, "no DICOM file is there"),
        (["edit", str(CT), "--set", "StudyDate=2020-01-31", "-o", "x"], 1, "without hyphens"),
        (["scan", str(CT), "--tags", ",", "-o", "x.csv"], 2, "at least one"),
        (["scan", str(CT), "--tags", "PatienID", "-o", "x.csv"], 2, "did you mean PatientID"),
        (["edit", str(CT), "--set", "PatientNam=x", "-o", "x"], 2, "did you mean PatientName"),
        (["edit", str(CT), "-o", "x"], 2, "nothing to do"),
        (["edit", str(CT), "--delete", "Rows"], 2, "say where the result goes"),
        (["deid", str(CT), "-o", "x", "--option", "nonsense"], 2, "retain_uids"),
        (["deid", str(CT), "-o", "x", "--rule", "StationNam=keep"], 2, "did you mean StationName"),
        (["dicomdir", "show", str(CT)], 1, "CT_small.dcm: the file has no directory records"),
        (["deid", str(CT), "-o", "x", "--report", "no/r"], 2, "no folder for 'no/r'"),
        (["scan", str(CT), "--tags", "Rows", "-o", "no/x.csv"], 2, "no folder for 'no/x.csv'"),
        (["dicomdir", "make", "nowhere"], 1, "nowhere: there is no such folder"),
    ],
)
def test_errors_are_one_line(
    words: list[str],
    code: int,
    part: str,
    dicom: Callable[..., Done],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    done = dicom(*words)
    assert done.code == code
    assert done.out == ""
    assert done.error.startswith("dicom: ")
    assert done.error.count("\n") == 1
    assert part in done.error
    assert not list(tmp_path.rglob("*.dcm"))


@pytest.mark.parametrize(
    "words", [["convert", "--to", "implicit"], ["edit", "--set", "PatientID=1"]]
)
@pytest.mark.parametrize(("size", "rule"), [(20_000, "truncated"), (3_000, "trailing-bytes")])
def test_what_was_cut_off_is_told_when_it_is_written(
    words: list[str], size: int, rule: str, dicom: Callable[..., Done], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(CT.read_bytes()[:size])
    target = ["-o", tmp_path / "out.dcm"] if words[0] == "edit" else [tmp_path / "out.dcm"]
    done = dicom(*words, cut, *target)
    assert (done.code, done.out, done.error.count("\n")) == (0, "", 1)
    assert "the source is cut off" in done.error
    assert rule in done.error
    assert dc.read(tmp_path / "out.dcm").dataset.Modality == "CT"
    assert dicom(*words, "--strict", cut, *target).code == 1


@pytest.mark.parametrize(("size", "rule"), [(20_000, "truncated"), (3_001, "trailing-bytes")])
def test_dump_and_validate_say_that_a_file_is_cut_off(
    size: int, rule: str, dicom: Callable[..., Done], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(CT.read_bytes()[:size])
    assert dicom("dump", cut).lines[-1].startswith(f"# {rule} ")
    done = dicom("validate", cut)
    assert done.code == 1
    assert f"(structure-{rule})" in done.out
    assert dicom("dump", CT).lines[-1].startswith("(FFFC,FFFC)")


def test_a_target_that_cannot_be_written_is_named(
    dicom: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    target = tmp_path / "file" / "out.dcm"
    done = dicom("convert", CT, target, "--to", "implicit")
    assert (done.code, done.error.count("\n")) == (1, 1)
    assert f"{target} cannot be written: " in done.error


def test_a_command_of_a_package_that_is_not_there_says_how_to_get_it(
    dicom: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dicom_core.cli import _commands, _group

    gone = _commands.Place("no_such_package.cli:render", "dicom-imaging", "")
    monkeypatch.setattr(_group, "BUILT_IN", {"render": gone})
    done = dicom("render", "x")
    assert (done.code, done.error) == (
        1, "dicom: 'render' comes with dicom-imaging: pip install 'dicom-imaging[cli]'\n"
    )  # fmt: skip


def test_without_the_extra_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import importlib.util

    from dicom_core.__main__ import main

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main() == 1
    assert capsys.readouterr().err == (
        "dicom: the command needs two more packages: pip install 'dicom-core[cli]'\n"
    )


def test_a_fault_of_ours_is_one_line_too(
    dicom: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dicom_core.cli import _dump

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a value that nobody should see")

    monkeypatch.setattr(_dump, "open_file", fail)
    done = dicom("dump", CT)
    assert done.code == 1
    assert done.error.count("\n") == 1
    assert "RuntimeError in test_cli_commands.py" in done.error
    assert "nobody should see" not in done.error


@pytest.mark.parametrize("error", [KeyboardInterrupt])
def test_an_interrupt_is_silent(
    error: type[BaseException], dicom: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dicom_core.cli import _dump

    def interrupt(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(_dump, "open_file", interrupt)
    assert dicom("dump", CT).code == 130
    assert dicom("dump", "--no-meta", CT).code == 130


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are another thing there")
def test_an_interrupt_of_many_processes_is_silent(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"{number}.dcm").symlink_to(CT)
    command = [sys.executable, "-m", "dicom_core", "info", "-j", "2", "--json", str(tmp_path)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        # Who is started in the background of a shell ignores interrupts, and so would what it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        os.killpg(process.pid, signal.SIGINT)
        process.stdout.read()
        error = process.stderr.read().decode()
    assert process.returncode == 130
    assert error.strip() == ""  # click ends the line that holds ^C


def test_a_reader_that_leaves_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "dicom_core", "dump", str(CT)]
    try:
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_terminal_without_the_characters_gets_their_numbers(tmp_path: Path) -> None:
    source = FILES.parent / "charset_files" / "chrX1.dcm"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = spawn("dump", source, env=environment)
    assert done.returncode == 0
    assert "\\u738b" in done.stdout
    done = spawn("info", "--json", source, env=environment)
    assert json.loads(done.stdout)["charset"] == ["ISO_IR 192"]


def test_dump_imports_neither_click_nor_rich() -> None:
    program = (
        "import sys; from dicom_core.cli._run import run; code = run(['dump', sys.argv[1]]); "
        "print(code, 'click' in sys.modules, 'rich' in sys.modules, 'attr' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(CT)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 False False False"


# --- dump ----------------------------------------------------------------------------------------------


def test_dump_has_a_line_for_each_element_that_dcmdump_has(
    dicom: Callable[..., Done], peer: Callable[[str], str]
) -> None:
    expected = subprocess.run(
        [peer("dcmdump"), "-Un", str(CT)],
        capture_output=True,
        text=True,
        check=True,
        encoding="latin-1",
    ).stdout
    theirs = [
        (line.split()[0].strip("()").upper(), line.split()[1].upper())
        for line in map(str.strip, expected.splitlines())
        if line.startswith("(") and not line.upper().startswith("(FFFE")
    ]
    words = [line.partition("(")[2] for line in dicom("dump", CT).lines]
    ours = [(word[:9], word[11:13]) for word in words if word]
    same = {"OX": "OW", "UP": "UL", "XS": "US", "NA": "OB"}
    assert ours == [(tag, same.get(vr, vr)) for tag, vr in theirs]


def test_dump_of_several_files_and_folders(dicom: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("CT_small.dcm", "MR_small.dcm"):
        (tmp_path / "a" / name).write_bytes((FILES / name).read_bytes())
    (tmp_path / "a" / "notes.txt").write_text("no DICOM")
    done = dicom("dump", tmp_path, CT)
    titles = [line for line in done.lines if line.startswith("# ")]
    assert len(titles) == 3
    assert (done.code, done.error) == (0, "")


def test_dump_colours_on_demand(dicom: Callable[..., Done]) -> None:
    plain = dicom("dump", "--no-colour", CT).out
    coloured = dicom("dump", "--colour", CT).out
    assert "\x1b[" not in plain
    import re

    assert re.sub(r"\x1b\[\d*m", "", coloured).split() == plain.split()


def test_strict_stops_at_the_first_finding(dicom: Callable[..., Done], tmp_path: Path) -> None:
    broken = tmp_path / "broken.dcm"
    broken.write_bytes(CT.read_bytes()[:30000])
    assert dicom("dump", broken).code == 0
    done = dicom("dump", "--strict", broken)
    assert done.code == 1
    assert "rule truncated" in done.error


# --- json, convert, edit ------------------------------------------------------------------------------


def test_json_is_the_model_as_one_object(dicom: Callable[..., Done]) -> None:
    done = dicom("json", CT)
    model = json.loads(done.out)
    assert pydicom.Dataset.from_json(model).PatientID == "1CT1"
    assert "InlineBinary" in model["7FE00010"]
    assert "InlineBinary" not in json.loads(dicom("json", "--bulk", "omit", CT).out).get(
        "7FE00010", {}
    )
    assert len(dicom("json", CT, FILES / "MR_small.dcm").lines) == 2


@pytest.mark.parametrize("name", ["implicit", "big-endian", "deflated", "ExplicitVRLittleEndian"])
def test_convert_and_back(name: str, dicom: Callable[..., Done], tmp_path: Path) -> None:
    assert dicom("convert", CT, tmp_path / "a.dcm", "--to", name).code == 0
    assert dicom("convert", tmp_path / "a.dcm", tmp_path / "b.dcm", "--to", "explicit").code == 0
    # Implicit VR says nothing of private elements (PS3.5 6.2.2): they come back as UN
    kept = [
        one for one in dc.read(CT).dataset.elements() if name != "implicit" or not one.tag & 0x10000
    ]
    again = dc.read(tmp_path / "b.dcm").dataset
    assert all(again.element(one.tag) == one for one in kept)
    assert list(again) == list(dc.read(CT).dataset)


def test_convert_refuses_what_needs_a_codec(
    dicom: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if no transcoder were installed beside
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    done = dicom("convert", CT, tmp_path / "x.dcm", "--to", "JPEG2000", "--json")
    assert done.code == 1
    assert "dicom-imaging" in json.loads(done.out)["error"]
    assert list(tmp_path.iterdir()) == []


def test_convert_a_folder(dicom: Callable[..., Done], tmp_path: Path) -> None:
    source = tmp_path / "in" / "deep"
    source.mkdir(parents=True)
    for number in range(40):  # enough for several processes
        (source / f"{number}.dcm").write_bytes(CT.read_bytes())
    (source / "notes.txt").write_text("no DICOM")
    done = dicom("convert", tmp_path / "in", tmp_path / "out", "--to", "implicit", "-j", "2")
    assert (done.code, done.error) == (0, "")
    written = sorted((tmp_path / "out" / "deep").iterdir())
    assert len(written) == 40
    assert dc.read(written[0]).transfer_syntax == "1.2.840.10008.1.2"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_long_work_draws_a_bar_on_a_terminal(tmp_path: Path) -> None:
    import pty

    for number in range(40):
        (tmp_path / f"{number}.dcm").write_bytes(CT.read_bytes())
    controller, terminal = pty.openpty()
    words = ["convert", str(tmp_path), str(tmp_path / "out"), "--to", "implicit", "-j", "1"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-m", "dicom_core", *words],
        stdout=terminal,
        stderr=terminal,
        env=environment,
        check=False,
    )
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(controller, 65536):
            shown += piece
    except OSError:  # the other end is closed: that was all
        pass
    finally:
        os.close(controller)
    assert done.returncode == 0
    assert b"converting" in shown
    assert b"100%" in shown


def test_edit(dicom: Callable[..., Done], tmp_path: Path) -> None:
    out = tmp_path / "out.dcm"
    done = dicom(
        "edit", CT, "-o", out, "--delete", "KVP", "--delete", "(0009,1001)", "--set", "PatientName=Müller^Jörg",
        "--set", "Rows=64", "--set", "ImageType=DERIVED\\SECONDARY", "--set", "0010,0020=", "--set",
        "OtherPatientIDsSequence[1].PatientID=77",
    )  # fmt: skip
    assert (done.code, done.error) == (0, "")
    dataset = dc.read(out).dataset
    assert str(dataset.PatientName) == "Müller^Jörg"
    assert (dataset.Rows, dataset.PatientID) == (64, None)
    assert dataset.ImageType == ("DERIVED", "SECONDARY")
    assert "KVP" not in dataset
    assert 0x00091001 not in dataset
    assert dataset.OtherPatientIDsSequence is not None
    assert dataset.OtherPatientIDsSequence[1].PatientID == "77"
    assert pydicom.dcmread(out).PatientName == "Müller^Jörg"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("Rows=many", "no number"),
        ("PixelData=00", "a text cannot set it"),
        ("OtherPatientIDsSequence[7].PatientID=1", "no item 7"),
        ("(0099,1001)=1", "not known"),
    ],
)
def test_an_edit_that_cannot_be_made_writes_nothing(
    change: str, part: str, dicom: Callable[..., Done], tmp_path: Path
) -> None:
    done = dicom("edit", CT, "-o", tmp_path / "x.dcm", "--set", change)
    assert done.code == 1
    assert part in done.error
    assert list(tmp_path.iterdir()) == []


def test_edit_in_place(dicom: Callable[..., Done], tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    path.write_bytes(CT.read_bytes())
    assert dicom("edit", path, "--in-place", "--set", "PatientID=9").code == 0
    assert dc.read(path).dataset.PatientID == "9"
    assert [one.name for one in tmp_path.iterdir()] == ["x.dcm"]


# --- validate, deid, dicomdir ---------------------------------------------------------------------------


def test_validate(dicom: Callable[..., Done], tmp_path: Path) -> None:
    bad = tmp_path / "bad.dcm"
    dicom("edit", CT, "-o", bad, "--delete", "Modality")
    done = dicom("validate", CT, bad, "--json")
    first, second = map(json.loads, done.lines)
    assert first["valid"] is True
    assert second["valid"] is False
    assert any("(0008,0060)" in issue["path"] for issue in second["issues"])
    assert done.code == 1
    assert dicom("validate", CT).code == 0
    assert "not valid" in dicom("validate", bad).out


def test_deid(dicom: Callable[..., Done], tmp_path: Path) -> None:
    key, report = tmp_path / "key", tmp_path / "report.jsonl"
    words = ["deid", CT, FILES / "MR_small.dcm", "--key-file", key, "--report", report]
    done = dicom(*words, "-o", tmp_path / "one")
    assert (done.code, done.out) == (0, "2 done\n")
    rows = [json.loads(line) for line in report.read_text().splitlines()]
    assert [row["status"] for row in rows] == ["done", "done"]
    assert key.stat().st_mode & 0o077 == 0
    dicom(*words, "-o", tmp_path / "two")
    names = [
        sorted(
            str(path.relative_to(tmp_path / folder)) for path in (tmp_path / folder).rglob("*.dcm")
        )
        for folder in ("one", "two")
    ]
    assert names[0] == names[1]  # the same key, the same names
    for path in (tmp_path / "one").rglob("*.dcm"):
        assert b"CompressedSamples" not in path.read_bytes()
    assert "1CT1" not in report.read_text()


def test_deid_keeps_the_first_of_two_objects_with_one_uid_and_says_so(
    dicom: Callable[..., Done], tmp_path: Path
) -> None:
    other = dc.read(CT)
    other.dataset.Rows = 1
    for number, file in enumerate((dc.read(CT), dc.read(CT), other)):
        dc.write(file, tmp_path / f"{number}.dcm")
    out, report = tmp_path / "out", tmp_path / "report.jsonl"
    words = ["deid", *sorted(tmp_path.glob("*.dcm")), "-o", out, "-j", "1", "--report", report]
    words += ["--key-file", tmp_path / "key"]
    for _ in range(2):  # the second time over the files of the first
        done = dicom(*words)
        assert (done.code, done.out) == (1, "1 done, 1 duplicate, 1 failed\n")
        assert "1.dcm: the same object as file 1; skipped" in done.error
        assert "2.dcm: not de-identified: a different object with the same SOP" in done.error
        rows = [json.loads(line) for line in report.read_text().splitlines()]
        assert [row.get("twin") for row in rows] == [None, 1, 1]
        assert rows[2]["rule"] == "instance-conflict"
        (made,) = (path for path in out.rglob("*") if path.is_file())
        assert dc.read(made).dataset.Rows == 128
    (made,) = out.rglob("*.dcm")
    done = dicom(*words, "--replace")
    assert (done.code, done.out) == (0, "2 done, 1 duplicate\n")
    assert "took the place of a different object" in done.error
    assert dc.read(made).dataset.Rows == 1
    assert [path.name for path in made.parent.iterdir()] == [made.name]


SETTINGS = """
[validation]
level = "minimal"
additional_required_tags = ["PatientWeight", "AcquisitionComments"]

[deidentification]
options = ["retain_device_identity"]
patient = "empty"
burned_in = "accept"

[deidentification.rules]
Modality = { replace = "OT" }
StudyTime = "keep"
"""


def test_settings_come_from_a_file(dicom: Callable[..., Done], tmp_path: Path) -> None:
    pytest.importorskip("cattrs")
    settings, out = tmp_path / "lab.toml", tmp_path / "out"
    settings.write_text(SETTINGS)
    done = dicom("validate", CT, "--settings", settings, "--json")
    issues = json.loads(done.out)["issues"]
    assert [(one["rule"], one["keyword"]) for one in issues] == [
        ("required-tag", "AcquisitionComments")
    ]
    words = ["deid", CT, "-o", out, "--settings", settings, "--json"]
    report = json.loads(dicom(*words, "--rule", "StudyTime=remove", "--option", "retain_uids").out)
    assert report["options"] == ["retain_device_identity", "retain_uids"]
    (made,) = out.rglob("*.dcm")
    found = dc.read(made).dataset
    assert (found.Modality, found.PatientID, "StudyTime" in found) == ("OT", None, False)
    assert found.Manufacturer == dc.read(CT).dataset.Manufacturer
    for text, part in (
        (
            'options = ["retain_uid"]',
            "'retain_uid', which is no option of PS3.15 Annex E; there are",
        ),
        ('patient = "x"', "'patient' is one of pseudonym, empty"),
        ('oldest = "x"', "'oldest' is a whole number, not str"),
        ('rules = {StationNam = "keep"}', "did you mean StationName"),
        ('rules = {StationName = "burn"}', "'rules' has for StationName none of keep, remove,"),
        ("rule = 1", "'rule' is unknown; there are options, rules,"),
    ):
        settings.write_text(text)
        done = dicom(*words)
        assert (done.code, part in done.error) == (2, True), done.error
        assert len(done.error.splitlines()) == 1
    assert dicom("deid", CT, "-o", out, "--settings", tmp_path / "none.toml").code == 1
    assert dicom("validate", CT, "--settings", tmp_path / "x.yaml").code == 2


def test_settings_without_cattrs_say_what_to_install(
    dicom: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cattrs", None)
    (tmp_path / "lab.toml").write_text(SETTINGS)
    for words in (["validate", CT], ["deid", CT, "-o", tmp_path / "out"]):
        done = dicom(*words, "--settings", tmp_path / "lab.toml")
        assert (done.code, "pip install 'dicom-core[settings]'" in done.error) == (1, True)


@pytest.mark.skipif(sys.platform == "win32", reason="files without a name are another thing there")
def test_deid_killed_leaves_whole_files_and_no_worker(tmp_path: Path) -> None:
    file = dc.read(CT)
    file.dataset.PixelData = bytes(1 << 21)
    for number in range(64):
        file.dataset.SOPInstanceUID = f"1.2.3.{number}"
        dc.write(dc.DicomFile.new(file.dataset), tmp_path / f"{number}.dcm")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "dicom_core", "deid", str(tmp_path), "-o", str(out), "-j", "2"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
        process.stdout.read()  # ends when the last worker has left
    found = [path for path in out.rglob("*") if path.is_file()]
    assert 0 < len(found) <= 64
    for path in found:
        assert path.suffix == ".dcm"
        read = dc.read(path, dc.ReadOptions(strict=True))
        assert read.dataset.element("PixelData").length == 1 << 21


def test_deid_keeps_its_map_in_a_file(dicom: Callable[..., Done], tmp_path: Path) -> None:
    store, key = tmp_path / "map.db", tmp_path / "key"
    words = ["deid", CT, "--map", store, "--key-file", key, "--json"]
    uids = [json.loads(dicom(*words, "-o", tmp_path / name).out)["sop_instance"] for name in "ab"]
    assert uids[0] == uids[1]
    assert uids[0] not in dicom("deid", CT, "--key-file", key, "--json", "-o", tmp_path / "c").out
    (tmp_path / "other").write_bytes(bytes(32))
    done = dicom(*words[:4], "--key-file", tmp_path / "other", "-o", tmp_path / "d")
    assert (done.code, "made with another key" in done.error) == (2, True)
    done = dicom("deid", CT, "--map", store, "-o", tmp_path / "d")
    assert (done.code, "--map needs --key-file" in done.error) == (2, True)
    (tmp_path / "text").write_text("this is no database, and nobody should believe that it is one")
    words[3] = tmp_path / "text"
    done = dicom(*words, "-o", tmp_path / "d")
    assert (done.code, "cannot be used" in done.error) == (2, True)
    assert not (tmp_path / "d").exists()


def test_deid_makes_no_folder_for_nothing(dicom: Callable[..., Done], tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no DICOM")
    out = tmp_path / "a" / "b"
    assert dicom("deid", text, "-o", out).code == 1
    assert dicom("deid", FILES / "examples_ybr_color.dcm", "-o", out).code == 1  # quarantined
    assert list(tmp_path.iterdir()) == [text]
    assert dicom("deid", CT, "-o", out).code == 0
    assert len(list(out.rglob("*.dcm"))) == 1


def test_dicomdir(dicom: Callable[..., Done], tmp_path: Path) -> None:
    medium = tmp_path / "CD"
    medium.mkdir()
    done = dicom("dicomdir", "make", medium, CT, FILES / "MR_small.dcm", "--id", "TEST", "--json")
    assert json.loads(done.out)["instances"] == 2
    rows = [json.loads(line) for line in dicom("dicomdir", "show", medium, "--json").lines]
    assert [row["type"] for row in rows].count("IMAGE") == 2
    uid = next(row["sop_instance"] for row in rows if row["type"] == "IMAGE")
    assert dicom("dicomdir", "remove", medium, uid).code == 0
    assert dicom("dicomdir", "remove", medium, uid).code == 1
    assert json.loads(dicom("dicomdir", "refresh", medium, "--json").out)["added"] == [uid]
    assert dicom("dicomdir", "add", medium, FILES / "rtplan.dcm").code == 0
    assert "RT PLAN" in dicom("dicomdir", "show", medium).out
    other = dc.read(CT)
    other.dataset.Rows = 1
    dc.write(other, tmp_path / "other.dcm")
    done = dicom("dicomdir", "add", medium, tmp_path / "other.dcm")
    assert (done.code, "instance-conflict: " in done.error) == (1, True)
    done = dicom("dicomdir", "add", medium, CT, "--json")
    assert (done.code, json.loads(done.out)["findings"][0]["rule"]) == (0, "duplicate")
    assert dicom("dicomdir", "add", "--replace", medium, tmp_path / "other.dcm").code == 0


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_scan(suffix: str, dicom: Callable[..., Done], tmp_path: Path) -> None:
    for number in range(70):  # more than one part
        (tmp_path / f"{number:02}.dcm").write_bytes(
            (CT if number % 2 else FILES / "MR_small.dcm").read_bytes()
        )
    (tmp_path / "notes").write_text("no DICOM")
    out = tmp_path / f"table.{suffix}"
    done = dicom(
        "scan", tmp_path, "--tags", "Modality,0010,0020", "--tags", "Rows", "-o", out, "--json"
    )
    assert json.loads(done.out) == {"path": str(out), "rows": 71, "files": 71}
    if suffix == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        rows = parquet.read_table(out).to_pylist()
    elif suffix == "json":
        rows = [json.loads(line) for line in out.read_text().splitlines()]
    else:
        import csv

        with out.open(newline="") as file:
            rows = list(csv.DictReader(file))
    assert [row["Modality"] for row in rows[:4]] == ["MR", "CT", "MR", "CT"]
    assert {str(row["Rows"]) for row in rows[:70]} == {"64", "128"}
    assert {row["PatientID"] for row in rows[:70]} == {"1CT1", "4MR1"}
    assert rows[70]["problems"]


def test_scan_to_standard_output(dicom: Callable[..., Done], tmp_path: Path) -> None:
    words = ["scan", CT, FILES / "MR_small.dcm", "--tags", "Modality,Rows"]
    done = dicom(*words)
    assert done.code == 0
    assert [line.partition(",")[2] for line in done.lines] == [
        "Modality,Rows,problems",
        "CT,128,",
        "MR,64,",
    ]
    rows = [json.loads(line) for line in dicom(*words, "-o", "-", "--json").lines]
    assert [row["Modality"] for row in rows] == ["CT", "MR"]
    file = dc.read(CT)
    file.dataset.SpecificCharacterSet = "ISO_IR 192"
    file.dataset.PatientName = "山田^太郎"
    dc.write(file, tmp_path / "x.dcm")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "dicom_core", "scan", str(tmp_path), "--tags", "PatientName"]
    assert (
        "山田".encode()
        in subprocess.run(command, capture_output=True, env=environment, check=True).stdout
    )


def test_scan_without_pyarrow_says_what_to_install(
    dicom: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = dicom("scan", CT, "--tags", "Rows", "-o", tmp_path / "x.parquet")
    assert done.code == 1
    assert (
        done.error
        == "dicom: pyarrow is not installed; install it with: pip install 'dicom-core[tables]'\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--tags", "Rows", "-o", "x.xls"], "ends with one of"),
        (["--tags", "Nonsense", "-o", "x.csv"], "Nonsense"),
    ],
)
def test_scan_refuses(
    words: list[str],
    part: str,
    dicom: Callable[..., Done],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = dicom("scan", CT, *words)
    assert done.code != 0
    assert part in done.error
    assert list(tmp_path.iterdir()) == []


# --- names and places that mean harm -----------------------------------------------------------------


def test_results_within_the_sources_are_no_sources(
    dicom: Callable[..., Done], tmp_path: Path
) -> None:
    sources = tmp_path / "in"
    sources.mkdir()
    (sources / "one.dcm").write_bytes(CT.read_bytes())
    key = ["--key-file", tmp_path / "key"]
    for _ in range(2):
        done = dicom("deid", sources, "-o", sources / "out", *key)
        assert done.out in {"1 done\n", "1 duplicate\n"}
    for _ in range(2):
        assert dicom("convert", sources, sources / "new", "--to", "implicit").code == 0
        assert sorted(one.name for one in (sources / "new").iterdir())[-1] == "out"
        assert not (sources / "new" / "new").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["deid", "IN", "-o", "OUT", "--report", "IN"],
        ["deid", "IN", "-o", "OUT", "--key-file", "IN"],
        ["scan", "IN", "--tags", "Rows", "-o", "IN.csv"],
    ],
)
def test_no_result_takes_the_place_of_a_dicom_file(
    words: list[str], dicom: Callable[..., Done], tmp_path: Path
) -> None:
    source = tmp_path / ("a.csv" if "IN.csv" in words else "a.dcm")
    source.write_bytes(CT.read_bytes())
    places = {"IN": source, "IN.csv": source, "OUT": tmp_path / "out"}
    done = dicom(*(places.get(word, word) for word in words))
    assert done.code == 2
    assert "is a DICOM file; give another name" in done.error
    assert source.read_bytes() == CT.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_names_that_are_no_text_go_into_tables(
    suffix: str, dicom: Callable[..., Done], tmp_path: Path
) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow.parquet")
    (tmp_path / "in").mkdir()
    for name in (b"bad\xff.dcm", b"line\nbreak\x1b[31m.dcm"):
        (tmp_path / "in" / os.fsdecode(name)).write_bytes(CT.read_bytes())
    table = tmp_path / f"table.{suffix}"
    assert dicom("scan", tmp_path / "in", "--tags", "Rows", "-o", table).code == 0
    assert b"\x1b" not in table.read_bytes() or suffix == "parquet"
    assert b"bad\\udcff.dcm" in table.read_bytes().replace(b"\\\\", b"\\")


def test_an_item_number_that_no_sequence_has(dicom: Callable[..., Done], tmp_path: Path) -> None:
    setting = f"ContentSequence[{'9' * 5000}].CodeMeaning=x"
    done = dicom("edit", CT, "--set", setting, "-o", tmp_path / "out.dcm")
    assert (done.code, done.error.count("\n")) == (2, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
@pytest.mark.parametrize("verb", ["convert", "edit"])
def test_a_link_in_the_place_of_a_result_is_replaced(
    verb: str, dicom: Callable[..., Done], tmp_path: Path
) -> None:
    outside, out = tmp_path / "outside.dcm", tmp_path / "out"
    outside.write_bytes(b"mine")
    out.mkdir()
    (out / CT.name).symlink_to(outside)
    words = ("--to", "implicit") if verb == "convert" else ("--set", "PatientID=7")
    done = (
        dicom(verb, CT, *words[:2], "-o", out) if verb == "edit" else dicom(verb, CT, out, *words)
    )
    assert done.code == 0, done.error
    assert outside.read_bytes() == b"mine"
    assert not (out / CT.name).is_symlink()
    assert dc.read(out / CT.name).dataset.Rows == 128
    assert [path.name for path in out.iterdir()] == [CT.name]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_folder_that_leads_out_of_the_results_is_refused(
    dicom: Callable[..., Done], tmp_path: Path
) -> None:
    source, out, outside = tmp_path / "in", tmp_path / "out", tmp_path / "outside"
    for folder in (source / "a", out, outside):
        folder.mkdir(parents=True)
    (source / "a" / "ct.dcm").write_bytes(CT.read_bytes())
    (out / "a").symlink_to(outside)
    done = dicom("edit", source, "--set", "PatientID=7", "-o", out)
    assert done.code == 1
    assert "leads out of" in done.error
    assert not list(outside.iterdir())


def test_a_folder_is_made_for_what_is_written_only(
    dicom: Callable[..., Done], tmp_path: Path
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "note.txt").write_text("nothing to see")
    assert dicom("edit", source, "--set", "PatientID=7", "-o", out).code == 1
    assert not out.exists()
    assert dicom("edit", CT, "--set", "Rows=x", "-o", out / "ct.dcm").code != 0
    assert not out.exists()
    assert dicom("edit", CT, "--set", "PatientID=7", "-o", out / "deep" / "ct.dcm").code == 0
    assert dc.read(out / "deep" / "ct.dcm").dataset.PatientID == "7"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
