"""``dicom info --json`` over the collection of real files: counts, character sets, time and memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dicom_core.cli._files import Named
from dicom_core.cli._info import _look

# Read as implicit VR, which a data set without meta information does not say; the manifest says null
GUESSED = {"rt-struct/pydicom--rtstruct.dcm"}
# What cannot be read at all: a text file's line ends were changed in transfer, so that not one header is left
UNREADABLE = {"odd/pydicom--no_meta.dcm"}


@pytest.fixture(scope="session")
def manifest(corpus: Path) -> dict[str, dict[str, object]]:
    return {
        entry["path"]: entry for entry in json.loads((corpus / "manifest.json").read_text("utf-8"))
    }


def test_all_of_the_collection_as_the_manifest_says(
    corpus: Path, manifest: dict[str, dict[str, object]]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dicom_core", "info", "--json", str(corpus)],
        capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert done.stderr == ""  # what is in a folder and no DICOM file is passed over
    assert done.returncode == 0
    rows = {
        Path(row["path"]).relative_to(corpus).as_posix(): row
        for row in map(json.loads, done.stdout.splitlines())
    }
    assert set(manifest) - set(rows) == UNREADABLE
    counted = 0
    for path, row in rows.items():
        assert set(row) == {
            "path", "sop_class", "transfer_syntax", "charset", "elements", "meta_elements", "frames", "findings",
        }  # fmt: skip
        for finding in row["findings"]:
            assert set(finding) == {"rule", "path", "offset", "text"}
            assert finding["rule"]
            assert finding["text"]
        expected = manifest[path]
        if expected["family"] == "odd" or expected["elements"] is None:
            continue
        counted += 1
        assert row["elements"] == expected["elements"], path
        assert row["meta_elements"] == expected["meta_elements"], path
        assert row["charset"] == expected["charset"], path
        assert row["sop_class"] == expected["sop_class"], path
        if path not in GUESSED:
            assert row["transfer_syntax"] == expected["transfer_syntax"], path
    assert counted >= 275


# The bounds are those of the process itself: memory by VmHWM, since ru_maxrss remembers what the parent had
# before exec; time by a limit on the CPU that no machine's load can reach.
_BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
from dicom_core.cli._run import run
failed = [path for path in sys.argv[1:] if run(["info", "--json", path])]
with open("/proc/self/status") as file:
    peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
sys.stdout.write(repr((peak, failed)) + "\\n")
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc"
)
def test_odd_files_give_findings_or_one_line(
    corpus: Path, manifest: dict[str, dict[str, object]]
) -> None:
    paths = [str(corpus / path) for path, entry in manifest.items() if entry["family"] == "odd"]
    done = subprocess.run(
        [sys.executable, "-c", _BOUNDED, *paths], capture_output=True, text=True, check=True
    )
    assert "Traceback" not in done.stderr
    *lines, summary = done.stdout.splitlines()
    peak, failed = eval(summary)
    assert {Path(path).relative_to(corpus).as_posix() for path in failed} == UNREADABLE
    assert len(done.stderr.splitlines()) == len(failed)
    assert len(lines) == len(paths) - len(failed)
    assert sum(bool(json.loads(line)["findings"]) for line in lines) >= 40
    assert peak < 200


def test_a_look_comes_back_from_another_process() -> None:
    import pickle

    outcome = _look(Named("no such file", True), strict=False)
    assert pickle.loads(pickle.dumps(outcome)) == outcome
    assert outcome["error"] == "No such file or directory"


@pytest.mark.parametrize("words", [["dump"], ["json", "--bulk", "omit"], ["validate"]])
def test_no_file_makes_a_command_fail_in_its_own_way(words: list[str], corpus: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dicom_core", *words, str(corpus / "odd")],
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}
    for line in done.stderr.decode("utf-8", "replace").splitlines():
        assert line.startswith("dicom: ")
        assert "fault of the program" not in line
    assert done.stdout.count(b"\n") > 10
